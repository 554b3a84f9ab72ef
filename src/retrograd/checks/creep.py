r"""Whether a loop of noisy batches creeps down one long slope. No check of its own: lr-too-small asks this.

The gradients of two batches need not have much in common, even where both come from the same slope. So one direction
is looked at: the way :math:`d` that the parameters went in the middle fifth of the run. The slopes :math:`g \cdot d`
along it are measured in the first fifth and in the last one, whose batches have no part in :math:`d`; their mean has
a standard error, with which the two are compared with 0 and with each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from retrograd.checks.course import gradients, moves
from retrograd.checks.evidence import Evidence
from retrograd.checks.turns import Turn

FEWEST = 50
"""Steps: ten for each of the two means."""
STILL = 0.01
"""Of the length of all parameters, that the whole run moved them, is called hardly any. A loop that stands on a
plateau with a learning rate that is large enough wanders further."""
KEPT = 0.5
"""Of its steepness, that a slope must have at the end: on a parabola, half of the way to the lowest point is left."""


@dataclass(frozen=True, slots=True)
class Creep:
    """A run along one slope."""

    gain: float
    """What the whole run took off the loss, by its slopes."""
    slope: float
    """How much the loss falls for a way of length 1, in the units of the parameters."""
    moved: float
    """How long the way of the whole run was."""


def creep(evidence: Evidence) -> Creep | None:
    """Return how a loop of changing batches went down one slope; None if its gradients do not show that."""
    turns = [turn for turn in evidence.steps if turn.step.finished]
    fifth = len(turns) // 5
    if len(turns) < FEWEST:
        return None
    way, size = _way(evidence, turns[2 * fifth : 3 * fifth])
    length = float(np.sqrt(sum(float(part @ part) for part in way.values())))
    moved = length * len(turns) / max(fifth, 1)
    if not way or not length or not np.isfinite(moved) or moved > STILL * size:
        return None
    ends = []
    for part in (turns[:fifth], turns[-fifth:]):
        along = [slope / length for turn in part if (slope := _along(evidence, turn, way)) is not None]
        if len(along) < 0.9 * len(part):
            return None
        ends.append((-float(np.mean(along)), float(np.std(along, ddof=1) / np.sqrt(len(along)))))
    (first, unsure), (last, unsure_last) = ends
    if not (first > 3 * unsure and last > 3 * unsure_last):  # three standard errors
        return None
    if last < KEPT * first:
        return None
    return Creep((first + last) / 2 * moved, (first + last) / 2, moved)


def _way(evidence: Evidence, turns: list[Turn]) -> tuple[dict[int, np.ndarray], float]:
    """Return how far some steps together moved each leaf, at the places that were kept, and how long all leaves are."""
    way: dict[int, np.ndarray] = {}
    sizes: dict[int, float] = {}
    for turn in turns:
        for move in moves(turn):
            kept = evidence.together((turn, move.before), (turn, move.after))
            if kept is None or move.becomes != move.thing:
                return {}, 0.0
            old, new = kept
            if move.thing in way and way[move.thing].shape != old.shape:
                return {}, 0.0
            way[move.thing] = way.get(move.thing, np.zeros_like(old)) + (new - old)
            sizes.setdefault(move.thing, float(old @ old))
    return way, float(np.sqrt(sum(sizes.values())))


def _along(evidence: Evidence, turn: Turn, way: dict[int, np.ndarray]) -> float | None:
    """Return the slope of a step's loss along a way; None if a gradient was not kept at the same places."""
    given = gradients(evidence, turn)
    slope = 0.0
    for thing, part in way.items():
        if thing not in given:
            continue  # no gradient arrived: the loss of this step does not depend on it
        kept = evidence.numbers(turn, given[thing])
        if kept is None or kept.size != part.size:
            return None
        slope += float(kept.astype("f8").reshape(-1) @ part)
    return slope if np.isfinite(slope) else None
