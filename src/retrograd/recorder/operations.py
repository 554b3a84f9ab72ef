"""Watching ATen operations: what really runs, below autograd, in forward, backward, update and clear."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache
from types import FrameType
from typing import Any

import torch
from torch import Tensor
from torch.nn.parameter import is_lazy
from torch.utils._python_dispatch import TorchDispatchMode

from retrograd.contents import dtype_name, is_plain
from retrograd.recorder.blanks import allocates, find, grows
from retrograd.recorder.lines import is_loading, own_frame
from retrograd.recorder.modes import how_many
from retrograd.recorder.seen import Ran
from retrograd.recorder.turn import Turn
from retrograd.recording import Reference

_UNDECLARED_WRITES = {"aten::native_batch_norm": (3, 4)}
"""Arguments that an operation writes to although its schema does not say so (running mean and variance)."""

_SCRATCH = {"aten::mkldnn_rnn_layer": (3,)}
"""Results that are memory for a kernel to work in; what is left in it differs from run to run."""

_WRAP = torch.ops.aten.lift_fresh.default
"""All that is seen of `torch.from_numpy`, which no mode is told of. Its tensor is met where it is used first."""


class OperationMode(TorchDispatchMode):
    """Writes every ATen operation into the present turn, unless it is muted."""

    def __init__(self, on_orphan: Callable[[str], int], is_known: Callable[[int, bytes], bool]) -> None:
        super().__init__()
        self.turn = Turn(is_known)
        self.differentiating: FrameType | None = None
        """The frame of the person's that called backward, while that is running."""
        self.person_within = False
        """Code of the person's ran operations inside that backward call."""
        self.muted = 0
        self.wrote: list[int] = []
        """Tensors written to since it was last emptied."""
        self.outer = how_many(self)
        """The modes that were there before the recording."""
        self._on_orphan = on_orphan
        self._is_known = is_known
        self._left: dict[int, bytes] = {}

    @property
    def event(self) -> int | None:
        """The event that is happening now."""
        return self.turn.event

    @event.setter
    def event(self, number: int | None) -> None:
        self.turn.event = number

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Say that nobody has to keep Dynamo away from this mode; else the first operation imports it."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run the operation, and write it down."""
        kwargs = kwargs or {}
        if any(type(args[place]) in _NUMBERS for place in _tensor_places(func) if place < len(args)):
            args = self.guarded(_with_tensors, func, args)
        if self.muted or func.namespace == "profiler":  # optimizers mark their steps for the profiler
            return func(*args, **kwargs)
        before = self.guarded(self._look_before, func, args, kwargs)
        self.muted += 1  # an operation may run others under itself
        try:
            result = func(*args, **kwargs)
        finally:
            self.muted -= 1
        if before is not None:
            self.guarded(self._look_after, func, args, kwargs, result, *before)
        return result

    def guarded(self, watching: Callable[..., Any], *things: Any) -> Any:
        """Watch something without ever breaking the person's loop: what cannot be written down is noted."""
        muted = self.muted
        self.muted += 1
        try:
            with torch._C.DisableTorchFunctionSubclass():
                return watching(*things)
        except Exception as error:
            self.turn.cannot_see(f"{watching.__name__.strip('_')} failed with {error!r}, so something")
            return None
        finally:
            self.muted = muted

    def _look_before(self, func: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, ...] | None:
        if self.event is None and (func is _WRAP or is_loading(sys._getframe(3))):
            return None  # a batch that workers made is put together, or memory from outside becomes a tensor
        if any(map(is_lazy, tensors_in(args))):
            return None  # a layer asks what its parameters will be; they hold nothing yet
        event = self._on_orphan(func.name()) if self.event is None else self.event
        if self.differentiating is not None and own_frame(sys._getframe(3)) is not self.differentiating:
            self.person_within = True
        draw = self._draw(func, kwargs)
        find(self.turn, func, plain_tensors_in((args, kwargs)), [*written_arguments(func, args, kwargs)])
        reads = references_of(self.turn, (args, kwargs))
        arguments = tuple(self._encode(argument) for argument in args)
        keywords = {name: self._encode(argument) for name, argument in kwargs.items()}
        return event, draw, reads, arguments, keywords

    def _look_after(
        self,
        func: Any,
        args: Any,
        kwargs: dict[str, Any],
        result: Any,
        event: int,
        draw: tuple[int, bytes, bool] | None,
        reads: tuple[Reference, ...],
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
    ) -> None:
        turn, name = self.turn, full_name(func)
        written = [*written_arguments(func, args, kwargs)]
        for tensor in written:
            turn.wrote(tensor)
            self.wrote.append(turn.see(tensor))
        if not reads and "dtype" in {argument.name for argument in func._schema.arguments}:
            _settle_kind(keywords, result)
        made: list[Reference] = []
        blank = allocates(name)
        results = result if isinstance(result, tuple) else (result,)
        scratch = _SCRATCH.get(func.name().partition(".")[0], ())
        for place in scratch:
            turn.storage_of(result[place], made=True).blank = True
        outputs = tuple(self._output(entry, blank, made) for entry in results)
        writes = references_of(turn, written)
        unstable = _is_unstable(func, args, kwargs) or grows(name)
        if unstable:
            turn.keep_whole([*tensors_in(result), *written])
        ran = Ran(name, arguments, keywords, outputs, reads, writes, tuple(made), event, unstable, draw)
        turn.ran.append(ran)
        if draw:
            self._left[draw[0]] = state_of(kwargs.get("generator"))

    def begin(self) -> Turn:
        """Start a new turn and return the one that ended."""
        ended, self.turn = self.turn, Turn(self._is_known)
        self._left = {}
        return ended

    def _number(self, generator: torch.Generator | None) -> int:
        known = self.turn.generators
        if generator is None or generator is torch.default_generator:
            return -1
        if not any(generator is other for other in known):
            known.append(generator)
        return next(number for number, other in enumerate(known) if other is generator)

    def _draw(self, func: Any, kwargs: dict[str, Any]) -> tuple[int, bytes, bool] | None:
        if torch.Tag.nondeterministic_seeded not in func.tags:
            return None
        generator = kwargs.get("generator")
        number, state = self._number(generator), state_of(generator)
        return number, state, self._left.get(number) == state

    def _encode(self, argument: Any) -> Any:
        match argument:
            case None | bool() | str():
                return argument
            case Tensor():
                if is_plain(argument):
                    return {"slot": self.turn.see(argument)}
                self.turn.cannot_see(_kind_of(argument))
                return None
            case int() | float() | complex():
                return {"constant": self.turn.constant(argument)}
            case torch.dtype():
                return {"dtype": str(argument).removeprefix("torch.")}
            case torch.device():
                return {"device": str(argument)}
            case torch.layout():
                return {"layout": str(argument).removeprefix("torch.")}
            case torch.memory_format():
                return {"memory_format": str(argument).removeprefix("torch.")}
            case torch.Generator():
                return {"generator": self._number(argument)}
            case list() | tuple():
                return {"list": [self._encode(entry) for entry in argument]}
        self.turn.cannot_see(f"an argument of type {type(argument).__name__}")
        return None

    def _output(self, entry: Any, blank: bool, made: list[Reference]) -> Any:
        if isinstance(entry, (tuple, list)):
            return tuple(self._output(part, blank, made) for part in entry)
        if not isinstance(entry, Tensor):
            return None
        if not is_plain(entry):
            self.turn.cannot_see(_kind_of(entry))
            return None
        if blank and not self.turn.knows(entry):
            storage = self.turn.storage_of(entry, made=True)
            storage.blank, storage.maker = True, len(self.turn.ran)
        made.append(self.turn.look(entry, made=True))
        return made[-1].slot


