"""What runs start from: the recorded values, or for each seed what the script would have drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retrograd.engines.devices import CPU
from retrograd.engines.training import Training, places_of
from retrograd.errors import NotSweepableError
from retrograd.program import Tensors, execute, start_of
from retrograd.program.writing import overload
from retrograd.recording import Program, Reference, Step, flat


class Starts:
    """What runs start from: the recorded values, or what the script would have drawn.

    A start is the tensors of the first turn, by slot.
    """

    def __init__(self, training: Training) -> None:
        self._training, self._recording = training, training.recording
        self._left: Tensors = {}
        self._executables: dict[Any, Program] = {}
        before = self._recording.before
        self._before = before if before is not None and before.program is not None else None
        program = self._before.program if self._before is not None else None
        self.drawn = program is not None and any(number < 0 for _, number in program.draws)
        """Whether the script draws what a training starts from."""

    @cached_property
    def _drawn_on(self) -> str:
        """The devices other than the CPU on which the start was drawn, in words; nothing if there is none."""
        program = self._before.program if self._before is not None else None
        found: set[str] = set()
        for operation in () if program is None else program.operations:
            if torch.Tag.nondeterministic_seeded in overload(operation.name).tags:
                found |= {program.slots[slot].device for slot in flat(operation.outputs) if slot is not None}  # type: ignore[union-attr]
        return ", ".join(sorted(found - {CPU}))

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

    @cached_property
    def _recorded(self) -> Tensors:
        return self.recorded()

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
        if self._drawn_on:
            raise NotSweepableError(
                f"the start was drawn on {self._drawn_on}, whose random numbers the CPU does not have. Sweep from the "
                "recorded start (no seeds, and start='same', --start same), or draw on the CPU and move what was drawn"
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
        start = dict(self._recorded)
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
        executable = self._executable(program, tuple(draw for draw, _ in draws))
        drawn: dict[int, bytes] = {}
        with generator.used(drawn):
            states = [state for _, state in draws]
            return execute(executable, start, constants=constants, generators=states, drawn=drawn, device=CPU)

    def _executable(self, program: Program, draws: tuple[tuple[int, int], ...]) -> Program:
        """Return a program that puts generators into given states before these operations only."""
        key = (id(program), draws)
        if key not in self._executables:
            self._executables[key] = replace(program, draws=draws, cache={})
        return self._executables[key]


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


@lru_cache(64)
def _is_fresh(state: bytes) -> bool:
    """Return whether a generator was just seeded."""
    return _seeded(seed_of(state)) == state


def _seeded(seed: int) -> bytes:
    return torch.Generator().manual_seed(seed).get_state().numpy().tobytes()


def _is_update(program: Program, event: int) -> bool:
    return program.events[event].kind in ("update", "accumulate", "clear", "backward")
