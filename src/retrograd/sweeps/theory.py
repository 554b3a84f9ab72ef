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

from retrograd.engines.loop import Turns
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
    beginning = work.beginnings[0].tensors
    size = sum(beginning[slot].numel() for slot in slots)
    if not places_of(course.training, turn.step, rate) or turn.program.draws:
        return None
    if (
        size > MOST_PARAMETERS
        or 2 * size > max(FEW_TURNS, most_turns)
        or (course.turn is None and len(course.opening) < 2)
    ):
        return None
    left, others_left = _left(work, slots)
    if set(left) != set(slots):
        return None
    # Differences of gradients need more digits than float32 has.
    turns = Turns(replace(work, dtype=torch.float64))
    inputs = copied(beginning, torch.float64)
    others = {name: float(values[0]) for name, values in work.values.items()}

    def moved(place: Tensor, speed: float) -> Tensor:
        own, at = copied(beginning, torch.float64), 0
        for slot in slots:
            own[slot].copy_(place[at : at + own[slot].numel()].reshape(own[slot].shape))
            at += own[slot].numel()
        with below_autograd():
            found = turns.function(turn)(own, turns.constants(turn, 0, {**others, rate: speed}))
        for slot in others_left:
            if found[slot].any() and not (slot in inputs and torch.equal(found[slot], inputs[slot])):
                raise _MoreThanDescentError
        return torch.cat([found[left[slot]].reshape(-1) for slot in slots])

    place = torch.cat([inputs[slot].reshape(-1) for slot in slots])
    try:
        once, twice = moved(place, 1.0) - place, moved(place, 2.0) - place
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
        gradients = [point - moved(point, 1.0) for point in (there, back)]
        columns.append((gradients[0] - gradients[1]) / (2 * width))
    hessian = torch.stack(columns, 1)
    largest = float(torch.linalg.eigvalsh((hessian + hessian.T) / 2)[-1])
    return largest if largest > 0 else None


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