def _with_tensors(func: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return arguments with tensors where the operation wants some: modes get a traced function's sizes as numbers."""
    places = [place for place in _tensor_places(func) if place < len(args) and type(args[place]) in _NUMBERS]
    # Python's numbers are as wide as these, whatever the default is.
    wide = {float: torch.float64, complex: torch.complex128}
    made = {place: torch.tensor(args[place], dtype=wide.get(type(args[place]))) for place in places}
    return tuple(made.get(place, value) for place, value in enumerate(args))


_NUMBERS = (int, float, bool, complex)


@cache
def _tensor_places(func: Any) -> tuple[int, ...]:
    """Return which arguments of an operation must be tensors; none if it takes numbers for them."""
    if torch._C._should_allow_numbers_as_tensors(func.overloadpacket.__name__):  # type: ignore[attr-defined]
        return ()
    tensor = torch._C.TensorType.get()
    return tuple(n for n, argument in enumerate(func._schema.arguments) if isinstance(argument.type, type(tensor)))


def _settle_kind(keywords: dict[str, Any], result: Any) -> None:
    """Write down the dtype and device that a new tensor got by default."""
    if isinstance(result, Tensor) and keywords.get("dtype") is None:
        keywords["dtype"] = {"dtype": dtype_name(result.dtype)}
    if isinstance(result, Tensor) and keywords.get("device") is None:
        keywords["device"] = {"device": str(result.device)}


def tensors_in(values: Any) -> Iterator[Tensor]:
    """Go through all tensors in nested tuples, lists and dictionaries."""
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, (tuple, list)):
        for value in values:
            yield from tensors_in(value)
    elif isinstance(values, dict):
        for value in values.values():
            yield from tensors_in(value)
    elif isinstance(values, slice):
        yield from tensors_in((values.start, values.stop, values.step))


