"""A recorded training as something that can be done again: how it begins, and what each turn of it does.

A recording may hold several trainings one after another, as a loop over learning rates leaves them. A `Training` is
the first of them. It knows what a run starts from (for each seed as the script would have drawn it), which program its
turns run, and which of their constants is which number of the person's.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retrograd.errors import NameUnknownError, NotSweepableError
from retrograd.program import Tensors, execute, start_of
from retrograd.recording import Program, Recording, Reference, Step, flat
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
    _forbid_derived(training, name, [constant.line for constant in named])
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


def _forbid_derived(training: Training, name: str, lines: Sequence[int | None]) -> None:
    """Refuse a number that a line also computes others from: the recording holds only what came out, as in 1 - beta."""
    recording = training.recording
    for index in lines:
        if index is None:
            continue
        line = recording.lines[index]
        tree = _tree(recording, line.file)
        for node in ast.walk(tree) if tree is not None else ():
            if not isinstance(node, ast.BinOp) or not line.number <= node.lineno <= line.end_number:
                continue
            sides = (node.left, node.right)
            if any(_is(side, name) for side in sides) and any(isinstance(side, ast.Constant) for side in sides):
                raise NotSweepableError(
                    f"{name} cannot be swept: line {line.number} also computes `{ast.unparse(node)}` from it, and the "
                    "recording holds only the number that came out. Give that its own variable, or record again with "
                    f"another {name}"
                )


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute)) and ast.unparse(node) == name


def _tree(recording: Recording, file: str) -> ast.Module | None:
    try:
        return ast.parse(recording.texts.get(file, ""))
    except (SyntaxError, ValueError):
        return None


# ---------------------------------------------------------------- what a run starts from


class Starts:
    """What runs start from: the recorded values, or what the script would have drawn.

    A start is the tensors of the first turn, by slot.
    """

    def __init__(self, training: Training) -> None:
        self._training, self._recording = training, training.recording
        self._left: Tensors = {}
        before = self._recording.before
        self._before = before if before is not None and before.program is not None else None
        program = self._before.program if self._before is not None else None
        self.drawn = program is not None and any(number < 0 for _, number in program.draws)
        """Whether the script draws what a training starts from."""

    @property
    def seed(self) -> int | None:
        """The seed that the script had when it drew, or None if nothing was drawn."""
        if not self.drawn:
            return None
        assert self._before is not None
        assert self._before.program is not None
        draws = zip(self._before.program.draws, self._before.generators, strict=True)
        return seed_of(next(state for (_, number), state in draws if number < 0))

    def recorded(self) -> Tensors:
        """Return the start that was recorded."""
        return start_of(self._recording, self._training.first)

    @property
    def recorded_generator(self) -> Tensor | None:
        """The state of PyTorch's default generator at the first draw of the first turn; None if it draws nothing."""
        first = self._training.first
        assert first.program is not None
        states = (s for (_, number), s in zip(first.program.draws, first.generators, strict=False) if number < 0)
        state = next(states, None)
        return None if state is None else _as_tensor(state)

    def depends_on(self, name: str) -> bool:
        """Return whether a number of the person's takes part in making the start."""
        return self._before is not None and bool(places_of(self._training, self._before, name))

    def one(self, seed: int | None, numbers: Mapping[str, float]) -> tuple[Tensors, Tensor | None]:
        """Return the start that the script draws first with a seed, and with other numbers.

        Args:
            seed: What `torch.manual_seed` gets in place of the script's own; None for the recorded draws.
            numbers: Numbers of the person's that differ, such as the scale of the start.
        """
        return next(self.sequence(seed, [numbers]))

    def sequence(
        self, seed: int | None, numbers: Iterable[Mapping[str, float]]
    ) -> Iterator[tuple[Tensors, Tensor | None]]:
        """Go through the starts that the script draws one after another, as a loop over learning rates does.

        The first is drawn as the recording's first one. The further ones go on from there, by what stands between
        two trainings in the recording, or, if there is but one, by the same operations again. With each start comes
        the state of the default generator behind it.

        Raises:
            NotReproducibleError: What draws the start cannot be executed.
            NotSweepableError: The script draws nothing before the first turn.
        """
        if self._before is None:
            raise NotSweepableError(
                "the recording does not hold how the first turn's tensors were made, so no seed can make others; "
                "begin to record before they are made, or sweep from the recorded start"
            )
        generator = _Generator(seed)
        for position, own in enumerate(numbers):
            if position and len(self._training.beginnings) < 2:
                generator.seeds_itself = False
            start = self._again(own, generator) if position else self._prepared(own, generator)
            yield start, generator.state

    def _prepared(self, numbers: Mapping[str, float], generator: _Generator) -> Tensors:
        before, first = self._before, self._training.first
        assert before is not None
        assert before.program is not None
        assert first.program is not None
        self._left = self._executed(before, before.program, start_of(self._recording, before), numbers, generator)
        start = start_of(self._recording, first)
        for reference, binding in zip(first.program.start, first.bindings, strict=True):
            if binding is not None:
                start[reference.slot] = self._left[binding[1]]
        return start

    def _again(self, numbers: Mapping[str, float], generator: _Generator) -> Tensors:
        if len(self._training.beginnings) < 2:
            return self._prepared(numbers, generator)
        step, head = self._recording.source.step(self._training.beginnings[1]), self._head
        outside = start_of(self._recording, step)
        for reference, binding in zip(head.start, step.bindings, strict=True):
            origin = self._origin(step.number, binding)
            if origin is not None:
                outside[reference.slot] = self._left[origin]
        made = self._executed(step, head, dict(outside), numbers, generator)
        return self._by_name(head, {**outside, **made})

    def _origin(self, number: int, binding: tuple[int, int] | None) -> int | None:
        """Return the slot of the preparation that a tensor came unchanged from; None if it did not."""
        while binding is not None:
            number, slot = number - binding[0], binding[1]
            if number < 0:
                return slot
            step = self._recording.source.step(number)
            place = next((n for n, r in enumerate(step.program.start) if r.slot == slot), None)  # type: ignore[union-attr]
            binding = None if place is None else step.bindings[place]
        return None

    def _by_name(self, program: Program, tensors: Tensors) -> Tensors:
        """Give the first turn what a later training's beginning made, name by name."""
        named = {program.slots[slot].name: tensor for slot, tensor in tensors.items() if program.slots[slot].name}
        first = self._training.first.program
        assert first is not None
        start: Tensors = {}
        for reference in first.start:
            slot = first.slots[reference.slot]
            tensor = named.get(slot.name) if slot.name else None
            if tensor is None or tuple(tensor.shape) != slot.shape:
                raise NotSweepableError(
                    "the trainings of this recording begin in different ways "
                    f"({slot.name or 'a tensor without a name'} is not made anew), so their own starts cannot be "
                    "drawn; sweep with the same start for all"
                )
            start[reference.slot] = tensor
        return start

    @cached_property
    def _head(self) -> Program:
        """What the second training does before its first forward operation."""
        step = self._recording.source.step(self._training.beginnings[1])
        program = step.program
        assert program is not None
        # The parameters have to be there, and whatever is made before the last of them.
        wanted = {slot.number for slot in program.slots if slot.parameter}
        last = max(
            (number for number, operation in enumerate(program.operations) if wanted & set(flat(operation.outputs))
             and not _is_update(program, operation.event)),
            default=-1,
        )  # fmt: skip
        operations = program.operations[: last + 1]
        made: dict[int, Reference] = {r.slot: r for operation in operations for r in operation.results}
        ends = tuple(made[slot] for slot in made)
        draws = tuple(draw for draw in program.draws if draw[0] <= last)
        return replace(program, operations=operations, end=ends, draws=draws, losses=(), gradients=(), cache={})

    def _executed(
        self, step: Step, program: Program, start: Tensors, numbers: Mapping[str, float], generator: _Generator
    ) -> Tensors:
        constants = dict(step.constants)
        for name, value in numbers.items():
            for number, factor in places_of(self._training, step, name):
                constants[number] = value * factor
        draws = generator.draws(program, step.generators)
        executable = replace(program, draws=tuple(draw for draw, _ in draws), cache={})
        drawn: dict[int, bytes] = {}
        with generator.used(drawn):
            states = [state for _, state in draws]
            return execute(executable, start, constants=constants, generators=states, drawn=drawn)


