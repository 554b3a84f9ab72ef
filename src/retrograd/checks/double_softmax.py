"""double-softmax: what softmax gave is treated as logits, so softmax is applied to it again."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from retrograd.checks.evidence import VIEWS, Evidence, Turn, short
from retrograd.checks.finding import Finding
from retrograd.checks.losses import compared, made_by
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
        made = evidence.origin(turn, given, second.number, through=VIEWS)
        if made is None:
            continue
        if short(made[1]) == "softmax" or (short(made[1]) in ("div", "truediv") and _is_softmax(evidence, turn, given)):
            yield _finding(evidence, turn, made[1], second, given)
            return


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
        "Give the loss the logits, and use softmax for predictions only.",
        confidence=0.98,
        others=[(evidence.line_of(second), "applies softmax again")],
        events=[(turn, first), (turn, second)],
    )
