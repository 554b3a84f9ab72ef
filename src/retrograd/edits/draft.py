"""A program while it is edited: its parts as lists, and how they become a program again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from retrograd.recording import Buffer, Event, Node, Operation, Program, Reference, Slot, extent, itemsize

WHOLE_NBYTES = 4096
"""As the recorder, an edited program keeps tensors up to this size whole."""

Move = Callable[[Reference], Reference]
"""What a reference becomes."""


@dataclass(slots=True, eq=False)
class Draft:
    """The parts of a program, which may be changed."""

    program: Program
    """As it was recorded."""
    gone: set[int]
    """The events that are left out."""
    slots: list[Slot]
    buffers: list[Buffer]
    events: list[Event]
    operations: list[tuple[int, Operation]]
    """Each with the place that it had, or that of what it stands for."""
    start: list[Reference]
    end: list[Reference]
    gradients: list[tuple[int, Reference]]
    """For each leaf, the gradient that backward left."""
    taken: dict[int, int]
    """Start slots that hold the gradient which the step before left: of which leaf."""


def draft_of(program: Program, gone: set[int]) -> Draft:
    """Return the parts of a program of which some events are to be left out."""
    return Draft(
        program,
        gone,
        list(program.slots),
        list(program.buffers),
        list(program.events),
        list(enumerate(program.operations)),
        list(program.start),
        list(program.end),
        list(program.gradients),
        {slot.number: slot.gradient_of for slot in program.slots if slot.gradient_of is not None},
    )


def new_buffer(draft: Draft, slot: Slot) -> int:
    """Add a content of a slot, and return its number."""
    size, number = itemsize(slot.dtype), len(draft.buffers)
    nbytes = extent(slot.shape, slot.stride, size)
    whole = nbytes <= WHOLE_NBYTES
    draft.buffers.append(Buffer(number, slot.storage, slot.offset * size, nbytes, slot.dtype, whole, True))
    return number


def is_forgotten(draft: Draft, leaf: int, events: range) -> bool:
    """Return whether one of these events sets the gradient of a leaf to None, and is not left out."""
    return any(
        draft.program.events[number].name == "Tensor.grad.__set__"
        and draft.program.events[number].inputs[0].slot == leaf
        and number not in draft.gone
        for number in events
    )


def remaining(draft: Draft) -> Iterator[tuple[int, Reference]]:
    """Go through the leaves whose gradient the step leaves, with that gradient."""
    events = draft.program.events
    for leaf, reference in draft.gradients:
        made = [e.number for e in events if e.kind == "accumulate" and e.inputs[0].slot == leaf]
        if not is_forgotten(draft, leaf, range(max(made, default=0), len(events))):
            yield leaf, reference


def with_moved(operation: Operation, slots: Mapping[int, int], move: Move) -> Operation:
    """Return an operation that takes other slots, and whose results are elsewhere."""

    def encoded(argument: Any) -> Any:
        if isinstance(argument, dict):
            if "slot" in argument:
                return {"slot": slots.get(argument["slot"], argument["slot"])}
            return {key: encoded(value) for key, value in argument.items()}
        return [encoded(entry) for entry in argument] if isinstance(argument, list) else argument

    def output(entry: Any) -> Any:
        return tuple(map(output, entry)) if isinstance(entry, tuple) else slots.get(entry, entry)

    return replace(
        operation,
        arguments=tuple(map(encoded, operation.arguments)),
        keywords={key: encoded(value) for key, value in operation.keywords.items()},
        outputs=tuple(map(output, operation.outputs)),
        results=tuple(map(move, operation.results)),
    )


def program_of(draft: Draft) -> Program:
    """Return the parts as a program, in which operations and contents are numbered anew."""
    new = {old: place for place, (old, _) in enumerate(draft.operations)}
    program = replace(
        draft.program,
        slots=tuple(draft.slots),
        buffers=tuple(draft.buffers),
        operations=tuple(operation for _, operation in draft.operations),
        events=tuple(_spanning(draft)),
        start=tuple(draft.start),
        end=tuple(draft.end),
        gradients=tuple(draft.gradients),
        draws=tuple((new[operation], g) for operation, g in draft.program.draws if operation in new),
        unstable=tuple(new[operation] for operation in draft.program.unstable if operation in new),
        cache={},
    )
    return _compact(program)


def _spanning(draft: Draft) -> Iterator[Event]:
    """Go through the events, each with the places of its operations; of one without any, where it would be."""
    spans: dict[int, tuple[int, int]] = {}
    for place, (_, operation) in enumerate(draft.operations):
        spans[operation.event] = spans.get(operation.event, (place, place))[0], place + 1
    reached = 0
    for event in draft.events:
        span = spans.get(event.number, (reached, reached))
        if event.kind == "call":
            inside = [spans[e.number][1] for e in draft.events if e.node is not None and e.number in spans]
            span = span[0], max([span[1], *inside])
        else:
            reached = span[1]
        yield replace(event, operations=span)


def _compact(program: Program) -> Program:
    """Return a program without the buffers that nothing makes any more."""
    made = {reference.buffer for operation in program.operations for reference in operation.results}
    made |= {reference.buffer for reference in program.start}
    numbers = {old: new for new, old in enumerate(b.number for b in program.buffers if b.number in made)}

    def moved(reference: Reference) -> Reference:
        return Reference(reference.slot, numbers.get(reference.buffer, -1))

    def node_in(node: Node | None) -> Node | None:
        if node is None:
            return None
        return replace(
            node,
            gradients_in=tuple(r and moved(r) for r in node.gradients_in),
            gradients_out=tuple(r and moved(r) for r in node.gradients_out),
            saved=tuple((name, moved(r)) for name, r in node.saved),
        )

    def event_in(event: Event) -> Event:
        inputs, outputs = tuple(map(moved, event.inputs)), tuple(map(moved, event.outputs))
        return replace(event, inputs=inputs, outputs=outputs, node=node_in(event.node))

    return replace(
        program,
        buffers=tuple(replace(b, number=numbers[b.number]) for b in program.buffers if b.number in numbers),
        operations=tuple(replace(o, results=tuple(map(moved, o.results))) for o in program.operations),
        events=tuple(map(event_in, program.events)),
        start=tuple(map(moved, program.start)),
        end=tuple(map(moved, program.end)),
        losses=tuple(map(moved, program.losses)),
        gradients=tuple((leaf, moved(r)) for leaf, r in program.gradients),
    )
