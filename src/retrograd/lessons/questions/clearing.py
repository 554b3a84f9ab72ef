"""What chapter 8 asks: clearing, and what happens without it."""

from __future__ import annotations

import numpy as np

from retrograd.lessons.grading import choice
from retrograd.recording import Recording, value_of


@choice(
    a="That would need the old gradient to be overwritten. backward adds to what is there.",
    b="The first backward finds None and stores its gradient. The second finds a tensor and adds to it.",
    c="Nothing is divided. Whoever wants the mean divides each loss by how many there are.",
)
def second_backward(recording: Recording) -> str:
    """What does b.grad hold after two backward calls?"""
    (first, second), stored = _into_b(recording)
    if np.array_equal(stored, first + second):
        return "b"
    return "a" if np.array_equal(stored, second) else "c"


def _into_b(recording: Recording) -> tuple[list[np.ndarray], np.ndarray]:
    """Return what arrived at b, one after another, and what was stored at the end."""
    arrived: list[np.ndarray] = []
    stored = np.zeros(0)
    for step in recording.steps:
        assert step.program is not None  # the chapters record every step in full
        for event in step.program.events:
            if event.kind == "accumulate" and step.program.slots[event.inputs[0].slot].name == "b":
                new, stored = (value_of(step, r).array for r in (event.inputs[1], event.outputs[0]))
                assert new is not None  # three numbers are kept whole
                assert stored is not None
                arrived.append(new)
    return arrived, stored


@choice(
    a="The updates are not the same: each one uses the sum of all gradients since the first step, and that sum grows.",
    b="That is what a mistake should look like. But with targets of 0 every gradient points the same way, in every "
    "step. Which way does their sum point, and how far?",
    c="All gradients point the same way, step after step, so the sum is a longer and longer step in the right "
    "direction. The loss looks splendid, and the loop is still wrong.",
)
def without_clearing(recording: Recording) -> str:
    """How many steps does the loop without clearing take?"""
    count = len(recording.steps)  # with clearing it is 1 / (2 * 0.1 * 0.01) = 500, about
    return "c" if count < 100 else "b" if count > 700 else "a"


@choice(
    a="It falls fast at first. But at the best z the stored sum is not 0, and the next step goes on in the old "
    "direction.",
    b="The sum turns around only when as much has arrived from the other side. So z swings past the best "
    "place, back, and past it again.",
    c="Past the best place the new gradients point back, and the sum becomes smaller again. So z returns.",
)
def twin_without_clearing(recording: Recording) -> str:
    """What does the loss of the twin do without clearing?"""
    loss = recording.loss
    if not np.isfinite(loss).all() or loss[-10:].min() > 2 * loss[0]:
        return "c"
    # At rest at the best place the loss would be ln 2.
    return "b" if loss[-20:].max() > np.log(2) + 0.01 and (np.diff(loss) > 0).any() else "a"
