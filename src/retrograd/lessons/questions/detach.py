"""What chapter 13 asks: grad_fn and detach."""

from __future__ import annotations

from retrograd.lessons.finding import number_called, tensor_called, turns
from retrograd.lessons.grading import choice
from retrograd.recording import Event, Recording


@choice(
    a="What the multiplication made has no name. z is what became of it: which operation came last?",
    b="The last operation made z. Its node leads on to that of the multiplication, and to b.",
    c="A line may hold several operations; each has a node of its own.",
)
def last_operation(recording: Recording) -> str:
    """Which operation does z.grad_fn belong to?"""
    names = [event.name for event in _backward(recording)]
    # Backward goes from the loss: the node after that of the loss is the one that made z.
    return "b" if names[1].startswith("AddBackward") else "a"


@choice(
    a="One input that requires a gradient is enough, and q is one. The detached tensor counts as a constant.",
    b="q requires a gradient, so the product does. The way through d ends at d, so w and b get nothing.",
    c="Detaching cut the way from d back to w and b. Only what can be reached from the product gets a gradient.",
)
def product(recording: Recording) -> str:
    """Is a product with a detached tensor tracked?"""
    reached = set(recording.parameters)
    if not tensor_called(recording, "product_of_both").requires_grad:
        return "a"
    return "b" if reached == {"q"} else "c"


@choice(
    a="A copy would be made by clone(). Chapter 5 asked of a detached tensor where its numbers lie.",
    b="Both tensors look at the same memory, so what is written through one is seen through the other.",
    c="It is an ordinary tensor and can be written to.",
)
def memory(recording: Recording) -> str:
    """What happens to z when its detached tensor is written to?"""
    return "b" if number_called(recording, "z")[0] == 100 else "a"


def _backward(recording: Recording) -> list[Event]:
    events = [event for step in turns(recording) if step.program for event in step.program.events]
    return [event for event in events if event.kind == "backward"]
