"""The person's loop in its source: where it is, what its variables are given, and which of them hold the loss."""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from retrograd.recording import Event, Line, Program, Recording

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class Loop:
    """The loop whose turns are the steps of a recording."""

    node: ast.For | ast.While
    outer: tuple[ast.For | ast.While, ...]
    """The loops around it in the same function, from the inside to the outside."""
    file: str
    backward: int
    """The line of the loop in which backward is called, the last one if there are several; from 1."""
    updates: int
    """The last line of the loop that updates a parameter; 0 if no line of it does."""
    losses: frozenset[str]
    """The variables that hold the loss, as a tensor or as a number."""
    values: frozenset[str]
    """The variables that hold numbers taken out of tensors, and what was computed from them."""
    read: frozenset[int]
    """The lines on which a value was seen to leave PyTorch."""
    numbers: Mapping[str, float]
    """The variables that are given a number exactly once."""
    beginnings: Mapping[str, float]
    """The same for those that count on from it."""

    def at(self, line: int) -> str:
        """Return `train.py, line 12`."""
        return f"{self.file.rpartition('/')[2]}, line {line}"

    def uses_values(self, node: ast.expr) -> bool:
        """Return whether an expression uses a number that was taken out of a tensor, as far as that is seen."""
        if isinstance(node, ast.BoolOp):
            return any(map(self.uses_values, node.values))
        if isinstance(node, ast.Compare) and all(isinstance(sign, (ast.Is, ast.IsNot)) for sign in node.ops):
            return False  # `w.grad is None` asks for no number
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        return bool(names_of(node) & self.values) or takes_value(node) or any(line in self.read for line in lines)


def loop_in(recording: Recording, known: Mapping[str, float] | None = None) -> Loop | None:
    """Return the loop around the call of backward, or around what called it; None if the source shows none.

    Args:
        recording: What was recorded.
        known: Variables whose numbers are known from elsewhere, such as the arguments of a function.
    """
    program = next((step.program for step in recording.steps if step.program is not None), None)
    calls = [event for event in program.events if event.kind == "call" and event.line is not None] if program else []
    if program is None or not calls:
        return None
    mark = ("loop", *sorted((known or {}).items()))
    if mark not in program.cache:
        program.cache[mark] = _found(recording, program, calls[-1], known or {})
    return program.cache[mark]


def _found(recording: Recording, program: Program, call: Event, known: Mapping[str, float]) -> Loop | None:
    for depth, line in enumerate((call.line, *call.callers)):
        where = recording.lines[line]  # type: ignore[index]  # those without a line were left out
        tree = parsed(recording, where.file)
        loops, function = _around(tree, where.number) if tree is not None else ([], None)
        if tree is not None and loops:
            # What a function that calls backward returns is not followed, so no variable of its caller is the loss.
            losses = _losses(program, loops[0], where.number) if depth == 0 else frozenset[str]()
            return _described(recording, program, tree, function, loops, where, losses, known)
    return None


def _described(
    recording: Recording, program: Program, tree: ast.Module, function: Function | None,
    loops: list[ast.For | ast.While], where: Line, losses: frozenset[str], known: Mapping[str, float],
) -> Loop:  # fmt: skip
    innermost, *outer = loops
    updates = (line for line in _lines(recording, program, "update", where.file) if _within(innermost, line))
    own = {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)} if function else set()
    given = {name for name, _ in assignments(tree)}
    numbers = {name: value for name, value in _numbers(tree).items() if name not in own}
    numbers |= {name: value for name, value in known.items() if name in own and name not in given}
    return Loop(
        innermost, tuple(outer), where.file, where.number,
        updates=max(updates, default=0),
        losses=losses,
        values=frozenset(_values(innermost) - {slot.name for slot in program.slots if slot.parameter}),
        read=frozenset(_lines(recording, program, "read", where.file)),
        numbers=numbers,
        beginnings=_numbers(tree, counters=True),
    )  # fmt: skip


def parsed(recording: Recording, file: str) -> ast.Module | None:
    """Return the syntax tree of a file, if the recording holds it."""
    try:
        return ast.parse(recording.texts.get(file, ""))
    except (SyntaxError, ValueError):
        return None


def _around(tree: ast.AST, line: int) -> tuple[list[ast.For | ast.While], Function | None]:
    """Return the loops around a line, the innermost first, and the function that they stand in."""
    loops: list[ast.For | ast.While] = []
    function: Function | None = None
    node: ast.AST | None = tree
    while node is not None:
        if isinstance(node, (ast.For, ast.While)):
            loops.insert(0, node)
        elif isinstance(node, Function):
            loops, function = [], node
        node = next((child for child in _parts_with_lines(node) if _within(child, line)), None)
    return loops, function


