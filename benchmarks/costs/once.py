"""Costs that come once: imports, and the first turns, which the recorder watches closely."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from costs.loops import LOOPS, Turned
from costs.processes import in_child, in_python
from costs.tables import medians, milliseconds, say
from retrograd import record

IMPORTS = """
import json, time
began = time.perf_counter()
import torch
torch_there = time.perf_counter()
import retrograd.recorder
print(json.dumps([torch_there - began, time.perf_counter() - torch_there]))
"""

DISPATCH = """
import json, time
import torch
from torch.utils._python_dispatch import TorchDispatchMode
class Mode(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))
times = [time.perf_counter()]
for _ in range(2):
    with Mode():
        torch.ones(3) + 1
    times.append(time.perf_counter())
print(json.dumps([times[1] - times[0], times[2] - times[1]]))
"""

FIRST_TURNS = 6
"""The recorder watches about four turns closely before it knows the loop."""


def first_times(name: str) -> list[list[float]]:
    """Return what only a fresh process can tell: `_times` of a bare loop, a first and a second recording."""
    run = LOOPS[name].run
    with TemporaryDirectory() as folder:
        return [
            _times(run, nullcontext()),
            _times(run, record(Path(folder, "first.retro"))),
            _times(run, record(Path(folder, "second.retro"))),
        ]


def _times(run: Callable[[int, Turned], None], manager: AbstractContextManager[Any]) -> list[float]:
    """Return the seconds to begin, those until the loop begins, and those of its turns."""
    marks = [time.perf_counter()]
    with manager:
        marks.append(time.perf_counter())
        run(FIRST_TURNS, lambda: marks.append(time.perf_counter()))
    return [later - mark for mark, later in pairwise(marks)]


def once(repeats: int) -> list[list[str]]:
    """Return the rows of what is paid once, in milliseconds."""
    say("what comes once")
    imports = medians(in_python("-c", IMPORTS) for _ in range(repeats))
    dispatch = medians(in_python("-c", DISPATCH) for _ in range(repeats))
    loops = []
    for name in LOOPS:
        bare, first, second = zip(*(in_child("first_times", name) for _ in range(repeats)), strict=True)
        loops.append([medians(bare), medians(first), medians(second)])

    def cells(run: int, first: int, last: int | None) -> list[str]:
        return [", ".join(milliseconds(seconds) for seconds in loop[run][first:last]) for loop in loops]

    rows = [
        ["`import torch`", *[milliseconds(imports[0])] * 2],
        ["`import retrograd.recorder` after it", *[milliseconds(imports[1])] * 2],
        ["any dispatch mode, the first time in a process", *[milliseconds(dispatch[0])] * 2],
        ["… the second time", *[milliseconds(dispatch[1])] * 2],
        ["bare: what stands before the loop", *cells(0, 1, 2)],
        ["… a turn", *cells(0, -1, None)],
    ]
    for run, title in ((1, "first recording of a process"), (2, "second recording")):
        rows += [
            [f"{title}: to begin it", *cells(run, 0, 1)],
            ["… what stands before the loop", *cells(run, 1, 2)],
            [f"… turns 1 to {FIRST_TURNS}", *cells(run, 2, None)],
        ]
    return rows
