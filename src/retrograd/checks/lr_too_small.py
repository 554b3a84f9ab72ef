"""lr-too-small: hardly any progress, though a larger step along the same gradient would have made some."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from retrograd.checks.alike import one_batch
from retrograd.checks.code import number, optimizers
from retrograd.checks.course import Course, course, gradients, moves, rate_line, vector
from retrograd.checks.creep import Creep, creep
from retrograd.checks.cures import with_number
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.slopes import slopes
from retrograd.checks.sources import called
from retrograd.recording import Line

PROGRESS = 0.02
"""Of the loss, in the whole run, is called hardly any."""
ALIKE = 0.99
"""Cosine of the first and the last gradient: the loop is still on the same straight slope."""
WORTH = 1e-3
"""Of the loss: that all steps together took away, by the gradients of the batches after them, is called nothing."""
FAR = 1000.0
"""The way from the parameters to where a slope would take off a tenth, in their own units. A slope that has to be
followed so far is none: at a minimum the gradient is what rounding leaves of it."""
BLOCK = 10
"""Gradients of so many batches are averaged where each step has another batch."""
ALIKE_ON_AVERAGE = 0.8
"""Cosine of such averages. Where batches differ as much as the gradient is large, a tenth of their noise is left in
each, and the cosine of two averages of one slope is 1 / 1.1."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for a run that stays on one slope, and say how far a larger step would have come."""
    how = course(evidence, of_functions=True)
    if how is None or how.broke is not None or how.count < 10 or not evidence.reached & evidence.updated:
        return
    done = 1 - how.final / how.initial if how.initial else 1.0
    if not one_batch(evidence) and (creeping := creep(evidence)) is not None:
        if how.initial > 0 and 0 < creeping.gain < PROGRESS * how.initial:
            yield from _crept(evidence, how, creeping)
            return
    if not 0 <= done < PROGRESS:
        return
    first = evidence.samples[0]
    alike, sizes = _ends(evidence, 1 if one_batch(evidence) else BLOCK)
    enough = ALIKE if one_batch(evidence) else ALIKE_ON_AVERAGE
    if alike is None or alike < enough or not sizes[0] or sizes[1] < 0.8 * sizes[0]:
        return
    if 0.1 * how.initial > FAR * np.sqrt(sizes[0]):
        return
    if not one_batch(evidence):
        along = slopes(evidence)
        worth = -how.count * float(np.mean([slope.end for slope in along])) if along else np.inf
        if worth > WORTH * how.initial:
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
        f"change its direction (cosine {alike:.3f}) nor its size; with the learning rate {rate or '?'} "
        f"{number(how.count * 0.1 / done) if done else 'endlessly many'} steps would take off a tenth, with about "
        f"{number(needed)} a single one (to first order)",
        "The loop is still on the slope where it began. Nothing is wrong but the size of its steps.",
        _fix(evidence, line, rate, needed) or "Multiply the learning rate by 10 until the loss falls visibly.",
        confidence=0.8,
        others=[(evidence.line_of(moved.event) if moved else None, "takes the steps")],
        events=[(first, moved.event)] if moved else [],
    )


def _crept(evidence: Evidence, how: Course, creeping: Creep) -> Iterator[Finding]:
    """Report a loop whose batches differ more than its steps change anything."""
    if 0.1 * how.initial > FAR * creeping.slope:
        return
    line, rate = rate_line(evidence)
    first = evidence.samples[0]
    moved = next(iter(moves(first)), None)
    yield evidence.finding(
        "lr-too-small",
        "warning",
        line or evidence.line_of(first.shape.calls[0]),
        f"in {how.count} steps the parameters moved by {number(creeping.moved)}, which by the slope along that way, "
        f"about the same at the beginning and at the end, took {number(creeping.gain)} off a loss of "
        f"{number(how.initial)}; with the learning rate {rate or '?'} a tenth would take "
        f"{number(0.1 * how.initial / creeping.gain)} times as many steps",
        "The loop is still on the slope where it began. Nothing is wrong but the size of its steps.",
        "Multiply the learning rate by 10 until the loss falls visibly.",
        confidence=0.8,
        others=[(evidence.line_of(moved.event) if moved else None, "takes the steps")],
        events=[(first, moved.event)] if moved else [],
    )


def _fix(evidence: Evidence, line: Line | None, rate: str, needed: float) -> str:
    """Return the diff that sets the rate of gradient descent that takes off a tenth, rounded down to a power of ten."""
    made = optimizers(evidence)
    if (made and called(made[0].call) != "SGD") or not np.isfinite(needed):
        return ""  # other optimisers choose the size of their steps themselves
    return with_number(evidence, line, rate, f"{10.0 ** np.floor(np.log10(needed)):g}")


def _ends(evidence: Evidence, count: int) -> tuple[float | None, tuple[float, float]]:
    """Return the cosine of the mean gradients of the first and the last steps, and their squared norms."""
    turns = [turn for turn in evidence.steps if turn.step.finished]
    things = sorted(set(gradients(evidence, turns[0])) & set(gradients(evidence, turns[-1]))) if turns else []
    count = min(count, max(1, len(turns) // 3))
    means = []
    for block in (turns[:count], turns[-count:]):
        vectors = [found for turn in block if (found := vector(evidence, turn, things)) is not None]
        if len(vectors) < count or len({found.shape for found in vectors}) != 1:
            return None, (0.0, 0.0)
        means.append(np.mean(vectors, axis=0))
    one, two = means
    if one.shape != two.shape or not np.isfinite(one).all() or not np.isfinite(two).all():
        return None, (0.0, 0.0)
    size = float(np.linalg.norm(one) * np.linalg.norm(two))
    return (float(one @ two) / size if size else None), (float(one @ one), float(two @ two))
