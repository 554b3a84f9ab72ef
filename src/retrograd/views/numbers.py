"""Numbers as text: one, a tensor's, or the course of a loss. What is not finite is always shown as such."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from retrograd.recording import Summary, Value

TINY = 64
"""A tensor of at most so many entries is shown by its numbers, a larger one by its statistics."""

MOST_ROWS = 8
MOST_NUMBERS = 1000
"""More than so many numbers are not even shown where everything is."""

BARS = "▁▂▃▄▅▆▇█"


def number(value: Any) -> str:  # an int or a float, Python's or NumPy's
    """Return a number with four significant digits, a whole number with all of them."""
    if isinstance(value, (int, np.integer)):
        return str(value)
    return f"{value:.4g}"


def shape_text(shape: Sequence[int]) -> str:
    """Return a shape as Python writes a tuple; a single number has the shape ()."""
    return str(tuple(shape))


def norm_of(value: Value) -> float:
    """Return the Euclidean norm of a tensor, computed in float64."""
    if value.array is None:
        return math.nan if value.summary is None else value.summary.norm
    if value.array.dtype.kind == "c":
        return float(np.linalg.norm(value.array.ravel().astype("c16")))
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.linalg.norm(value.array.ravel().astype("f8")))


def grid(value: Value, width: int) -> list[str]:
    """Return a tensor as lines: its numbers in aligned columns if they are few, else one line of statistics.

    A column of numbers, shape (n, 1), stands in one line, too.
    """
    array = value.array
    if array is None or array.size > TINY or array.ndim > 2:
        return [statistics(value, width)]
    if array.size == 0:
        return ["no entries"]
    rows = _cells(array.reshape(1, -1) if array.ndim < 2 or array.shape[1] == 1 else array)
    if len(rows) > 1 and (array == array.flat[0]).all():
        return [f"all {rows[0][0]}"]
    wide = max(len(cell) for row in rows for cell in row)
    fitting = (width + 2) // (wide + 2)
    if len(rows) > MOST_ROWS or fitting < min(len(rows[0]), 3):
        return [statistics(value, width)]
    if len(rows[0]) > fitting:
        rows = [[*row[: fitting - 2], "…", row[-1]] for row in rows]
    return ["  ".join(cell.rjust(wide) for cell in row) for row in rows]


def _cells(array: np.ndarray) -> list[list[str]]:
    if array.dtype.kind not in "fc":
        return [[str(entry) for entry in row] for row in array.tolist()]
    style = _style(array)
    return [
        [format(entry, style) if math.isfinite(abs(entry)) else str(entry) for entry in row] for row in array.tolist()
    ]


def _style(array: np.ndarray) -> str:
    """Return one format for all entries, so that they can be compared at a glance."""
    if array.dtype.kind == "c":
        return ".4g"
    sizes = np.abs(array[np.isfinite(array) & (array != 0)].astype("f8"))
    if not sizes.size or (np.all(sizes == np.round(sizes)) and sizes.max() < 1e6):
        return "#.0f"  # with a point, as PyTorch prints whole floats
    if sizes.min() >= 1e-4 and sizes.max() < 1e4:
        return f".{max(4, 2 - math.floor(math.log10(sizes.min())))}f"  # three digits of the smallest one
    return ".3e"


def statistics(value: Value, width: int) -> str:
    """Return the norm, the range and the mean of a tensor in one line, as far as they fit."""
    summary = value.summary if value.array is None else _summarised(value.array)
    if summary is None:
        return "nothing was kept"
    if summary.count == 0:
        return "no entries"
    parts = [f"norm {number(summary.norm)}"]
    if summary.nonfinite > 0:
        parts.append(f"{summary.nonfinite} of {summary.count} not finite")
    if not math.isnan(summary.minimum):
        parts.append(f"from {number(summary.minimum)} to {number(summary.maximum)}")
    if not math.isnan(summary.mean):
        parts.append(f"mean {number(summary.mean)}")
    while len(parts) > 1 and len("   ".join(parts)) > width:
        parts.pop()
    return "   ".join(parts)


def _summarised(array: np.ndarray) -> Summary:
    wide = array.ravel().astype("f8" if array.dtype.kind != "c" else "c16")
    sizes = np.abs(wide) if wide.dtype.kind == "c" else wide
    if not wide.size:
        return Summary(0, 0, math.nan, math.nan, math.nan, 0.0, 0, wide)
    with np.errstate(over="ignore", invalid="ignore"):
        mean, norm = float(sizes.mean()), float(np.linalg.norm(wide))
    nonfinite = int(wide.size - np.isfinite(wide).sum())
    return Summary(wide.size, nonfinite, float(sizes.min()), float(sizes.max()), mean, norm, 0, wide[:0])


def all_of(value: Value, width: int) -> list[str]:
    """Return a tensor with every digit of every number that was kept."""
    if value.array is None:
        lines = [statistics(value, width)]
        if value.summary is not None and value.summary.sample.size:
            sample = np.array2string(value.summary.sample, max_line_width=width, floatmode="unique")
            lines += ["a sample at even distances:", *sample.splitlines()]
        return lines
    with np.printoptions(floatmode="unique", threshold=MOST_NUMBERS, linewidth=width):
        return str(value.array).splitlines()


def json_number(value: Any) -> Any:  # whatever NumPy holds: a bool, an int, a float or a complex number
    """Return a number as JSON can hold it: what is not finite as "NaN", "Infinity" or "-Infinity"."""
    if isinstance(value, complex):
        return [json_number(value.real), json_number(value.imag)]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def json_array(array: np.ndarray) -> Any:  # nested lists, as deep as the array
    """Return an array as nested lists of numbers that JSON can hold, with every digit."""
    entries = array.tolist()
    return _nested(entries)


def _nested(entries: Any) -> Any:  # as above
    return [_nested(entry) for entry in entries] if isinstance(entries, list) else json_number(entries)


def curve(losses: Sequence[float] | np.ndarray, width: int, height: int = 4) -> list[str]:
    """Return the course of a loss as bars, lines from top to bottom; `!` stands where it was not finite.

    Several steps may share a column, which shows their mean. Losses over more than three decades are drawn on
    a logarithmic scale, and the label says so.
    """
    heights = np.asarray(losses, dtype="f8")
    finite = heights[np.isfinite(heights)]
    if not finite.size:
        return []
    logarithmic = finite.min() > 0 and math.log10(finite.max()) - math.log10(finite.min()) > 3
    margin = max(len(number(float(edge))) for edge in (finite.min(), finite.max())) + 4
    room = min(width - margin, len(heights))
    wide = max(1, min(4, (width - margin) // (2 * room)))  # a few steps get broad bars
    means = np.array([_mean(part, logarithmic) for part in np.array_split(heights, room)])
    bottom, top = float(np.nanmin(means, initial=np.inf)), float(np.nanmax(means, initial=-np.inf))
    levels = [_level(mean, bottom, top, height * len(BARS)) for mean in means.tolist()]
    rows = ["".join(_bar(level, height - 1 - row) * wide for level in levels) for row in range(height)]
    labels = [f"{number(math.exp(edge) if logarithmic else edge)} ┤" for edge in (top, bottom)]
    margin = max(map(len, labels))
    edges = [labels[0].rjust(margin), *["│".rjust(margin)] * (height - 2), labels[1].rjust(margin)]
    lines = [edge + row for edge, row in zip(edges, rows, strict=True)]
    remarks = [f"{-(-len(heights) // room)} steps a column"] if room < len(heights) else []
    remarks += ["logarithmic"] if logarithmic else []
    end = f"{len(heights) - 1}" + (f" ({', '.join(remarks)})" if remarks else "")
    return [*lines, " " * margin + "step 0" + end.rjust(max(room * wide - len("step 0"), len(end) + 1))]


def _mean(part: np.ndarray, logarithmic: bool) -> float:
    if not np.isfinite(part).all():
        return math.nan
    with np.errstate(over="ignore"):
        return float(np.log(part).mean()) if logarithmic else float(part.mean())


def _level(mean: float, bottom: float, top: float, levels: int) -> int | None:
    if math.isnan(mean):
        return None
    if top <= bottom:
        return levels // 2
    # Halved, so that the largest numbers there are do not overflow.
    return 1 + round((mean / 2 - bottom / 2) / (top / 2 - bottom / 2) * (levels - 1))


def _bar(level: int | None, floor: int) -> str:
    """Return one character of a bar: the part of it that lies between two rows."""
    if level is None:
        return "!"
    part = min(max(level - floor * len(BARS), 0), len(BARS))
    return BARS[part - 1] if part else " "
