"""What chapter 5 asks: leaves, over time."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.lessons.finding import turns
from retrograd.lessons.grading import choice, number
from retrograd.recording import Event, Program, Recording


def _events(recording: Recording) -> Iterator[tuple[Program, Event]]:
    for step in turns(recording):
        if step.program is not None:
            yield from ((step.program, event) for event in step.program.events)


@choice(
    a="This gradient is computed, for w and b are reached through z. But it is kept in .grad of leaves only, and z is "
    "the result of an addition.",
    b="z is no leaf. The gradient with respect to it is handed on to the next node and then forgotten; PyTorch warns, "
    "because whoever asks expects something else.",
    c="Asking is allowed: a .grad may always be read. It says that nothing is there.",
)
def gradient_of_z(recording: Recording) -> str:
    """What does z.grad give after backward?"""
    for program, event in _events(recording):
        if event.name == "Tensor.grad.__get__" and program.slots[event.inputs[0].slot].name == "z":
            return "a" if event.outputs else "b"
    return "c"


@number(
    because="Ask of each: does PyTorch keep track of an operation that made it? No operation made w. detach() ends the "
    "keeping track. `.to` the type that a tensor has already hands back the tensor itself.",
    mistaken={
        "The one that torch.randn made is a leaf. Ask of each of the other five: is it the result of something?": 1,
        "One is missing. Not every line that looks like an operation leaves one behind that is kept track of.": 2,
        "Some of the six are the result of an operation that PyTorch keeps track of.": 6,
    },
)
def leaves(recording: Recording) -> float:
    """How many of the six tensors are leaves?"""
    made = {"torch.randn": "w", "torch.matmul": "z", "Tensor.detach": "cut", "Tensor.mul": "scaled"}
    found: dict[str, bool] = {}
    for program, event in _events(recording):
        name = f"to {len(found)}" if event.name == "Tensor.to" else made.get(event.name)
        if name is not None and event.outputs:
            # What detach gives is a leaf; it shows the memory of z, so the recording has one slot for both.
            found.setdefault(name, name == "cut" or program.slots[event.outputs[0].slot].leaf)
    return sum(found.values())


@number(
    because="Every in-place write to w counts. Count the lines of the loop that write to w, times the three steps.",
    mistaken={
        "That counts the writes to b, too, or those to w.grad. Each tensor has a count of its own.": 6,
        "It would be 0 if nobody had written to w. `w -= ...` writes into the tensor that is there.": 0,
        "So it is after one step.": 1,
    },
)
def version(recording: Recording) -> float:
    """What is w._version at the end?"""
    return sum(
        event.kind == "update" and program.slots[event.outputs[0].slot].name == "w"
        for program, event in _events(recording)
    )
