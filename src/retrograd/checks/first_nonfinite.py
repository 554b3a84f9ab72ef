"""first-nonfinite: the first number that is not finite, where no other check knows why."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.code import number
from retrograd.checks.cures import kept_from_zero
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.nonfinite import first_nonfinite, floats, has_zero


def find(evidence: Evidence) -> Iterator[Finding]:
    """Show divisions by zero and the like; what only grew too large is judged by other checks."""
    first = first_nonfinite(evidence)
    if first is None:
        return
    turn, event = first.turn, first.event
    name = short(first.forward)
    divides = name in ("div", "truediv", "__truediv__", "reciprocal", "__rtruediv__", "div_")
    if not divides:
        return
    zero = [r for r in floats(turn, first.forward) if has_zero(evidence, turn, r)]
    if not zero:
        return
    what = evidence.name(turn, zero[-1], first.forward)
    extremes = evidence.extremes(turn, zero[-1])
    yield evidence.finding(
        "first-nonfinite",
        "error",
        evidence.line_of(first.forward),
        f"in step {turn.number} everything was finite until `{name}`: {what} has entries that are 0 "
        f"(it goes from {number(extremes[0] if extremes else None)} to {number(extremes[1] if extremes else None)})",
        "Whatever is not finite once spreads to everything that is computed with it.",
        (kept_from_zero(evidence, evidence.line_of(first.forward), False) if extremes and extremes[0] >= 0 else "")
        or "Keep the denominator away from zero, or leave these entries out before dividing.",
        confidence=0.95,
        events=[(turn, event)],
    )
