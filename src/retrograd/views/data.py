"""A recording as bytes for the viewer. docs/viewer.md describes them; fields are added, never changed.

    "RGV1"   length of the head (4 bytes, little-endian)   the head: JSON   zeros up to a multiple of 8   sections

The head says where each section begins, counted from the end of those zeros. Numbers in sections are little-endian.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os.path import abspath, dirname
from typing import TYPE_CHECKING, Any

import numpy as np

from retrograd.checks.finding import Finding
from retrograd.diagnosis import diagnose, ignored_in
from retrograd.recording import (
    Line,
    Recording,
)
from retrograd.views.lines import file_name, function_of, main_file
from retrograd.views.mapping import drawable
from retrograd.views.plain import MOST_NAME, MOST_SAID, Plain, paragraphs, plain_of
from retrograd.views.programs import programs_of
from retrograd.views.rows import Rows
from retrograd.views.text import printable

if TYPE_CHECKING:
    import xarray

FORMAT = 1
MAGIC = b"RGV1"

BUDGET = 24_000_000
"""More bytes of values than these are not put into a page unless it is asked for."""

MOST_TEXT = 400_000
"""A source file of more characters is shown only around the lines that were at work."""


@dataclass(frozen=True, slots=True)
class Extra:
    """What is shown beside the recording itself: plain data, as other parts of retrograd give it."""

    title: str = ""
    findings: Sequence[Any] | None = None
    """What `diagnose` returns, or mappings of the same names: name, severity, fact, why, fix, file, line, events.
    If it is None, the recording is diagnosed."""
    comparisons: Sequence[Any] = ()
    """What `verify` compared, or mappings: step, event, what, recorded, recomputed, error, tolerance, agrees."""
    overlay: tuple[str, Sequence[float]] | None = None
    """The losses of another run, laid over these, and what it is called."""
    sweep: xarray.Dataset | None = None
    """What `sweep` returned for this recording, shown as a map."""


def data_of(
    recording: Recording, extra: Extra | None = None, *, budget: int = BUDGET, steps: range | None = None
) -> bytes:
    """Return a recording as bytes for the viewer, not compressed yet.

    Args:
        recording: What was recorded.
        extra: What is shown beside it.
        budget: If the values of the steps have more bytes, evenly spaced steps are left out; their losses stay.
        steps: Only the values of these; all if it is None.
    """
    extra = extra or Extra()
    rows = Rows(recording, budget, steps)
    names = _file_names(recording)
    busy = _busy_files(recording)
    head: Plain = {
        "format": FORMAT,
        "title": printable(extra.title)[:MOST_NAME],
        "facts": _facts(recording),
        "count": rows.count,
        "shown": len(rows.chosen),
        "files": [_file(recording, name, name in busy) for name in names],
        "lines": [_line(recording, line, {name: n for n, name in enumerate(names)}) for line in recording.lines],
        "notes": [
            {"kind": note.kind, "step": note.step, "line": note.line, "text": paragraphs(note.text)}
            for note in recording.notes
        ],
        "parameters": [printable(name)[:MOST_NAME] for name in recording.parameters],
        "programs": programs_of(recording, rows),
        "constants": rows.constants,
        "bindings": rows.bindings,
        "wholes": rows.wholes,
        "findings": [_finding(f) for f in (_diagnosed(recording) if extra.findings is None else extra.findings)],
        "comparisons": [plain_of(comparison) for comparison in extra.comparisons],
        "sweep": None if extra.sweep is None else drawable(extra.sweep),
        "overlay": None if extra.overlay is None else printable(extra.overlay[0]),
    }
    sections = rows.sections()
    if extra.overlay is not None:
        sections["overlay"] = np.asarray(extra.overlay[1], "<f8").tobytes()
    return _joined(head, sections)


def packed(data: bytes) -> bytes:
    """Return data as zlib packs it, which browsers undo by themselves."""
    return zlib.compress(data, 6)


def _joined(head: Plain, sections: Mapping[str, bytes]) -> bytes:
    places: dict[str, tuple[int, int]] = {}
    body: list[bytes] = []
    position = 0
    for name, content in sections.items():
        places[name] = (position, len(content))
        padding = -len(content) % 8
        body += [content, bytes(padding)]
        position += len(content) + padding
    text = json.dumps(head | {"sections": places}, allow_nan=False, separators=(",", ":")).encode()
    start = MAGIC + struct.pack("<I", len(text)) + text
    return b"".join((start, bytes(-len(start) % 8), *body))


def _diagnosed(recording: Recording) -> list[Finding]:
    """Return the mistakes of a loop, without those that its project does not want to hear of."""
    script = recording.facts.get("script")
    with np.errstate(all="ignore"):  # loops that end in NaN are what it is for
        return diagnose(recording, ignore=ignored_in(dirname(abspath(str(script)))) if script else ())


def _finding(finding: Any) -> Plain:
    """Return a finding with the first event at which it can be looked at."""
    plain = plain_of(finding)
    step, event = [*plain.pop("events", []), [plain.get("step"), plain.get("event")]][0]
    return plain | {"step": step, "event": event}


def _facts(recording: Recording) -> Plain:
    wanted = ("script", "mode", "torch", "python", "threads", "closed", "began")
    return {name: plain_of(recording.facts[name]) for name in wanted if name in recording.facts}


# ---------------------------------------------------------------- sources


def _file_names(recording: Recording) -> list[str]:
    """Return the files with the person's lines, first the one with the loop."""
    first = main_file(recording)
    return sorted(dict.fromkeys(line.file for line in recording.lines), key=lambda name: name != first)


def _busy_files(recording: Recording) -> set[str]:
    """Return the files on whose lines something happened; others only called them, as a launcher does."""
    lines = {event.line for program in recording.programs for event in program.events if event.line is not None}
    return {recording.lines[line].file for line in lines if line < len(recording.lines)}


def _file(recording: Recording, name: str, busy: bool) -> Plain:
    text = _text(recording, name) if busy else {"from": 1, "text": ""}
    return {"name": printable(name[:MOST_SAID]), "short": file_name(name)[-MOST_NAME:], "busy": busy, **text}


def _text(recording: Recording, name: str) -> Plain:
    text = recording.texts.get(name, "")
    lines = [printable(line.expandtabs(4).rstrip())[:2000] for line in text.splitlines()]
    if len(text) <= MOST_TEXT:
        return {"from": 1, "text": "\n".join(lines)}
    busy = [line.number for line in recording.lines if line.file == name]
    first, last = max(min(busy) - 200, 1), max(busy) + 200
    return {"from": first, "text": "\n".join(lines[first - 1 : last])[:MOST_TEXT]}


def _line(recording: Recording, line: Line, files: Mapping[str, int]) -> list[Any]:
    """Return file, first line, its column, last line, its column, function."""
    texts = recording.texts.get(line.file, "").splitlines()
    first, last = (texts[n - 1] if 0 < n <= len(texts) else None for n in (line.number, line.end_number))
    columns = [_column(first, line.column), _column(last, line.end_column)]
    function = function_of(recording, line)[:MOST_NAME]
    return [files[line.file], line.number, columns[0], line.end_number, columns[1], function]


def _column(text: str | None, column: int) -> int:
    """Return where a column is once tabs and what cannot be printed are written out."""
    return column if text is None else len(printable(text[:column].expandtabs(4)))