def written_arguments(func: Any, args: Any, kwargs: dict[str, Any]) -> Iterator[Tensor]:
    """Go through the tensors that an operation writes to."""
    for position, name in _written(func):
        argument = args[position] if position < len(args) else kwargs.get(name)
        yield from (tensor for tensor in tensors_in(argument) if is_plain(tensor))


@cache
def _written(func: Any) -> tuple[tuple[int, str], ...]:
    undeclared = _UNDECLARED_WRITES.get(func.name().partition(".")[0], ())
    return tuple(
        (position, argument.name)
        for position, argument in enumerate(func._schema.arguments)
        if (argument.alias_info is not None and argument.alias_info.is_write) or position in undeclared
    )


def state_of(generator: torch.Generator | None) -> bytes:
    """Return the state of a random generator; None is PyTorch's default one."""
    return bytes((generator or torch.default_generator).get_state().numpy())


@cache
def full_name(func: Any) -> str:
    """Return an operation's name with its overload: `aten::mul.Tensor`."""
    return f"{func.namespace}::{func.overloadpacket.__name__}.{func._overloadname}"


def _is_unstable(func: Any, args: Any, kwargs: dict[str, Any]) -> bool:
    """Return whether the operation adds in another order from run to run.

    Of 23 operations that add where several entries may meet, on two threads, only index_put did (60 runs of each).
    """
    if "index_put" not in func.name() or torch.get_num_threads() == 1:
        return False
    return (
        bool(kwargs.get("accumulate", len(args) > 3 and args[3])) and not torch.are_deterministic_algorithms_enabled()
    )


def _kind_of(tensor: Tensor) -> str:
    layout, dtype = str(tensor.layout).removeprefix("torch."), dtype_name(tensor.dtype)
    return f"a {layout} {type(tensor).__name__} of {dtype} on {tensor.device}"


def plain_tensors_in(values: Any) -> Iterator[Tensor]:
    """Go through the plain tensors in nested values; wrappers of torch.func are opened."""
    return (tensor for tensor in map(_opened, tensors_in(values)) if is_plain(tensor))


def references_of(turn: Turn, values: Any) -> tuple[Reference, ...]:
    """Return the plain tensors in nested values as they are now."""
    return tuple(turn.look(tensor) for tensor in plain_tensors_in(values))


def _opened(tensor: Tensor) -> Tensor:
    functorch = torch._C._functorch  # type: ignore[attr-defined]
    while functorch.is_functorch_wrapped_tensor(tensor):
        tensor = functorch.get_unwrapped(tensor)
    return tensor
