"""What a program does to tensors, as one number for each: equal numbers mean that the same was computed.

Turns of one loop often differ in what they look at, such as a print every hundredth turn or a test of the accuracy,
and train the same nonetheless. Nothing here needs PyTorch: operations are not run, only their names are combined.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retrograd.recording import Program, flat

Meaning = Mapping[int, int]
"""For each slot, a hash of all that its content was computed from."""


def meaning_of(program: Program, start: Mapping[int, Any], constants: Mapping[int, Any]) -> Meaning:
    """Return what a program leaves in each slot.

    Args:
        program: What is done.
        start: What the content of each slot that it begins with stands for; any label.
        constants: The number in each place, or a label for one that may be another.
    """
    slots = program.slots
    content: dict[int, int] = {}
    for slot, label in start.items():
        content[slots[slot].storage] = hash(("start", label))

    def seen(slot: int) -> int:
        at = slots[slot]
        return hash((content.get(at.storage, 0), at.shape, at.stride, at.offset, at.dtype))

    def encoded(part: Any) -> Any:
        if isinstance(part, dict):
            (key, value), *_ = part.items()
            if key == "slot":
                return seen(value)
            if key == "constant":
                return constants[value]
            return (key, encoded(value))
        if isinstance(part, (list, tuple)):
            return tuple(encoded(entry) for entry in part)
        return part

    known = set(start)
    for operation in program.operations:
        keywords = tuple(sorted((key, encoded(value)) for key, value in operation.keywords.items()))
        done = hash((operation.name, encoded(operation.arguments), keywords))
        written = {reference.slot for reference in operation.results if reference.buffer >= 0}
        name = operation.name.partition("::")[2].partition(".")[0]
        inplace = name.endswith("_") or "out" in operation.keywords
        before = {slots[slot].storage for slot in known}
        for place, slot in enumerate(slot for slot in flat(operation.outputs) if slot is not None):
            if slots[slot].storage not in before or (inplace and slot in written):
                content[slots[slot].storage] = hash((done, place))
            known.add(slot)
        for place, slot in enumerate(sorted(written)) if inplace else ():
            content[slots[slot].storage] = hash((done, "written", place))
    return {slot: seen(slot) for slot in known}
