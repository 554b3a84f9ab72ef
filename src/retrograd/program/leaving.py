"""Where a loop was left: what it left must be what its last turn gives, executed up to some point behind backward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from retrograd.contents import content
from retrograd.program.execution import execute
from retrograd.program.starts import start_bytes
from retrograd.program.writing import Tensors
from retrograd.recording import Recording, Step, flat


@dataclass(frozen=True, slots=True)
class Left:
    """What a loop left, beside what its last turn gives at the point where most of it agrees."""

    reached: tuple[str, ...]
    """The tensors that the turn changes, and that are what it gives there."""
    elsewhere: tuple[str, ...]
    """Those that are something else."""


def copies_of(start: Tensors) -> Tensors:
    """Return tensors with the same content; those that share memory share it again."""
    memories: dict[int, torch.UntypedStorage] = {}
    copies: Tensors = {}
    for slot, tensor in start.items():
        memory = tensor.untyped_storage()
        if memory._cdata not in memories:
            memories[memory._cdata] = memory.clone()
        fresh = torch.empty(0, dtype=tensor.dtype)
        fresh.set_(memories[memory._cdata], tensor.storage_offset(), tensor.shape, tensor.stride())
        copies[slot] = fresh
    return copies


def left_by(recording: Recording, last: Step, start: Tensors, states: Sequence[bytes], after: Step) -> Left:
    """Execute the last turn once more, and find the point where most of what the loop left agrees.

    Args:
        recording: What was recorded.
        last: The turn.
        start: What it starts from; it is written to.
        states: Of the random generators, for each of its draws.
        after: What the loop left.
    """
    assert last.program is not None  # it was executed before
    turn = _LastTurn(last, start, _wanted(recording, last, after))
    execute(last.program, start, constants=last.constants, generators=states, told=turn.ran)
    return turn.left()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A tensor that the loop left."""

    name: str
    begin: int
    """Its slot when the turn begins."""
    end: int
    """Its slot when the turn is over."""
    data: bytes


def _wanted(recording: Recording, last: Step, after: Step) -> list[_Wanted]:
    assert last.program is not None  # asked by the caller
    assert after.program is not None  # it is the one that says what the loop left
    begins = {b[1]: r.slot for r, b in zip(last.program.start, last.bindings, strict=True) if b is not None}
    found = []
    for reference, binding in zip(after.program.start, after.bindings, strict=True):
        if binding is not None and binding[1] in begins:
            name = after.program.slots[reference.slot].name or f"slot {binding[1]}"
            data = start_bytes(recording, after, reference)
            found.append(_Wanted(name, begins[binding[1]], binding[1], data))
    return found


class _LastTurn:
    """The last turn while it is executed again, operation by operation."""

    def __init__(self, last: Step, start: Tensors, wanted: list[_Wanted]) -> None:
        assert last.program is not None  # asked by the caller
        self._program, self._wanted = last.program, wanted
        self._ends = {each.end for each in wanted}
        self._tensors = dict(start)
        """Those that the loop may have left, as far as they exist by now."""
        self._behind = max((e.operations[1] for e in last.program.events if e.kind == "call"), default=0)
        """So many operations have run when the last backward call is over."""
        self._agree: list[bool] = []
        self._best: list[bool] = []

    def ran(self, number: int, result: Any) -> None:
        """Look at what an operation left."""
        slots, operation = self._program.slots, self._program.operations[number]
        given = zip(flat(operation.outputs), flat(result), strict=True)
        self._tensors |= {slot: tensor for slot, tensor in given if slot in self._ends}
        written = {slots[reference.slot].storage for reference in operation.results}
        touched = {n for n, w in enumerate(self._wanted) if {slots[w.begin].storage, slots[w.end].storage} & written}
        if number + 1 < self._behind:
            return
        if not self._agree:
            self._agree, touched = [False] * len(self._wanted), {*range(len(self._wanted))}
        for place in touched:
            self._agree[place] = self._is_there(self._wanted[place])
        if sum(self._agree) >= sum(self._best):
            self._best = list(self._agree)

    def left(self) -> Left:
        """Return what came of it."""
        began = {reference.slot: reference.buffer for reference in self._program.start}
        ended = {reference.slot: reference.buffer for reference in self._program.end}
        pairs = [*zip(self._wanted, self._best, strict=False)]
        reached = tuple(w.name for w, agrees in pairs if agrees and began[w.begin] != ended[w.end])
        return Left(reached, tuple(w.name for w, agrees in pairs if not agrees))

    def _is_there(self, wanted: _Wanted) -> bool:
        known = (self._tensors.get(slot) for slot in (wanted.begin, wanted.end))
        return any(tensor is not None and content(tensor) == wanted.data for tensor in known)
