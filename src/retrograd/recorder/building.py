"""From a watched turn to plain data: its program, and the bytes that the program had in this step."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

from retrograd.recorder.lines import Place
from retrograd.recorder.turn import NOT_WRITTEN, Happened, Ran, Storage, Turn
from retrograd.recording import (
    Buffer,
    Constant,
    Event,
    Kind,
    Layout,
    Node,
    Operation,
    Phase,
    Program,
    Reference,
    Slot,
    extent,
    flat,
    itemsize,
    references_in,
)

Geometry = tuple[str, int, tuple[int, ...], tuple[int, ...]]
"""How a slot looks at its storage: dtype, offset, shape, stride."""


@dataclass(slots=True)
class Built:
    """A program and what it held in one step."""

    program: Program
    signature: bytes
    """Equal for programs that do the same with tensors of the same shapes."""
    layout: Layout
    row: bytes
    contents: dict[int, bytes | None]
    """What each buffer held."""
    constants: tuple[int | float | complex, ...]
    generators: tuple[bytes, ...]
    wholes: dict[int, bytes]
    start: tuple[tuple[int, int, Geometry, bytes | None], ...]
    """For each start reference: its tensor in the turn, the address of its storage, how it looks at it, its content."""
    slots: dict[int, int]
    """Number in the program by number in the turn."""
    buffers: dict[int, int]
    constants_of: dict[int, int]
    alive: dict[int, tuple[Storage, dict[Geometry, tuple[int, bytes | None]]]]
    """Storages that outlive the step, by address: their slots, and what each ended with, if it was seen."""


class Builder:
    """Renumbers what a range of a turn's events used, in the order of first use."""

    def __init__(self, turn: Turn, first: int, last: int, line_number: Callable[[Place], int]) -> None:
        self._turn, self._first, self._last = turn, first, last
        self._line_number = line_number
        self._slots: dict[int, int] = {}
        self._buffers: dict[int, int] = {}
        self._storages: dict[int, int] = {}
        self._constants: dict[int, int] = {}
        self._start: dict[int, Reference] = {}
        self._settled: set[int] = set()
        """Storages that were made or written to in the range: a slot of theirs that turns up later is no start."""
        self._operations: list[Operation] = []
        self._now: dict[int, list[int]] = {}
        """The buffers that hold the present content of each storage."""

    def build(self) -> Built:
        """Return the program of the range and its values."""
        ran = [operation for operation in self._turn.ran if self._first <= operation.event < self._last]
        waiting = deque(ran)
        events: dict[int, tuple[tuple[Reference, ...], tuple[Reference, ...]]] = {}
        open_call: int | None = None
        for number in range(self._first, self._last):
            happened = self._turn.happened[number]
            if open_call is not None and happened.parent != open_call:
                events[open_call] = (
                    events[open_call][0],
                    self._referred(self._turn.happened[open_call].outputs),
                )
                open_call = None
            inputs = self._referred(happened.inputs)
            while waiting and waiting[0].event in (number, open_call):
                self._operations.append(self._operation(waiting.popleft()))
            if happened.kind == "call":
                events[number], open_call = (inputs, ()), number
            else:
                events[number] = (inputs, self._referred(happened.outputs))
        if open_call is not None:
            events[open_call] = (events[open_call][0], self._referred(self._turn.happened[open_call].outputs))
        program = self._program(self._events(events), ran)
        return self._built(program, ran)

    def _events(self, references: dict[int, tuple[tuple[Reference, ...], tuple[Reference, ...]]]) -> tuple[Event, ...]:
        spans: dict[int, tuple[int, int]] = {}
        for place, operation in enumerate(self._operations):
            first, _ = spans.get(operation.event, (place, place))
            spans[operation.event] = (first, place + 1)
        events, reached = [], 0
        for number, (inputs, outputs) in references.items():
            happened = self._turn.happened[number]
            span = spans.get(number - self._first, (reached, reached))
            children = (
                [n for n in references if self._turn.happened[n].parent == number] if happened.kind == "call" else []
            )
            last = max((spans.get(n - self._first, span)[1] for n in children), default=span[1])
            reached = span[1]
            events.append(self._event(number, happened, inputs, outputs, (span[0], max(span[1], last))))
        return tuple(self._with_phases(events))

    def _referred(self, references: tuple[Reference, ...], made: bool = False) -> tuple[Reference, ...]:
        return tuple(self._refer(reference, made) for reference in references)

    def _refer(self, reference: Reference, made: bool = False) -> Reference:
        sight = self._turn.sights[reference.slot]
        storage = self._storages.setdefault(sight.storage.number, len(self._storages))
        known = reference.slot in self._slots
        slot = self._slots.setdefault(reference.slot, len(self._slots))
        new = reference.buffer != NOT_WRITTEN and reference.buffer not in self._buffers
        buffer = (
            self._buffers.setdefault(reference.buffer, len(self._buffers)) if reference.buffer >= 0 else NOT_WRITTEN
        )
        found = Reference(slot, buffer)
        if made:
            self._settled.add(storage)
        elif storage not in self._settled:
            if not known:
                self._start[reference.slot] = found
        elif new and self._operations:
            # It was written through another view: what the last operation left.
            last = self._operations[-1]
            self._operations[-1] = replace(last, results=(*last.results, found))
        if buffer == NOT_WRITTEN:
            return found
        held = self._now.setdefault(storage, [])
        if reference.buffer not in held:
            held.append(reference.buffer)
        return found

    def _operation(self, operation: Ran) -> Operation:
        self._referred(operation.reads)
        for reference in operation.writes:
            number = self._turn.sights[reference.slot].storage.number
            storage = self._storages.setdefault(number, len(self._storages))
            self._settled.add(storage)
            self._now[storage] = []
        outputs = self._made(operation.outputs)
        results = self._referred((*operation.made, *operation.writes), made=True)
        arguments = tuple(self._encoded(argument) for argument in operation.arguments)
        keywords = {name: self._encoded(argument) for name, argument in operation.keywords.items()}
        return Operation(operation.name, arguments, keywords, outputs, results, operation.event - self._first)

    def _made(self, outputs: Any) -> Any:
        if isinstance(outputs, tuple):
            return tuple(self._made(output) for output in outputs)
        if outputs is None:
            return None
        sight = self._turn.sights[outputs]
        fresh = sight.storage.number not in self._storages
        storage = self._storages.setdefault(sight.storage.number, len(self._storages))
        if fresh:
            self._settled.add(storage)
        return self._slots.setdefault(outputs, len(self._slots))

    def _encoded(self, argument: Any) -> Any:
        if not isinstance(argument, dict):
            return argument
        if "slot" in argument:
            return {"slot": self._slots[argument["slot"]]}
        if "constant" in argument:
            return {"constant": self._constants.setdefault(argument["constant"], len(self._constants))}
        if "list" in argument:
            return {"list": [self._encoded(entry) for entry in argument["list"]]}
        return argument

    def _event(
        self,
        number: int,
        happened: Happened,
        inputs: tuple[Reference, ...],
        outputs: tuple[Reference, ...],
        span: tuple[int, int],
    ) -> Event:
        line = None if happened.place is None else self._line_number(happened.place)
        node = happened.node and self._node(happened.node)
        kind = self._kind(number, happened)
        callers = tuple(self._line_number(place) for _, place in happened.chain[-2::-1])
        return Event(
            *(number - self._first, kind, "other", line, happened.name, inputs, outputs, span, node),
            *(happened.text, happened.tracked, callers),
        )

    def _node(self, node: Node) -> Node:
        forward = None if node.forward is None or node.forward < self._first else node.forward - self._first
        gradients_in = tuple(r and self._refer(r) for r in node.gradients_in)
        gradients_out = tuple(r and self._refer(r) for r in node.gradients_out)
        saved = tuple((name, self._refer(reference)) for name, reference in node.saved if self._is_known(reference))
        return replace(node, forward=forward, gradients_in=gradients_in, gradients_out=gradients_out, saved=saved)

    def _is_known(self, reference: Reference) -> bool:
        """Return whether a tensor that was saved turned up in the range itself, so that it starts nothing."""
        return reference.slot in self._slots and (reference.buffer < 0 or reference.buffer in self._buffers)

    def _kind(self, number: int, happened: Happened) -> Kind:
        if happened.kind != "other":
            return happened.kind
        storages = {self._turn.sights[slot].storage.number for slot in happened.wrote}
        gradients, leaves = self._roles
        name = happened.name.rpartition(".")[2]
        if happened.name == "Tensor.grad.__set__":
            return "other" if len(happened.inputs) > 1 else "clear"
        if storages & gradients and name in ("zero_", "fill_", "_foreach_zero_"):
            return "clear"
        if storages & leaves and happened.inputs:
            return "update"
        computes = happened.inputs and happened.outputs and not happened.name.endswith("__get__")
        return "forward" if computes and happened.tracked and not self._is_after_backward(number) else "other"

    @cached_property
    def _roles(self) -> tuple[set[int], set[int]]:
        """Return the storages of gradients, and those of leaves."""
        sights = self._turn.sights
        gradients = {sight.storage.number for sight in sights if sight.gradient_of is not None}
        leaves = {sight.storage.number for sight in sights if sight.parameter or (sight.leaf and sight.requires_grad)}
        return gradients, leaves

    def _is_after_backward(self, number: int) -> bool:
        calls = [event for event, _ in self._turn.losses if self._first <= event < self._last]
        return bool(calls) and number > max(calls)

    def _with_phases(self, events: list[Event]) -> list[Event]:
        touched = {"update": 0, "clear": 0}
        for event in events:
            if event.kind in touched:
                touched[event.kind] = event.number
        calls = [event.number for event in events if event.kind == "call"]
        phases: list[Phase] = []
        for event in events:
            phase: Phase = "other"
            if event.kind in ("forward", "backward", "accumulate", "update", "clear"):
                phase = event.kind
            elif event.kind == "call":
                phase = "backward"
            elif calls and calls[-1] < event.number <= touched["update"]:
                phase = "update"
            elif calls and calls[-1] < event.number <= touched["clear"]:
                phase = "clear"
            phases.append(phase)
        return [replace(event, phase=phase) for event, phase in zip(events, phases, strict=True)]

    def _program(self, events: tuple[Event, ...], ran: list[Ran]) -> Program:
        turn = self._turn
        losses = tuple(self._refer(r) for event, r in turn.losses if self._first <= event < self._last)
        gradients = tuple(
            (self._slots[leaf], self._refer(reference))
            for leaf, (event, reference) in turn.gradients.items()
            if self._first <= event < self._last and leaf in self._slots
        )
        names = {inner: turn.constant_names.get(outer) for outer, inner in self._constants.items()}
        constants = tuple(Constant(n, turn.constants[c], names[n]) for c, n in self._constants.items())
        draws = tuple((operation, generator) for operation, generator, _ in _draws(ran))
        unseen = [event for event, _ in turn.unseen if self._first <= event < self._last]
        slots = tuple(self._slot(outer, inner) for outer, inner in self._slots.items())
        start = tuple(self._start.values())
        end = tuple(self._ends())
        kept = self._kept(events, start)
        buffers = tuple(self._buffer(outer, inner, inner in kept) for outer, inner in self._buffers.items())
        unstable = tuple(number for number in range(len(ran)) if ran[number].unstable)
        return Program(
            *(-1, slots, buffers, constants, tuple(self._operations), events, start, end),
            *(losses, gradients, draws, not unseen, unstable),
        )

    def _kept(self, events: tuple[Event, ...], start: tuple[Reference, ...]) -> set[int]:
        shown = {reference.buffer for reference in start}
        for event in events:
            if event.node is None:
                shown |= {reference.buffer for reference in (*event.inputs, *event.outputs)}
            else:
                shown |= {reference.buffer for reference in event.node.gradients_in if reference}
                shown |= {reference.buffer for reference in event.outputs if event.kind == "accumulate"}
        return {
            inner
            for outer, inner in self._buffers.items()
            if inner in shown and self._turn.contents[outer].data is not None
        }

    def _slot(self, outer: int, inner: int) -> Slot:
        sight = self._turn.sights[outer]
        gradient_of = None if sight.gradient_of is None else self._slots.get(sight.gradient_of)
        name = sight.name
        if sight.gradient_of is not None and (owner := self._turn.sights[sight.gradient_of].name):
            name = f"{owner}.grad"
        return Slot(
            inner,
            self._storages[sight.storage.number],
            sight.dtype,
            sight.shape,
            sight.stride,
            sight.offset,
            sight.device,
            outer in self._start,
            name,
            sight.leaf,
            sight.requires_grad,
            sight.parameter,
            gradient_of,
        )

    def _buffer(self, outer: int, inner: int, kept: bool) -> Buffer:
        held = self._turn.contents[outer]
        storage = self._storages[held.storage.number]
        return Buffer(inner, storage, held.start, held.nbytes, held.dtype, held.whole, kept)

    def _ends(self) -> Iterator[Reference]:
        for outer, inner in self._slots.items():
            if not is_gone(self._turn.sights[outer].storage):
                buffer = self._shown_last(outer)
                yield Reference(inner, NOT_WRITTEN if buffer is None else self._buffers[buffer])

    def _shown_last(self, outer: int) -> int | None:
        """Return the buffer that shows a tensor as it was at the end of the range, if it was looked at since."""
        sight = self._turn.sights[outer]
        size = itemsize(sight.dtype)
        place = sight.offset * size, extent(sight.shape, sight.stride, size)
        for buffer in self._now.get(self._storages[sight.storage.number], ()):
            held = self._turn.contents[buffer]
            if (held.start, held.nbytes) == place and (held.whole or held.count == prod(sight.shape)):
                return buffer
        return None

    def _built(self, program: Program, ran: list[Ran]) -> Built:
        turn = self._turn
        contents = {inner: turn.contents[outer].data for outer, inner in self._buffers.items()}
        layout: Layout = "kept" if None in contents.values() else "all"
        row = b"".join(contents[buffer.number] or b"" for buffer in program.buffers if layout == "all" or buffer.kept)
        wholes = {
            inner: full for outer, inner in self._buffers.items() if (full := turn.contents[outer].full) is not None
        }
        begun = {reference.buffer for reference in program.start if reference.buffer >= 0}
        constants = tuple(turn.constants[outer] for outer in self._constants)
        generators = tuple(state for _, _, state in _draws(ran))
        start = tuple(
            (
                outer,
                _address(turn.sights[outer].storage),
                _geometry(program.slots[r.slot]),
                self._content(r.buffer),
            )
            for outer, r in self._start.items()
        )
        wholes = {buffer: full for buffer, full in wholes.items() if buffer in begun}
        return Built(
            *(program, _signature(program), layout, row, contents, constants, generators, wholes, start),
            *(self._slots, self._buffers, self._constants, self._alive(program)),
        )

    @cached_property
    def _by_number(self) -> dict[int, bytes | None]:
        return {inner: self._turn.contents[outer].data for outer, inner in self._buffers.items()}

    def _content(self, inner: int) -> bytes | None:
        if inner == NOT_WRITTEN:
            return None
        return self._by_number[inner]

    def _alive(self, program: Program) -> dict[int, tuple[Storage, dict[Geometry, tuple[int, bytes | None]]]]:
        outer_of = {inner: outer for outer, inner in self._slots.items()}
        found: dict[int, tuple[Storage, dict[Geometry, tuple[int, bytes | None]]]] = {}
        by_number = {inner: self._turn.contents[outer].data for outer, inner in self._buffers.items()}
        for reference in program.end:
            storage = self._turn.sights[outer_of[reference.slot]].storage
            slots = found.setdefault(_address(storage), (storage, {}))[1]
            slots[_geometry(program.slots[reference.slot])] = (
                reference.slot,
                by_number.get(reference.buffer),
            )
        return found


