"""What to call a tensor of a step in a formula: the person's name, else the part of the line that made it."""

from __future__ import annotations

import re

from retrograd.derivatives.matching import outputs_of, slots_in
from retrograd.recording import Event, Program, Recording, Reference

MOST_EXPRESSION = 24
"""A longer part of a line is no name for a tensor any more."""

MOST_ARGUMENTS = 3
"""Of a tensor inside a call, so many of the tensors are named that it was made of."""

DEEPEST = 3
"""A tensor inside a call is named after what it was made of, through so many operations."""


def called(recording: Recording, program: Program, reference: Reference) -> str:
    """Return the person's name of a tensor, else the part of the line that made it, else `[7]` for event 7's result."""
    return _called(recording, program, reference.slot, DEEPEST)


def _called(recording: Recording, program: Program, slot: int, depth: int) -> str:
    name = program.slots[slot].name
    if name:
        return name
    events, operations = _makers(program)
    if slot in events:
        maker = program.events[events[slot]]
        text = _expression(recording, maker)
        fits = text and len(text) <= MOST_EXPRESSION and maker.kind in ("forward", "other")
        return text if fits else f"[{maker.number}]"
    if slot not in operations:
        return "…"
    operation = program.operations[operations[slot]]
    taken = [*dict.fromkeys(slots_in(operation))]
    word = operation.name.partition("::")[2].partition(".")[0].strip("_")
    if not taken or taken[0] == slot or not depth:
        return f"[{operation.event}]"
    names = [_called(recording, program, one, depth - 1) for one in taken[:MOST_ARGUMENTS]]
    return f"{word}({', '.join(names)}{', …' if len(taken) > MOST_ARGUMENTS else ''})"


def _makers(program: Program) -> tuple[dict[int, int], dict[int, int]]:
    """Return for each slot the first event and the first operation that gave it."""
    if "makers" not in program.cache:
        events: dict[int, int] = {}
        operations: dict[int, int] = {}
        for event in program.events:
            for output in event.outputs if event.node is None else ():
                events.setdefault(output.slot, event.number)
        for number in range(len(program.operations)):
            for slot in outputs_of(program, number):
                operations.setdefault(-1 if slot is None else slot, number)
        program.cache["makers"] = events, operations
    return program.cache["makers"]


def _expression(recording: Recording, event: Event) -> str:
    if event.line is None or not 0 <= event.line < len(recording.lines):
        return ""
    line = recording.lines[event.line]
    texts = recording.texts.get(line.file, "").splitlines()[line.number - 1 : line.end_number]
    if not texts:
        return ""
    texts[-1] = texts[-1][: line.end_column]
    texts[0] = texts[0][line.column :]
    return re.sub(r"\s+", " ", " ".join(texts)).strip()
