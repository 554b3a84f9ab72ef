"""vanishing-grad: gradients of early layers are many orders smaller than those of the last."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.code import number
from retrograd.checks.course import course
from retrograd.checks.cures import renamed
from retrograd.checks.depth import chain
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding

RATIO = 1e-4
"""First layer to last. (DeepLocalize and AutoTrainer call 1e-3 with a gradient below 1e-4 vanishing.)"""
FEWEST = 6
"""Layers and activations: with fewer there is no depth for gradients to vanish in."""
STEEPER = {"sigmoid": "elu", "Sigmoid": "ELU"}
"""What has a slope of 1 for all numbers above 0, and never none."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Compare the gradients along the layers at the start, if the loop hardly learns."""
    how = course(evidence)
    if how is None or how.broke is not None or how.final < 0.5 * how.initial:
        return
    for turn in evidence.samples[:1]:
        layers = chain(evidence, turn)
        if layers is None or len(layers.events) < FEWEST:
            return
        first, last = layers.gradients[0], layers.gradients[-1]
        if not 0 < first < RATIO * last:
            return
        event = layers.events[0]
        activations = [e for e in layers.events if short(e) in ("sigmoid", "tanh", "softplus", "relu", "elu")]
        shown = activations[0] if activations else event
        factor = (first / last) ** (1 / (len(layers.events) - 1))
        yield evidence.finding(
            "vanishing-grad",
            "warning",
            evidence.line_of(shown),
            f"in step {turn.number} the gradient is {number(last)} at `{short(layers.events[-1])}` next to "
            f"the loss and "
            f"{number(first)} at the first of {len(layers.events)} layers, a factor of {number(factor)} each; the loss "
            f"went from {number(how.initial)} to {number(how.final)}",
            "Each layer multiplies the gradient with its slope, at most 0.25 for sigmoid. The early "
            "layers hardly move.",
            renamed(evidence, evidence.line_of(shown), STEEPER)
            or "Use relu (or residual connections, normalisation), and an initialisation that keeps the size.",
            confidence=0.8,
            events=[(turn, event)],
        )
