"""What is known of a turn's tensors, operations and events while it is watched. Data, which knows no rules.

A weak reference to each storage keeps its address from being used again; the memory itself is free to go.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from torch.multiprocessing.reductions import StorageWeakRef

from retrograd.recorder.lines import Place
from retrograd.recording import Kind, Node, Phase, Reference

NOT_WRITTEN = -1

OUTSIDE = "written outside of PyTorch"
"""The name of an event in which NumPy, or somebody else, wrote to a tensor's memory."""


@dataclass(slots=True)
class Storage:
    """Memory that tensors share."""

    number: int
    weak: StorageWeakRef | None
    """None for a storage of a repeated call that was not met since."""
    writes: int = 0
    buffers: list[int] = field(default_factory=list)
    """Those that hold its present content."""
    blank: bool = False
    """Nothing has been written to it since it was allocated."""
    maker: int | None = None
    """The operation that allocated it, among those that ran in the turn; None for memory that kernels work in."""
    external: bool = False
    """It was there before the turn."""
    shared: bool = False
    """NumPy, or somebody else outside of PyTorch, looks at the same memory and may write to it."""


@dataclass(slots=True)
class Sight:
    """A tensor: a storage, and how it is looked at."""

    storage: Storage
    dtype: str
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    device: str
    made: bool
    """It is the result of an operation of this turn."""
    leaf: bool
    requires_grad: bool
    name: str | None = None
    parameter: bool = False
    gradient_of: int | None = None


@dataclass(slots=True)
class Content:
    """What a storage held between two writes, as far as one tensor showed it."""

    storage: Storage
    writes: int
    """How often the storage had been written to in the turn."""
    start: int
    nbytes: int
    dtype: str
    whole: bool
    count: int
    data: bytes | None
    """None if a repeated call made it that nothing was copied of."""
    full: bytes | None = None
    """All bytes of a large tensor that came from outside, or that an operation made which is not reproducible."""


@dataclass(slots=True)
class Ran:
    """An ATen operation that ran."""

    name: str
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    outputs: tuple[Any, ...]
    reads: tuple[Reference, ...]
    writes: tuple[Reference, ...]
    made: tuple[Reference, ...]
    event: int
    unstable: bool
    draw: tuple[int, bytes, bool] | None
    """The generator it draws from, its state, and whether the last drawing operation left it so."""


@dataclass(slots=True)
class Happened:
    """An event, with the place of its line and the chain of the person's frames that it came from."""

    kind: Kind
    phase: Phase
    place: Place | None
    name: str
    inputs: tuple[Reference, ...] = ()
    outputs: tuple[Reference, ...] = ()
    node: Node | None = None
    text: str = ""
    chain: tuple[tuple[int, Place], ...] = ()
    parent: int | None = None
    """For a node: the event of the backward call."""
    wrote: tuple[int, ...] = ()
    """The tensors that it wrote to in place."""
    tracked: bool = True
    """Gradients were being tracked."""


def is_gone(storage: Storage) -> bool:
    """Return whether a storage's memory is free, as far as is known."""
    return storage.weak is None or storage.weak.expired()
