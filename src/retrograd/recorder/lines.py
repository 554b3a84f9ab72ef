"""Which code is the person's own, which part of a line is at work, and which loop it stands in.

A place is a pair (code object, offset of the instruction): taking it costs nanoseconds, while the line number
of a frame costs a microsecond. Places are decoded only when something new is written down.
"""

from __future__ import annotations

import dis
import linecache
import os
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FrameType

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


@cache
def is_own(code: CodeType) -> bool:
    """Return whether the code is the person's own: no part of Python, of an installed package or of retrograd."""
    return not is_foreign(code.co_filename)


def is_foreign(file: str) -> bool:
    """Return whether a file belongs to Python, an installed package or retrograd."""
    return file.startswith((*_FOREIGN, "<frozen"))


@cache
def is_data_loading(code: CodeType) -> bool:
    """Return whether the code belongs to `torch.utils.data`, whose batches count as coming from outside."""
    return "torch/utils/data/" in code.co_filename.replace("\\", "/")


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
    """Return whether a data loader is at work, be it in the person's own data set."""
    while frame is not None:
        if is_data_loading(frame.f_code):
            return True
        frame = frame.f_back
    return False


def is_compiled(frame: FrameType | None) -> bool:
    """Return whether a function of `torch.compile` is at work; PyTorch restores the dispatch modes after it."""
    while frame is not None:
        if "torch/_dynamo/" in frame.f_code.co_filename.replace("\\", "/"):
            return True
        frame = frame.f_back
    return False


def line_at(code: CodeType, offset: int) -> Line:
    """Return the part of a line that the instruction at this offset stands for."""
    return _line_in(code.co_filename, code, offset)  # equal code in two files is equal, though its lines are not


@cache
def _line_in(file: str, code: CodeType, offset: int) -> Line:
    number, end_number, column, end_column = list(code.co_positions())[offset // 2]
    number = number or code.co_firstlineno
    text = linecache.getline(file, number)
    # co_positions counts bytes of UTF-8; a reader counts characters.
    first = _characters(text, column or 0)
    last_text = text if end_number in (number, None) else linecache.getline(file, end_number)
    last = _characters(last_text, end_column if end_column is not None else len(text.encode()))
    return Line(file, number, first, end_number or number, last, code.co_name)


def _characters(text: str, column: int) -> int:
    return len(text.encode()[:column].decode(errors="replace"))


@cache
def loops_around(code: CodeType, offset: int) -> tuple[tuple[int, int], ...]:
    """Return the loops that hold an instruction, innermost first, as (first, last) offsets of their instructions."""
    jumps = [i for i in dis.get_instructions(code) if "JUMP_BACKWARD" in i.opname]
    ends: dict[int, int] = {}
    for jump in jumps:
        ends[jump.argval] = max(ends.get(jump.argval, 0), jump.offset)
    around = [(first, last) for first, last in ends.items() if first <= offset <= last]
    return tuple(sorted(around, key=lambda loop: loop[1] - loop[0]))


def text_of(file: str) -> str:
    """Return the source of a file, a notebook's cell or a typed command, as far as Python knows it."""
    return "".join(linecache.getlines(file)) or getattr(sys.modules.get("__main__"), "__source__", "")
