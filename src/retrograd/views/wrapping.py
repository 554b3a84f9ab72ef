"""A long row of layers as several lines, as a text is: one below the other, if all of them are seen at once then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ROOM = (800.0, 320.0)
"""What a picture has on a usual screen, in pixels."""

READABLE = 0.55
"""Text that is drawn smaller than this cannot be read."""

MOST_LINES = 8

LINE_GAP, TURN = 34.0, 20.0
"""Between two lines, where wires go back to the left; and beside the lines, where they turn."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Which line each layer stands in, and where it stands there."""

    of: tuple[int, ...]
    """For each layer its line."""
    xs: tuple[float, ...]
    """For each layer its left side."""
    tops: tuple[float, ...]
    """What is added to the height of all that stands in a line."""
    gaps: tuple[float, ...]
    """The height between each line and the next one, where wires go back."""
    left: float
    right: float
    """Where wires turn, before the first layer of a line and behind the last one."""
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """A layer as it would stand in one long row."""

    left: float
    width: float
    top: float
    bottom: float


def wrapped(columns: Sequence[Column], margin: float) -> Lines:
    """Return the layers in one line, or in several if all of it can be read at once only then."""
    one = _lines(columns, 1, margin)
    if _scale(one) >= READABLE:
        return one
    others = [_lines(columns, count, margin) for count in range(2, min(MOST_LINES, len(columns)) + 1)]
    best = max(others, key=_scale, default=one)
    return best if _scale(best) >= READABLE else one


def _scale(lines: Lines) -> float:
    return min(ROOM[0] / lines.width, ROOM[1] / lines.height)


def _lines(columns: Sequence[Column], count: int, margin: float) -> Lines:
    """Break the row into so many lines of about the same width."""
    whole = columns[-1].left + columns[-1].width - columns[0].left
    middles = [column.left + column.width / 2 - columns[0].left for column in columns]
    of = [min(int(count * middle / whole), count - 1) if whole else 0 for middle in middles]
    turn = TURN if count > 1 else 0.0
    members = [[c for c, line in zip(columns, of, strict=True) if line == n] for n in sorted(set(of))]
    names = {line: n for n, line in enumerate(sorted(set(of)))}
    height, tops, gaps = margin, [], []
    for line in members:
        top, bottom = min(c.top for c in line), max(c.bottom for c in line)
        tops.append(height - top)
        height += bottom - top
        gaps.append(height + LINE_GAP / 2)
        height += LINE_GAP
    widest = max(line[-1].left + line[-1].width - line[0].left for line in members)
    left = margin + turn
    return Lines(
        of=tuple(names[line] for line in of),
        xs=tuple(c.left - members[names[n]][0].left + left for c, n in zip(columns, of, strict=True)),
        tops=tuple(tops),
        gaps=tuple(gaps[:-1]),
        left=left,
        right=left + widest,
        width=left + widest + turn + margin,
        height=height - LINE_GAP + margin,
    )
