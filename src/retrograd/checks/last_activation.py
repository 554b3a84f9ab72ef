"""last-activation: the last activation cannot reach the targets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from retrograd.checks.calls import short
from retrograd.checks.code import number
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.fixes import without_activation
from retrograd.checks.losses import REGRESSION, Compared, compared
from retrograd.checks.ranges import RANGES, bounded
from retrograd.recording import Event

LAYERS = {
    "relu": "ReLU", "relu_": "ReLU", "softplus": "Softplus", "tanh": "Tanh", "sigmoid": "Sigmoid", "softmax": "Softmax",
}  # fmt: skip
"""How the layer of an activation is called."""
SHARE = 0.05
"""Of the targets, outside of the range. A few stray ones are noise, and the model may well leave them."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Compare the targets with the range of what computed the prediction."""
    for pair in compared(evidence, evidence.samples[:3]):
        found = bounded(evidence, pair.turn, pair.prediction, pair.event.number)
        if found is None:
            continue
        _, event, between = found
        activation = short(event)
        low, high = between
        if pair.name in REGRESSION:
            targets = evidence.numbers(pair.turn, pair.target)
            if targets is None or not targets.size:
                continue
            outside = (targets < low) | (targets > high)
            if float(outside.mean()) >= SHARE:
                yield _finding(evidence, pair, event, between, targets, float(outside.mean()))
                return
        elif pair.name in ("cross_entropy", "binary_cross_entropy_with_logits") and activation in ("tanh", "sigmoid"):
            if between != RANGES[activation]:
                continue  # `10 * tanh(z)` leaves room enough, perhaps
            if pair.name != "cross_entropy" and activation == "sigmoid":
                continue  # that has a check of its own
            yield _bounded(evidence, pair, event)
            return


def _finding(
    evidence: Evidence,
    pair: Compared,
    activation: Event,
    between: tuple[float, float],
    targets: np.ndarray,
    share: float,
) -> Finding:
    name = short(activation)
    low, high = between
    return evidence.finding(
        "last-activation",
        "error",
        evidence.line_of(activation),
        f"`{name}` gives numbers from {number(low)} to {number(high)}, and {share:.0%} of the targets lie "
        f"outside: they "
        f"go from {number(float(targets.min()))} to {number(float(targets.max()))}",
        "No weights can make the output reach these targets; the activation saturates instead, and its "
        "gradient vanishes.",
        without_activation(evidence, evidence.line_of(activation), (LAYERS.get(name, name),))
        or "Leave out the last activation, or scale the targets into its range.",
        confidence=0.93,
        others=[(evidence.line_of(pair.event), "compares with the targets")],
        events=[(pair.turn, activation), (pair.turn, pair.event)],
    )


def _bounded(evidence: Evidence, pair: Compared, activation: Event) -> Finding:
    name = short(activation)
    low, high = RANGES[name]
    return evidence.finding(
        "last-activation",
        "error",
        evidence.line_of(activation),
        f"`{pair.name}` takes logits of any size, and `{name}` leaves numbers between {number(low)} and {number(high)}",
        "With logits in a narrow range no class can get a probability near one, so the loss has a floor.",
        without_activation(evidence, evidence.line_of(activation), (LAYERS.get(name, name),))
        or "Leave out the last activation.",
        confidence=0.93,
        others=[(evidence.line_of(pair.event), "takes logits")],
        events=[(pair.turn, activation), (pair.turn, pair.event)],
    )
