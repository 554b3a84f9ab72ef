"""What chapter 9 asks: twenty steps."""

from __future__ import annotations

from retrograd.lessons.grading import choice, number
from retrograd.recording import Recording


def _first_loss(recording: Recording) -> float:
    return float(recording.loss[0])


@number(
    relative=0.1,
    because="Take 0.2 σ(z) from each of the three z, nineteen times over, with σ(z) = 1 / (1 + exp(-z)) computed "
    "anew each time. Then the mean of ln(1 + exp(z)).",
    mistaken={
        "That is near the loss of step 0. Nineteen updates come before the last loss.": _first_loss,
    },
)
def after_twenty(recording: Recording) -> float:
    """Which loss does the twentieth step have?"""
    return float(recording.loss[19])


@choice(
    a="Slower would need a gradient that is smaller and still there. What does zero_() leave for the update to read?",
    b="zero_() leaves a tensor of zeros. The update takes 0.1 times zero from each weight, twenty times.",
    c="There would be one if the gradient had been set to None. zero_() leaves a tensor, and zeros can be "
    "computed with.",
)
def too_early(recording: Recording) -> str:
    """What does the loss do if the gradients are cleared before the update?"""
    if any(note.kind == "error" for note in recording.notes):
        return "c"
    return "b" if len(set(recording.loss.tolist())) == 1 else "a"
