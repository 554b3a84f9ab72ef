"""A formula as a line of mathematics."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

from retrograd.derivatives.formulas import GREEK, Formula, tree_of


def text_of(formula: Formula, names: Mapping[str, str] | None = None) -> str:
    """Return the formula as a line of mathematics, with the person's names for some of its names."""
    return part_text(tree_of(formula.source), names or {}, 0)


STRENGTH = {
    ast.Add: 4,
    ast.Sub: 4,
    ast.Mult: 5,
    ast.Div: 5,
    ast.MatMult: 5,
    ast.FloorDiv: 5,
    ast.Mod: 5,
    ast.Pow: 7,
    ast.BitAnd: 2,
    ast.BitOr: 1,
}
COMPARISON, MINUS = 3, 6

SIGNS = {
    ast.Add: " + ",
    ast.Sub: " − ",
    ast.Mult: " · ",
    ast.Div: " / ",
    ast.MatMult: " @ ",
    ast.FloorDiv: " // ",
    ast.Mod: " mod ",
    ast.BitAnd: " and ",
    ast.BitOr: " or ",
    ast.Lt: " < ",
    ast.LtE: " ≤ ",
    ast.Gt: " > ",
    ast.GtE: " ≥ ",
    ast.Eq: " = ",
    ast.NotEq: " ≠ ",
}
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

SPELLED = {"sigmoid": "σ", "log": "ln", "rint": "round", "sum": "Σ", "others": "Π others"}
"""Functions whose mathematical sign is another than their name."""

MEANINGS = {
    "sigmoid": ("σ(t)", "1 / (1 + exp(−t))"),
    "softplus": ("softplus(t)", "ln(1 + exp(t))"),
    "expm1": ("expm1(t)", "exp(t) − 1"),
    "log1p": ("log1p(t)", "ln(1 + t)"),
    "erf": ("erf(t)", "2 / √π · ∫ exp(−s²) ds from 0 to t"),
    "sign": ("sign(t)", "−1, 0 or 1"),
    "unsqueeze": ("unsqueeze(t)", "t with one more dimension, of length 1"),
    "squeeze": ("squeeze(t)", "t without a dimension of length 1"),
    "scatter": ("add(… at …)", "zeros, to which the entries are added at these places"),
}
"""What a reader may not know: how it looks in a formula, and what it means."""


def meanings_of(formula: Formula) -> list[tuple[str, str]]:
    """Return what the functions in a formula mean, those that need a word."""
    called = [node.func.id for node in ast.walk(tree_of(formula.source)) if _is_call(node)]  # type: ignore[attr-defined]
    return [MEANINGS[name] for name in dict.fromkeys(called) if name in MEANINGS]


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


QUIET = {"copies", "rounded", "restored", "sum_to", "offset", "channels", "either", "class_weights"}
"""Functions that only give an array the shape of another: the first argument says it all."""

SHOWN = {"reshape": 1, "inverse_permute": 1, "sum": 2, "mean": 2, "amax": 2, "amin": 2, "logsumexp": 1}
"""So many arguments of some functions are shown; the others are shapes, or say what shape the result keeps."""


def part_text(node: ast.expr, names: Mapping[str, str], strength: int) -> str:
    """Return a part of a formula, in parentheses if what stands around it binds more strongly."""
    match node:
        case ast.Name(id=name):
            word = names.get(name, GREEK.get(name, name))
            return word if _is_word(word) or strength < 4 else f"({word})"
        case ast.Constant(value=value):
            return number_text(value)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            power = part_text(right, names, 0)
            raised = (
                power.translate(SUPERSCRIPTS) if set(power) <= set("0123456789-") else f"^{part_text(right, names, 7)}"
            )
            return part_text(left, names, 8) + raised
        case ast.BinOp(left=left, op=op, right=right):
            own = STRENGTH[type(op)]
            tighter = own + (1 if isinstance(op, (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod)) else 0)
            # −G · x needs no parentheses, which it would need on the right.
            begun = 4 if isinstance(left, ast.UnaryOp) and own < MINUS else own
            return wrapped(
                part_text(left, names, begun) + SIGNS[type(op)] + part_text(right, names, tighter),
                own < strength,
            )
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return wrapped("−" + part_text(operand, names, MINUS), strength > 4)
        case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=operand):
            return wrapped("not " + part_text(operand, names, MINUS), strength > 1)
        case ast.BoolOp(op=op, values=values):
            word = " and " if isinstance(op, ast.And) else " or "
            return wrapped(word.join(part_text(value, names, 2) for value in values), strength > 1)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            parts = [part_text(left, names, COMPARISON + 1)]
            for op, right in zip(ops, comparators, strict=True):
                parts += [
                    SIGNS.get(type(op), f" {type(op).__name__.lower()} "),
                    part_text(right, names, COMPARISON + 1),
                ]
            return wrapped("".join(parts), strength > COMPARISON)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            whole = f"{part_text(body, names, 1)} if {part_text(test, names, 1)} else {part_text(orelse, names, 1)}"
            return wrapped(whole, strength > 0)
        case ast.Subscript(value=value, slice=index):
            return f"{part_text(value, names, 8)}[{part_text(index, names, 0)}]"
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return "[" + ", ".join(part_text(element, names, 0) for element in elements) + "]"
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call_text(name, arguments, names, strength)
    return ast.unparse(node)


def _call_text(name: str, arguments: Sequence[ast.expr], names: Mapping[str, str], strength: int) -> str:
    first = arguments[0]
    if name in QUIET:
        return part_text(first, names, strength)
    if name == "T":
        return part_text(first, names, 8) + "ᵀ"
    if name == "abs":
        return f"|{part_text(first, names, 0)}|"
    if name == "sqrt":
        return f"√{part_text(first, names, 8)}"
    if name == "where":
        condition, yes, no = (part_text(argument, names, 1) for argument in arguments)
        return wrapped(f"{yes} where {condition}, else {no}", strength > 0)
    if name == "logsumexp":
        return f"ln Σ exp({part_text(first, names, 0)})"
    if name == "scatter":
        places = part_text(arguments[1], names, 0)
        return f"add({part_text(first, names, 0)} at {places})"
    if name == "sum" and len(arguments) == 1:
        return f"Σ {part_text(first, names, 6)}"
    shown = arguments[: SHOWN.get(name, len(arguments))]
    return f"{SPELLED.get(name, name)}({', '.join(part_text(argument, names, 0) for argument in shown)})"


def wrapped(text: str, needed: bool) -> str:
    """Put a text in parentheses where they are needed."""
    return f"({text})" if needed else text


def _is_word(text: str) -> bool:
    return bool(re.fullmatch(r"[\w.]+(\([^()]*\))?|∂.*|\[\d+\]|…", text))


def number_text(value: Any) -> str:
    """Return a number, or yes, no or none."""
    return (
        {True: "yes", False: "no", None: "none"}.get(value, "")
        if value in (None, True, False) and not isinstance(value, (int, float))
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )
