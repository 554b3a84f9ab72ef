"""Tensors as bytes: the numbers of a tensor at one moment, without keeping the tensor.

Keeping a gradient tensor alive changes what autograd does with it, so its bytes are copied.
"""

from __future__ import annotations

import math
import struct
from ctypes import string_at

import torch
from torch import Tensor

from retrograd import recording
from retrograd.recording import NUMPY_DTYPES, SAMPLE_LENGTH

WHOLE_NBYTES = 4096
"""Tensors up to this size are kept whole."""


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
    flat = _flat(tensor.detach())
    count, size = flat.numel(), flat.element_size()
    real = torch.view_as_real(flat).reshape(-1) if flat.is_complex() else flat
    low, high, mean, norm, nonfinite = _figures(real)
    length = min(SAMPLE_LENGTH, count)
    every = max(count // length, 1) if length else 1
    if flat.is_cpu:
        first = flat.data_ptr()
        entries = b"".join([string_at(first + place * every * size, size) for place in range(length)])
    else:
        entries = content(flat[::every][:length].contiguous())
    room = min(SAMPLE_LENGTH, extent(tensor) // size) * size
    return _HEAD.pack(count, nonfinite, low, high, mean, norm, checksum(tensor.detach())) + entries.ljust(room, b"\0")


def _flat(tensor: Tensor) -> Tensor:
    """Return all entries in one dimension: in their order in memory if nothing lies between them, else in a copy."""
    if extent(tensor) != tensor.numel() * tensor.element_size():
        return tensor.reshape(-1)
    return tensor.as_strided((tensor.numel(),), (1,))


def no_summary(nbytes: int) -> bytes:
    """Return what stands in a row for a summary of `nbytes` bytes that was not made in this step."""
    nan = float("nan")
    return _HEAD.pack(0, -1, nan, nan, nan, nan, 0).ljust(nbytes, b"\0")


_HEAD = struct.Struct("<2q4dQ")
"""As SUMMARY_HEAD says."""

_NARROW = 1e-15, 1e15
"""Between these norms no square of an entry that counts gets lost or too large in single precision."""


def _figures(real: Tensor) -> tuple[float, float, float, float, int]:
    """Return minimum, maximum, mean, norm and the number of entries that are not finite.

    They are computed in the tensor's own precision where that is good for some six digits, else in float64.
    """
    if not real.numel():
        return math.nan, math.nan, math.nan, 0.0, 0
    if not real.is_floating_point():
        low, high = (entry.item() for entry in torch.aminmax(real.to(torch.int64)))
        wide = real.double()
        return low, high, wide.mean().item(), torch.linalg.vector_norm(wide).item(), 0
    if real.dtype in (torch.float16, torch.bfloat16):
        real = real.float()
    low, high = (entry.item() for entry in torch.aminmax(real))
    norm = torch.linalg.vector_norm(real).item()
    if _NARROW[0] < norm < _NARROW[1]:
        return low, high, real.sum().item() / real.numel(), norm, 0
    norm = torch.linalg.vector_norm(real, dtype=torch.float64).item()
    nonfinite = 0 if math.isfinite(norm) else (~torch.isfinite(real)).sum().item()
    return low, high, real.mean(dtype=torch.float64).item(), norm, int(nonfinite)


def checksum(tensor: Tensor) -> int:
    """Return the sum of all bits, modulo 2⁶⁴.

    If nothing lies between the entries, their memory is read as 8-byte integers, with zeros behind the last entry;
    else each entry is an integer of its own.
    """
    if extent(tensor) != tensor.numel() * tensor.element_size():
        flat = torch.view_as_real(tensor.resolve_conj()).reshape(-1) if tensor.is_complex() else tensor.reshape(-1)
        return int(flat.view(_SAME_SIZE[flat.element_size()]).sum(dtype=torch.int64).item()) % 2**64
    memory = _flat(tensor.detach()).view(torch.uint8)
    words = memory.numel() // 8
    rest = int.from_bytes(content(memory[8 * words :]), "little")
    if memory.storage_offset() % 8 and words:
        memory = memory.clone()
    total = int(memory[: 8 * words].view(torch.int64).sum().item()) if words else 0
    return (total + rest) % 2**64


_SAME_SIZE = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
