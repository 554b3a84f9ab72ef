"""update-tracked: a leaf is updated in place while autograd is recording."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.sources import indent
from retrograd.recording import Line

WHY = "An update is no part of the model: autograd would have to differentiate through it. So it refuses."


def find(evidence: Evidence) -> Iterator[Finding]:
    """Explain autograd's error about leaves that are written to."""
    error = evidence.error
    if error is None or "leaf Variable that requires grad" not in error[2]:
        return
    _, line, _ = error
    if line is None:
        return
    statement = evidence.sources.statement(line)
    text = " ".join(evidence.sources.line_text(line.file, line.number).split())
    target = ast.unparse(statement.target) if isinstance(statement, ast.AugAssign) else "a parameter"
    yield evidence.finding(
        "update-tracked",
        "error",
        line,
        f"`{text}` writes to {target}, a leaf that requires grad, while gradients are tracked",
        WHY,
        _fix(evidence, line, statement),
        confidence=0.99,
    )


def _fix(evidence: Evidence, line: Line, statement: ast.stmt | None) -> str:
    """Return the diff that puts the statement, with its like around it, under no_grad."""
    parent = evidence.sources.parent(line.file, statement) if statement is not None else None
    block = list(getattr(parent, "body", [])) if parent is not None else []
    if statement is None or statement not in block:
        return "Put the update under `with torch.no_grad():`."
    first = last = block.index(statement)
    while last + 1 < len(block) and isinstance(block[last + 1], ast.AugAssign):
        last += 1
    numbers = range(block[first].lineno, (block[last].end_lineno or block[last].lineno) + 1)
    texts = {number: evidence.sources.line_text(line.file, number) for number in numbers}
    margin = indent(texts[numbers[0]])
    changes = {number: ["    " + text] for number, text in texts.items()}
    changes[numbers[0]] = [f"{margin}with torch.no_grad():", *changes[numbers[0]]]
    return evidence.sources.diff(line.file, changes)
