"""Tensors as bytes: the numbers of a tensor at one moment, without keeping the tensor.

Keeping a gradient tensor alive changes what autograd does with it, so its bytes are copied.
"""

from __future__ import annotations

from ctypes import string_at

import numpy as np
import torch
from torch import Tensor

from retrograd import recording
from retrograd.recording import NUMPY_DTYPES, SAMPLE_LENGTH, SUMMARY_HEAD

WHOLE_NBYTES = 4096
"""Tensors up to this size are kept whole."""

_SAME_SIZE = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def dtype_name(dtype: torch.dtype) -> str:
    """Return `float32` for `torch.float32`."""
    return str(dtype).removeprefix("torch.")


def is_plain(tensor: Tensor) -> bool:
    """Return whether the tensor is ordinary memory, whose bytes can be read and shown."""
    return (
        not torch._C._functorch.is_functorch_wrapped_tensor(tensor)  # type: ignore[attr-defined]
        and type(tensor).__torch_dispatch__ is Tensor.__torch_dispatch__  # type: ignore[attr-defined]
        and not torch.nn.parameter.is_lazy(tensor)
        and tensor.layout is torch.strided
        and dtype_name(tensor.dtype) in NUMPY_DTYPES
        and tensor.device.type in ("cpu", "cuda")
        and not tensor.is_conj()
        and not tensor.is_neg()
    )


def extent(tensor: Tensor) -> int:
    """Return the number of bytes from the first to the last entry."""
    return recording.extent(tensor.shape, tensor.stride(), tensor.element_size())


def is_small(tensor: Tensor) -> bool:
    """Return whether a plain tensor is kept whole."""
    return extent(tensor) <= WHOLE_NBYTES


def content(tensor: Tensor) -> bytes:
    """Return the memory from the first to the last entry of a plain tensor."""
    nbytes = extent(tensor)
    if not nbytes:
        return b""
    if tensor.is_cpu:
        return string_at(tensor.data_ptr(), nbytes)
    flat = tensor.detach().as_strided((nbytes // tensor.element_size(),), (1,)).cpu()
    return string_at(flat.data_ptr(), nbytes)


def summary(tensor: Tensor) -> bytes:
    """Return what a row keeps of a large tensor, as `retrograd.recording.Summary` describes it."""
    flat = tensor.detach().reshape(-1)
    head = np.zeros(1, SUMMARY_HEAD)
    head["count"], head["checksum"] = flat.numel(), checksum(flat)
    real = torch.view_as_real(flat).reshape(-1) if flat.is_complex() else flat
    if real.is_floating_point():
        wide = real.double() if real.dtype in (torch.float16, torch.bfloat16) else real
        low, high = (entry.item() for entry in torch.aminmax(wide))
        norm = torch.linalg.vector_norm(wide, dtype=torch.float64).item()
        finite = norm - norm == 0
        head["nonfinite"] = 0 if finite else (~torch.isfinite(wide)).sum().item()
        head["mean"] = wide.mean(dtype=torch.float64).item()
    else:
        low, high = (entry.item() for entry in torch.aminmax(real.to(torch.int64)))
        norm = torch.linalg.vector_norm(real.double()).item()
        head["mean"] = real.double().mean().item()
    head["minimum"], head["maximum"], head["norm"] = low, high, norm
    room = min(SAMPLE_LENGTH, extent(tensor) // tensor.element_size()) * tensor.element_size()
    return head.tobytes() + sample(flat).ljust(room, b"\0")


def checksum(tensor: Tensor) -> int:
    """Return the sum of the bits of all entries, read as integers, modulo 2⁶⁴; the order does not matter."""
    flat = torch.view_as_real(tensor).reshape(-1) if tensor.is_complex() else tensor.reshape(-1)
    return int(flat.view(_SAME_SIZE[flat.element_size()]).sum(dtype=torch.int64).item()) % 2**64


def sample(flat: Tensor) -> bytes:
    """Return up to SAMPLE_LENGTH entries of a flat tensor at even distances."""
    length = min(SAMPLE_LENGTH, flat.numel())
    entries = flat[:: max(flat.numel() // length, 1)][:length] if length else flat
    return content(entries.contiguous())
