"""Which code is the person's own, which part of a line is at work, and which loop it stands in.

A place is a pair (code object, offset of the instruction): taking it costs nanoseconds, while the line number
of a frame costs a microsecond. Places are decoded only when something new is written down.
"""

from __future__ import annotations

import ast
import dis
import linecache
import os
import sys
import sysconfig
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import CodeType, FrameType
from typing import TypeGuard

import torch

from retrograd.recording import Line

Place = tuple[CodeType, int]

_PACKAGE = str(Path(__file__).resolve().parents[1])
_FOREIGN = tuple(
    {
        str(Path(torch.__file__).parent),
        sysconfig.get_paths()["stdlib"],
        sysconfig.get_paths()["purelib"],
        sysconfig.get_paths()["platlib"],
        _PACKAGE + os.sep,
    }
)

_INSTALLED = tuple(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages"))
"""Packages may stand in several such folders: of the user, of the system, of the environment below this one."""


def is_own(code: CodeType) -> bool:
    """Return whether the code is the person's own: no part of Python, of an installed package or of retrograd."""
    return not is_foreign(code.co_filename)


@cache  # by the file: equal code in two files is equal
def is_foreign(file: str) -> bool:
    """Return whether a file belongs to Python, an installed package or retrograd."""
    return file.startswith((*_FOREIGN, "<frozen")) or any(folder in file for folder in _INSTALLED)


@cache  # by the file and the function: equal code in two files is equal
def _brings_data(file: str, function: str) -> bool:
    """Return whether a function makes tensors of what comes from outside: batches, files, pickled objects."""
    file = file.replace("\\", "/")
    return "torch/utils/data/" in file or (function.startswith(_UNPICKLING.get(file.rpartition("/torch/")[2], "-")))


_UNPICKLING = {"serialization.py": ("load", "_load"), "_utils.py": "_rebuild_"}
"""What makes tensors of a file's bytes, by PyTorch's module."""


def own_frames(frame: FrameType | None) -> Iterator[FrameType]:
    """Go through the frames of the person's own code, from the innermost outwards."""
    while frame is not None:
        if is_own(frame.f_code):
            yield frame
        frame = frame.f_back


def own_frame(frame: FrameType | None) -> FrameType | None:
    """Return the innermost frame of the person's own code, or None; None as well while a data loader collects."""
    return None if is_loading(frame) else next(own_frames(frame), None)


def is_loading(frame: FrameType | None) -> bool:
    """Return whether a data loader is at work, be it in the person's own data set, or a file is read."""
    while frame is not None:
        if _brings_data(frame.f_code.co_filename, frame.f_code.co_name):
            return True
        frame = frame.f_back
    return False


def is_compiled(frame: FrameType | None) -> bool:
    """Return whether a function of `torch.compile` is at work; PyTorch restores the dispatch modes after it."""
    while frame is not None:
        code = frame.f_code
        if "torch/_dynamo/" in code.co_filename.replace("\\", "/") and not code.co_qualname.startswith(_NOT_COMPILED):
            return True
        frame = frame.f_back
    return False


_NOT_COMPILED = "DisableContext."
"""Where PyTorch calls functions that must not be compiled, such as an optimizer's `zero_grad`. It restores nothing."""


def line_at(code: CodeType, offset: int) -> Line:
    """Return the part of a line that the instruction at this offset stands for."""
    return _line_in(code.co_filename, code, offset)  # equal code in two files is equal, though its lines are not


@cache
def _line_in(file: str, code: CodeType, offset: int) -> Line:
    number, end_number, column, end_column = list(code.co_positions())[offset // 2]
    number = number or code.co_firstlineno
    text = linecache.getline(file, number)
    shift = _shift(file, number) if "marimo" in sys.modules else 0
    # co_positions counts bytes of UTF-8; a reader counts characters.
    first = _characters(text, (column or 0) + shift)
    last_text = text if end_number in (number, None) else linecache.getline(file, end_number)
    last = _characters(last_text, end_column + shift if end_column is not None else len(text.encode()))
    return Line(file, number, first, end_number or number, last, code.co_name)


def _shift(file: str, number: int) -> int:
    """Return how many columns further right a file has a line than its code says: 0 but in an app of marimo.

    The app has its cells as indented functions, and what runs is each cell's text without the indentation.
    """
    return next((shift for first, last, shift in _cells(file) if first <= number <= last), 0)


@cache
def _cells(file: str) -> tuple[tuple[int, int, int], ...]:
    """Return the first and the last line of each cell of a marimo app, and how far it is indented."""
    try:
        parts = ast.walk(ast.parse("".join(linecache.getlines(file))))
    except (SyntaxError, ValueError):
        return ()
    bodies = [part.body for part in parts if _is_cell(part)]
    return tuple((body[0].lineno, body[-1].end_lineno or 0, body[0].col_offset) for body in bodies)


def _is_cell(part: ast.AST) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef | ast.With]:
    if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
        makers = [maker.func if isinstance(maker, ast.Call) else maker for maker in part.decorator_list]
        return any(isinstance(maker, ast.Attribute) and maker.attr == "cell" for maker in makers)
    contexts = [item.context_expr for item in part.items] if isinstance(part, ast.With) else []
    return any(isinstance(context, ast.Attribute) and context.attr == "setup" for context in contexts)


def _characters(text: str, column: int) -> int:
    return len(text.encode()[:column].decode(errors="replace"))


@cache
def loops_around(code: CodeType, offset: int) -> tuple[tuple[int, int], ...]:
    """Return the loops that hold an instruction, innermost first, as (first, last) offsets of their instructions."""
    usual = _usual(code)
    # Going on where a `with` or an `await` stands is no loop, though it may jump back (JUMP_BACKWARD_NO_INTERRUPT).
    jumps = [i for i in dis.get_instructions(code) if "JUMP_BACKWARD" in i.opname and "NO_INTERRUPT" not in i.opname]
    ends: dict[int, int] = {}
    for jump in sorted(jumps, key=lambda jump: jump.offset not in usual):
        if jump.offset in usual or jump.argval not in ends:
            ends[jump.argval] = max(ends.get(jump.argval, 0), jump.offset)
    around = [loop for loop in ends.items() if is_inside(code, offset, loop)]
    return tuple(sorted(around, key=lambda loop: loop[1] - loop[0]))


@cache
def is_inside(code: CodeType, offset: int, loop: tuple[int, int]) -> bool:
    """Return whether an instruction belongs to a loop.

    From Python 3.12 on, what handles an exception within a loop stands behind everything else.
    """
    first, last = loop
    if first <= offset <= last:
        return True
    usual, ways = _usual(code), _ways(code)
    handlers: dict[int, bool] = {}
    for entry in dis._parse_exception_table(code):  # type: ignore[attr-defined] # there is no public way to it
        if entry.start in usual:
            within = first <= entry.start <= last and entry.end <= last + 2
            handlers[entry.target] = handlers.get(entry.target, True) and within
    waiting = [target for target, within in handlers.items() if within]
    seen: set[int] = set()
    while waiting:
        here = waiting.pop()
        if here not in seen and here not in usual:
            seen.add(here)
            waiting += ways.get(here, ())
    return max((start for start in ways if start <= offset), default=0) in seen


@cache
def _usual(code: CodeType) -> frozenset[int]:
    """Return the instructions that are reached while no exception is raised."""
    ways, waiting, seen = _usual_ways(code), [0], set[int]()
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting += ways.get(here, ())
    return frozenset(seen)


@cache
def leads_to(code: CodeType, offset: int, other: int, loop: tuple[int, int]) -> bool:
    """Return whether an instruction can be followed by another one in the same turn of the loop around them."""
    ways = _ways(code)
    # While a function written in Python is called, the offset is within the caches behind the instruction.
    starts = sorted(ways)
    offset, other = (starts[bisect_right(starts, place) - 1] for place in (offset, other))
    waiting, seen = [offset], {loop[0]}  # the way through the loop's first instruction is the next turn
    while waiting:
        for following in ways.get(waiting.pop(), ()):
            if following == other:
                return True
            if following not in seen:
                seen.add(following)
                waiting.append(following)
    return False


@cache
def _ways(code: CodeType) -> dict[int, tuple[int, ...]]:
    """Return which instructions can follow each one; any within a `try` may raise an exception."""
    ways = {offset: [*following] for offset, following in _usual_ways(code).items()}
    for entry in dis._parse_exception_table(code):  # type: ignore[attr-defined] # there is no public way to it
        for offset in range(entry.start, entry.end, 2):
            if offset in ways:
                ways[offset].append(entry.target)
    return {offset: tuple(following) for offset, following in ways.items()}


def _usual_ways(code: CodeType) -> dict[int, list[int]]:
    """Return which instructions can follow each one without an exception."""
    instructions = list(dis.get_instructions(code))
    ways: dict[int, list[int]] = {instruction.offset: [] for instruction in instructions}
    for instruction, following in pairwise(instructions):
        if instruction.opname not in _NEVER_GO_ON:
            ways[instruction.offset].append(following.offset)
    for instruction in instructions:
        if instruction.opcode in (*dis.hasjrel, *dis.hasjabs):
            ways[instruction.offset].append(instruction.argval)
    return ways


_NEVER_GO_ON = frozenset(
    {
        *("JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT"),
        *("RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE"),
    }
)
"""Instructions that the next one in the code does not follow."""


def text_of(file: str) -> str:
    """Return the source of a file, a notebook's cell or a typed command, as far as Python knows it."""
    return "".join(linecache.getlines(file)) or getattr(sys.modules.get("__main__"), "__source__", "")
