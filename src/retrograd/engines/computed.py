"""Numbers that a script computes from the one that is swept: the recording holds only what came out.

With another learning rate `lr * decay` is another number, too, but a program has it as it was recorded. So the source
is asked: where it says that such a number was made of the swept one, the sweep is refused with the line.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from retrograd.errors import NotSweepableError
from retrograd.recording import Program, Recording
from retrograd.variables import NamedConstant

_OF_NUMBERS = ("math", "float", "int", "min", "max", "abs", "pow", "round", "len")
"""Calls that give plain numbers; of others, tensors are expected."""


def refuse_computed_beside(recording: Recording, name: str, lines: Sequence[int | None]) -> None:
    """Refuse a number that a line which uses it also computes others from with a number that it spells out.

    Raises:
        NotSweepableError: As in `beta * average + (1 - beta) * gradient`; the message says where.
    """
    for index in lines:
        if index is None:
            continue
        line = recording.lines[index]
        for statement in _statements(recording, line.file, line.number, line.end_number):
            for node in ast.walk(statement):
                sides = (node.left, node.right) if isinstance(node, ast.BinOp) else ()
                if any(_is(side, name) for side in sides) and any(isinstance(side, ast.Constant) for side in sides):
                    raise _refused(name, line.number, node)


def refuse_computed_anywhere(
    recording: Recording, name: str, program: Program, constants: Sequence[NamedConstant], own: set[int]
) -> None:
    """Refuse a number that another one of a turn was made of: in any line of the turn, or where a variable is set.

    Args:
        recording: What is swept.
        name: What the loop calls the number.
        program: What the turn runs.
        constants: The person's numbers in it.
        own: Those of the program's constants that the number stands for.

    Raises:
        NotSweepableError: As in `w *= 1 - lr * decay`; the message says where.
    """
    tensors = {(slot.name or "").partition(".")[0].partition("[")[0] for slot in program.slots}
    for constant in constants:
        if constant.line is None or own & {*constant.numbers}:
            continue
        line = recording.lines[constant.line]
        if constant.known:
            for statement in _settings(recording, line.file, constant.name):
                if any(_is(node, name) for node in ast.walk(statement)):
                    raise _refused(name, statement.lineno, statement)
            continue
        for statement in _statements(recording, line.file, line.number, line.end_number):
            if constant.value in _spelled_out(statement):
                continue
            for node in _made_of(statement, name, tensors | _used_as_tensors(statement)):
                raise _refused(name, line.number, node)


def _refused(name: str, line: int, node: ast.AST) -> NotSweepableError:
    return NotSweepableError(
        f"{name} cannot be swept: line {line} also computes `{ast.unparse(node)}` from it, and the recording holds "
        f"only the number that came out. Give that its own variable, or record again with another {name}"
    )


def _made_of(statement: ast.stmt, name: str, tensors: Collection[str]) -> Iterator[ast.expr]:
    """Go through what a statement computes from a number and other plain numbers."""
    for node in ast.walk(statement):
        if isinstance(node, ast.UnaryOp) and _is(node.operand, name):
            yield node
        if isinstance(node, ast.BinOp) and any(_is(side, name) for side in (node.left, node.right)):
            others = [side for side in (node.left, node.right) if not _is(side, name)]
            if not any(_is_tensor(part, tensors) for side in others for part in ast.walk(side)):
                yield node


def _is_tensor(part: ast.AST, tensors: Collection[str]) -> bool:
    if isinstance(part, ast.Call):
        return ast.unparse(part.func).partition(".")[0] not in _OF_NUMBERS
    return (isinstance(part, ast.Name) and part.id in tensors) or (
        isinstance(part, ast.Attribute) and part.attr in ("grad", "data")
    )


def _used_as_tensors(statement: ast.stmt) -> set[str]:
    """Return what a statement takes the gradient of, or calls a method of."""
    found = set()
    for node in ast.walk(statement):
        called = isinstance(node, ast.Call)
        used = node.func if isinstance(node, ast.Call) else node
        if isinstance(used, ast.Attribute) and isinstance(used.value, ast.Name):
            found |= {used.value.id} if called or used.attr in ("grad", "data") else set()
    return found


def _spelled_out(statement: ast.stmt) -> set[complex]:
    """Return the numbers that stand in a statement, with either sign."""
    numbers = [node.value for node in ast.walk(statement) if isinstance(node, ast.Constant)]
    found = [number for number in numbers if isinstance(number, (int, float, complex))]
    return {*found, *(-number for number in found)}


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute)) and ast.unparse(node) == name


def _statements(recording: Recording, file: str, first: int, last: int) -> Iterator[ast.stmt]:
    """Go through the statements of some lines that have no others inside."""
    for node in ast.walk(_tree(recording.texts.get(file, ""))):
        if isinstance(node, ast.stmt) and not hasattr(node, "body") and first <= node.lineno <= last:
            yield node


def _settings(recording: Recording, file: str, variable: str) -> Iterator[ast.Assign | ast.AnnAssign]:
    """Go through the statements that give a variable its value."""
    for node in ast.walk(_tree(recording.texts.get(file, ""))):
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(_is(target, variable) for target in targets):
                yield node


@lru_cache(8)
def _tree(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return ast.Module([], [])
