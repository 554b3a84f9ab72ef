"""A program that computes in another kind of floating-point numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from retrograd.contents import WHOLE_NBYTES
from retrograd.errors import BeyondRecordingError, NameUnknownError
from retrograd.program import Tensors
from retrograd.recording import (
    Buffer,
    Operation,
    Program,
    Reference,
    Slot,
    itemsize,
)

REALS = ("float64", "float32", "bfloat16", "float16")


def dtype_name(dtype: str | torch.dtype | None) -> str | None:
    """Return the name of a floating-point dtype.

    Raises:
        NameUnknownError: It is none.
    """
    if dtype is None:
        return None
    name = str(dtype).removeprefix("torch.")
    if not is_real(name):
        raise NameUnknownError(f"{name} is no floating-point dtype; there are: {', '.join(REALS)}")
    return name


def is_real(dtype: str) -> bool:
    """Return whether a dtype, by its name, is one of floating-point numbers."""
    return dtype in REALS


def in_dtype(program: Program, dtype: str) -> Program:
    """Return a program that computes in another kind of floating-point numbers."""

    def slot_in(slot: Slot) -> Slot:
        return replace(slot, dtype=dtype) if is_real(slot.dtype) else slot

    def buffer_in(buffer: Buffer) -> Buffer:
        if not is_real(buffer.dtype):
            return buffer
        size, other = itemsize(buffer.dtype), itemsize(dtype)
        nbytes = buffer.nbytes // size * other
        whole = nbytes <= WHOLE_NBYTES
        return replace(buffer, dtype=dtype, start=buffer.start // size * other, nbytes=nbytes, whole=whole)

    def operation_in(operation: Operation) -> Operation:
        return replace(
            operation,
            arguments=tuple(encoded_in(argument) for argument in operation.arguments),
            keywords={key: encoded_in(value) for key, value in operation.keywords.items()},
        )

    def encoded_in(encoded: Any) -> Any:
        if isinstance(encoded, dict):
            if "dtype" in encoded:
                return {"dtype": dtype} if is_real(encoded["dtype"]) else encoded
            return {key: encoded_in(value) for key, value in encoded.items()}
        return [encoded_in(entry) for entry in encoded] if isinstance(encoded, list) else encoded

    mixed: dict[int, set[bool]] = {}
    for slot in program.slots:
        mixed.setdefault(slot.storage, set()).add(is_real(slot.dtype))
    if any(len(kinds) > 1 for kinds in mixed.values()):
        raise BeyondRecordingError(f"the loop looks at the bits of its numbers, which {dtype} has others of")
    return replace(
        program,
        slots=tuple(map(slot_in, program.slots)),
        buffers=tuple(map(buffer_in, program.buffers)),
        operations=tuple(map(operation_in, program.operations)),
        cache={},
    )


def cast_start(program: Program, references: Sequence[Reference], start: Tensors, dtype: str | None) -> Tensors:
    """Return what a step starts from in another dtype; tensors that share memory share it again."""
    if not dtype:
        return start
    wanted = getattr(torch, dtype)
    cast: dict[int, Tensor] = {}
    for reference in references:
        slot, tensor = program.slots[reference.slot], start[reference.slot]
        if not is_real(slot.dtype):
            continue
        memory = tensor.untyped_storage()
        if memory.data_ptr() not in cast:
            whole = torch.empty(0, dtype=tensor.dtype).set_(memory)  # type: ignore[call-overload]
            cast[memory.data_ptr()] = whole.to(wanted)
        whole = cast[memory.data_ptr()]
        start[reference.slot] = whole.as_strided(slot.shape, slot.stride, tensor.storage_offset())
    return start
