"""data-mutation: a saved value is changed through .data, so autograd uses it without noticing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.cures import moved
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.turns import Turn
from retrograd.recording import Event

OWN = ("running_mean", "running_var")
"""What batch normalisation keeps and writes to itself; its backward in training mode does without."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for writes to a value between the forward call that saved it and the backward that used it."""
    seen: set[int | None] = set()
    for turn in evidence.samples:
        for saver, write in _mutations(turn):
            if write.line in seen:
                continue
            seen.add(write.line)
            name = evidence.name(turn, write.inputs[0], write)
            line, saved = evidence.line_of(write), evidence.line_of(saver)
            yield evidence.finding(
                "data-mutation",
                "error",
                line,
                f"in step {turn.number} `{short(write)}` changed {name} after `{short(saver)}` on line "
                f"{saved.number if saved else '?'} had saved it and before backward used it",
                "Through .data no write is counted, so autograd cannot refuse: it differentiates with numbers that the "
                "forward pass never saw, and the gradient is wrong.",
                _fix(evidence, turn, write)
                or "Change the value after the update, under torch.no_grad() and without .data: then autograd notices.",
                confidence=0.95,
                others=[(saved, "had saved the value")],
                events=[(turn, saver), (turn, write)],
            )


def _mutations(turn: Turn) -> Iterator[tuple[Event, Event]]:
    """Go through the calls whose saved values were written to before backward used them, each with the write."""
    shape = turn.shape
    call: Event | None = None
    for event in shape.events:
        if event.kind == "call":
            call = event
        if call is None or event.node is None or event.node.forward is None:
            continue
        saved = {shape.storage(reference) for name, reference in event.node.saved if name not in OWN}
        for other in shape.events[event.node.forward + 1 : call.number] if saved else ():
            if other.kind not in ("call", "backward", "accumulate", "read") and saved & set(shape.written(other)):
                yield shape.events[event.node.forward], other


def _fix(evidence: Evidence, turn: Turn, write: Event) -> str:
    """Return the diff that changes a parameter at the end of the turn, and makes a new tensor of anything else."""
    line = evidence.line_of(write)
    statement = evidence.sources.statement(line)
    if line is None or statement is None:
        return ""
    if any(turn.thing(reference) in evidence.reached for reference in write.inputs[:1]):
        loop = evidence.sources.around(line.file, statement, ast.For, ast.While)
        if not isinstance(loop, (ast.For, ast.While)) or statement not in loop.body or statement is loop.body[-1]:
            return ""
        return moved(evidence, statement, line.file, (loop.body[-1].end_lineno or 0) + 1, statement.lineno)
    if not isinstance(statement, ast.AugAssign) or not isinstance(statement.target, ast.Attribute):
        return ""
    name = evidence.sources.text(line.file, statement.target.value)
    value = ast.BinOp(ast.Name(name), statement.op, statement.value)
    return evidence.sources.replaced(line.file, statement, ast.unparse(ast.Assign([ast.Name(name)], value, lineno=1)))
