"""From what a person asks for to an order, checked and completed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from retrograd.engines.choice import ENGINES, choose
from retrograd.engines.devices import CPU, refuse_unknown
from retrograd.engines.runs import Stop
from retrograd.errors import NotSweepableError, SweepError
from retrograd.recording import Recording
from retrograd.store import load
from retrograd.sweeps import grid as grids
from retrograd.sweeps.making import Watcher
from retrograd.sweeps.meanwhile import Meanwhile
from retrograd.sweeps.planning import SEED, Order, Plan, Start, names_in, recorded_rates
from retrograd.sweeps.stopping import stop_of

DTYPES = ("float32", "float64")

Swept = Recording | str | os.PathLike[str] | Callable[..., Any]
"""What can be swept: a recording, the name of its file, or a function that trains."""


def ordered(
    swept: Swept, wanted: Mapping[str, Any], seeds: Any, *, until: float | None, max_steps: int | None,
    growth: float | None, start: Start | None, engine: str, dtype: str | None, device: Any, history: bool,
    parameters: bool, progress: Watcher | None = None,
) -> tuple[Order, Plan]:  # fmt: skip
    """Return what was asked for, checked and completed, and the plan for it. `sweep` says what each means."""
    dimensions = {name: grids.numbers(name, values) for name, values in wanted.items()}
    recording, known = _recorded(swept, dimensions, seeds)
    if not dimensions and seeds is None:
        rates = recorded_rates(recording)
        dimensions = {"learning_rate": grids.numbers("learning_rate", rates)}
    names = names_in(recording, dimensions)
    if seeds is not None:
        dimensions[SEED] = grids.seeds(seeds)
    stop = stop_of(recording, until, max_steps, growth, parameters, known)
    device = CPU if device is None else str(device)
    _refuse_words(engine, dtype, device, start)
    grid = grids.grid_of(dimensions)
    plan = Plan(recording, grid, names, start, dtype, device)
    _refuse_seeds_without_draws(plan)
    _refuse_turns_beyond(plan, stop)
    # What is compiled depends on whether losses are kept.
    choice = choose(
        engine, plan.work(0, min(2, grid.count), stop, history), grid.count, Meanwhile(plan, stop, progress)
    )
    return Order(grid, dict(names), plan.start, stop, dtype, choice, history, parameters, device), plan


def _recorded(swept: Swept, dimensions: Mapping[str, np.ndarray], seeds: Any) -> tuple[Recording, Mapping[str, float]]:
    """Return the recording, and the numbers that a function was called with for it."""
    if isinstance(swept, Recording):
        return swept, {}
    if not callable(swept):
        return load(swept), {}
    from retrograd.sweeps.functions import recorded_call

    firsts = {name: float(values[0]) for name, values in dimensions.items()}
    return recorded_call(swept, firsts, None if seeds is None else int(grids.seeds(seeds)[0]))


def _refuse_words(engine: str, dtype: str | None, device: str, start: str | None) -> None:
    refuse_unknown(device)
    if engine not in ENGINES:
        raise SweepError(f"there is no engine {engine!r}; there are: {', '.join(ENGINES)}")
    if dtype is not None and dtype not in DTYPES:
        raise SweepError(f"a sweep computes in {' or '.join(DTYPES)}, not in {dtype}")
    if start not in (None, "same", "own"):
        raise SweepError(f"a start is `same` or `own`, not {start!r}")


def _refuse_seeds_without_draws(plan: Plan) -> None:
    if SEED in plan.grid.names and not plan.starts.drawn:
        raise NotSweepableError(
            "the script draws nothing before the first turn, so every seed would give the same run; leave the seeds "
            "out, or record from before the tensors are made"
        )


def _refuse_turns_beyond(plan: Plan, stop: Stop) -> None:
    """Refuse more turns than were recorded where each needs something that only the recording has."""
    limit = plan.course.limit()
    if limit is not None and stop.max_steps > limit:
        raise NotSweepableError(
            f"the recording has {limit} turn{'s' * (limit != 1)}, and {stop.max_steps} are asked for; "
            f"{plan.course.why_limited()}, so no turn can be run that was not recorded. Ask for at most {limit} "
            f"(--max-steps {limit}), or record a longer loop"
        )
