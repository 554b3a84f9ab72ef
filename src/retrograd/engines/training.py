"""A recorded training as something that can be done again: how it begins, and what each turn of it does.

A recording may hold several trainings one after another, as a loop over learning rates leaves them. A `Training` is
the first of them. It knows which program its turns run, and which of their constants is which number of the person's.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from retrograd.engines.computed import refuse_computed_anywhere, refuse_computed_beside
from retrograd.errors import NameUnknownError, NotSweepableError
from retrograd.recording import Recording, Step
from retrograd.variables import NamedConstant, constants_of

LEARNING_RATES = ("learning_rate", "lr", "eta", "step_size", "alpha", "rate")
"""What loops call the learning rate. Whoever asks for `learning_rate` means the one of these that the loop uses."""

Places = tuple[tuple[int, float], ...]
"""Constants of a program that a number of the person's stands for, each with the factor it is used with (1, or -1
where the optimiser subtracts)."""


@dataclass(frozen=True)
class Training:
    """The first training in a recording."""

    recording: Recording
    length: int
    """How many turns of it were recorded."""
    beginnings: tuple[int, ...]
    """The steps at which trainings begin; the first one is 0."""

    @property
    def first(self) -> Step:
        """The first turn."""
        return self.recording.source.step(0)

    @cached_property
    def steady(self) -> int | None:
        """A turn that begins with what a turn of the same program left; None if there is none.

        It stands for all turns after the first one, as far as `Course` finds no other that does something else.
        """
        pairs: Counter[int] = Counter()
        where: dict[int, int] = {}
        for number in range(2, self.length):
            before, step = self.turns[number - 1], self.turns[number]
            if step.program is not None and step.program is before.program:
                pairs[step.program.number] += 1
                where.setdefault(step.program.number, number)
        return where[pairs.most_common(1)[0][0]] if pairs else None

    @cached_property
    def turns(self) -> tuple[Step, ...]:
        """Its turns without their values: they are looked through many times."""
        steps = (self.recording.source.step(number) for number in range(self.length))
        return tuple(replace(step, row=b"", wholes={}) for step in steps)


def training_in(recording: Recording) -> Training:
    """Return the first training of a recording.

    Raises:
        NotSweepableError: There is no training, or its turns were not kept as programs.
    """
    count = len(recording.steps)
    if not count or recording.source.step(0).program is None:
        raise NotSweepableError(
            "the recording holds no turn of a loop with a backward call, so there is nothing to run again; "
            "`retrograd show` says what it holds"
        )
    beginnings = [0]
    for number in range(1, count):
        step = recording.source.step(number)
        if step.program is not None and _begins_anew(step):
            beginnings.append(number)
    length = beginnings[1] if len(beginnings) > 1 else count
    if not recording.source.step(length - 1).finished and length > 1:
        length -= 1  # the last turn was cut off by an error or an interruption
    return Training(recording, length, tuple(beginnings))


def _begins_anew(step: Step) -> bool:
    """Return whether a turn starts from no parameter of the turn before: they were made within it."""
    program = step.program
    assert program is not None
    cache: dict[Any, Any] = program.cache
    if "begins anew" not in cache:
        outside = {reference.slot for reference in program.start}
        parameters = [slot.number for slot in program.slots if slot.parameter]
        cache["begins anew"] = bool(parameters) and not any(slot in outside for slot in parameters)
    return cache["begins anew"]


def where(recording: Recording, line: int | None) -> str:
    """Return `line 12: ` with the file, or nothing."""
    if line is None:
        return ""
    at = recording.lines[line]
    return f"{at.file.rpartition('/')[2]}, line {at.number}: "


# ---------------------------------------------------------------- the person's numbers


def refuse_computed_from(training: Training, name: str) -> None:
    """Refuse a number that turns compute others from, which would stay as they were recorded.

    Raises:
        NotSweepableError: The message says which line.
    """
    for step in _kinds(training):
        assert step.program is not None
        own = {number for number, _ in places_of(training, step, name)}
        constants = constants_of(training.recording, step)
        refuse_computed_anywhere(training.recording, name, step.program, constants, own)


def numbers_in(training: Training) -> dict[str, float]:
    """Return the named numbers of a training, each with the value it was recorded with."""
    found: dict[str, float] = {}
    before = training.recording.before
    for step in [*([before] if before is not None and before.program is not None else []), *_kinds(training)]:
        for constant in constants_of(training.recording, step):
            if constant.known and not isinstance(constant.value, complex):
                found.setdefault(constant.name, constant.value)
    return found


def _kinds(training: Training) -> list[Step]:
    """Return the first two turns of each program."""
    found: dict[int, list[Step]] = {}
    for step in training.turns:
        if step.program is not None and len(found.setdefault(step.program.number, [])) < 2:
            found[step.program.number].append(step)
    return [step for steps in found.values() for step in steps]


def spelled(training: Training, name: str) -> str:
    """Return what the loop calls a number: `learning_rate` may be its `lr`.

    Raises:
        NameUnknownError: The loop has no such number; the message says which there are.
    """
    known = numbers_in(training)
    if name in known:
        return name
    if name in LEARNING_RATES:
        others = [other for other in LEARNING_RATES if other in known]
        if len(others) == 1:
            return others[0]
        if not others and _descent(training, training.first):
            return "learning_rate"
    try:
        _constants(training, training.first, name)
        return name
    except NameUnknownError:
        pass
    there = ", ".join(known) if known else "none"
    raise NameUnknownError(
        f"the loop uses no number called {name!r} in its turns; those it uses by a variable: {there}. "
        "A number without a variable is called by its line, as `line 13: 0.02`"
    )


def recorded_number(training: Training, name: str) -> float:
    """Return the value that a number of the person's had in the recording."""
    for step in [*_looked_at(training), *_kinds(training)]:
        for number, factor in places_of(training, step, name):
            assert step.program is not None
            value = step.constants.get(number, step.program.constants[number].value)
            return float(value.real) * factor
    raise NameUnknownError(f"the loop uses no number called {name!r}")


