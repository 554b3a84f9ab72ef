r"""What theory says of a learning rate: the limit of stability at a place.

Gradient descent with rate η maps the parameters p to p - η g(p). Near a minimum it comes closer only if
η λ < 2 for the largest eigenvalue λ of the Hessian there, the sharpness. What the recorded turn does *is* this map, so
with η = 1 it gives the gradient at any place, and differences of gradients give the Hessian.

The limit is one of a place. It holds near a minimum; where a loss has none, as the notebook's, which falls for ever,
no rate is too large.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from retrograd.engines.loop import Turns, as_recorded
from retrograd.engines.training import places_of
from retrograd.engines.work import Work, copied, parameters_of
from retrograd.program import below_autograd

MOST_PARAMETERS = 500
"""Beyond so many the whole Hessian is not computed."""

FEW_TURNS = 200
"""So many turns nobody waits for."""


def sharpness_at_start(work: Work, rate: str, most_turns: int) -> float | None:
    """Return the largest eigenvalue of the Hessian where the first run begins; None if the turn is no plain descent.

    Args:
        work: Some runs.
        rate: What the loop calls its learning rate.
        most_turns: So many turns may be run for it, as the sweep itself runs; a few always.

    Source: Cohen et al., Gradient descent on neural networks typically occurs at the edge of stability (2021).
    """
    course, turn = work.course, work.course.at(0)
    slots = list(parameters_of(turn).values())
    size = sum(work.beginnings[0].tensors[slot].numel() for slot in slots)
    if not places_of(course.training, turn.step, rate) or turn.program.draws:
        return None
    if size > MOST_PARAMETERS or 2 * size > max(FEW_TURNS, most_turns):
        return None
    if course.turn is None and len(course.opening) < 2:
        return None  # no second turn says what the first one leaves
    left, others = _left(work, slots)
    if set(left) != set(slots):
        return None
    with as_recorded(work), below_autograd():
        return _sharpness(_Descent(work, rate, [(slot, left[slot]) for slot in slots], others))


def _sharpness(descent: _Descent) -> float | None:
    place = descent.begins
    try:
        once, twice = descent(place, 1.0) - place, descent(place, 2.0) - place
    except _MoreThanDescentError:
        return None
    if not torch.allclose(twice, 2 * once, rtol=1e-9, atol=1e-12):
        return None  # a rule of another kind
    columns = []
    for number in range(len(place)):
        # Central differences: the cube root of the resolution balances rounding and curvature of the gradient.
        width = torch.finfo(torch.float64).eps ** (1 / 3) * max(1.0, abs(float(place[number])))
        there, back = place.clone(), place.clone()
        there[number] += width
        back[number] -= width
        gradients = [point - descent(point, 1.0) for point in (there, back)]
        columns.append((gradients[0] - gradients[1]) / (2 * width))
    hessian = torch.stack(columns, 1)
    largest = float(torch.linalg.eigvalsh((hessian + hessian.T) / 2)[-1])
    return largest if largest > 0 else None


class _Descent:
    """The first turn as a map of the parameters, one behind the other in one vector."""

    def __init__(self, work: Work, rate: str, places: list[tuple[int, int]], others: list[int]) -> None:
        """Prepare the map.

        Args:
            work: Some runs, of which the first is meant.
            rate: What the loop calls its learning rate.
            places: For each parameter the slot in which the turn finds it, and that in which it leaves it.
            others: Slots that must be left as they are, or empty.
        """
        # Differences of gradients need more digits than float32 has.
        self._turns, self._turn = Turns(replace(work, dtype=torch.float64)), work.course.at(0)
        self._rate, self._places, self._others = rate, places, others
        self._numbers = {name: float(values[0]) for name, values in work.values.items()}
        self._tensors = copied(work.beginnings[0].tensors, torch.float64)
        self.begins = torch.cat([self._tensors[slot].reshape(-1) for slot, _ in places])

    def __call__(self, place: Tensor, rate: float) -> Tensor:
        """Return where a step with this rate leads from a place."""
        own = copied(self._tensors, None)
        parts = place.split([own[slot].numel() for slot, _ in self._places])
        for (slot, _), part in zip(self._places, parts, strict=True):
            own[slot].copy_(part.reshape(own[slot].shape))
        constants = self._turns.constants(self._turn, 0, {**self._numbers, self._rate: rate})
        found = self._turns.function(self._turn)(own, constants)
        for slot in self._others:
            before = self._tensors.get(slot)
            if found[slot].any() and (before is None or not torch.equal(found[slot], before)):
                raise _MoreThanDescentError
        return torch.cat([found[left].reshape(-1) for _, left in self._places])


class _MoreThanDescentError(Exception):
    """The turn leaves more than parameters for the next one, such as a velocity or a gradient that nobody cleared."""


def _left(work: Work, slots: list[int]) -> tuple[dict[int, int], list[int]]:
    """Return where the first turn leaves each parameter, and what else it leaves for the second."""
    first, second = work.course.at(0), work.course.at(1)
    names = {first.program.slots[slot].name: slot for slot in slots}
    left: dict[int, int] = {}
    others: list[int] = []
    for slot, (kind, there) in second.origins:
        name = second.program.slots[slot].name
        if kind == "turn" and name in names:
            left[names[name]] = there
        elif kind == "turn":
            others.append(there)
    return left, others
