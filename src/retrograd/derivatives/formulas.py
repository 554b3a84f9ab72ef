"""A formula: an expression in a few lines of Python, which is read, computed, worked for one entry, and written out.

The text is what the table shows and what is computed, so the two cannot disagree.

settling.py   a formula without what is decided beforehand
writing.py    a formula as a line of mathematics
mathml.py     the same as MathML
working.py    one entry of its result, with the numbers put in
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import Any

import numpy as np

from retrograd.derivatives.functions import FUNCTIONS

Names = Mapping[str, Any]
"""What the names in a formula stand for: arrays, `Rounded`, numbers, lists of these, None."""


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
        return eval(_code(formula.source), WORLD, names)


WORLD: dict[str, Any] = {"__builtins__": {"abs": abs}, **FUNCTIONS}


@cache
def _code(source: str) -> CodeType:
    return compile(source, "<formula>", "eval")


@cache
def tree_of(source: str) -> ast.expr:
    """Return the expression that a formula's text is."""
    return ast.parse(source, mode="eval").body


def names_in(formula: Formula) -> tuple[str, ...]:
    """Return the names in a formula that are no functions, in the order of their first use."""
    called = {id(node.func) for node in ast.walk(tree_of(formula.source)) if isinstance(node, ast.Call)}
    found = [
        node.id
        for node in ast.walk(tree_of(formula.source))
        if isinstance(node, ast.Name) and id(node) not in called and node.id not in GREEK
    ]
    return tuple(dict.fromkeys(found))


GREEK = {"pi": "π", "inf": "∞"}
