"""What chapter 3 asks: what there is before backward."""

from __future__ import annotations

from retrograd.lessons.finding import tensor_called, turns
from retrograd.lessons.grading import choice
from retrograd.recording import Recording


@choice(
    a="Zero would be a gradient: it would say that the loss does not change with w. Nobody has computed that.",
    b="No gradient has arrived at w, so there is none: .grad is None, not a tensor of zeros.",
    c="Differentiating costs as much as the forward pass, or more. PyTorch does it only when backward is called.",
)
def before_backward(recording: Recording) -> str:
    """What is .grad before backward?"""
    kinds = {event.kind for step in turns(recording) if step.program for event in step.program.events}
    return "c" if kinds & {"backward", "accumulate"} else "a" if "clear" in kinds else "b"


@choice(
    a="PyTorch never reads your code. It must remember on the way there what it needs on the way back.",
    b="Each result has a grad_fn: the operation that made it, linked to those before. No gradient has been computed.",
    c="It keeps what it will need for that, such as x for the weights. These numbers themselves come later.",
)
def what_exists(recording: Recording) -> str:
    """What does PyTorch keep after the forward pass?"""
    loss = tensor_called(recording, "loss")
    return "a" if loss.leaf else "b" if before_backward.right(recording) != "c" else "c"


@choice(
    a="Using w inside no_grad is allowed; an update does just that. The results are merely not linked to it.",
    b="The forward pass gives its numbers without complaint. When backward looks for the way back, there is none.",
    c="No gradient is zero here, because none is computed: there is nothing to go back along.",
)
def without_tracking(recording: Recording) -> str:
    """Where does a forward pass inside no_grad fail?"""
    for step in turns(recording):
        for event in step.program.events if step.program else ():
            if event.kind == "error":
                called = {earlier.kind for earlier in step.program.events[: event.number]} if step.program else set()
                return "b" if "call" in called else "a"
    return "c"
