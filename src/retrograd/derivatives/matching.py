"""Which ATen operation made a backward node, and what that operation took and gave. Nothing here knows PyTorch.

A recording ties a node to the person's call that made it. A call may run several operations and make several nodes:
`F.linear` transposes, multiplies and adds. A node is made by an operation of its own name, and passes its gradients on
to the nodes that made the operation's arguments; both together leave one possibility.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from retrograd.derivatives.table import DERIVATIVES, Derivative
from retrograd.recording import Event, Operation, Program, Reference, Step, extent, flat, itemsize


@dataclass(frozen=True, slots=True)
class Made:
    """A backward node, and the forward operation that made it."""

    event: int
    """The node's event."""
    forward: int
    """The event of the person's call."""
    operation: int
    """The number of the operation in the program."""
    derivative: Derivative | None
    """None if the table has no row for the node."""


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of an ATen operation: a name of the signature, and what stood there."""

    name: str
    value: Any  # plain data as retrograd.recording.Operation describes it
    given: bool
    """It was given; otherwise the value is the signature's own."""


# ---------------------------------------------------------------- signatures


_DEFAULTS: Mapping[str, Any] = {
    "None": None,
    "True": True,
    "False": False,
    "Mean": 1,
    "[]": {"list": []},
}


def parameters_of(signature: str) -> list[tuple[str, str, Any, bool]]:
    """Return each parameter of a signature: its type, its name, its default and whether it is given by name only."""
    inside = signature[signature.index("(") + 1 : signature.rindex(" -> ")].rstrip(")")
    found, named = [], False
    for part in re.split(r", (?![^\[(]*[\])])", inside):
        if part == "*":
            named = True
            continue
        declared, _, default = part.partition("=")
        kind, _, name = declared.rpartition(" ")
        found.append((kind, name, _default(default), named))
    return found


def _default(text: str) -> Any:
    if not text:
        return None
    if text in _DEFAULTS:
        return _DEFAULTS[text]
    if text[0] in "'\"":
        return text[1:-1]
    return float(text) if "." in text else int(text)


def arguments_of(operation: Operation, signature: str) -> list[Argument]:
    """Return the arguments of an operation under the names of a signature."""
    found = []
    for place, (_, name, default, named) in enumerate(parameters_of(signature)):
        if not named and place < len(operation.arguments):
            found.append(Argument(name, operation.arguments[place], True))
        elif name in operation.keywords:
            found.append(Argument(name, operation.keywords[name], True))
        else:
            found.append(Argument(name, default, False))
    return found


# ---------------------------------------------------------------- which operation made which node


def operation_word(name: str) -> str:
    """Return the name of an operation such that it equals `node_word` of the node that it makes."""
    word = name.partition("::")[2].partition(".")[0]
    return word.removesuffix("_forward").replace("_", "").lower()


def node_word(name: str) -> str:
    """Return `nativelayernorm` for `NativeLayerNormBackward0`."""
    return re.sub(r"Backward\d*$", "", name).lower()


def operation_row(operation: Operation) -> Derivative | None:
    """Return the row whose forward operation this is; in-place forms count as the operation itself."""
    entry = operation.name.partition("::")[2].removesuffix(".default")
    word, _, overload = entry.partition(".")
    plain_word = word[:-1] if word.endswith("_") else word
    rows = _rows_by_operation()
    for name in (word, plain_word):
        row = rows.get(f"{name}.{overload}" if overload else name)
        if row is not None:
            return row
    return None


@cache
def _rows_by_operation() -> Mapping[str, Derivative]:
    return {row.source.partition("(")[0]: row for row in reversed([*DERIVATIVES.values()])}


def is_own(name: str) -> bool:
    """Return whether a node's name is that of a person's own `torch.autograd.Function`."""
    return name.endswith("Backward")


def made_by(program: Program) -> Mapping[int, Made]:
    """Return for each backward node, by the number of its event, the operation that made it, if that was found."""
    if "made by" not in program.cache:
        program.cache["made by"] = dict(_matches(program))
    return program.cache["made by"]


def _matches(program: Program) -> Iterator[tuple[int, Made]]:
    for nodes in calls_of(program):
        wanted: dict[int, tuple[int, int]] = {}
        """For a node of the call: the slot that it made, and an operation before which it did."""
        taken: set[int] = set()
        for event in nodes:
            node = event.node
            assert node is not None  # calls_of gives nodes
            if event.kind != "backward" or node.forward is None or node.forward >= len(program.events):
                continue
            number = _operation_of(program, event, wanted.get(node.number), taken)
            if number is None:
                continue
            taken.add(number)
            row = DERIVATIVES.get(node.name)
            made = Made(event.number, node.forward, number, row)
            yield event.number, made
            for edge, slot in zip(node.next, inputs_of(program, made), strict=False):
                if edge is not None and slot is not None:
                    wanted.setdefault(edge[0], (slot, number))


def calls_of(program: Program) -> Iterator[list[Event]]:
    """Go through the backward calls: the nodes of each in the order in which they ran."""
    starts = [event.number for event in program.events if event.kind == "call"]
    for start, end in zip(starts, [*starts[1:], len(program.events)], strict=False):
        nodes = [event for event in program.events[start:end] if event.node is not None]
        if nodes:
            yield nodes


