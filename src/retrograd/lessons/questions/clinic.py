"""What chapter 14 asks: twelve broken loops. The right letter is that of the mistake that `diagnose` finds."""

from __future__ import annotations

from retrograd.diagnosis import diagnose
from retrograd.errors import LessonError
from retrograd.lessons.grading import choice
from retrograd.recording import Recording


def _letter(recording: Recording, **letters: str) -> str:
    found = [finding.name for finding in diagnose(recording) if finding.severity != "info"]
    letter = next((letter for letter, name in letters.items() if name in found), None)
    if letter is None:
        raise LessonError(
            "`diagnose` finds none of the three mistakes in this recording. If you have cured the loop: that is the "
            "proof, and an answer that was right stays right."
        )
    return letter


@choice(
    a="In step 1 the new gradient is added to the one of step 0, which an update had already used.",
    b="The rate is the usual 0.1. What is too large is the gradient it is multiplied by: look at what it was added to.",
    c="Both parameters change in each step. Compare their cards.",
)
def one(recording: Recording) -> str:
    """What is wrong with loop 1?"""
    return _letter(recording, a="grad-not-cleared", b="lr-too-large", c="param-not-in-optimizer")


@choice(
    a="The update writes to w in place, and what it writes is what was there: it subtracts 0.",
    b="The clearing stands between backward and the update, so the update subtracts the rate times 0.",
    c="There is a clearing in each step. Look at where it stands.",
)
def two(recording: Recording) -> str:
    """What is wrong with loop 2?"""
    return _letter(recording, a="update-not-applied", b="grad-cleared-before-step", c="grad-not-cleared")


@choice(
    a="Too large a rate makes the loss jump up and down. This one rises a little in every step.",
    b="They are cleared, as the events at the end of each step show.",
    c="Where the gradient is positive, the weight grows. That makes the loss larger.",
)
def three(recording: Recording) -> str:
    """What is wrong with loop 3?"""
    return _letter(recording, a="lr-too-large", b="grad-not-cleared", c="update-wrong-sign")


@choice(
    a="This loss takes logits and has a sigmoid of its own. It got probabilities.",
    b="The rate is that of the good loop. Compare the gradients of the two loops: what makes this one so small?",
    c="It does: both have a gradient that is not 0.",
)
def four(recording: Recording) -> str:
    """What is wrong with loop 4?"""
    return _letter(recording, a="double-sigmoid", b="lr-too-small", c="graph-detached-mid")


@choice(
    a="b gets a gradient in each step. Look at what is done with it.",
    b="Both are cleared in each step.",
    c="Its gradient is computed and cleared, and no event updates b.",
)
def five(recording: Recording) -> str:
    """What is wrong with loop 5?"""
    return _letter(recording, a="graph-detached-mid", b="grad-not-cleared", c="param-not-in-optimizer")


@choice(
    a="They are cleared at the end of the step, after they were read.",
    b="`w - ...` makes a new tensor, which nobody keeps. `w -= ...` would have written it to w.",
    c="The rate is that of the good loop. Look for an event in which w is written to.",
)
def six(recording: Recording) -> str:
    """What is wrong with loop 6?"""
    return _letter(recording, a="grad-cleared-before-step", b="update-not-applied", c="lr-too-small")


@choice(
    a="Each update goes against its gradient. Look at how far.",
    b="Each step jumps over the minimum and lands further away on the other side. The limit of this problem is 4.",
    c="They are cleared in each step.",
)
def seven(recording: Recording) -> str:
    """What is wrong with loop 7?"""
    return _letter(recording, a="update-wrong-sign", b="lr-too-large", c="grad-not-cleared")


@choice(
    a="Each step draws the same numbers again, and what the step before had learned is gone.",
    b="The update is written to w. The next step does not use that w.",
    c="The update changes w as it should. Look at w at the start of the next step.",
)
def eight(recording: Recording) -> str:
    """What is wrong with loop 8?"""
    return _letter(recording, a="param-reinit", b="update-not-applied", c="lr-too-small")


@choice(
    a="It is taken once, and this loss has none of its own.",
    b="A row of 3 minus a column of 3 makes 3 by 3 differences. Only the three on the diagonal are meant.",
    c="The inputs are ones. Look at the shapes of output and target.",
)
def nine(recording: Recording) -> str:
    """What is wrong with loop 9?"""
    return _letter(recording, a="double-sigmoid", b="loss-broadcast", c="target-leak")


@choice(
    a="They are 0 as soon as backward has computed them. The clearing comes later.",
    b="They are made once, before the loop. They do not move, for their gradients are 0.",
    c="Rounding is flat everywhere, so a small change of z changes nothing, and its gradient is 0.",
)
def ten(recording: Recording) -> str:
    """What is wrong with loop 10?"""
    return _letter(recording, a="grad-cleared-before-step", b="param-reinit", c="nondiff-op")


@choice(
    a="w would become the result of a computation and stop being the leaf that gets gradients. Under no_grad nothing "
    "is kept track of.",
    b="Backward was called once. The error comes from the line after it.",
    c="Backward had ended well. The error is about writing to a leaf.",
)
def eleven(recording: Recording) -> str:
    """What is wrong with loop 11?"""
    return _letter(recording, a="update-tracked", b="backward-twice", c="inplace-saved")


@choice(
    a="Nothing wrote to a saved value in the first step's forward pass. PyTorch itself let go of what it had saved.",
    b="The update stands under no_grad, and it ran without an error in the first step.",
    c="The forward pass stands before the loop. Its graph is used up by the first backward; each step needs a new one.",
)
def twelve(recording: Recording) -> str:
    """What is wrong with loop 12?"""
    return _letter(recording, a="inplace-saved", b="update-tracked", c="backward-twice")
