"""The life of gradients in one program: accumulated, scaled, consumed by an update, cleared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from retrograd.checks.calls import short
from retrograd.checks.flow import Flow
from retrograd.recording import Event, Reference

Deed = Literal["accumulate", "scale", "update", "write", "clear", "rebind", "idle"]
"""What happened to a leaf: something arrived in its .grad; its .grad was changed in place; the leaf was written to with
what was made of its .grad, or with something else; its .grad was cleared; a new tensor was made of it and its .grad
(or a copy of it was changed by its .grad); an optimiser that holds it found no .grad."""

_CLEARS = frozenset({"zero_", "_foreach_zero_"})
_COPIES = frozenset({"clone", "__deepcopy__"})
_FETCHES = frozenset({"__get__", "detach", "detach_"})
_MAKING = frozenset({"zeros_like"})
"""How optimisers make what they remember. SGD's momentum begins as a copy of the gradient."""
_LOOKS = frozenset({"isnan", "isfinite", "isinf", "any", "all", "isclose", "eq", "ne", "gt", "lt"})


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


def steppings(flow: Flow) -> Iterator[Stepping]:
    """Go through the calls of optimisers' `step`, in order; the profiler's mark ends each."""
    first: int | None = None
    for event in flow.events:
        if event.text.startswith("optimizer ") and event.name.endswith((".step", ".zero_grad")):
            first = event.number
        elif "_record_function_exit" in event.name and first is not None:
            inside = flow.events[first : event.number + 1]
            first_inside, first = first, None
            if inside[0].name.endswith(".step"):
                taken = {r.buffer for e in inside for r in e.inputs}
                gets = [e for e in inside if e.name == "Tensor.grad.__get__" and e.inputs]
                held = dict.fromkeys(flow.storage(e.inputs[0]) for e in gets)
                empty = dict.fromkeys(flow.storage(e.inputs[0]) for e in gets if not e.outputs)
                making = _MAKING | {"clone"} if inside[0].name == "SGD.step" else _MAKING
                made = any(short(e) in making and e.outputs[0].buffer in taken for e in inside if e.outputs)
                yield Stepping(first_inside, event.number, tuple(held), tuple(empty), made, event.line)


def clearing(flow: Flow) -> Iterator[int]:
    """Go through the parameters, storages, whose gradients an optimiser's `zero_grad` clears."""
    first: int | None = None
    for event in flow.events:
        if event.text.startswith("optimizer ") and event.name.endswith(".zero_grad"):
            first = event.number
        elif "_record_function_exit" in event.name and first is not None:
            for inside in flow.events[first : event.number + 1]:
                if inside.name.startswith("Tensor.grad.") and inside.inputs:
                    yield flow.storage(inside.inputs[0])
            first = None


def acts(flow: Flow) -> Iterator[Act]:
    """Go through what happened to leaves and their gradients, in order."""
    life = _Life(flow)
    for event in flow.events:
        yield from life.follow(event)


