"""Whether steps compute the same function of the parameters: the same samples, the same numbers, nothing drawn.

No check of its own: the checks that compare losses of different steps ask this.
"""

from __future__ import annotations

import itertools

import numpy as np

from retrograd.checks.calls import short
from retrograd.checks.evidence import Evidence
from retrograd.checks.losses import compared
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Reference, constants_at

FEW = 5
"""So many of the steps that are looked at are compared."""


def one_batch(evidence: Evidence) -> bool:
    """Return whether the samples were the same in the first steps, so that losses can be compared one by one."""
    if "one_batch" not in evidence.shared:
        evidence.shared["one_batch"] = _one_batch(evidence)
    return evidence.shared["one_batch"]


def same_numbers(evidence: Evidence) -> bool:
    """Return whether the numbers of the person's that went into the loss were the same in the first steps."""
    first, *others = [_numbers(turn) for turn in evidence.samples[:FEW]]
    return all(other == first for other in others)


def draws(turn: Turn) -> bool:
    """Return whether the forward pass of a step draws numbers."""
    words = ("dropout", "rand", "normal", "bernoulli")
    return any(word in short(event) for event in _behind_loss(turn) for word in words)


def _one_batch(evidence: Evidence) -> bool:
    turns = evidence.samples[:FEW]
    pairs = list(compared(evidence, turns))
    known = [a for a in (evidence.array(pair.turn, pair.target) for pair in pairs) if a is not None]
    if pairs and (len(known) < 2 or any(not np.array_equal(known[0], a) for a in known[1:])):
        return False
    given = [(turn, _given(turn)) for turn in turns]
    for (turn, ours), (other, theirs) in itertools.combinations(given, 2):
        if len(ours) != len(theirs):
            return False
        if any(evidence.same(turn, a, other, b) is False for a, b in zip(ours, theirs, strict=True)):
            return False
    return True


def _given(turn: Turn) -> list[Reference]:
    """Return what went into the loss that no parameter made, where it met what one made."""
    dependent = turn.shape.dependent
    met = (event for event in _forward(turn) if any(reference.buffer in dependent for reference in event.inputs))
    given = {r.buffer: r for event in met for r in event.inputs if r.buffer not in dependent}
    return list(given.values())


def _numbers(turn: Turn) -> list[object]:
    known = turn.step.constants
    places = [number for event in _forward(turn) for number in constants_at(turn.program, event)]
    return [known.get(number, turn.program.constants[number].value) for number in places]


def _forward(turn: Turn) -> list[Event]:
    """Return the events that autograd followed to the loss: an update that stands before them is none."""
    return [event for event in _behind_loss(turn) if turn.shape.tracked[event.number]]


def _behind_loss(turn: Turn) -> list[Event]:
    root = turn.shape.root(turn.shape.calls[0])
    return turn.shape.behind(root) if root is not None else []
