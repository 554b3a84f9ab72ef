"""lr-too-small: hardly any progress, though a larger step along the same gradient would have made some."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.code import number
from retrograd.checks.course import agreement, course, gradients, moves, rate_line
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding

PROGRESS = 0.02
"""Of the loss, in the whole run, is called hardly any."""
ALIKE = 0.99
"""Cosine of the first and the last gradient: the loop is still on the same straight slope."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for a run that stays on one slope, and say how far a larger step would have come."""
    how = course(evidence)
    if how is None or how.broke is not None or how.count < 10 or not evidence.reached & evidence.updated:
        return
    done = 1 - how.final / how.initial if how.initial else 1.0
    if not 0 <= done < PROGRESS:
        return
    first, last = evidence.samples[0], evidence.samples[-1]
    alike = agreement(evidence, first, last)
    sizes = [sum((evidence.norm(t, r) or 0.0) ** 2 for r in gradients(evidence, t).values()) for t in (first, last)]
    if alike is None or alike < ALIKE or not sizes[0] or sizes[1] < 0.8 * sizes[0]:
        return
    # To first order a step of rate r lowers the loss by r · |g|²; what a tenth of the loss needs, in steps like these:
    needed = 0.1 * how.initial / sizes[0]
    line, rate = rate_line(evidence)
    line = line or evidence.line_of(first.shape.calls[0])
    moved = next(iter(moves(first)), None)
    yield evidence.finding(
        "lr-too-small",
        "warning",
        line,
        f"in {how.count} steps the loss went from {number(how.initial)} to {number(how.final)}, and the "
        f"gradient did not "
        f"change its direction (cosine {alike:.4f}) nor its size; with the learning rate {rate or '?'} "
        f"{number(how.count * 0.1 / done) if done else 'endlessly many'} steps would take off a tenth, with about "
        f"{number(needed)} a single one (to first order)",
        "The loop is still on the slope where it began. Nothing is wrong but the size of its steps.",
        "Multiply the learning rate by 10 until the loss falls visibly.",
        confidence=0.8,
        others=[(evidence.line_of(moved.event) if moved else None, "takes the steps")],
        events=[(first, moved.event)] if moved else [],
    )
