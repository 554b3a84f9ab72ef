"""How a recording looks inside its file: tables, JSON, checksums. docs/format.md says the same for people.

Every row carries a checksum over all that it says, its table and number included, and the one row of
`contents` says how many rows there must be. So a flipped bit or a lost page is noticed, not believed.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from numbers import Complex, Integral, Real
from typing import Any

from retrograd.recording import Binding, Line, Note

FORMAT_VERSION = 1
"""Raised when a file changes in a way that an older retrograd would misread."""

APPLICATION_ID = 0x72747267
"""SQLite keeps it in the file's header, where `file` and others find it: "rtrg"."""

BEING_WRITTEN: set[tuple[int, int]] = set()
"""Device and inode of each file that this process writes. To open and close one of them by other means than
SQLite would lose SQLite's locks: POSIX gives up all locks of a process when it closes a file."""

MAX_UNPACKED = 1 << 26
"""No packed text is longer, in bytes; a program of a hundred thousand operations is shorter."""

MAX_RATIO = 200
"""No text is packed tighter, so reading a file cannot take much more memory than its size promises."""

MAX_BYTES = 10**9
"""No row of a table is longer: as much as SQLite can hold by default."""

SCHEMA = {
    "contents": "CREATE TABLE contents (number INTEGER PRIMARY KEY, content TEXT, crc INTEGER)",
    "meta": "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT, crc INTEGER) WITHOUT ROWID",
    "texts": "CREATE TABLE texts (number INTEGER PRIMARY KEY, content BLOB, crc INTEGER)",
    "lines": "CREATE TABLE lines (number INTEGER PRIMARY KEY, content TEXT, crc INTEGER)",
    "programs": "CREATE TABLE programs (number INTEGER PRIMARY KEY, content BLOB, crc INTEGER)",
    "bindings": "CREATE TABLE bindings (number INTEGER PRIMARY KEY, content TEXT, crc INTEGER)",
    "notes": "CREATE TABLE notes (number INTEGER PRIMARY KEY, content TEXT, crc INTEGER)",
    "blobs": "CREATE TABLE blobs (number INTEGER PRIMARY KEY, content BLOB, crc INTEGER)",
    "steps": (
        "CREATE TABLE steps (number INTEGER PRIMARY KEY, program INTEGER, layout TEXT, row BLOB, "
        "constants TEXT, bindings INTEGER, generators BLOB, wholes TEXT, seconds, finished INTEGER, "
        "loss, norms BLOB, crc INTEGER)"
    ),
    "stretches": (
        "CREATE TABLE stretches (number INTEGER PRIMARY KEY, count INTEGER, program INTEGER, layout TEXT, "
        "bindings INTEGER, rows BLOB, seconds BLOB, losses BLOB, norms BLOB, crc INTEGER)"
    ),
}
"""The tables of format 1, exactly so. `seconds` and `loss` have no type: REAL would turn -0.0 into 0.0."""


@dataclass
class Contents:
    """How much a file must hold; written anew with every commit."""

    commits: int = 0
    closed: bool = False
    """The writer has finished; nothing will be added."""
    facts: int = 0
    texts: int = 0
    lines: int = 0
    programs: int = 0
    bindings: int = 0
    notes: int = 0
    blobs: int = 0
    steps: int = 0
    """Turns of the loop, without what came before and after."""
    first: int = 0
    """The lowest number of a step: -1 if there is what came before the first turn."""
    end: int = 0
    """One past the highest number of a step."""
    gapless: bool = True
    """Every number from first to end is there."""

    def count(self, number: int, turn: bool) -> None:
        """Take note of a step that is written."""
        self.gapless = self.gapless and number <= self.end
        self.first = min(self.first, number)
        self.end = max(self.end, number + 1)
        if turn:
            self.steps = max(self.steps, number + 1)


# ---------------------------------------------------------------- JSON


def to_json(value: Any) -> str:  # any plain data
    """Write plain data as JSON in ASCII, floats exactly.

    Not a number and the infinities become `{"$float": "nan"}`, complex numbers `{"$complex": [re, im]}`,
    dictionaries whose keys are no plain strings `{"$dict": [[key, value], ...]}`, tuples lists, and what is
    no plain data a string.
    """
    return _ENCODER.encode(_plain(value))


def from_json(text: str) -> Any:  # whatever to_json was given
    """Read what `to_json` wrote.

    Raises:
        ValueError, TypeError, RecursionError: It is something else.
    """
    return json.loads(text, object_hook=_special, parse_constant=_no_number)


def pack(text: str) -> bytes:
    """Compress a text.

    Raises:
        ValueError: It is longer than a file may hold.
    """
    if len(text) > MAX_UNPACKED:
        raise ValueError(f"{len(text)} characters; {MAX_UNPACKED} is the most that a file holds of one text")
    content = zlib.compress(text.encode("ascii"), 6)
    return content if len(text) <= MAX_RATIO * len(content) else zlib.compress(text.encode("ascii"), 0)


