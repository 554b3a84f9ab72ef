"""Threads that are started during a recording: what they compute is not seen, and the recording says so."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from retrograd.importing import when_imported


class ThreadsStarted:
    """Remembers which threads were started, until the recording ends."""

    def __init__(self) -> None:
        self.names: list[str] = []
        """Those of threads that may have run code of the person's.

        A pool's workers, in which batches are often prepared, are among them only while they run.
        """
        self.pools = PoolsAtWork()
        self._before: set[threading.Thread] = set()
        self._start: Any = None  # a function of the standard library

    def begin(self) -> None:
        """Take the place of `threading.Thread.start`."""
        original = self._start = threading.Thread.start
        self._before = set(threading.enumerate())

        def start(self_: threading.Thread) -> None:
            # Asked before it runs: a thread that has ended has no target any more.
            may_train = _may_train(self_) and not _home(self_).startswith("concurrent.futures")
            original(self_)
            if may_train:
                self.names.append(self_.name)

        start.__doc__ = original.__doc__
        threading.Thread.start = start  # type: ignore[method-assign]
        self.pools.begin()

    def end(self) -> None:
        """Give it back."""
        self.pools.end()
        threading.Thread.start = self._start  # type: ignore[method-assign]
        running = set(threading.enumerate()) - self._before
        self.names += sorted(thread.name for thread in running if _may_train(thread))
        self._before.clear()


class PoolsAtWork:
    """Remembers which workers of a pool of threads built graphs, or called backward."""

    def __init__(self) -> None:
        self.names: list[str] = []
        """Those of the workers."""
        self._item: Any = None  # the standard library's class for a piece of work, which is not public
        self._run: Any = None
        self._forget: Callable[[], None] = lambda: None

    def begin(self) -> None:
        """Take the place of what runs a piece of work, as soon as there are pools."""
        self._forget = when_imported("concurrent.futures.thread", self._watch)

    def end(self) -> None:
        """Give it back."""
        self._forget()
        if self._item is not None:
            self._item.run = self._run

    def _watch(self) -> None:
        from concurrent.futures import thread  # a loop without pools does not need it

        self._item = getattr(thread, "_WorkItem", None)
        if self._item is None:
            return
        original = self._run = self._item.run

        def run(item: Any, *args: Any) -> None:
            trains = isinstance(getattr(getattr(item, "fn", None), "__self__", None), Tensor)
            before = torch.autograd._get_sequence_nr()  # type: ignore[attr-defined]
            original(item, *args)
            # The number of the next node of a graph, which each thread counts by itself.
            if trains or torch.autograd._get_sequence_nr() != before:  # type: ignore[attr-defined]
                self.names.append(threading.current_thread().name)

        self._item.run = run


def _may_train(thread: threading.Thread) -> bool:
    """Return whether a thread may run code of the person's: not one that only moves a data loader's batches."""
    if thread.name.startswith(("retrograd", "QueueFeederThread")):  # the latter feeds a multiprocessing.Queue
        return False
    return not _home(thread).startswith(("multiprocessing", "torch.utils.data"))


def _home(thread: threading.Thread) -> str:
    """Return the module of what a thread runs."""
    return getattr(getattr(thread, "_target", None), "__module__", None) or ""
