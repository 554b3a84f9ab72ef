"""prove() executes every step from the one before it; reconstruct() returns one with all its values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from torch import Tensor

from retrograd.contents import content, summary
from retrograd.errors import NotKeptError, NotReproducibleError
from retrograd.program.course import Check, Course, all_steps
from retrograd.program.execution import recorded_threads
from retrograd.program.starts import can_begin_at, start_bytes
from retrograd.program.writing import Witness
from retrograd.recording import Recording, Slot, Step


@dataclass(frozen=True, slots=True)
class Proof:
    """What executing the programs gave, beside what was recorded."""

    steps: int
    """Steps whose programs were executed."""
    compared: int
    """Recorded values that were computed again."""
    differences: tuple[str, ...]
    """A sentence for each value that came out otherwise."""
    skipped: tuple[str, ...]
    """A sentence for each step that could not be executed."""
    stopped_at: int | None = None
    """The first step that was not executed because the proof was to end before."""

    @property
    def holds(self) -> bool:
        """Whether everything that was recorded follows bitwise from the programs."""
        return not self.differences and not self.skipped and self.stopped_at is None


def prove(recording: Recording, enough: Callable[[], bool] | None = None) -> Proof:
    """Execute every step from the one before it, and compare everything that was recorded, bit by bit.

    Args:
        recording: What was recorded.
        enough: Is asked before each step; the proof ends there if it returns True.
    """
    course = Course(recording, all_steps(recording))
    steps, compared, unwatched = 0, 0, False
    differences: list[str] = []
    skipped: list[str] = []
    with recorded_threads(recording):
        for step in all_steps(recording):
            if enough is not None and enough():
                return Proof(steps, compared, tuple(differences), tuple(skipped), step.number)
            if step.program is None:
                proved = ", and nothing shows whether the steps before lead there" if unwatched else ""
                skipped.append(
                    f"step {step.number}: it was not written down, so there is no program to execute{proved}"
                )
                unwatched = False
                continue
            changed = course.difference_at(step) if unwatched and step.layout != "inputs" else None
            if changed is not None:
                left = course.left_by_last_turn(step)
                if left is None or not left.reached:
                    text = f"step {step.number}: {changed} is not what executing the steps before gives"
                    differences.append(text + ("" if left is None else _BEHIND))
                elif left.elsewhere:
                    skipped.append(f"step {step.number}: {_named(left.elsewhere)} {_ELSEWHERE}")
                compared += 0 if left is None else len(left.reached)
                course.forget()
            unwatched = step.layout == "inputs"
            check = Check(step)
            try:
                course.run(step, check.witness, check.shown)
            except (NotReproducibleError, NotKeptError) as error:
                skipped.append(f"step {step.number}: {error}")
                continue
            except Exception as error:  # an operation may refuse for any reason: that is a finding, no crash
                skipped.append(f"step {step.number}: an operation cannot be executed again: {error!r}")
                continue
            steps += step.number in recording.source.numbers
            compared += check.compared
            differences += check.differences
    return Proof(steps, compared, tuple(differences), tuple(skipped))


_ELSEWHERE = (
    "cannot be compared: no point of the last turn gives what the loop left. It went on behind its last backward "
    "call, or something was changed that was not seen"
)
_BEHIND = "; where the loop went on behind its last backward call, that is why"


def _named(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def reconstruct(recording: Recording, number: int) -> Step:
    """Return a step with every value of it, computed again where it was not kept.

    Args:
        recording: What was recorded.
        number: The step, from 0; -1 for what came before the first one.

    Raises:
        NotKeptError: There is no earlier step to compute it from.
        NotReproducibleError: The way to it leads over a step that cannot be executed.
    """
    with recorded_threads(recording):
        course = course_to(recording, number)
        step = _executed(recording, course, number)
        if recording.source.step(number).layout == "inputs":
            check_arrival(recording, course, number)
        return step


def course_to(recording: Recording, number: int) -> Course:
    """Return the course of the steps before one, executed, so that this one can be run.

    Raises:
        NotKeptError: There is no earlier step to begin with.
    """
    base = number
    while not can_begin_at(recording, base):
        base -= 1
        if base < -1:
            raise NotKeptError(f"step {number} cannot be computed again: no step before it was kept whole")
    course = Course(recording, _steps_on_the_way(recording, base, number))
    for position in range(base, number):
        _run(course, recording.source.step(position))
    return course


def _run(course: Course, step: Step, witness: Witness | None = None) -> None:
    """Execute a step; the loss of one that nobody watched must come out.

    Raises:
        NotReproducibleError: It does not.
    """
    if step.layout != "inputs":
        course.run(step, witness)
        return
    check = Check(step)

    def both(buffer: int, slot: Slot, tensor: Tensor) -> None:
        check.witness(buffer, slot, tensor)
        if witness is not None:
            witness(buffer, slot, tensor)

    course.run(step, both, check.shown if witness is None else None)
    for difference in check.differences:
        raise NotReproducibleError(
            f"{difference}: the steps before do not lead there, for something was done that was not seen"
        )


def _steps_on_the_way(recording: Recording, base: int, number: int) -> Iterator[Step]:
    """Go through the steps from one to another, and on to the next that was recorded in full."""
    for position in range(base, len(recording.steps) + 1):
        try:
            step = recording.source.step(position)
        except NotKeptError:
            return
        yield step
        if position >= number and step.layout != "inputs":
            return


def check_arrival(recording: Recording, course: Course, number: int) -> None:
    """Execute on to the next step that was recorded in full.

    Raises:
        NotReproducibleError: It began otherwise.
    """
    for position in range(number + 1, len(recording.steps) + 1):
        try:
            step = recording.source.step(position)
        except NotKeptError:
            return  # it is still being written, or was interrupted
        if step.program is None and recording.facts.get("mode") == "sparse":
            raise NotReproducibleError(
                f"step {number} cannot be computed again: nothing was recorded of step {position}, so nothing shows "
                "whether the steps before lead there"
            )
        if step.layout != "inputs":
            difference = course.difference_at(step)
            left = None if difference is None else course.left_by_last_turn(step)
            if difference is not None and (left is None or not left.reached):
                raise NotReproducibleError(
                    f"step {number} cannot be computed again: the steps before do not lead to step {position}, where "
                    f"{difference} is another; something changed it that was not seen"
                )
            return
        _run(course, step)


def _executed(recording: Recording, course: Course, number: int) -> Step:
    """Return a step with all that executing it gives."""
    step = recording.source.step(number)
    assert step.program is not None
    contents: dict[int, bytes] = {}

    def witness(buffer: int, slot: Slot, tensor: Tensor) -> None:
        held = step.program.buffers[buffer]  # type: ignore[union-attr]
        data = content(tensor) if held.whole else summary(tensor)
        if buffer not in contents or len(data) > len(contents[buffer]):  # another slot shows a part of it only
            contents[buffer] = data

    _run(course, step, witness)
    for reference in step.program.start:
        if reference.buffer < 0:
            continue  # nothing was written to it yet
        held = step.program.buffers[reference.buffer]
        if held.whole and len(contents[reference.buffer]) < held.nbytes:
            contents[reference.buffer] = start_bytes(recording, step, reference)
    missing = [buffer.number for buffer in step.program.buffers if buffer.number not in contents]
    for buffer in missing:
        raise NotReproducibleError(f"executing step {number} did not produce its buffer {buffer}")
    row = b"".join(contents[buffer.number] for buffer in step.program.buffers)
    return replace(step, layout="all", row=row)
