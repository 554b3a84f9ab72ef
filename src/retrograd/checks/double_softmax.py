"""double-softmax: what softmax gave is treated as logits, so softmax is applied to it again."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from retrograd.checks.calls import VIEWS, short
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.fixes import without_activation
from retrograd.checks.losses import axis, compared, made_by
from retrograd.checks.softmax_wrong_axis import along
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Reference


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look at what went into cross_entropy, and at what goes from a softmax into a (log-)softmax."""
    for pair in compared(evidence, evidence.samples[:1]):
        turn, event = pair.turn, pair.event
        given, second = pair.prediction, event
        if pair.name == "nll_loss":
            log = made_by(evidence, turn, pair.prediction, event.number)
            if log is None or short(log[1]) != "log_softmax" or log[0] is not turn:
                continue
            given, second = log[1].inputs[0], log[1]
        elif pair.name != "cross_entropy":
            continue
        if first := _softmax_behind(evidence, turn, given, second):
            yield _finding(evidence, turn, first, second, given)
            return
    yield from _by_hand(evidence)


def _by_hand(evidence: Evidence) -> Iterator[Finding]:
    """Look for a log-softmax of a softmax before a loss that was written by hand."""
    for turn in evidence.samples[:1]:
        for root in (turn.shape.root(call) for call in turn.shape.calls):
            for second in turn.shape.behind(root) if root is not None else ():
                if short(second) not in ("log_softmax", "logsumexp") or not second.inputs:
                    continue
                first = _softmax_behind(evidence, turn, second.inputs[0], second)
                alike = first is not None and axis(turn, first) in (axis(turn, second), None)
                if first is not None and (alike or short(second) == "logsumexp"):
                    yield _finding(evidence, turn, first, second, second.inputs[0])
                    return


def _softmax_behind(evidence: Evidence, turn: Turn, given: Reference, second: Event) -> Event | None:
    made = evidence.origin(turn, given, second.number, through=VIEWS)
    if made is None:
        return None
    by_hand = short(made[1]) in ("div", "truediv") and (
        along(made[0], made[1]) not in (None, 0) or _is_softmax(evidence, turn, given)
    )
    return made[1] if by_hand or short(made[1]) == "softmax" else None


def _is_softmax(evidence: Evidence, turn: Turn, reference: Reference) -> bool:
    """Return whether rows are positive and sum to one, as `e / e.sum(1, keepdim=True)` does."""
    array = evidence.array(turn, reference)
    if array is None or array.ndim < 2 or array.min() < 0:
        return False
    sums = array.sum(axis=1, dtype="f8")
    tolerance = array.shape[1] * float(np.finfo(np.float32).eps) * 4  # rounding of a sum of that many quotients
    return bool(np.all(np.abs(sums - 1) < tolerance))


def _finding(evidence: Evidence, turn: Turn, first: Event, second: Event, given: Reference) -> Finding:
    classes = turn.shape.slot(given).shape[1] if len(turn.shape.slot(given).shape) > 1 else 2
    floor = math.log(1 + (classes - 1) * math.exp(-1))
    losses = evidence.losses[np.isfinite(evidence.losses)]
    reached = f"; the lowest loss of the run was {losses.min():.3f}" if losses.size else ""
    return evidence.finding(
        "double-softmax",
        "error",
        evidence.line_of(first),
        f"`{short(second)}` takes logits and was given what `{short(first)}` computed: with {classes} classes the loss "
        f"cannot fall below {floor:.3f}{reached}",
        "cross_entropy applies softmax itself. Applied to numbers between 0 and 1 it can never be sure of a class, and "
        "its gradients are small where the model is most wrong.",
        without_activation(evidence, evidence.line_of(first), ("Softmax",))
        or "Give the loss the logits, and use softmax for predictions only.",
        confidence=0.98,
        others=[(evidence.line_of(second), "applies softmax again")],
        events=[(turn, first), (turn, second)],
    )
