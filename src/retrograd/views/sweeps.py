"""A sweep as a table for the terminal, and how far one is."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

import numpy as np

from retrograd.views.numbers import number
from retrograd.views.text import Screen, fit, paragraph, screen_of

if TYPE_CHECKING:
    import xarray

MOST_ROWS = 40
"""Beyond so many, rows at even distances stand for all."""


def table(result: xarray.Dataset, screen: Screen) -> str:
    """Return a sweep as a table: a row for each run, or, with several seeds, for each combination of the numbers."""
    dims = [str(dim) for dim in result["steps"].dims]
    spread = "seed" in dims and result.sizes["seed"] > 1
    rows = _over_seeds(result, dims) if spread else _runs(result, dims)
    head, body = rows[0], rows[1:]
    shown, left_out = _some(body)
    widths = [max(len(row[column]) for row in [head, *shown]) for column in range(len(head))]
    lines = [_line(head, widths), *(_line(row, widths) for row in shown)]
    if left_out:
        lines.append(f"… {left_out} more rows; --json has every run")
    lines += ["", *(line for said in _said(result) for line in paragraph(said, screen.width))]
    return "".join(fit(line, screen.width) + "\n" for line in lines)


def _runs(result: xarray.Dataset, dims: Sequence[str]) -> list[list[str]]:
    words = _words(result)
    rows = [[*(dim.replace("_", " ") for dim in dims), "steps", "final loss", "outcome"]]
    for place in np.ndindex(*result["steps"].shape):
        steps, loss = int(result["steps"].values[place]), float(result["final_loss"].values[place])
        outcome = words[int(result["outcome"].values[place])]
        shown = f"{loss:.6f}" if abs(loss) < 1e6 else f"{loss:.6g}"
        rows += [[*_labels(result, dims, place), str(steps), shown, outcome]]
    return rows


def _over_seeds(result: xarray.Dataset, dims: Sequence[str]) -> list[list[str]]:
    others = [dim for dim in dims if dim != "seed"]
    ordered = result.transpose(*others, "seed")
    words = _words(result)
    rows = [[*(dim.replace("_", " ") for dim in others), "steps: median", "least", "most", "outcomes"]]
    for place in np.ndindex(*(ordered.sizes[dim] for dim in others)):
        steps = ordered["steps"].values[place]
        found, counts = np.unique(ordered["outcome"].values[place], return_counts=True)
        order = np.argsort(-counts)
        outcomes = ", ".join(f"{counts[n]} {words[found[n]]}" for n in order)
        median = f"{np.median(steps):g}"
        rows += [[*_labels(ordered, others, place), median, str(int(steps.min())), str(int(steps.max())), outcomes]]
    return rows


def _labels(result: xarray.Dataset, dims: Sequence[str], place: Sequence[int]) -> Iterator[str]:
    for dim, at in zip(dims, place, strict=True):
        value = result[dim].values[at]
        yield str(int(value)) if dim == "seed" else f"{float(value):.6g}"


def _words(result: xarray.Dataset) -> list[str]:
    return [word.replace("_", " ") for word in result["outcome"].attrs["flag_meanings"]]


def _some(rows: list[list[str]]) -> tuple[list[list[str]], int]:
    if len(rows) <= MOST_ROWS:
        return rows, 0
    places = np.linspace(0, len(rows) - 1, MOST_ROWS // 2).round().astype(int)
    return [rows[place] for place in places], len(rows) - len(places)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    *cells, last = row
    return "  ".join([*(cell.rjust(width) for cell, width in zip(cells, widths, strict=False)), last]).rstrip()


def _said(result: xarray.Dataset) -> Iterator[str]:
    attrs = result.attrs
    until = attrs.get("until")
    threshold = "no threshold" if until is None or np.isnan(until) else f"until the loss is at most {until:g}"
    yield f"{result['steps'].size} runs, {threshold}, at most {attrs['max_steps']} steps"
    yield f"start: {attrs['start']}"
    if "limit_at_start" in attrs:
        limit = attrs["limit_at_start"]
        yield f"limit: near a minimum, rates below 2/λmax settle; where the first run starts, that is {limit:.6g}"
    yield f"engine: {attrs['engine']}, {attrs['engine_reason']}"


class RunsLine:
    """A line that says how many runs have ended, how fast, and how long the rest will take."""

    INTERVAL = 0.25
    """Seconds between two looks."""

    def __init__(self, stream: TextIO) -> None:
        """Write to a stream, if it is a terminal."""
        self._stream = stream if stream is not None and stream.isatty() else None
        self._began = self._last = time.monotonic()
        self._shown = False
        self._before = 0
        """So many runs were there already, as a store has them."""

    def __call__(self, done: int, count: int, turns: int) -> None:
        """Take note of how far it is."""
        now = time.monotonic()
        if not turns and done > self._before:
            self._before, self._began = done, now
        made = done - self._before
        if self._stream is None or not made or now - self._last < self.INTERVAL:
            return
        self._last = now
        seconds = now - self._began
        left = (count - done) * seconds / made
        self.say(f"{done} of {count} runs, {number(made / seconds)} runs/s, {_duration(left)} left")

    def say(self, text: str) -> None:
        """Show a line in the place of the one before."""
        if self._stream is None:
            return
        self._shown = True
        self._stream.write("\r\x1b[K" + fit(f"retrograd: {text}", screen_of(self._stream).width - 1))
        self._stream.flush()

    def end(self) -> None:
        """Take the line away."""
        if self._stream is not None and self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
