"""What tells programs apart."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from retrograd.recording import Program, Reference, flat, itemsize, references_in


def signature_of(program: Program) -> bytes:
    """Return a hash of everything but names, the numbers of constants, and absolute addresses.

    A loop that takes another slice of its data in every turn runs the same program; only where the slice begins
    differs, which is a constant.
    """
    first = {slot.storage: slot.offset for slot in reversed(program.slots)}
    outside = {slot.storage: slot.offset for slot in reversed(program.slots) if slot.external}
    made = {slot for operation in program.operations for slot in flat(operation.outputs)}
    slots = []
    for slot in program.slots:
        origin = outside.get(slot.storage, 0) if slot.external else first[slot.storage]
        offset = None if slot.number in made and not slot.external else slot.offset - origin
        slots.append(replace(slot, name=None, offset=offset))  # type: ignore[arg-type]
    buffers = [replace(buffer, start=0) for buffer in program.buffers]
    references = [_distance(program, reference) for reference in references_in(program)]
    constants = [type(constant.value).__name__ for constant in program.constants]
    events = [replace(event, text="") for event in program.events]
    ends = [program.start, program.end, program.losses, program.gradients, program.draws, program.executable]
    plain = (slots, buffers, references, constants, program.operations, events, ends, program.unstable)
    return hashlib.blake2b(repr(plain).encode(), digest_size=16).digest()


def _distance(program: Program, reference: Reference) -> int | None:
    if reference.buffer < 0:
        return None
    slot = program.slots[reference.slot]
    return slot.offset * itemsize(slot.dtype) - program.buffers[reference.buffer].start
