"""Folding: which operations of a large graph are one box: by calls of functions, else by lines, else by number."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from retrograd.recording import Event, Program, Recording
from retrograd.views.lines import function_of, line_of, text_of
from retrograd.views.text import printable

MOST_OPERATIONS = 28
"""More operations are folded."""

MOST_FOLDS = 28
"""More folds are gathered, again and again."""


@dataclass(frozen=True, slots=True)
class Group:
    """Operations that are folded together."""

    title: str
    operations: tuple[Event, ...]
    parts: tuple[Group, ...] = ()


def folded(recording: Recording, program: Program, operations: Sequence[Event]) -> Group:
    """Return operations as a group of groups; it has no parts if they are few."""
    return Group("", tuple(operations), _Folding(recording, program).parts(operations))


class _Folding:
    """Folds the operations of one program."""

    def __init__(self, recording: Recording, program: Program) -> None:
        self._recording, self._program = recording, program

    def parts(self, operations: Sequence[Event]) -> tuple[Group, ...]:
        """Return the parts into which operations are folded; none if they are few."""
        if len(operations) <= MOST_OPERATIONS:
            return ()
        runs = self._runs(operations, by_line=False)
        if len(runs) == 1:
            runs = self._runs(operations, by_line=True)
        groups = [self._group(run) for run in runs] if len(runs) > 1 else _pieces(operations)
        return tuple(_gathered(_numbered(groups)))

    def _group(self, run: Sequence[Event]) -> Group:
        return Group(self._title(run), tuple(run), self.parts(run))

    def _runs(self, operations: Sequence[Event], *, by_line: bool) -> list[list[Event]]:
        """Cut operations where another function begins, or where the code goes back: another call or turn."""
        runs: list[list[Event]] = []
        before: tuple[str, str, int] | None = None
        for event in operations:
            line = line_of(self._recording, event.line)
            here = ("", "", 0) if line is None else (line.file, function_of(self._recording, line), line.number)
            same = before is not None and before[:2] == here[:2] and before[2] <= here[2]
            if by_line:
                same = before == here
            if same:
                runs[-1].append(event)
            else:
                runs.append([event])
            before = here
        return runs

    def _title(self, run: Sequence[Event]) -> str:
        module = self._module(run)
        line = line_of(self._recording, run[0].line)
        function = "" if line is None else function_of(self._recording, line)
        if module and function and "." not in module:
            return f"{module} · {function}"
        if module or function:
            return module or function
        if line is None:
            return printable(run[0].name)
        return text_of(self._recording, line).strip() if len({e.line for e in run}) == 1 else f"line {line.number} …"

    def _module(self, run: Sequence[Event]) -> str:
        """Return what the names of the parameters that are used have in common, as `model.blocks.0`."""
        slots = {reference.slot for event in run for reference in event.inputs}
        names = [printable(self._program.slots[s].name or "") for s in slots if self._program.slots[s].parameter]
        modules = [name.split(".")[:-1] for name in names if "." in name]
        shared = takewhile(lambda parts: len(set(parts)) == 1, zip(*modules, strict=False))
        return ".".join(parts[0] for parts in shared)


def _pieces(operations: Sequence[Event]) -> list[Group]:
    """Cut what stands on one line into pieces of equal length."""
    pieces = [operations[at : at + MOST_OPERATIONS] for at in range(0, len(operations), MOST_OPERATIONS)]
    return [Group(f"events {piece[0].number}–{piece[-1].number}", tuple(piece)) for piece in pieces]


def _numbered(groups: Sequence[Group]) -> list[Group]:
    """Number groups of the same title: the turns of an inner loop, the calls of one function."""
    count = Counter(group.title for group in groups)
    seen: Counter[str] = Counter()
    numbered = []
    for group in groups:
        seen[group.title] += 1
        title = f"{group.title} · {seen[group.title]}" if count[group.title] > 1 else group.title
        numbered.append(replace(group, title=title))
    return numbered


def _gathered(groups: list[Group]) -> list[Group]:
    """Gather neighbouring groups until they are few."""
    while len(groups) > MOST_FOLDS:
        size = max(2, math.isqrt(len(groups)))
        pieces = [groups[at : at + size] for at in range(0, len(groups), size)]
        groups = [
            piece[0] if len(piece) == 1 else Group(_range_title(piece), _joined(piece), tuple(piece))
            for piece in pieces
        ]
    return groups


def _joined(groups: Sequence[Group]) -> tuple[Event, ...]:
    return tuple(event for group in groups for event in group.operations)


def _range_title(groups: Sequence[Group]) -> str:
    first, last = groups[0].title, groups[-1].title
    return first if first == last else f"{first} … {last}"