def unpack(content: bytes) -> str:
    """Undo `pack`. A content that was made to fill the memory is refused before it does.

    Raises:
        ValueError, zlib.error: It is no packed text, or too long a one.
    """
    limit = min(MAX_UNPACKED, MAX_RATIO * len(content))
    stream = zlib.decompressobj()
    text = stream.decompress(content, limit + 1)
    if len(text) > limit or not stream.eof or stream.unused_data:
        raise ValueError("the packed text is too long, cut off, or followed by something else")
    return text.decode("ascii")


_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False)

_AS_IT_IS = frozenset((type(None), bool, int, str))


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in _AS_IT_IS or (kind is float and math.isfinite(value)):
        return value
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    if isinstance(value, str):
        return str(value)
    # The abstract types, because NumPy's numbers are of them too.
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        number = float(value)
        return number if math.isfinite(number) else {"$float": repr(number)}
    if isinstance(value, Complex):
        return {"$complex": [_plain(value.real), _plain(value.imag)]}
    if isinstance(value, Mapping):
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {str(key): _plain(each) for key, each in value.items()}
        return {"$dict": [[_plain(key), _plain(each)] for key, each in value.items()]}
    return str(value)


def _special(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        if "$float" in found:
            return float(found["$float"])
        if "$complex" in found:
            return complex(*found["$complex"])
        if "$dict" in found:
            return dict(found["$dict"])
    return found


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number in JSON")


# ---------------------------------------------------------------- small rows


def checksum(table: str, key: int | str, content: bytes | str) -> int:
    """Return the CRC-32 of `table`, key and content, with a space between them, in UTF-8."""
    head = f"{table} {key} ".encode()
    return zlib.crc32(content.encode() if isinstance(content, str) else content, zlib.crc32(head))


def check_size(content: bytes) -> None:
    """Make sure that content fits into a row.

    Raises:
        ValueError: It does not.
    """
    if len(content) > MAX_BYTES - (1 << 20):
        raise ValueError(f"it takes {len(content)} bytes, and SQLite holds up to {MAX_BYTES} in one row")


def contents_to_json(contents: Contents) -> str:
    """Write the table of contents."""
    return to_json(asdict(contents))


def contents_from_json(text: str, most: int) -> Contents:
    """Read the table of contents.

    Args:
        text: What `contents_to_json` wrote.
        most: How many rows there can be at most.

    Raises:
        ValueError, TypeError: It is none.
    """
    contents = Contents(**from_json(text))
    counts = asdict(contents)
    commits, flags = counts.pop("commits"), (counts.pop("closed"), counts.pop("gapless"))
    if not all(type(flag) is bool for flag in flags) or type(commits) is not int:
        raise ValueError("it holds something else than counts")
    if not all(type(count) is int and -1 <= count <= most for count in counts.values()):
        raise ValueError(f"a count is not between 0 and {most}")
    if not contents.steps <= contents.end >= contents.first:
        raise ValueError("its numbers of steps contradict each other")
    return contents


def line_to_json(line: Line) -> str:
    """Write a line as an array of its fields."""
    return to_json([line.file, line.number, line.column, line.end_number, line.end_column, line.function])


def line_from_json(text: str) -> Line:
    """Read a line.

    Raises:
        ValueError, TypeError: It is none.
    """
    file, *numbers, function = from_json(text)
    if not all(type(number) is int for number in numbers) or not isinstance(file, str):
        raise ValueError("a line's numbers are no integers")
    number, column, end_number, end_column = numbers
    return Line(file, number, column, end_number, end_column, str(function))


def note_to_json(note: Note) -> str:
    """Write a note as an array of its fields."""
    return to_json([note.kind, note.step, note.line, note.text])


def note_from_json(text: str) -> Note:
    """Read a note.

    Raises:
        ValueError, TypeError: It is none.
    """
    kind, step, line, words = from_json(text)
    if not all(place is None or type(place) is int for place in (step, line)):
        raise ValueError("a note's step or line is no integer")
    return Note(kind, step, line, str(words))


def bindings_from_json(text: str) -> tuple[Binding, ...]:
    """Read where the external slots of a step came from.

    Raises:
        ValueError, TypeError: It is no such list.
    """
    pairs = from_json(text)
    return tuple(None if pair is None else (natural(pair[0]), natural(pair[1])) for pair in pairs)


def natural(number: Any) -> int:  # whatever stood in the file
    """Return the number, if it is one from 0 on.

    Raises:
        ValueError: It is not.
    """
    if type(number) is not int or number < 0:
        raise ValueError(f"{number!r} is no count")
    return number
