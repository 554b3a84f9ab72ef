"""What chapter 7 asks: the update, in five spellings."""

from __future__ import annotations

import numpy as np

from retrograd.lessons.claims import leaf_identity
from retrograd.lessons.grading import choice
from retrograd.recording import Program, Recording


@choice(
    a="0.1 is what the gradient is multiplied by; it would be the way only if the gradient were 1. Here it is "
    "a third of σ(z), which is below 1.",
    b="Every gradient is positive and below 1/3, so every entry goes down by less than 0.1 / 3. How far "
    "exactly depends on its column, that is on its z.",
    c="An entry goes up where its gradient is negative. For targets of 0 no gradient is.",
)
def first_change(recording: Recording) -> str:
    """Where do the entries of w move, and how far?"""
    before, after = recording.array("w")[:2]
    change = after - before
    if not (change <= 0).all():
        return "c"
    return "b" if (np.abs(change) < 0.034).all() else "a"


@choice(
    a="The numbers of the first step are the same. But the name w stands for a new tensor afterwards, made "
    "inside no_grad, and nothing keeps track of that one.",
    b="Without the `if` it would: w.grad is None in the second step. The `if` takes the error away, and with "
    "it the only sign that something is wrong.",
    c="The new w has requires_grad False, so no gradient arrives at it any more and the `if` is never true "
    "again. b goes on learning, so the loss falls.",
)
def rebound(recording: Recording) -> str:
    """What does the loop with the new w inside no_grad do?"""
    if any(note.kind == "error" for note in recording.notes):
        return "b"
    return "a" if leaf_identity(recording, "w") else "c"


@choice(
    a="Backward may not go twice through a place whose saved numbers are gone. A subtraction saves none, so "
    "going through all the old ones again is allowed.",
    b="Each new w remembers the w before it. So backward goes on through all earlier updates to the very first "
    "w: two more nodes in each step, and none of them can be freed.",
    c="The losses are the same. But compare the graph of the first step with that of the last.",
)
def tracked(recording: Recording) -> str:
    """What does the loop do that keeps track of its updates?"""
    if any(note.kind == "error" for note in recording.notes):
        return "a"
    first, last = (recording.steps[place].program for place in (0, -1))
    assert first is not None  # the chapters record every step in full
    assert last is not None
    return "b" if _nodes(last) > _nodes(first) else "c"


def _nodes(program: Program) -> int:
    return sum(event.node is not None for event in program.events)
