"""Who computes which tile: this process, several processes, or a Dask cluster. The store is the truth for all of them.

A worker is given the name of the store and the number of a tile, and writes what it found into the store itself. So
nothing is lost with a worker but its tile, and a tile that is computed twice is the same bit by bit.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from retrograd.engines.choice import run
from retrograd.engines.runs import Progress, unwatched
from retrograd.errors import SweepError
from retrograd.sweeps.outcomes import outcomes
from retrograd.sweeps.planning import Plan
from retrograd.sweeps.stores import Store

TURNS_OF_A_TILE = {"loop": 200_000, "batch": 20_000_000, "compiled": 400_000_000}
"""A tile has so many turns at most: some seconds of work, beside which starting a worker does not count."""

NUMBERS_OF_A_TILE = 1 << 23
"""So many losses and entries of parameters a tile has at most: 64 MB."""

ATTEMPTS = 3
"""A tile whose worker dies is given to another one so many times in all."""

Finished = Callable[[int], None]
"""Is told which tile was finished."""


def tile_of(engine: str, count: int, max_steps: int, workers: int, kept: int = 0) -> int:
    """Return how many runs a tile has.

    Args:
        engine: Which engine makes it.
        count: How many runs there are.
        max_steps: So many turns a run has at most.
        workers: So many of them make tiles side by side.
        kept: So many numbers are kept of each run besides the usual ones.
    """
    most = max(1, TURNS_OF_A_TILE[engine] // max_steps)
    most = max(1, min(most, NUMBERS_OF_A_TILE // kept)) if kept else most
    return max(1, min(most, -(-count // max(1, 4 * workers))))


def make_tile(path: str, tile: int, progress: Progress = unwatched) -> int:
    """Compute a tile and write it to its store, unless it is there; return its number."""
    store, plan = _opened(path)
    if not store.is_done(tile):
        order = store.order
        work = plan.work(*store.span(tile), order.stop, order.history, order.parameters)
        answer = run(order.choice, work, progress)
        store.write(tile, answer, outcomes(answer, order.stop.until is not None))
    return tile


_OPENED: dict[str, tuple[str, Store, Plan]] = {}


def _opened(path: str) -> tuple[Store, Plan]:
    """Return a store and its plan, which a worker makes once for all of its tiles."""
    known = _OPENED.get(path)
    store = Store(path)
    if known is None or known[0] != store.mark:
        order = store.order
        plan = Plan(store.recording(), order.grid, order.spelled, order.start, order.dtype, order.device)
        _OPENED.clear()
        _OPENED[path] = store.mark, store, plan
    return _OPENED[path][1:]


# ---------------------------------------------------------------- several processes


def in_processes(path: str, tiles: Sequence[int], workers: int, finished: Finished) -> None:
    """Compute tiles in several processes of this machine.

    Raises:
        SweepError: A tile's worker died again and again.
    """
    left = dict.fromkeys(tiles, 0)
    while left:
        # Each process has one thread: tiles side by side are faster than threads within small operations.
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(min(workers, len(left)), context, initializer=_one_thread)
        with _ended(pool):
            with _no_script():
                jobs = {pool.submit(make_tile, path, tile): tile for tile in left}
            try:
                for job in as_completed(jobs):
                    tile = job.result()
                    del left[tile]
                    finished(tile)
            except BrokenProcessPool:
                # One worker died and took the pool along. What is in the store is done; the rest goes to a new pool.
                store = Store(path)
                for tile in [tile for tile in left if store.is_done(tile)]:
                    del left[tile]
                    finished(tile)
                for tile in left:
                    left[tile] += 1
                    if left[tile] >= ATTEMPTS * workers:
                        raise SweepError(
                            f"worker processes died {left[tile]} times before tile {tile} was done (killed, or out of "
                            f"memory?). What is done is in {path}; the same command goes on from there"
                        ) from None


@contextmanager
def _no_script() -> Iterator[None]:
    """Start processes that do not run the person's script again, as they would to find what it defines."""
    script, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _one_thread() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the first one ends the others
    os.environ["OMP_NUM_THREADS"] = "1"
    import torch

    torch.set_num_threads(1)


@contextmanager
def _ended(pool: ProcessPoolExecutor) -> Iterator[None]:
    """End a pool: at once if the sweep does not go on, for a tile is in the store whole or not at all."""
    others = set(multiprocessing.active_children())
    try:
        yield
    except BaseException:
        for worker in set(multiprocessing.active_children()) - others:
            worker.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


# ---------------------------------------------------------------- Dask


def in_cluster(path: str, tiles: Sequence[int], client: Any, finished: Finished) -> None:
    """Compute tiles on a Dask cluster.

    Args:
        path: The store, on a file system that all workers see.
        tiles: Which tiles.
        client: A `distributed.Client`, its address, or `local` for a cluster on this machine.
        finished: Is told of each tile.

    Raises:
        SweepError: There is no Dask, no cluster at the address, or it went away.
    """
    try:
        import dask.config
        import distributed
        from distributed.client import FutureCancelledError
    except ImportError:
        raise SweepError("a Dask cluster needs dask: pip install 'retrograd[dask]'") from None
    # A worker that died is found out by a connection that fails; the usual half minute is long for that.
    with dask.config.set({"distributed.comm.timeouts.connect": "5s"}), _client(distributed, client) as own:
        jobs = [own.submit(make_tile, os.path.abspath(path), tile, pure=False, retries=ATTEMPTS) for tile in tiles]
        try:
            for job in distributed.as_completed(jobs):
                finished(job.result())
        except (OSError, FutureCancelledError, TimeoutError) as error:
            raise SweepError(
                f"the cluster went away ({error}). What is done is in {path}; the same command goes on from there"
            ) from error


@contextmanager
def _client(distributed: Any, given: Any) -> Iterator[Any]:
    if not isinstance(given, str):
        yield given
        return
    try:
        if given == "local":
            cluster = distributed.LocalCluster(threads_per_worker=1, dashboard_address="127.0.0.1:0")
            client = distributed.Client(cluster)
        else:
            cluster, client = None, distributed.Client(given, timeout=10)
    except (OSError, ValueError, TimeoutError) as error:
        raise SweepError(f"there is no Dask scheduler at {given}: {error}. An address is as tcp://host:8786") from error
    try:
        yield client
    finally:
        client.close()
        if cluster is not None:
            cluster.close()
