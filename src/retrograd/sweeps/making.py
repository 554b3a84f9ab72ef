"""Who makes the runs of an order: this process all of them, or whoever takes a tile."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from retrograd.engines.choice import run
from retrograd.engines.runs import Answer, joined, unwatched
from retrograd.errors import SweepError
from retrograd.sweeps.planning import Order, Plan

if TYPE_CHECKING:
    from retrograd.sweeps.stores import Store

TILE = 1 << 18
"""So many runs are made before the next ones are looked at."""

Watcher = Callable[[int, int, int], None]
"""Is told now and then how many runs have ended, of how many, and how many turns they took so far. Runs that a store
has already come first, and took none."""


def made_at_once(order: Order, plan: Plan, progress: Watcher | None) -> Answer:
    """Make all runs here and now."""
    count = order.grid.count
    works = (
        plan.work(first, min(first + TILE, count), order.stop, order.history, order.parameters)
        for first in range(0, count, TILE)
    )
    watch = _Told(progress, count) if progress is not None else unwatched
    return joined((run(order.choice, work, watch) for work in works), count)


def made_in_tiles(
    order: Order, plan: Plan, store: str | os.PathLike[str] | None, processes: int, client: Any,
    tile: tuple[int, int] | None, progress: Watcher | None,
) -> tuple[Order, Answer]:  # fmt: skip
    """Make the runs tile by tile, those that a store does not have yet.

    Args:
        order: What was asked for.
        plan: How it is made.
        store: The folder that keeps the tiles; one that is thrown away afterwards if not given.
        processes: So many processes make tiles side by side.
        client: As `in_cluster` takes it; None for no cluster.
        tile: `(i, n)`: only every n-th tile, from the i-th on.
        progress: Is told how far it is.

    Returns:
        The order as the store has it, and what is known of its runs.
    """
    from retrograd.sweeps.stores import store_for
    from retrograd.sweeps.tiles import in_cluster, in_processes, make_tile, tile_of

    if tile is not None and (store is None or not 1 <= tile[0] <= tile[1]):
        raise SweepError(f"tile {tile[0]}/{tile[1]}: a part is 1/N to N/N of a sweep that has a store (--store DIR)")
    with _folder(store) as path:
        shapes = plan.parameters() if order.parameters else None
        each = order.stop.max_steps * order.history + sum(array.size for array in (shapes or {}).values())
        size = tile_of(order.choice.name, order.grid.count, order.stop.max_steps, max(processes, 2), each)
        kept = store_for(path, plan.recording, order, size, shapes)
        missing = kept.missing()
        before = order.grid.count - _runs_of(kept, missing)
        if tile is not None:
            missing = _part_of(missing, *tile)
        told = _Told(progress, before + _runs_of(kept, missing))
        if before:
            told(before, 0)

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
        return kept.order, kept.answer()


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


def _runs_of(store: Store, tiles: Sequence[int]) -> int:
    return sum(last - first for first, last in map(store.span, tiles))


def _part_of(tiles: Sequence[int], part: int, parts: int) -> list[int]:
    """Return every `parts`-th tile, from `part` on, counted from 1."""
    return [tile for tile in tiles if tile % parts == part - 1]


@contextmanager
def _folder(store: str | os.PathLike[str] | None) -> Iterator[str]:
    if store is not None:
        yield os.fspath(store)
        return
    with tempfile.TemporaryDirectory(prefix="retrograd-sweep-") as folder:
        yield os.path.join(folder, "sweep.zarr")