def _draws(ran: list[Ran]) -> Iterator[tuple[int, int, bytes]]:
    """Go through the operations before which a generator needs its state: the first, and after each reseeding."""
    begun: set[int] = set()
    for number, operation in enumerate(ran):
        if operation.draw is not None:
            generator, state, continues = operation.draw
            if generator not in begun or not continues:
                yield number, generator, state
            begun.add(generator)


def is_gone(storage: Storage) -> bool:
    """Return whether a storage's memory is free, as far as is known."""
    return storage.weak is None or storage.weak.expired()


def _address(storage: Storage) -> int:
    return -1 if storage.weak is None else storage.weak.cdata


def _geometry(slot: Slot) -> Geometry:
    return slot.dtype, slot.offset, slot.shape, slot.stride


def _signature(program: Program) -> bytes:
    """Return what tells programs apart: everything but names, the numbers of constants, and absolute addresses.

    A loop that takes another slice of its data in every turn runs the same program; only where the slice begins
    differs, which is a constant.
    """
    first = {slot.storage: slot.offset for slot in reversed(program.slots)}
    outside = {slot.storage: slot.offset for slot in reversed(program.slots) if slot.external}
    made = {slot for operation in program.operations for slot in flat(operation.outputs)}
    slots = []
    for slot in program.slots:
        origin = outside.get(slot.storage, 0) if slot.external else first[slot.storage]
        offset = None if slot.number in made and not slot.external else slot.offset - origin
        slots.append(replace(slot, name=None, offset=offset))  # type: ignore[arg-type]
    buffers = [replace(buffer, start=0) for buffer in program.buffers]
    references = [_distance(program, reference) for reference in references_in(program)]
    constants = [type(constant.value).__name__ for constant in program.constants]
    events = [replace(event, text="") for event in program.events]
    ends = [program.start, program.end, program.losses, program.gradients, program.draws, program.executable]
    plain = (slots, buffers, references, constants, program.operations, events, ends, program.unstable)
    return hashlib.blake2b(repr(plain).encode(), digest_size=16).digest()


def _distance(program: Program, reference: Reference) -> int | None:
    if reference.buffer < 0:
        return None
    slot = program.slots[reference.slot]
    return slot.offset * itemsize(slot.dtype) - program.buffers[reference.buffer].start
