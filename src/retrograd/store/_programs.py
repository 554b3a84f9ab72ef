"""Programs as JSON, and back. What comes back is checked: a file may be damaged, or made to mislead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, get_args

from retrograd.recording import (
    NUMPY_DTYPES,
    Buffer,
    Constant,
    Event,
    Kind,
    Node,
    Operation,
    Phase,
    Program,
    Reference,
    Slot,
)
from retrograd.store._format import from_json, to_json

MAX_DIMENSIONS = 64
"""As in PyTorch and NumPy."""

MAX_SIZE = 1 << 48
"""No tensor has more entries, no storage more bytes."""

_GENERATORS = 1 << 16
"""No program draws from more random generators."""

_KINDS = frozenset(get_args(Kind))
_PHASES = frozenset(get_args(Phase))


def program_to_json(program: Program) -> str:
    """Write a program, without its number, as JSON.

    Slots, buffers, constants, operations and events are arrays, and their place is their number.
    """
    return to_json(
        {
            "slots": [
                [
                    *(slot.storage, slot.dtype, slot.shape, slot.stride, slot.offset, slot.device),
                    *(
                        slot.external,
                        slot.name,
                        slot.leaf,
                        slot.requires_grad,
                        slot.parameter,
                        slot.gradient_of,
                    ),
                ]
                for slot in _numbered(program.slots)
            ],
            "buffers": [
                [buffer.storage, buffer.start, buffer.nbytes, buffer.dtype, buffer.whole, buffer.kept]
                for buffer in _numbered(program.buffers)
            ],
            "constants": [[constant.value, constant.name] for constant in _numbered(program.constants)],
            "operations": [
                [
                    *(operation.name, operation.arguments, operation.keywords, operation.outputs),
                    *(_pairs(operation.results), operation.event),
                ]
                for operation in program.operations
            ],
            "events": [
                [
                    *(event.kind, event.phase, event.line, event.name),
                    *(_pairs(event.inputs), _pairs(event.outputs), event.operations),
                    *(_node_to_list(event.node), event.text, event.tracked, event.callers),
                ]
                for event in _numbered(program.events)
            ],
            "start": _pairs(program.start),
            "end": _pairs(program.end),
            "losses": _pairs(program.losses),
            "gradients": [[slot, reference.slot, reference.buffer] for slot, reference in program.gradients],
            "draws": program.draws,
            "executable": program.executable,
            "unstable": program.unstable,
        }
    )


def program_from_json(text: str, number: int, lines: int) -> Program:
    """Read a program.

    Args:
        text: What `program_to_json` wrote.
        number: Its number in the file.
        lines: How many lines there are for events to point to.

    Raises:
        ValueError, TypeError, KeyError, RecursionError: It is none, or something in it points nowhere.
    """
    found = from_json(text)
    constants, events = enumerate(found["constants"]), enumerate(found["events"])
    counts = {name: len(found[name]) for name in ("slots", "buffers", "constants", "operations", "events")}
    check = _Checker(counts["slots"], counts["buffers"])
    return Program(
        number=number,
        slots=tuple(_slot(index, fields, counts["slots"]) for index, fields in enumerate(found["slots"])),
        buffers=tuple(_buffer(index, fields) for index, fields in enumerate(found["buffers"])),
        constants=tuple(Constant(index, _number(value), _name(name)) for index, (value, name) in constants),
        operations=tuple(_operation(fields, counts, check) for fields in found["operations"]),
        events=tuple(_event(index, fields, counts, lines, check) for index, fields in events),
        start=check.references(found["start"]),
        end=check.references(found["end"]),
        losses=check.references(found["losses"]),
        gradients=tuple((_index(slot, counts["slots"]), check.reference(*pair)) for slot, *pair in found["gradients"]),
        draws=tuple(
            (_index(operation, counts["operations"]), _index(generator, _GENERATORS, -1))
            for operation, generator in found["draws"]
        ),
        executable=_truth(found["executable"]),
        unstable=tuple(_index(operation, counts["operations"]) for operation in found["unstable"]),
    )


# ---------------------------------------------------------------- to JSON


def _numbered(parts: Sequence[Any]) -> Sequence[Any]:
    for index, part in enumerate(parts):
        if part.number != index:
            kind = type(part).__name__.lower()
            raise ValueError(f"{kind} {part.number} stands in place {index}; a place is a number")
    return parts


def _pairs(references: Sequence[Reference | None]) -> list[tuple[int, int] | None]:
    return [None if each is None else (each.slot, each.buffer) for each in references]


def _node_to_list(node: Node | None) -> list[Any] | None:
    if node is None:
        return None
    saved = [[name, reference.slot, reference.buffer] for name, reference in node.saved]
    gradients = _pairs(node.gradients_in), _pairs(node.gradients_out)
    return [node.name, node.number, node.forward, node.next, *gradients, saved]


# ---------------------------------------------------------------- from JSON


class _Checker:
    """Knows how many slots and buffers there are, and makes one Reference of each pair."""

    def __init__(self, slots: int, buffers: int) -> None:
        self.slots, self.buffers = slots, buffers
        self.made: dict[tuple[int, int], Reference] = {}

    def reference(self, slot: Any, buffer: Any) -> Reference:
        pair = _index(slot, self.slots), _index(buffer, self.buffers, -1)
        if pair not in self.made:
            self.made[pair] = Reference(*pair)
        return self.made[pair]

    def references(self, pairs: Any) -> tuple[Reference, ...]:
        return tuple(self.reference(*pair) for pair in pairs)

    def optional(self, pairs: Any) -> tuple[Reference | None, ...]:
        return tuple(None if pair is None else self.reference(*pair) for pair in pairs)


def _slot(number: int, fields: Any, slots: int) -> Slot:
    storage, dtype, shape, stride, offset, device, external, *names = fields
    name, leaf, requires_grad, parameter, owner = names
    shape, stride = _sizes(shape), _sizes(stride)
    if len(shape) != len(stride) or len(shape) > MAX_DIMENSIONS or prod(shape) > MAX_SIZE:
        raise ValueError(f"slot {number} has the impossible shape {shape} with stride {stride}")
    return Slot(
        number=number,
        storage=_whole(storage),
        dtype=_dtype(dtype),
        shape=shape,
        stride=stride,
        offset=_whole(offset),
        device=_text(device),
        external=_truth(external),
        name=_name(name),
        leaf=_truth(leaf),
        requires_grad=_truth(requires_grad),
        parameter=_truth(parameter),
        gradient_of=None if owner is None else _index(owner, slots),
    )


def _buffer(number: int, fields: Any) -> Buffer:
    storage, start, nbytes, dtype, whole, kept = fields
    sizes = _whole(start), _whole(nbytes)
    return Buffer(number, _whole(storage), *sizes, _dtype(dtype), _truth(whole), _truth(kept))


def _operation(fields: Any, counts: dict[str, int], check: _Checker) -> Operation:
    name, arguments, keywords, outputs, results, event = fields
    limits = {"slot": counts["slots"], "constant": counts["constants"], "generator": _GENERATORS}
    _check_arguments(arguments, limits)
    _check_arguments(list(keywords.values()), limits)
    return Operation(
        name=_text(name),
        arguments=tuple(arguments),
        keywords=keywords,
        outputs=tuple(_output(each, counts["slots"]) for each in outputs),
        results=check.references(results),
        event=_index(event, counts["events"]),
    )


def _check_arguments(arguments: list[Any], limits: dict[str, int]) -> None:
    for argument in arguments:
        if not isinstance(argument, dict):
            continue
        for kind, value in argument.items():
            if kind == "list":
                _check_arguments(value, limits)
            elif kind in limits:
                _index(value, limits[kind])


def _output(output: Any, slots: int) -> Any:  # a slot's number, None, or a tuple of such
    if isinstance(output, list):
        return tuple(_output(each, slots) for each in output)
    return None if output is None else _index(output, slots)


def _event(number: int, fields: Any, counts: dict[str, int], lines: int, check: _Checker) -> Event:
    kind, phase, line, name, inputs, outputs, (first, end), node, text, tracked, callers = fields
    if kind not in _KINDS or phase not in _PHASES:
        raise ValueError(f"event {number} is of kind {kind!r} in phase {phase!r}; there is no such thing")
    if not _whole(first) <= _whole(end) <= counts["operations"]:
        raise ValueError(f"event {number} holds operations {first} to {end} of {counts['operations']}")
    return Event(
        number=number,
        kind=kind,
        phase=phase,
        line=None if line is None else _index(line, lines),
        name=_text(name),
        inputs=check.references(inputs),
        outputs=check.references(outputs),
        operations=(first, end),
        node=None if node is None else _node(node, counts["events"], check),
        text=_text(text),
        tracked=_truth(tracked),
        callers=tuple(_index(caller, lines) for caller in callers),
    )


def _node(fields: Any, events: int, check: _Checker) -> Node:
    name, number, forward, following, gradients_in, gradients_out, saved = fields
    return Node(
        name=_text(name),
        number=_whole(number),
        forward=None if forward is None else _index(forward, events),
        next=tuple(None if pair is None else (_whole(pair[0]), _whole(pair[1])) for pair in following),
        gradients_in=check.optional(gradients_in),
        gradients_out=check.optional(gradients_out),
        saved=tuple((_text(name), check.reference(slot, buffer)) for name, slot, buffer in saved),
    )


def _whole(value: Any, limit: int = MAX_SIZE) -> int:
    return _index(value, limit + 1)


def _sizes(values: Any) -> tuple[int, ...]:
    return tuple(_whole(value) for value in values)


def _index(value: Any, limit: int, first: int = 0) -> int:
    if type(value) is not int or not first <= value < limit:
        raise ValueError(f"{value!r} is no number from {first} to {limit - 1}")
    return value


def _typed(kind: type, what: str) -> Callable[[Any], Any]:
    def checked(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(f"{value!r} is no {what}")
        return value

    return checked


_text = _typed(str, "text")
_truth = _typed(bool, "true or false")


def _name(value: Any) -> str | None:
    return None if value is None else _text(value)


def _dtype(value: Any) -> str:
    if value not in NUMPY_DTYPES:
        raise ValueError(f"{value!r} is no dtype of a tensor")
    return value


def _number(value: Any) -> int | float | complex:
    if isinstance(value, (int, float, complex)):
        return value
    raise ValueError(f"{value!r} is no number")
