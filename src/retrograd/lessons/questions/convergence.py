"""What chapter 10 asks: how the loss falls, and where it ends."""

from __future__ import annotations

import math

import numpy as np

from retrograd.errors import LessonError
from retrograd.lessons.finding import AGAIN
from retrograd.lessons.grading import choice, number
from retrograd.recording import Recording
from retrograd.sweeps import sweep


@choice(
    a="Nothing is found on the way: each step looks at the slope where it stands. The slope becomes smaller together "
    "with the loss, so the steps do, too.",
    b="That would be so if each step took the same share of the loss away. Here the share becomes smaller with the "
    "loss itself: σ(z) is both.",
    c="The step in z is proportional to the loss. At half the loss the steps are half as long, so the same way, one "
    "halving, takes twice as many.",
)
def halving(recording: Recording) -> str:
    """How long does it take from 0.02 to 0.01?"""
    loss = _to_its_end(recording)
    first, second, third = (int(np.argmax(loss <= level)) for level in (0.04, 0.02, 0.01))
    ratio = (third - second) / (second - first)
    return "a" if ratio < 0.7 else "b" if ratio < 1.4 else "c"


@number(
    relative=0.15,
    because="Put the loss and the rate into loss = 1 / (2 · rate · steps), and solve for the steps.",
    mistaken={
        "So many it takes to 0.01. A tenth of the loss is ten times the steps.": 500,
        "That is 1 / loss. Where are the 2 and the rate?": 1000,
    },
)
def to_a_thousandth(recording: Recording) -> float:
    """How many steps until the loss is 0.001?"""
    return float(sweep(recording, learning_rate=0.1, until=0.001, max_steps=20_000)["steps"].squeeze())


@choice(
    a="The updates are small because the loss is: σ(z) becomes small with eᶻ. Look at z: it goes on downwards, and "
    "no number is the last one.",
    b="The loss is e to the power of z, or nearly so. It is lower for every lower z, and 0 for none. The gradient "
    "becomes small, and is never 0.",
    c="A larger rate goes further down in the same number of steps. There is no place further down where the gradient "
    "is 0, either.",
)
def minimum(recording: Recording) -> str:
    """Does the loss come near a minimum?"""
    loss = _to_its_end(recording)
    still_falling = loss[-1] < 0.75 * loss[len(loss) // 2]
    return "b" if still_falling else "a"


@choice(
    a="The threshold lies below the lowest loss that there is. No number of steps leads there.",
    b="At z = 0 the loss is as small as it can be, ln 2, which is more than 0.01. So the condition stays true until "
    "the steps are used up.",
    c="It came to rest long before. Where there is a minimum, what is left shrinks by the same factor in each step, "
    "and is soon below what the numbers can show.",
)
def twin_end(recording: Recording) -> str:
    """How does the twin's loop end?"""
    loss = _to_its_end(recording)
    if loss[-1] <= 0.01:
        return "a"
    return "b" if abs(loss[-1] - math.log(2)) < 1e-4 else "c"


def _to_its_end(recording: Recording) -> np.ndarray:
    """Return the losses of a loop that has come to the threshold or to its 1000 steps."""
    if recording.loss[-1] > 0.01 and len(recording.loss) < 1000:
        raise LessonError(f"the recorded loop was stopped on the way. {AGAIN}")
    return recording.loss
