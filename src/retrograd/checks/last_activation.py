"""last-activation: the last activation cannot reach the targets."""

from __future__ import annotations

from collections.abc import Iterator
from types import NoneType

import numpy as np

from retrograd.checks.calls import VIEWS, short
from retrograd.checks.code import number
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.fixes import without_activation
from retrograd.checks.losses import REGRESSION, Compared, compared
from retrograd.checks.turns import Turn
from retrograd.recording import Event

RANGES = {
    "tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "relu": (0.0, np.inf), "softmax": (0.0, 1.0), "softplus": (0.0, np.inf),
    "relu6": (0.0, 6.0), "logsigmoid": (-np.inf, 0.0), "log_softmax": (-np.inf, 0.0),
    "softsign": (-1.0, 1.0), "exp": (0.0, np.inf), "relu_": (0.0, np.inf), "tanh_": (-1.0, 1.0),
}  # fmt: skip
"""What an activation can give."""
CLAMPS = frozenset({"clamp", "clip", "hardtanh"})
"""Calls that are told the range."""
LAYERS = {
    "relu": "ReLU", "relu_": "ReLU", "softplus": "Softplus", "tanh": "Tanh", "sigmoid": "Sigmoid", "softmax": "Softmax",
}  # fmt: skip
"""How the layer of an activation is called."""
SHARE = 0.05
"""Of the targets, outside of the range. A few stray ones are noise, and the model may well leave them."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Compare the targets with the range of what computed the prediction."""
    for pair in compared(evidence, evidence.samples[:3]):
        made = evidence.origin(pair.turn, pair.prediction, pair.event.number, through=VIEWS)
        between = _range(evidence, *made) if made is not None else None
        if made is None or between is None:
            continue
        activation = short(made[1])
        low, high = between
        if pair.name in REGRESSION:
            targets = evidence.numbers(pair.turn, pair.target)
            if targets is None or not targets.size:
                continue
            outside = (targets < low) | (targets > high)
            if float(outside.mean()) >= SHARE:
                yield _finding(evidence, pair, made[1], between, targets, float(outside.mean()))
                return
        elif pair.name in ("cross_entropy", "binary_cross_entropy_with_logits") and activation in ("tanh", "sigmoid"):
            if pair.name != "cross_entropy" and activation == "sigmoid":
                continue  # that has a check of its own
            yield _bounded(evidence, pair, made[1])
            return


def _range(evidence: Evidence, turn: Turn, event: Event) -> tuple[float, float] | None:
    """Return the smallest and the largest number that a call can give, if it is an activation or a clamp."""
    name = short(event)
    if name in CLAMPS:
        operations = [o for o in turn.shape.operations(event) if "clamp" in o.name or "hardtanh" in o.name]
        bounds = [evidence.argument(turn, given) for given in operations[0].arguments[1:3]] if operations else []
        bounds += [None] * (2 - len(bounds))
        if not operations or any(not isinstance(bound, (int, float, NoneType)) for bound in bounds):
            return None
        return (-np.inf if bounds[0] is None else bounds[0]), (np.inf if bounds[1] is None else bounds[1])
    return RANGES.get(name)


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
