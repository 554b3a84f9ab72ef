"""Tensors as bytes: the numbers of a tensor at one moment, without keeping the tensor.

Keeping a gradient tensor alive changes what autograd does with it, so its bytes are copied.
"""

from __future__ import annotations

import math
import struct
import sys
from ctypes import c_char
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retrograd import recording
from retrograd.recording import NUMPY_DTYPES, SAMPLE_LENGTH

WHOLE_NBYTES = 4096
"""Tensors up to this size are kept whole."""

MEMORY: Any = (c_char * sys.maxsize).from_address(0)  # for type checkers its slices are lists; they are bytes
"""The memory of this process, by address. A slice of it is copied at a quarter of what `ctypes.string_at` costs."""


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
        return MEMORY[(at := tensor.data_ptr()) : at + nbytes]
    flat = tensor.detach().as_strided((nbytes // tensor.element_size(),), (1,)).cpu()
    return MEMORY[(at := flat.data_ptr()) : at + nbytes]


def summary(tensor: Tensor) -> bytes:
    """Return what a row keeps of a large tensor, as `retrograd.recording.Summary` describes it."""
    tensor = tensor.detach()
    dense = _is_dense(tensor)
    flat = tensor.as_strided((tensor.numel(),), (1,)) if dense else tensor.reshape(-1)
    low, high, mean, norm, nonfinite = _figures(flat)
    count, size = flat.numel(), flat.element_size()
    head = _HEAD.pack(count, nonfinite, low, high, mean, norm, _sum_of_bits(flat) if dense else checksum(tensor))
    room = min(SAMPLE_LENGTH, count if dense else extent(tensor) // size) * size
    return head + _sample(flat).ljust(room, b"\0")


def _is_dense(tensor: Tensor) -> bool:
    """Return whether nothing lies between the entries."""
    return tensor.is_contiguous() or extent(tensor) == tensor.numel() * tensor.element_size()


def _sample(flat: Tensor) -> bytes:
    """Return SAMPLE_LENGTH entries at even distances, or all if there are not so many."""
    entries = flat[:: max(flat.numel() // SAMPLE_LENGTH, 1)][:SAMPLE_LENGTH]
    return entries.contiguous().view(torch.uint8).cpu().numpy().tobytes()


def no_summary(nbytes: int) -> bytes:
    """Return what stands in a row for a summary of `nbytes` bytes that was not made in this step."""
    nan = float("nan")
    return _HEAD.pack(0, -1, nan, nan, nan, nan, 0).ljust(nbytes, b"\0")


_HEAD = struct.Struct("<2q4dQ")
"""As SUMMARY_HEAD says."""

_NARROW = 1e-15, 1e15
"""Between these norms no square of an entry that counts gets lost or too large in single precision."""


def _figures(flat: Tensor) -> tuple[float, float, float, float, int]:
    """Return minimum, maximum, mean, norm and the number of entries that are not finite.

    They are computed in the tensor's own precision where that is good for some six digits, else in float64.
    """
    real = torch.view_as_real(flat).reshape(-1) if flat.is_complex() else flat
    if not real.numel():
        return math.nan, math.nan, math.nan, 0.0, 0
    if not real.is_floating_point():
        low, high = _bounds(real.to(torch.int64))
        wide = real.double()
        return low, high, wide.mean().item(), torch.linalg.vector_norm(wide).item(), 0
    if real.dtype in (torch.float16, torch.bfloat16):
        real = real.float()
    low, high = _bounds(real)
    norm = math.sqrt(torch.dot(real, real).item())
    if _NARROW[0] < norm < _NARROW[1]:
        return low, high, real.sum().item() / real.numel(), norm, 0
    norm = torch.linalg.vector_norm(real, dtype=torch.float64).item()
    nonfinite = 0 if math.isfinite(norm) else (~torch.isfinite(real)).sum().item()
    return low, high, real.mean(dtype=torch.float64).item(), norm, int(nonfinite)


def _bounds(real: Tensor) -> tuple[float, float]:
    """Return minimum and maximum; not a number if one entry is none."""
    if not real.is_cpu:
        low, high = torch.aminmax(real)
        return low.item(), high.item()
    array = real.numpy()  # twice as fast as torch.aminmax
    with np.errstate(all="ignore"):
        return np.minimum.reduce(array).item(), np.maximum.reduce(array).item()


def checksum(tensor: Tensor) -> int:
    """Return the sum of all bits, modulo 2⁶⁴.

    If nothing lies between the entries, their memory is read as 8-byte integers, with zeros behind the last entry;
    else each entry is an integer of its own.
    """
    tensor = tensor.detach()
    if _is_dense(tensor):
        return _sum_of_bits(tensor.as_strided((tensor.numel(),), (1,)))
    flat = torch.view_as_real(tensor.resolve_conj()).reshape(-1) if tensor.is_complex() else tensor.reshape(-1)
    return int(flat.view(_SAME_SIZE[flat.element_size()]).sum(dtype=torch.int64).item()) % 2**64


def _sum_of_bits(flat: Tensor) -> int:
    memory = flat.view(torch.uint8)
    odd = memory.numel() % 8
    rest = int.from_bytes(content(memory[-odd:]), "little") if odd else 0
    if memory.storage_offset() % 8:
        memory = memory.clone()
    words = (memory[:-odd] if odd else memory).view(torch.int64)
    return int(words.sum().item() + rest) % 2**64


_SAME_SIZE = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
