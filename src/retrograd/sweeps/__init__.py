"""Run a recorded loop again, with other learning rates, seeds and numbers: some runs, or very many at once.

grid.py         which combinations
stopping.py     when a run stops: as its loop would, or as one asks
planning.py     from what was asked to what an engine is given
outcomes.py     what became of a run, in one word
result.py       the labelled result
opening.py      one of its runs as a recording
functions.py    a function that trains, in the place of a recording
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from retrograd.engines.choice import ENGINES, choose, run
from retrograd.engines.runs import Stop, joined, unwatched
from retrograd.errors import DimensionError, NotSweepableError, SweepError
from retrograd.recording import Recording
from retrograd.store import load
from retrograd.sweeps import grid as grids
from retrograd.sweeps.opening import run_of as run_of
from retrograd.sweeps.planning import SEED, Order, Plan, Start, names_in, recorded_rates
from retrograd.sweeps.result import dataset
from retrograd.sweeps.stopping import stop_of
from retrograd.sweeps.stores import engine_in

if TYPE_CHECKING:
    import xarray

TILE = 1 << 18
"""So many runs are made before the next ones are looked at."""

DTYPES = ("float32", "float64")

Watcher = Callable[[int, int, int], None]
"""Is told now and then how many runs have ended, of how many, and how many turns they took so far."""


def sweep(
    recording: Recording | str | os.PathLike[str] | Callable[..., Any],
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
    store: str | os.PathLike[str] | None = None,
    processes: int = 1,
    client: Any = None,  # a distributed.Client, which need not be installed
    tile: tuple[int, int] | None = None,
    progress: Watcher | None = None,
    **named: Any,  # a number of the loop and its values: see sweeps.grid.numbers
) -> xarray.Dataset:
    """Run the recorded loop for every combination of learning rates, seeds and other numbers of the loop.

        result = retrograd.sweep("train.retro", learning_rate="1e-3:1e2:200", seeds=20)
        result["steps"].median("seed").plot()

    Args:
        recording: What was recorded, or the name of its file. Or a function that trains: it is called once, with the
            first of all values, and recorded.
        seeds: How many seeds (0, 1, …), or which. Each start is what the script would have drawn with this seed in
            its `torch.manual_seed`, bit by bit. Without, all runs start as the recorded one did.
        until: A run ends when its loss is at most this; minus infinity if no loss ends it. Read from the loop's `while`
            or `break` if not given.
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
        store: A folder that keeps what was computed, tile by tile. The same call goes on where it was interrupted.
        processes: So many processes of this machine make tiles side by side.
        client: A `distributed.Client` of a Dask cluster, or its address, or `local`; its workers make the tiles.
        tile: `(i, n)`: make only every n-th tile, from the i-th on (counted from 1), as one job of n in a job array.
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
        ForeignStoreError: The store holds another sweep, or something else; it is left as it is.
    """
    if not isinstance(processes, int) or processes < 1:
        raise DimensionError(f"processes: {processes!r} processes make no run; give a whole number of at least 1")
    wanted = {**named, **(numbers or {})}
    dimensions = {name: grids.numbers(name, values) for name, values in wanted.items()}
    recording, known = _recorded(recording, dimensions, seeds)
    if not dimensions and seeds is None:
        rates = recorded_rates(recording)
        dimensions = {"learning_rate": grids.numbers("learning_rate", rates)}
    names = names_in(recording, dimensions)
    if seeds is not None:
        dimensions[SEED] = grids.seeds(seeds)
    if store is not None and engine == "auto":
        engine = engine_in(os.fspath(store)) or engine  # all tiles of a store are made by one engine
    order, plan = order_of(
        recording, dimensions, names,
        stop=stop_of(recording, until, max_steps, growth, parameters, known), start=start, engine=engine, dtype=dtype,
        history=history, parameters=parameters,
    )  # fmt: skip
    told = _Told(progress, order.grid.count)
    if store is not None or processes > 1 or client is not None or tile is not None:
        return _in_tiles(recording, order, plan, store, processes, client, tile, told)
    count = order.grid.count
    works = (
        plan.work(first, min(first + TILE, count), order.stop, history, parameters) for first in range(0, count, TILE)
    )
    watch = told if progress is not None else unwatched
    answer = joined((run(order.choice, work, watch) for work in works), count)
    return dataset(recording, order, plan, answer)


def _recorded(
    given: Recording | str | os.PathLike[str] | Callable[..., Any], dimensions: Mapping[str, np.ndarray], seeds: Any
) -> tuple[Recording, Mapping[str, float]]:
    """Return what is swept, and the numbers that a function was called with for it."""
    if isinstance(given, Recording):
        return given, {}
    if not callable(given):
        return load(given), {}
    from retrograd.sweeps.functions import recorded_call

    firsts = {name: float(values[0]) for name, values in dimensions.items()}
    return recorded_call(given, firsts, None if seeds is None else int(grids.seeds(seeds)[0]))


class _Told:
    """Adds up what engines tell."""

    def __init__(self, progress: Watcher | None, count: int) -> None:
        self._progress, self._count = progress, count
        self._done = self._turns = 0

    def __call__(self, runs: int, turns: int) -> None:
        """Take note of runs that have ended."""
        self._done, self._turns = self._done + runs, self._turns + turns
        if self._progress is not None:
            self._progress(self._done, self._count, self._turns)


def _in_tiles(
    recording: Recording, order: Order, plan: Plan, store: str | os.PathLike[str] | None, processes: int, client: Any,
    tile: tuple[int, int] | None, told: _Told,
) -> xarray.Dataset:  # fmt: skip
    from retrograd.sweeps.stores import store_for
    from retrograd.sweeps.tiles import in_cluster, in_processes, make_tile, tile_of

    if tile is not None and (store is None or not 1 <= tile[0] <= tile[1]):
        raise SweepError(f"tile {tile[0]}/{tile[1]}: a part is 1/N to N/N of a sweep that has a store (--store DIR)")
    with _folder(store) as path:
        shapes = plan.parameters() if order.parameters else None
        each = order.stop.max_steps * order.history + sum(array.size for array in (shapes or {}).values())
        size = tile_of(order.choice.name, order.grid.count, order.stop.max_steps, max(processes, 2), each)
        kept = store_for(path, recording, order, size, shapes)
        missing = kept.missing()
        before = kept.order.grid.count - sum(last - first for first, last in map(kept.span, missing))
        if before:
            told(before, 0)
        if tile is not None:
            missing = missing_of(missing, *tile)

        def finished(number: int) -> None:
            first, last = kept.span(number)
            told(last - first, kept.turns(number))

        if client is not None:
            in_cluster(path, missing, client, finished)
        elif processes > 1 and len(missing) > 1:
            in_processes(path, missing, processes, finished)
        else:
            for number in missing:
                make_tile(path, number, told)
        return dataset(recording, kept.order, plan, kept.answer())


def missing_of(tiles: Sequence[int], part: int, parts: int) -> list[int]:
    """Return every `parts`-th tile, from `part` on, counted from 1."""
    return [tile for tile in tiles if tile % parts == part - 1]


@contextmanager
def _folder(store: str | os.PathLike[str] | None) -> Iterator[str]:
    if store is not None:
        yield os.fspath(store)
        return
    with tempfile.TemporaryDirectory(prefix="retrograd-sweep-") as folder:
        yield os.path.join(folder, "sweep.zarr")


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
    if start not in (None, "same", "own"):
        raise SweepError(f"a start is `same` or `own`, not {start!r}")
    plan = Plan(recording, grid, names, start, dtype)
    if SEED in dimensions and not plan.starts.drawn:
        raise NotSweepableError(
            "the script draws nothing before the first turn, so every seed would give the same run; leave the seeds "
            "out, or record from before the tensors are made"
        )
    limit = plan.course.limit()
    if limit is not None and stop.max_steps > limit:
        raise NotSweepableError(
            f"the recording has {limit} turn{'s' * (limit != 1)}, and {stop.max_steps} are asked for; "
            f"{plan.course.why_limited()}, so no turn can be run that was not recorded. Ask for at most {limit} "
            f"(--max-steps {limit}), or record a longer loop"
        )
    choice = choose(engine, plan.work(0, min(2, grid.count), stop), grid.count)
    return Order(grid, dict(names), plan.start, stop, dtype, choice, history, parameters), plan
