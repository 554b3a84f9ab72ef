"""From one run of a sweep back to a recording of it: what to change in a replay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from retrograd.engines.options import PREFIX
from retrograd.engines.runs import Stop
from retrograd.engines.training import numbers_in
from retrograd.errors import DimensionError
from retrograd.recording import Recording
from retrograd.sweeps.grid import grid_of
from retrograd.sweeps.planning import SEED, Plan, names_in

if TYPE_CHECKING:
    import xarray


def run_of(recording: Recording, result: xarray.Dataset, **where: float) -> dict[str, Any]:
    """Return what `replay` has to be given for one run of a sweep: its numbers, its start, and how many steps it took.

        result = retrograd.sweep(recording, learning_rate="1e-3:1e2:200", seeds=20)
        run = retrograd.replay(recording, **run_of(recording, result, learning_rate=100, seed=3))
        retrograd.show(run)

    Args:
        recording: What was swept.
        result: The whole result; which start a run has can depend on all runs before it.
        where: One value for each dimension that has several.

    Raises:
        DimensionError: The sweep has no such run.
    """
    dims = [str(dim) for dim in result["steps"].dims]
    place = tuple(_place(result[dim].values, dim, where) for dim in dims)
    unknown = [name for name in where if name not in dims]
    if unknown:
        raise DimensionError(f"{unknown[0]} was not swept; the dimensions of this sweep are: {', '.join(dims)}")
    names = names_in(recording, {dim: None for dim in dims if dim != SEED})
    grid = grid_of({dim: result[dim].values for dim in dims})
    dtype = result.attrs["dtype"] if hasattr(torch, result.attrs["dtype"]) else None
    plan = Plan(recording, grid, names, "own" if result.attrs["start"].startswith("own") else "same", dtype)
    number = int(np.ravel_multi_index(place, grid.shape))
    begun = plan.work(number, number + 1, Stop(None, 1)).beginnings[0].tensors
    steps = int(result["steps"].values[place])
    if len(plan.training.beginnings) > 1 and steps > plan.training.length:
        raise DimensionError(
            f"the run took {steps} steps, but the first training in the recording has {plan.training.length}, and then "
            "another one begins; sweep with fewer steps, or record a script that trains once"
        )
    known = numbers_in(plan.training)
    changes: dict[str, Any] = {
        _in_a_replay(names[dim], known): float(result[dim].values[at])
        for dim, at in zip(dims, place, strict=True) if dim != SEED
    }  # fmt: skip
    changes |= _drawn(plan, begun)
    return {**changes, "steps": steps, "dtype": dtype}


def _place(values: np.ndarray, dim: str, where: Mapping[str, float]) -> int:
    if dim not in where:
        if len(values) == 1:
            return 0
        raise DimensionError(f"the sweep has {len(values)} values of {dim}; say which one: {dim}={values[0]:g}")
    found = int(np.abs(values - where[dim]).argmin())
    # What a table prints has six digits.
    if not np.isclose(values[found], where[dim], rtol=1e-5, atol=0):
        raise DimensionError(f"the sweep has no run with {dim}={where[dim]:g}; the nearest is {values[found]:.6g}")
    return found


def _in_a_replay(name: str, known: Mapping[str, float]) -> str:
    """Return what a replay calls a number: the options of PyTorch's optimizers have PyTorch's names there."""
    return "lr" if name == "learning_rate" and name not in known else name.removeprefix(PREFIX)


def _drawn(plan: Plan, begun: Mapping[int, torch.Tensor]) -> dict[str, Any]:
    """Return the tensors of a start that are not as they were recorded, by name."""
    program = plan.training.first.program
    assert program is not None
    recorded = plan.starts.recorded()
    changed = (slot for slot, tensor in begun.items() if not torch.equal(tensor, recorded[slot]))
    return {program.slots[slot].name or "": begun[slot] for slot in changed if program.slots[slot].name}
