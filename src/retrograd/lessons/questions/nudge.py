"""What chapter 6 asks: what a gradient promises."""

from __future__ import annotations

from retrograd.lessons.finding import number_called
from retrograd.lessons.grading import choice, number
from retrograd.recording import Recording


def _change(recording: Recording) -> float:
    return float(number_called(recording, "loss_after")) - float(number_called(recording, "loss"))


def _of_a_whole_one(recording: Recording) -> float:
    return 100 * _change(recording)


def _other_way(recording: Recording) -> float:
    return -_change(recording)


@number(
    relative=0.03,
    absolute=3e-7,  # the loss has seven digits, so a difference of two losses is no better than this
    because="Multiply: the nudge of 0.01 times w.grad[0, 0]. Take the sign along.",
    mistaken={
        "That is the gradient: the change for a whole 1, with an equal slope. The nudge is 0.01.": _of_a_whole_one,
        "The size is right. The sign is that of the gradient: if positive, the loss grows with the weight.": _other_way,
    },
)
def change(recording: Recording) -> float:
    """By how much does the loss change?"""
    return _change(recording)


@choice(
    a="It would be the same if the loss were a straight line. Its slope is σ(z) / 3. Does that stay what it is while z "
    "grows?",
    b="The slope is σ(z) / 3, and it grows on the way up. The gradient knows only the slope at the start.",
    c="For that the slope would have to fall on the way up. It is σ(z) / 3. What does that do while z grows?",
)
def far(recording: Recording) -> str:
    """Is the true change of a large nudge as promised?"""
    promised = 5.0 * float(number_called(recording, "w.grad")[0, 0])
    true = _change(recording)
    return "a" if promised == true else "b" if true > promised else "c"
