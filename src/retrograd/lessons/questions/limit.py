"""What chapter 12 asks: which learning rates settle."""

from __future__ import annotations

import numpy as np

from retrograd.curvature import curvature_of
from retrograd.lessons.grading import choice, number
from retrograd.recording import Recording
from retrograd.replays import replay


@choice(
    a="Look at the signs: z changes sides in each step. The step from z is 2 · 3 · z/4, which is longer than z itself.",
    b="Each step is 1.5 times as long as the way to 0, so it lands on the other side, at half the distance.",
    c="It changes sides, but look at the sizes: each is about half of the one before.",
)
def jumps(recording: Recording) -> str:
    """How does z go to the minimum with the rate 3?"""
    z = recording.array("z")[:, 0]
    if (np.sign(z[1:6]) == np.sign(z[1])).all():
        return "a"
    return "b" if abs(z[-1]) < 0.01 * abs(z[0]) else "c"


@number(
    absolute=0.02,
    because="What is multiplied by a number between −1 and 1 shrinks. Where is 1 − rate/2 = −1?",
    mistaken={
        "There 1 − rate/2 is 0, and one step leads to the minimum. Beyond it z changes sides, but it still shrinks.": 2,
    },
)
def edge(recording: Recording) -> float:
    """Up to which rate does z come to rest?"""
    return curvature_of(recording, [-1]).rows[0].limit


@choice(
    a="The limit is set by the steepest direction. For the other one a rate a thousand times as large would do.",
    b="One direction is steep and sets the limit: the square metres. The other one is thousands of times flatter, and "
    "with so small a rate it has hardly arrived after 5000 steps.",
    c="Below the limit no direction moves away from the minimum. Ask of each of the two how fast it comes near.",
)
def slow(recording: Recording) -> str:
    """What is found with a rate just below the limit?"""
    rate = 0.99 * curvature_of(recording, [-1]).rows[0].limit
    metre, room = replay(recording, learning_rate=rate, steps=5000).array("w")[-1]
    if abs(metre - 2) > 0.1:
        return "c"
    return "b" if abs(room - 10) > 0.1 else "a"


@choice(
    a="The first update carries w from 3 to below 0, and there the slope is no longer 15 · (w − 2). What is it?",
    b="To swing, it would have to come back. Look at what the cell printed: where is w in the step after the first?",
    c="The first update takes 0.25 · 15 from w and carries it below 0. There relu answers 0 to everything, its slope "
    "is 0, and so is the gradient: nothing can move w again.",
)
def behind_relu(recording: Recording) -> str:
    """How does the loss of one weight behind `relu` end with the rate 0.25?"""
    first, *_, before, last = recording.loss
    if last > 100 * first:
        return "a"
    return "c" if last == before else "b"
