"""What a step began with, made anew from the recording."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from retrograd.errors import NotKeptError
from retrograd.program.writing import Tensors
from retrograd.recording import Program, Recording, Reference, Step, extent, itemsize, offsets, unstable_buffers


def start_of(recording: Recording, step: Step, only: Sequence[Reference] | None = None) -> Tensors:
    """Return the tensors that a step began with, made anew from the recording.

    Args:
        recording: What was recorded.
        step: One of its steps.
        only: Some of `program.start`, if not all of them are wanted.

    Raises:
        NotKeptError: A large tensor was not kept whole in this step, nor in one that it came unchanged from.
    """
    assert step.program is not None
    wanted = step.program.start if only is None else only
    return _tensors(step.program, wanted, lambda reference: start_bytes(recording, step, reference))


def results_in(step: Step) -> dict[int, bytes]:
    """Return what operations that are not reproducible left, as far as the step holds it."""
    program = step.program
    if program is None:
        return {}
    places, found = offsets(program, step.layout, step.bindings), dict[int, bytes]()
    for number in unstable_buffers(program):
        buffer, place = program.buffers[number], places.get(number)
        if number in step.wholes:
            found[number] = step.wholes[number]
        elif buffer.whole and place is not None:
            found[number] = step.row[place : place + buffer.nbytes]
    return found


def can_begin_at(recording: Recording, number: int) -> bool:
    """Return whether everything that a step starts from was kept."""
    step = recording.source.step(number)
    if step.program is None or not step.program.executable:
        return False
    try:
        for reference in step.program.start:
            start_bytes(recording, step, reference)
    except NotKeptError:
        return False
    return len(step.generators) == len(step.program.draws)


def start_bytes(recording: Recording, step: Step, reference: Reference) -> bytes:
    """Return the content of a slot at the start of a step, from it or from the step that it came unchanged from."""
    program = step.program
    if reference.buffer < 0 and program is not None:
        slot = program.slots[reference.slot]
        return bytes(extent(slot.shape, slot.stride, itemsize(slot.dtype)))
    while program is not None:
        buffer = program.buffers[reference.buffer]
        if reference.buffer in step.wholes:
            return step.wholes[reference.buffer]
        place = offsets(program, step.layout, step.bindings).get(reference.buffer)
        if buffer.whole and place is not None:
            return step.row[place : place + buffer.nbytes]
        binding = step.bindings[program.start.index(reference)]
        if binding is None:
            break
        step = recording.source.step(step.number - binding[0])
        program = step.program
        reference = next((r for r in program.start if r.slot == binding[1]), reference) if program else reference
        if program is None or reference not in program.start or reference not in program.end:
            break  # it was made or changed there
    raise NotKeptError(f"step {step.number} does not hold all of what it started from")


def _tensors(program: Program, references: Sequence[Reference], content_of: Callable[[Reference], bytes]) -> Tensors:
    """Make tensors from bytes; slots that share a storage share memory again."""
    by_storage: dict[int, list[Reference]] = {}
    for reference in references:
        by_storage.setdefault(program.slots[reference.slot].storage, []).append(reference)
    return {
        slot: tensor
        for together in by_storage.values()
        for slot, tensor in _sharing(program, together, [content_of(reference) for reference in together])
    }


def _sharing(program: Program, references: list[Reference], contents: list[bytes]) -> Iterator[tuple[int, Tensor]]:
    begins = [_begin(program, reference) for reference in references]
    first = min(begins)
    # Kernels may look at the alignment of an address, so it is kept: PyTorch allocates at multiples of 64.
    first -= first % 64
    memory = torch.empty(max(b + len(c) for b, c in zip(begins, contents, strict=True)) - first, dtype=torch.uint8)
    for begin, data in zip(begins, contents, strict=True):
        if data:
            memory[begin - first :][: len(data)] = torch.from_numpy(np.frombuffer(data, np.uint8).copy())
    for reference in references:
        slot = program.slots[reference.slot]
        dtype = getattr(torch, slot.dtype)
        offset = (slot.offset * itemsize(slot.dtype) - first) // itemsize(slot.dtype)
        tensor = torch.empty(0, dtype=dtype).set_(memory.untyped_storage(), max(offset, 0), slot.shape, slot.stride)
        yield slot.number, tensor


def _begin(program: Program, reference: Reference) -> int:
    slot = program.slots[reference.slot]
    return program.buffers[reference.buffer].start if reference.buffer >= 0 else slot.offset * itemsize(slot.dtype)
