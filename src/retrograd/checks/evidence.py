"""Questions of provenance that checks put to a recording: who wrote, cleared, read what, and where it came from.

A `Turn` is a step with what its program says once for all steps that run it (`Structure`), and the identity of its
memory over steps: a *thing* is a storage for as long as it lives, found by following the steps' bindings.

The life of a gradient is a sequence of `Act`s: accumulated, scaled, consumed by an update, cleared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from retrograd.checks.finding import Finding, Place, Severity
from retrograd.checks.sources import Sources
from retrograd.errors import RetrogradError
from retrograd.recording import (
    Event,
    Line,
    Operation,
    Program,
    Recording,
    Reference,
    Slot,
    Step,
    loss_of,
    value_of,
)

MOST_STEPS = 4000
"""So many steps are looked at: the first ones. A mistake that shows only later is left to whoever records less."""

MOST_SLOTS, FEWEST_STEPS = 40_000, 20
"""Where each step does something else, reading them takes long: after so many tensors no more are read."""

Deed = Literal["accumulate", "scale", "update", "write", "clear", "rebind", "idle"]
"""What happened to a leaf: something arrived in its .grad; its .grad was changed in place; the leaf was written to with
what was made of its .grad, or with something else; its .grad was cleared; a new tensor was made of it and its .grad;
an optimiser that holds it found no .grad."""

VIEWS = frozenset(
    [
        "view",
        "reshape",
        "squeeze",
        "unsqueeze",
        "flatten",
        "expand",
        "expand_as",
        "view_as",
        "reshape_as",
        "t",
        "T",
        "mT",
        "permute",
        "transpose",
        "contiguous",
        "detach",
        "data",
        "clone",
        "to",
        "float",
        "double",
        "type",
        "requires_grad_",
        "squeeze_",
        "unsqueeze_",
        "movedim",
        "swapaxes",
        "atleast_1d",
        "atleast_2d",
        "ravel",
        "unflatten",
        "half",
        "bfloat16",
        "type_as",
        "cpu",
        "alias",
        "__get__",
        "cuda",
    ]
)
"""Calls after which the numbers are the same ones."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happened to a leaf or to its gradient."""

    deed: Deed
    leaf: int
    """The storage in the program; `Turn.things` says which thing that is in a step."""
    event: int
    fresh: bool = True
    """For accumulate: there was no gradient before."""
    own: bool = True
    """For update and rebind: what was written was made of this leaf's own gradient."""


class Structure:
    """What a program says about every step that runs it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.events = program.events
        self.tracked = [event.tracked for event in program.events]
        """For each event: whether gradients were being tracked."""

    def slot(self, reference: Reference) -> Slot:
        """Return the slot of a reference."""
        return self.program.slots[reference.slot]

    def storage(self, reference: Reference) -> int:
        """Return the storage of a reference."""
        return self.program.slots[reference.slot].storage

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
            if event.kind in ("call", "backward", "accumulate", "clear", "update", "read"):
                continue
            found |= {r.buffer for r in event.inputs if self.storage(r) in leaves}
            if tracked and event.kind == "forward" and any(r.buffer in found for r in event.inputs):
                found |= {r.buffer for r in event.outputs if self.slot(r).dtype in FLOATS}
        return frozenset(found)

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

    @cached_property
    def acts(self) -> tuple[Act, ...]:
        """What happened to leaves and their gradients, in order."""
        idle = [
            Act("idle", shape_storage, stepping.last) for stepping in self.steppings for shape_storage in stepping.empty
        ]
        return tuple(sorted((*_acts(self), *idle), key=lambda act: act.event))

    @cached_property
    def steppings(self) -> list[Stepping]:
        """The calls of optimisers' `step`, in order."""
        return list(_steppings(self))

    @cached_property
    def users(self) -> dict[int, list[Event]]:
        """The events that took each buffer in."""
        found: dict[int, list[Event]] = {}
        for event in self.events:
            for buffer in dict.fromkeys(reference.buffer for reference in event.inputs):
                found.setdefault(buffer, []).append(event)
        return found

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

    def written(self, event: Event) -> dict[int, Reference]:
        """Return the storages that an event wrote to in place, with what it left there. A slice is no write."""
        taken = set(event.inputs)
        slots = {reference.slot for reference in taken}
        return {self.storage(r): r for r in event.outputs if r.slot in slots and r not in taken}

    def path(self, leaf: int, event: Event) -> list[Event]:
        """Return the events by which a leaf's numbers came into an event, whether or not autograd followed them."""
        made: set[int] = set()
        found = []
        for other in self.behind(event):
            if any(self.storage(r) == leaf or r.buffer in made for r in other.inputs):
                made |= {r.buffer for r in other.outputs if r.buffer >= 0}
                found.append(other)
        return found

    def root(self, call: Event) -> Event | None:
        """Return the event that made what backward was called on."""
        maker = self.makers.get(call.inputs[0].buffer) if call.inputs else None
        return None if maker is None else self.events[maker]

    def used(self, event: Event) -> set[int]:
        """Return the storages of all leaves and other outside tensors that went into an event."""
        inputs = (r for other in self.behind(event) for r in other.inputs)
        return {self.storage(r) for r in inputs if self.slot(r).external}

    def operations(self, event: Event) -> tuple[Operation, ...]:
        """Return the operations that ran under an event."""
        return self.program.operations[event.operations[0] : event.operations[1]]