def _operation_of(program: Program, event: Event, wanted: tuple[int, int] | None, taken: set[int]) -> int | None:
    node = event.node
    assert node is not None  # the caller has looked
    assert node.forward is not None
    forward = program.events[node.forward]
    word = node_word(node.name)
    candidates = [
        number
        for number in range(*forward.operations)
        if operation_word(program.operations[number].name) == word and number not in taken
    ]
    if wanted is not None:
        slot, before = wanted
        fitting = [
            n for n in candidates if n < before and any(_alike(program, slot, out) for out in outputs_of(program, n))
        ]
        candidates = fitting or candidates
    shapes = [None if r is None else program.slots[r.slot].shape for r in node.gradients_in]
    fitting = [number for number in candidates if _fits(program, number, shapes)]
    return max(fitting, default=None)


def _alike(program: Program, one: int, other: int | None) -> bool:
    """Return whether two slots are the same tensor, looked at in the same way."""
    if other is None:
        return False
    a, b = program.slots[one], program.slots[other]
    return one == other or (a.storage, a.shape, a.stride, a.offset) == (b.storage, b.shape, b.stride, b.offset)


def _fits(program: Program, number: int, shapes: Sequence[tuple[int, ...] | None]) -> bool:
    outputs = outputs_of(program, number)
    return all(
        shape is None or (place < len(outputs) and _shape(program, outputs[place]) == shape)
        for place, shape in enumerate(shapes)
    )


def _shape(program: Program, slot: int | None) -> tuple[int, ...] | None:
    return None if slot is None else program.slots[slot].shape


def outputs_of(program: Program, number: int) -> list[int | None]:
    """Return the slots of an operation's results; a result that is a list gives several."""
    return list(flat(program.operations[number].outputs))


def inputs_of(program: Program, made: Made) -> list[int | None]:
    """Return for each edge of a node the slot of the argument that it belongs to; None where that is no tensor."""
    operation = program.operations[made.operation]
    if made.derivative is None:
        slots = [argument.get("slot") if isinstance(argument, dict) else None for argument in operation.arguments]
        tensors = [slot for slot in slots if slot is not None]
        edges = len(program.events[made.event].node.next)  # type: ignore[union-attr]
        return list(tensors[:edges]) if len(tensors) >= edges else []
    found: list[int | None] = []
    known = {argument.name: argument.value for argument in arguments_of(operation, made.derivative.source)}
    for name in made.derivative.gradients:
        found += [*_slots(known[name])] or [None]
    return found


def _slots(value: Any) -> Iterator[int | None]:
    if isinstance(value, dict) and "slot" in value:
        yield value["slot"]
    elif isinstance(value, dict) and "list" in value:
        for part in value["list"]:
            yield from _slots(part)


# ---------------------------------------------------------------- which content an operation saw


def seen_by(program: Program, number: int) -> Mapping[int, Reference]:
    """Return the tensors that an operation took, as they were then, by their slots."""
    return _sights(program)[number][0]


def left_by(program: Program, number: int) -> Mapping[int, Reference]:
    """Return the tensors that an operation made or wrote to, as it left them, by their slots."""
    return _sights(program)[number][1]


def _sights(program: Program) -> list[tuple[dict[int, Reference], dict[int, Reference]]]:
    if "sights" not in program.cache:
        program.cache["sights"] = list(_look(program))
    return program.cache["sights"]


def _look(program: Program) -> Iterator[tuple[dict[int, Reference], dict[int, Reference]]]:
    now: dict[int, dict[int, Reference]] = {}
    """For each storage: how each of its slots was seen since it was last written to."""
    for reference in program.start:
        now.setdefault(program.slots[reference.slot].storage, {})[reference.slot] = reference
    event = -1
    for operation in program.operations:
        if operation.event != event:
            event = operation.event
            for reference in program.events[event].inputs:
                now.setdefault(program.slots[reference.slot].storage, {})[reference.slot] = reference
        before = {slot: found for slot in slots_in(operation) if (found := _now(program, now, slot)) is not None}
        after = {reference.slot: reference for reference in operation.results}
        for reference in operation.results:
            known = now.setdefault(program.slots[reference.slot].storage, {})
            if _writes(operation, reference, before):
                for slot in [slot for slot, other in known.items() if after.get(slot) != other]:
                    del known[slot]
            known[reference.slot] = reference
        yield before, after


def _writes(operation: Operation, reference: Reference, before: Mapping[int, Reference]) -> bool:
    """Return whether an operation wrote to what a result shows, rather than looking at it in another way."""
    if reference.slot in before:
        return before[reference.slot].buffer != reference.buffer
    word = operation.name.partition("::")[2].partition(".")[0]
    return word.endswith("_") and reference.slot in set(slots_in(operation))


def _now(program: Program, now: Mapping[int, Mapping[int, Reference]], slot: int) -> Reference | None:
    """Return how a tensor is seen now: by itself, or as a part of another one with the same memory."""
    wanted = program.slots[slot]
    known = now.get(wanted.storage, {})
    if slot in known:
        return known[slot]
    size = itemsize(wanted.dtype)
    first = wanted.offset * size
    last = first + extent(wanted.shape, wanted.stride, size)
    for reference in known.values():
        if reference.buffer >= 0:
            buffer = program.buffers[reference.buffer]
            if buffer.start <= first and last <= buffer.start + buffer.nbytes and buffer.whole:
                return Reference(slot, reference.buffer)
    return None


def slots_in(operation: Operation) -> Iterator[int]:
    """Go through the slots among an operation's arguments."""
    yield from _every_slot((operation.arguments, dict(operation.keywords)))


def _every_slot(value: Any) -> Iterator[int]:
    if isinstance(value, dict):
        if "slot" in value:
            yield value["slot"]
            return
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _every_slot(part)


def constant_of(step: Step, number: int) -> int | float | complex:
    """Return what a constant of the program is in a step."""
    assert step.program is not None  # it has constants
    return step.constants.get(number, step.program.constants[number].value)
