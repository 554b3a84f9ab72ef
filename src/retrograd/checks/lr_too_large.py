"""lr-too-large: the steps are larger than the curvature allows, and the loop suffers from it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from retrograd.checks.code import number
from retrograd.checks.course import Course, agreement, course, moves, one_batch, rate_line
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding

WHY = (
    "A step along the gradient lowers the loss only as far as the slope lasts. Beyond 2 divided by the "
    "curvature it lands "
    "higher on the other side, and the next one higher still."
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for overshooting: the loss rises at once, or gradients turn round from step to step, and "
    "nothing is learned."""
    how = course(evidence)
    if how is None or not how.suffers or not evidence.reached & evidence.updated:
        return
    rose, turned = _rise(evidence, how), _turns(evidence)
    if not rose and not (turned is not None and turned < -0.5):
        return
    line, rate = rate_line(evidence)
    line = line or evidence.line_of(evidence.steps[0].shape.calls[0])
    turn = evidence.steps[0]
    moved = next(iter(moves(turn)), None)
    facts = [f"the loss was {number(how.initial)} in the first step"]
    if how.broke is not None:
        facts.append(f"not finite from step {how.broke} on")
    else:
        facts.append(f"{number(how.highest)} at its highest, and {number(how.final)} in the last fifth of the run")
    if turned is not None:
        facts.append(f"consecutive gradients have a cosine of {number(turned)}")
    yield evidence.finding(
        "lr-too-large",
        "warning",
        line,
        f"with the learning rate {rate or '?'} " + ", ".join(facts),
        WHY,
        "Divide the learning rate by 10, and look again.",
        confidence=0.8,
        others=[(evidence.line_of(moved.event) if moved else None, "takes the steps")],
        events=[(turn, moved.event)] if moved else [],
    )


def _rise(evidence: Evidence, how: Course) -> bool:
    """Return whether the loss rose far above where it began, soon after the start or on the way to infinity."""
    losses = evidence.losses
    early = losses[1 : max(3, len(losses) // 3)]
    finite = early[np.isfinite(early)]
    if how.broke is not None:
        before = losses[: how.broke]
        return before.size > 1 and before.max() > 3 * before[0]
    factor = 2 if one_batch(evidence) else 10  # losses of other samples may differ by their own
    return finite.size > 0 and float(finite.max()) > factor * how.initial


def _turns(evidence: Evidence) -> float | None:
    """Return the median cosine between the gradients of consecutive steps."""
    turns = [turn for turn in evidence.steps[:40] if turn.step.finished]
    found = [agreement(evidence, a, b) for a, b in itertools.pairwise(turns)]
    known = [cosine for cosine in found if cosine is not None]
    return float(np.median(known)) if len(known) >= 3 else None
