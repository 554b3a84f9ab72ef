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

from retrograd.engines.batch import Batches
from retrograd.engines.work import Work, cast, parameters_of
from retrograd.errors import NotSweepableError

MOST_PARAMETERS = 500
"""Beyond so many the whole Hessian is not computed."""


def sharpness_at_start(work: Work, rate: str) -> float | None:
    """Return the largest eigenvalue of the Hessian where the first run begins; None if the turn is no plain descent.

    Args:
        work: Some runs.
        rate: What the loop calls its learning rate.

    Source: Cohen et al., Gradient descent on neural networks typically occurs at the edge of stability (2021).
    """
    course = work.course
    try:
        # Differences of gradients need more digits than float32 has.
        batches = Batches(replace(work, dtype=torch.float64))
        flow = batches.flow(0)
    except NotSweepableError:
        return None
    turn = course.at(0)
    names = parameters_of(turn)
    beginning = work.beginnings[0].tensors
    inputs = {slot: cast(beginning[slot], torch.float64) for slot in flow.inputs}
    slots = list(names.values())
    left = {}
    for slot, (kind, there) in course.at(1).origins:
        name = course.at(1).program.slots[slot].name
        if kind == "turn" and name in names:
            left[names[name]] = flow.outputs.index(there)
    if rate not in flow.numbers or set(left) != set(slots) or sum(inputs[s].numel() for s in slots) > MOST_PARAMETERS:
        return None
    others = {name: float(values[0]) for name, values in work.values.items()}

    def moved(place: Tensor, speed: float) -> Tensor:
        own, at = dict(inputs), 0
        for slot in slots:
            own[slot] = place[at : at + inputs[slot].numel()].reshape(inputs[slot].shape)
            at += inputs[slot].numel()
        numbers = [torch.tensor(speed if n == rate else others[n], dtype=torch.float64) for n in flow.numbers]
        _, *results = flow.graph(*(own[slot] for slot in flow.inputs), *numbers)
        return torch.cat([results[left[slot]].reshape(-1) for slot in slots])

    place = torch.cat([inputs[slot].reshape(-1) for slot in slots])
    once, twice = moved(place, 1.0) - place, moved(place, 2.0) - place
    if not torch.allclose(twice, 2 * once, rtol=1e-9, atol=1e-12):
        return None  # momentum, decay, or a rule of another kind
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
