"""What the loops run under: the recorder, and what others cost. A row of the tables is a line in `variants`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from costs.loops import notebook
from retrograd import record

try:
    from torch.utils._debug_mode import DebugMode
except ImportError:  # it is private, and may go
    DebugMode = None


class CountFunctions(TorchFunctionMode):
    """The least that anything can cost which sees the calls of the loop."""

    count = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += 1
        return func(*args, **(kwargs or {}))


class CountOperations(TorchDispatchMode):
    """The least that anything can cost which sees every operation."""

    count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += 1
        return func(*args, **(kwargs or {}))


@contextmanager
def after_recording(file: Path) -> Iterator[None]:
    """Record something first: nothing of it may stay."""
    with record(file):
        notebook(20, lambda: None)
    yield


def profiler(file: Path) -> AbstractContextManager[Any]:
    """Return PyTorch's profiler, which keeps no values."""
    return torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], record_shapes=True)


@dataclass(frozen=True)
class Variant:
    """Something to run a loop under."""

    title: str
    enter: Callable[[Path], AbstractContextManager[Any]]
    """Given a file that it may write."""
    share: int = 1
    """It is so slow that it runs only this part of the turns: 20 for a twentieth."""


BARE = Variant("bare", lambda file: nullcontext())


def variants() -> list[Variant]:
    """Return everything that is measured; `BARE` must be among it."""
    return [
        BARE,
        Variant("`record()`, in memory", lambda file: record()),
        Variant("**`record(file)`, every value of every step**", record),
        Variant('`record(file, mode="sparse")`', partial(record, mode="sparse")),
        Variant('`record(file, mode="light")`', partial(record, mode="light")),
        Variant("bare, after a recording has ended", after_recording),
        Variant("a `TorchFunctionMode` that counts", lambda file: CountFunctions()),
        Variant("a `TorchDispatchMode` that counts", lambda file: CountOperations()),
        Variant("`set_detect_anomaly(True)`", lambda file: torch.autograd.set_detect_anomaly(True)),
        Variant("`torch.profiler`, `record_shapes=True`", profiler),
        *([Variant("`DebugMode()`", lambda file: DebugMode(), share=20)] if DebugMode else []),
    ]
