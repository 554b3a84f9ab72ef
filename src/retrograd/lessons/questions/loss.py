"""What chapter 2 asks: the loss, by hand, and why it takes logits."""

from __future__ import annotations

from math import log, log10

import numpy as np

from retrograd.lessons.finding import number_called
from retrograd.lessons.grading import choice, number
from retrograd.recording import Recording


@number(
    absolute=0.01,  # 0.7 is ln 2 with one digit
    because="The sigmoid of 0 is one half, so both logarithms are ln ½, and their weights y and 1 − y add up to 1.",
    mistaken={
        "A loss of 0 is that of somebody who is certain, and right.": 0,
        "That is the probability that the sigmoid makes of z. The loss is minus its logarithm.": 0.5,
        "That is ln ½ itself. The formula begins with a minus.": log(0.5),
        "That is a logarithm to the base 2. ln is the one to the base e: `math.log`.": 1,
        "That is a logarithm to the base 10. ln is the one to the base e: `math.log`.": log10(2),
    },
)
def at_zero(recording: Recording) -> float:
    """How large is the loss where every logit is 0?"""
    return float(number_called(recording, "loss"))


@choice(
    a="It is not a matter of a few digits. Follow the numbers: what is the sigmoid of 200 in float32, and what is the "
    "logarithm of one minus it?",
    b="The sigmoid is flat there, but the logarithm is infinitely steep, and zero times infinity is not zero.",
    c="The sigmoid is rounded to 1, the logarithm of 1 − 1 is −∞ with an infinite slope, and infinity times the slope "
    "0 of the sigmoid is no number.",
)
def naive(recording: Recording) -> str:
    """What gradient does the formula give at z = 200?"""
    gradient = recording.array("z.grad")[0]
    return "c" if np.isnan(gradient).all() else "b" if not gradient.any() else "a"


@choice(
    a="The function takes the sigmoid of what it is given. It was given probabilities, and they are never below 0.",
    b="The sigmoid of −50 is 0, and a logit of 0 means: I do not know. So the loss is ln 2, and it cannot fall lower.",
    c="The function never sees the −50, only what the sigmoid made of it, a number between 0 and 1.",
)
def floor(recording: Recording) -> str:
    """What does a loss say that has been through the sigmoid twice?"""
    loss = float(number_called(recording, "loss"))
    return "a" if loss < 0.1 else "b" if abs(loss - log(2)) < 0.1 else "c"
