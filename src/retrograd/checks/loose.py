"""Terms of a loss that are computed from parameters and have no graph. No check of its own: two checks ask this.

Such a term changes what is printed and no gradient, so it never does what it was added for, though the parameters get
gradients from the other terms. A factor without a graph is something else: a weight, an advantage.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from retrograd.checks.calls import short
from retrograd.checks.cuts import Cut, cut
from retrograd.checks.evidence import Evidence
from retrograd.checks.sources import called
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Line

SUMS = frozenset({"add", "__add__", "__radd__", "add_", "__iadd__"})
KEEPS = frozenset({"mul", "__mul__", "__rmul__", "div", "truediv", "squeeze", "sum", "view", "reshape"})
MAKES = frozenset(
    {"tensor", "as_tensor", "from_numpy", "Tensor", "FloatTensor", "DoubleTensor", "scalar_tensor", "asarray"}
)
"""Calls that make a tensor of numbers or of an array."""
HOPS = 3
"""So many assignments are gone back through, from where numbers are used to where they left torch."""


@dataclass(frozen=True, slots=True)
class Loose:
    """A term without a graph."""

    leaf: int
    """A storage that it was computed from, and that gets gradients by other ways."""
    event: Event
    """What made the term; the sum itself, if the term is a plain number."""


def cut_terms(turn: Turn, root: Event) -> Iterator[tuple[Loose, Cut]]:
    """Go through the terms of a loss that detach, .data or no_grad cut off from all parameters."""
    shape = turn.shape
    tracked, loose, _ = _terms(turn, root)
    for event in loose:
        if {other.number for other in shape.behind(event)} & tracked:
            continue  # `surrogate + (value - surrogate).detach()` shows another number on purpose
        for leaf in shape.parameters:
            found = cut(shape, leaf, event)
            if found.kind in ("detached", "untracked"):
                yield Loose(leaf, event), found
                break


def read_terms(evidence: Evidence, turn: Turn, root: Event) -> Iterator[tuple[Loose, Event]]:
    """Go through the terms of a loss that are made of numbers which left torch in the same step, each with the read."""
    shape = turn.shape
    _, loose, numbers = _terms(turn, root)
    reads = list(_reads(turn, root.number))
    for event in loose:
        made = [e for e in shape.behind(event) if short(e) in MAKES and not e.inputs]
        unseen = {turn.shape.slot(r).name for e in shape.behind(event) for r in e.inputs if turn.shape.slot(r).external}
        for leaf, read in reads:
            line = evidence.line_of(read)
            if any(read.number < e.number and _leads(evidence, line, e) for e in made) or _names(
                evidence, line, unseen
            ):
                yield Loose(leaf, event), read
                break
    for event in numbers:
        found = next(((leaf, read) for leaf, read in reads if _leads(evidence, evidence.line_of(read), event)), None)
        if found is not None:
            yield Loose(found[0], event), found[1]


def _terms(turn: Turn, root: Event) -> tuple[set[int], list[Event], list[Event]]:
    """Return what makes the terms of a sum: those with a graph, those without, and where plain numbers are added."""
    shape = turn.shape
    tracked, loose, numbers = set[int](), list[Event](), list[Event]()
    waiting = [root] if root.number in shape.in_graph else []
    while waiting:
        event = waiting.pop()
        tracked.add(event.number)
        sums = short(event) in SUMS
        if sums and len(event.inputs) == 1:
            numbers.append(event)
        if not sums and short(event) != "stack" and not (short(event) in KEEPS and len(event.inputs) == 1):
            continue
        for reference in event.inputs:
            maker = shape.makers.get(reference.buffer)
            if maker is None or (short(event) != "sum" and prod(shape.slot(reference).shape) != 1):
                continue
            if maker in shape.in_graph:
                waiting.append(shape.events[maker])
            elif not shape.slot(reference).requires_grad or reference.buffer in shape.detached:
                loose.append(shape.events[maker])
    return tracked, loose, numbers


def _reads(turn: Turn, before: int) -> Iterator[tuple[int, Event]]:
    """Go through the reads of what leaves that get gradients computed, each with one of these leaves."""
    made: dict[int, int] = {}
    for event in turn.shape.events[:before]:
        if event.kind in ("call", "backward", "accumulate", "update", "clear"):
            continue
        storages = [turn.shape.storage(r) for r in event.inputs]
        own = [storage for storage in storages if storage in turn.shape.parameters]
        leaf = next(iter([*own, *(made[r.buffer] for r in event.inputs if r.buffer in made)]), None)
        if leaf is None:
            continue
        if event.kind == "read":
            yield leaf, event
        made.update({r.buffer: leaf for r in event.outputs if r.buffer >= 0})


def _names(evidence: Evidence, read: Line | None, unseen: set[str | None]) -> bool:
    """Return whether what read a number gives its name to one of these tensors, which no event made."""
    statement = evidence.sources.statement(read)
    return isinstance(statement, ast.Assign) and bool(unseen & {ast.unparse(target) for target in statement.targets})


def _leads(evidence: Evidence, read: Line | None, event: Event) -> bool:
    """Return whether the source computes something of what it read for where an event was called."""
    at = evidence.line_of(event)
    if read is None or at is None:
        return False
    source, statement = evidence.sources.statement(read), evidence.sources.statement(at)
    return source is not None and source in _feeding(evidence, at.file, statement, HOPS)


def _feeding(evidence: Evidence, file: str, statement: ast.AST | None, hops: int) -> set[ast.AST]:
    """Return a statement and those whose results it uses, by names and by what functions of the person's return."""
    if statement is None:
        return set()
    found: set[ast.AST] = {statement}
    if not hops:
        return found
    names = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    calls = {called(n) for n in ast.walk(statement) if isinstance(n, ast.Call)}
    for node in ast.walk(evidence.sources.file(file).tree):
        bound: set[str] = set()
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            bound = {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}
        inside = evidence.sources.around(file, node, ast.FunctionDef) if isinstance(node, ast.Return) else None
        returned = isinstance(inside, ast.FunctionDef) and inside.name in calls
        if node is not statement and (bound & names or returned):
            found |= _feeding(evidence, file, node, hops - 1)
    return found
