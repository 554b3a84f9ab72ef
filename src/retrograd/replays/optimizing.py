"""The numbers that optimizers make of changed options, and those of steps that were not recorded."""

from __future__ import annotations

from typing import Any

from retrograd.errors import BeyondRecordingError
from retrograd.optimizers import OptimizerStep, are_those, numbers_of, optimizer_steps, states_of
from retrograd.program import Tensors, start_of
from retrograd.recording import (
    Program,
    Recording,
    Step,
)
from retrograd.replays.asked import Asked
from retrograd.replays.survey import Survey


class Optimizing:
    """Asks optimizers what they make of options."""

    def __init__(self, recording: Recording, survey: Survey, asked: Asked) -> None:
        self.recording, self.survey, self.asked = recording, survey, asked
        self._asked: dict[Any, dict[int, complex] | None] = {}
        """What optimizers make of options, by program, optimizer, options and counts of steps."""
        self.predicted = False
        """Optimizers' numbers are computed for the steps that were not recorded."""

    def foretold(self, step: Step, program: Program, number: int) -> dict[int, complex]:
        """Return the numbers of optimizers, if they can be computed for steps that were not recorded."""
        found: dict[int, complex] = {}
        program = self.survey.like[id(program)]
        for taken in optimizer_steps(program):
            numbers = self._ask(program, taken, self._counts(step, program, taken), {})
            options = self.asked.options_of(taken, number)
            if numbers is not None and ("lr" in options or are_those(numbers, program, step.constants)):
                found |= numbers
                self.predicted = True
        return found

    def optimized(self, program: Program, number: int, start: Tensors, recorded: bool) -> dict[int, complex]:
        """Return the numbers that optimizers make of changed options, and those of steps that were not recorded."""
        if not self.asked.options and not (self.predicted and not recorded):
            return {}
        found: dict[int, complex] = {}
        program = self.survey.like.get(id(program), program)
        for taken in optimizer_steps(program):
            options = self.asked.options_of(taken, number)
            if options or not recorded:
                self._check_optimizer(program, taken)
                numbers = self._ask(program, taken, start, options)
                if numbers is None:
                    given = ", ".join(f"{name}={value!r}" for name, value in options.items())
                    raise BeyondRecordingError(f"with {given} {taken.kind} does other operations than were recorded")
                found |= numbers
        return found

    def _check_optimizer(self, program: Program, taken: OptimizerStep) -> None:
        step = self.survey.first[id(program)]
        numbers = self._ask(program, taken, self._counts(step, program, taken), {})
        if numbers is None or not are_those(numbers, program, step.constants):
            raise BeyondRecordingError(
                f"the numbers in the operations of {taken.kind} are not those that it makes of its recorded options, "
                f"so what it would make of others is not known. They can be given by their lines"
            )

    def _counts(self, step: Step, program: Program, taken: OptimizerStep) -> Tensors:
        counts = {slot for slot, *_ in states_of(program, taken) if not program.slots[slot].shape}
        return start_of(self.recording, step, [r for r in program.start if r.slot in counts])

    def _ask(
        self, program: Program, taken: OptimizerStep, start: Tensors, options: dict[str, Any]
    ) -> dict[int, complex] | None:
        slots = (slot for slot, *_ in states_of(program, taken) if not program.slots[slot].shape)
        counts = tuple(start[slot].item() for slot in slots)
        key = id(program), taken.operations, counts, tuple(options.items())
        if key not in self._asked:
            self._asked[key] = numbers_of(program, taken, start, options)
        return self._asked[key]
