"""What the last turn left, where nobody watched it: there executing the steps since the last full one must arrive."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from retrograd.contents import content, summary
from retrograd.recorder.passing import carried, looks_like
from retrograd.recorder.pattern import Pattern
from retrograd.recording import Binding, Program, Reference, Slot

End = tuple[Program, bytes, tuple[Binding, ...], dict[int, bytes]]
"""A program that does nothing, what it holds, where its tensors came from, and all bytes of the large ones."""


def end_of(pattern: Pattern) -> End | None:
    """Return what the tensors are that a turn hands on to the next one; None if all of them are gone."""
    program = pattern.program
    tensors = {slot: weak() for slot, weak in carried(pattern).items()}
    pairs = zip(program.start, pattern.bindings, strict=True)
    ends = [(r, b, tensors.get(r.slot)) for r, b in pairs if b is not None and r.buffer >= 0]
    found = [(r, b, t) for r, b, t in ends if t is not None and looks_like(t, program.slots[r.slot])]
    if not found:
        return None
    slots: list[Slot] = []
    buffers, starts, contents, wholes = [], [], [], {}
    for number, (reference, _, tensor) in enumerate(found):
        slot, buffer = program.slots[reference.slot], program.buffers[reference.buffer]
        slots.append(_alone(slot, number))
        buffers.append(_alone(buffer, number))
        starts.append(Reference(number, number))
        contents.append(content(tensor) if buffer.whole else summary(tensor))
        if not buffer.whole:
            wholes[number] = content(tensor)
    refs = tuple(starts)
    end = Program(-1, tuple(slots), tuple(buffers), (), (), (), refs, refs, (), (), (), True)
    return end, b"".join(contents), tuple(b for _, b, _ in found), wholes


def _alone(part: Any, number: int) -> Any:  # a slot or a buffer with a storage of its own
    changes: dict[str, Any] = {"number": number, "storage": number}
    if isinstance(part, Slot):
        changes["gradient_of"] = None
    return replace(part, **changes)
