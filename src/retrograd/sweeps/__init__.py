"""Run a recorded loop again, with other learning rates, seeds and numbers: some runs, or very many at once.

grid.py         which combinations
conditions.py   when the loop stops, read from its source
planning.py     from what was asked to what an engine is given
outcomes.py     what became of a run, in one word
result.py       the labelled result
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from retrograd.engines.choice import ENGINES, choose, run
from retrograd.engines.runs import Stop, joined, unwatched
from retrograd.errors import DimensionError, NotSweepableError, SweepError
from retrograd.recording import Recording
from retrograd.store import load
from retrograd.sweeps import grid as grids
from retrograd.sweeps.conditions import condition_of
from retrograd.sweeps.planning import SEED, Order, Plan, Start, names_in, recorded_rates
from retrograd.sweeps.result import dataset

if TYPE_CHECKING:
    import xarray

TILE = 1 << 18
"""So many runs are made before the next ones are looked at."""

DTYPES = ("float32", "float64")

Watcher = Callable[[int, int, int], None]
"""Is told now and then how many runs have ended, of how many, and how many turns they took so far."""


def sweep(
    recording: Recording | str | os.PathLike[str],
    *,
    seeds: Any = None,  # how many, or which: see sweeps.grid.seeds
    until: float | None = None,
    max_steps: int | None = None,
    growth: float | None = None,
    start: Start | None = None,
    engine: str = "auto",
    dtype: str | None = None,
    history: bool = False,
    parameters: bool = False,
    numbers: Mapping[str, Any] | None = None,
    progress: Watcher | None = None,
    **named: Any,  # a number of the loop and its values: see sweeps.grid.numbers
) -> xarray.Dataset:
    """Run the recorded loop for every combination of learning rates, seeds and other numbers of the loop.

        result = retrograd.sweep("train.retro", learning_rate="1e-3:1e2:200", seeds=20)
        result["steps"].median("seed").plot()

    Args:
        recording: What was recorded, or the name of its file.
        seeds: How many seeds (0, 1, …), or which. Each start is what the script would have drawn with this seed in
            its `torch.manual_seed`, bit by bit. Without, all runs start as the recorded one did.
        until: A run ends when its loss is at most this. Read from the loop's `while` if not given.
        max_steps: A run ends after so many turns. Read from the loop if not given.
        growth: A run ends, too, when its loss is this many times its first one. A loss that is not finite ends it
            always.
        start: `same`: all runs of a seed start alike, so that they differ by their numbers only. `own`: each draws
            its own start after the one before it, as a script does that makes its tensors anew for each learning
            rate. If not given, what the recorded script does.
        engine: `loop` makes one run after another, bitwise as the script would. `batch` makes many at once, which
            rounds otherwise in the last digit. `compiled` makes very many, where a turn is small. `auto` says in the
            result which it took, and why.
        dtype: `float32` or `float64`; as recorded if not given.
        history: Keep the loss of every turn.
        parameters: Keep the parameters that each run ends with.
        numbers: As `named`, for names that are no Python names, such as `line 13: 0.02`.
        progress: Is told how far the sweep is.
        named: A number of the loop by the person's name (`learning_rate` may be the loop's `lr`, too), with its values:
            a number, several, `0.1,1,10`, or `1e-3:1e2:200` for 200 values at equal ratios.

    Returns:
        A labelled result over the dimensions, the seed last: `steps`, `final_loss`, `first_loss`, `lowest_loss`,
        `outcome` (see its attribute `flag_meanings`), and what else was asked for. Its attributes say what was run.

    Raises:
        DimensionError: A dimension has no values, or some that make no sense.
        NameUnknownError: The loop has no number of this name.
        NotSweepableError: The loop cannot be run with other numbers; the message says which line is the reason.
    """
    if not isinstance(recording, Recording):
        recording = load(recording)
    wanted = {**named, **(numbers or {})}
    dimensions = {name: grids.numbers(name, values) for name, values in wanted.items()}
    if not dimensions and seeds is None:
        rates = recorded_rates(recording)
        dimensions = {"learning_rate": grids.numbers("learning_rate", rates)}
    names = names_in(recording, dimensions)
    if seeds is not None:
        dimensions[SEED] = grids.seeds(seeds)
    order, plan = order_of(
        recording, dimensions, names,
        stop=_stop(recording, until, max_steps, growth), start=start, engine=engine, dtype=dtype,
        history=history, parameters=parameters,
    )  # fmt: skip
    done, turns = 0, 0

    def told(runs: int, steps: int) -> None:
        nonlocal done, turns
        done, turns = done + runs, turns + steps
        if progress is not None:
            progress(done, order.grid.count, turns)

    answers = []
    for first in range(0, order.grid.count, TILE):
        work = plan.work(first, min(first + TILE, order.grid.count), order.stop, history, parameters)
        answers.append(run(order.choice, work, told if progress is not None else unwatched))
    return dataset(recording, order, plan, joined(answers))


def order_of(
    recording: Recording, dimensions: Mapping[str, np.ndarray], names: Mapping[str, str], *, stop: Stop,
    start: Start | None, engine: str, dtype: str | None, history: bool, parameters: bool,
) -> tuple[Order, Plan]:  # fmt: skip
    """Return what was asked for, checked and completed, and the plan for it."""
    if engine not in ENGINES:
        raise SweepError(f"there is no engine {engine!r}; there are: {', '.join(ENGINES)}")
    if dtype is not None and dtype not in DTYPES:
        raise SweepError(f"a sweep computes in {' or '.join(DTYPES)}, not in {dtype}")
    grid = grids.grid_of(dimensions)
    plan = Plan(recording, grid, names, start or "same", dtype)
    if start is None:
        start = "own" if len(plan.training.beginnings) > 1 and plan.starts.drawn else "same"
        plan = Plan(recording, grid, names, start, dtype)
    elif start not in ("same", "own"):
        raise SweepError(f"a start is `same` or `own`, not {start!r}")
    if SEED in dimensions and not plan.starts.drawn:
        raise NotSweepableError(
            "the script draws nothing before the first turn, so every seed would give the same run; leave the seeds "
            "out, or record from before the tensors are made"
        )
    limit = plan.course.limit()
    if limit is not None and stop.max_steps > limit:
        why = (
            f"{plan.course.varying[0]} has another number in each turn"
            if plan.course.varying
            else "each turn takes in "
        )
        why += "" if plan.course.varying else "something from outside, such as a batch"
        raise NotSweepableError(
            f"the recording has {limit} turns, and {stop.max_steps} are asked for; {why}, so no turn can be run that "
            f"was not recorded. Ask for at most {limit} (--max-steps {limit}), or record a longer loop"
        )
    choice = choose(engine, plan.work(0, min(2, grid.count), stop), grid.count)
    return Order(grid, dict(names), start, stop, dtype, choice, history, parameters), plan


def _stop(recording: Recording, until: float | None, max_steps: int | None, growth: float | None) -> Stop:
    found = condition_of(recording)
    until = found.until if until is None else until
    max_steps = found.max_steps if max_steps is None else max_steps
    if until is not None and not np.isfinite(until):
        raise DimensionError(f"until: {until} is no loss that a run could reach; give a finite number")
    if max_steps is None:
        raise SweepError(
            "the source of the loop does not say in numbers after how many steps it ends, so say it: max_steps=1000 "
            "(--max-steps 1000)"
        )
    if not isinstance(max_steps, (int, np.integer)) or max_steps < 1:
        raise DimensionError(f"max_steps: {max_steps!r} steps are no run; give a whole number of at least 1")
    if growth is not None and not growth > 1:
        raise DimensionError(f"growth: {growth} would end a run whose loss has not grown; give a number greater than 1")
    return Stop(until, int(max_steps), growth)
