"""What sweeps keep on disk from one process to the next: graphs and kernels, and how much of them.

What was not used for the longest time goes first. Several processes may take, use and remove at the same time.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

MOST = 256 << 20
"""Bytes that are kept, at most. A kernel or a graph takes some ten thousand."""


@cache
def folder() -> str:
    """Return where things are kept: in the person's own cache, or for this process only if it cannot be written."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    path = os.path.join(base, "retrograd", "kernels")
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
        if os.access(path, os.W_OK):
            return path
    except OSError:
        pass
    path = tempfile.mkdtemp(prefix="retrograd-kernels-")
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def used(path: str | os.PathLike[str]) -> Path | None:
    """Return a file that was kept, and note that it is used now; None if there is none."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return None
    except OSError:  # it may be read but not touched
        return Path(path) if os.path.exists(path) else None
    return Path(path)


def take(made: str | os.PathLike[str], path: str | os.PathLike[str], most: int = MOST) -> None:
    """Keep a finished file under a name in the folder, in one move, and make room for it."""
    os.replace(made, path)
    with suppress(OSError):  # it is already used, and perhaps removed, by another process
        _make_room(Path(path), most)


def _make_room(new: Path, most: int) -> None:
    files: list[tuple[float, int, Path]] = []
    for path in new.parent.glob("*.*"):
        with suppress(OSError):  # another process removed it
            about = path.stat()
            if path.is_file() and path != new:
                files.append((about.st_mtime, about.st_size, path))
    room = most - new.stat().st_size
    for _, size, path in sorted(files, reverse=True):
        room -= size
        if room < 0:
            with suppress(OSError):
                path.unlink()
