"""Tensors, contents and numbers of a turn get the numbers that they have in a program: the order of first use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod
from typing import Any

from retrograd.recorder.seen import NOT_WRITTEN, Ran, Storage, is_gone
from retrograd.recorder.turn import Turn
from retrograd.recording import Buffer, Constant, Operation, Reference, Slot, extent, itemsize


class Renumbering:
    """What a range of a turn's events used, as it is met."""

    def __init__(self, turn: Turn, first: int) -> None:
        self._turn, self._first = turn, first
        self.slots: dict[int, int] = {}
        """Number in the program by number in the turn; so are the next ones."""
        self.buffers: dict[int, int] = {}
        self.constants: dict[int, int] = {}
        self.start: dict[int, Reference] = {}
        """What the range begins with, by the tensor's number in the turn."""
        self.operations: list[Operation] = []
        self._storages: dict[int, int] = {}
        self._settled: set[int] = set()
        """Storages that were made or written to in the range: a slot of theirs that turns up later is no start."""
        self._now: dict[int, list[int]] = {}
        """The buffers that hold the present content of each storage."""

    def references(self, references: tuple[Reference, ...], made: bool = False) -> tuple[Reference, ...]:
        """Return the same references in the program's numbers."""
        return tuple(self.reference(reference, made) for reference in references)

    def reference(self, reference: Reference, made: bool = False) -> Reference:
        """Return the same reference in the program's numbers; `made` if an operation made or wrote it."""
        storage = self._storage(self._turn.sights[reference.slot].storage)
        known = reference.slot in self.slots
        new = reference.buffer != NOT_WRITTEN and reference.buffer not in self.buffers
        found = Reference(self._slot(reference.slot), self._buffer(reference.buffer))
        if made:
            self._settled.add(storage)
        elif storage not in self._settled:
            if not known:
                self.start[reference.slot] = found
        elif new and self.operations:
            # It was written through another view: what the last operation left.
            last = self.operations[-1]
            self.operations[-1] = replace(last, results=(*last.results, found))
        if found.buffer != NOT_WRITTEN:
            held = self._now.setdefault(storage, [])
            if reference.buffer not in held:
                held.append(reference.buffer)
        return found

    def knows(self, reference: Reference) -> bool:
        """Return whether a tensor that was saved turned up in the range itself, so that it starts nothing."""
        return reference.slot in self.slots and (reference.buffer < 0 or reference.buffer in self.buffers)

    def add(self, operation: Ran) -> None:
        """Add an operation."""
        self.references(operation.reads)
        for reference in operation.writes:
            storage = self._storage(self._turn.sights[reference.slot].storage)
            self._settled.add(storage)
            self._now[storage] = []
        outputs = self._made(operation.outputs)
        results = self.references((*operation.made, *operation.writes), made=True)
        arguments = tuple(self._encoded(argument) for argument in operation.arguments)
        keywords = {name: self._encoded(argument) for name, argument in operation.keywords.items()}
        event = operation.event - self._first
        self.operations.append(Operation(operation.name, arguments, keywords, outputs, results, event))

    def slot_parts(self) -> Iterator[Slot]:
        """Go through the slots of the program."""
        for outer, inner in self.slots.items():
            sight = self._turn.sights[outer]
            owner = sight.gradient_of
            name = sight.name
            if owner is not None and self._turn.sights[owner].name:
                name = f"{self._turn.sights[owner].name}.grad"
            yield Slot(
                *(inner, self._storages[sight.storage.number], sight.dtype, sight.shape, sight.stride, sight.offset),
                *(sight.device, outer in self.start, name, sight.leaf, sight.requires_grad, sight.parameter),
                None if owner is None else self.slots.get(owner),
            )

    def buffer_parts(self, kept: set[int]) -> Iterator[Buffer]:
        """Go through the buffers of the program."""
        for outer, inner in self.buffers.items():
            held = self._turn.contents[outer]
            storage = self._storages[held.storage.number]
            yield Buffer(inner, storage, held.start, held.nbytes, held.dtype, held.whole, inner in kept)

    def constant_parts(self) -> Iterator[Constant]:
        """Go through the constants of the program."""
        for outer, inner in self.constants.items():
            yield Constant(inner, self._turn.constants[outer], self._turn.constant_names.get(outer))

    def ends(self) -> Iterator[Reference]:
        """Go through what outlives the range."""
        for outer, inner in self.slots.items():
            if not is_gone(self._turn.sights[outer].storage):
                buffer = self._shown_last(outer)
                yield Reference(inner, NOT_WRITTEN if buffer is None else self.buffers[buffer])

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

    def _storage(self, storage: Storage) -> int:
        return self._storages.setdefault(storage.number, len(self._storages))

    def _slot(self, slot: int) -> int:
        return self.slots.setdefault(slot, len(self.slots))

    def _buffer(self, buffer: int) -> int:
        return self.buffers.setdefault(buffer, len(self.buffers)) if buffer >= 0 else NOT_WRITTEN

    def _made(self, outputs: Any) -> Any:  # nested tuples of slots, as Operation describes them
        if isinstance(outputs, tuple):
            return tuple(self._made(output) for output in outputs)
        if outputs is None:
            return None
        storage = self._turn.sights[outputs].storage
        fresh = storage.number not in self._storages
        number = self._storage(storage)
        if fresh:
            self._settled.add(number)
        return self._slot(outputs)

    def _encoded(self, argument: Any) -> Any:  # plain data, as Operation describes it
        if not isinstance(argument, dict):
            return argument
        if "slot" in argument:
            return {"slot": self.slots[argument["slot"]]}
        if "constant" in argument:
            return {"constant": self.constants.setdefault(argument["constant"], len(self.constants))}
        if "list" in argument:
            return {"list": [self._encoded(entry) for entry in argument["list"]]}
        return argument
