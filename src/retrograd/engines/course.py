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
from retrograd.engines.options import PREFIX, Options
from retrograd.engines.training import Training, places_of, refuse_computed_from, where
from retrograd.errors import NotSweepableError
from retrograd.optimizers import optimizer_steps
from retrograd.program import start_of
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

    @property
    def varying(self) -> tuple[str, ...]:
        """Where the recorded turns have numbers that differ from turn to turn, other than those swept, in words."""
        recording = self.training.recording
        return tuple(dict.fromkeys(where(recording, line).rstrip(": ") or "somewhere" for line in self.varying_lines))

    @cached_property
    def varying_lines(self) -> tuple[int | None, ...]:
        """The same, as indices into the recording's lines."""
        if self.turn is None:
            return ()
        program = self.turn.program
        swept = set() if not self.optimized else set(self._of_optimizers(self.turn.step))
        swept |= {number for name in self.numbers for number, _ in places_of(self.training, self.turn.step, name)}
        seen: dict[int, Any] = {}
        found: dict[int | None, None] = {}
        for step in self.training.turns:
            if step.program is not program:
                continue
            for constant in program.constants:
                value = step.constants.get(constant.number, constant.value)
                if constant.number not in swept and seen.setdefault(constant.number, value) != value:
                    found[_line_of_constant(program, constant.number)] = None
        return tuple(found)

    @property
    def lines_of_numbers(self) -> tuple[int, ...]:
        """The lines that compute with numbers which differ from turn to turn, or from run to run."""
        step = None if self.turn is None else self.turn.step
        swept = [number for name in self.numbers for number, _ in places_of(self.training, step, name)] if step else []
        lines = [_line_of_constant(self.turn.program, number) for number in swept] if self.turn is not None else []
        return tuple(line for line in dict.fromkeys([*self.varying_lines, *lines]) if line is not None)

    @cached_property
    def options(self) -> Options:
        """What optimizers make of their options."""
        return Options(self.training)

    @cached_property
    def optimized(self) -> bool:
        """Whether an optimizer is asked for its numbers in each turn: an option is swept, or they vary by themselves.

        Raises:
            NotSweepableError: An option is swept, but what the optimizer makes of it is not known.
        """
        swept = any(name.startswith(PREFIX) for name in self.numbers)
        if self.turn is None or not (swept or self._optimizers_vary()):
            return False
        try:
            self.options.check()
        except NotSweepableError:
            if swept:
                raise
            return False
        return True

    def _of_optimizers(self, step: Step) -> dict[int, complex]:
        assert step.program is not None
        return self.options.numbers(step.program, start_of(self.training.recording, step), {})

    def _optimizers_vary(self) -> bool:
        assert self.turn is not None
        program = self.turn.program
        if not optimizer_steps(program) or not any(s.program is program and s.constants for s in self.training.turns):
            return False
        try:
            return bool(self._of_optimizers(self.training.recording.source.step(self.turn.step.number)))
        except NotSweepableError:
            return False

    def limit(self) -> int | None:
        """Return how many turns can be run at most; None if as many as one likes."""
        return self.training.length if self.turn is None or self.outside or self.varying else None

    def why_limited(self) -> str:
        """Return why no other turns can be run."""
        if self.turn is None:
            return "none of them goes on from one like itself"
        if self.varying:
            return f"{self.varying[0]} has another number in each turn"
        return "each turn takes in something from outside, such as a batch"


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
    for name in course.numbers:
        _check_that_it_stays(training, name)
        refuse_computed_from(training, name)
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


def _check_that_it_stays(training: Training, name: str) -> None:
    """Refuse a number that the loop itself changes: a sweep would give all turns the same one."""
    seen: dict[complex, Any] = {}
    for step in training.turns:
        for number, factor in places_of(training, step, name) if step.program is not None else ():
            value = step.constants.get(number, step.program.constants[number].value)  # type: ignore[union-attr]
            seen.setdefault(value * factor, step.program)
            if len(seen) > 1:
                line = _line_of_constant(step.program, number)  # type: ignore[arg-type]
                raise NotSweepableError(
                    f"{name} cannot be swept: {where(training.recording, line)}it was {next(iter(seen)):g} at first, "
                    f"and {value * factor:g} in turn {step.number}. The recording does not hold how the loop computes "
                    "it (a schedule?), so other runs would not follow it; record a loop in which it stays"
                )


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


def _line_of_constant(program: Program, number: int) -> int | None:
    for operation in program.operations:
        if f"{{'constant': {number}}}" in f"{operation.arguments}{dict(operation.keywords)}":
            return program.events[operation.event].line
    return None
