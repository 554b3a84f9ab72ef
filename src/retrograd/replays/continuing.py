"""Whether it is known what more steps than were recorded would do."""

from __future__ import annotations

from collections.abc import Mapping

from retrograd.errors import BeyondRecordingError
from retrograd.recording import (
    Program,
    Recording,
    Step,
)
from retrograd.replays.asked import Asked
from retrograd.replays.optimizing import Optimizing
from retrograd.replays.survey import Survey, is_entry
from retrograd.variables import constants_of


class Continuing:
    """The steps that say what those behind the last one do."""

    def __init__(self, recording: Recording, survey: Survey, asked: Asked, optimizing: Optimizing, count: int) -> None:
        self.recording, self.survey, self.asked, self.optimizing = recording, survey, asked, optimizing
        self.count = count
        """So many steps are wanted."""
        self.models = survey.count
        """So many of the recorded steps say what a step does; the ones after them repeat the last of these."""
        self.period = self._period() if count > survey.count else 0
        """After so many steps the recorded ones repeat."""

    def _period(self) -> int:
        """Return after how many steps the recorded ones repeat."""
        count = self.survey.count
        wanted = f"{self.count} steps were asked for, {count} were recorded"
        last = self.recording.steps[-1] if count else None
        if last is None or not last.finished:
            raise BeyondRecordingError(f"{wanted}, and the last of them was not finished, so none can follow")
        deeds = self.survey.deeds
        for period in range(1, count // 2 + 1):
            pairs = ((k, deeds[k], deeds[k + period]) for k in range(count - period - 1, -1, -1))
            differing = (k + 1 for k, one, other in pairs if one[0] != other[0] and one[1] != other[1])
            start = next(differing, 0)
            if start <= max(count - 2 * period, 0) and (period == 1 or start <= count // 2):
                # After the last step the loop's variables may be gone, so it may not leave what a next one needs.
                self.models = count - (self.survey.programs[-1] != self.survey.programs[-1 - period])
                self._check_period(period, start, wanted)
                return period
        raise BeyondRecordingError(
            f"{wanted}, and the recorded ones do not repeat one another, so it is not known what would follow. "
            f"Record a longer run"
        )

    def _check_period(self, period: int, start: int, wanted: str) -> None:
        count = self.models
        for number in range(count - period, count):
            step = self.recording.steps[number]
            program = step.program
            assert program is not None  # steps without a program do not repeat one another
            for reference, binding in zip(program.start, step.bindings, strict=True):
                name = program.slots[reference.slot].name or f"slot {reference.slot}"
                if binding is None and name not in self.asked.tensors:
                    raise BeyondRecordingError(
                        f"{wanted}, and {name} comes from outside in each of them, so there is none for more. "
                        f"Give it for all steps, or record a longer run"
                    )
                if binding is not None and number - binding[0] < start and not is_entry(number, binding):
                    raise BeyondRecordingError(
                        f"{wanted}, and {name} comes from a step that has no like among the last"
                    )
            self._check_seeds(step, program, number, period, wanted)
            given = {**self.asked.constants(step, number), **self.optimizing.foretold(step, program, number)}
            before = self.recording.steps[number - period]
            if {n: v for n, v in step.constants.items() if n not in given} != {
                n: v for n, v in before.constants.items() if n not in given
            }:
                raise BeyondRecordingError(
                    f"{wanted}, and {self._which_vary(step, before, given)} from step to step, "
                    f"so the numbers for more are not known. Give one for each step"
                )

    def _check_seeds(self, step: Step, program: Program, number: int, period: int, wanted: str) -> None:
        """A generator that is seeded in the middle of a step must have been seeded alike the last time."""
        before = self.recording.steps[number - period]
        numbers = [generator for _, generator in program.draws]
        for n, generator in enumerate(numbers):
            if generator in numbers[:n] and step.generators[n] != before.generators[n]:
                raise BeyondRecordingError(f"{wanted}, and each of them seeds its random numbers in another way")

    def _which_vary(self, step: Step, before: Step, given: Mapping[int, complex]) -> str:
        differing = {
            n
            for n in {**step.constants, **before.constants}
            if n not in given and step.constants.get(n) != before.constants.get(n)
        }
        names = [c.name for c in constants_of(self.recording, step) if differing & {*c.numbers, *c.follows, *c.derived}]
        if not names:
            return "places in the data differ"
        return f"{', '.join(dict.fromkeys(names))} {'differs' if len(names) == 1 else 'differ'}"
