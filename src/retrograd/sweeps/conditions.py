"""When the person's loop stops, and whether it decides anything else by a value: read from its source.

A recording holds what happened in the turns. What the loop's own `while` compares is no operation of PyTorch, so it is
read in the source that the recording keeps: comparisons of a variable with a number, or with a variable that is given
a number once.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from retrograd.errors import NotSweepableError
from retrograd.recording import Recording


@dataclass(frozen=True)
class Condition:
    """When the loop stops."""

    until: float | None
    """It goes on while its loss is greater than this."""
    max_steps: int | None
    """It ends after so many turns."""
    line: int | None
    """Where that stands, from 1."""


def condition_of(recording: Recording) -> Condition:
    """Return when the recorded loop stops, as far as its source says it in numbers."""
    found = _loop(recording)
    if found is None:
        return Condition(None, None, None)
    loop, tree, _ = found
    numbers = _numbers(tree)
    if isinstance(loop, ast.For):
        return Condition(_until_of_breaks(loop, numbers), _length(loop.iter, numbers), loop.lineno)
    until, most = None, None
    counted = {name for name, value in _counted(loop) if _number(value, numbers) == 1}
    test, read = loop.test, _read_values(loop)
    for part in test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]:
        left, sign, right = _comparison(part, numbers)
        if left in counted and sign in ("<", "<=") and right is not None:
            most = int(right) + (sign == "<=") - int(_numbers(tree, counters=True).get(left or "", 0))
        elif left in read and sign == ">" and right is not None:
            until = right
    return Condition(until if until is not None else _until_of_breaks(loop, numbers), most, loop.lineno)


def refuse_decisions(recording: Recording) -> None:
    """Refuse a loop in which an `if` on a value decides what is computed.

    Raises:
        NotSweepableError: It names the line.
    """
    found = _loop(recording)
    if found is None:
        return
    loop, _, file = found
    tainted = _read_values(loop)
    for node in ast.walk(loop):
        if not isinstance(node, (ast.If, ast.IfExp)):
            continue
        names = {name.id for name in ast.walk(node.test) if isinstance(name, ast.Name)}
        if not (names & tainted or _reads(node.test)):
            continue
        body = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [*node.body, *node.orelse]
        if isinstance(node, ast.If) and all(_is_harmless(statement) for statement in body):
            continue
        raise NotSweepableError(
            f"{file.rpartition('/')[2]}, line {node.lineno}: `{ast.unparse(node.test)}` decides by a value what the "
            "turn does, so runs that differ would have to take different ways. The recording holds only the way that "
            "was taken. Write it with torch.where, and record again"
        )


def _loop(recording: Recording) -> tuple[ast.For | ast.While, ast.Module, str] | None:
    """Return the innermost loop around the line that calls backward."""
    for step in recording.steps:
        if step.program is None:
            continue
        lines = [event.line for event in step.program.events if event.kind == "call" and event.line is not None]
        for index in lines:
            line = recording.lines[index]
            try:
                tree = ast.parse(recording.texts.get(line.file, ""))
            except (SyntaxError, ValueError):
                return None
            loops = [
                node for node in ast.walk(tree) if isinstance(node, (ast.For, ast.While))
                if node.lineno <= line.number <= (node.end_lineno or node.lineno)
            ]  # fmt: skip
            if loops:
                return max(loops, key=lambda node: node.lineno), tree, line.file
        return None
    return None


def _counted(loop: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(loop):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and isinstance(node.target, ast.Name):
            yield node.target.id, node.value


def _numbers(tree: ast.Module, counters: bool = False) -> dict[str, float]:
    """Return variables that are given a number exactly once; on demand also those that count on from it."""
    given: dict[str, list[ast.expr]] = {}
    other: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                for part, value in _parts(target, node.value):
                    given.setdefault(part, []).append(value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and not counters:
            other.add(node.target.id)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            given.setdefault(node.target.id, []).append(node.value)
        elif isinstance(node, (ast.For, ast.comprehension)):
            other |= {name.id for name in ast.walk(node.target) if isinstance(name, ast.Name)}
    found: dict[str, float] = {}
    for name, values in given.items():
        value = _number(values[0], {})
        if len(values) == 1 and value is not None and name not in other:
            found[name] = value
    return found


def _parts(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Go through the variables of an assignment, of `a, b = 1, 2` too."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, (ast.Tuple, ast.List)):
        values = value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value] * len(target.elts)
        for part, own in zip(target.elts, values, strict=False):
            yield from _parts(part, own)


def _number(node: ast.expr, numbers: dict[str, float]) -> float | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return node.value
    if isinstance(node, ast.Name):
        return numbers.get(node.id)
    return None


def _comparison(node: ast.expr, numbers: dict[str, float]) -> tuple[str | None, str, float | None]:
    """Return (variable, sign, number); a comparison written the other way round is turned."""
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return None, "", None
    signs = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
    turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
    sign = signs.get(type(node.ops[0]), "")
    left, right = node.left, node.comparators[0]
    if (isinstance(left, ast.Name) and left.id not in numbers) or (
        isinstance(left, ast.Name) and _number(right, numbers) is not None
    ):
        return left.id, sign, _number(right, numbers)
    if isinstance(right, ast.Name):
        return right.id, turned.get(sign, ""), _number(left, numbers)
    return None, "", None


def _length(node: ast.expr, numbers: dict[str, float]) -> int | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range" and not node.keywords:
        ends = [_number(argument, numbers) for argument in node.args]
        if all(isinstance(end, int) for end in ends):
            return len(range(*ends))  # type: ignore[arg-type]
    return None


def _until_of_breaks(loop: ast.For | ast.While, numbers: dict[str, float]) -> float | None:
    for node in ast.walk(loop):
        if isinstance(node, ast.If) and any(isinstance(statement, ast.Break) for statement in node.body):
            _, sign, right = _comparison(node.test, numbers)
            if sign in ("<", "<=") and right is not None:
                return right
    return None


_READS = ("item", "tolist", "numpy")


def _reads(node: ast.AST) -> bool:
    """Return whether an expression takes a value out of a tensor."""
    return any(
        isinstance(call, ast.Call)
        and ((isinstance(call.func, ast.Attribute) and call.func.attr in _READS)
             or (isinstance(call.func, ast.Name) and call.func.id in ("float", "bool")))
        for call in ast.walk(node)
    )  # fmt: skip


def _read_values(loop: ast.AST) -> set[str]:
    """Return the variables that hold values taken out of tensors in the loop, and what is computed from them."""
    tainted: set[str] = set()
    for _ in range(3):  # what is computed from them in turn
        for target, value in _assignments(loop):
            names = {name.id for name in ast.walk(value) if isinstance(name, ast.Name)}
            if _reads(value) or names & tainted:
                tainted.add(target)
    return tainted


def _assignments(loop: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(loop):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _parts(target, node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node.value


def _is_harmless(statement: ast.AST) -> bool:
    """Return whether a statement only looks, notes, or ends the loop."""
    if isinstance(statement, (ast.Break, ast.Pass, ast.Return, ast.Raise)):
        return True
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        called = statement.value.func
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        return name in ("print", "append", "write", "info", "debug", "warning", "add_scalar", "log", "update")
    # Remembering the best loss, or a copy of the parameters, changes nothing in the training.
    return isinstance(statement, ast.Assign) and all(
        isinstance(target, ast.Name) and ("best" in target.id or "last" in target.id) for target in statement.targets
    )
