"""Stretches of consecutive steps that differ in their values only, each stretch in one row of its table, and back.

A row of a database costs some microseconds, which is as much as a small step of a loop takes itself.
"""

from __future__ import annotations

import struct
import zlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from retrograd.recording import Binding, Layout, Program, Step
from retrograd.store._format import natural
from retrograd.store._steps import LAYOUTS, Repeated

_MOST_BYTES = 1 << 18
"""A stretch is not longer than this by much: whoever asks for one step reads its stretch."""

_MOST_STEPS = 1 << 12

_LONG_ROW = 1 << 16
"""Steps with rows this long stand alone."""


def fits(step: Repeated) -> bool:
    """Return whether the step gains by standing in a stretch."""
    return len(step.row) < _LONG_ROW


@dataclass(slots=True)
class Stretch:
    """Consecutive steps while they are collected."""

    first: Repeated
    rows: list[bytes] = field(default_factory=list)
    seconds: array[float] = field(default_factory=lambda: array("d"))
    losses: array[float] = field(default_factory=lambda: array("d"))
    norms: array[float] = field(default_factory=lambda: array("d"))

    def takes(self, step: Repeated) -> bool:
        """Return whether the step continues the stretch."""
        first, count = self.first, len(self.rows)
        return (
            step.number == first.number + count
            and step.program is first.program
            and step.layout == first.layout
            and len(step.row) == len(first.row)
            and (step.bindings is first.bindings or step.bindings == first.bindings)
            and (step.loss is None) == (first.loss is None)
            and len(step.norms) == len(first.norms)
            and count < _MOST_STEPS
            and count * len(step.row) < _MOST_BYTES
        )

    def add(self, step: Repeated) -> None:
        """Add a step that it takes."""
        self.rows.append(step.row)
        self.seconds.append(step.seconds)
        if step.loss is not None:
            self.losses.append(step.loss)
        self.norms.extend(step.norms)

    def row(self, bindings: int | None) -> tuple[Any, ...]:
        """Return a row of the table `stretches`; `bindings` is their number in the table of that name."""
        first = self.first
        row = (
            first.number,
            len(self.rows),
            None if first.program is None else first.program.number,
            first.layout,
            bindings,
            b"".join(self.rows),
            _little(self.seconds),
            _little(self.losses) or None,
            _little(self.norms) or None,
        )
        return (*row, _checksum(row))


def stretches(steps: Sequence[Repeated]) -> Iterator[Stretch]:
    """Collect steps, which are in order, into as few stretches as they allow."""
    present: Stretch | None = None
    for step in steps:
        if present is None or not present.takes(step):
            if present is not None:
                yield present
            present = Stretch(step)
        present.add(step)
    if present is not None:
        yield present


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch that was read."""

    numbers: range
    program: Program | None
    layout: Layout
    bindings: tuple[Binding, ...]
    rows: bytes
    seconds: Sequence[float]
    losses: Sequence[float]
    norms: Sequence[float]

    def step(self, number: int) -> Step:
        """Return one of its steps."""
        place, count = number - self.numbers.start, len(self.numbers)
        length, wide = len(self.rows) // count, len(self.norms) // count
        row = self.rows[place * length : (place + 1) * length]
        loss = self.losses[place] if self.losses else None
        norms = tuple(self.norms[place * wide : (place + 1) * wide])
        seconds = self.seconds[place]
        return Step(number, self.program, self.layout, row, {}, self.bindings, (), {}, seconds, True, loss, norms)


def stretch_from_row(
    row: Sequence[Any],
    program_of: Callable[[int], Program],
    bindings_of: Callable[[int], tuple[Binding, ...]],
) -> Found:
    """Read a row of the table `stretches`.

    Raises:
        ValueError, TypeError, OverflowError, struct.error: It is not what was written.
    """
    *fields, crc = row
    if crc != _checksum(fields):
        raise ValueError("its checksum is wrong")
    number, count, program, layout, bindings, rows, seconds, losses, norms = fields
    found = Found(
        range(natural(number), natural(number) + natural(count)),
        None if program is None else program_of(natural(program)),
        LAYOUTS[LAYOUTS.index(layout)],
        () if bindings is None else bindings_of(natural(bindings)),
        rows,
        _doubles(seconds),
        _doubles(losses or b""),
        _doubles(norms or b""),
    )
    lengths = len(found.rows) % count, len(found.seconds) - count, len(found.norms) % count
    if any(lengths) or len(found.losses) not in (0, count):
        raise ValueError(f"its values are not those of {count} steps")
    return found


def _little(numbers: array[float]) -> bytes:
    return struct.pack(f"<{len(numbers)}d", *numbers)


def _doubles(content: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{len(content) // 8}d", content)


def _checksum(fields: Sequence[Any]) -> int:
    *numbers, rows, seconds, losses, norms = fields
    head = " ".join("-" if each is None else str(each) for each in ("stretches", *numbers))
    crc = zlib.crc32(head.encode())
    for content in (rows, seconds, losses or b"", norms or b""):
        crc = zlib.crc32(content, zlib.crc32(len(content).to_bytes(8, "little"), crc))
    return crc
