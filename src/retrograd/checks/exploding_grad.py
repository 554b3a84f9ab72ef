"""exploding-grad: gradients or activations grow by a factor per layer, from the first step on."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.code import number
from retrograd.checks.course import course
from retrograd.checks.depth import chain
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding

RATIO = 1e4


def find(evidence: Evidence) -> Iterator[Finding]:
    """Compare the layers in the first step, before any update, if the loop suffers."""
    how = course(evidence)
    if not evidence.samples or (how is not None and not how.suffers):
        return
    turn = evidence.samples[0]
    layers = chain(evidence, turn)
    if layers is None or len(layers.events) < 5:
        return
    gradients = layers.gradients[0] / layers.gradients[-1] if layers.gradients[-1] else 0.0
    values = max(layers.values) / layers.values[0] if layers.values[0] else 0.0
    if max(gradients, values) < RATIO:
        return
    forward = values > gradients
    event = layers.events[0]
    what = "activations" if forward else "gradients"
    span = (layers.values[0], max(layers.values)) if forward else (layers.gradients[-1], layers.gradients[0])
    last = how.final if how is not None else float("nan")
    yield evidence.finding(
        "exploding-grad",
        "warning",
        evidence.line_of(event),
        f"in step {turn.number}, before any update, the {what} grow from {number(span[0])} to {number(span[1])} over "
        f"{len(layers.events)} applications of `{short(event)}` and the like; the loss ends at {number(last)}",
        "A factor above one per layer, or per time step, is a power after many: the first update throws "
        "everything away.",
        "Begin with smaller weights (Xavier, Kaiming, orthogonal), and clip the norm of the gradients.",
        confidence=0.8,
        events=[(turn, event)],
    )
