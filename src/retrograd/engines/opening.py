"""The first turns of many runs, in which gradients and an optimiser's state come into being: operation by operation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from retrograd.engines.batch import Batches, Held, parameters_in, taken
from retrograd.engines.work import Work, dtype_of


@dataclass(frozen=True)
class Opened:
    """Runs after their first turns."""

    held: Mapping[int, Held]
    """What the next turn begins with."""
    losses: Tensor
    """Of each of these turns, shape (turns, runs); NaN in turns that a run did not go into."""
    final: Tensor
    lowest: Tensor
    steps: Tensor
    going: Tensor
    """Which runs go on."""
    parameters: Mapping[str, Tensor]
    """If they are wanted: where runs ended that do not go on, lanes last."""


def opened(work: Work, batches: Batches, beginnings: Mapping[int, Held], runs: Tensor) -> Opened:
    """Make the first turns of some runs.

    Args:
        work: What they belong to.
        batches: Its turns for many runs.
        beginnings: What runs of the work may begin with.
        runs: Which of them are meant.
    """
    stop, count, kind = work.stop, len(runs), dtype_of(work)
    numbers = [torch.from_numpy(column[runs.numpy()]).to(kind) for column in work.values.values()]
    begun = taken(beginnings, work.which[runs.numpy()])
    if not any(marked for _, marked in begun.values()) and not numbers:
        begun = {slot: (t.unsqueeze(-1).expand(*t.shape, count), True) for slot, (t, _) in begun.items()}
    left: Any = {}
    steps, going = torch.zeros(count, dtype=torch.int32), torch.ones(count, dtype=torch.bool)
    losses: list[Tensor] = []
    parameters: dict[str, Tensor] = {}
    final = lowest = torch.empty(0)
    for position in range(len(work.course.opening)):
        loss, left = batches.run(position, batches.held(position, begun, left), numbers)
        if position == 0:
            final, lowest = loss, loss
        losses.append(torch.where(going, loss, torch.nan))
        steps = torch.where(going, steps + 1, steps)
        final = torch.where(going, loss, final)
        lowest = torch.where(going, torch.fmin(lowest, loss), lowest)
        on = loss.isfinite() & (steps < stop.max_steps)
        if stop.until is not None:
            on &= loss.double() > stop.until
        if stop.growth is not None:
            on &= loss <= stop.growth * losses[0]
        ended, going = going & ~on, going & on
        if work.parameters and bool(ended.any()):
            there = batches.carried(position + 1, begun, left)
            for name, tensor in parameters_in(work.course.at(position + 1), there, count).items():
                parameters[name] = torch.where(ended, tensor, parameters.get(name, tensor))
    held = batches.held(len(work.course.opening), begun, left)
    return Opened(held, torch.stack(losses), final, lowest, steps, going, parameters)
