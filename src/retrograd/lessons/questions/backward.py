"""What chapter 4 asks: what backward does."""

from __future__ import annotations

import numpy as np

from retrograd.lessons.grading import choice
from retrograd.recording import Recording


@choice(
    a="Forward goes from matmul to the loss. Backward goes the other way: how the loss depends on z must be known "
    "before it can be said how it depends on what z was made of.",
    b="Backward begins with what it was called on. Its gradient with respect to itself is 1; from there each node "
    "hands on what it computed.",
    c="What fills w.grad needs the gradient of the loss with respect to w. That is known only when all nodes between "
    "the loss and w have run, so it comes last.",
)
def first_node(recording: Recording) -> str:
    """Which node does backward run first?"""
    program = recording.steps[0].program
    assert program is not None  # the chapters record every step in full
    nodes = {event.node.number: event for event in program.events if event.node is not None}
    first = nodes[min(nodes)]
    assert first.node is not None
    if first.node.forward is None:
        return "c"
    made = program.events[first.node.forward].outputs
    return "b" if program.losses[0] in made else "a"


@choice(
    a="For targets of 0 each entry is σ(z) / 3, and σ is positive for every z: whatever z is, a larger b makes the "
    "loss larger.",
    b="That would be so if 0 were the best z. With a target of 0 the loss becomes smaller the smaller z is, without an "
    "end, also where z is negative already.",
    c="The size depends on the random numbers. For the sign ask: can the loss become smaller when z grows, if the "
    "target is 0?",
)
def signs(recording: Recording) -> str:
    """Which sign do the entries of b.grad have?"""
    gradient = recording.array("b.grad")[0]
    if (gradient > 0).all():
        return "a"
    z = recording.array("w")[0].sum(0) + recording.array("b")[0]
    return "b" if (np.sign(gradient) == np.sign(z)).all() else "c"


@choice(
    a="Row i is x[i] times the gradient with respect to z, and x[i] is 1 in each of the five rows.",
    b="The numbers of w are not in the formula: w.grad[i, j] is x[i] times the gradient with respect to z[j]. How the "
    "loss changes with w[i, j] depends on what w[i, j] is multiplied by.",
    c="A row would be zero if its entry of x were 0. Here every row of w goes into every z.",
)
def rows(recording: Recording) -> str:
    """What do the rows of w.grad look like?"""
    gradient = recording.array("w.grad")[0]
    if (gradient == gradient[0]).all():
        return "a"
    return "c" if np.count_nonzero(gradient.any(axis=1)) == 1 else "b"
