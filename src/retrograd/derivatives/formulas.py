"""A formula: an expression in a few lines of Python, which is read, computed, worked for one entry, and written out.

The text is what the table shows and what is computed, so the two cannot disagree.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from types import CodeType
from typing import Any

import numpy as np

from retrograd.derivatives import functions
from retrograd.derivatives.functions import FUNCTIONS, plain

Names = Mapping[str, Any]
"""What the names in a formula stand for: arrays, `Rounded`, numbers, lists of these, None."""

MOST_TERMS = 6
"""A longer sum shows its first terms only."""


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression over names and the functions of `retrograd.derivatives.functions`."""

    source: str
    """As it stands in the table."""


def compute(formula: Formula, names: Names) -> Any:  # whatever the expression gives: an array, a number, a list
    """Return what a formula gives.

    Raises:
        TooLargeError: An array in between would be too large.
    """
    with np.errstate(all="ignore"):
        return eval(_code(formula.source), _WORLD, names)


_WORLD: dict[str, Any] = {"__builtins__": {"abs": abs}, **FUNCTIONS}


@cache
def _code(source: str) -> CodeType:
    return compile(source, "<formula>", "eval")


@cache
def _tree(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body


def names_in(formula: Formula) -> tuple[str, ...]:
    """Return the names in a formula that are no functions, in the order of their first use."""
    called = {id(node.func) for node in ast.walk(_tree(formula.source)) if isinstance(node, ast.Call)}
    found = [
        node.id
        for node in ast.walk(_tree(formula.source))
        if isinstance(node, ast.Name) and id(node) not in called and node.id not in _GREEK
    ]
    return tuple(dict.fromkeys(found))


# ---------------------------------------------------------------- what is known beforehand


def settled(formula: Formula, names: Names) -> Formula:
    """Return the formula without what is decided already: factors of 1, summands of 0, the branch not taken.

    Args:
        formula: The general one, such as `alpha * G`.
        names: Those whose values are known; a number or None is put in, an array is not.
    """
    return Formula(ast.unparse(_Settling(names).visit(ast.parse(formula.source, mode="eval").body)))


_REDUCTIONS = {0: "", 1: "mean", 2: "sum"}


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
                decided = bool(eval(code, _WORLD, self._names))
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


# ---------------------------------------------------------------- writing it out


def text_of(formula: Formula, names: Mapping[str, str] | None = None) -> str:
    """Return the formula as a line of mathematics, with the person's names for some of its names."""
    return _text(_tree(formula.source), names or {}, 0)


def mathml_of(formula: Formula, names: Mapping[str, str] | None = None) -> str:
    """Return the formula as MathML: the content of a `<math>` element."""
    return _mathml(_tree(formula.source), names or {}, 0)


_STRENGTH = {
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
_COMPARISON, _MINUS = 3, 6

_SIGNS = {
    ast.Add: " + ",
    ast.Sub: " − ",
    ast.Mult: " · ",
    ast.Div: " / ",
    ast.MatMult: " ",
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

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

_GREEK = {"pi": "π", "inf": "∞"}

SPELLED = {"sigmoid": "σ", "log": "ln", "rint": "round", "sum": "Σ", "others": "Π others"}
"""Functions whose mathematical sign is another than their name."""

QUIET = {"copies", "rounded", "restored", "sum_to", "offset", "channels", "either", "class_weights"}
"""Functions that only give an array the shape of another: the first argument says it all."""

SHOWN = {"reshape": 1, "inverse_permute": 1, "sum": 2, "mean": 2, "amax": 2, "amin": 2, "logsumexp": 1}
"""So many arguments of some functions are shown; the others are shapes, or say what shape the result keeps."""


def _text(node: ast.expr, names: Mapping[str, str], strength: int) -> str:
    match node:
        case ast.Name(id=name):
            word = names.get(name, _GREEK.get(name, name))
            return word if _is_word(word) or strength < 4 else f"({word})"
        case ast.Constant(value=value):
            return _number_text(value)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            power = _text(right, names, 0)
            raised = (
                power.translate(_SUPERSCRIPTS) if set(power) <= set("0123456789-") else f"^{_text(right, names, 7)}"
            )
            return _text(left, names, 8) + raised
        case ast.BinOp(left=left, op=op, right=right):
            own = _STRENGTH[type(op)]
            tighter = own + (1 if isinstance(op, (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod)) else 0)
            # −G · x needs no parentheses, which it would need on the right.
            begun = 4 if isinstance(left, ast.UnaryOp) and own < _MINUS else own
            return _wrapped(_text(left, names, begun) + _SIGNS[type(op)] + _text(right, names, tighter), own < strength)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _wrapped("−" + _text(operand, names, _MINUS), strength > 4)
        case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=operand):
            return _wrapped("not " + _text(operand, names, _MINUS), strength > 1)
        case ast.BoolOp(op=op, values=values):
            word = " and " if isinstance(op, ast.And) else " or "
            return _wrapped(word.join(_text(value, names, 2) for value in values), strength > 1)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            parts = [_text(left, names, _COMPARISON + 1)]
            for op, right in zip(ops, comparators, strict=True):
                parts += [_SIGNS.get(type(op), f" {type(op).__name__.lower()} "), _text(right, names, _COMPARISON + 1)]
            return _wrapped("".join(parts), strength > _COMPARISON)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            whole = f"{_text(body, names, 1)} if {_text(test, names, 1)} else {_text(orelse, names, 1)}"
            return _wrapped(whole, strength > 0)
        case ast.Subscript(value=value, slice=index):
            return f"{_text(value, names, 8)}[{_text(index, names, 0)}]"
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            return "[" + ", ".join(_text(element, names, 0) for element in elements) + "]"
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call_text(name, arguments, names, strength)
    return ast.unparse(node)


def _call_text(name: str, arguments: Sequence[ast.expr], names: Mapping[str, str], strength: int) -> str:
    first = arguments[0]
    if name in QUIET:
        return _text(first, names, strength)
    if name == "T":
        return _text(first, names, 8) + "ᵀ"
    if name == "abs":
        return f"|{_text(first, names, 0)}|"
    if name == "sqrt":
        return f"√{_text(first, names, 8)}"
    if name == "where":
        condition, yes, no = (_text(argument, names, 1) for argument in arguments)
        return _wrapped(f"{yes} where {condition}, else {no}", strength > 0)
    if name == "logsumexp":
        return f"ln Σ exp({_text(first, names, 0)})"
    if name == "scatter":
        places = _text(arguments[1], names, 0)
        return f"add({_text(first, names, 0)} at {places})"
    if name == "sum" and len(arguments) == 1:
        return f"Σ {_text(first, names, 6)}"
    shown = arguments[: SHOWN.get(name, len(arguments))]
    return f"{SPELLED.get(name, name)}({', '.join(_text(argument, names, 0) for argument in shown)})"


def _wrapped(text: str, needed: bool) -> str:
    return f"({text})" if needed else text


def _is_word(text: str) -> bool:
    return bool(re.fullmatch(r"[\w.]+(\([^()]*\))?|∂.*|\[\d+\]|…", text))


def _number_text(value: Any) -> str:
    return (
        {True: "yes", False: "no", None: "none"}.get(value, "")
        if value in (None, True, False) and not isinstance(value, (int, float))
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def _mathml(node: ast.expr, names: Mapping[str, str], strength: int) -> str:
    match node:
        case ast.Name(id=name):
            return f"<mi>{escape(names.get(name, _GREEK.get(name, name)))}</mi>"
        case ast.Constant(value=value):
            return f"<mn>{escape(_number_text(value))}</mn>"
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return f"<msup>{_row(_mathml(left, names, 8))}{_row(_mathml(right, names, 0))}</msup>"
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return f"<mfrac>{_row(_mathml(left, names, 0))}{_row(_mathml(right, names, 0))}</mfrac>"
        case ast.BinOp(left=left, op=op, right=right):
            own = _STRENGTH[type(op)]
            tighter = own + (1 if isinstance(op, ast.Sub) else 0)
            sign = _operator("\u2062" if isinstance(op, ast.MatMult) else _SIGNS[type(op)].strip())
            return _fenced(_mathml(left, names, own) + sign + _mathml(right, names, tighter), own < strength)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _fenced(_operator("−") + _mathml(operand, names, _MINUS), strength > 4)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            parts = [_mathml(left, names, _COMPARISON + 1)]
            for op, right in zip(ops, comparators, strict=True):
                sign = _SIGNS.get(type(op), type(op).__name__.lower()).strip()
                parts += [_operator(sign), _mathml(right, names, _COMPARISON + 1)]
            return _fenced("".join(parts), strength > _COMPARISON)
        case ast.Subscript(value=value, slice=index):
            return f"<msub>{_row(_mathml(value, names, 8))}{_row(_mathml(index, names, 0))}</msub>"
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            inner = _operator(",").join(_mathml(element, names, 0) for element in elements)
            return _operator("[") + inner + _operator("]")
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call_mathml(name, arguments, names, strength)
    return f"<mtext>{escape(_text(node, names, strength))}</mtext>"


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


# ---------------------------------------------------------------- one entry, with its numbers


def worked(formula: Formula, names: Names, index: tuple[int, ...], number: Callable[[float], str]) -> str:
    """Return one entry of a formula's result with the numbers put in: `0.2252 · (1 − 0.4614²)`.

    Args:
        formula: It, after `settled`.
        names: What its names stand for.
        index: Which entry of the result; its length is the number of the result's dimensions.
        number: Writes a number.
    """
    return _Working(names, number).text(_tree(formula.source), index, 0)


class _Working:
    """Goes down a formula with the place of one entry, as far as each operation says which entries it takes."""

    def __init__(self, names: Names, number: Callable[[float], str]) -> None:
        self._names, self._number = names, number
        self._known: dict[str, Any] = {}

    def text(self, node: ast.expr, index: tuple[int, ...], strength: int) -> str:
        match node:
            case ast.Constant(value=int() | float() as value):
                return self._number(value)
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                return self._product(left, right, index, strength)
            case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int() as power)) if 0 <= power <= 9:
                return self._at(left, index, 8) + str(power).translate(_SUPERSCRIPTS)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
                own = _STRENGTH[type(op)]
                tighter = own + (1 if isinstance(op, (ast.Add, ast.Sub, ast.Div)) else 0)
                sign = " · " if isinstance(op, ast.Mult) else _SIGNS[type(op)]
                return _wrapped(self._at(left, index, own) + sign + self._at(right, index, tighter), own < strength)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _wrapped("−" + self._at(operand, index, _MINUS), strength > 4)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._call(node, name, arguments, index, strength)
        return self._value(node, index, strength)

    def _at(self, node: ast.expr, index: tuple[int, ...], strength: int) -> str:
        """Work an operand, which may have been copied along some dimensions."""
        return self.text(node, self._own(node, index), strength)

    def _own(self, node: ast.expr, index: tuple[int, ...]) -> tuple[int, ...]:
        have = np.shape(plain(self._computed(node)))
        if len(have) > len(index):
            raise IndexError
        tail = index[len(index) - len(have) :] if have else ()
        return tuple(0 if n == 1 else i for i, n in zip(tail, have, strict=True))

    def _computed(self, node: ast.expr) -> Any:
        key = ast.dump(node)
        if key not in self._known:
            code = compile(ast.Expression(node), "<formula>", "eval")
            with np.errstate(all="ignore"):
                self._known[key] = eval(code, _WORLD, self._names)
        return self._known[key]

    def _value(self, node: ast.expr, index: tuple[int, ...], strength: int) -> str:
        value = self._computed(node)
        if value is None or isinstance(value, (list, str)):
            return "…"
        array = plain(value)
        text = self._number(array[index].item() if array.ndim else array.item())
        return _wrapped(text, text.startswith(("-", "−")) and strength > 4)

    def _product(self, left: ast.expr, right: ast.expr, index: tuple[int, ...], strength: int) -> str:
        one, other = plain(self._computed(left)), plain(self._computed(right))
        if one.ndim < 1 or other.ndim < 1 or (other.ndim > 2 and one.ndim != other.ndim):
            raise IndexError
        before = index if other.ndim == 1 else index[:-1]
        behind = () if one.ndim == 1 else index[:-2] if other.ndim > 1 else ()
        column = index[-1:] if other.ndim > 1 else ()

        def term(k: int) -> str:
            first = self._at(left, (*before, k), 5)
            place = (*behind, k, *column) if other.ndim > 2 else (k, *column)
            return f"{first} · {self._at(right, place, 5)}"

        return self._sum([*range(one.shape[-1])], term, strength)

    def _sum(self, places: Sequence[Any], term: Callable[[Any], str], strength: int) -> str:
        if not places:
            return self._number(0.0)
        shown = [term(place) for place in places[:MOST_TERMS]]
        more = [f"… ({len(places) - MOST_TERMS} more)"] if len(places) > MOST_TERMS else []
        return _wrapped(" + ".join([*shown, *more]), len(places) > 1 and strength > 4)

    def _call(
        self, node: ast.Call, name: str, arguments: Sequence[ast.expr], index: tuple[int, ...], strength: int
    ) -> str:
        first = arguments[0]
        if name == "T":
            return self.text(first, (*index[:-2], *index[-2:][::-1]), strength)
        if name in ("copies", "either", "rounded"):
            return self._at(first, index, strength)
        if name in ONE_BY_ONE:
            inner = self._at(first, index, 0)
            return (
                f"|{inner}|"
                if name == "abs"
                else f"√({inner})"
                if name == "sqrt"
                else f"{SPELLED.get(name, name)}({inner})"
            )
        if name == "where":
            condition = plain(self._computed(arguments[0]))
            at = self._own(arguments[0], index)
            return self._at(arguments[1] if condition[at] else arguments[2], index, strength)
        if name in MOVING:
            numbers = np.arange(plain(self._computed(first)).size).reshape(np.shape(plain(self._computed(first))))
            places = FUNCTIONS[name](numbers, *map(self._computed, arguments[1:]))
            source = np.unravel_index(int(np.asarray(places)[index]), numbers.shape)
            return self.text(first, tuple(int(i) for i in source), strength)
        if name in ("sum", "mean", "sum_to"):
            return self._added(node, name, first, index, strength)
        return self._value(node, index, strength)

    def _added(self, node: ast.Call, name: str, first: ast.expr, index: tuple[int, ...], strength: int) -> str:
        parts = plain(self._computed(first))
        whole = plain(self._computed(node))
        # Which entries were added up: those that a numbering of them sends to this place.
        numbers = np.zeros(parts.shape)
        spread = _sources(parts.shape, whole.shape, self._arguments(node))
        if spread is None or not numbers.size:
            return self._value(node, index, strength)
        at = np.ravel_multi_index(index, whole.shape) if index else 0
        places = [tuple(int(i) for i in place) for place in np.argwhere(spread == at)[: MOST_TERMS + 1]]
        total = int((spread == at).sum())
        shown = [self.text(first, place, 4) for place in places[:MOST_TERMS]]
        if name == "mean":
            body = " + ".join(shown) + (f" + … ({total - MOST_TERMS} more)" if total > MOST_TERMS else "")
            return _wrapped(f"({body}) / {total}", strength > 5)
        more = [f"… ({total - MOST_TERMS} more)"] if total > MOST_TERMS else []
        return _wrapped(" + ".join([*shown, *more]), total > 1 and strength > 4)

    def _arguments(self, node: ast.Call) -> list[Any]:
        return [node.func.id if isinstance(node.func, ast.Name) else "", *map(self._computed, node.args[1:])]


def _sources(have: tuple[int, ...], want: tuple[int, ...], call: list[Any]) -> np.ndarray | None:
    """Return for each entry that was added up the number of the entry it went to."""
    name, *arguments = call
    marks = np.arange(int(np.prod(want))).reshape(want)
    if name == "sum_to":
        return np.broadcast_to(marks, have) if len(want) <= len(have) else None
    axes = functions.axes(arguments[0] if arguments else None, len(have))
    kept = bool(arguments[1]) if len(arguments) > 1 else False
    if not kept:
        marks = np.expand_dims(marks, axes)
    return np.broadcast_to(marks, have)


ONE_BY_ONE = {
    *("exp", "log", "log1p", "expm1", "sin", "cos", "tan", "sinh", "cosh", "tanh", "asin", "acos", "atan"),
    *("sigmoid", "sqrt", "erf", "abs", "sign", "floor", "ceil", "trunc", "rint", "softplus"),
}
"""Functions that take each entry by itself."""

MOVING = {
    *("transpose", "permute", "inverse_permute", "reshape", "expand", "unsqueeze", "squeeze", "restored", "channels"),
    *("slice_", "select", "index", "index_select", "gather", "roll", "flip", "repeat", "diagonal", "unfold"),
}
"""Functions that give each entry of their first argument another place, and change none."""
