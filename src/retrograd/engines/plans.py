"""In which order nests run, which of them share their loops, and how much of each buffer is kept.

Most of the work of a turn goes along one axis, the rows: the points of a batch. Nests that need nothing but the same
row of one another run a few rows at a time, one behind the other, so that what lies between them stays in the fastest
memory, and only these few rows of it are kept at all. What needs all rows, such as the new weights, comes after them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import torch

from retrograd.engines.nests import Access, Buffer, Nest, Nested, View

ROWS = 8
"""So many rows go together: enough to use what was fetched several times, few enough to stay close by."""


@dataclass(frozen=True)
class Stage:
    """Nests that run one behind the other, for some rows at a time or once."""

    along_rows: bool
    groups: tuple[tuple[Nest, ...], ...]
    """Nests of one group share their loops."""


@dataclass(frozen=True)
class Plan:
    """How a turn runs."""

    turn: Nested
    stages: tuple[Stage, ...]
    whole: frozenset[int]
    """Buffers that are kept whole; of the others so many rows as go together."""
    extent: int
    """How many rows there are."""

    def along(self, nest: Nest) -> int | None:
        """Return which of a nest's axes is that of the rows."""
        return nest.axes.index(self.turn.rows) if self.turn.rows in nest.axes else None


def planned(turn: Nested) -> Plan:
    """Return how a turn runs."""
    levels, whole = _levels(turn)
    last = max(levels.values(), default=-1)
    stages = []
    for level in range(-1, last + 1):
        for along_rows in (True, False):
            chosen = [n for n in turn.nests if levels[n] == level and (turn.rows in n.axes) == along_rows]
            if chosen:
                stages.append(Stage(along_rows, _grouped(chosen)))
    extents = [n.extents[n.axes.index(turn.rows)] for n in turn.nests if turn.rows in n.axes]
    return Plan(turn, tuple(stages), whole, extents[0] if extents else 1)


def _levels(turn: Nested) -> tuple[dict[Nest, int], frozenset[int]]:
    """Return after how many passes through the rows each nest runs, and which buffers are needed beyond a pass."""
    rows = turn.rows
    levels: dict[Nest, int] = {}
    made_by: dict[int, list[Nest]] = {}
    whole = {view.buffer.number for view in (turn.loss, *turn.outputs) if isinstance(view, View)}
    for nest in turn.nests:
        along = rows in nest.axes
        level = 0 if along else -1
        for operand in nest.operands:
            if not isinstance(operand, Access):
                continue
            for maker in made_by.get(operand.buffer.number, ()):
                close = (
                    along and rows in maker.axes and _row_by_row(nest, operand, rows)
                    and _row_by_row(maker, maker.out, rows)
                )  # fmt: skip
                level = max(level, levels[maker] + (along and not close))
        levels[nest] = level
        made_by.setdefault(nest.out.buffer.number, []).append(nest)
        if not (along and _row_by_row(nest, nest.out, rows)):
            whole.add(nest.out.buffer.number)
    for nest in turn.nests:
        for operand in nest.operands:
            if not isinstance(operand, Access):
                continue
            makers = made_by.get(operand.buffer.number, ())
            if not _row_by_row(nest, operand, rows) or any(levels[maker] != levels[nest] for maker in makers):
                whole.add(operand.buffer.number)
    return levels, frozenset(whole)


def _row_by_row(nest: Nest, access: Access, rows: int | None) -> bool:
    """Return whether a nest touches, for each row, that row of a buffer only."""
    if rows not in nest.axes or rows not in access.buffer.axes:
        return False
    stride = access.buffer.strides[access.buffer.axes.index(rows)]
    return access.strides[nest.axes.index(rows)] == stride


def is_plain(nest: Nest) -> bool:
    """Return whether each entry is computed once, from entries."""
    return nest.combine is None


def _grouped(nests: Sequence[Nest]) -> tuple[tuple[Nest, ...], ...]:
    """Put nests together that go through the same entries, as early as what they need is there."""
    groups: list[list[Nest]] = []
    place: dict[int, int] = {}
    makers: dict[int, Nest] = {}
    for nest in nests:
        earliest = place.get(nest.out.buffer.number, 0)
        for operand in nest.operands:
            if isinstance(operand, Access) and operand.buffer.number in place:
                at = place[operand.buffer.number]
                same = is_plain(nest) and passed_on(makers[operand.buffer.number], operand, nest)
                earliest = max(earliest, at if same else at + 1)
        fitting = (
            number for number in range(earliest, len(groups))
            if is_plain(nest) and is_plain(groups[number][0]) and groups[number][0].extents == nest.extents
            and groups[number][0].axes == nest.axes
        )  # fmt: skip
        number = next(fitting, len(groups))
        if number == len(groups):
            groups.append([])
        groups[number].append(nest)
        place[nest.out.buffer.number] = max(number, place.get(nest.out.buffer.number, 0))
        makers[nest.out.buffer.number] = nest
    return tuple(map(tuple, groups))


def passed_on(maker: Nest, operand: Access, nest: Nest) -> bool:
    """Return whether a nest needs, each time round, just what another has computed in that time round."""
    return (
        is_plain(maker) and maker.extents == nest.extents and maker.axes == nest.axes
        and maker.out.buffer is operand.buffer
        and maker.out.strides == operand.strides and maker.out.offset == operand.offset
    )  # fmt: skip


def stored(buffer: Buffer, plan: Plan) -> int:
    """Return how many entries of a buffer are kept at a time."""
    if buffer.number in plan.whole or plan.turn.rows not in buffer.axes:
        return prod(buffer.shape)
    return prod(buffer.shape) // plan.extent * min(ROWS, plan.extent)


def buffers_of(turn: Nested) -> list[Buffer]:
    """Return all buffers of a turn, in their order."""
    found: dict[int, Buffer] = {}
    for nest in turn.nests:
        for access in (nest.out, *nest.operands):
            if isinstance(access, Access):
                found[access.buffer.number] = access.buffer
    for view in (turn.loss, *turn.outputs):
        if isinstance(view, View) and not isinstance(view, torch.Tensor):
            found[view.buffer.number] = view.buffer
    return [found[number] for number in sorted(found)]