def recorded_numbers(training: Training, name: str) -> list[float]:
    """Return the value that a number had in each of the recording's trainings."""
    found = [recorded_number(training, name)]
    if len(training.beginnings) > 1:
        pattern = training.recording.source.step(training.beginnings[1])
        places = places_of(training, pattern, name)
        assert pattern.program is not None
        for beginning in training.beginnings[1:] if places else ():
            step = training.recording.source.step(beginning)
            # A whole number makes another program; its constants stand in the same places.
            if step.program is None or len(step.program.constants) != len(pattern.program.constants):
                continue
            number, factor = places[0]
            value = step.constants.get(number, step.program.constants[number].value)
            found.append(float(value.real) * factor)
    return found


def _looked_at(training: Training) -> list[Step]:
    before = training.recording.before
    return [training.first, *([before] if before is not None and before.program is not None else [])]


def places_of(training: Training, step: Step, name: str) -> Places:
    """Return the constants of a step that a number stands for; none if the step does not use it.

    Raises:
        NotSweepableError: Other constants were computed from it, which another number would not change.
    """
    assert step.program is not None
    cache: dict[Any, Any] = step.program.cache
    key = ("places", name)
    if key not in cache:
        cache[key] = _places_of(training, step, name)
    return cache[key]


def _places_of(training: Training, step: Step, name: str) -> Places:
    try:
        named = _constants(training, step, name)
    except NameUnknownError:
        return _descent(training, step) if name == "learning_rate" else ()
    for constant in named:
        if constant.derived:
            raise NotSweepableError(
                f"{name} cannot be swept: {where(training.recording, constant.line)}autograd computed another number "
                "from it for the backward pass, which would stay as it was recorded"
            )
    refuse_computed_beside(training.recording, name, [constant.line for constant in named])
    return tuple((number, 1.0) for constant in named for number in (*constant.numbers, *constant.follows))


def _constants(training: Training, step: Step, name: str) -> list[NamedConstant]:
    named = [constant for constant in constants_of(training.recording, step) if constant.name == name]
    if not named:
        raise NameUnknownError(name)
    return named


def _descent(training: Training, step: Step) -> Places:
    """Return the learning rate of an optimiser that adds the gradient times a negative number, as SGD does.

    Adam's number is another in each turn, so it is none.
    """
    turns = _kinds(training)
    if len({constant.value for turn in turns for constant in _subtracted(training, turn)}) != 1:
        return ()
    return tuple((number, -1.0) for constant in _subtracted(training, step) for number in constant.numbers)


def _subtracted(training: Training, step: Step) -> list[NamedConstant]:
    if step.number < 0:
        return []  # what initialises a parameter looks like an update, too
    return [
        constant
        for constant in constants_of(training.recording, step)
        if constant.phase == "update" and not constant.known
        if isinstance(constant.value, float) and constant.value < 0
    ]
