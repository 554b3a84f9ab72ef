"""A formula as MathML."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from html import escape

from retrograd.derivatives.formulas import GREEK, Formula, tree_of
from retrograd.derivatives.writing import (
    COMPARISON,
    MINUS,
    QUIET,
    SHOWN,
    SIGNS,
    SPELLED,
    STRENGTH,
    number_text,
    part_text,
)


def mathml_of(formula: Formula, names: Mapping[str, str] | None = None) -> str:
    """Return the formula as MathML: the content of a `<math>` element."""
    return _mathml(tree_of(formula.source), names or {}, 0)


def _mathml(node: ast.expr, names: Mapping[str, str], strength: int) -> str:
    match node:
        case ast.Name(id=name):
            return f"<mi>{escape(names.get(name, GREEK.get(name, name)))}</mi>"
        case ast.Constant(value=value):
            return f"<mn>{escape(number_text(value))}</mn>"
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return f"<msup>{_row(_mathml(left, names, 8))}{_row(_mathml(right, names, 0))}</msup>"
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return f"<mfrac>{_row(_mathml(left, names, 0))}{_row(_mathml(right, names, 0))}</mfrac>"
        case ast.BinOp(left=left, op=op, right=right):
            own = STRENGTH[type(op)]
            tighter = own + (1 if isinstance(op, ast.Sub) else 0)
            sign = _operator("\u2062" if isinstance(op, ast.MatMult) else SIGNS[type(op)].strip())
            return _fenced(_mathml(left, names, own) + sign + _mathml(right, names, tighter), own < strength)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _fenced(_operator("−") + _mathml(operand, names, MINUS), strength > 4)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            parts = [_mathml(left, names, COMPARISON + 1)]
            for op, right in zip(ops, comparators, strict=True):
                sign = SIGNS.get(type(op), type(op).__name__.lower()).strip()
                parts += [_operator(sign), _mathml(right, names, COMPARISON + 1)]
            return _fenced("".join(parts), strength > COMPARISON)
        case ast.Subscript(value=value, slice=index):
            return f"<msub>{_row(_mathml(value, names, 8))}{_row(_mathml(index, names, 0))}</msub>"
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            inner = _operator(",").join(_mathml(element, names, 0) for element in elements)
            return _operator("[") + inner + _operator("]")
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call_mathml(name, arguments, names, strength)
    return f"<mtext>{escape(part_text(node, names, strength))}</mtext>"


def _call_mathml(name: str, arguments: Sequence[ast.expr], names: Mapping[str, str], strength: int) -> str:
    first = arguments[0]
    inner = _mathml(first, names, 0)
    if name in QUIET:
        return _mathml(first, names, strength)
    if name == "T":
        return f"<msup>{_row(_mathml(first, names, 8))}<mi>T</mi></msup>"
    if name == "abs":
        return _operator("|") + inner + _operator("|")
    if name == "sqrt":
        return f"<msqrt>{inner}</msqrt>"
    if name == "exp":
        return f"<msup><mi>e</mi>{_row(inner)}</msup>"
    if name == "where":
        condition, yes, no = (_mathml(argument, names, 0) for argument in arguments)
        rows = "".join(
            f"<mtr><mtd>{value}</mtd><mtd>{when}</mtd></mtr>"
            for value, when in ((yes, f"<mtext>where </mtext>{condition}"), (no, "<mtext>else</mtext>"))
        )
        return f"<mrow>{_operator('{')}<mtable>{rows}</mtable></mrow>"
    shown = arguments[: SHOWN.get(name, len(arguments))]
    inside = _operator(",").join(_mathml(argument, names, 0) for argument in shown)
    return f"<mi>{escape(SPELLED.get(name, name))}</mi>{_operator('(')}{inside}{_operator(')')}"


def _row(inner: str) -> str:
    return f"<mrow>{inner}</mrow>"


def _operator(sign: str) -> str:
    return f"<mo>{escape(sign)}</mo>"


def _fenced(inner: str, needed: bool) -> str:
    return _row(_operator("(") + inner + _operator(")")) if needed else inner
