"""What verify() found, as text for the terminal and as JSON for other programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from retrograd.recording import Recording
from retrograd.views.lines import line_of, place_of, text_of
from retrograd.views.numbers import json_number, number
from retrograd.views.text import Screen, ends, finished, fit_end, left, paragraph, printable, right

if TYPE_CHECKING:
    from retrograd.verification import Comparison, Verification

MOST_SHOWN = 12
"""So many different disagreements are shown."""

MOST_NOTES = 20

METHODS = {
    "definition": "what operations gave, beside their definition",
    "formula": "gradients of nodes, beside the formula",
    "sum": "gradients that arrive, beside the sum of what was passed on",
    "forward mode": "nodes, beside the forward derivative in float64",
    "central differences": "nodes and leaves, beside differences in float64",
    "float64 autograd": "leaves, beside the whole step in float64",
    "executed again": "recorded bits, beside the step executed again",
}


def verification_text(recording: Recording, found: Verification, screen: Screen, *, title: str = "") -> str:
    """Return what was compared, and each disagreement with its line, its numbers and what is known of it.

    Args:
        recording: What was verified.
        found: What came of it.
        screen: What the text is for.
        title: What stands at the right of the first line.
    """
    return finished(_lines(recording, found, screen, title), screen)


def _lines(recording: Recording, found: Verification, screen: Screen, title: str) -> Iterator[str]:
    bad = found.disagreements
    verdict = (
        "everything agrees" if not bad else f"{_many(len(bad), 'comparison')} of {len(found.comparisons)} disagree"
    )
    if not bad and not found.comparisons:
        verdict = "nothing could be compared"
    yield screen.paint("bold", ends(verdict, fit_end(printable(title), screen.width - len(verdict) - 2), screen.width))
    yield ""
    yield f"  {_many(found.executed, 'step')} of {len(recording.steps)} executed again, every recorded bit compared"
    if found.steps:
        which = _numbers(found.steps)
        yield from _block(f"{_many(len(found.steps), 'step')} compared in full: {which}", "  ", screen)
    yield ""
    yield from _table(found, screen)
    yield from _bad(recording, bad, screen)
    if found.notes:
        yield ""
        yield screen.paint("bold", "NOT COMPARED")
        for note in found.notes[:MOST_NOTES]:
            for place, part in enumerate(paragraph(printable(note), screen.width - 4)):
                yield f"  {'-' if not place else ' '} {part}"
        if len(found.notes) > MOST_NOTES:
            yield f"  … {len(found.notes) - MOST_NOTES} more"


def _table(found: Verification, screen: Screen) -> Iterator[str]:
    rows = []
    for method, words in METHODS.items():
        these = [comparison for comparison in found.comparisons if comparison.method == method]
        if these:
            ratios = [c.error / c.tolerance for c in these if c.agrees and c.tolerance > 0]
            entries = sum(comparison.entries for comparison in these)
            rows.append((words, str(len(these)), str(entries), f"{max(ratios):.2f}" if ratios else "0"))
    if not rows:
        return
    wide = max(screen.width - 2 - 31, 30)
    yield screen.paint("dim", f"  {left('compared', wide)}{right('rows', 7)}{right('numbers', 12)}{right('worst*', 9)}")
    for words, *numbers in rows:
        first, *more = paragraph(words, wide - 1)
        yield f"  {left(first, wide)}{''.join(right(n, w) for n, w in zip(numbers, (7, 12, 9), strict=True))}"
        yield from (f"    {part}" for part in more)
    yield screen.paint("dim", "  * the largest error of those that agree, in units of its tolerance")


def _bad(recording: Recording, bad: Sequence[Comparison], screen: Screen) -> Iterator[str]:
    alike: dict[tuple[int | None, str, str], list[Comparison]] = {}
    for comparison in bad:
        alike.setdefault((comparison.line, comparison.what, comparison.method), []).append(comparison)
    if alike:
        yield ""
        yield screen.paint("error", "DISAGREE")
    shown: int | None = -1
    for (index, what, method), these in list(alike.items())[:MOST_SHOWN]:
        if index != shown:
            line = line_of(recording, index)
            yield f"  {place_of(recording, index)}: {text_of(recording, line).strip() if line else ''}"
            shown = index
        worst = these[0]
        yield from _block(f"{what} ({method})", "    ", screen)
        entry = f"[{', '.join(map(str, worst.index))}] " if worst.index else ""
        times = f", {number(worst.error / worst.tolerance)} times the tolerance" if worst.tolerance > 0 else ""
        numbers = f"{entry}recorded {number(worst.recorded)}, recomputed {number(worst.recomputed)}"
        yield from _block(f"step {worst.step}, event {worst.event}: {numbers}{times}", "      ", screen)
        if worst.why:
            yield from _block(worst.why, "      ", screen)
        if len(these) > 1:
            yield from _block(f"also in {_many(len({c.step for c in these[1:]}), 'other step')}", "      ", screen)
    if len(alike) > MOST_SHOWN:
        yield f"  … {len(alike) - MOST_SHOWN} more"


def _block(text: str, margin: str, screen: Screen) -> Iterator[str]:
    for place, part in enumerate(paragraph(printable(text), screen.width - len(margin) - 2)):
        yield margin + ("" if not place else "  ") + part


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}" + ("" if count == 1 else "s")


def _numbers(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:9]))
    return shown if len(numbers) <= 9 else f"{shown}, … {numbers[-1]}"


def verification_json(recording: Recording, found: Verification) -> dict[str, Any]:
    """Return what verify() found as plain data; docs/verifying.md describes it."""
    return {
        "compared": len(found.comparisons),
        "disagree": len(found.disagreements),
        "numbers": found.entries,
        "worst": json_number(found.worst),
        "executed": found.executed,
        "steps": list(found.steps),
        "notes": list(found.notes),
        "rows": [_row(recording, comparison) for comparison in found.comparisons],
    }


def _row(recording: Recording, comparison: Comparison) -> dict[str, Any]:
    line = line_of(recording, comparison.line)
    return {
        "step": comparison.step,
        "event": comparison.event,
        "line": None if line is None else line.number,
        "what": comparison.what,
        "recorded": json_number(comparison.recorded),
        "recomputed": json_number(comparison.recomputed),
        "error": json_number(comparison.error),
        "tolerance": json_number(comparison.tolerance),
        "agrees": comparison.agrees,
        "method": comparison.method,
        "file": None if line is None else line.file,
        "index": list(comparison.index),
        "entries": comparison.entries,
        "undecided": comparison.undecided,
        "why": comparison.why,
    }
