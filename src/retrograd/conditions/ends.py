"""When the person's loop ends: at a loss, after so many turns, or by what its source does not say in numbers."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from retrograd.conditions.source import Loop, assignments, bare, loop_in, names_of, number
from retrograd.recording import Recording


@dataclass(frozen=True)
class Unread:
    """A way in which the loop can end that the source does not say in numbers."""

    text: str
    """Where, and what stands there."""
    by_value: bool
    """It may depend on what was computed; otherwise it only counts."""


@dataclass(frozen=True)
class Condition:
    """When the loop stops."""

    until: float | None
    """It goes on while its loss is greater than this."""
    max_steps: int | None
    """It ends after so many turns."""
    line: int | None
    """Where that stands, from 1."""
    unread: tuple[Unread, ...] = ()
    """How else it can end."""
    early: str | None = None
    """Where it ends at that loss, if that is before the parameters of this turn are updated."""


@dataclass(frozen=True)
class _End:
    """One way in which the loop can end; the field that is not None says which."""

    until: float | None = None
    turns: int | None = None
    unread: Unread | None = None
    line: int = 0
    """0 for the head of the loop, which is looked at between two turns."""


def condition_of(recording: Recording, known: Mapping[str, float] | None = None, *, whole: bool = False) -> Condition:
    """Return when the recorded loop stops, as far as its source says it in numbers.

    Args:
        recording: What was recorded.
        known: Variables whose numbers are known from elsewhere, such as the arguments of a function.
        whole: The loops around it belong to the same training, as a loop over epochs does.
    """
    loop = loop_in(recording, known)
    if loop is None:
        return Condition(None, None, None)
    ends = list(_ends_of(loop, loop.node))
    turns = min((end.turns for end in ends if end.turns is not None), default=None)
    for outer in loop.outer if whole else ():
        around = list(_ends_of(loop, outer))
        ends += [end for end in around if end.unread is not None]
        times = [end.turns for end in around]
        turns = turns * times[0] if len(times) == 1 and turns is not None and times[0] is not None else None
    losses = [end for end in ends if end.until is not None]
    until = max((end.until for end in losses if end.until is not None), default=None)
    early = next((loop.at(end.line) for end in losses if 0 < end.line < max(loop.updates, loop.backward)), None)
    unread = tuple(end.unread for end in ends if end.unread is not None)
    return Condition(until, turns, loop.node.lineno, unread, early)


def _ends_of(loop: Loop, node: ast.For | ast.While) -> Iterator[_End]:
    if isinstance(node, ast.For):
        turns = _length(node.iter, loop.numbers)
        if turns is not None:
            yield _End(turns=turns)
    else:
        yield from _alternatives(loop, node, node.test, True, 0)
    yield from _in_body(loop, node, node.body)


def _length(node: ast.expr, numbers: Mapping[str, float]) -> int | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "enumerate" and node.args:
        node = node.args[0]
    steps = _range(node, numbers)
    return None if steps is None else len(steps)


def _range(node: ast.expr, numbers: Mapping[str, float]) -> range | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range" and not node.keywords:
        ends = [number(argument, numbers) for argument in node.args]
        if ends and all(isinstance(end, int) for end in ends) and 0 not in ends[2:]:
            return range(*ends)  # type: ignore[arg-type]
    return None


# ---------------------------------------------------------------- what stands in the body


def _in_body(loop: Loop, node: ast.For | ast.While, body: Sequence[ast.stmt]) -> Iterator[_End]:
    """Go through the statements of a body that can end its loop."""
    for statement in body:
        if isinstance(statement, (ast.With, ast.Try)):
            yield from _in_body(loop, node, statement.body)
        elif isinstance(statement, ast.If):
            yield from _of_an_if(loop, node, statement)
        elif isinstance(statement, ast.Assert):
            if loop.uses_values(statement.test):
                yield _unread(loop, statement.test, f"assert {ast.unparse(statement.test)}")
        elif isinstance(statement, (ast.For, ast.While, ast.Match)):
            inner = [each for each in _within(statement, isinstance(statement, ast.Match)) if _ends_it(each)]
            yield from (_unread(loop, each, ast.unparse(each)) for each in inner)
        elif _ends_it(statement):
            yield _End(turns=1 if statement.lineno > loop.backward else 0)


def _of_an_if(loop: Loop, node: ast.For | ast.While, statement: ast.If) -> Iterator[_End]:
    if not any(_ends_it(each) for each in _within(statement, True)):
        return
    if any(_ends_it(each) for each in statement.body):
        yield from _alternatives(loop, node, statement.test, False, statement.lineno)
        # Whoever comes here has not ended there, so what follows is asked in every turn.
        yield from _in_body(loop, node, statement.orelse)
    else:
        yield _unread(loop, statement, f"if {ast.unparse(statement.test)}")


def _within(node: ast.AST, breaks: bool) -> Iterator[ast.stmt]:
    """Go through the statements inside one, without those of functions, and `break` only where it is not another's."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(child, ast.stmt) and (breaks or not isinstance(child, ast.Break)):
            yield child
        yield from _within(child, breaks and not isinstance(child, (ast.For, ast.While)))


def _ends_it(statement: ast.stmt) -> bool:
    if isinstance(statement, (ast.Break, ast.Return, ast.Raise)):
        return True
    called = statement.value.func if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) else None
    return called is not None and ast.unparse(called) in ("exit", "quit", "sys.exit", "os._exit")


