"""Each leaf's gradient beside central differences of the loss in float64: by entry, or along a random direction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import torch

from retrograd.verification.comparisons import EPS64, Comparison, Place, with_tolerance
from retrograd.verification.doubled import parts
from retrograd.verification.draws import Draws
from retrograd.verification.graph import Leaf
from retrograd.verification.numerically import STEP
from retrograd.verification.whole import SMALL, Whole

MOST_ENTRIES = 32
"""A leaf of at most so many entries is compared entry by entry, a larger one along a direction."""

MOST_RUNS = 100
"""So many runs of the forward pass a small step may take for single leaves; a large one has all leaves move at once."""

MOST_STEP = 0.01
"""A difference's step is at most so long, in units of the size of what is moved."""

RUNS = 4
"""Of the forward pass, for one slope."""

ONE_TRIANGLE = {"LinalgCholeskyExBackward0", "LinalgEighBackward0", "LinalgLdlFactorExBackward0"}
"""Nodes of operations that take their argument to be symmetric: moving an entry of the other triangle does nothing."""

Direction = Mapping[int, np.ndarray]
"""How each leaf moves, by its place among the leaves."""


def differences_in(
    whole: Whole,
    exact: float,
    rounding: float,
    tolerances: Sequence[np.ndarray],
    draws: Draws,
    notes: Callable[[str], None],
) -> Iterator[Comparison]:
    """Compare the gradients of leaves with differences of the loss.

    Args:
        whole: The loss as a function of its leaves.
        exact: The loss in float64.
        rounding: How far off rounding in float64 may bring it.
        tolerances: How far off each entry of each leaf's gradient may be.
        draws: Where directions come from.
        notes: Is told what is not compared.
    """
    names = {event.node.name for event in whole.graph.nodes if event.node is not None}
    one_sided = sorted(names & ONE_TRIANGLE)
    if one_sided:
        notes(f"{one_sided[0]}: it reads one triangle and its gradient is for both, so there are no differences")
        return
    runs = MOST_RUNS if whole.entries < SMALL else 0
    by_entry = [leaf for leaf in whole.graph.leaves if leaf.arrived.size <= MOST_ENTRIES]
    if sum(RUNS * leaf.arrived.size for leaf in by_entry) > runs:
        by_entry = []
    slopes = _Slopes(whole, exact, rounding, tolerances)
    together: dict[int, np.ndarray] = {}
    for place, leaf in sorted(enumerate(whole.graph.leaves), key=lambda one: one[1].number):
        size = _size(whole, place)
        if leaf in by_entry:
            directions = [{place: unit.reshape(leaf.arrived.shape)} for unit in np.eye(leaf.arrived.size)]
        else:
            directions = [{place: draws.signs(leaf.arrived.shape).numpy()}]
        if runs < RUNS * len(directions):
            together[place] = size * draws.signs(leaf.arrived.shape).numpy()
            continue
        runs -= RUNS * len(directions)
        along = ", entry by entry" if leaf in by_entry else ", along a random direction"
        yield from slopes.along(whole.place(leaf, along), directions, size, leaf.name, notes)
    if together:
        yield from slopes.along(_place_of(whole, together), [together], 1.0, "the leaves", notes)


def _size(whole: Whole, place: int) -> float:
    value = parts(whole.begun[place]).numpy()
    return max(float(np.abs(value).max()) if value.size else 1.0, 1e-3)


def _place_of(whole: Whole, together: Mapping[int, np.ndarray]) -> Place:
    """Say that leaves were moved together, where the first of them is."""
    leaves: Sequence[Leaf] = [whole.graph.leaves[place] for place in together]
    one = whole.place(leaves[0], ", along a random direction")
    if len(leaves) == 1:
        return one
    return Place(one.step, one.event, None, f"the gradients of {len(leaves)} leaves along a random direction")


class _Slopes:
    """The loss along directions, and how exactly it can be computed."""

    def __init__(self, whole: Whole, exact: float, rounding: float, tolerances: Sequence[np.ndarray]) -> None:
        self._whole, self._exact, self._tolerances = whole, exact, tolerances
        self._noise = rounding + 4 * EPS64 * abs(exact)
        # Differences lose least with a step of the cube root of the loss's own rounding, relative to its size. It is
        # more than float64's where numbers cancel, as in the loss of what is classified rightly beyond doubt.
        relative = self._noise / max(abs(exact), self._noise * MOST_STEP**-3, 1e-300)
        self._lengths = [max(relative, EPS64) ** (1 / 3), STEP, STEP / 16]

    def along(
        self, place: Place, directions: Sequence[Direction], size: float, name: str, notes: Callable[[str], None]
    ) -> Iterator[Comparison]:
        """Compare the recorded gradients with the slopes along directions."""
        recorded, expected, tolerances = [], [], []
        rough = 0
        for direction in directions:
            off_by = sum(float(((self._tolerances[n] * one) ** 2).sum()) for n, one in direction.items())
            own = float(np.sqrt(off_by))
            for length in self._lengths:
                slope, off, rounding = self._slope(direction, length * size)
                # A shorter step passes fewer kinks, but more digits are lost.
                if np.isfinite(slope) and off <= 1e-3 * abs(slope) + own + rounding:
                    arrived = ((self._whole.graph.leaves[n].arrived, one) for n, one in direction.items())
                    recorded.append(sum(float((gradient * one).sum()) for gradient, one in arrived))
                    expected.append(slope)
                    tolerances.append(own + rounding + off)
                    break
            else:
                rough += 1
        if rough:
            notes(f"the loss is not finite, or not smooth in {name} within the step of a difference")
        if recorded:
            found = with_tolerance(place, "central differences", *map(np.array, (recorded, expected, tolerances)))
            if found is not None:
                yield found

    def _slope(self, direction: Direction, length: float) -> tuple[float, float, float]:
        """Return the slope of the loss by differences, how far off the method may be, and how far off rounding.

        Where the loss is smooth, the error of the slope over h/2 is a third of its distance to the one over h. A kink
        of height J at a distance d < h makes that distance J d/2h, and leaves the bend over h and twice the one over
        h/2 J |1 - 3d/h| apart. The first and half of the second are never less than the error, which is J (1/2 - d/h).
        """
        slopes, bends, largest = [], [], 0.0
        for way in (length, length / 2):
            ahead, behind = self._loss(direction, way), self._loss(direction, -way)
            slopes.append((ahead - behind) / (2 * way))
            largest = max(largest, abs(ahead), abs(behind))
            bends.append((ahead - 2 * self._exact + behind) / way)
        kinks = max(abs(bends[0] - 2 * bends[1]) - 20 * self._noise / length, 0.0)
        rounding = 2 * (self._noise + 4 * EPS64 * largest) / length
        return slopes[1], abs(slopes[0] - slopes[1]) + kinks / 2, rounding

    def _loss(self, direction: Direction, way: float) -> float:
        begun = list(self._whole.begun)
        for place, one in direction.items():
            change = torch.from_numpy(np.ascontiguousarray(one))
            begun[place] = begun[place] + way * (torch.view_as_complex(change) if begun[place].is_complex() else change)
        with torch.no_grad():
            return float(self._whole.value(begun))
