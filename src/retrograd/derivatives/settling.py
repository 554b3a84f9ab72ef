"""A formula without what is decided beforehand: factors of 1, summands of 0, the branch not taken."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from retrograd.derivatives.formulas import WORLD, Formula, Names


def settled(formula: Formula, names: Names) -> Formula:
    """Return the formula without what is decided already: factors of 1, summands of 0, the branch not taken.

    Args:
        formula: The general one, such as `alpha * G`.
        names: Those whose values are known; a number or None is put in, an array is not.
    """
    return Formula(ast.unparse(_Settling(names).visit(ast.parse(formula.source, mode="eval").body)))


_REDUCTIONS = {0: "", 1: "mean", 2: "sum"}


SHAPED = {"reshape": (1,), "copies": (1,), "restored": (3,), "sum_to": (1,)}
"""Functions that take an array for its shape alone, and at which place."""


def shape_key(name: str) -> str:
    """Return the name under which the shape of an array is known, whether its numbers are or not."""
    return f"shape of {name}"


class _Settling(ast.NodeTransformer):
    def __init__(self, names: Names) -> None:
        self._names = names

    def _number(self, node: ast.AST) -> Any:
        """Return the number that an expression is, if that is known; else None."""
        match node:
            case ast.Constant(value=bool()):
                return None
            case ast.Constant(value=int() | float() as value):
                return value
            case ast.Name(id=name) if isinstance(self._names.get(name), (int, float)):
                value = self._names[name]
                return None if isinstance(value, bool) else value
        return None

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        try:
            with np.errstate(all="ignore"):
                code = compile(ast.Expression(node.test), "<formula>", "eval")
                decided = bool(eval(code, WORLD, self._names))
        except (NameError, ValueError, TypeError, AttributeError):
            return self.generic_visit(node)
        return self.visit(node.body if decided else node.orelse)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "either" and isinstance(node.args[0], ast.Name):
            name = node.args[0].id
            if name in self._names:
                return self.visit(node.args[1] if self._names[name] is None else node.args[0])
        if isinstance(node.func, ast.Name) and node.func.id == "reduced" and isinstance(node.args[1], ast.Name):
            how = self._names.get(node.args[1].id)
            if how in _REDUCTIONS:
                inner = self.visit(node.args[0])
                return ast.Call(ast.Name(_REDUCTIONS[how]), [inner], []) if how else inner
        if isinstance(node.func, ast.Name) and node.func.id in ("offset", "class_weights"):
            part = node.args[0] if node.func.id == "offset" else node.args[1]
            if isinstance(part, ast.Name) and part.id in self._names and self._names[part.id] is None:
                return ast.Constant(0.0 if node.func.id == "offset" else 1.0)
        shapes = SHAPED.get(node.func.id, ()) if isinstance(node.func, ast.Name) else ()
        for place in shapes:
            given = node.args[place] if place < len(node.args) else None
            if isinstance(given, ast.Name) and (known := self._names.get(shape_key(given.id))) is not None:
                node.args[place] = ast.parse(repr(list(known)), mode="eval").body
        visited = self.generic_visit(node)
        if isinstance(visited, ast.Call):
            visited.args[1:] = map(self._put_in, visited.args[1:])
        return visited

    def _put_in(self, node: ast.expr) -> ast.expr:
        """Put in which dimensions are meant, and the like."""
        if isinstance(node, ast.Name) and node.id in self._names:
            value = self._names[node.id]
            if value is None or isinstance(value, (int, list, str)):
                return ast.parse(repr(value), mode="eval").body
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        left, right = self.visit(node.left), self.visit(node.right)
        one, other = self._number(left), self._number(right)
        match node.op:
            case ast.Mult() if one == 1:
                return right
            case ast.Mult() if isinstance(left, ast.UnaryOp) and self._number(left.operand) == 1:
                return ast.UnaryOp(left.op, right)
            case ast.Mult() | ast.Div() | ast.Pow() if other == 1:
                return left
            case ast.Add() if one == 0:
                return right
            case ast.Add() | ast.Sub() if other == 0:
                return left
            case ast.Add() | ast.Sub() if one is not None and other is not None:
                return ast.Constant(one + other if isinstance(node.op, ast.Add) else one - other)
        return ast.BinOp(left, node.op, right)
