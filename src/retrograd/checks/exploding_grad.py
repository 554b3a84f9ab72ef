"""exploding-grad: gradients or activations grow by a factor per layer, from the first step on."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from retrograd.checks.calls import short
from retrograd.checks.code import number
from retrograd.checks.course import course
from retrograd.checks.depth import chain
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.losses import REGRESSION, compared
from retrograd.checks.turns import Turn
from retrograd.recording import Event

RATIO = 1e4
FAR = 100
"""Times as large as the targets: a loss may fall far and still be worse by 10⁴ than that of predicting 0."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Compare the layers in the first step, before any update, if the loop suffers."""
    how = course(evidence)
    if not evidence.samples or (how is not None and not how.suffers and not _is_far(evidence)):
        return
    turn = evidence.samples[0]
    layers = chain(evidence, turn)
    if layers is None or len(layers.events) < 5:
        return
    gradients = layers.gradients[0] / layers.gradients[-1] if layers.gradients[-1] else 0.0
    begins = layers.given or layers.values[0]
    values = max(layers.values) / begins if begins else 0.0
    if max(gradients, values) < RATIO:
        return
    forward = values > gradients
    event = layers.events[0]
    what = "activations" if forward else "gradients"
    span = (begins, max(layers.values)) if forward else (layers.gradients[-1], layers.gradients[0])
    last = how.final if how is not None else float("nan")
    yield evidence.finding(
        "exploding-grad",
        "warning",
        evidence.line_of(event),
        f"in step {turn.number}, before any update, the {what} grow from {number(span[0])} to {number(span[1])} over "
        f"{len(layers.events)} applications of `{short(event)}` and the like; the loss ends at {number(last)}",
        "A factor above one per layer, or per time step, is a power after many: the first update throws "
        "everything away.",
        _fix(evidence, turn, layers.events)
        or "Begin with smaller weights (Xavier, Kaiming, orthogonal), and clip the norm of the gradients.",
        confidence=0.8,
        events=[(turn, event)],
    )


def _is_far(evidence: Evidence) -> bool:
    """Return whether the predictions of the last step are still out of all proportion to their targets."""
    for pair in compared(evidence, evidence.samples[-1:]):
        sizes = [evidence.norm(pair.turn, reference) for reference in (pair.prediction, pair.target)]
        if pair.name in REGRESSION and sizes[0] and sizes[1] and sizes[0] > FAR * sizes[1]:
            return True
    return False


def _fix(evidence: Evidence, turn: Turn, events: Sequence[Event]) -> str:
    """Return the diff that makes a square weight orthogonal which is applied again and again: it keeps the size."""
    often: dict[str, int] = {}
    for event in events:
        for slot in (turn.shape.slot(reference) for reference in event.inputs):
            if slot.parameter and slot.name and len(slot.shape) == 2 and slot.shape[0] == slot.shape[1]:
                often[slot.name] = often.get(slot.name, 0) + 1
    name = max(often, key=lambda one: often[one], default="")
    if not name.isidentifier() or often[name] < 2:
        return ""
    for file, tree in evidence.sources.trees():
        for node in tree.body:
            if isinstance(node, ast.Assign) and name in [ast.unparse(target) for target in node.targets]:
                return evidence.sources.inserted(
                    file, node.end_lineno or node.lineno, f"torch.nn.init.orthogonal_({name})"
                )
    return ""
