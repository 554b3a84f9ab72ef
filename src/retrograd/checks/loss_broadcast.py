"""loss-broadcast: prediction and target have different shapes, and broadcasting compares each with each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from retrograd.checks.calls import short
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.losses import Compared, compared
from retrograd.checks.turns import Turn
from retrograd.recording import Event

WHY = (
    "Shapes (N, 1) and (N,) are broadcast to (N, N): each prediction is compared with the targets of all samples, and "
    "the best that the model can do is to predict their mean."
)
SPREADING = frozenset({"unsqueeze", "__getitem__", "expand", "None"})


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look at the shapes of what is compared."""
    seen: set[int | None] = set()
    for pair in (*compared(evidence, evidence.samples[:2]), *_products(evidence)):
        turn, event = pair.turn, pair.event
        if event.line in seen or pair.name in ("cross_entropy", "nll_loss"):
            continue
        one, two = turn.shape.slot(pair.prediction).shape, turn.shape.slot(pair.target).shape
        both = _broadcast(one, two)
        if both is None or prod(both) <= max(prod(one), prod(two)) or prod(one) != prod(two):
            continue
        if _on_purpose(evidence, turn, event):
            continue
        seen.add(event.line)
        prediction, target = evidence.name(turn, pair.prediction, event), evidence.name(turn, pair.target, event)
        yield evidence.finding(
            "loss-broadcast",
            "error",
            evidence.line_of(event),
            f"{prediction} has shape {one} and {target} {two}: `{short(event)}` compared {prod(both)} pairs instead of "
            f"{prod(one)}",
            WHY,
            _fix(evidence, turn, event, pair, prediction, target),
            confidence=0.98,
            events=[(turn, event)],
        )


def _products(evidence: Evidence) -> Iterator[Compared]:
    """Go through products of a prediction with a target, as in a cross-entropy that was written by hand."""
    for turn in evidence.samples[:1]:
        shape = turn.shape
        for call in shape.calls:
            root = shape.root(call)
            for event in shape.behind(root) if root is not None else ():
                if short(event) not in ("mul", "__mul__", "__rmul__", "where") or len(event.inputs) != 2:
                    continue
                one, two = event.inputs
                if (one.buffer in shape.dependent) == (two.buffer in shape.dependent):
                    continue
                if one.buffer not in shape.dependent:
                    one, two = two, one
                if len(shape.slot(one).shape) + len(shape.slot(two).shape) == 3:
                    yield Compared(turn, event, one, two, short(event))


def _broadcast(one: tuple[int, ...], two: tuple[int, ...]) -> tuple[int, ...] | None:
    size = max(len(one), len(two))
    pairs = zip((1,) * (size - len(one)) + one, (1,) * (size - len(two)) + two, strict=True)
    found = []
    for a, b in pairs:
        if a != b and 1 not in (a, b):
            return None
        found.append(max(a, b))
    return tuple(found)


def _on_purpose(evidence: Evidence, turn: Turn, event: Event) -> bool:
    """Return whether an axis was added on the line itself, so that pairs are what is wanted."""
    for reference in event.inputs:
        candidates = [e for e in turn.shape.events[: event.number] if reference in e.outputs]
        for other in candidates:
            line, here = evidence.line_of(other), evidence.line_of(event)
            if short(other) in SPREADING and line is not None and here is not None and line.number == here.number:
                return short(other) != "__getitem__" or "None" in evidence.sources.line_text(line.file, line.number)
    return False


def _fix(evidence: Evidence, turn: Turn, event: Event, pair: Compared, prediction: str, target: str) -> str:
    line = evidence.line_of(event)
    node = evidence.sources.node(line)
    if line is not None and target.isidentifier() and prediction.isidentifier() and node is not None:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and inner.id == target:
                return evidence.sources.replaced(line.file, inner, f"{target}.view_as({prediction})")
    one, two = turn.shape.slot(pair.prediction).shape, turn.shape.slot(pair.target).shape
    longer, shorter = (0, two) if len(one) > len(two) else (1, one)
    parts = [] if node is None else node.args[:2] if isinstance(node, ast.Call) else _sides(node)
    if line is not None and len(parts) == 2 and max(one, two, key=len) == (*shorter, 1):
        swapped = event.inputs and event.inputs[0] != pair.prediction
        part = parts[1 - longer if swapped else longer]
        text = evidence.sources.text(line.file, part)
        whole = f"({text})" if isinstance(part, ast.BinOp) else text
        return evidence.sources.replaced(line.file, part, f"{whole}.squeeze(-1)") or f"Use {whole}.squeeze(-1)."
    return f"Give both the same shape, as in {target}.view_as({prediction})."


def _sides(node: ast.AST) -> list[ast.expr]:
    return [node.left, node.right] if isinstance(node, ast.BinOp) else []
