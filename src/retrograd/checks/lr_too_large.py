"""lr-too-large: the steps are larger than the curvature allows, and the loop suffers from it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from retrograd.checks.code import number
from retrograd.checks.course import Course, course, moves, rate_line
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.slopes import best_share, reach, slopes
from retrograd.recording import Line

WHY = (
    "A step along the gradient lowers the loss only as far as the slope lasts. Beyond 2 divided by the curvature it "
    "lands higher on the other side, and the next one higher still."
)
LIMIT = 0.55
"""Of a step, that a line search would have gone: at 1/2 a step along a parabola gains nothing. A tenth is added,
because a loss that stays bounded is no parabola, and jumps back and forth between walls at just about 1/2."""


ABOVE = 1 / 3
"""Of the run, spent at a loss above the first one: a loop suffers from that, too, even if it comes down in the end."""
MOST_REACH = 4
"""Times the loss, by which an update may lower it to first order. Along a parabola that stays above 0 the lowest point
is reached when the slope, had it lasted, would have taken off at most twice the loss; twice as far the loss is what it
was (a learning rate of 2 divided by the curvature), and beyond it is higher."""
LOST = 1000
"""Times the first loss. What a loop does after that says nothing of how it came there."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look at the slopes along the steps of a loop that suffers: did a line search stop before half of them?"""
    how = course(evidence)
    if how is None or not any(True for turn in evidence.samples for _ in moves(turn)):
        return
    above = float(np.mean(evidence.losses > evidence.losses[0]))
    if not how.suffers and above < ABOVE:
        return
    lost = _lost(evidence)
    along = [slope for slope in slopes(evidence) if slope.begin < 0 and slope.turn.number < lost]
    share = best_share(along)
    if not along:
        yield from _at_once(evidence, how)
    if share > LIMIT:
        return
    line, rate = rate_line(evidence)
    worst = max(along, key=lambda slope: slope.end)
    turn = worst.turn
    moved = next(iter(moves(turn)), None)
    line = line or evidence.line_of(turn.shape.calls[0])
    end = f"is not finite from step {how.broke} on" if how.broke is not None else f"ends at {number(how.final)}"
    yield evidence.finding(
        "lr-too-large",
        "warning",
        line,
        f"with the learning rate {rate or '?'} the steps go {number(1 / share)} times as far as the loss falls along "
        f"them: in step {turn.number} its slope is {number(worst.begin)} where the step begins and "
        f"{number(worst.end)} where it ends; the loss was {number(float(evidence.losses[0]))} in the first step "
        f"and {end}",
        WHY,
        _fix(evidence, line, rate, share),
        confidence=0.85,
        others=[(evidence.line_of(moved.event) if moved else None, "takes the steps")],
        events=[(turn, moved.event)] if moved else [],
    )


def _at_once(evidence: Evidence, how: Course) -> Iterator[Finding]:
    """Look at a loop that one update broke, so that there is no slope to compare with."""
    if not how.broke:
        return
    turn, loss = evidence.steps[how.broke - 1], float(evidence.losses[how.broke - 1])
    lowered = reach(evidence, turn)
    if lowered is None or lowered <= MOST_REACH * loss:
        return
    line, rate = rate_line(evidence)
    moved = next(iter(moves(turn)), None)
    line = line or evidence.line_of(turn.shape.calls[0])
    yield evidence.finding(
        "lr-too-large",
        "warning",
        line,
        f"the update of step {turn.number} took the loss from {number(loss)} to {number(evidence.losses[how.broke])}: "
        f"with the learning rate {rate or '?'} it went {number(lowered / loss)} times as far as the slope, had it "
        f"lasted, would have taken to lower the loss to 0",
        WHY,
        _fix(evidence, line, rate, loss / lowered),
        confidence=0.85,
        others=[(evidence.line_of(moved.event) if moved else None, "takes the step")],
        events=[(turn, moved.event)] if moved else [],
    )


def _lost(evidence: Evidence) -> float:
    """Return the step in which the loss was out of all proportion, if it was."""
    losses = evidence.losses
    if not losses[0] > 0:
        return float("inf")
    far = np.flatnonzero(~(losses < LOST * losses[0]))
    return evidence.steps[int(far[0])].number if far.size else float("inf")


def _fix(evidence: Evidence, line: Line | None, rate: str, share: float) -> str:
    """Return the diff that sets the rate at which a line search would have stopped, rounded down to a power of ten."""
    try:
        lower = 10.0 ** np.floor(np.log10(float(rate) * share))
    except ValueError:
        return "Divide the learning rate by 10, and look again."
    if line is None:
        return f"Try {lower:g}."
    text = evidence.sources.line_text(line.file, line.number)
    changed = re.sub(rf"(?<![\w.]){re.escape(rate)}(?![\w.])", f"{lower:g}", text, count=1)
    return evidence.sources.diff(line.file, {line.number: [changed]}) if changed != text else f"Try {lower:g}."