# ---------------------------------------------------------------- what is compared


def _alternatives(loop: Loop, node: ast.For | ast.While, test: ast.expr, negated: bool, line: int) -> Iterator[_End]:
    """Go through the ways in which the loop ends when a test holds, or when it does not."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield from _alternatives(loop, node, test.operand, not negated, line)
    elif isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And if negated else ast.Or):
        for part in test.values:
            yield from _alternatives(loop, node, part, negated, line)
    elif isinstance(test, ast.Constant):
        if bool(test.value) is not negated:
            yield _End(turns=1)
    elif not _is_for_lost_runs(loop, test, negated):
        yield _read(loop, node, test, negated, line) or _unread(
            loop, test, f"{'if' if line else 'while'} {ast.unparse(test)}"
        )


def _is_for_lost_runs(loop: Loop, test: ast.expr, negated: bool) -> bool:
    """Return whether this ends runs whose loss is no finite number; they end in any case."""
    while isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute) and test.func.attr in ("item", "any"):
        test = test.func.value
    if not isinstance(test, ast.Call):
        return False
    called = test.func.attr if isinstance(test.func, ast.Attribute) else ast.unparse(test.func)
    held = names_of(test) - {"math", "torch", "np", "numpy", "float", called}
    return held != set() and held <= loop.losses and called in (("isfinite",) if negated else ("isnan", "isinf"))


_SIGNS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
_OPPOSITE = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "!=": "==", "==": "!="}


def _read(loop: Loop, node: ast.For | ast.While, test: ast.expr, negated: bool, line: int) -> _End | None:
    """Return what a comparison says in numbers; None if it does not."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    sign, left, right = _SIGNS.get(type(test.ops[0]), ""), test.left, test.comparators[0]
    sign = _OPPOSITE.get(sign, "") if negated else sign
    if number(right, loop.numbers) is None:
        sign, left, right = _TURNED.get(sign, ""), right, left
    limit = number(right, loop.numbers)
    if limit is None or sign in ("", "!="):
        return None
    if bare(left) in loop.losses and sign in ("<", "<="):
        return _End(until=limit if sign == "<=" else math.nextafter(limit, -math.inf), line=line)
    count = _count(loop, node, left, line)
    if count is None:
        return None
    turn = _first_turn(*count, sign, limit)
    if turn is None:
        return _End()
    return _End(turns=max(turn - (0 < line < loop.backward), 0))


def _unread(loop: Loop, node: ast.expr | ast.stmt, text: str) -> _End:
    counts = isinstance(node, ast.Compare) and not any(
        isinstance(part, (ast.Call, ast.Attribute)) for part in ast.walk(node)
    )
    by_value = (
        not counts or (isinstance(node, ast.expr) and loop.uses_values(node)) or bool(names_of(node) & loop.losses)
    )
    return _End(unread=Unread(f"{loop.at(node.lineno)}: `{text}`", by_value))


# ---------------------------------------------------------------- what counts the turns


def _count(loop: Loop, node: ast.For | ast.While, counter: ast.expr, line: int) -> tuple[float, float] | None:
    """Return what a counter is where a line compares it in the first turn, and by how much it grows in each."""
    fixed = number(counter, loop.numbers)
    if fixed is not None:
        return fixed, 0
    if not isinstance(counter, ast.Name):
        return None
    if isinstance(node, ast.For) and (count := _count_of_for(loop, node, counter.id)) is not None:
        return count
    added = [
        statement for statement in node.body
        if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add)
        if isinstance(statement.target, ast.Name) and statement.target.id == counter.id
    ]  # fmt: skip
    began = loop.beginnings.get(counter.id)
    if began is None or len(added) != 1 or sum(name == counter.id for name, _ in assignments(node)) != 1:
        return None
    by = number(added[0].value, loop.numbers)
    if by is None:
        return None
    return (began + by if line == 0 or line > added[0].lineno else began), by


def _count_of_for(loop: Loop, node: ast.For, counter: str) -> tuple[float, float] | None:
    steps = _range(node.iter, loop.numbers)
    if steps is not None and isinstance(node.target, ast.Name) and node.target.id == counter:
        return steps.start, steps.step
    called = node.iter if isinstance(node.iter, ast.Call) else None
    if called is None or not isinstance(called.func, ast.Name) or called.func.id != "enumerate" or called.keywords:
        return None
    first = number(called.args[1], loop.numbers) if len(called.args) == 2 else 0
    pair = node.target.elts if isinstance(node.target, ast.Tuple) else []
    if first is None or not pair or not isinstance(pair[0], ast.Name) or pair[0].id != counter:
        return None
    return first, 1


def _first_turn(first: float, by: float, sign: str, limit: float) -> int | None:
    """Return the first turn, from 1, in which `counter sign limit` holds; None if none is."""
    holds = {"<": first < limit, "<=": first <= limit, ">": first > limit, ">=": first >= limit, "==": first == limit}
    if holds[sign]:
        return 1
    if by <= 0 or sign in ("<", "<=") or limit < first:
        return None
    away = (limit - first) / by
    if sign == "==":
        return int(away) + 1 if away == int(away) else None
    return (math.floor(away) + 2) if sign == ">" else (math.ceil(away) + 1)
