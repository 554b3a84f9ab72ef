"""How numbers flow through a program: who made, took, wrote each buffer. True for every step that runs it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from retrograd.checks.calls import FLOATS
from retrograd.recording import Event, Operation, Program, Reference, Slot

_PASSING = frozenset({"Tensor.detach", "Tensor.detach_", "torch.detach", "Tensor.data.__get__"})
_ASSIGNS = "Tensor.__setitem__"
_NO_FORWARD = frozenset({"call", "backward", "accumulate", "clear", "update", "read"})


class Flow:
    """What a program says about the numbers of every step that runs it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.events, self.assigned = _with_assignments(program)
        self.tracked = [event.tracked for event in program.events]
        """For each event: whether gradients were being tracked."""
        self._firsts: dict[int, Event | None] = {}

    # ------------------------------------------------------------ what a reference or an event refers to

    def maker(self, reference: Reference) -> int | None:
        """Return the event that made the numbers of a reference, as they are when the program ends if it says no more.

        Of what was assigned to a part of a tensor last, and not looked at, a program knows no buffer.
        """
        return self.makers.get(reference.buffer) if reference.buffer >= 0 else self.assigned.get(reference.slot)

    def slot(self, reference: Reference) -> Slot:
        """Return the slot of a reference."""
        return self.program.slots[reference.slot]

    def storage(self, reference: Reference) -> int:
        """Return the storage of a reference."""
        return self.program.slots[reference.slot].storage

    def operations(self, event: Event) -> tuple[Operation, ...]:
        """Return the operations that ran under an event."""
        return self.program.operations[event.operations[0] : event.operations[1]]

    def first_of(self, storage: int) -> Event | None:
        """Return the event that a storage of this program first came out of."""
        if storage not in self._firsts:
            outside = (e for e in self.events if any(self.storage(r) == storage for r in e.outputs))
            self._firsts[storage] = next(outside, None)
        return self._firsts[storage]

    def written(self, event: Event) -> dict[int, Reference]:
        """Return the storages that an event wrote to in place, with what it left there. A slice is no write."""
        taken = set(event.inputs)
        slots = {reference.slot for reference in taken}
        return {self.storage(r): r for r in event.outputs if r.slot in slots and r not in taken}

    # ------------------------------------------------------------ buffers

    @cached_property
    def makers(self) -> dict[int, int]:
        """The event that made each buffer."""
        found: dict[int, int] = {}
        for event in self.events:
            taken = {reference.buffer for reference in event.inputs}
            for reference in event.outputs:
                if reference.buffer >= 0 and reference.buffer not in taken:
                    found.setdefault(reference.buffer, event.number)
        return found

    @cached_property
    def users(self) -> dict[int, list[Event]]:
        """The events that took each buffer in."""
        found: dict[int, list[Event]] = {}
        for event in self.events:
            for buffer in dict.fromkeys(reference.buffer for reference in event.inputs):
                found.setdefault(buffer, []).append(event)
        return found

    @cached_property
    def detached(self) -> dict[int, list[int]]:
        """The events that gave each buffer on as it was: as one that wants no gradient, or through an idle dropout."""
        found: dict[int, list[int]] = {}
        for event in self.events:
            if event.name in _PASSING or "dropout" in event.name:
                for reference in event.inputs:
                    found.setdefault(reference.buffer, []).append(event.number)
        return found

    @cached_property
    def dependent(self) -> frozenset[int]:
        """The buffers that were computed from leaves with gradients tracked, the leaves' own among them."""
        leaves = set(self.parameters)
        found: set[int] = set()
        for event, tracked in zip(self.events, self.tracked, strict=True):
            if event.kind in _NO_FORWARD:
                continue
            found |= {r.buffer for r in event.inputs if self.storage(r) in leaves}
            computes = event.kind == "forward" or event.name == _ASSIGNS
            if tracked and computes and any(r.buffer in found for r in event.inputs):
                found |= {r.buffer for r in event.outputs if self.slot(r).dtype in FLOATS}
        return frozenset(found)

    # ------------------------------------------------------------ from the inputs to an event

    def behind(self, event: Event) -> list[Event]:
        """Return the events whose results went into an event, itself last: the flow of data, whatever autograd did."""
        key = ("behind", event.number)
        cache = self.program.cache
        if key not in cache:
            waiting, known = [event], {event.number}
            while waiting:
                for reference in waiting.pop().inputs:
                    makers = [self.makers.get(reference.buffer), *self.detached.get(reference.buffer, ())]
                    for maker in makers:
                        if maker is not None and maker not in known and maker < event.number:
                            known.add(maker)
                            waiting.append(self.events[maker])
            cache[key] = [self.events[number] for number in sorted(known)]
        return cache[key]

    def path(self, leaf: int, event: Event) -> list[Event]:
        """Return the events by which a leaf's numbers came into an event, whether or not autograd followed them."""
        made: set[int] = set()
        found = []
        for other in self.behind(event):
            if any(self.storage(r) == leaf or r.buffer in made for r in other.inputs):
                made |= {r.buffer for r in other.outputs if r.buffer >= 0}
                found.append(other)
        return found

    def used(self, event: Event) -> set[int]:
        """Return the storages of all leaves and other outside tensors that went into an event."""
        inputs = (r for other in self.behind(event) for r in other.inputs)
        return {self.storage(r) for r in inputs if self.slot(r).external}

    # ------------------------------------------------------------ autograd

    @cached_property
    def parameters(self) -> dict[int, int]:
        """A slot for the storage of each leaf that a backward pass reached."""
        return {slot.storage: slot.number for slot in reversed(self.program.slots) if slot.parameter}

    @cached_property
    def gradients(self) -> dict[int, int]:
        """The leaf's storage for the storage of each gradient."""
        slots = self.program.slots
        return {s.storage: slots[s.gradient_of].storage for s in slots if s.gradient_of is not None}

    @cached_property
    def in_graph(self) -> dict[int, list[Event]]:
        """The backward nodes of each forward event that a backward call went through."""
        found: dict[int, list[Event]] = {}
        for event in self.events:
            if event.node is not None and event.node.forward is not None:
                found.setdefault(event.node.forward, []).append(event)
        return found

    @cached_property
    def calls(self) -> list[Event]:
        """The backward calls."""
        return [event for event in self.events if event.kind == "call"]

    def root(self, call: Event) -> Event | None:
        """Return the event that made what backward was called on."""
        maker = self.makers.get(call.inputs[0].buffer) if call.inputs else None
        return None if maker is None else self.events[maker]


def _with_assignments(program: Program) -> tuple[tuple[Event, ...], dict[int, int]]:
    """Return the events of a program, where `p[i] = …`, which returns nothing, gives what it left in `p`.

    Its numbers have a buffer of their own only once somebody looks at them. Where nobody does in this program, the
    last assignment to a slot is returned beside the events.
    """
    events = list(program.events)
    waiting: dict[int, int] = {}
    seen = {reference.buffer for reference in program.start}
    for number, event in enumerate(program.events):
        for reference in event.inputs:
            if reference.buffer not in seen and reference.slot in waiting:
                assigned = waiting.pop(reference.slot)
                events[assigned] = replace(events[assigned], outputs=(reference,))
        seen |= {reference.buffer for reference in (*event.inputs, *event.outputs)}
        if event.name == _ASSIGNS and event.inputs and not event.outputs:
            waiting[event.inputs[0].slot] = number
    return tuple(events), waiting
