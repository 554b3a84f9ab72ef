"""A recording as bytes for the viewer. docs/viewer.md describes them; fields are added, never changed.

    "RGV1"   length of the head (4 bytes, little-endian)   the head: JSON   zeros up to a multiple of 8   sections

The head says where each section begins, counted from the end of those zeros. Numbers in sections are little-endian.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from os.path import abspath, dirname
from typing import Any

import numpy as np

from retrograd.checks.finding import Finding
from retrograd.diagnosis import diagnose, ignored_in
from retrograd.errors import NotKeptError
from retrograd.explanation import explain
from retrograd.recording import (
    NUMPY_DTYPES,
    SUMMARY_HEAD,
    Buffer,
    Event,
    Line,
    Node,
    Program,
    Recording,
    Reference,
    Step,
    loss_of,
    offsets,
    references_in,
    summary_nbytes,
)
from retrograd.views.events import expression, gradients_of, is_look, name_of
from retrograd.views.graph import View, graph_of
from retrograd.views.lines import file_name, function_of, main_file
from retrograd.views.numbers import json_number
from retrograd.views.text import printable

FORMAT = 1
MAGIC = b"RGV1"

BUDGET = 24_000_000
"""More bytes of values than these are not put into a page unless it is asked for."""

MOST_WHOLE = 40_000
"""A tensor that a step kept whole though it is large goes into a page if it has at most so many bytes."""

MOST_TEXT = 400_000
"""A source file of more characters is shown only around the lines that were at work."""

MOST_NAME, MOST_SAID = 200, 4000
"""A longer name or expression, and a longer text of an exception, is cut."""

MOST_EXPLAINED = 2000
"""So many events are explained, those of the first programs first; a recording may have very many programs."""

LAYOUTS = ("all", "kept", "inputs", "none")

Plain = dict[str, Any]  # what json.dumps takes


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
    rows = _Rows(recording, budget, steps)
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
            {"kind": note.kind, "step": note.step, "line": note.line, "text": _paragraphs(note.text)}
            for note in recording.notes
        ],
        "parameters": [printable(name)[:MOST_NAME] for name in recording.parameters],
        "programs": _programs(recording, rows),
        "constants": rows.constants,
        "bindings": rows.bindings,
        "wholes": rows.wholes,
        "findings": [_finding(f) for f in (_diagnosed(recording) if extra.findings is None else extra.findings)],
        "comparisons": [_plain(comparison) for comparison in extra.comparisons],
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
    plain = _plain(finding)
    step, event = [*plain.pop("events", []), [plain.get("step"), plain.get("event")]][0]
    return plain | {"step": step, "event": event}


def _plain(value: Any) -> Any:  # a tree of what JSON has, NumPy's numbers, and anything else as its text
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return json_number(value.item())
    if value is None or isinstance(value, (bool, int, float)):
        return json_number(value)
    return _paragraphs(str(value))


def _paragraphs(text: str) -> str:
    return "\n".join(printable(line) for line in text[:MOST_SAID].splitlines())


def _facts(recording: Recording) -> Plain:
    wanted = ("script", "mode", "torch", "python", "threads", "closed", "began")
    return {name: _plain(recording.facts[name]) for name in wanted if name in recording.facts}


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


# ---------------------------------------------------------------- programs


def _programs(recording: Recording, rows: _Rows) -> list[Plain]:
    plain = []
    explained = 0
    for program in recording.programs:
        step = rows.example.get(program.number)
        explained += len(program.events)
        rules = _rules(recording, step) if step is not None and explained <= MOST_EXPLAINED else {}
        plain.append(_program(recording, program, rows.scales, rules))
    return plain


def _rules(recording: Recording, step: Step) -> dict[int, list[Any]]:
    """Return for each event the formulas of its results: target, MathML, what else stands there, the result.

    They are those of one step. Formulas belong to the program; numbers are put in by the viewer.
    """
    rules: dict[int, list[Any]] = {}
    for event in step.program.events if step.program is not None else ():
        if event.kind not in ("forward", "backward", "other"):
            continue
        try:
            found = explain(recording, step, event.number).rules
        except Exception:  # an explanation that fails is no reason to show nothing
            continue
        plain = [
            [
                printable(rule.target)[:MOST_NAME],
                _mathematics(rule.mathml),
                [[printable(name)[:MOST_NAME], printable(meaning)[:MOST_NAME]] for name, meaning in rule.names],
                _reference(rule.reference) if rule.reference is not None else None,
            ]
            for rule in found
            if len(rule.mathml) <= MOST_SAID
        ]
        if plain:
            rules[event.number] = plain
    return rules


def _mathematics(mathml: str) -> str:
    """Return MathML with its invisible signs of multiplication and application, but no others."""
    return "".join(c if c in "\u2061\u2062\u2063" else printable(c) for c in mathml)


def _program(
    recording: Recording, program: Program, scales: Mapping[Any, float], rules: Mapping[int, list[Any]]
) -> Plain:
    made = {
        reference.slot
        for event in program.events
        if event.node is None and event.phase == "forward" and event.kind == "forward"
        for reference in event.outputs
        if reference not in event.inputs
    }
    names = [name_of(recording, program, Reference(slot.number, -2))[:MOST_NAME] for slot in program.slots]
    return {
        "slots": [
            {
                "name": None if slot.name is None else printable(slot.name)[:MOST_NAME],
                "label": names[slot.number],
                "storage": slot.storage,
                "dtype": slot.dtype,
                "shape": list(slot.shape),
                "stride": list(slot.stride),
                "offset": slot.offset,
                "device": slot.device,
                "external": slot.external,
                # What forward made is no leaf, even where it was seen before its history was attached to it.
                "leaf": slot.leaf and slot.number not in made,
                "requires_grad": slot.requires_grad,
                "parameter": slot.parameter,
                "gradient_of": slot.gradient_of,
                "scale": json_number(scales.get(_scale_key(program, slot.number), 0.0)),
            }
            for slot in program.slots
        ],
        "buffers": [[b.start, b.nbytes, b.dtype, int(b.whole), int(b.kept)] for b in program.buffers],
        "summaries": [0 if buffer.whole else summary_nbytes(buffer) for buffer in program.buffers],
        "constants": [[c.name and printable(c.name)[:MOST_NAME], json_number(c.value)] for c in program.constants],
        "events": [
            _event(recording, program, event) | ({"rules": rules[event.number]} if event.number in rules else {})
            for event in program.events
        ],
        "operations": [
            [operation.event, _operation(program, operation.name, operation.arguments, operation.keywords)]
            for operation in program.operations
        ],
        "start": _references(program.start),
        "end": _references(program.end),
        "losses": _references(program.losses),
        "gradients": [[slot, *_reference(reference)] for slot, reference in program.gradients],
        "views": [_view(view) for view in graph_of(recording, program)],
    }


def _reference(reference: Reference) -> list[int]:
    return [reference.slot, reference.buffer]


def _references(references: Sequence[Reference]) -> list[list[int]]:
    return [_reference(reference) for reference in references]


def _event(recording: Recording, program: Program, event: Event) -> Plain:
    plain: Plain = {
        "kind": event.kind,
        "phase": event.phase,
        "line": event.line,
        "name": printable(event.name)[:MOST_NAME],
        "inputs": _references(event.inputs),
        "outputs": _references(event.outputs),
    }
    plain |= {"text": _paragraphs(event.text)} if event.text else {}
    part = expression(recording, event)
    plain |= {"part": part[:MOST_NAME]} if part and event.node is None else {}
    plain |= {"look": True} if is_look(event) else {}
    if event.node is not None:
        plain["node"] = _node(recording, program, event, event.node)
    used = sorted(set(_constants_of(program, event)))
    return plain | ({"constants": used} if used else {})


def _node(recording: Recording, program: Program, event: Event, node: Node) -> Plain:
    into, out = gradients_of(recording, program, event) if event.kind == "backward" else ([], [])
    return {
        "name": printable(node.name)[:MOST_NAME],
        "forward": node.forward,
        "into": [[name[:MOST_NAME], *_reference(reference)] for name, reference in into],
        "out": [[name[:MOST_NAME], *_reference(reference)] for name, reference in out],
        "saved": [[printable(name)[:MOST_NAME], *_reference(reference)] for name, reference in node.saved],
    }


def _constants_of(program: Program, event: Event) -> Iterator[int]:
    for operation in program.operations[slice(*event.operations)]:
        if operation.event == event.number:
            yield from (part for part in _operation(program, "", operation.arguments, operation.keywords) if _is(part))


def _is(part: Any) -> bool:
    return isinstance(part, int)


def _operation(program: Program, name: str, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> list[Any]:
    """Return a call as a list: its text, in which a number stands for the constant of that number."""
    parts: list[Any] = [f"{printable(name)}("]
    for place, (key, argument) in enumerate([*(("", each) for each in arguments), *keywords.items()]):
        parts.append((", " if place else "") + (f"{key}=" if key else ""))
        _argument(program, argument, parts)
    parts.append(")")
    joined: list[Any] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return [part[:2000] if isinstance(part, str) else part for part in joined]


def _argument(program: Program, argument: Any, parts: list[Any]) -> None:  # plain data, as Operation describes it
    if isinstance(argument, dict) and "slot" in argument:
        parts.append(printable(program.slots[argument["slot"]].name or f"%{argument['slot']}")[:MOST_NAME])
    elif isinstance(argument, dict) and "constant" in argument:
        parts.append(argument["constant"])
    elif isinstance(argument, dict) and "list" in argument:
        parts.append("[")
        for place, entry in enumerate(argument["list"]):
            parts.append(", " if place else "")
            _argument(program, entry, parts)
        parts.append("]")
    elif isinstance(argument, dict):
        parts.append(printable(", ".join(map(str, argument.values())))[:MOST_NAME])
    else:
        parts.append(printable(str(argument))[:MOST_NAME])


def _view(view: View) -> Plain:
    nodes = []
    for node in view.nodes:
        plain: Plain = {"kind": node.kind, "title": list(node.title), "events": list(node.events)}
        plain["box"] = [node.x, node.y, node.width, node.height]
        plain |= {"remarks": [list(remark) for remark in node.remarks]} if node.remarks else {}
        plain |= {"tensor": _reference(node.reference)} if node.reference is not None else {}
        if node.gradient is not None:
            plain["gradient"] = [node.gradient[0], *_reference(node.gradient[1])]
        if node.tile is not None:
            tile = node.tile
            plain["tile"] = [tile.kind, tile.rows, tile.columns, tile.width, tile.height]
        plain |= {"view": node.view} if node.view is not None else {}
        nodes.append(plain)
    edges = [
        {"from": edge.source, "to": edge.target, "events": list(edge.events), "label": edge.label}
        | {"points": [coordinate for point in edge.points for coordinate in point]}
        for edge in view.edges
    ]
    return {
        "title": view.title[:MOST_NAME],
        "parent": view.parent,
        "size": [view.width, view.height],
        "nodes": nodes,
        "edges": edges,
    }


# ---------------------------------------------------------------- steps


class _Rows:
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
        for (program, layout), rows in self._ranges.items():
            self._measure(recording.programs[program], layout, rows)
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

    def _measure(self, program: Program, layout: Any, rows: list[bytes]) -> None:
        """Find the largest number that each tensor ever has: one colour scale for the whole recording."""
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
            key = _scale_key(program, reference.slot)
            self.scales[key] = max(self.scales.get(key, 0.0), largest.get(reference.buffer, 0.0))

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


def _scale_key(program: Program, slot: int) -> Any:
    """Return what tells tensors apart: a name, which is the same in all programs, or a slot of one program."""
    return program.slots[slot].name or (program.number, slot)


def _largest(table: np.ndarray, buffer: Buffer, place: int) -> float:
    """Return the largest size of a finite entry of a buffer in any of the rows."""
    if not buffer.whole:
        head = np.ascontiguousarray(table[:, place : place + SUMMARY_HEAD.itemsize]).view(SUMMARY_HEAD)
        entries = np.concatenate([head["minimum"].ravel(), head["maximum"].ravel()])
    else:
        if buffer.dtype not in NUMPY_DTYPES or not buffer.nbytes:
            return 0.0
        entries = np.ascontiguousarray(table[:, place : place + buffer.nbytes]).view(NUMPY_DTYPES[buffer.dtype])
        if buffer.dtype == "bfloat16":
            entries = (entries.astype("u4") << 16).view("f4")
    with np.errstate(over="ignore", invalid="ignore"):
        sizes = np.abs(entries.astype("f8" if entries.dtype.kind != "c" else "c16")).ravel()
    sizes = sizes[np.isfinite(sizes)]
    return float(sizes.max()) if sizes.size else 0.0
