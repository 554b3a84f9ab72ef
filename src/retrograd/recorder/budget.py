"""How much of each step is written, so that the whole recording stays below a number of bytes.

The less is left of the budget, the rarer are the steps that are kept in full: all of them while more than half is
left, then one in two, one in four below a quarter, and so on. So a recording never ends before its loop, and there are
full steps in all parts of it. Losses are always kept: 24 bytes a step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from retrograd.recording import Program, Step, offsets, summary_nbytes
from retrograd.store import Repeated

LEAST = 1_000_000
"""Bytes. Programs and sources alone may take half of it."""

_ALONE, _IN_A_STRETCH = 160, 24
"""Bytes that a step takes besides what it holds, by itself or among others like it."""

_EMPTY = 80_000
"""Bytes of a file with next to nothing in it."""

_SLACK = 1.1
"""What the file takes for each byte in it: pages that are not full."""

_FOR_THE_REST = 0.25
"""This part of the budget is not for full steps but for what the others hold."""

_RAREST = 1 << 20
"""When only one step in so many could be kept, none is."""


class Budget:
    """Counts what is written, and says how much of the next step may be."""

    def __init__(self, limit: float, structure: Callable[[], int]) -> None:
        """Begin to count.

        Args:
            limit: In bytes.
            structure: Returns how many bytes all but the steps takes.
        """
        self._limit, self._structure = limit, structure
        self._written = 0
        """Bytes of full steps, and of all that is large."""
        self._others = 0
        """Bytes of the steps that are not full."""
        self._asked = 0
        self._like: tuple[Program | None, str] | None = None
        """What the last step was like; another begins another stretch."""

    @property
    def words(self) -> str:
        """What there is to say where something was left out."""
        return (
            f"from here on ever fewer steps are kept in full, for the recording is to stay below "
            f"{self._limit / 1e6:g} MB; the others hold their loss, and what came from outside if it is small"
        )

    def keeps(self) -> bool:
        """Return whether the next step is to be kept in full."""
        left, every = self._left() / (self._limit * (1 - _FOR_THE_REST)), 1
        while every < _RAREST and left * every < 0.5:
            every *= 2
        self._asked += 1
        return every < _RAREST and self._asked % every == 0

    def affords(self, nbytes: int) -> bool:
        """Return whether so much may be written at once: no more than half of what is left."""
        return nbytes * _SLACK < self._left() / 2

    def write(self, *steps: Step | Repeated) -> None:
        """Count steps that are written."""
        for step in steps:
            nbytes = len(step.row) + 8 * len(step.norms) + _IN_A_STRETCH
            like = step.program, step.layout
            if like != self._like:
                nbytes, self._like = nbytes + _ALONE, like
            if isinstance(step, Step) and (step.constants or step.generators or step.wholes):
                nbytes += _ALONE + 12 * len(step.constants)
                nbytes += sum(map(len, (*step.generators, *step.wholes.values())))
            if step.layout in ("inputs", "none"):
                self._others += nbytes
            else:
                self._written += nbytes

    def _left(self) -> float:
        """Return how many bytes are left for full steps."""
        spent = _EMPTY + _SLACK * (self._written + self._structure())
        for_the_rest = max(self._limit * _FOR_THE_REST, _SLACK * self._others)
        return self._limit - for_the_rest - spent


def thinned(step: Step, loss: float) -> Step:
    """Return a step with its loss and with what came from outside, as far as that is small."""
    program = step.program
    if program is None:
        return step
    places, wanted = offsets(program, step.layout, step.bindings), offsets(program, "inputs", step.bindings)
    parts = [step.row[places[n] : places[n] + _nbytes(program, n)] for n in wanted if n >= 0]
    return replace(step, layout="inputs", row=b"".join(parts), generators=(), wholes={}, loss=loss)


def _nbytes(program: Program, number: int) -> int:
    buffer = program.buffers[number]
    return buffer.nbytes if buffer.whole else summary_nbytes(buffer)
