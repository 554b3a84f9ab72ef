"""The loop executed again: each step on what the steps before it left, and compared with what was recorded."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from math import prod

from torch import Tensor

from retrograd.contents import checksum, content
from retrograd.errors import NotKeptError
from retrograd.program.execution import execute
from retrograd.program.leaving import Left, copies_of, left_by
from retrograd.program.starts import results_in, start_of
from retrograd.program.writing import Tensors, Witness
from retrograd.recording import Recording, Reference, Slot, Step, itemsize, offsets, value_of


def all_steps(recording: Recording) -> Iterator[Step]:
    """Go through the steps, with what came before the first and after the last."""
    if recording.before:
        yield recording.before
    yield from recording.steps
    if recording.after:
        yield recording.after


class Course:
    """The loop as it is executed again: what each step leaves for the steps after it."""

    def __init__(self, recording: Recording, steps: Iterable[Step]) -> None:
        """Prepare to execute these steps, which follow each other."""
        self._recording = recording
        self._left: dict[tuple[int, int], Tensor] = {}
        self._last_use = _late_uses(steps)
        self._generators: dict[int, bytes] = {}
        """The states in which the steps so far left the random generators."""
        after = recording.after
        self._last = None if after is None else after.number - 1
        self._last_start: tuple[Step, Tensors, Sequence[bytes]] | None = None
        """The last turn, if nobody watched it, and what it started from."""

    def run(self, step: Step, witness: Witness | None, shown: frozenset[int] | None = None) -> None:
        """Execute a step on what the steps before it left, or else on what was recorded."""
        program = step.program
        if program is None:
            raise NotKeptError("it was recorded lightly, so there is no program to execute")
        start = self._start(step)
        states = step.generators
        if program.draws and not states:  # it passed unwatched: it drew on where the step before had left off
            states = [self._generators[number] for _, number in program.draws if number in self._generators]
        if step.number == self._last and step.layout == "inputs":
            self._last_start = step, copies_of(start), states
        end = execute(
            program,
            start,
            constants=step.constants,
            generators=states,
            results=results_in(step) if program.unstable else None,
            witness=witness,
            shown=shown,
            drawn=self._generators,
        )
        for key in [key for key in self._left if self._last_use.get(key, -1) <= step.number]:
            del self._left[key]
        for slot, tensor in end.items():
            self._left[step.number, slot] = tensor

    def left(self, step: int, slot: int) -> Tensor:
        """Return a tensor as the last step that was executed left it."""
        return self._left[step, slot]

    def forget(self) -> None:
        """Let the next step start from what was recorded of it."""
        self._left.clear()

    def difference_at(self, step: Step) -> str | None:
        """Return the name of something that a step began with otherwise than the steps before left it."""
        if step.program is None:
            return None
        check = Check(step)
        for reference, binding in zip(step.program.start, step.bindings, strict=True):
            known = binding and self._left.get((step.number - binding[0], binding[1]))
            if known is not None and reference.buffer >= 0:
                slot = step.program.slots[reference.slot]
                check.witness(reference.buffer, slot, known)
                if check.differences:
                    return slot.name or f"slot {slot.number}"
        return None

    def left_by_last_turn(self, after: Step) -> Left | None:
        """Return how a part of the last turn agrees with what the loop left; None if `after` is not that."""
        if self._last_start is None or after is not self._recording.after:
            return None
        step, start, states = self._last_start
        self._last_start = None
        return left_by(self._recording, step, start, states, after)

    def _start(self, step: Step) -> Tensors:
        program = step.program
        assert program is not None  # run() has looked
        start: Tensors = {}
        fresh: list[Reference] = []
        for reference, binding in zip(program.start, step.bindings, strict=True):
            known = binding and self._left.get((step.number - binding[0], binding[1]))
            if known is None:
                fresh.append(reference)
            else:
                start[reference.slot] = known
        return start | start_of(self._recording, step, fresh)


def _late_uses(steps: Iterable[Step]) -> dict[tuple[int, int], int]:
    """Return which step uses last what a step left, where that is not the next one."""
    uses: dict[tuple[int, int], int] = {}
    for step in steps:
        for binding in step.bindings:
            if binding is not None and binding[0] > 1:
                uses[step.number - binding[0], binding[1]] = step.number
    return uses


class Check:
    """Compares what a step recorded with what executing it gives."""

    def __init__(self, step: Step) -> None:
        assert step.program is not None
        self._step, self._places = step, offsets(step.program, step.layout, step.bindings)
        self.compared = 0
        self.differences: list[str] = []
        self._seen: set[tuple[int, int]] = set()
        last = step.program.losses[-1] if step.loss is not None and step.program.losses else None
        self._loss = last if last is not None and prod(step.program.slots[last.slot].shape) == 1 else None

    @property
    def shown(self) -> frozenset[int] | None:
        """The buffers that there is something to compare with; None for all of them."""
        if self._step.layout != "inputs":
            return None
        return frozenset({*self._places, *self._step.wholes, *([self._loss.buffer] if self._loss else ())})

    def witness(self, number: int, slot: Slot, tensor: Tensor) -> None:
        """Compare one buffer."""
        step, place = self._step, self._places.get(number)
        assert step.program is not None
        if self._loss == Reference(slot.number, number) and place is None:
            self.compared += 1
            if struct.pack("d", step.loss) != struct.pack("d", tensor.item()):
                self.differences.append(f"step {step.number}: its loss is not what executing the step gives")
        if place is None or (number, slot.number) in self._seen:
            return
        self._seen.add((number, slot.number))
        buffer = step.program.buffers[number]
        if not buffer.whole and number not in step.wholes and not self._is_summarised(slot, number):
            return
        self.compared += 1
        if number in step.wholes:
            same = step.wholes[number] == content(tensor)
        elif buffer.whole:
            data = content(tensor)
            first = place + slot.offset * itemsize(slot.dtype) - buffer.start
            same = step.row[first : first + len(data)] == data
        else:
            recorded = value_of(step, Reference(slot.number, number)).summary
            same = recorded is not None and recorded.checksum == checksum(tensor)
        if not same:
            name = slot.name or f"slot {slot.number}"
            self.differences.append(f"step {step.number}: {name} is not what executing the step gives")

    def _is_summarised(self, slot: Slot, number: int) -> bool:
        try:
            value_of(self._step, Reference(slot.number, number))
        except NotKeptError:
            return False
        return True
