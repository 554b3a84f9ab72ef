"""A recording's parts without a file: what a short recording or a replay is kept in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from retrograd.errors import NotKeptError
from retrograd.recording import Line, Note, Program, Step
from retrograd.store._format import Contents
from retrograd.store._steps import Repeated, is_turn


@dataclass
class Memory:
    """A `Source` of plain lists, which may still grow."""

    facts: dict[str, Any] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    _programs: list[Program] = field(default_factory=list)
    _steps: dict[int, Step | Repeated] = field(default_factory=dict)
    _contents: Contents = field(default_factory=Contents)
    refresh: Callable[[], None] = lambda: None
    """Is called before steps are looked at: it may add some."""

    @property
    def numbers(self) -> range:
        """The numbers of the steps, without what came before and after."""
        self.refresh()
        return range(self._contents.steps)

    def programs(self) -> list[Program]:
        """Return the distinct programs."""
        return self._programs

    def step(self, number: int) -> Step:
        """Return a step; -1 is what came before the first one, len(numbers) what came after the last.

        Raises:
            NotKeptError: It is not there.
        """
        self.refresh()
        try:
            step = self._steps[number]
        except KeyError:
            raise NotKeptError(missing(number, self.numbers)) from None
        return step.step() if isinstance(step, Repeated) else step

    def repeated(self, step: Step | Repeated) -> None:
        """Add a turn of the loop, at the least cost."""
        self._steps[step.number] = step
        contents = self._contents
        if step.number == contents.end == contents.steps:
            contents.end = contents.steps = step.number + 1
        else:
            contents.count(step.number, True)

    def keep(self, step: Step | Repeated, turn: bool | None = None) -> None:
        """Add a step, or replace the one of the same number."""
        self._steps[step.number] = step
        self._contents.count(step.number, is_turn(step) if turn is None else turn)


def missing(number: int, numbers: range) -> str:
    """Say that there is no such step, and which there are."""
    known = f"steps 0 to {len(numbers) - 1}" if numbers else "no steps"
    return f"there is no step {number}; the recording holds {known}"
