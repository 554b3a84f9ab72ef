"""Changes of the person's code that several checks propose, as diffs; an empty text where none is mechanical."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from retrograd.checks.code import FUNCTIONS, LOOPS, Made
from retrograd.checks.evidence import Evidence
from retrograd.checks.sources import called, indent
from retrograd.recording import Line


def without_activation(evidence: Evidence, line: Line | None, layers: Iterable[str]) -> str:
    """Return the diff that leaves an activation out: `torch.sigmoid(z)`, `z.sigmoid()`, or its only layer.

    Args:
        evidence: What is diagnosed.
        line: The call of the activation.
        layers: How the layer is called that does the same, as `Sigmoid`.
    """
    node = evidence.sources.node(line)
    wanted = set(layers)
    if line is None:
        return ""
    if isinstance(node, ast.Call) and called(node).lower() in {name.lower() for name in wanted}:
        function = node.func
        module = isinstance(function, ast.Attribute) and ast.unparse(function.value) in ("torch", "F", "nn.functional")
        inner = function.value if isinstance(function, ast.Attribute) and not module else next(iter(node.args), None)
        whole = f"{ast.unparse(function)}" if inner is None else ""
        if not whole and "self." not in ast.unparse(function)[:5]:
            return evidence.sources.replaced(line.file, node, evidence.sources.text(line.file, inner))
    made = [
        (file, call)
        for file, tree in evidence.sources.trees()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and called(call) in wanted
    ]
    return without_argument(evidence, *made[0]) if len(made) == 1 else ""


def without_argument(evidence: Evidence, file: str, node: ast.Call) -> str:
    """Return the diff that takes an argument out of the call around it."""
    around = evidence.sources.parent(file, node)
    if not isinstance(around, ast.Call) or node not in around.args or node.end_lineno != node.lineno:
        return ""
    text = evidence.sources.line_text(file, node.lineno)
    if text.strip().partition("#")[0].strip() in (f"{part}" for part in _alone(evidence, file, node)):
        return evidence.sources.removed(file, node.lineno)
    before, after = text[: node.col_offset], text[node.end_col_offset :]
    if before.rstrip().endswith(","):
        return evidence.sources.diff(file, {node.lineno: [before.rstrip()[:-1] + after]})
    return (
        evidence.sources.diff(file, {node.lineno: [before + after.lstrip(", ")]}) if after.lstrip()[:1] == "," else ""
    )


def _alone(evidence: Evidence, file: str, node: ast.AST) -> tuple[str, str]:
    text = evidence.sources.text(file, node)
    return text, f"{text},"


def in_place(evidence: Evidence, line: Line | None) -> str:
    """Return the diff that turns `w = w - step` into `w -= step`, and `w.sub(step)` into `w.sub_(step)`."""
    statement = evidence.sources.statement(line)
    call = statement.value if isinstance(statement, ast.Expr) else None
    if line is not None and isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
        function = evidence.sources.text(line.file, call.func)
        return evidence.sources.replaced(line.file, call.func, f"{function}_") if not function.endswith("_") else ""
    if line is None or not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return ""
    target, value = statement.targets[0], statement.value
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, (ast.Sub, ast.Add)):
        return ""
    left = ast.unparse(value.left)
    if left not in (ast.unparse(target), f"{ast.unparse(target)}.data"):
        return ""
    sign = "-" if isinstance(value.op, ast.Sub) else "+"
    right = evidence.sources.text(line.file, value.right)
    return evidence.sources.replaced(line.file, statement, f"{ast.unparse(target)} {sign}= {right}")


def with_keyword(evidence: Evidence, made: Made, name: str, value: str) -> str:
    """Return the diff that gives a call a keyword argument, or another value for it."""
    for keyword in made.call.keywords:
        if keyword.arg == name:
            return evidence.sources.replaced(made.file, keyword.value, value)
    call = evidence.sources.text(made.file, made.call)
    return evidence.sources.replaced(made.file, made.call, f"{call[:-1]}, {name}={value})")


def before_loop(evidence: Evidence, line: Line | None) -> str:
    """Return the diff that moves a line which stands in a loop itself to before the outermost loop around it."""
    statement = evidence.sources.statement(line)
    if line is None or statement is None or statement.end_lineno != statement.lineno:
        return ""
    outer, node = None, evidence.sources.parent(line.file, statement)
    while node is not None and not isinstance(node, FUNCTIONS):
        outer = node if isinstance(node, LOOPS) else outer
        node = evidence.sources.parent(line.file, node)
    if outer is None:
        return ""
    first = evidence.sources.line_text(line.file, outer.lineno)
    moved = indent(first) + evidence.sources.line_text(line.file, statement.lineno).strip()
    return evidence.sources.diff(line.file, {outer.lineno: [moved, first], statement.lineno: []})


def before(evidence: Evidence, line: Line | None, text: str) -> str:
    """Return the diff that puts a line before a statement."""
    statement = evidence.sources.statement(line)
    if line is None or statement is None:
        return ""
    here = evidence.sources.line_text(line.file, statement.lineno)
    return evidence.sources.diff(line.file, {statement.lineno: [indent(here) + text, here]})
