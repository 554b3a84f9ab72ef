"""Recordings that are being written when their process ends or forks."""

from __future__ import annotations

import atexit
import os
from typing import Any, Protocol


class Held(Protocol):
    """What is asked of one who writes a recording."""

    def close(self) -> None:
        """Commit what waits and let go of the file."""
        ...

    def before_fork(self) -> None:
        """Commit what waits, and hold all locks."""
        ...

    def after_fork(self) -> None:
        """Let go of the locks again."""
        ...

    def become_a_childs(self) -> object | None:
        """Write nothing any more, for the file is the parent process's; return what belongs to that."""
        ...


OPEN: set[Held] = set()
"""Those that have not been closed."""

_INHERITED: list[Any] = []
"""What belongs to the parent process. It is kept, because to let go of a connection is to close it."""


def _close_all() -> None:
    for writer in list(OPEN):
        writer.close()


def _before_fork() -> None:
    for writer in list(OPEN):
        writer.before_fork()


def _after_fork_in_parent() -> None:
    for writer in list(OPEN):
        writer.after_fork()


def _after_fork_in_child() -> None:
    for writer in list(OPEN):
        _INHERITED.append(writer.become_a_childs())
        writer.after_fork()
    OPEN.clear()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
