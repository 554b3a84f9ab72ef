"""The values of the steps as the viewer reads them: rows of bytes, and what else differs from step to step."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from retrograd.errors import NotKeptError
from retrograd.recording import (
    NUMPY_DTYPES,
    SUMMARY_HEAD,
    Buffer,
    Program,
    Recording,
    Step,
    loss_of,
    offsets,
    references_in,
)
from retrograd.views.numbers import json_number
from retrograd.views.plain import Plain

MOST_WHOLE = 40_000
"""A tensor that a step kept whole though it is large goes into a page if it has at most so many bytes."""

LAYOUTS = ("all", "kept", "inputs", "none")

SATURATES = 25.0
"""Colours are full at so many times what a tensor had first, else a loop that diverges leaves its beginning white."""


class Rows:
    """The steps' values, one after another, and what else differs from step to step."""

    def __init__(self, recording: Recording, budget: int, steps: range | None) -> None:
        self.count = len(recording.steps)
        self.scales: dict[Any, float] = {}
        self.constants: list[Plain] = []
        self.bindings: list[Any] = []
        self.wholes: list[list[int]] = []
        """Step, buffer, place in the rows, bytes."""
        self.chosen: list[int] = []
        self.example: dict[int, Step] = {}
        """For each program a step with as many values as there are."""
        self._numbers = {id(program): number for number, program in enumerate(recording.programs)}
        self._interned: dict[Any, int] = {}
        self._table: list[list[int]] = []
        self._blocks: list[bytes] = []
        self._length = 0
        self._seconds: list[float] = []
        self._norms: list[Sequence[float]] = []
        self._ranges: dict[Any, list[bytes]] = {}
        self.losses = np.full(self.count, np.nan)
        wanted = self._wanted(recording, budget, steps)
        for step in self._all(recording):
            if 0 <= step.number < self.count:
                self.losses[step.number] = loss_of(step)
                if step.number not in wanted:
                    continue
                self.chosen.append(step.number)
            self._add(step)
        first: dict[Any, float] = {}
        for (program, layout), rows in self._ranges.items():
            self._measure(recording.programs[program], layout, rows, first)
        self.scales = {key: min(scale, SATURATES * first.get(key, scale)) for key, scale in self.scales.items()}
        self._ranges.clear()

    @staticmethod
    def _all(recording: Recording) -> Iterator[Step]:
        before, after = recording.before, recording.after
        if before is not None:
            yield before
        for number in range(len(recording.steps)):
            try:
                yield recording.steps[number]
            except NotKeptError:
                continue  # a ring of the last steps: this one is gone
        if after is not None:
            yield after

    def _wanted(self, recording: Recording, budget: int, steps: range | None) -> range | set[int]:
        """Return the steps whose values are kept: as many as the budget allows, evenly spaced, with first and last."""
        numbers = range(self.count) if steps is None else steps
        count = len(numbers)
        if count < 3:
            return numbers
        probe = [recording.steps[numbers[place]] for place in (0, count // 2, count - 1)]
        typical = max(sorted(len(step.row) for step in probe)[1], 1)
        most = max(budget // typical, 3)
        if count <= most:
            return numbers
        return {numbers[round(place * (count - 1) / (most - 1))] for place in range(most)}

    def _add(self, step: Step) -> None:
        program = -1 if step.program is None else self._number(step.program)
        self._table.append(
            [
                step.number,
                program,
                LAYOUTS.index(step.layout),
                self._length,
                len(step.row),
                self._intern(self.constants, {str(k): json_number(v) for k, v in step.constants.items()}),
                self._intern(self.bindings, [None if b is None else list(b) for b in step.bindings]),
                int(step.finished),
            ]
        )
        place = len(self._table) - 1
        if step.program is not None:
            known = self.example.get(step.program.number)
            if known is None or LAYOUTS.index(step.layout) < LAYOUTS.index(known.layout):
                self.example[step.program.number] = step
        self._seconds.append(step.seconds)
        self._norms.append(step.norms)
        self._append(step.row)
        for buffer, content in step.wholes.items():
            if len(content) <= MOST_WHOLE:
                self.wholes.append([place, buffer, self._length, len(content)])
                self._append(content)
        if step.program is not None and step.row and step.layout != "inputs":
            self._ranges.setdefault((program, step.layout), []).append(step.row)

    def _number(self, program: Program) -> int:
        return self._numbers.get(id(program), program.number)

    def _append(self, content: bytes) -> None:
        self._blocks.append(content)
        self._length += len(content)

    def _intern(self, table: list[Any], entry: Any) -> int:
        key = id(table), json.dumps(entry)
        if key not in self._interned:
            self._interned[key] = len(table)
            table.append(entry)
        return self._interned[key]

    def _measure(self, program: Program, layout: Any, rows: list[bytes], first: dict[Any, float]) -> None:
        """Find the largest number that each tensor ever has, and that it had first when it was not zero."""
        places = offsets(program, layout)
        whole = [row for row in rows if len(row) == places[-1]]
        if not whole:
            return
        table = np.frombuffer(b"".join(whole), np.uint8).reshape(len(whole), -1)
        largest = {
            buffer.number: _largest(table, buffer, places[buffer.number])
            for buffer in program.buffers
            if buffer.number in places
        }
        for reference in references_in(program):
            key = scale_key(program, reference.slot)
            sizes = largest.get(reference.buffer, np.zeros(1))
            self.scales[key] = max(self.scales.get(key, 0.0), float(sizes.max()))
            if sizes.any():
                first.setdefault(key, float(sizes[sizes > 0][0]))

    def sections(self) -> dict[str, bytes]:
        """Return what the viewer reads as arrays of numbers."""
        width = max((len(norms) for norms in self._norms), default=0)
        norms = np.full((len(self._norms), width), np.nan)
        for row, entries in enumerate(self._norms):
            norms[row, : len(entries)] = entries
        return {
            "loss": self.losses.astype("<f8").tobytes(),
            "steps": np.array(self._table, "<f8").reshape(-1, 8).tobytes(),
            "seconds": np.array(self._seconds, "<f8").tobytes(),
            "norms": norms.astype("<f8").tobytes(),
            "rows": b"".join(self._blocks),
        }


def scale_key(program: Program, slot: int) -> Any:
    """Return what tells tensors apart: a name, which is the same in all programs, or a slot of one program."""
    return program.slots[slot].name or (program.number, slot)


def _largest(table: np.ndarray, buffer: Buffer, place: int) -> np.ndarray:
    """Return the largest size of a finite entry of a buffer in each of the rows."""
    if not buffer.whole:
        head = np.ascontiguousarray(table[:, place : place + SUMMARY_HEAD.itemsize]).view(SUMMARY_HEAD)
        entries = np.concatenate([head["minimum"], head["maximum"]], axis=1)
    else:
        if buffer.dtype not in NUMPY_DTYPES or not buffer.nbytes:
            return np.zeros(len(table))
        entries = np.ascontiguousarray(table[:, place : place + buffer.nbytes]).view(NUMPY_DTYPES[buffer.dtype])
        if buffer.dtype == "bfloat16":
            entries = (entries.astype("u4") << 16).view("f4")
    with np.errstate(over="ignore", invalid="ignore"):
        sizes = np.abs(entries.astype("f8" if entries.dtype.kind != "c" else "c16"))
    return np.where(np.isfinite(sizes), sizes, 0).max(axis=1)
