"""A step with something left out, or with the gradients cleared at its end: another program, made from a recorded one.

What is left out here is what a line does in place, behind backward: a clear, an update, a clipping. Whatever would make
autograd build another graph is not for here: the recorded backward pass would not be the one of the edited script.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from retrograd.errors import BeyondRecordingError
from retrograd.recording import (
    Buffer,
    Event,
    Node,
    Operation,
    Program,
    Reference,
    Slot,
    extent,
    flat,
    itemsize,
    slots_in,
)

WHOLE_NBYTES = 4096
"""As the recorder, an edited program keeps tensors up to this size whole."""

LeftOut = Callable[[Event], bool]


@dataclass(frozen=True, slots=True)
class Edited:
    """An edited program, and how it hangs together with those before and after it."""

    program: Program
    gradients: dict[int, int]
    """For each leaf the slot of the gradient that the step leaves."""
    taken: dict[int, int]
    """Start slots that hold the gradient which the step before left: of which leaf."""


def edited(program: Program, left_out: LeftOut, held: Collection[int] = (), clear: bool = False) -> Edited:
    """Return a program without some of its events.

    Args:
        program: A recorded one.
        left_out: Whether an event is left out.
        held: Leaves whose gradient the step before left, although the recorded one did not.
        clear: Clear the gradients at the end of the step.

    Raises:
        BeyondRecordingError: Others need the result of what is left out.
    """
    gone = {event.number for event in program.events if left_out(event)}
    work = _Edit(program, gone)
    work.accumulate(held)
    work.leave_out(gone)
    if clear:
        work.clear()
    return work.done()


class _Edit:
    """A program while it is edited."""

    def __init__(self, program: Program, gone: set[int]) -> None:
        self.program, self.gone = program, gone
        self.slots, self.buffers = list(program.slots), list(program.buffers)
        self.events = list(program.events)
        self.operations: list[tuple[int, Operation]] = list(enumerate(program.operations))
        """Each with the place that it had, or that of what it stands for."""
        self.start, self.end = list(program.start), list(program.end)
        self.gradients = list(program.gradients)
        self.left: dict[int, int] = {}
        self.taken = {slot.number: slot.gradient_of for slot in program.slots if slot.gradient_of is not None}

    # ------------------------------------------------------------ adding to a gradient that is still there

    def accumulate(self, held: Collection[int]) -> None:
        """Let gradients that the step made be added to those that the step before left."""
        for event in self.program.events:
            made = event.kind == "accumulate" and len(event.inputs) == 2 and event.inputs[0].slot in held
            if made and not self._is_forgotten(event.inputs[0].slot, range(event.number)):
                self._add(event)

    def _is_forgotten(self, leaf: int, numbers: range) -> bool:
        """Return whether one of these events sets the gradient of a leaf to None, and is not left out."""
        return any(
            self.program.events[number].name == "Tensor.grad.__set__"
            and self.program.events[number].inputs[0].slot == leaf
            and number not in self.gone
            for number in numbers
        )

    def _remain(self) -> Iterator[tuple[int, Reference]]:
        """Go through the leaves whose gradient the step leaves."""
        for leaf, reference in self.gradients:
            made = [e.number for e in self.program.events if e.kind == "accumulate" and e.inputs[0].slot == leaf]
            if not self._is_forgotten(leaf, range(max(made, default=0), len(self.program.events))):
                yield leaf, reference

    def _add(self, event: Event) -> None:
        leaf, (made, arrived) = event.inputs[0].slot, (event.outputs[0], event.inputs[1])
        before = next((r for r in self.start if self.slots[r.slot].gradient_of == leaf), None)
        if before is None:
            before = self._new_start(leaf, made)
        after = Reference(before.slot, self._new_buffer(self.slots[before.slot]))
        first, last = event.operations
        added = Operation(
            "aten::add_.Tensor",
            ({"slot": before.slot}, {"slot": arrived.slot}),
            {},
            (before.slot,),
            (after, after),
            event.number,
        )
        kept = [(n, o) for n, o in self.operations if not first <= n < last or o.event != event.number]
        place = next((n for n, (old, _) in enumerate(kept) if old >= first), len(kept))
        self.operations = [*kept[:place], (first, added), *kept[place:]]
        self.events[event.number] = replace(event, inputs=(*event.inputs, before), outputs=(after,))
        self._put_in_place(event.number, made, after)

    def _new_start(self, leaf: int, made: Reference) -> Reference:
        pattern = self.slots[made.slot]
        storage = 1 + max(slot.storage for slot in self.slots)
        name = self.slots[leaf].name
        slot = replace(
            pattern,
            number=len(self.slots),
            storage=storage,
            offset=0,
            external=True,
            name=f"{name}.grad" if name else None,
            leaf=True,
            gradient_of=leaf,
            parameter=False,
        )
        self.slots.append(slot)
        reference = Reference(slot.number, self._new_buffer(slot))
        self.start.append(reference)
        self.taken[slot.number] = leaf
        return reference

    def _new_buffer(self, slot: Slot) -> int:
        size = itemsize(slot.dtype)
        nbytes = extent(slot.shape, slot.stride, size)
        start = slot.offset * size
        number = len(self.buffers)
        self.buffers.append(Buffer(number, slot.storage, start, nbytes, slot.dtype, nbytes <= WHOLE_NBYTES, True))
        return number

    def _put_in_place(self, event: int, old: Reference, new: Reference) -> None:
        """Let everything behind an event use another tensor."""
        storage, begin = self.slots[new.slot].storage, self.buffers[new.buffer].start

        def moved(reference: Reference) -> Reference:
            if reference.slot != old.slot:
                return reference
            if reference.buffer == old.buffer:
                return new
            if reference.buffer >= 0:
                # A write to the gradient behind the event: a clipping, a clear.
                buffer = self.buffers[reference.buffer]
                self.buffers[reference.buffer] = replace(buffer, storage=storage, start=begin)
            return Reference(new.slot, reference.buffer)

        self.operations = [
            (n, o if o.event <= event else _moved(o, {old.slot: new.slot}, moved)) for n, o in self.operations
        ]
        for number, behind in enumerate(self.events):
            if number > event and behind.node is None:
                inputs, outputs = map(moved, behind.inputs), map(moved, behind.outputs)
                self.events[number] = replace(behind, inputs=tuple(inputs), outputs=tuple(outputs))
        self.end = list(dict.fromkeys(map(moved, self.end)))
        self.gradients = [(leaf, moved(reference)) for leaf, reference in self.gradients]

    # ------------------------------------------------------------ leaving out

    def leave_out(self, numbers: set[int]) -> None:
        """Leave out what events did."""
        now = {reference.slot: reference.buffer for reference in self.start}
        known = set(now)
        instead: dict[int, int] = {}
        kept: list[tuple[int, Operation]] = []
        gone: dict[int, str] = {}
        for place, operation in self.operations:
            made = {slot for slot in flat(operation.outputs) if slot is not None}
            if operation.event in numbers:
                for reference in operation.results:
                    if reference.slot in now and reference.buffer >= 0:
                        instead.setdefault(reference.buffer, now[reference.slot])
                gone |= dict.fromkeys(made - known, self.events[operation.event].name)
                continue
            used = {*slots_in(operation.arguments), *slots_in(dict(operation.keywords))}
            self._check(used & gone.keys(), gone, self.events[operation.event])
            known |= made
            kept.append((place, _moved(operation, {}, lambda reference: _instead(reference, instead))))
            now.update({reference.slot: _instead(reference, instead).buffer for reference in operation.results})
        self.operations = kept
        for number, event in enumerate(self.events):
            inputs = tuple(_instead(r, instead) for r in event.inputs if r.slot not in gone)
            outputs = tuple(_instead(r, instead) for r in event.outputs if r.slot not in gone)
            self.events[number] = replace(event, inputs=inputs, outputs=outputs)
            if number in numbers:
                self.events[number] = replace(
                    self.events[number], kind="state", phase="other", outputs=(), text="left out in this replay"
                )
        self.end = [_instead(r, instead) for r in self.end if r.slot not in gone]
        self.gradients = [(leaf, _instead(r, instead)) for leaf, r in self.gradients]
        for _, reference in self._remain():
            if not any(r.slot == reference.slot for r in self.end):
                self.end.append(Reference(reference.slot, now.get(reference.slot, reference.buffer)))

    def _check(self, needed: set[int], gone: dict[int, str], event: Event) -> None:
        for slot in needed:
            raise BeyondRecordingError(
                f"{gone[slot]} cannot be left out: {event.name} needs its result. What works in place can be left out"
            )

    # ------------------------------------------------------------ clearing

    def clear(self) -> None:
        """Clear at the end what gradients are left."""
        for _, reference in self._remain():
            last = next((r for r in self.end if r.slot == reference.slot), None)
            if last is None:
                continue
            after = Reference(last.slot, self._new_buffer(self.slots[last.slot]))
            number, place = len(self.events), len(self.program.operations)
            operation = Operation(
                "aten::zero_.default", ({"slot": last.slot},), {}, (last.slot,), (after, after), number
            )
            self.operations.append((place + number, operation))
            self.events.append(Event(number, "clear", "clear", None, "Tensor.zero_", (last,), (after,), (place, place)))
            self.end[self.end.index(last)] = after

    # ------------------------------------------------------------ the end

    def done(self) -> Edited:
        """Return the program, with everything at its new place."""
        spans: dict[int, tuple[int, int]] = {}
        for place, (_, operation) in enumerate(self.operations):
            spans[operation.event] = spans.get(operation.event, (place, place))[0], place + 1
        events, reached = [], 0
        for event in self.events:
            span = spans.get(event.number, (reached, reached))
            if event.kind == "call":
                inside = [spans[e.number][1] for e in self.events if e.node is not None and e.number in spans]
                span = span[0], max([span[1], *inside])
            else:
                reached = span[1]
            events.append(replace(event, operations=span))
        new = {old: place for place, (old, _) in enumerate(self.operations)}
        ends = {reference.slot for reference in self.end}
        program = replace(
            self.program,
            slots=tuple(self.slots),
            buffers=tuple(self.buffers),
            operations=tuple(operation for _, operation in self.operations),
            events=tuple(events),
            start=tuple(self.start),
            end=tuple(self.end),
            gradients=tuple(self.gradients),
            draws=tuple((new[operation], g) for operation, g in self.program.draws if operation in new),
            unstable=tuple(new[operation] for operation in self.program.unstable if operation in new),
            cache={},
        )
        left = {leaf: reference.slot for leaf, reference in self._remain() if reference.slot in ends}
        started = {reference.slot for reference in self.start}
        taken = {slot: leaf for slot, leaf in self.taken.items() if leaf is not None and slot in started}
        return Edited(_compact(program), left, taken)


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

    return replace(
        program,
        buffers=tuple(replace(b, number=numbers[b.number]) for b in program.buffers if b.number in numbers),
        operations=tuple(replace(o, results=tuple(map(moved, o.results))) for o in program.operations),
        events=tuple(
            replace(
                event,
                inputs=tuple(map(moved, event.inputs)),
                outputs=tuple(map(moved, event.outputs)),
                node=node_in(event.node),
            )
            for event in program.events
        ),
        start=tuple(map(moved, program.start)),
        end=tuple(map(moved, program.end)),
        losses=tuple(map(moved, program.losses)),
        gradients=tuple((leaf, moved(r)) for leaf, r in program.gradients),
    )


def _instead(reference: Reference, buffers: dict[int, int]) -> Reference:
    return Reference(reference.slot, buffers[reference.buffer]) if reference.buffer in buffers else reference


def _moved(operation: Operation, slots: dict[int, int], moved: Callable[[Reference], Reference]) -> Operation:
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
        results=tuple(map(moved, operation.results)),
    )
