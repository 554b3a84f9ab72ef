"""The person's own code: a line's text, the part of it that was at work, and the loop around it."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from retrograd.recording import Line, Phase, Program, Recording
from retrograd.views.text import printable

LETTERS: dict[Phase, str] = {
    "forward": "F",
    "backward": "B",
    "accumulate": "B",
    "update": "U",
    "clear": "C",
    "other": "",
}
"""What stands in the margin beside a line of each phase. Accumulating is a part of backward."""

TAB = 4
MOST_LINES = 40
"""A loop of more lines is shown without those on which nothing happened."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the person's file beside what happened on it."""

    number: int
    """From 1."""
    text: str
    phases: tuple[Phase, ...]
    """In the order in which they happened."""
    gap: bool = False
    """Lines before this one are left out."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together: the loop, or a function that it calls."""

    file: str
    function: str
    rows: tuple[Row, ...]


def line_of(recording: Recording, index: int | None) -> Line | None:
    """Return a line by its index, or None."""
    return recording.lines[index] if index is not None and 0 <= index < len(recording.lines) else None


def text_of(recording: Recording, line: Line) -> str:
    """Return the whole line as the person wrote it, or nothing if its file was not kept."""
    return _row(_texts(recording, line.file), line.number)


def _texts(recording: Recording, file: str) -> list[str]:
    return recording.texts.get(file, "").splitlines()


def _row(texts: Sequence[str], number: int) -> str:
    return printable(texts[number - 1].expandtabs(TAB).rstrip()) if 0 < number <= len(texts) else ""


def expression_of(recording: Recording, line: Line) -> str:
    """Return the part of the line that was at work, in one line."""
    texts = _texts(recording, line.file)[line.number - 1 : line.end_number]
    if not texts or len(texts) < line.end_number - line.number + 1:
        return ""
    texts[-1] = texts[-1][: line.end_column]
    texts[0] = texts[0][line.column :]
    code = texts[0] if len(texts) == 1 else _joined(tuple(texts))
    return printable(re.sub(r"\s+", " ", code).strip())


_BLOCKS = ("async", "class", "def", "for", "if", "try", "while", "with")
"""What a statement begins with that has other statements in it."""


@lru_cache(maxsize=256)
def _joined(texts: tuple[str, ...]) -> str:
    """Return code of several lines as one line, without comments; of a block of statements, only the head."""
    kept = [*texts]
    depth = 0
    try:
        tokens = [*tokenize.generate_tokens(iter([f"{text}\n" for text in texts]).__next__)]
    except (tokenize.TokenError, SyntaxError):
        return " ".join(texts)
    for kind, word, (row, column), _, _ in tokens:
        if kind == tokenize.COMMENT:
            kept[row - 1] = kept[row - 1][:column]
        elif kind == tokenize.OP:
            depth += (word in "([{") - (word in ")]}")
            if word == ":" and not depth and tokens[0].string in _BLOCKS:
                return " ".join([*kept[: row - 1], kept[row - 1][: column + 1]])
    return " ".join(kept)


def file_name(file: str) -> str:
    """Return a file's name without its folders; a cell of a notebook has no name of its own."""
    cell = re.fullmatch(r"<ipython-input-(\d+)-\w+>", file)
    if cell:
        return f"cell {cell[1]}"
    return "cell" if "ipykernel_" in file else printable(file.replace("\\", "/").rstrip("/").rpartition("/")[2] or file)


def place_of(recording: Recording, index: int | None) -> str:
    """Return `line 24`, with the file if that is not the script."""
    line = line_of(recording, index)
    if line is None:
        return "no line of yours"
    return f"line {line.number}" + ("" if line.file == main_file(recording) else f" of {file_name(line.file)}")


def main_file(recording: Recording) -> str | None:
    """Return the file in which the loop stands: the one in which backward is called."""
    for program in recording.programs:
        for event in program.events:
            if event.kind == "call" and (line := line_of(recording, event.line)):
                return line.file
    return recording.lines[0].file if recording.lines else None


def function_of(recording: Recording, line: Line) -> str:
    """Return the function that a line stands in, as `Block.forward`; nothing at the top level of a file."""
    scope = _scope(recording.texts.get(line.file, ""), line.number)
    if scope is not None:
        return scope.name
    return "" if line.function.startswith("<") else printable(line.function)  # <module>, <lambda>, <listcomp>