@dataclass(frozen=True, slots=True)
class Stepping:
    """One call of an optimiser's `step`."""

    first: int
    """Its first event."""
    last: int
    """Its last event."""
    held: tuple[int, ...]
    """Storages of the parameters that the optimiser holds and wants gradients of."""
    empty: tuple[int, ...]
    """Of these, the ones whose .grad was None."""
    made_state: bool
    """It made tensors of state anew."""
    line: int | None


@dataclass(slots=True)
class Turn:
    """A step of the recording."""

    number: int
    step: Step
    shape: Structure
    things: dict[int, int] = field(default_factory=dict)
    """Which thing each storage of the program is."""

    @property
    def program(self) -> Program:
        """What the step ran."""
        return self.shape.program

    def thing(self, reference: Reference) -> int:
        """Return the thing that a reference shows."""
        return self.things[self.shape.storage(reference)]


class Evidence:
    """A recording, as checks look at it."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.sources = Sources(recording.texts)
        self.lines = list(recording.lines)
        self._shapes: dict[int, Structure] = {}
        self._count = 0
        self.turns: list[Turn] = []
        """What came before the loop, its steps, what came after: those that were written down with their structure."""
        self._by_number: dict[int, Turn] = {}
        self._names: dict[int, str] = {}
        self._read()

    # ------------------------------------------------------------ turns

    def _read(self) -> None:
        recording = self.recording
        steps: list[Step] = [recording.before] if recording.before is not None else []
        weight, whole = 0, True
        for count, step in enumerate(recording.steps):
            if step.program is not None and step.program.number not in self._shapes:
                weight += len(step.program.slots)
            if count >= MOST_STEPS or (weight > MOST_SLOTS and count > FEWEST_STEPS):
                whole = False
                break
            steps.append(step)
            if step.program is not None:
                self._shapes.setdefault(step.program.number, Structure(step.program))
        if whole and recording.after is not None:
            steps.append(recording.after)
        for step in steps:
            if step.program is not None:
                self._add(step)

    def _add(self, step: Step) -> None:
        program = step.program
        assert program is not None  # the caller has looked
        shape = self._shapes.setdefault(program.number, Structure(program))
        turn = Turn(step.number, step, shape)
        things = turn.things
        for reference, binding in zip(program.start, step.bindings, strict=False):
            storage = program.slots[reference.slot].storage
            earlier = self._by_number.get(step.number - binding[0]) if binding is not None else None
            if earlier is not None and binding is not None:
                things[storage] = earlier.things[earlier.program.slots[binding[1]].storage]
        for slot in program.slots:
            if slot.storage not in things:
                things[slot.storage] = self._count
                self._count += 1
        for event in shape.events:
            if event.name == "Tensor.data.__set__" and len(event.inputs) > 1:
                # The parameter goes on living in other memory.
                things[shape.storage(event.inputs[-1])] = things[shape.storage(event.inputs[0])]
        for slot in program.slots:
            if slot.name:
                self._names.setdefault(things[slot.storage], slot.name)
        self.turns.append(turn)
        self._by_number[step.number] = turn

    @cached_property
    def steps(self) -> list[Turn]:
        """The turns that called backward."""
        return [turn for turn in self.turns if turn.shape.calls]

    def turn(self, number: int) -> Turn | None:
        """Return a turn by the number of its step."""
        return self._by_number.get(number)

    @cached_property
    def samples(self) -> list[Turn]:
        """A few steps spread over the recording, the first and the last finished one among them."""
        steps = [turn for turn in self.steps if turn.step.finished]
        places = sorted({round(share * (len(steps) - 1)) for share in (0, 0.02, 0.1, 0.25, 0.5, 0.75, 1)})
        return [steps[place] for place in places] if steps else []

    @cached_property
    def losses(self) -> np.ndarray:
        """The loss of each step."""
        return np.array([loss_of(turn.step) for turn in self.steps])

    @cached_property
    def error(self) -> tuple[int | None, Line | None, str] | None:
        """The step, the line and the text of the exception that ended the recording."""
        noted = [note for note in self.recording.notes if note.kind == "error"]
        if not noted:
            return None
        note = noted[-1]
        return note.step, self.line(note.line), note.text

    # ------------------------------------------------------------ lines and names

    def line(self, number: int | None) -> Line | None:
        """Return a line by its number in the recording."""
        return self.lines[number] if number is not None and 0 <= number < len(self.lines) else None

    def line_of(self, event: Event) -> Line | None:
        """Return the line of an event."""
        return self.line(event.line)

    def name(self, turn: Turn, reference: Reference, event: Event | None = None) -> str:
        """Return what the person calls a tensor; else the expression that made it; else its shape."""
        slot = turn.shape.slot(reference)
        if slot.name:
            return slot.name
        found = self.origin(turn, reference, event.number if event else None)
        if found:
            line = self.line_of(found[1])
            names = self.sources.targets(line)
            if names:
                return names[0]
            text = self.sources.text(line.file, self.sources.node(line)) if line else ""
            if text and len(text) <= 40:
                return f"`{text}`"
        known = self._names.get(turn.things[slot.storage])
        return known or f"a tensor of shape {slot.shape}"

    def name_of_thing(self, thing: int) -> str:
        """Return a name that a thing had at some time."""
        return self._names.get(thing, "a tensor without a name")

    # ------------------------------------------------------------ provenance

    def origin(
        self, turn: Turn, reference: Reference, before: int | None = None, *, through: frozenset[str] = frozenset()
    ) -> tuple[Turn, Event] | None:
        """Return where the numbers of a reference come from: the event that made them, in this turn or an earlier one.

        Args:
            turn: The turn of the reference.
            reference: What is asked for.
            before: Only events with a smaller number count.
            through: Calls that are gone through, such as VIEWS: what went into them is asked for instead.
        """
        for _ in range(200):
            shape = turn.shape
            maker = shape.makers.get(reference.buffer)
            if maker is not None and (before is None or maker < before):
                event = shape.events[maker]
                if event.name.rpartition(".")[2] in through and event.inputs:
                    reference, before = event.inputs[0], maker
                    continue
                return turn, event
            earlier = self.earlier(turn, reference)
            if earlier is None:
                return None
            (turn, reference), before = earlier, None
        return None

    def earlier(self, turn: Turn, reference: Reference) -> tuple[Turn, Reference] | None:
        """Return what a reference to something from before the step was in the step that it came from."""
        program = turn.program
        for start, binding in zip(program.start, turn.step.bindings, strict=False):
            if start.buffer == reference.buffer or start.slot == reference.slot:
                if binding is None:
                    return None
                other = self._by_number.get(turn.number - binding[0])
                if other is None:
                    return None
                ends = (end for end in other.program.end if end.slot == binding[1])
                found = next(ends, None)
                return None if found is None else (other, found)
        return None

    def producer(self, turn: Turn, reference: Reference, before: int | None = None) -> tuple[Turn, Event] | None:
        """Return the event that computed the numbers of a reference, behind all views and copies."""
        return self.origin(turn, reference, before, through=VIEWS)

    def upstream(self, turn: Turn, reference: Reference, most: int = 80) -> list[tuple[Turn, Event]]:
        """Return the events that a reference's numbers come from, over turns, nearest first; not through leaves."""
        waiting: list[tuple[Turn, Reference, int | None]] = [(turn, reference, None)]
        found: list[tuple[Turn, Event]] = []
        seen: set[tuple[int, int]] = set()
        while waiting and len(found) < most:
            turn, reference, before = waiting.pop(0)
            if turn.shape.slot(reference).parameter:
                continue
            made = self.origin(turn, reference, before)
            if made is None or (made[0].number, made[1].number) in seen:
                continue
            seen.add((made[0].number, made[1].number))
            found.append(made)
            waiting += [(made[0], r, made[1].number) for r in made[1].inputs]
        return found

    # ------------------------------------------------------------ numbers

    def array(self, turn: Turn, reference: Reference | None) -> np.ndarray | None:
        """Return the numbers of a reference; None if they were not kept whole."""
        if reference is None:
            return None
        try:
            return value_of(turn.step, reference).array
        except RetrogradError:
            return None

    def extremes(self, turn: Turn, reference: Reference) -> tuple[float, float] | None:
        """Return the smallest and the largest finite number of a reference, exactly or from its summary."""
        try:
            value = value_of(turn.step, reference)
        except RetrogradError:
            return None
        if value.array is not None and value.array.size and value.array.dtype.kind in "fiub":
            finite = value.array[np.isfinite(value.array)] if value.array.dtype.kind == "f" else value.array
            return (float(finite.min()), float(finite.max())) if finite.size else None
        if value.summary is not None:
            if np.isfinite(value.summary.minimum) and np.isfinite(value.summary.maximum):
                return value.summary.minimum, value.summary.maximum
            sample = value.summary.sample
            finite = sample[np.isfinite(sample)] if sample.dtype.kind == "f" else sample
            return (float(finite.min()), float(finite.max())) if finite.size else None
        return None

    def numbers(self, turn: Turn, reference: Reference | None) -> np.ndarray | None:
        """Return all numbers of a reference, or the sample of its summary, flat."""
        if reference is None:
            return None
        try:
            value = value_of(turn.step, reference)
        except RetrogradError:
            return None
        if value.array is not None:
            return value.array.reshape(-1)
        return None if value.summary is None else value.summary.sample

    def nonfinite(self, turn: Turn, reference: Reference | None) -> int:
        """Return how many numbers of a reference are infinite or NaN, as far as was counted."""
        if reference is None or turn.shape.slot(reference).dtype not in FLOATS:
            return 0
        try:
            value = value_of(turn.step, reference)
        except RetrogradError:
            return 0
        if value.array is not None:
            return int((~np.isfinite(value.array)).sum())
        if value.summary is None:
            return 0
        return (
            value.summary.nonfinite if value.summary.nonfinite >= 0 else int((~np.isfinite(value.summary.sample)).sum())
        )

    def norm(self, turn: Turn, reference: Reference | None) -> float | None:
        """Return the Euclidean norm of a reference."""
        if reference is None:
            return None
        try:
            value = value_of(turn.step, reference)
        except RetrogradError:
            return None
        if value.array is not None:
            return float(np.linalg.norm(value.array.astype("f8").reshape(-1)))
        return None if value.summary is None else value.summary.norm

    def argument(self, turn: Turn, argument: Any) -> Any:
        """Return the number, text or list that an operation's argument was in this step."""
        if isinstance(argument, dict):
            if "constant" in argument:
                number = argument["constant"]
                return turn.step.constants.get(number, turn.program.constants[number].value)
            if "list" in argument:
                return [self.argument(turn, entry) for entry in argument["list"]]
        return argument

    # ------------------------------------------------------------ the life of gradients

    @cached_property
    def acts(self) -> list[tuple[Turn, int, Act]]:
        """What happened to all leaves in all turns, in order: the turn, the thing, what happened."""
        return [(turn, turn.things[act.leaf], act) for turn in self.turns for act in turn.shape.acts]

    @cached_property
    def lives(self) -> dict[int, list[tuple[Turn, Act]]]:
        """The same by leaf."""
        found: dict[int, list[tuple[Turn, Act]]] = {}
        for turn, thing, act in self.acts:
            found.setdefault(thing, []).append((turn, act))
        return found

    @cached_property
    def updated(self) -> set[int]:
        """The leaves that were changed in place after a gradient had arrived, with it or otherwise."""
        arrived: set[int] = set()
        found: set[int] = set()
        for _, thing, act in self.acts:
            if act.deed == "accumulate":
                arrived.add(thing)
            elif act.deed == "update" or (act.deed == "write" and thing in arrived):
                found.add(thing)
        return found

    @cached_property
    def reached(self) -> set[int]:
        """The leaves that a gradient arrived at."""
        return {thing for _, thing, act in self.acts if act.deed == "accumulate"}

    @cached_property
    def held(self) -> set[int]:
        """The things that some optimiser holds, as its `step` showed."""
        return {turn.things[s] for turn in self.turns for stepping in turn.shape.steppings for s in stepping.held}

    # ------------------------------------------------------------ findings

    def finding(
        self,
        name: str,
        severity: Severity,
        line: Line | None,
        fact: str,
        why: str,
        fix: str = "",
        *,
        confidence: float = 0.95,
        others: Iterable[tuple[Line | None, str]] = (),
        events: Iterable[tuple[Turn, Event]] = (),
    ) -> Finding:
        """Return a finding at a line."""
        places = tuple(
            dict.fromkeys(Place(other.file, other.number, role) for other, role in others if other is not None)
        )
        file, number = (line.file, line.number) if line is not None else ("", 0)
        seen = tuple((turn.number, event.number) for turn, event in events)
        return Finding(name, severity, file, number, fact, why, fix, confidence, places, seen)


