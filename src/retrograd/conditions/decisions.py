"""Whether a value decides what a turn does: then runs that differ would have to take different ways."""

from __future__ import annotations

import ast
from collections.abc import Collection

from retrograd.conditions.source import Loop, loop_in, takes_value
from retrograd.errors import NotSweepableError
from retrograd.recording import Recording


def refuse_decisions(recording: Recording) -> None:
    """Refuse a loop in which an `if` or a `while` on a value decides what is computed.

    Raises:
        NotSweepableError: It names the line.
    """
    loop = loop_in(recording)
    for node in ast.walk(loop.node) if loop is not None else ():
        if loop is None or node is loop.node or not isinstance(node, (ast.If, ast.IfExp, ast.While)):
            continue
        if not loop.uses_values(node.test) or (isinstance(node, ast.If) and _is_harmless(node)):
            continue
        raise NotSweepableError(
            f"{loop.at(node.lineno)}: `{ast.unparse(node.test)}` decides by a value what the "
            "turn does, so runs that differ would have to take different ways. The recording holds only the way that "
            "was taken. Write it with torch.where, and record again"
        )


def refuse_numbers_from_values(recording: Recording, lines: Collection[int]) -> None:
    """Refuse a loop that computes with a number which it took out of a tensor: other runs would have another one.

    Args:
        recording: What was recorded.
        lines: Where numbers differ from turn to turn; indices into `Recording.lines`.

    Raises:
        NotSweepableError: It names the line.
    """
    loop = loop_in(recording)
    for index in lines if loop is not None else ():
        line = recording.lines[index]
        if loop is None or line.file != loop.file:
            continue
        names = _values_on(loop, line.number, line.end_number)
        if names:
            raise NotSweepableError(
                f"{loop.at(line.number)} computes with {names}, a number that was taken out of a tensor. The recording "
                "holds only the number that it was, and another run would have another one. Compute with the tensor "
                "itself, without .item() or float(), and record again"
            )


def _values_on(loop: Loop, first: int, last: int) -> str:
    """Return what a line uses that was taken out of a tensor; empty if it uses nothing of the kind."""
    found = ""
    for node in ast.walk(loop.node):
        if not isinstance(node, ast.expr) or node.lineno < first or (node.end_lineno or node.lineno) > last:
            continue
        if isinstance(node, ast.Call) and takes_value(node):
            return f"`{ast.unparse(node)}`"
        if isinstance(node, ast.Name) and node.id in loop.values and isinstance(node.ctx, ast.Load):
            found = f"`{node.id}`"
    return found


def _is_harmless(node: ast.If) -> bool:
    return all(_only_looks(statement) for statement in [*node.body, *node.orelse])


def _only_looks(statement: ast.stmt) -> bool:
    """Return whether a statement only looks, notes, or ends the loop."""
    if isinstance(statement, (ast.Break, ast.Pass, ast.Return, ast.Raise)):
        return True
    if isinstance(statement, ast.If):
        return _is_harmless(statement)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        called = statement.value.func
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        return name in ("print", "append", "write", "info", "debug", "warning", "add_scalar", "log", "update", "exit")
    # Remembering the best loss, or a copy of the parameters, changes nothing in the training.
    return isinstance(statement, ast.Assign) and all(
        isinstance(target, ast.Name) and ("best" in target.id or "last" in target.id) for target in statement.targets
    )
