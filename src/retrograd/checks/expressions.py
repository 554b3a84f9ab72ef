"""Which event's result an expression of the person's stands for. No check of its own: graph-held asks this.

A name is followed to what was assigned to it, a call to what the person's function returns, `out["loss"]` and
`out.loss` to what was put there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from retrograd.checks.code import FUNCTIONS
from retrograd.checks.evidence import Evidence
from retrograd.checks.sources import called
from retrograd.checks.turns import Turn
from retrograd.recording import Event


def made_by_expression(
    evidence: Evidence, turn: Turn, file: str, value: ast.expr, place: int | None = None, hops: int = 4
) -> Event | None:
    """Return the event whose result an expression stands for, where it is kept: a number's is the one that reads it.

    Args:
        evidence: The recording.
        turn: A step.
        file: Where the expression stands.
        value: The expression.
        place: Which part of its result is meant, if that is a tuple.
        hops: So many assignments and functions are gone back through.
    """
    if isinstance(value, ast.Name):
        bound = _bound(evidence, file, value)
        made = made_by_expression(evidence, turn, file, *bound, hops - 1) if bound is not None and hops else None
        return made or _root_named(evidence, turn, file, value, bound[0] if bound is not None else None)
    if _key(value) and hops:
        parts = (made_by_expression(evidence, turn, *one, None, hops - 1) for one in _entries(evidence, file, value))
        made = next((made for made in parts if made is not None), None)
        if made is not None:
            return made
    at_work = [(e, evidence.line_of(e)) for e in turn.shape.events if e.kind not in ("backward", "accumulate")]
    here = [e for e, line in at_work if line and line.file == file and evidence.sources.node(line) is value]
    if here or not hops:
        return here[-1] if here else None
    returned = (made_by_expression(evidence, turn, *one, None, hops - 1) for one in _returned(evidence, value, place))
    return next((made for made in returned if made is not None), None)


def _key(node: ast.expr) -> str:
    """Return the key of `out["loss"]` and the name of `out.loss`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    constant = node.slice if isinstance(node, ast.Subscript) else None
    return constant.value if isinstance(constant, ast.Constant) and isinstance(constant.value, str) else ""


def _entries(evidence: Evidence, file: str, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Go through what was put under the key of `out["loss"]` or `out.loss`, where `out` was made or returned."""
    holder = value.value if isinstance(value, (ast.Subscript, ast.Attribute)) else value
    waiting = [(file, holder)]
    for _ in range(6):
        if not waiting:
            return
        place, node = waiting.pop()
        if isinstance(node, ast.Name):
            bound = _bound(evidence, place, node)
            waiting += [(place, bound[0])] if bound is not None and bound[1] is None else []
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            yield from (
                (place, one) for key, one in pairs if isinstance(key, ast.Constant) and key.value == _key(value)
            )
        elif isinstance(node, ast.Call):
            yield from ((place, keyword.value) for keyword in node.keywords if keyword.arg == _key(value))
            waiting += _returned(evidence, node, None)


def _bound(evidence: Evidence, file: str, name: ast.Name) -> tuple[ast.expr, int | None] | None:
    """Return what was assigned last, above and in the same function, to a name, and which part of it."""
    sources = evidence.sources
    scope = sources.around(file, name, *FUNCTIONS)
    found: list[tuple[ast.expr, int | None]] = []
    for node in ast.walk(scope or sources.file(file).tree):
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None or node.lineno >= name.lineno:
            continue
        if sources.around(file, node, *FUNCTIONS) is not scope:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            parts = [ast.unparse(part) for part in target.elts] if isinstance(target, ast.Tuple) else []
            if ast.unparse(target) == name.id:
                found.append((node.value, None))
            elif name.id in parts:
                place = parts.index(name.id)
                apart = node.value.elts[place] if isinstance(node.value, ast.Tuple) else None
                found.append((node.value, place) if apart is None else (apart, None))
    return max(found, key=lambda one: one[0].lineno, default=None)


def _returned(evidence: Evidence, call: ast.expr, place: int | None) -> Iterator[tuple[str, ast.expr]]:
    """Go through what the person's functions of the name that is called return, or one part of it."""
    for file, tree in evidence.sources.trees():
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef) or function.name != called(call):
                continue
            for node in ast.walk(function):
                if not isinstance(node, ast.Return) or node.value is None:
                    continue
                if evidence.sources.around(file, node, *FUNCTIONS) is not function:
                    continue
                if place is None:
                    yield file, node.value
                elif isinstance(node.value, ast.Tuple) and place < len(node.value.elts):
                    yield file, node.value.elts[place]


def _root_named(evidence: Evidence, turn: Turn, file: str, name: ast.Name, bound: ast.expr | None) -> Event | None:
    """Return what made the loss of this name, if the name still stands for it: nothing was assigned to it since."""
    sources = evidence.sources
    scope = sources.around(file, name, *FUNCTIONS)
    for call in turn.shape.calls:
        line = evidence.line_of(call)
        if line is None or line.file != file or sources.around(file, sources.statement(line), *FUNCTIONS) is not scope:
            continue
        if bound is not None and bound.lineno > line.number:
            continue
        named = [r for r in call.inputs if turn.shape.slot(r).name == name.id]
        maker = turn.shape.makers.get(named[0].buffer) if named else None
        if maker is not None:
            return turn.shape.events[maker]
    return None
