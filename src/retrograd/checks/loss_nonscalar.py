"""loss-nonscalar: backward is called on many numbers instead of one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding

WHY = "A gradient belongs to one number. For many, backward must be told how they are weighed."


def find(evidence: Evidence) -> Iterator[Finding]:
    """Explain autograd's error about scalar outputs."""
    error = evidence.error
    if error is None or "only for scalar outputs" not in error[2] or not evidence.steps:
        return
    _, raised, _ = error
    turn = evidence.steps[-1]
    call = turn.shape.calls[-1]
    root = turn.shape.root(call)
    reference = call.inputs[0]
    size = turn.shape.slot(reference).shape
    name = evidence.name(turn, reference, call)
    line = evidence.line_of(root) if root is not None else raised
    node = evidence.sources.node(raised)
    fix = f"{name}.mean().backward()"
    if raised is not None and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        owner = evidence.sources.text(raised.file, node.func.value)
        fix = evidence.sources.replaced(raised.file, node.func, f"{owner}.mean().backward") or fix
    yield evidence.finding(
        "loss-nonscalar",
        "error",
        line or raised,
        f"{name} has shape {size}"
        + (f", made by `{short(root)}`" if root is not None else "")
        + "; backward needs one "
        "number",
        WHY,
        fix,
        confidence=0.99,
        others=[(raised, "raises the error")],
        events=[(turn, call)],
    )
