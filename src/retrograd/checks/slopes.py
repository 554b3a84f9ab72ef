r"""How the loss sloped along each step, where it began and where it ended. No check of its own: two checks ask this.

Along a step :math:`d` the loss is a function :math:`\varphi(t)` of how much of it has been gone, with the slopes
:math:`\varphi'(0) = g \cdot d` and :math:`\varphi'(1) = g_{next} \cdot d`, which the recording holds. Were the loss a
parabola between them, a line search would stop at :math:`t = \varphi'(0) / (\varphi'(0) - \varphi'(1))`: at 1 the step
was the best one, at 1/2 it gained nothing (for gradient descent that is a learning rate of 2 divided by the
curvature along the gradient), below that the loss is higher after the step than before.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from retrograd.checks.course import gradients, moves
from retrograd.checks.evidence import Evidence
from retrograd.checks.turns import Turn
from retrograd.recording import loss_of

MOST = 200
"""So many steps are looked at."""


@dataclass(frozen=True, slots=True)
class Slope:
    """One step of the loop, from the gradient that it follows to the next one."""

    turn: Turn
    begin: float
    """The slope along the step where it begins: negative if it goes downhill."""
    end: float
    """The slope along the step where it ends: positive if it went too far."""
    steepest: int | None = None
    """The leaf that has the largest part in the slope at the end."""


def slopes(evidence: Evidence) -> list[Slope]:
    """Return the slopes along the steps of a loop, as far as their numbers were kept and are finite."""
    turns = [turn for turn in evidence.steps[:MOST] if turn.step.finished or turn is evidence.steps[-1]]
    found = (_slope(evidence, a, b) for a, b in itertools.pairwise(turns) if b.number == a.number + 1)
    return [slope for slope in found if slope is not None]


def reach(evidence: Evidence, turn: Turn) -> float | None:
    """Return by how much a step would have lowered the loss, had its slope lasted; None if that was not kept."""
    given, lowered, seen = gradients(evidence, turn), 0.0, False
    for moved in moves(turn):
        kept = evidence.together((turn, moved.before), (turn, moved.after), (turn, given.get(moved.thing)))
        if kept is None:
            return None
        old, new, slope = kept
        lowered += float((old - new) @ slope)
        seen = True
    return lowered if seen and np.isfinite(lowered) else None


def best_share(along: list[Slope]) -> float:
    """Return how much of the steps, taken together, a line search would have gone; infinite if it would not stop."""
    begin, end = sum(slope.begin for slope in along), sum(slope.end for slope in along)
    return begin / (begin - end) if begin < end and begin < 0 else float("inf")


def gains(evidence: Evidence, along: list[Slope]) -> tuple[float, float]:
    """Return what some steps would have taken off the loss, had their slopes lasted, and what they took off.

    Along a parabola of curvature c a step of gradient descent with rate r gains 1 - r c / 2 of what its slope promises.
    """
    promised = kept = 0.0
    for slope in along:
        following = evidence.turn(slope.turn.number + 1)
        after = loss_of(following.step) if following is not None else float("nan")
        if np.isfinite(after):
            promised -= slope.begin
            kept += loss_of(slope.turn.step) - after
    return promised, kept


def _slope(evidence: Evidence, turn: Turn, following: Turn) -> Slope | None:
    here, there = gradients(evidence, turn), gradients(evidence, following)
    begin = 0.0
    ends: dict[int, float] = {}
    for moved in moves(turn):
        if moved.thing not in here or moved.becomes not in there:
            continue
        ours = [(turn, reference) for reference in (moved.before, moved.after, here[moved.thing])]
        kept = evidence.together(*ours, (following, there[moved.becomes]))
        if kept is None:
            return None
        old, new, given, later = kept
        with np.errstate(invalid="ignore", over="ignore"):  # a loop that has diverged is no reason to warn
            begin += float((new - old) @ given)
            ends[moved.thing] = ends.get(moved.thing, 0.0) + float((new - old) @ later)
    end = sum(ends.values())
    if not ends or not np.isfinite(begin) or not np.isfinite(end):
        return None
    return Slope(turn, begin, end, max(ends, key=lambda thing: ends[thing]))
