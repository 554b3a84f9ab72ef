"""One entry of a formula's result, with the numbers put in."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from retrograd.derivatives.formulas import WORLD, Formula, Names, tree_of
from retrograd.derivatives.functions import FUNCTIONS
from retrograd.derivatives.functions.elementwise import plain
from retrograd.derivatives.functions.shapes import axes
from retrograd.derivatives.writing import MINUS, SIGNS, SPELLED, STRENGTH, SUPERSCRIPTS, wrapped

MOST_TERMS = 6
"""A longer sum shows its first terms only."""


def worked(formula: Formula, names: Names, index: tuple[int, ...], number: Callable[[float], str]) -> str:
    """Return one entry of a formula's result with the numbers put in: `0.2252 · (1 − 0.4614²)`.

    Args:
        formula: It, after `settled`.
        names: What its names stand for.
        index: Which entry of the result; its length is the number of the result's dimensions.
        number: Writes a number.
    """
    return _Working(names, number).text(tree_of(formula.source), index, 0)


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
                return self._at(left, index, 8) + str(power).translate(SUPERSCRIPTS)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in SIGNS:
                own = STRENGTH[type(op)]
                tighter = own + (1 if isinstance(op, (ast.Add, ast.Sub, ast.Div)) else 0)
                sign = " · " if isinstance(op, ast.Mult) else SIGNS[type(op)]
                return wrapped(self._at(left, index, own) + sign + self._at(right, index, tighter), own < strength)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return wrapped("−" + self._at(operand, index, MINUS), strength > 4)
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
                self._known[key] = eval(code, WORLD, self._names)
        return self._known[key]

    def _value(self, node: ast.expr, index: tuple[int, ...], strength: int) -> str:
        value = self._computed(node)
        if value is None or isinstance(value, (list, str)):
            return "…"
        array = plain(value)
        text = self._number(array[index].item() if array.ndim else array.item())
        return wrapped(text, text.startswith(("-", "−")) and strength > 4)

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
        return wrapped(" + ".join([*shown, *more]), len(places) > 1 and strength > 4)

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
            return wrapped(f"({body}) / {total}", strength > 5)
        more = [f"… ({total - MOST_TERMS} more)"] if total > MOST_TERMS else []
        return wrapped(" + ".join([*shown, *more]), total > 1 and strength > 4)

    def _arguments(self, node: ast.Call) -> list[Any]:
        return [node.func.id if isinstance(node.func, ast.Name) else "", *map(self._computed, node.args[1:])]


def _sources(have: tuple[int, ...], want: tuple[int, ...], call: list[Any]) -> np.ndarray | None:
    """Return for each entry that was added up the number of the entry it went to."""
    name, *arguments = call
    marks = np.arange(int(np.prod(want))).reshape(want)
    if name == "sum_to":
        return np.broadcast_to(marks, have) if len(want) <= len(have) else None
    along = axes(arguments[0] if arguments else None, len(have))
    kept = bool(arguments[1]) if len(arguments) > 1 else False
    if not kept:
        marks = np.expand_dims(marks, along)
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
