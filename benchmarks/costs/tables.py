"""Numbers and tables as text, and their place in README.md."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

README = Path(__file__).resolve().parents[1] / "README.md"


def say(text: str) -> None:
    """Tell whoever waits what is being done."""
    print(text, file=sys.stderr, flush=True)


def medians(rows: Iterable[Sequence[float]]) -> list[float]:
    """Return the median of each column."""
    return [median(column) for column in zip(*rows, strict=True)]


def number(value: float) -> str:
    """Return a ratio with as many digits as mean something."""
    return f"{value:.2f}" if value < 9.95 else f"{value:.0f}"


def milliseconds(seconds: float) -> str:
    """Return a time in milliseconds, without the unit."""
    value = seconds * 1000
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 0.995 else f"{value:.2g}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def beside(pairs: Sequence[tuple[float, float]]) -> str:
    """Return the median of the ratios, and in brackets the ratio of the least times."""
    least = min(one for one, _ in pairs) / min(other for _, other in pairs)
    return f"{number(median(one / other for one, other in pairs))} ({number(least)})"


def write(part: str, measured: str) -> None:
    """Replace what README.md has between the markers of a part."""
    begin, end = f"<!-- measured: {part} -->", "<!-- end -->"
    before, found, rest = README.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"{README} has no {begin} … {end}, so there is no place for this table.")
    README.write_text(f"{before}{begin}\n\n{measured}\n\n{end}{after}", encoding="utf-8")
