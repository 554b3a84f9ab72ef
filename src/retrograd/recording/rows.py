"""Values as bytes in a step's row, and how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from struct import Struct
from typing import Any

import numpy as np

from retrograd.errors import DamagedFileError, NotKeptError
from retrograd.recording.parts import Binding, Buffer, Layout, Program, Reference, Slot, Step, Summary, Value

SAMPLE_LENGTH = 16
"""A summary keeps this many entries of the tensor, evenly spaced."""

NUMPY_DTYPES = {
    "float64": "f8",
    "float32": "f4",
    "float16": "f2",
    "int64": "i8",
    "int32": "i4",
    "int16": "i2",
    "int8": "i1",
    "uint8": "u1",
    "uint16": "u2",
    "uint32": "u4",
    "uint64": "u8",
    "bool": "?",
    "complex64": "c8",
    "complex128": "c16",
    "bfloat16": "u2",
}
"""How NumPy reads the bytes of a torch dtype. bfloat16 is unknown there: its bits are read and widened."""


def summary_nbytes(buffer: Buffer) -> int:
    """Return how many bytes the summary of a buffer takes in a row."""
    size = itemsize(buffer.dtype)
    return SUMMARY_HEAD.itemsize + size * min(SAMPLE_LENGTH, buffer.nbytes // size)


SUMMARY_HEAD = np.dtype(
    [
        ("count", "<i8"),
        ("nonfinite", "<i8"),
        ("minimum", "<f8"),
        ("maximum", "<f8"),
        ("mean", "<f8"),
        ("norm", "<f8"),
        ("checksum", "<u8"),
    ]
)
"""How a summary begins in a row; its sample follows."""


def itemsize(dtype: str) -> int:
    """Return the bytes of one entry."""
    return np.dtype(NUMPY_DTYPES[dtype]).itemsize


def extent(shape: Sequence[int], stride: Sequence[int], size: int) -> int:
    """Return the bytes from the first to the last entry of a strided tensor whose entries have `size` bytes."""
    return (sum((n - 1) * step for n, step in zip(shape, stride, strict=True)) + 1) * size if prod(shape) else 0


def offsets(program: Program, layout: Layout, bindings: Sequence[Binding] = ()) -> dict[int, int]:
    """Return where in a row each buffer of the layout begins, in bytes; the key -1 holds the row's length."""
    cache: dict[Any, dict[int, int]] = program.cache
    fresh = tuple(binding is None for binding in bindings) if layout == "inputs" else ()
    if (layout, fresh) not in cache:
        outside = {reference.buffer for reference, new in zip(program.start, fresh, strict=False) if new}
        places, position = {}, 0
        for buffer in program.buffers:
            if layout == "all" or (layout == "kept" and buffer.kept) or buffer.number in outside:
                places[buffer.number] = position
                position += buffer.nbytes if buffer.whole else summary_nbytes(buffer)
        places[-1] = position
        cache[layout, fresh] = places
    return cache[layout, fresh]


def value_of(step: Step, reference: Reference) -> Value:
    """Return the numbers behind a reference in this step.

    Raises:
        NotKeptError: This step does not hold the buffer, though the program computes it.
    """
    if step.program is None:
        raise NotKeptError(f"step {step.number} was recorded lightly: only its loss and gradient norms were kept")
    slot = step.program.slots[reference.slot]
    if reference.buffer < 0:
        return Value(slot.name, slot.dtype, slot.shape, None, None)
    buffer = step.program.buffers[reference.buffer]
    if reference.buffer in step.wholes:
        return Value(slot.name, slot.dtype, slot.shape, _strided(slot, buffer, step.wholes[reference.buffer]), None)
    place = offsets(step.program, step.layout, step.bindings).get(reference.buffer)
    if place is None:
        raise _not_kept(step, slot)
    nbytes = buffer.nbytes if buffer.whole else summary_nbytes(buffer)
    content = step.row[place : place + nbytes]
    if len(content) != nbytes:
        raise DamagedFileError(f"step {step.number} is {place + nbytes - len(step.row)} bytes short")
    if buffer.whole:
        return Value(slot.name, slot.dtype, slot.shape, _strided(slot, buffer, content), None)
    summary = _summary(buffer, content)
    if summary.nonfinite < 0:
        raise _not_kept(step, slot)
    return Value(slot.name, slot.dtype, slot.shape, None, summary)


def _not_kept(step: Step, slot: Slot) -> NotKeptError:
    return NotKeptError(
        f"step {step.number} does not hold {slot.name or f'slot {slot.number}'} itself; it follows by executing "
        f"the step's program: retrograd.program.reconstruct(recording, {step.number})"
    )


def loss_of(step: Step) -> float:
    """Return what backward was called on in a step (at last, if several times); NaN if it was not one number."""
    if step.loss is not None:
        return step.loss
    program = step.program
    if program is not None and step.layout in ("all", "kept"):
        place = _place_of_loss(program, step.layout)
        if place is not None and place[1] + place[0].size <= len(step.row):
            return place[0].unpack_from(step.row, place[1])[0]
    for reference in reversed(program.losses) if program else ():
        try:
            array = value_of(step, reference).array
        except NotKeptError:
            continue
        if array is not None and array.size == 1 and array.dtype.kind != "c":
            return float(array.reshape(()))
    return float("nan")


def _place_of_loss(program: Program, layout: Layout) -> tuple[Struct, int] | None:
    """Return where in a row the last loss stands, if that is one ordinary number: a view asks for thousands of them."""
    cache: dict[Any, tuple[Struct, int] | None] = program.cache
    if ("loss", layout) not in cache:
        found = None
        for reference in program.losses[-1:]:
            slot, place = program.slots[reference.slot], offsets(program, layout).get(reference.buffer)
            form = _NUMBERS.get(slot.dtype)
            one = prod(slot.shape) == 1 and reference.buffer >= 0
            if place is not None and form and one and program.buffers[reference.buffer].nbytes == form.size:
                found = form, place
        cache["loss", layout] = found
    return cache["loss", layout]


_NUMBERS = {"float32": Struct("<f"), "float64": Struct("<d")}
"""How Python reads one entry."""


def _strided(slot: Slot, buffer: Buffer, content: bytes) -> np.ndarray:
    dtype = np.dtype(NUMPY_DTYPES[slot.dtype])
    first = slot.offset * dtype.itemsize - buffer.start
    strides = tuple(stride * dtype.itemsize for stride in slot.stride)
    if not prod(slot.shape):
        return np.zeros(slot.shape, dtype)
    if not 0 <= first <= first + extent(slot.shape, slot.stride, dtype.itemsize) <= len(content):
        raise DamagedFileError(f"slot {slot.number} reaches outside of its buffer {buffer.number}")
    array = np.ndarray(slot.shape, dtype, content, first, strides)
    return (array.astype("u4") << 16).view("f4") if slot.dtype == "bfloat16" else array


def _summary(buffer: Buffer, content: bytes) -> Summary:
    head = np.frombuffer(content, SUMMARY_HEAD, 1)[0]
    sample = np.frombuffer(content, NUMPY_DTYPES[buffer.dtype], offset=SUMMARY_HEAD.itemsize)
    if buffer.dtype == "bfloat16":
        sample = (sample.astype("u4") << 16).view("f4")
    entries = sample[: min(SAMPLE_LENGTH, int(head["count"]))]
    numbers = {name: head[name].item() for name in SUMMARY_HEAD.names or ()}
    return Summary(**numbers, sample=entries)
