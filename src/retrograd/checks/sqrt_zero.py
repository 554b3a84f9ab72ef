"""sqrt-zero: a square root, or a norm, of zero has an infinite slope."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.nonfinite import first_nonfinite, floats, masked_later
from retrograd.checks.sources import called
from retrograd.recording import Line

ROOTS = frozenset(
    [
        "sqrt",
        "norm",
        "vector_norm",
        "std",
        "pow",
        "__pow__",
        "cdist",
        "pairwise_distance",
        "rsqrt",
        "matrix_norm",
        "acos",
        "asin",
        "acosh",
    ]
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look whether gradients first stopped to be finite in the backward of a root."""
    first = first_nonfinite(evidence)
    if first is None or not first.backward or short(first.forward) not in ROOTS:
        return
    turn, event = first.turn, first.forward
    if masked_later(turn, event) is not None:
        return
    given = next(floats(turn, event), None)
    array = evidence.array(turn, given)
    zeros = f"{int((array == 0).sum())} of the {array.size} entries under it were 0" if array is not None else "at zero"
    yield evidence.finding(
        "sqrt-zero",
        "error",
        evidence.line_of(event),
        f"in step {turn.number} everything was finite until the backward of `{short(event)}`: {zeros}, "
        f"where its slope is "
        "infinite",
        "The value of a root at zero is fine, its derivative is not: inf · 0 = NaN goes into every "
        "parameter before it.",
        _fix(evidence, evidence.line_of(event))
        or "Keep it away from zero: `torch.sqrt(x + eps)`, with an eps that fits the data.",
        confidence=0.97,
        events=[(turn, event), (turn, first.event)],
    )


def _fix(evidence: Evidence, line: Line | None) -> str:
    """Return the diff that adds something small under a root."""
    node = evidence.sources.node(line)
    if line is None or not isinstance(node, ast.Call) or called(node) != "sqrt":
        return ""
    if node.args:
        return evidence.sources.replaced(
            line.file, node.args[0], f"{evidence.sources.text(line.file, node.args[0])} + 1e-12"
        )
    inner = node.func.value if isinstance(node.func, ast.Attribute) else None
    return evidence.sources.replaced(line.file, inner, f"({evidence.sources.text(line.file, inner)} + 1e-12)")