def _parts_with_lines(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if hasattr(child, "lineno"):
            yield child
        else:
            yield from _parts_with_lines(child)


def _within(node: Any, line: int) -> bool:  # an ast.AST that has lines
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _lines(recording: Recording, program: Program, kind: str, file: str) -> Iterator[int]:
    for event in program.events:
        if event.kind == kind and event.line is not None and recording.lines[event.line].file == file:
            yield from range(recording.lines[event.line].number, recording.lines[event.line].end_number + 1)


# ---------------------------------------------------------------- numbers


def _numbers(tree: ast.AST, counters: bool = False) -> dict[str, float]:
    """Return variables that are given a number exactly once; on demand also those that count on from it."""
    given: dict[str, list[ast.expr]] = {}
    other: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.For, ast.comprehension)):
            other |= names_of(node.target)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and not counters:
            other.add(node.target.id)
    for name, value in assignments(tree, augmented=False):
        given.setdefault(name, []).append(value)
    found: dict[str, float] = {}
    for name, values in given.items():
        value = number(values[0], {})
        if len(values) == 1 and value is not None and name not in other:
            found[name] = value
    return found


_ARITHMETIC = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}  # fmt: skip


def number(node: ast.expr, numbers: Mapping[str, float]) -> float | None:
    """Return the number that an expression says, if it says one: `0.01`, `-1`, `2 * most`."""
    if isinstance(node, ast.Constant):
        value = node.value
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    if isinstance(node, ast.Name):
        return numbers.get(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = number(node.operand, numbers)
        return None if value is None else -value
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        left, right = number(node.left, numbers), number(node.right, numbers)
        if left is not None and right is not None and (right or not isinstance(node.op, (ast.Div, ast.FloorDiv))):
            return _ARITHMETIC[type(node.op)](left, right)
    return None


# ---------------------------------------------------------------- the loss, and other values

_READS = ("item", "tolist", "numpy")
_LAST = "{}[-1]"
"""What the last thing is called that was appended to a list."""
_THE_SAME = (*_READS, "detach", "cpu", "clone")
"""Methods that leave the number of a tensor with one entry as it is."""


def takes_value(node: ast.AST) -> bool:
    """Return whether an expression takes a value out of a tensor."""
    return any(
        isinstance(call, ast.Call)
        and ((isinstance(call.func, ast.Attribute) and call.func.attr in _READS)
             or (isinstance(call.func, ast.Name) and call.func.id in ("float", "bool")))
        for call in ast.walk(node)
    )  # fmt: skip


def names_of(node: ast.AST) -> set[str]:
    """Return the variables in an expression."""
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}


def bare(node: ast.expr) -> str | None:
    """Return `loss` for `loss`, `loss.item()` and `float(loss.detach())`, `losses[-1]` for the last of a list."""
    while True:
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _THE_SAME:
            node = node.func.value
        elif isinstance(node, ast.Attribute) and node.attr == "data":
            node = node.value
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and number(node.slice, {}) == -1:
            return _LAST.format(node.value.id)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float" and node.args:
            node = node.args[0]
        else:
            return None


def _losses(program: Program, loop: ast.AST, backward: int) -> frozenset[str]:
    """Return the variables that hold what backward was called on, and nothing else afterwards."""
    name = program.slots[program.losses[-1].slot].name if program.losses else None
    called = {
        bare(call.func.value) for call in ast.walk(loop)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "backward"
        if call.lineno <= backward <= (call.end_lineno or call.lineno)
    }  # fmt: skip
    of_backward = {name} if name else {each for each in called if each is not None}
    given: dict[str, list[ast.expr]] = {each: [] for each in of_backward}
    for target, value in assignments(loop):
        if value.lineno > backward or target not in of_backward:
            given.setdefault(target, []).append(value)
    found: set[str] = of_backward
    for _ in given:  # copies of copies
        found = {each for each, values in given.items() if all(bare(value) in found for value in values)}
    return frozenset(found)


def _values(loop: ast.AST) -> set[str]:
    found: set[str] = set()
    for _ in range(3):  # what is computed from them in turn
        for target, value in assignments(loop):
            if takes_value(value) or names_of(value) & found:
                found |= {target, target.removesuffix(_LAST.format(""))}
    return found


def assignments(tree: ast.AST, augmented: bool = True) -> Iterator[tuple[str, ast.expr]]:
    """Go through the variables that are given something, and what that is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _pairs(target, node.value)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and isinstance(node.target, ast.Name):
            if node.value is not None:
                yield node.target.id, node.value
        elif augmented and isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            before = ast.Name(node.target.id, ast.Load())
            yield node.target.id, ast.copy_location(ast.BinOp(before, node.op, node.value), node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
            kept = node.func.value
            yield from ((_LAST.format(kept.id), each) for each in node.args if isinstance(kept, ast.Name))


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Go through the variables of an assignment, of `a, b = 1, 2` too."""
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, (ast.Tuple, ast.List)):
        values = value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value] * len(target.elts)
        for part, own in zip(target.elts, values, strict=False):
            yield from _pairs(part, own)