class _Generator:
    """PyTorch's default generator as the script would have it, with another seed."""

    def __init__(self, seed: int | None) -> None:
        self._seed = seed
        self.state: Tensor | None = None if seed is None else torch.Generator().manual_seed(seed).get_state()
        self._began = False
        self.seeds_itself = True
        """Whether the script's own calls of manual_seed are followed."""

    def draws(self, program: Program, states: Sequence[bytes]) -> list[tuple[tuple[int, int], bytes]]:
        """Return before which operations which generator gets which state; elsewhere it draws on."""
        found: list[tuple[tuple[int, int], bytes]] = []
        for draw, state in zip(program.draws, states, strict=False):
            if draw[1] >= 0:
                found.append((draw, state))  # a generator of the script's own keeps its seed
            elif (self._seed is None and not self._began) or (self.seeds_itself and _is_fresh(state)):
                found.append((draw, state if self._seed is None else _seeded(self._seed)))
            self._began = self._began or draw[1] < 0
        return found

    @contextmanager
    def used(self, drawn: Mapping[int, bytes]) -> Iterator[None]:
        """Let the default generator be this one, and put it back.

        Args:
            drawn: The state that it is left in, under -1, unless it simply draws on.
        """
        before = torch.get_rng_state()
        if self.state is not None:
            torch.set_rng_state(self.state)
        try:
            yield
            self.state = torch.get_rng_state() if -1 not in drawn else _as_tensor(drawn[-1])
        finally:
            torch.set_rng_state(before)


def seed_of(state: bytes) -> int:
    """Return the seed that a generator's state goes back to."""
    generator = torch.Generator()
    generator.set_state(_as_tensor(state))
    return generator.initial_seed()


def _as_tensor(state: bytes) -> Tensor:
    return torch.from_numpy(np.frombuffer(state, np.uint8).copy())


def _is_fresh(state: bytes) -> bool:
    """Return whether a generator was just seeded."""
    return _seeded(seed_of(state)) == state


def _seeded(seed: int) -> bytes:
    return torch.Generator().manual_seed(seed).get_state().numpy().tobytes()


def _is_update(program: Program, event: int) -> bool:
    return program.events[event].kind in ("update", "accumulate", "clear", "backward")
