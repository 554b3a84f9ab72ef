"""A call taken apart: which tensors, numbers and other things stand where in its arguments and its result.

Every part has a path, the Python expression that leads to it (`args[0]`, `kwargs['dim']`, `args[1][0].start`),
so that a repeated call can be compared with what was seen before by a few lines of generated code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retrograd.recorder.hooks import Changes
from retrograd.recorder.lines import Place
from retrograd.recorder.swapping import Held
from retrograd.recording import Reference

_LITERALS = (
    torch.dtype,
    torch.device,
    torch.layout,
    torch.memory_format,
    torch.Generator,
    type(Ellipsis),
    type,
)


@dataclass(frozen=True, slots=True)
class TensorPart:
    """A tensor in a call."""

    path: str
    thing: int
    """Which Python object it is, counted over the turn."""
    reference: Reference


@dataclass(frozen=True, slots=True)
class PlainPart:
    """Anything else in a call: a number, None, a dtype, or the length of a list."""

    path: str
    value: Any


@dataclass(frozen=True, slots=True)
class Mark:
    """How much a turn held when a call began."""

    sights: int
    contents: int
    constants: int
    ran: int
    happened: int
    losses: int
    gradients: int


@dataclass(slots=True)
class Walk:
    """The graph of a backward call: how each node is reached from the roots, and the event that it became."""

    tree: tuple[tuple[int, int], ...]
    """For each node: the node before it and which of its edges leads on; (-1, k) for the node behind root k."""
    names: tuple[str, ...]
    events: dict[int, int] = field(default_factory=dict)
    """Event by node, both by number."""
    person_within: bool = False
    """Code of the person's runs in it, or may run."""


@dataclass(slots=True)
class Called:
    """A call of a turn that was watched closely, with all that is needed to expect it again."""

    event: int
    func: Any
    place: Place
    """Of the frame that called, which may be PyTorch's own code."""
    tensors: tuple[TensorPart, ...]
    plain: tuple[PlainPart, ...]
    mark: Mark
    hops: int
    """How many frames the person's own lies above that one."""
    nodes_made: int
    """Nodes of the graph that were made in the turn before this call."""
    results: tuple[TensorPart, ...] = ()
    written: tuple[TensorPart, ...] = ()
    """Tensors among the arguments, as the call left them."""
    walk: Walk | None = None
    hooks: Changes = (0, 0)
    """Those that came and went since the backward call before this one."""

    @property
    def has_keywords(self) -> bool:
        """Whether some of its arguments have keywords."""
        return any(part.path == "len(kwargs)" and part.value for part in self.plain)


class Things:
    """The Python objects that tensors are in the person's hands, numbered as they turn up in a turn."""

    def __init__(self) -> None:
        self.slots: list[int] = []
        """The tensor that each object is."""
        self.made: list[bool] = []
        self.weak: list[Callable[[], Tensor | None]] = []
        self._numbers: dict[int, int] = {}

    def number(self, tensor: Tensor, slot: int, made: bool = False) -> int:
        """Return the number of an object; a new one if it was not met in this turn."""
        known = self._numbers.get(id(tensor))
        if known is not None and self.weak[known]() is tensor:
            return known
        self._numbers[id(tensor)] = len(self.slots)
        self.slots.append(slot)
        self.made.append(made)
        self.weak.append(Held(tensor))
        return len(self.slots) - 1

    def take(self, other: Things, count: int, weak: list[Callable[[], Tensor | None]]) -> None:
        """Take over the first objects of another turn, which are these by now."""
        self.slots, self.made, self.weak = other.slots[:count], other.made[:count], weak[:count]
        alive = ((thing, self.weak[thing]()) for thing in range(count))
        self._numbers = {id(tensor): thing for thing, tensor in alive if tensor is not None}


class Unrepeatable(Exception):
    """A call holds something that no later call can be compared with."""


MAKERS = (torch.tensor, torch.as_tensor, torch.asarray)
"""Functions that make a tensor of numbers. These are its content then, and no part of the call."""


def parts_of_call(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Go through the parts of a call's arguments."""
    if func in MAKERS and args and not any(tensor_parts(args[0], "args[0]")):
        yield "len(args)", len(args)
        args = args[1:]
        for number, entry in enumerate(args, 1):
            yield from parts_of(entry, f"args[{number}]")
    else:
        yield from parts_of(args, "args")
    yield from parts_of(kwargs, "kwargs")


def parts_of(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Go through the parts of a call's arguments or result, tensors in the order of `operations.tensors_in`."""
    if isinstance(value, (tuple, list)):
        yield f"len({path})", len(value)
        for number, entry in enumerate(value):
            yield from parts_of(entry, f"{path}[{number}]")
    elif isinstance(value, dict):
        yield f"len({path})", len(value)
        for key, entry in value.items():
            if not isinstance(key, str):
                raise Unrepeatable
            yield from parts_of(entry, f"{path}[{key!r}]")
    elif isinstance(value, slice):
        for name in ("start", "stop", "step"):
            yield from parts_of(getattr(value, name), f"{path}.{name}")
    elif value is None or isinstance(value, (Tensor, *_LITERALS)) or _compares_as_usual(value):
        yield path, value
    elif not isinstance(value, torch.ScriptObject):  # the profiler's handle on an optimizer's step: it changes nothing
        raise Unrepeatable


def _compares_as_usual(value: Any) -> bool:
    """Return whether a value is a number or text that may be compared without running code of the person's."""
    own = type(value).__eq__
    return isinstance(value, (int, float, complex, str)) and (own in _COMPARISONS or isinstance(value, np.generic))


_COMPARISONS = (int.__eq__, float.__eq__, complex.__eq__, str.__eq__)


def tensor_parts(value: Any, path: str) -> Iterator[tuple[str, Tensor]]:
    """Go through the tensors in a call's result."""
    if isinstance(value, Tensor):
        yield path, value
    elif isinstance(value, (tuple, list)):
        for number, entry in enumerate(value):
            yield from tensor_parts(entry, f"{path}[{number}]")
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from tensor_parts(entry, f"{path}[{key!r}]")
