"""Reading a recording from its file, also while it is being written, and also when the file means no good."""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import index
from typing import Any

from retrograd.errors import NotKeptError
from retrograd.recording import Binding, Line, Note, Program, Recording, Step
from retrograd.store._format import (
    Contents,
    bindings_from_json,
    checksum,
    contents_from_json,
    from_json,
    line_from_json,
    note_from_json,
    unpack,
)
from retrograd.store._input import Input
from retrograd.store._memory import missing
from retrograd.store._programs import program_from_json
from retrograd.store._steps import step_from_row
from retrograd.store._stretches import Found, stretch_from_row

_STEPS_AHEAD = 64
"""How many steps are read at once, if they are asked for in order."""

_ROWS_IN_A_PAGE = 1 << 16
"""No page of the file has as many bytes. A file that promises more rows means no good."""


def load(path: str | os.PathLike[str]) -> Recording:
    """Open a recording.

    Its steps are read when they are asked for. If it is still being written, more appear.

    Raises:
        FileError: The file is not there, is no recording, is damaged, or was written by a newer retrograd.
    """
    return Recording(File(path))


class File:
    """A `Source` that reads from a file."""

    def __init__(self, path: str | os.PathLike[str], flush: Callable[[], None] = lambda: None) -> None:
        """Open the file for reading.

        Args:
            path: The file.
            flush: What makes this process write what it has not written yet.

        Raises:
            FileError: See `load`.
        """
        self.path = os.path.abspath(path)
        self._flush = flush
        self._input = Input(self.path)
        self._contents = Contents()
        self._contents_json = ""
        self._lines: list[Line] = []
        self._notes: list[Note] = []
        self._programs: dict[int, Program] = {}
        self._bindings: dict[int, tuple[Binding, ...]] = {}
        # With the commit after which they were read, because a fact or a text can be replaced.
        self._facts: tuple[int, dict[str, Any]] = (-1, {})
        self._texts: tuple[int, dict[str, str]] = (-1, {})
        self._stretch: Found | None = None
        """The one that was read last."""
        self._next_step = 0
        self._ahead: dict[int, Sequence[Any]] = {}
        self._none_ahead = range(0)
        """Of these, no others than those ahead stand alone."""
        self._refresh()

    @property
    def facts(self) -> Mapping[str, Any]:
        """How and with what it was recorded; `closed` says whether the recording ended as it should."""
        contents = self._refresh()
        if self._facts[0] != contents.commits:
            facts: dict[str, Any] = {}
            for key, value, crc in self._input.read("SELECT key, value, crc FROM meta"):
                with self._decoding(f"fact {key!r}"):
                    if key in facts or crc != checksum("meta", key, value):
                        raise ValueError("its checksum is wrong")
                    facts[key] = from_json(value)
            if len(facts) < contents.facts:
                raise self._input.damaged("some facts are missing")
            self._facts = contents.commits, facts
        return self._facts[1]

    @property
    def lines(self) -> Sequence[Line]:
        """The lines that events point to."""
        count = self._refresh().lines
        with self._input.lock:
            for number, content in self._rows("lines", len(self._lines), count):
                with self._decoding(f"line {number}"):
                    self._lines.append(line_from_json(content))
        return self._lines

    @property
    def texts(self) -> Mapping[str, str]:
        """The person's source files, whole."""
        contents = self._refresh()
        if self._texts[0] != contents.commits:
            texts: dict[str, str] = {}
            for number, content in self._rows("texts", 0, contents.texts):
                with self._decoding(f"text {number}"):
                    file, text = from_json(unpack(content))
                    texts[str(file)] = str(text)
            self._texts = contents.commits, texts
        return self._texts[1]

    @property
    def notes(self) -> Sequence[Note]:
        """What the recording does not hold, and errors."""
        count = self._refresh().notes
        with self._input.lock:
            for number, content in self._rows("notes", len(self._notes), count):
                with self._decoding(f"note {number}"):
                    self._notes.append(note_from_json(content))
        return self._notes

    @property
    def numbers(self) -> range:
        """The numbers of the steps, without what came before and after."""
        return range(self._refresh().steps)

    def programs(self) -> Sequence[Program]:
        """Return the distinct programs."""
        return [self._program(number) for number in range(self._refresh().programs)]

    def step(self, number: int) -> Step:
        """Return a step; -1 is what came before the first one, len(numbers) what came after the last.

        Raises:
            NotKeptError: It is not there.
            DamagedFileError: It is not what was written.
        """
        number = index(number)
        with self._input.lock:
            stretch = self._stretch
            alone = number in self._ahead or number not in self._none_ahead
            if stretch is not None and number in stretch.numbers and not alone:
                self._next_step = number + 1
                return stretch.step(number)
        if not self._contents.first <= number < self._contents.end:
            contents = self._refresh()
            if not contents.first <= number < contents.end:
                raise NotKeptError(missing(number, range(contents.steps)))
        row = self._step_row(number)
        if row is None or row[0] != number:
            stretch = self._stretch_with(number)
            if stretch is not None:
                return stretch.step(number)
            if self._contents.gapless:
                raise self._input.damaged(f"step {number} is missing")
            raise NotKeptError(missing(number, range(self._contents.steps)))
        with self._decoding(f"step {number}"):
            return step_from_row(row, self._program, self._bindings_of, self._blob)

    # ------------------------------------------------------------ parts

    def _step_row(self, number: int) -> Sequence[Any] | None:
        with self._input.lock:
            # Steps are mostly asked for in order. Only when nobody writes any more are they the same later.
            in_order = self._contents.closed and number == self._next_step
            self._next_step = number + 1
            if not in_order:
                rows = self._input.read("SELECT * FROM steps WHERE number = ?", number)
                return rows[0] if rows else None
            if number not in self._ahead and number not in self._none_ahead:
                query = "SELECT * FROM steps WHERE number >= ? ORDER BY number LIMIT ?"
                rows = self._input.read_some(query, number, _STEPS_AHEAD)
                self._ahead = {row[0]: row for row in rows}
                self._none_ahead = range(number, rows[-1][0] if rows else self._contents.end)
            return self._ahead.get(number)

    def _stretch_with(self, number: int) -> Found | None:
        with self._input.lock:
            last = self._stretch
            if last is not None and number in last.numbers:
                return last
            query = "SELECT * FROM stretches WHERE number <= ? ORDER BY number DESC LIMIT 1"
            for row in self._input.read(query, number):
                with self._decoding(f"the stretch from step {row[0]}"):
                    found = stretch_from_row(row, self._program, self._bindings_of)
                if number in found.numbers:
                    self._stretch = found
                    return found
            return None

    def _program(self, number: int) -> Program:
        with self._input.lock:
            if number not in self._programs:
                content = self._row("programs", number)
                lines = self._refresh().lines
                with self._decoding(f"program {number}"):
                    self._programs[number] = program_from_json(unpack(content), number, lines)
            return self._programs[number]

    def _bindings_of(self, number: int) -> tuple[Binding, ...]:
        with self._input.lock:
            if number not in self._bindings:
                content = self._row("bindings", number)
                with self._decoding(f"number {number} of its bindings"):
                    self._bindings[number] = bindings_from_json(content)
            return self._bindings[number]

    def _blob(self, number: int) -> bytes:
        return self._row("blobs", number)

    def _refresh(self) -> Contents:
        with self._input.lock:
            if not self._contents.closed:
                self._flush()
                content = self._row("contents", 0)
                if content != self._contents_json:
                    pages = self._input.read("PRAGMA page_count")[0][0]
                    with self._decoding("its table of contents"):
                        self._contents = contents_from_json(content, pages * _ROWS_IN_A_PAGE)
                    self._contents_json = content
            return self._contents

    def _row(self, table: str, number: int) -> Any:
        return next(self._rows(table, number, number + 1))[1]

    def _rows(self, table: str, start: int, end: int) -> Iterator[tuple[int, Any]]:
        if start >= end:
            return
        query = f"SELECT number, content, crc FROM {table} WHERE number >= ? AND number < ? ORDER BY number"
        rows = self._input.read(f"{query} LIMIT ?", start, end, end - start)
        if len(rows) != end - start:
            raise self._input.damaged(f"{end - start - len(rows)} rows are missing from its {table}")
        for expected, (number, content, crc) in enumerate(rows, start):
            with self._decoding(f"number {expected} of its {table}"):
                if number != expected or crc != checksum(table, number, content):
                    raise ValueError("its checksum is wrong")
            yield number, content

    @contextlib.contextmanager
    def _decoding(self, what: str) -> Iterator[None]:
        try:
            yield
        # All that a decoder may stumble over when bytes are not what they should be.
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
            raise self._input.damaged(f"{what} is not what was written ({error})") from error
        except (RecursionError, MemoryError, zlib.error, struct.error) as error:
            raise self._input.damaged(f"{what} is not what was written ({error})") from error
