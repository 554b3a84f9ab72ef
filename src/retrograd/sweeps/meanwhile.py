"""Runs that the loop itself makes while a compiler works: first results for whoever watches, long before the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from retrograd.engines.loop import run_in_turn
from retrograd.engines.runs import Stop
from retrograd.sweeps.making import Watcher
from retrograd.sweeps.outcomes import OUTCOMES, outcomes
from retrograd.sweeps.planning import Plan


class Meanwhile:
    """Makes one run after another, from all over the sweep, and says what became of each.

    They are made again with all the others, since every run of a result has the same engine.
    """

    def __init__(self, plan: Plan, stop: Stop, progress: Watcher | None) -> None:
        """Make runs of a plan; whoever watches is told of them if there is a method `say`."""
        self._plan, self._stop, self._progress = plan, stop, progress
        self._say: Callable[[str], None] | None = getattr(progress, "say", None)

    def __call__(self, done: Callable[[], bool]) -> None:
        """Make runs until the compiler is done."""
        if self._say is None:
            return
        self._say("compiling, which takes some seconds the first time")

        def look(runs: int, turns: int) -> None:
            if self._progress is not None:
                self._progress(0, self._plan.grid.count, 0)  # it may end the whole by raising something
            if done():
                raise _Done

        with suppress(_Done):
            for number in self._order():
                self._say(f"compiling; {self._made(number, look)}")

    def _made(self, number: int, look: Callable[[int, int], None]) -> str:
        answer = run_in_turn(self._plan.work(number, number + 1, self._stop), look)
        outcome = OUTCOMES[int(outcomes(answer, self._stop.until is not None)[0])]
        columns = self._plan.grid.columns(number, number + 1)
        where = ", ".join(f"{name}={values[0]:.4g}" for name, values in columns.items())
        return f"{where}: {outcome}, {answer.steps[0]} steps"

    def _order(self) -> Iterator[int]:
        """Go through the runs: those that draw their starts one after another in order, others far apart first."""
        count = self._plan.grid.count
        if self._plan.start == "own":
            yield from range(count)
            return
        # Van der Corput's sequence: places with their binary digits turned round.
        digits = max(1, (count - 1).bit_length())
        for place in range(1 << digits):
            number = int(f"{place:0{digits}b}"[::-1], 2)
            if number < count:
                yield number


class _Done(Exception):
    """The compiler is done."""
