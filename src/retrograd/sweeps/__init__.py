"""Run a recorded loop again, with other learning rates, seeds and numbers: some runs, or very many at once.

grid.py         which combinations
stopping.py     when a run stops: as its loop would, or as one asks
ordering.py     from what was asked to an order that is checked and complete
planning.py     from an order to what an engine is given
meanwhile.py    some runs by the loop itself while a compiler works
making.py       who makes the runs: this process, or whoever takes a tile
tiles.py        processes and clusters that take tiles
stores.py       tiles on disk
outcomes.py     what became of a run, in one word
result.py       the labelled result
theory.py       the limit of stability beside it
opening.py      one of its runs as a recording
functions.py    a function that trains, in the place of a recording
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from retrograd.errors import DimensionError
from retrograd.sweeps.making import Watcher, made_at_once, made_in_tiles
from retrograd.sweeps.opening import run_of as run_of
from retrograd.sweeps.ordering import Swept, ordered
from retrograd.sweeps.planning import Start
from retrograd.sweeps.result import dataset
from retrograd.sweeps.stores import engine_in

if TYPE_CHECKING:
    import torch
    import xarray


def sweep(
    recording: Swept,
    *,
    seeds: Any = None,  # how many, or which: see sweeps.grid.seeds
    until: float | None = None,
    max_steps: int | None = None,
    growth: float | None = None,
    start: Start | None = None,
    engine: str = "auto",
    dtype: str | None = None,
    device: str | torch.device | None = None,
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
        device: `cuda`, or `cuda:N`, for the engine `batch` on a GPU; the CPU if not given.
        history: Keep the loss of every turn.
        parameters: Keep the parameters that each run ends with.
        numbers: As `named`, for names that are no Python names, such as `line 13: 0.02`.
        store: A folder that keeps what was computed, tile by tile. The same call goes on where it was interrupted.
        processes: So many processes of this machine make tiles side by side.
        client: A `distributed.Client` of a Dask cluster, or its address, or `local`; its workers make the tiles.
        tile: `(i, n)`: make only every n-th tile, from the i-th on (counted from 1), as one job of n in a job array.
        progress: Is told how far the sweep is. If it has a method `say`, that is told in words what takes long, such as
            compiling, and what became of the runs that the loop itself makes meanwhile.
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
    if store is not None and engine == "auto":
        engine = engine_in(os.fspath(store)) or engine  # all tiles of a store are made by one engine
    order, plan = ordered(
        recording, {**named, **(numbers or {})}, seeds, until=until, max_steps=max_steps, growth=growth, start=start,
        engine=engine, dtype=dtype, device=device, history=history, parameters=parameters, progress=progress,
    )  # fmt: skip
    if store is not None or processes > 1 or client is not None or tile is not None:
        order, answer = made_in_tiles(order, plan, store, processes, client, tile, progress)
    else:
        answer = made_at_once(order, plan, progress)
    return dataset(plan.recording, order, plan, answer)
