"""graph-broken: a value left torch as a number or an array, and the loss is made of that."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.code import listed
from retrograd.checks.cuts import cut, idle_leaves, left_torch
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.loose import read_terms
from retrograd.checks.no_graph import explained
from retrograd.checks.sources import called
from retrograd.checks.turns import Turn
from retrograd.recording import Event

WHY = (
    "A number knows nothing of the graph it came from. A tensor made of it is a new beginning; that it requires grad "
    "only hides the error, for the gradient ends there."
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for parameters that the forward pass used, whose values were read, and that the loss has no way back to."""
    yield from (finding for finding in explained(evidence) if finding.name == "graph-broken")
    idle = list(idle_leaves(evidence))
    if not idle:
        yield from _terms(evidence)
        return
    turn = idle[0][1]
    storages = {storage for _, other, storage in idle if other is turn}
    for call in turn.shape.calls:
        root = turn.shape.root(call)
        if root is None or any(cut(turn.shape, storage, root).kind != "none" for storage in storages):
            continue
        read = left_torch(turn.shape, storages, call.number)
        if read is None:
            continue
        made = [e for e in turn.shape.behind(root) if not e.inputs and e.outputs and e.number > read.number]
        names = [evidence.name_of_thing(thing) for thing, _, _ in idle]
        yield evidence.finding(
            "graph-broken",
            "error",
            evidence.line_of(read),
            f"`{short(read)}` took what was computed with {listed(names)} out of torch, and the loss was "
            f"made of numbers: "
            f"no gradient arrived there in any of the {len(evidence.steps)} steps",
            WHY,
            _fix(evidence, turn, read, made)
            or "Compute with the tensors themselves; torch.stack makes one tensor of several.",
            others=[(evidence.line_of(e), "makes a tensor of numbers") for e in made[:1]],
            events=[(turn, read), (turn, call)],
        )
        return


def _terms(evidence: Evidence) -> Iterator[Finding]:
    """Look for a term of the loss that is made of numbers, while other terms have a graph."""
    turn = evidence.steps[min(1, len(evidence.steps) - 1)] if evidence.steps else None
    for call in turn.shape.calls if turn is not None else ():
        root = turn.shape.root(call) if turn is not None else None
        if turn is None or root is None:
            continue
        for loose, read in read_terms(evidence, turn, root):
            leaf = evidence.name_of_thing(turn.things[loose.leaf])
            yield evidence.finding(
                "graph-broken",
                "error",
                evidence.line_of(read),
                f"`{short(read)}` took what was computed with {leaf} out of torch, and a term of "
                f"{evidence.name(turn, call.inputs[0])} was made of it: the loss shows that term, and its gradient is "
                "always 0",
                WHY,
                "Compute with the tensors themselves; torch.stack makes one tensor of several.",
                confidence=0.9,
                others=[(evidence.line_of(loose.event), "belongs to the term")],
                events=[(turn, read), (turn, call)],
            )
            return


def _fix(evidence: Evidence, turn: Turn, read: Event, made: list[Event]) -> str:
    """Return the diff that keeps the tensors: no `.item()` or `float(…)`, and torch.stack instead of torch.tensor."""
    line, again = evidence.line_of(read), evidence.line_of(made[0]) if made else None
    taking, making = evidence.sources.node(line), evidence.sources.node(again)
    if line is None or again is None or line.file != again.file:
        return ""
    if not isinstance(taking, ast.Call) or not isinstance(making, ast.Call) or len(making.args) != 1:
        return ""
    if (
        called(making) not in ("tensor", "FloatTensor", "as_tensor")
        or len(turn.shape.slot(made[0].outputs[0]).shape) != 1
    ):
        return ""
    if called(taking) == "item" and isinstance(taking.func, ast.Attribute):
        inner = evidence.sources.text(line.file, taking.func.value)
        inner = f"({inner})" if isinstance(taking.func.value, (ast.BinOp, ast.UnaryOp)) else inner
    elif called(taking) == "float" and len(taking.args) == 1:
        inner = evidence.sources.text(line.file, taking.args[0])
    else:
        return ""
    stack = f"torch.stack({evidence.sources.text(line.file, making.args[0])})"
    return evidence.sources.rewritten(line.file, [(taking, f"{inner}.squeeze()"), (making, stack)])
