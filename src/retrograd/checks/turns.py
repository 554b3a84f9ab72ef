"""The turns of a loop, and the identity of memory over them.

A *thing* is a storage for as long as it lives: programs number their storages anew, and the bindings of the steps say
which one came from which. So a parameter is the same thing in all turns, whatever it is called.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from retrograd.checks.acts import Act, Stepping, acts, clearing, steppings
from retrograd.checks.calls import VIEWS
from retrograd.checks.flow import Flow
from retrograd.recording import Event, Program, Recording, Reference, Slot, Step

MOST_STEPS = 4000
"""So many steps are looked at: the first ones. A mistake that shows only later is left to whoever records less."""

MOST_SLOTS, FEWEST_STEPS = 40_000, 20
"""Where each step does something else, reading them takes long: after so many tensors no more are read."""

_MOST_HOPS = 200
"""So many steps back the maker of a tensor is looked for."""


class Structure(Flow):
    """What a program says about every step that runs it: how numbers flow, and what happens to gradients."""

    @cached_property
    def steppings(self) -> list[Stepping]:
        """The calls of optimisers' `step`, in order."""
        return list(steppings(self))

    @cached_property
    def cleared(self) -> frozenset[int]:
        """The storages of parameters whose gradients an optimiser's `zero_grad` clears."""
        return frozenset(clearing(self))

    @cached_property
    def acts(self) -> tuple[Act, ...]:
        """What happened to leaves and their gradients, in order."""
        idle = [Act("idle", leaf, stepping.last) for stepping in self.steppings for leaf in stepping.empty]
        return tuple(sorted((*acts(self), *idle), key=lambda act: act.event))


@dataclass(slots=True)
class Turn:
    """A step of the recording."""

    number: int
    step: Step
    shape: Structure
    all: dict[int, Turn] = field(repr=False)
    """All turns of the recording by the numbers of their steps, those before this one at least."""
    things: dict[int, int] = field(default_factory=dict)
    """Which thing each storage of the program is."""

    @property
    def program(self) -> Program:
        """What the step ran."""
        return self.shape.program

    def thing(self, reference: Reference) -> int:
        """Return the thing that a reference shows."""
        return self.things[self.shape.storage(reference)]

    def earlier(self, reference: Reference) -> tuple[Turn, Reference] | None:
        """Return what a reference to something from before the step was in the step that it came from."""
        for start, binding in zip(self.program.start, self.step.bindings, strict=False):
            if start.buffer == reference.buffer or start.slot == reference.slot:
                other = self.all.get(self.number - binding[0]) if binding is not None else None
                if other is None or binding is None:
                    return None
                ends = (end for end in other.program.end if end.slot == binding[1])
                found = next(ends, None)
                return None if found is None else (other, found)
        return self._earlier_view(reference)

    def _earlier_view(self, reference: Reference) -> tuple[Turn, Reference] | None:
        """Return the same view, where the memory that it shows came from; a step says that of each memory once."""
        slot = self.program.slots[reference.slot]
        for start, binding in zip(self.program.start, self.step.bindings, strict=False):
            if binding is None or self.program.slots[start.slot].storage != slot.storage:
                continue
            other = self.all.get(self.number - binding[0])
            if other is None:
                return None
            slots = other.program.slots
            shared = (end for end in other.program.end if slots[end.slot].storage == slots[binding[1]].storage)
            found = next((end for end in shared if _layout(slots[end.slot]) == _layout(slot)), None)
            return None if found is None else (other, found)
        return None


def turns(recording: Recording) -> dict[int, Turn]:
    """Return, by number: what came before the loop, its steps, what came after; those that have their structure."""
    found: dict[int, Turn] = {}
    shapes: dict[int, Structure] = {}
    count = 0
    for step in _steps(recording):
        if step.program is not None:
            shape = shapes.setdefault(step.program.number, Structure(step.program))
            turn = found[step.number] = Turn(step.number, step, shape, found)
            count = _identify(turn, count)
    return found


def _layout(slot: Slot) -> tuple[object, ...]:
    """Return which numbers of its memory a tensor shows, and how."""
    return slot.dtype, slot.shape, slot.stride, slot.offset


def origin(
    turn: Turn, reference: Reference, before: int | None = None, *, through: frozenset[str] = frozenset()
) -> tuple[Turn, Event] | None:
    """Return where the numbers of a reference come from: the event that made them, in this turn or an earlier one.

    Args:
        turn: The turn of the reference.
        reference: What is asked for.
        before: Only events with a smaller number count.
        through: Calls that are gone through, such as VIEWS: what went into them is asked for instead.
    """
    for _ in range(_MOST_HOPS):
        maker = turn.shape.maker(reference)
        if maker is not None and (before is None or maker < before):
            event = turn.shape.events[maker]
            if event.name.rpartition(".")[2] in through and event.inputs:
                reference, before = event.inputs[0], maker
                continue
            return turn, event
        earlier = turn.earlier(reference)
        if earlier is None:
            return None
        (turn, reference), before = earlier, None
    return None


def producer(turn: Turn, reference: Reference, before: int | None = None) -> tuple[Turn, Event] | None:
    """Return the event that computed the numbers of a reference, behind all views and copies."""
    return origin(turn, reference, before, through=VIEWS)


def upstream(turn: Turn, reference: Reference, most: int = 80) -> list[tuple[Turn, Event]]:
    """Return the events that a reference's numbers come from, over turns, nearest first; not through leaves."""
    waiting: list[tuple[Turn, Reference, int | None]] = [(turn, reference, None)]
    found: list[tuple[Turn, Event]] = []
    seen: set[tuple[int, int]] = set()
    while waiting and len(found) < most:
        turn, reference, before = waiting.pop(0)
        if turn.shape.slot(reference).parameter:
            continue
        made = origin(turn, reference, before)
        if made is None or (made[0].number, made[1].number) in seen:
            continue
        seen.add((made[0].number, made[1].number))
        found.append(made)
        waiting += [(made[0], r, made[1].number) for r in made[1].inputs]
    return found


def _steps(recording: Recording) -> list[Step]:
    """Return the steps that are looked at, in order."""
    found: list[Step] = [recording.before] if recording.before is not None else []
    weight, seen = 0, set[int]()
    for count, step in enumerate(recording.steps):
        if step.program is not None and step.program.number not in seen:
            weight += len(step.program.slots)
            seen.add(step.program.number)
        if count >= MOST_STEPS or (weight > MOST_SLOTS and count > FEWEST_STEPS):
            return found
        found.append(step)
    return [*found, recording.after] if recording.after is not None else found


def _identify(turn: Turn, count: int) -> int:
    """Say which thing each storage of a turn is, where `count` things are known; return how many are known now."""
    program, things = turn.program, turn.things
    for reference, binding in zip(program.start, turn.step.bindings, strict=False):
        earlier = turn.all.get(turn.number - binding[0]) if binding is not None else None
        if earlier is not None and binding is not None:
            things[turn.shape.storage(reference)] = earlier.things[earlier.program.slots[binding[1]].storage]
    for slot in program.slots:
        if slot.storage not in things:
            things[slot.storage] = count
            count += 1
    for event in turn.shape.events:
        if event.name == "Tensor.data.__set__" and len(event.inputs) > 1:
            # The parameter goes on living in other memory.
            things[turn.shape.storage(event.inputs[-1])] = things[turn.shape.storage(event.inputs[0])]
    return count
