"""A step with something left out, or with the gradients cleared at its end: another program, made from a recorded one.

What is left out here is what a line does in place, behind backward: a clear, an update, a clipping. Whatever would make
autograd build another graph is not for here: the recorded backward pass would not be the one of the edited script.

draft.py      a program while it is edited, and how it becomes one again
adding.py     what follows if the step before did not clear: this one adds
omitting.py   leaving out
clearing.py   putting in a clear
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from retrograd.edits.adding import add_to_what_is_held
from retrograd.edits.clearing import clear_what_is_left
from retrograd.edits.draft import draft_of, program_of, remaining
from retrograd.edits.omitting import leave_out
from retrograd.recording import Event, Program

LeftOut = Callable[[Event], bool]

__all__ = ["Edited", "LeftOut", "edited"]


@dataclass(frozen=True, slots=True)
class Edited:
    """An edited program, and how it hangs together with those before and after it."""

    program: Program
    gradients: dict[int, int]
    """For each leaf the slot of the gradient that the step leaves."""
    taken: dict[int, int]
    """Start slots that hold the gradient which the step before left: of which leaf."""


def edited(program: Program, left_out: LeftOut, held: Collection[int] = (), clear: bool = False) -> Edited:
    """Return a program without some of its events.

    Args:
        program: A recorded one.
        left_out: Whether an event is left out.
        held: Leaves whose gradient the step before left, although the recorded one did not.
        clear: Clear the gradients at the end of the step.

    Raises:
        BeyondRecordingError: Others need the result of what is left out.
    """
    draft = draft_of(program, {event.number for event in program.events if left_out(event)})
    add_to_what_is_held(draft, held)
    leave_out(draft)
    if clear:
        clear_what_is_left(draft)
    ends, started = ({reference.slot for reference in references} for references in (draft.end, draft.start))
    return Edited(
        program_of(draft),
        {leaf: reference.slot for leaf, reference in remaining(draft) if reference.slot in ends},
        {slot: leaf for slot, leaf in draft.taken.items() if slot in started},
    )
