"""The course of a training: which program each turn runs, and where its tensors come from.

The first turns are run as they were recorded, for in them gradients and an optimiser's state come into being. From
then on one recorded turn stands for all further ones, however many, after it was checked that the recorded ones did
the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from retrograd.engines.meaning import meaning_of
from retrograd.engines.training import Training, places_of, where
from retrograd.errors import NotSweepableError
from retrograd.recording import Program, Step

Origin = tuple[str, int]
"""Where a tensor comes from: ("turn", slot that the turn before left), ("start", slot of the first turn), or
("outside", slot): what came from outside in this very turn."""


@dataclass(frozen=True)
class Turn:
    """One turn: what it runs and what it begins with."""

    step: Step
    """The recorded turn whose program it runs."""
    origins: tuple[tuple[int, Origin], ...]
    """For each slot that it begins with, where that comes from."""

    @property
    def program(self) -> Program:
        """What it runs."""
        assert self.step.program is not None
        return self.step.program


@dataclass(frozen=True)
class Course:
    """The turns of a training."""

    training: Training
    opening: tuple[Turn, ...]
    """The first turns, each as it was recorded."""
    turn: Turn | None
    """What every further turn does; None if no two recorded ones do the same."""
    numbers: tuple[str, ...]
    """The person's numbers that will differ from run to run."""

    def at(self, number: int) -> Turn:
        """Return a turn, counted from 0.

        Raises:
            NotSweepableError: It was not recorded, and no recorded one stands for it.
        """
        if number < len(self.opening):
            return self.opening[number]
        if self.turn is None:
            raise NotSweepableError(
                f"the recording has {len(self.opening)} turn{'s' * (len(self.opening) != 1)}, and none that goes on "
                f"from one like itself, so turn {number} cannot be run; record at least four turns, or ask for at most "
                f"{len(self.opening)} steps"
            )
        return self.turn

    @cached_property
    def outside(self) -> bool:
        """Whether something comes from outside in every turn, as a batch does."""
        return self.turn is not None and any(kind == "outside" for _, (kind, _) in self.turn.origins)

    def outside_at(self, number: int) -> dict[int, int]:
        """Return for each slot that comes from outside in a turn the slot that has it in the recorded turn."""
        turn, recorded = self.at(number), self.training.recording.source.step(number)
        slots = [slot for slot, (kind, _) in turn.origins if kind == "outside"]
        if recorded.program is turn.program:
            return {slot: slot for slot in slots}
        names = {}
        for reference in recorded.program.start if recorded.program is not None else ():
            found = recorded.program.slots[reference.slot]  # type: ignore[union-attr]
            names[found.name, found.shape] = found.number
        wanted = {slot: (turn.program.slots[slot].name, turn.program.slots[slot].shape) for slot in slots}
        for key in wanted.values():
            if key[0] is None or key not in names:
                raise NotSweepableError(
                    f"turn {number} takes in something else from outside than the turns before it "
                    f"({key[0] or 'a tensor without a name'} of shape {key[1]}), as a last, smaller batch does; ask "
                    f"for at most {number} steps"
                )
        return {slot: names[key] for slot, key in wanted.items()}

    @cached_property
    def varying(self) -> tuple[str, ...]:
        """Where the recorded turns have numbers that differ from turn to turn, other than those swept."""
        if self.turn is None:
            return ()
        program, recording = self.turn.program, self.training.recording
        swept = {number for name in self.numbers for number, _ in places_of(self.training, self.turn.step, name)}
        seen: dict[int, Any] = {}
        found: dict[str, None] = {}
        for step in self.training.turns:
            if step.program is not program:
                continue
            for constant in program.constants:
                value = step.constants.get(constant.number, constant.value)
                if constant.number not in swept and seen.setdefault(constant.number, value) != value:
                    found[_line_of_constant(recording, program, constant.number)] = None
        return tuple(found)

    def limit(self) -> int | None:
        """Return how many turns can be run at most; None if as many as one likes."""
        return self.training.length if self.turn is None or self.outside or self.varying else None


def course_of(training: Training, numbers: Sequence[str]) -> Course:
    """Return the course of a training when some numbers differ from run to run.

    Raises:
        NotSweepableError: The recorded turns did different things; the message says which line.
    """
    steady = training.steady
    if steady is None:
        opening = tuple(_recorded(training, number) for number in range(training.length))
        return Course(training, opening, None, tuple(numbers))
    step = training.recording.source.step(steady)
    first = next(turn.number for turn in training.turns if turn.program is step.program)
    opening = tuple(_recorded(training, number) for number in range(first + 1))
    turn = _recorded(training, steady)
    course = Course(training, opening, turn, tuple(numbers))
    _check_that_turns_do_the_same(course, first)
    return course


def _recorded(training: Training, number: int) -> Turn:
    step = training.recording.source.step(number)
    if step.program is None:
        raise NotSweepableError(
            f"turn {number} was recorded lightly, without what it did; record the loop's first turns in full"
        )
    origins: list[tuple[int, Origin]] = []
    for reference, binding in zip(step.program.start, step.bindings, strict=True):
        if number == 0:
            origin: Origin = ("start", reference.slot)
        elif binding is None:
            origin = ("outside", reference.slot)
        elif binding[0] == 1:
            origin = ("turn", binding[1])
        else:
            origin = _from_the_start(training, number, binding, step, reference.slot)
        origins.append((reference.slot, origin))
    return Turn(step, tuple(origins))


