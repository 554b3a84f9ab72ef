"""Which finding explains which: the cause stays, its symptoms go. No check of its own: diagnosis asks this.

Each mistake disturbs a part of the training: the samples, what the loss measures, how parameters move. A check that
judges numbers takes some of these parts for granted: that a loss does not fall says something about the learning rate
only if the updates follow its gradient. So a finding is a symptom of another one if that disturbs what it is judged
by, and did so before. Two mistakes that have nothing to do with each other are both shown, however well one is known.
"""

from __future__ import annotations

from collections.abc import Sequence

from retrograd.checks import Tier
from retrograd.checks.finding import Finding

DATA = frozenset({"same-batch", "data-not-shuffled", "shuffle-mismatch"})
"""The samples are not those that were meant."""

LOSS = frozenset(
    {
        *("target-dtype", "loss-expects-probs", "double-sigmoid", "double-softmax", "softmax-wrong-axis"),
        *("loss-broadcast", "shuffle-mismatch", "target-leak", "last-activation"),
    }
)
"""The loss does not measure what was meant, or cannot fall."""

MEANING = frozenset({"target-leak", "loss-broadcast", "last-activation", "shuffle-mismatch"})
"""Of these, what makes a loss easy or hard, and no number of it infinite."""

UPDATES = frozenset(
    {
        *("param-not-leaf", "grad-not-cleared", "grad-cleared-before-step", "param-reinit", "stale-optimizer"),
        *("update-not-applied", "graph-broken", "graph-detached-mid", "nondiff-op", "param-not-in-optimizer"),
        *("step-missing", "update-wrong-sign", "clip-after-step", "clip-to-zero", "optimizer-in-loop", "zero-init"),
        *("eval-mode-in-training", "param-frozen", "sched-before-step", "data-mutation"),
        *("half-precision", "where-nan", "log-zero", "sqrt-zero", "first-nonfinite"),
        *("accum-not-scaled", "exploding-grad", "input-unscaled", "loss-sum-large-n", "lr-too-large", "dead-relu"),
        *("vanishing-grad", "lr-decayed-to-zero"),
    }
)
"""Parameters do not move as the gradient of the loss and the learning rate say, or that does not bring them forward."""

COURSE = frozenset(
    {
        *("accum-not-scaled", "input-unscaled", "loss-sum-large-n", "lr-too-large", "vanishing-grad"),
        *("lr-decayed-to-zero", "lr-too-small"),
    }
)
"""Judged by how the loss went in the whole run: the samples, the loss and all updates have a part in it."""

GRAPH = frozenset({"graph-grows"})
"""Judged by which nodes of earlier steps a backward visits: a parameter that is no leaf leads to all of them."""

START = frozenset({"exploding-grad"})
"""Judged in the first step, before any update: only the samples and the loss have a part in it."""

MOMENT = frozenset({"half-precision", "where-nan", "log-zero", "sqrt-zero", "first-nonfinite", "dead-relu"})
"""Judged in one step: the loss has a part in it, and the updates of the steps before."""


def without_symptoms(found: Sequence[Finding], tiers: dict[str, Tier]) -> list[Finding]:
    """Return the findings that no other one explains, and each line of a check once.

    Args:
        found: Best first.
        tiers: How the check of each name knows; a check that knows better is not explained by one that knows less.
    """
    kept: list[Finding] = []
    for place, finding in enumerate(found):
        tier = tiers.get(finding.name, Tier.THRESHOLD)
        better = [f for f in found[:place] if f.severity != "info" and tiers.get(f.name, Tier.THRESHOLD) <= tier]
        if finding.severity != "info" and any(explains(other, finding) for other in better if other in kept):
            continue
        if not any((f.name, f.file, f.line) == (finding.name, finding.file, finding.line) for f in kept):
            kept.append(finding)
    return kept


def explains(cause: Finding, symptom: Finding) -> bool:
    """Return whether what one finding disturbs is what the other is judged by, and was disturbed before."""
    if cause.name == symptom.name:
        return False
    if symptom.name in COURSE:
        return cause.name in DATA | LOSS | UPDATES
    if symptom.name in GRAPH:
        return cause.name == "param-not-leaf"
    if symptom.name in START:
        return cause.name in DATA | LOSS
    if symptom.name in MOMENT:
        if cause.name in MOMENT and set(cause.events) & set(symptom.events):
            return True  # the same number
        return cause.name in LOSS - MEANING or (cause.name in UPDATES and _first(cause) < _first(symptom))
    return False


def _first(finding: Finding) -> int:
    """Return the first step that a finding points at."""
    return min((step for step, _ in finding.events), default=-1)