class _Life:
    """What is known about gradients while the events of a program pass by.

    Which gradients a tensor is made of is followed by storage: `g = w.grad; step = 0.1 * g; w -= step`.
    """

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.gradients = dict(flow.gradients)
        """The leaf of each storage that holds a gradient."""
        self.leaves = set(flow.parameters) | {
            s.storage for s in flow.program.slots if s.leaf and s.requires_grad and s.external and s.gradient_of is None
        }
        self.made_of: dict[int, set[int]] = {}
        """The leaves whose gradients went into what a storage holds."""
        self.copies: dict[int, int] = {}
        """The leaf that a storage was copied from."""
        # A gradient that the program knows only by who it belongs to is also known where it was read.
        for event in flow.events:
            if event.name == "Tensor.grad.__get__" and event.inputs and event.outputs:
                self.gradients.setdefault(flow.storage(event.outputs[0]), flow.storage(event.inputs[0]))
                self.leaves.add(flow.storage(event.inputs[0]))

    def follow(self, event: Event) -> Iterator[Act]:
        """Go through what an event did."""
        if event.kind == "accumulate":
            yield self._arrived(event)
        elif event.kind == "call":
            yield from self._returned(event)
        elif event.kind == "backward" or not event.inputs:
            return
        elif event.name == "Tensor.grad.__set__":
            yield self._set(event)
        elif event.name == "Tensor.data.__set__" and len(event.inputs) > 1:
            leaf, source = (self.flow.storage(reference) for reference in event.inputs[:2])
            if leaf in self.leaves:
                yield self._written_to(leaf, self._sources(source), event)
        elif short(event) not in _FETCHES:
            yield from self._computed(event)

    def _sources(self, storage: int) -> set[int]:
        """Return the leaves whose gradients went into a storage."""
        own = {self.gradients[storage]} if storage in self.gradients else set()
        return own | self.made_of.get(storage, set())

    def _arrived(self, event: Event) -> Act:
        leaf = self.flow.storage(event.inputs[0])
        after = {self.flow.storage(output) for output in event.outputs}
        before = any(self.flow.storage(given) in after for given in event.inputs[2:])
        for storage in after:
            self.gradients[storage] = leaf
            self.made_of.pop(storage, None)
        return Act("accumulate", leaf, event.number, fresh=not before)

    def _set(self, event: Event) -> Act:
        """Something is put in the place of a gradient; what others' gradients were added to arrives there."""
        leaf = self.flow.storage(event.inputs[0])
        if len(event.inputs) == 1:
            return Act("clear", leaf, event.number)
        given = self._sources(self.flow.storage(event.inputs[1]))
        if not given - {leaf}:
            return Act("scale", leaf, event.number)
        return Act("accumulate", leaf, event.number, fresh=leaf not in given)

    def _returned(self, event: Event) -> Iterator[Act]:
        """`torch.autograd.grad` returns what `backward` would have accumulated."""
        for output in event.outputs:
            owner = self.flow.slot(output).gradient_of
            if owner is not None and event.name.endswith("grad"):
                yield Act("accumulate", self.flow.program.slots[owner].storage, event.number)

    def _computed(self, event: Event) -> Iterator[Act]:
        flow = self.flow
        inputs = [flow.storage(reference) for reference in event.inputs]
        given = set().union(*(self._sources(storage) for storage in inputs))
        taken = {reference.buffer for reference in event.inputs}
        written = flow.written(event)
        outputs = {flow.storage(r): r for r in event.outputs if r.buffer not in taken}
        for storage in written:
            if storage in self.gradients and storage not in self.leaves:
                leaf = self.gradients[storage]
                if leaf not in written:  # a fused optimizer may scale gradients back while it updates
                    yield Act("clear" if _zeroes(flow, event) else "scale", leaf, event.number)
            elif storage in self.leaves:
                yield self._written_to(storage, given, event)
            elif self.copies.get(storage) in given:
                yield Act("rebind", self.copies[storage], event.number)
        if short(event) in _COPIES and inputs[0] in self.leaves:
            self.copies |= dict.fromkeys(outputs, inputs[0])
        if event.kind == "update" and not written and not any(s in self.leaves for s in outputs):
            for storage in inputs:
                if storage in self.leaves and given:  # written without a change of a single bit
                    yield self._written_to(storage, given, event)
        if short(event) in _LOOKS:
            return
        for storage, output in outputs.items():
            if storage not in inputs and storage not in self.gradients:
                yield from self._rebound(output, given, event)
            if given:
                kept = self.made_of.get(storage, set()) if storage in inputs else set()
                self.made_of[storage] = given | kept

    def _written_to(self, leaf: int, given: set[int], event: Event) -> Act:
        return Act("update" if given else "write", leaf, event.number, own=leaf in given)

    def _rebound(self, output: Reference, given: set[int], event: Event) -> Iterator[Act]:
        """A new tensor of a leaf's shape, made of it (or a copy) and its gradient: `w = w - 0.1 * w.grad`."""
        flow = self.flow
        own = {r: self.copies.get(flow.storage(r), flow.storage(r)) for r in event.inputs}
        for leaf in self.leaves & set(own.values()):
            shapes = {flow.slot(r).shape for r in event.inputs if own[r] == leaf}
            if leaf in given and flow.slot(output).shape in shapes:
                yield Act("rebind", leaf, event.number)


def _zeroes(flow: Flow, event: Event) -> bool:
    """Return whether a write leaves zeros: `zero_`, or `fill_` and `mul_` with a zero that stands in the program."""
    name = short(event)
    if name in _CLEARS:
        return True
    if name not in ("fill_", "mul_"):
        return False
    for operation in flow.operations(event):
        for argument in operation.arguments:
            if isinstance(argument, dict) and "constant" in argument:
                return flow.program.constants[argument["constant"]].value == 0
    return False
