r"""Formulas in a chapter's prose: the little LaTeX that chapters use, as MathML, which browsers draw by themselves.

JupyterLab draws `$\sigma(z)/3$` with a library of its own; a page that asks for nothing needs no library.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from retrograd.errors import LessonError

_TOKEN = re.compile(r"\s*(\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|[^\s\\])")

NAMES = {
    **{"partial": "∂", "infty": "∞", "nabla": "∇", "ell": "ℓ"},
    **{"alpha": "α", "beta": "β", "gamma": "γ", "eta": "η", "theta": "θ", "lambda": "λ", "mu": "μ", "sigma": "σ"},
}
FUNCTIONS = ("ln", "log", "exp", "max", "min", "sin", "cos", "tanh")
OPERATORS = {
    **{"cdot": "·", "times": "×", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠"},
    **{"approx": "≈", "to": "→", "pm": "±", "sum": "∑", "in": "∈", "ldots": "…", "dots": "…", "cdots": "⋯"},
}
SPACES = {",": "0.17em", ";": "0.28em", " ": "0.28em", "quad": "1em", "qquad": "2em"}


def mathml(formula: str, block: bool = False) -> str:
    """Return a formula as MathML.

    Raises:
        LessonError: It holds something that is in none of the tables above.
    """
    tokens = [*_TOKEN.findall(formula), ""]
    row, rest = _row(tokens, end="")
    if rest != [""]:
        raise LessonError(f"a brace too many in the formula {formula}")
    return f'<math display="{"block" if block else "inline"}">{row}</math>'


def _row(tokens: list[str], end: str) -> tuple[str, list[str]]:
    """Read up to a token that ends the row; return the row and what follows, the end included."""
    parts: list[str] = []
    while tokens[0] != end:
        if tokens[0] in ("", "}"):
            raise LessonError(f"a formula ends where {end or 'no brace'} was expected")
        atom, tokens = _atom(tokens)
        parts.append(atom)
    return f"<mrow>{''.join(parts)}</mrow>", tokens


def _atom(tokens: list[str]) -> tuple[str, list[str]]:
    base, tokens = _plain(tokens)
    below = above = ""
    while tokens[0] in ("_", "^"):
        script, after = _plain(tokens[1:])
        below, above = (script, above) if tokens[0] == "_" else (below, script)
        tokens = after
    if below and above:
        return f"<msubsup>{base}{below}{above}</msubsup>", tokens
    if below or above:
        kind = "msub" if below else "msup"
        return f"<{kind}>{base}{below}{above}</{kind}>", tokens
    return base, tokens


def _plain(tokens: list[str]) -> tuple[str, list[str]]:
    token, rest = tokens[0], tokens[1:]
    if not token:
        raise LessonError("a formula ends where something was expected")
    if token == "{":
        row, rest = _row(rest, end="}")
        return row, rest[1:]
    if token == r"\frac":
        over, rest = _plain(rest)
        under, rest = _plain(rest)
        return f"<mfrac>{over}{under}</mfrac>", rest
    if token in (r"\text", r"\mathrm", r"\operatorname"):
        close = rest.index("}")
        return f"<mtext>{html.escape(''.join(rest[1:close]))}</mtext>", rest[close + 1 :]
    if token in (r"\bar", r"\hat"):
        under, rest = _plain(rest)
        return f"<mover>{under}<mo>{'¯' if token == chr(92) + 'bar' else '^'}</mo></mover>", rest
    return _single(token), rest


def _single(token: str) -> str:
    name = token.removeprefix("\\")
    if token.startswith("\\"):
        found = next(_commands(name), None)
        if found is None:
            raise LessonError(f"pages do not know {token} in formulas yet; it belongs into lessons/mathematics.py.")
        return found
    if token[:1].isdigit():
        return f"<mn>{token}</mn>"
    if token.isalpha():
        return f"<mi>{token}</mi>"
    return f"<mo>{html.escape({'-': '−', '*': '∗'}.get(token, token))}</mo>"


def _commands(name: str) -> Iterator[str]:
    if name in NAMES:
        yield f"<mi>{NAMES[name]}</mi>"
    if name in FUNCTIONS:
        yield f"<mi>{name}</mi><mo>&#x2061;</mo>"
    if name in OPERATORS:
        yield f"<mo>{OPERATORS[name]}</mo>"
    if name in SPACES:
        yield f'<mspace width="{SPACES[name]}"/>'
    if name in "{}|%_&":
        yield f"<mo>{html.escape(name)}</mo>"
    if name in ("left", "right", "displaystyle"):
        yield ""
