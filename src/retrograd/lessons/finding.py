"""Finding things in a recording by the names that the chapters use."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from retrograd.errors import LessonError
from retrograd.recording import Recording, Slot, Step, value_of

AGAIN = "Run the recorded cell as it was, to its end, then check again."
"""What is said of a recording that cannot answer: its cell was changed, or stopped on the way."""


def turns(recording: Recording) -> Iterator[Step]:
    """Go through what was before the loop, the steps, and what was after."""
    if recording.before is not None:
        yield recording.before
    yield from recording.steps
    if recording.after is not None:
        yield recording.after


def tensor_called(recording: Recording, name: str) -> Slot:
    """Return the last tensor that had a name."""
    found = [slot for program in recording.programs for slot in program.slots if slot.name == name]
    if not found:
        raise LessonError(f"the recording has no tensor {name}. {AGAIN}")
    return found[-1]


def number_called(recording: Recording, name: str) -> np.ndarray:
    """Return the numbers of the last tensor that had a name, as they were last."""
    for step in reversed([*turns(recording)]):
        program = step.program
        if program is None:
            continue
        named = {slot.number for slot in program.slots if slot.name == name}
        seen = [r for event in program.events for r in (*event.inputs, *event.outputs) if r.slot in named]
        values = [value_of(step, reference).array for reference in seen[-1:]]
        if values and values[0] is not None:
            return values[0]
    raise LessonError(f"the recording has no tensor {name}. {AGAIN}")
