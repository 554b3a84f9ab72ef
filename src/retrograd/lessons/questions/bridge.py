"""What chapter 15 asks: the same loop with a module and an optimizer."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from retrograd.lessons.grading import choice, number
from retrograd.recording import Event, Recording


@number(
    because="step() goes through the parameters that the optimizer was given, and writes to each of them once.",
    mistaken={
        "It is one line of yours. But it writes to tensors, and each write is an event.": 1,
        "So many numbers change. A tensor is written to whole, all its entries at once.": 18,
    },
)
def updates(recording: Recording) -> float:
    """How many updates does a step record?"""
    return _count(recording, "update")


@choice(
    a="Zeros would do as well: zero_grad(set_to_none=False) writes them. Look at what was printed above.",
    b="zero_grad() lets go of the gradients altogether. The next backward makes new ones instead of adding to zeros.",
    c="Nothing is marked. Either there is a gradient in .grad, and backward adds to it, or there is none.",
)
def cleared(recording: Recording) -> str:
    """What is .grad after zero_grad()?"""
    if not _count(recording, "clear"):
        return "c"
    names = {event.name for event in _events(recording) if event.kind == "clear"}
    return "a" if "Tensor.zero_" in names else "b"


@choice(
    a="It is the same mathematics, but numbers have only about seven digits, and each operation rounds. The two loops "
    "use other operations: nothing makes them round alike.",
    b="Both begin with the same numbers and round in different places, so the last digits may differ, and often do.",
    c="A rounding is about one part in ten million, and this loop makes the differences no larger as it goes on.",
)
def equal(recording: Recording) -> str:
    """Are the losses those of the loop by hand?"""
    # A seed may give the same bits throughout, by luck: that is no reason to expect them.
    return "b" if np.abs(_losses_by_hand(recording) - recording.loss).max() < 1e-5 else "c"


def _losses_by_hand(recording: Recording) -> np.ndarray:
    """Run the plain loop from the numbers that the recorded one began with."""
    x, y = torch.ones(5), torch.zeros(3)
    w = torch.tensor(recording.array("model.weight")[0].T.copy(), requires_grad=True)
    b = torch.tensor(recording.array("model.bias")[0].copy(), requires_grad=True)
    losses = []
    for _ in range(len(recording.steps)):
        loss = F.binary_cross_entropy_with_logits(torch.matmul(x, w) + b, y)
        gradients = torch.autograd.grad(loss, (w, b))
        with torch.no_grad():
            for parameter, gradient in zip((w, b), gradients, strict=True):
                parameter -= 0.1 * gradient
        losses.append(loss.item())
    return np.array(losses)


def _events(recording: Recording) -> tuple[Event, ...]:
    program = recording.steps[-1].program
    return program.events if program else ()


def _count(recording: Recording, kind: str) -> int:
    return sum(event.kind == kind for event in _events(recording))
