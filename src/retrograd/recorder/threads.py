"""Threads that are started during a recording: what they compute is not seen, and the recording says so."""

from __future__ import annotations

import threading
from typing import Any


class ThreadsStarted:
    """Remembers which threads were started, until the recording ends."""

    def __init__(self) -> None:
        self.names: list[str] = []
        """Those of threads that may have run code of the person's.

        A pool's workers, in which batches are often prepared, are among them only while they run.
        """
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

    def end(self) -> None:
        """Give it back."""
        threading.Thread.start = self._start  # type: ignore[method-assign]
        running = set(threading.enumerate()) - self._before
        self.names += sorted(thread.name for thread in running if _may_train(thread))
        self._before.clear()


def _may_train(thread: threading.Thread) -> bool:
    """Return whether a thread may run code of the person's: not one that only moves a data loader's batches."""
    if thread.name.startswith(("retrograd", "QueueFeederThread")):  # the latter feeds a multiprocessing.Queue
        return False
    return not _home(thread).startswith(("multiprocessing", "torch.utils.data"))


def _home(thread: threading.Thread) -> str:
    """Return the module of what a thread runs."""
    return getattr(getattr(thread, "_target", None), "__module__", None) or ""
