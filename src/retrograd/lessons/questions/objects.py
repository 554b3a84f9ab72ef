"""What chapter 0 asks: four tensors."""

from __future__ import annotations

from math import prod

from retrograd.lessons.finding import tensor_called
from retrograd.lessons.grading import choice, number
from retrograd.recording import Recording


@choice(
    a="You took leaf and requires_grad for the same. They are two properties: look at both on the card of x. Did "
    "anything that PyTorch keeps track of make x?",
    b="No computation that PyTorch keeps track of made any of them, so all four are leaves. Only w and b have "
    "requires_grad besides.",
    c="A function made each of them, but from no other tensor. Which tensor would PyTorch have to go back to from x, "
    "or from w?",
)
def leaves(recording: Recording) -> str:
    """Which of the four are leaves?"""
    are = [tensor_called(recording, name).leaf for name in "xywb"]
    return {(False, False, True, True): "a", (True,) * 4: "b", (False,) * 4: "c"}[tuple(are)]


@number(
    because="Count the entries of every tensor with requires_grad: those of w, 5 rows of 3, and those of b.",
    mistaken={
        "Those are the weights. b has requires_grad as well.": 15,
        "That is all there is, x and y too. They are given, and stay as they are.": 26,
        "So many tensors learn. How many numbers are in them?": 2,
    },
)
def learnable(recording: Recording) -> float:
    """How many numbers can change?"""
    return sum(prod(slot.shape) for name in "xywb" if (slot := tensor_called(recording, name)).requires_grad)


@choice(
    a="torch.randn made a leaf, but w is not that tensor: w is what the multiplication made of it.",
    b="w is the result of a multiplication that PyTorch kept track of. The leaf is the tensor that torch.randn made, "
    "and no name is left for it.",
    c="The multiplication passes requires_grad on: one of its inputs has it, so the result has it, too.",
)
def scaled_is_leaf(recording: Recording) -> str:
    """Is a multiplied tensor a leaf?"""
    w = tensor_called(recording, "w")
    return "b" if not w.leaf else "a" if w.requires_grad else "c"
