"""double-sigmoid: what sigmoid gave is treated as logits, so sigmoid is applied to it again."""

from __future__ import annotations

import math
from collections.abc import Iterator

from retrograd.checks.calls import VIEWS, short
from retrograd.checks.code import number
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.fixes import without_activation
from retrograd.checks.losses import compared, made_by, near
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Reference

WHY = (
    "sigmoid of something between 0 and 1 lies between 0.5 and 0.731: the loss cannot fall below "
    f"{math.log(1 + math.exp(-1)):.3f} for targets 1 and {math.log(2):.3f} for targets 0, however long it trains."
)
LOGITS = frozenset({"binary_cross_entropy_with_logits", "soft_margin_loss", "multilabel_soft_margin_loss"})
"""Losses that apply a sigmoid themselves."""
SIGMOIDS = frozenset({"sigmoid", "softmax", "sigmoid_", "expit", "hardsigmoid"})

QUOTIENTS = frozenset({"reciprocal", "__rdiv__", "__rtruediv__", "div", "truediv"})
"""Calls that end what is a sigmoid written by hand."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look at what went into losses that take logits, and at what goes from a sigmoid into a sigmoid."""
    for pair in compared(evidence, evidence.samples[:1]):
        turn, event = pair.turn, pair.event
        if pair.name in LOGITS:
            made = made_by(evidence, turn, pair.prediction, event.number)
            if made is not None and short(made[1]) in SIGMOIDS | QUOTIENTS:
                if short(made[1]) in QUOTIENTS and not _is_logistic(evidence, *made):
                    continue
                yield _finding(evidence, turn, made[1], event, pair.prediction)
                return
        elif pair.name == "binary_cross_entropy":
            second = made_by(evidence, turn, pair.prediction, event.number)
            if second is None or short(second[1]) not in SIGMOIDS or not second[1].inputs:
                continue
            first = evidence.origin(second[0], second[1].inputs[0], second[1].number, through=VIEWS)
            if first is not None and short(first[1]) in SIGMOIDS:
                yield _finding(evidence, turn, first[1], second[1], second[1].inputs[0])
                return
    yield from _by_hand(evidence)


def _by_hand(evidence: Evidence) -> Iterator[Finding]:
    """Look for a sigmoid's result in `log(1 + exp(-|z|))` or `logsigmoid(z)`, in a loss that was written by hand."""
    for turn in evidence.samples[:1]:
        for root in (turn.shape.root(call) for call in turn.shape.calls):
            near_loss = near(turn, root) if root is not None else set()
            for second in turn.shape.behind(root) if root is not None else ():
                given = _logits_of(turn, second) if second.number in near_loss else None
                first = made_by(evidence, turn, given, second.number) if given is not None else None
                if given is not None and first is not None and first[0] is turn and short(first[1]) in SIGMOIDS:
                    yield _finding(evidence, turn, first[1], second, given)
                    return


def _logits_of(turn: Turn, event: Event) -> Reference | None:
    """Return z of `logsigmoid(z)`, `softplus(z)` and `log1p(exp(z))`, without the signs before it."""
    if short(event) not in ("logsigmoid", "log_sigmoid", "softplus", "log1p"):
        return None
    given, inner = event.inputs[0], ["exp"] if short(event) == "log1p" else []
    while (maker := turn.shape.makers.get(given.buffer)) is not None:
        made = turn.shape.events[maker]
        if inner and short(made) == inner[0]:
            inner = []
        elif inner or short(made) not in ("neg", "__neg__", "abs", "__abs__"):
            break
        given = made.inputs[0]
    return None if inner else given


def _finding(evidence: Evidence, turn: Turn, first: Event, second: Event, given: Reference) -> Finding:
    extremes = evidence.extremes(turn, given)
    between = f" (from {number(extremes[0])} to {number(extremes[1])} in step {turn.number})" if extremes else ""
    line, other = evidence.line_of(first), evidence.line_of(second)
    return evidence.finding(
        "double-sigmoid",
        "error",
        line,
        f"`{short(second)}` takes logits and was given what `{short(first)}` computed{between}",
        WHY,
        without_activation(evidence, line, ("Sigmoid",))
        or "Give the loss the logits, and use the sigmoid for predictions only; or use binary_cross_entropy with it.",
        confidence=0.98,
        others=[(other, "applies sigmoid again")],
        events=[(turn, first), (turn, second)],
    )


def _is_logistic(evidence: Evidence, turn: Turn, event: Event) -> bool:
    """Return whether `1 / (1 + exp(-z))` or `exp(z) / (1 + exp(z))` was computed: an exp, and numbers from 0 to 1."""
    extremes = evidence.extremes(turn, event.outputs[0])
    if extremes is None or extremes[0] < 0 or extremes[1] > 1:
        return False
    near = turn.shape.behind(event)[-5:-1]
    return any(short(e) == "exp" for e in near) and not any(short(e) == "sum" for e in near)
