"""train-mode-at-eval: an evaluation runs with dropout, or with the statistics of its own batch."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.code import line_of_node
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.modes import is_training
from retrograd.checks.sources import called, indent
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Line

WHY = (
    "With dropout the model that is evaluated is another one at each call; in training mode, batch "
    "normalisation uses the "
    "batch at hand, and learns from the test data."
)
REPEATS = 3
"""So many passes in one evaluation are meant: averaging over dropout."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for dropout or batch normalisation in training mode whose result is only read, and goes into no loss."""
    for turn in evidence.turns:
        if turn.number < 0 or not evidence.reached:
            continue
        shape = turn.shape
        roots = [root for call in shape.calls if (root := shape.root(call)) is not None]
        wanted = {e.number for root in roots for e in shape.behind(root)}
        active = [e for e in shape.events if e.number not in wanted and is_training(turn, e)]
        lines = {e.line for e in active}
        if not active or (any(sum(e.line == line for e in active) >= REPEATS for line in lines) and _averages(turn)):
            continue
        for event in active:
            read = _read(turn, event, wanted)
            if read is None or not _uses_trained(evidence, turn, event):
                continue
            line = _line(evidence, turn, event)
            yield evidence.finding(
                "train-mode-at-eval",
                "error",
                line,
                f"`{short(event)}` was in training mode while `{short(read)}` read a result that goes into no loss "
                f"(step {turn.number})",
                WHY,
                _fix(evidence, turn, event, line)
                or "Call `model.eval()` before the evaluation and `model.train()` after it; give F.dropout "
                "`training=self.training`.",
                confidence=0.9,
                others=[
                    (evidence.line_of(event), "runs in training mode"),
                    (evidence.line_of(read), "reads the result"),
                ],
                events=[(turn, event), (turn, read)],
            )
            return


def _averages(turn: Turn) -> bool:
    return any(short(e) in ("stack", "std", "var") for e in turn.shape.events)


def _read(turn: Turn, event: Event, wanted: set[int]) -> Event | None:
    """Return the read at the end of what an event's result goes into, if none of it goes into a loss."""
    made = _result(event)
    read = None
    for other in turn.shape.events[event.number + 1 :]:
        if other.kind in ("backward", "accumulate", "call") or not any(r.buffer in made for r in other.inputs):
            continue
        if other.number in wanted:
            return None
        if other.kind == "read":
            read = read or other
        made |= _result(other)
    return read


def _result(event: Event) -> set[int]:
    """Return what a call computed, without the statistics that batch normalisation keeps beside it."""
    return {r.buffer for r in (event.outputs[:1] if short(event) == "batch_norm" else event.outputs)}


def _uses_trained(evidence: Evidence, turn: Turn, event: Event) -> bool:
    """Return whether parameters that learn take part before or after an event."""
    made = {r.buffer for r in event.outputs}
    trained = evidence.reached & evidence.updated
    for other in turn.shape.behind(event):
        if any(turn.thing(r) in trained for r in other.inputs):
            return True
    for other in turn.shape.events[event.number + 1 :]:
        if any(r.buffer in made for r in other.inputs):
            if any(turn.thing(r) in trained for r in other.inputs):
                return True
            made |= {r.buffer for r in other.outputs}
    return False


def _line(evidence: Evidence, turn: Turn, event: Event) -> Line | None:
    """Return the line of a call of F.dropout; for a layer, the line that evaluates the model."""
    line = evidence.line_of(event)
    if line is None:
        return None
    call = evidence.sources.node(line)
    node = evidence.sources.file(line.file).covering(line)
    if "dropout" in called(call) and not evidence.sources.text(line.file, call).startswith("self."):
        return line
    if evidence.sources.around(line.file, node, ast.ClassDef) is None:
        return line
    made = {r.buffer for r in event.outputs}
    for other in turn.shape.events[event.number + 1 :]:
        if any(r.buffer in made for r in other.inputs):
            made |= {r.buffer for r in other.outputs}
            found = evidence.line_of(other)
            if found is None:
                continue
            inside = evidence.sources.around(
                found.file, evidence.sources.file(found.file).covering(found), ast.ClassDef
            )
            if inside is None:
                return _named_at(evidence, found)
    return line


def _named_at(evidence: Evidence, used: Line) -> Line:
    """Return the line that gave the model's result the name by which it is used; else the line that uses it."""
    sources = evidence.sources
    node = sources.node(used)
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
        return used
    name = node.value.id
    around = sources.around(used.file, sources.file(used.file).covering(used), ast.FunctionDef)
    above = [
        node
        for node in ast.walk(around or sources.file(used.file).tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and node.lineno < used.number
        if name in {ast.unparse(target) for target in node.targets}
    ]
    return line_of_node(used.file, max(above, key=lambda node: node.lineno)) if above else used


def _fix(evidence: Evidence, turn: Turn, event: Event, line: Line | None) -> str:
    """Return the diff that puts `model.eval()` before a block of no_grad, and `model.train()` behind it."""
    block = evidence.sources.around(line.file, evidence.sources.statement(line), ast.With) if line is not None else None
    if line is None or not isinstance(block, ast.With) or "grad" not in ast.unparse(block.items[0]):
        return ""
    if any(isinstance(node, (ast.Return, ast.Break, ast.Continue)) for node in ast.walk(block)):
        return ""
    called_there = {ast.unparse(n.func) for n in ast.walk(block) if isinstance(n, ast.Call)}
    used = [turn.shape.slot(r) for e in turn.shape.events for r in e.inputs if turn.thing(r) in evidence.reached]
    owners = {slot.name.split(".")[0].split("[")[0] for slot in used if slot.name} & called_there
    if len(owners) != 1 or "dropout" in called(evidence.sources.node(evidence.line_of(event))):
        return ""
    (model,) = owners
    sources, last = evidence.sources, block.end_lineno or block.lineno
    margin, first = indent(sources.line_text(line.file, block.lineno)), sources.line_text(line.file, block.lineno)
    end = [sources.line_text(line.file, last), f"{margin}{model}.train()"]
    return sources.diff(line.file, {block.lineno: [f"{margin}{model}.eval()", first], last: end})
