"""Options of PyTorch's optimizers as numbers of a sweep: an optimizer is asked what it makes of them in each turn.

The operations of `optimizer.step()` do not hold the learning rate but what the optimizer computed from it, such as
-lr / (1 - 0.9 ** 3) in the third turn of Adam.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from retrograd.engines.training import LEARNING_RATES, Training
from retrograd.errors import NotSweepableError
from retrograd.optimizers import OptimizerStep, are_those, numbers_of, optimizer_steps, states_of
from retrograd.program import start_of
from retrograd.recording import Program, Step

PREFIX = "optimizer: "
"""What the name of an option begins with inside a sweep."""


def options_in(training: Training) -> dict[str, float]:
    """Return the options of a training's optimizers that are numbers, each with its recorded value."""
    found: dict[str, float] = {}
    for step in training.turns[:8]:
        for values in _groups(step.program) if step.program is not None else ():
            found = {**values, **found}
    return found


def _groups(program: Program) -> Iterator[dict[str, float]]:
    """Go through the groups of parameters in a turn, each with those of its options that are numbers."""
    for taken in optimizer_steps(program):
        for group in taken.groups:
            yield {
                name: float(value) for name, value in group.options.items()
                if isinstance(value, (int, float)) and not isinstance(value, bool)
            }  # fmt: skip


def option_called(training: Training, name: str) -> str | None:
    """Return the option that someone means by a name: `learning_rate` is the optimizer's `lr`.

    Raises:
        NotSweepableError: Groups of parameters differ in it.
    """
    wanted = "lr" if name in LEARNING_RATES else name
    if wanted not in options_in(training):
        return None
    programs = (step.program for step in training.turns if step.program is not None)
    groups = next(groups for groups in (list(_groups(program)) for program in programs) if groups)
    values = dict.fromkeys(values[wanted] for values in groups if wanted in values)
    if len(values) > 1:
        raise NotSweepableError(
            f"{wanted} cannot be swept: it is {' and '.join(f'{value:g}' for value in values)} in different groups of "
            "parameters, and a sweep would give all of them the same. Record a loop whose groups agree in it"
        )
    return PREFIX + wanted


class Options:
    """What the optimizers of a training make of their options."""

    def __init__(self, training: Training) -> None:
        self._training = training
        self._asked: dict[Any, Mapping[int, complex]] = {}

    def numbers(self, program: Program, start: Mapping[int, Tensor], values: Mapping[str, float]) -> dict[int, complex]:
        """Return the constants of a turn's optimizers with other options.

        Args:
            program: The turn's.
            start: What it begins with; the optimizers' counts of turns are read from it.
            values: Numbers of the sweep; those that are no options are left alone.

        Raises:
            NotSweepableError: An optimizer would do other operations, or those recorded are not its own.
        """
        options = {name[len(PREFIX) :]: value for name, value in values.items() if name.startswith(PREFIX)}
        found: dict[int, complex] = {}
        for taken in optimizer_steps(program):
            counts = {slot: start[slot] for slot in _counts(program, taken)}
            key = (program.number, taken.operations, *(float(t) for t in counts.values()), *options.items())
            if key not in self._asked:
                with _above_autograd():
                    numbers = numbers_of(program, taken, counts, options)
                if numbers is None:
                    given = ", ".join(f"{name}={value:g}" for name, value in options.items())
                    raise NotSweepableError(
                        f"with {given or 'other counts of turns'} {taken.kind} does other operations than were recorded"
                    )
                self._asked[key] = numbers
            found |= self._asked[key]
        return found

    def check(self) -> None:
        """See whether the recorded numbers are those that the optimizers make of the recorded options.

        Raises:
            NotSweepableError: They are not, as where a schedule changes the learning rate from turn to turn.
        """
        for step in self._looked_at():
            assert step.program is not None
            begun = start_of(self._training.recording, step)
            for taken in optimizer_steps(step.program):
                counts = {slot: begun[slot] for slot in _counts(step.program, taken)}
                numbers = numbers_of(step.program, taken, counts, {})
                if numbers is None or not are_those(numbers, step.program, step.constants):
                    raise NotSweepableError(
                        f"in turn {step.number} the numbers of {taken.kind} are not those that it makes of the "
                        "recorded options, as where a schedule changes the learning rate from turn to turn; so what it "
                        "would make of others is not known. Record the loop without the schedule to sweep it"
                    )

    def _looked_at(self) -> Iterator[Step]:
        """Go through the turns with an optimizer: a schedule may come back to the rate that it began with."""
        for step in self._training.turns:
            if step.program is not None and optimizer_steps(step.program):
                yield self._training.recording.source.step(step.number)


@contextmanager
def _above_autograd() -> Iterator[None]:
    """Compute as a script does, where turns are run below autograd: there some operations consist of others."""
    with torch._C._ForceDispatchKeyGuard(*_USUAL):
        yield


_USUAL = torch._C._dispatch_tls_local_include_set(), torch._C._dispatch_tls_local_exclude_set()


def _counts(program: Program, taken: OptimizerStep) -> list[int]:
    return list(dict.fromkeys(slot for slot, *_ in states_of(program, taken) if not program.slots[slot].shape))