def blocks_of(recording: Recording, programs: Sequence[Program]) -> list[Block]:
    """Return the loops of some programs, then the functions that they call, with what happened where."""
    found: dict[tuple[str, str, int, int], Phases] = {}
    for program in programs:
        for (file, function), phases in _phases(recording, program).items():
            extent = _extent(recording.texts.get(file, ""), phases)
            known = found.setdefault((file, function, *extent), {})
            for number, happened in phases.items():
                known[number] = [
                    *known.get(number, []),
                    *(p for p in happened if p not in known.get(number, [])),
                ]
    blocks = [_block(recording, *key, phases) for key, phases in found.items()]
    loops = [block for block in blocks if any("backward" in row.phases for row in block.rows)]
    return loops + [b for b in blocks if b not in loops and any(LETTERS[p] for row in b.rows for p in row.phases)]


Phases = dict[int, list[Phase]]
"""For each line on which something happened, in which phases, in their order."""


def _phases(recording: Recording, program: Program) -> dict[tuple[str, str], Phases]:
    """Return what happened on which lines, by file and function."""
    found: dict[tuple[str, str], Phases] = {}
    for event in program.events:
        line = line_of(recording, event.line)
        # Where a `with torch.no_grad():` ends is no new phase of its line.
        if line is not None and not (event.kind == "state" and event.phase == "clear"):
            phases = found.setdefault((line.file, function_of(recording, line)), {}).setdefault(line.number, [])
            if event.phase not in phases:
                phases.append(event.phase)
    return found


def _block(recording: Recording, file: str, function: str, first: int, last: int, phases: Phases) -> Block:
    texts = _texts(recording, file)
    numbers: Sequence[int] = range(first, min(last, len(texts)) + 1)
    if len(numbers) > MOST_LINES or not texts:
        numbers = sorted({first, *(number for number in phases if first <= number <= last)})
    rows = [Row(number, _row(texts, number), tuple(phases.get(number, ()))) for number in numbers]
    return Block(file, function, tuple(_without_margin(_with_gaps(rows))))


def _extent(source: str, phases: Phases) -> tuple[int, int]:
    """Return the lines of the smallest loop that holds what a step does, else of the function."""
    busy = [number for number, found in phases.items() if any(LETTERS[phase] for phase in found)] or list(phases)
    backward = next((number for number, found in phases.items() if "backward" in found), None)
    loops = [loop for loop in _tree(source).loops if backward is not None and loop.first <= backward <= loop.last]
    for loop in loops:
        if loop.first <= min(busy) and max(busy) <= loop.last:
            return loop.first, loop.last
    if loops:
        return loops[-1].first, loops[-1].last
    scope = _scope(source, min(busy))
    return (min(busy), max(busy)) if scope is None else (scope.first, scope.last)


@dataclass(frozen=True, slots=True)
class _Span:
    """A loop or a function, from its first to its last line."""

    first: int
    last: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class _Tree:
    """The loops and the functions of a file, the smallest first."""

    loops: tuple[_Span, ...] = ()
    functions: tuple[_Span, ...] = ()


@lru_cache(maxsize=64)
def _tree(source: str) -> _Tree:
    try:
        module = ast.parse(source)
    except (SyntaxError, ValueError):  # a notebook's cell with magics in it, for example
        return _Tree()
    loops: list[_Span] = []
    functions: list[_Span] = []
    waiting: list[tuple[ast.AST, str]] = [(module, "")]
    while waiting:
        node, prefix = waiting.pop()
        if isinstance(node, (ast.For, ast.While, ast.AsyncFor)):
            loops.append(_Span(node.lineno, node.end_lineno or node.lineno))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = prefix + node.name
            if not isinstance(node, ast.ClassDef):
                functions.append(_Span(node.lineno, node.end_lineno or node.lineno, name))
            prefix = f"{name}."
        waiting += [(child, prefix) for child in ast.iter_child_nodes(node) if isinstance(child, _STATEMENTS)]
    by_size = partial(sorted, key=lambda span: span.last - span.first)
    return _Tree(tuple(by_size(loops)), tuple(by_size(functions)))


_STATEMENTS = (ast.stmt, ast.excepthandler, ast.match_case)
"""Where loops and functions stand; there are none in expressions."""


def _scope(source: str, number: int) -> _Span | None:
    return next((f for f in _tree(source).functions if f.first <= number <= f.last), None)


def _with_gaps(rows: list[Row]) -> Iterator[Row]:
    before = None
    for row in rows:
        yield replace(row, gap=before is not None and row.number > before + 1)
        before = row.number


def _without_margin(rows: Iterator[Row]) -> Iterator[Row]:
    kept = list(rows)
    margin = min((len(row.text) - len(row.text.lstrip()) for row in kept if row.text), default=0)
    return (replace(row, text=row.text[margin:]) for row in kept)
