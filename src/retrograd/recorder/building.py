"""From a watched turn to plain data: its program, and the bytes that the program had in this step."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from retrograd.recorder.kinds import Kinds, with_phases
from retrograd.recorder.lines import Place
from retrograd.recorder.renumbering import Renumbering
from retrograd.recorder.seen import NOT_WRITTEN, Happened, Ran, Storage
from retrograd.recorder.signature import signature_of
from retrograd.recorder.turn import Turn
from retrograd.recording import Event, Layout, Node, Program, Reference, Slot, unstable_buffers

Geometry = tuple[str, int, tuple[int, ...], tuple[int, ...]]
"""How a slot looks at its storage: dtype, offset, shape, stride."""

Seen = dict[int, tuple[tuple[Reference, ...], tuple[Reference, ...]]]
"""Inputs and outputs of each event, by its number in the turn."""

Alive = dict[int, tuple[Storage, dict[Geometry, tuple[int, bytes | None]]]]
"""Storages that outlive a step, by address: their slots, and what each ended with, if it was seen."""


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
    alive: Alive


class Builder:
    """Makes a program of a range of a turn's events."""

    def __init__(self, turn: Turn, first: int, last: int, line_number: Callable[[Place], int]) -> None:
        self._turn, self._first, self._last = turn, first, last
        self._line_number = line_number
        self._kinds = Kinds(turn, first, last)
        self._numbers = Renumbering(turn, first)
        self._ran = [operation for operation in turn.ran if first <= operation.event < last]

    def build(self) -> Built:
        """Return the program of the range and its values."""
        seen = self._seen()
        events = with_phases([*self._events(seen)])
        return self._built(self._program(events))

    def _seen(self) -> Seen:
        """Go through the range in the order in which things happened, and return what each event refers to.

        What a backward call leaves is looked at behind the nodes that it ran.
        """
        happened, refer = self._turn.happened, self._numbers.references
        waiting = deque(self._ran)
        seen: Seen = {}
        open_call: int | None = None
        for number in range(self._first, self._last):
            if open_call is not None and happened[number].parent != open_call:
                seen[open_call] = seen[open_call][0], refer(happened[open_call].outputs)
                open_call = None
            inputs = refer(happened[number].inputs)
            while waiting and waiting[0].event in (number, open_call):
                self._numbers.add(waiting.popleft())
            if happened[number].kind == "call":
                seen[number], open_call = (inputs, ()), number
            else:
                seen[number] = (inputs, refer(happened[number].outputs))
        if open_call is not None:
            seen[open_call] = seen[open_call][0], refer(happened[open_call].outputs)
        return seen

    def _events(self, seen: Seen) -> Iterator[Event]:
        spans: dict[int, tuple[int, int]] = {}
        for place, operation in enumerate(self._numbers.operations):
            first, _ = spans.get(operation.event, (place, place))
            spans[operation.event] = (first, place + 1)
        reached = 0
        for number, (inputs, outputs) in seen.items():
            happened = self._turn.happened[number]
            first, last = spans.get(number - self._first, (reached, reached))
            reached = last
            if happened.kind == "call":  # its nodes' operations are its own
                children = (n for n in seen if self._turn.happened[n].parent == number)
                last = max((spans[n - self._first][1] for n in children if n - self._first in spans), default=last)
            yield self._event(number, happened, inputs, outputs, (first, max(reached, last)))

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
        kind = self._kinds.of(number, happened)
        # Of a function that calls itself each line counts once, however deep it is.
        callers = tuple(dict.fromkeys(self._line_number(place) for _, place in happened.chain[-2::-1]))
        return Event(
            *(number - self._first, kind, "other", line, happened.name, inputs, outputs, span, node),
            *(happened.text, happened.tracked, callers),
        )

    def _node(self, node: Node) -> Node:
        refer = self._numbers.reference
        forward = None if node.forward is None or node.forward < self._first else node.forward - self._first
        gradients_in = tuple(r and refer(r) for r in node.gradients_in)
        gradients_out = tuple(r and refer(r) for r in node.gradients_out)
        saved = tuple((name, refer(reference)) for name, reference in node.saved if self._numbers.knows(reference))
        return replace(node, forward=forward, gradients_in=gradients_in, gradients_out=gradients_out, saved=saved)

    def _is_in_range(self, event: int) -> bool:
        return self._first <= event < self._last

    def _program(self, events: tuple[Event, ...]) -> Program:
        turn, numbers = self._turn, self._numbers
        losses = tuple(numbers.reference(r) for event, r in turn.losses if self._is_in_range(event))
        gradients = tuple(
            (numbers.slots[leaf], numbers.reference(reference))
            for leaf, (event, reference) in turn.gradients.items()
            if self._is_in_range(event) and leaf in numbers.slots
        )
        draws = tuple((operation, generator) for operation, generator, _ in _draws(self._ran))
        executable = not any(self._is_in_range(event) for event, _ in turn.unseen)
        unstable = tuple(number for number, ran in enumerate(self._ran) if ran.unstable)
        start, end = tuple(numbers.start.values()), tuple(numbers.ends())
        chance = {r.buffer for number in unstable for r in numbers.operations[number].results if r.buffer >= 0}
        buffers = tuple(numbers.buffer_parts(self._kept(events, start) | chance))
        return Program(
            *(-1, tuple(numbers.slot_parts()), buffers, tuple(numbers.constant_parts()), tuple(numbers.operations)),
            *(events, start, end, losses, gradients, draws, executable, unstable),
        )

    def _kept(self, events: tuple[Event, ...], start: tuple[Reference, ...]) -> set[int]:
        """Return the buffers that the views show, as far as they were seen."""
        shown = {reference.buffer for reference in start}
        for event in events:
            if event.node is None:
                shown |= {reference.buffer for reference in (*event.inputs, *event.outputs)}
            else:
                shown |= {reference.buffer for reference in event.node.gradients_in if reference}
                shown |= {reference.buffer for reference in event.outputs if event.kind == "accumulate"}
        contents, buffers = self._turn.contents, self._numbers.buffers
        return {inner for outer, inner in buffers.items() if inner in shown and contents[outer].data is not None}

    def _built(self, program: Program) -> Built:
        turn, numbers = self._turn, self._numbers
        contents = {inner: turn.contents[outer].data for outer, inner in numbers.buffers.items()}
        layout: Layout = "kept" if None in contents.values() else "all"
        row = b"".join(contents[buffer.number] or b"" for buffer in program.buffers if layout == "all" or buffer.kept)
        begun = {reference.buffer for reference in program.start if reference.buffer >= 0} | unstable_buffers(program)
        wholes = {inner: turn.contents[outer].full for outer, inner in numbers.buffers.items() if inner in begun}
        constants = tuple(turn.constants[outer] for outer in numbers.constants)
        generators = tuple(state for _, _, state in _draws(self._ran))
        return Built(
            *(program, signature_of(program), layout, row, contents, constants, generators),
            {buffer: full for buffer, full in wholes.items() if full is not None},
            tuple(self._start(program, contents)),
            *(numbers.slots, numbers.buffers, numbers.constants, self._alive(program, contents)),
        )

    def _start(
        self, program: Program, contents: dict[int, bytes | None]
    ) -> Iterator[tuple[int, int, Geometry, bytes | None]]:
        for outer, reference in self._numbers.start.items():
            content = None if reference.buffer == NOT_WRITTEN else contents[reference.buffer]
            address = _address(self._turn.sights[outer].storage)
            yield outer, address, _geometry(program.slots[reference.slot]), content

    def _alive(self, program: Program, contents: dict[int, bytes | None]) -> Alive:
        outer_of = {inner: outer for outer, inner in self._numbers.slots.items()}
        found: Alive = {}
        for reference in program.end:
            storage = self._turn.sights[outer_of[reference.slot]].storage
            if storage.blank:
                continue  # what it holds when it is used comes from nowhere
            slots = found.setdefault(_address(storage), (storage, {}))[1]
            slots[_geometry(program.slots[reference.slot])] = reference.slot, contents.get(reference.buffer)
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


def _address(storage: Storage) -> int:
    return -1 if storage.weak is None else storage.weak.cdata


def _geometry(slot: Slot) -> Geometry:
    return slot.dtype, slot.offset, slot.shape, slot.stride
