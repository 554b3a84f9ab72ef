"""same-batch: every step takes the same samples, though there are more."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from retrograd.checks.code import LOOPS, backward_line, line_of_node, loop_of, within
from retrograd.checks.evidence import Evidence, Turn, short
from retrograd.checks.finding import Finding
from retrograd.checks.losses import compared
from retrograd.checks.sources import called
from retrograd.recording import Event, Line, Reference

WHY = "The model learns these samples by heart and never sees the others; the training loss looks fine all the same."
FEWEST = 4
"""Steps that took the same samples."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for a batch that is taken anew in every step and is always the same."""
    if len(evidence.steps) < FEWEST:
        return
    yield from _restarted(evidence)
    turns = evidence.steps
    targets = {pair.turn.number: pair for pair in compared(evidence, [turns[1], turns[-1]])}
    if len(targets) < 2:
        return
    taken: list[tuple[Turn, Event, Reference]] = []
    for turn in (turns[1], turns[len(turns) // 2], turns[-1]):
        found = _taken_here(evidence, turn)
        if found is None:
            return
        taken.append((turn, *found))
    arrays = [evidence.array(turn, r) for turn, _, r in taken]
    firsts = [a for a in arrays if a is not None]
    if len(firsts) < len(arrays) or any(not np.array_equal(firsts[0], a) for a in firsts[1:]):
        return
    turn, event, reference = taken[0]
    rows, all_rows = turn.shape.slot(reference).shape[0], turn.shape.slot(event.inputs[0]).shape[0]
    if 2 * rows > all_rows:  # the training part of a split: what is left would not fill another batch
        return
    yield _finding(
        evidence,
        evidence.line_of(event),
        f"every step took the same {rows} of {all_rows} samples anew",
        [(turn, event)],
    )


def _taken_here(evidence: Evidence, turn: Turn) -> tuple[Event, Reference] | None:
    """Return the event in this turn that takes some rows of a larger tensor for the loss."""
    shape = turn.shape
    for call in shape.calls:
        root = shape.root(call)
        for event in shape.events[: call.number] if root is not None else ():
            if short(event) not in ("__getitem__", "narrow", "index_select") or not event.inputs or not event.outputs:
                continue
            whole, part = shape.slot(event.inputs[0]), shape.slot(event.outputs[0])
            used = any(u.kind == "forward" for u in shape.users.get(event.outputs[0].buffer, ()))
            if (
                used
                and event.inputs[0].buffer not in shape.dependent
                and whole.external
                and len(whole.shape) == len(part.shape)
                and len(whole.shape) > 1
                and whole.shape[1:] == part.shape[1:]
                and 1 <= part.shape[0] < whole.shape[0]
            ):
                return event, event.outputs[0]
    return None


def _restarted(evidence: Evidence) -> Iterator[Finding]:
    """Look for `next(iter(loader))` in the loop, and for the same batch in every step."""
    found = backward_line(evidence)
    loop = loop_of(evidence, found[2]) if found else None
    for file, tree in evidence.sources.trees():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and called(node) == "next" and node.args):
                continue
            if called(node.args[0]) != "iter":
                continue
            line = line_of_node(file, node)
            inside = evidence.sources.around(file, node, *LOOPS) is not None
            if not inside or (loop is not None and loop[0] == file and not within(loop[1], line)):
                continue
            if not _same_targets(evidence):
                continue
            yield _finding(
                evidence,
                line,
                f"`{ast.unparse(node)}` begins a new pass in each of {len(evidence.steps)} steps and took the same "
                "samples in all of them",
                [],
            )
            return


def _same_targets(evidence: Evidence) -> bool:
    arrays = [evidence.array(pair.turn, pair.target) for pair in compared(evidence)]
    firsts = [a for a in arrays if a is not None]
    return len(firsts) > 1 and all(np.array_equal(firsts[0], a) for a in firsts[1:])


def _finding(evidence: Evidence, line: Line | None, fact: str, events: list[tuple[Turn, Event]]) -> Finding:
    return evidence.finding(
        "same-batch",
        "warning",
        line,
        fact,
        WHY,
        "Go through the data: `for x, y in loader:`, or a slice that depends on the step.",
        confidence=0.85,
        events=events,
    )