def _from_the_start(training: Training, number: int, binding: tuple[int, int], step: Step, slot: int) -> Origin:
    """Follow a tensor that the turn before did not look at back to the first turn."""
    source, there = number - binding[0], binding[1]
    program = training.first.program
    assert program is not None
    if source < 0:
        for reference, first in zip(program.start, training.first.bindings, strict=True):
            if first is not None and first == (-source, there):
                return ("start", reference.slot)
    if source == 0 and any(reference.slot == there for reference in program.start):
        return ("start", there)
    event = step.program.events[0].line if step.program is not None and step.program.events else None
    name = step.program.slots[slot].name if step.program is not None else None
    raise NotSweepableError(
        f"{where(training.recording, event)}turn {number} goes on with {name or 'a tensor'} as turn {source} left it; "
        "only what the turn before left can be followed from run to run"
    )


# ---------------------------------------------------------------- do all recorded turns do the same?


def _check_that_turns_do_the_same(course: Course, first: int) -> None:
    assert course.turn is not None
    training, turn = course.training, course.turn
    program = turn.program
    labels = {origin[1]: place for place, (_, origin) in enumerate(turn.origins) if origin[0] == "turn"}
    """Which of the turn's beginnings each slot that it leaves becomes."""
    meaning = _meaning(course, turn.step, {slot: place for place, (slot, _) in enumerate(turn.origins)})
    wanted = {place: meaning.get(slot) for slot, place in labels.items()}
    loss = meaning.get(program.losses[-1].slot) if program.losses else None
    left = labels
    checked: set[tuple[int, tuple[Any, ...]]] = set()
    for number in range(first + 1, training.length):
        step = training.turns[number]
        if step.program is program:
            left = labels
            continue
        if step.program is None:
            continue  # recorded lightly; the turns that were kept stand for it
        following = training.turns[number + 1] if number + 1 < training.length else None
        key = (step.program.number, step.bindings)
        own = _labels(step, left, turn)
        after = _left_by(step, own, following, program, turn)
        if key not in checked:
            checked.add(key)
            found = _meaning(course, step, own)
            same = all(found.get(slot) == wanted.get(place) for slot, place in after.items()) and (
                loss is None or not step.program.losses or found.get(step.program.losses[-1].slot) == loss
            )
            if not same and number + 1 < training.length:
                raise NotSweepableError(_difference(course, number, step))
        left = after


def _labels(step: Step, left: Mapping[int, int], turn: Turn) -> dict[int, Any]:
    assert step.program is not None
    names = {turn.program.slots[slot].name: place for place, (slot, _) in enumerate(turn.origins)}
    found: dict[int, Any] = {}
    for reference, binding in zip(step.program.start, step.bindings, strict=True):
        name = step.program.slots[reference.slot].name
        if binding is not None and binding[0] == 1 and binding[1] in left:
            found[reference.slot] = left[binding[1]]
        else:
            found[reference.slot] = names.get(name, ("other", name)) if name else ("other", reference.slot)
    return found


def _left_by(
    step: Step, own: Mapping[int, Any], following: Step | None, program: Program, turn: Turn
) -> dict[int, int]:
    """Return which of the next turn's beginnings each slot that a turn leaves becomes."""
    assert step.program is not None
    if following is not None and following.program is program:
        return {
            binding[1]: place
            for place, binding in enumerate(following.bindings)
            if binding is not None and binding[0] == 1
        }
    names = {turn.program.slots[slot].name: place for place, (slot, _) in enumerate(turn.origins)}
    after = {slot: place for slot, place in own.items() if isinstance(place, int)}
    for reference in step.program.end:
        name = step.program.slots[reference.slot].name
        if name in names and names[name] not in after.values():
            after[reference.slot] = names[name]
    return after


def _meaning(course: Course, step: Step, start: Mapping[int, Any]) -> Mapping[int, int]:
    assert step.program is not None
    constants: dict[int, Any] = {c.number: c.value for c in step.program.constants} | dict(step.constants)
    for name in course.numbers:
        for number, factor in places_of(course.training, step, name):
            constants[number] = ("number", name, factor)
    return meaning_of(step.program, start, constants)


def _difference(course: Course, number: int, step: Step) -> str:
    assert course.turn is not None
    assert step.program is not None
    recording = course.training.recording
    usual = {event.line for event in course.turn.program.events}
    other = next((event for event in step.program.events if event.line not in usual and event.line is not None), None)
    anyone = other or next((event for event in step.program.events if event.line is not None), None)
    line = anyone.line if anyone is not None else None
    return (
        f"{where(recording, line)}turn {number} of the recorded loop does something else than the others, such as what "
        "an `if` on a value or every n-th turn does. A sweep runs one turn for all, so it would not be your loop any "
        "more. Let all turns train in the same way (torch.where in place of `if`) and record again"
    )


def _line_of_constant(recording: Any, program: Program, number: int) -> str:
    for operation in program.operations:
        if f"{{'constant': {number}}}" in f"{operation.arguments}{dict(operation.keywords)}":
            return where(recording, program.events[operation.event].line).rstrip(": ")
    return "somewhere"
