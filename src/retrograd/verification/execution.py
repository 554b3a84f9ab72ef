"""All steps of a recording executed again, one after the other, and which of their values come out otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from torch import Tensor

from retrograd.contents import content
from retrograd.errors import NotKeptError, NotReproducibleError
from retrograd.program import Witness, recorded_threads
from retrograd.program.course import Check, Course, all_steps
from retrograd.program.starts import start_bytes
from retrograd.recording import Recording, Slot, Step, offsets


@dataclass(frozen=True, slots=True)
class Executed:
    """A step, executed again."""

    step: Step
    """With every buffer whole, if that was wanted: as it was recorded, or else as executing gave it."""
    differing: Mapping[int, bytes]
    """The buffers that were recorded otherwise: what executing gave."""
    compared: int
    """Recorded values that were computed again."""


def executions(recording: Recording, wanted: Callable[[Step], bool]) -> Iterator[tuple[Step, Executed | str]]:
    """Execute all steps in order, each from what the one before it left.

    Args:
        recording: What was recorded.
        wanted: Whether a step is wanted with every buffer whole; the others keep what they hold.

    Yields:
        Each step with what came of it, or with a sentence that says why it could not be executed.
    """
    course = Course(recording, all_steps(recording))
    with recorded_threads(recording):
        for step in all_steps(recording):
            if step.program is None:
                yield step, "it was recorded lightly, so there is no program to execute"
                continue
            check = _Noting(step)
            whole = _Whole(step, check, wanted(step))
            try:
                course.run(step, _both(check.witness, whole.witness))
            except Exception as error:  # an operation may refuse for any reason: that is a finding, no crash
                known = isinstance(error, (NotReproducibleError, NotKeptError))
                yield step, str(error) if known else f"an operation cannot be executed again: {error!r}"
                continue
            yield step, Executed(whole.step(recording), whole.differing(), check.compared)


def _both(one: Witness, other: Witness) -> Witness:
    def witness(number: int, slot: Slot, tensor: Tensor) -> None:
        one(number, slot, tensor)
        other(number, slot, tensor)

    return witness


class _Whole:
    """Collects the content of every buffer of a step."""

    def __init__(self, step: Step, check: _Noting, wanted: bool) -> None:
        self._step, self._check, self._wanted = step, check, wanted
        self._contents: dict[int, bytes] = {}

    def witness(self, number: int, slot: Slot, tensor: Tensor) -> None:
        """Keep the content of a buffer."""
        if self._wanted or number in self._check.differing:
            data = content(tensor)
            if len(data) > len(self._contents.get(number, b"")):  # another slot may have shown a part of it only
                self._contents[number] = data

    def step(self, recording: Recording) -> Step:
        """Return the step with all that was collected."""
        step = self._step
        if not self._wanted or step.program is None:
            return step
        places = offsets(step.program, step.layout, step.bindings)
        held = {buffer.number for buffer in step.program.buffers if buffer.whole and buffer.number in places}
        missing = {number: data for number, data in self._contents.items() if number not in held}
        complete = {n: data for n, data in missing.items() if len(data) == step.program.buffers[n].nbytes}
        for reference in step.program.start:
            buffer = step.program.buffers[reference.buffer] if reference.buffer >= 0 else None
            if buffer is not None and buffer.number not in complete and buffer.number not in held:
                complete[buffer.number] = start_bytes(recording, step, reference)
        return replace(step, wholes={**complete, **step.wholes})

    def differing(self) -> dict[int, bytes]:
        """Return what executing gave for the buffers that were recorded otherwise."""
        return {number: self._contents.get(number, b"") for number in self._check.differing}


class _Noting(Check):
    """Compares what a step recorded with what executing it gives, and says which buffers differ."""

    def __init__(self, step: Step) -> None:
        super().__init__(step)
        self.differing: list[int] = []

    def witness(self, number: int, slot: Slot, tensor: Tensor) -> None:
        """Compare one buffer."""
        before = len(self.differences)
        super().witness(number, slot, tensor)
        if len(self.differences) > before:
            self.differing.append(number)