FLOATS = frozenset({"float64", "float32", "float16", "bfloat16"})


def short(event: Event) -> str:
    """Return the last part of an event's name: `log` for `torch.log` and `Tensor.log`."""
    return event.name.rpartition(".")[2]


def is_view(event: Event) -> bool:
    """Return whether an event's result holds the same numbers as its input."""
    return short(event) in VIEWS


_PASSING = frozenset({"Tensor.detach", "Tensor.detach_", "torch.detach", "Tensor.data.__get__"})
_CLEARS = frozenset({"zero_", "_foreach_zero_"})
_FETCHES = frozenset({"__get__", "detach", "detach_"})
_LOOKS = frozenset({"isnan", "isfinite", "isinf", "any", "all", "isclose", "eq", "ne", "gt", "lt"})


def _acts(shape: Structure) -> Iterator[Act]:
    """Go through what happened to leaves and gradients. Which gradients a tensor is made of is followed by storage."""
    program, gradients = shape.program, dict(shape.gradients)
    leaves = set(shape.parameters) | {
        s.storage for s in program.slots if s.leaf and s.requires_grad and s.external and s.gradient_of is None
    }
    # A gradient that the program knows only by who it belongs to is also known where it was read.
    for event in shape.events:
        if event.name == "Tensor.grad.__get__" and event.inputs and event.outputs:
            gradients.setdefault(shape.storage(event.outputs[0]), shape.storage(event.inputs[0]))
            leaves.add(shape.storage(event.inputs[0]))
    made_of: dict[int, set[int]] = {}
    """The leaves whose gradients went into what a storage holds."""

    def sources(storage: int) -> set[int]:
        own = {gradients[storage]} if storage in gradients else set()
        return own | made_of.get(storage, set())

    for event in shape.events:
        number, name = event.number, short(event)
        if event.kind == "accumulate":
            leaf = shape.storage(event.inputs[0])
            after = {shape.storage(output) for output in event.outputs}
            before = any(shape.storage(given) in after for given in event.inputs[2:])
            for storage in after:
                gradients[storage] = leaf
                made_of.pop(storage, None)
            yield Act("accumulate", leaf, number, fresh=not before)
            continue
        if event.kind == "call":
            for output in event.outputs:
                owner = shape.slot(output).gradient_of
                if owner is not None and event.name.endswith("grad"):
                    yield Act("accumulate", program.slots[owner].storage, number)
            continue
        if event.kind == "backward" or not event.inputs:
            continue
        if event.name == "Tensor.grad.__set__":
            leaf = shape.storage(event.inputs[0])
            yield Act("clear" if len(event.inputs) == 1 else "scale", leaf, number)
            continue
        if event.name == "Tensor.data.__set__" and len(event.inputs) > 1:
            leaf, given = shape.storage(event.inputs[0]), sources(shape.storage(event.inputs[1]))
            if leaf in leaves:
                yield Act("update" if given else "write", leaf, number, own=leaf in given)
            continue
        if name in _FETCHES:
            continue
        inputs = [shape.storage(reference) for reference in event.inputs]
        given = set().union(*(sources(storage) for storage in inputs))
        taken = {reference.buffer for reference in event.inputs}
        written = shape.written(event)
        outputs = {shape.storage(r): r for r in event.outputs if r.buffer not in taken}
        for storage in written:
            if storage in gradients and storage not in leaves:
                leaf = gradients[storage]
                zeroed = name in _CLEARS or (name in ("fill_", "mul_") and _has_zero(shape, event))
                yield Act("clear" if zeroed else "scale", leaf, number)
            elif storage in leaves:
                yield Act("update" if given else "write", storage, number, own=storage in given)
        if event.kind == "update" and not written and not any(s in leaves for s in outputs):
            for storage in inputs:
                if storage in leaves and given:  # written without a change of a single bit
                    yield Act("update", storage, number, own=storage in given)
        for storage, output in outputs.items():
            if name in _LOOKS:
                continue
            if storage not in inputs and storage not in gradients:
                for leaf in leaves & set(inputs):
                    leaf_shape = {shape.slot(r).shape for r in event.inputs if shape.storage(r) == leaf}
                    if leaf in given and shape.slot(output).shape in leaf_shape:
                        yield Act("rebind", leaf, number)
            if given:
                kept = made_of.get(storage, set()) if storage in inputs else set()
                made_of[storage] = given | kept


def _has_zero(shape: Structure, event: Event) -> bool:
    """Return whether a call's number is a zero that stands in the program."""
    for operation in shape.operations(event):
        for argument in operation.arguments:
            if isinstance(argument, dict) and "constant" in argument:
                return shape.program.constants[argument["constant"]].value == 0
    return False


def _steppings(shape: Structure) -> Iterator[Stepping]:
    """Go through what an optimiser's `step` did; the profiler's mark ends it."""
    first: int | None = None
    for event in shape.events:
        if event.text.startswith("optimizer ") and event.name.endswith((".step", ".zero_grad")):
            first = event.number
        elif "_record_function_exit" in event.name and first is not None:
            inside = shape.events[first : event.number + 1]
            first_inside, first = first, None
            if inside[0].name.endswith(".step"):
                gets = [e for e in inside if e.name == "Tensor.grad.__get__" and e.inputs]
                held = dict.fromkeys(shape.storage(e.inputs[0]) for e in gets)
                empty = dict.fromkeys(shape.storage(e.inputs[0]) for e in gets if not e.outputs)
                made = any(short(e) == "zeros_like" for e in inside)
                yield Stepping(first_inside, event.number, tuple(held), tuple(empty), made, event.line)
