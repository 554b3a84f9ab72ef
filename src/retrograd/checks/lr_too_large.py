"""lr-too-large: the steps are larger than the curvature allows, and the loop suffers from it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from retrograd.checks.alike import draws, one_batch
from retrograd.checks.code import number
from retrograd.checks.course import LEAP, Course, course, moves, rate_line
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.slopes import Slope, best_share, gains, reach, slopes
from retrograd.recording import Line

WHY = (
    "A step along the gradient lowers the loss only as far as the slope lasts. Beyond 2 divided by the curvature it "
    "lands higher on the other side, and the next one higher still."
)
LIMIT = 0.55
"""Of a step, that a line search would have gone: at 1/2 a step along a parabola gains nothing. A tenth is added,
because a loss that stays bounded is no parabola, and jumps back and forth between walls at just about 1/2."""


GAIN = 1 - 1 / (2 * LIMIT)
"""Of what a step along its first slope would gain. Along a parabola of which a line search would go the share s of a
step, the whole step gains 1 - 1 / (2 s) of that: 1/2 at the best step, nothing at twice the best one."""
MOST_REACH = 4
"""Times the loss, by which an update may lower it to first order. Along a parabola that stays above 0 the lowest point
is reached when the slope, had it lasted, would have taken off at most twice the loss; twice as far the loss is what it
was (a learning rate of 2 divided by the curvature), and beyond it is higher."""
LOST = 1 / float(np.finfo(np.float32).eps)
"""Times the first loss: rounding a loss so large leaves out as much as the whole first loss was, so the slopes that
follow say nothing of how it came there."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look at the slopes along the steps of a loop that suffers: did a line search stop before half of them?"""
    how = course(evidence, of_functions=True)
    if how is None or not any(True for turn in evidence.samples for _ in moves(turn)):
        return
    if not how.suffers and not _worse_than_idle(evidence, how):
        return
    lost = _lost(evidence)
    along = [slope for slope in slopes(evidence) if slope.begin < 0 and slope.turn.number < lost]
    share = best_share(along)
    if not along:
        yield from _at_once(evidence, how)
    if share <= LIMIT:
        yield _overshot(evidence, how, along, share)
    elif gained := _gained(evidence, how, along):
        yield _in_vain(evidence, how, *gained)
    elif leap := _leap(how, along, evidence):
        yield _overshot(evidence, how, [leap], best_share([leap]))


def _overshot(evidence: Evidence, how: Course, along: list[Slope], share: float) -> Finding:
    worst = max(along, key=lambda slope: slope.end)
    line, rate = rate_line(evidence, worst.steepest)
    turn = worst.turn
    moved = next((one for one in moves(turn) if one.thing == worst.steepest), None)
    line = line or evidence.line_of(turn.shape.calls[0])
    return evidence.finding(
        "lr-too-large",
        "warning",
        line,
        f"with the learning rate {rate or '?'} the steps go {number(1 / share)} times as far as the loss falls along "
        f"them: in step {turn.number} its slope is {number(worst.begin)} where the step begins and "
        f"{number(worst.end)} where it ends; {_end(evidence, how)}",
        WHY,
        _fix(evidence, line, rate, max(share, min(0.1, _to_nothing(evidence, along[0])))),
        confidence=0.85,
        others=[(evidence.line_of(moved.event) if moved else None, "takes the steps")],
        events=[(turn, moved.event)] if moved else [],
    )


def _gained(evidence: Evidence, how: Course, along: list[Slope]) -> tuple[float, float] | None:
    """Return what the steps downhill together would have taken off the loss, had their slopes lasted, and did take off.

    None if they took off their share, if the slopes were worth less than the loss, or if losses of different steps
    cannot be compared one by one: other samples, or numbers that are drawn in each step.
    """
    if not one_batch(evidence) or any(map(draws, evidence.samples[:2])):
        return None
    promised, kept = gains(evidence, along)
    return (promised, kept) if promised > how.initial and kept < GAIN * promised else None


def _leap(how: Course, along: list[Slope], evidence: Evidence) -> Slope | None:
    """Return the step that took the loss a thousand times as high as it was, and beyond the lowest point of its way.

    A loop that ends no lower than it began may go down again in all the steps that follow, and so on the whole.
    """
    following = {turn.number - 1: loss for turn, loss in zip(evidence.steps, evidence.losses, strict=True)}
    for slope in along:
        before, after = following.get(slope.turn.number - 1, np.nan), following.get(slope.turn.number, np.nan)
        if how.broke is None and 0 < LEAP * before < after and best_share([slope]) <= LIMIT:
            return slope
    return None


def _in_vain(evidence: Evidence, how: Course, promised: float, kept: float) -> Finding:
    line, rate = rate_line(evidence)
    turn = evidence.samples[0]
    moved = next(iter(moves(turn)), None)
    return evidence.finding(
        "lr-too-large",
        "warning",
        line or evidence.line_of(turn.shape.calls[0]),
        f"with the learning rate {rate or '?'} the steps that went downhill would have taken {number(promised)} off "
        f"the loss, had its slopes lasted, and {_took(kept)}; {_end(evidence, how)}",
        WHY,
        _fix(evidence, line, rate, 0.1),
        confidence=0.8,
        others=[(evidence.line_of(moved.event) if moved else None, "takes the steps")],
        events=[(turn, moved.event)] if moved else [],
    )


def _to_nothing(evidence: Evidence, slope: Slope) -> float:
    """Return what share of a step would have taken the loss to 0, had its slope lasted.

    Where a step lands so far away that the slope there says nothing of the way, this is the better guess (Polyak).
    """
    return float(evidence.losses[evidence.steps.index(slope.turn)]) / -slope.begin


def _took(kept: float) -> str:
    return f"took off {number(kept)}" if kept >= 0 else f"raised it by {number(-kept)}"


def _end(evidence: Evidence, how: Course) -> str:
    end = f"is not finite from step {how.broke} on" if how.broke is not None else f"ends at {number(how.final)}"
    mean = f", {number(float(np.mean(evidence.losses)))} in the mean," if how.broke is None else ""
    return f"the loss was {number(float(evidence.losses[0]))} in the first step{mean} and {end}"


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


def _worse_than_idle(evidence: Evidence, how: Course) -> bool:
    """Return whether the mean loss of the run is above the first one: not to train at all had been better."""
    finite = evidence.losses[np.isfinite(evidence.losses)]
    return float(np.mean(finite.astype("f8"))) > how.initial


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
