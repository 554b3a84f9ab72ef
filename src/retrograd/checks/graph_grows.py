"""graph-grows: the graph of each step contains that of the steps before."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.fixes import before
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Reference

FEWEST = 4
"""Steps in which the graph grew."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Count the nodes of each backward call that were made in earlier steps."""
    turns = [turn for turn in evidence.steps if turn.step.finished]
    if len(turns) < FEWEST + 1:
        return
    old = [_old_nodes(turn) for turn in turns]
    grew = sum(a < b for a, b in itertools.pairwise(old))
    if grew < FEWEST or grew < 0.8 * (len(old) - 1) or old[-1] <= old[0]:
        return
    nodes = [sum(e.node is not None for e in turn.shape.events) for turn in turns]
    turn = turns[min(3, len(turns) - 1)]
    call = turn.shape.calls[-1]
    carried = _carried(evidence, turn)
    line = evidence.line_of(carried[1]) if carried else evidence.line_of(call)
    name = evidence.name(*_reference(carried)) if carried else "something"
    yield evidence.finding(
        "graph-grows",
        "error",
        line,
        f"backward went through {nodes[0]} nodes in step {turns[0].number} and {nodes[-1]} in step {turns[-1].number}, "
        f"{old[-1]} of them made in earlier steps: {name} is carried from step to step with its graph",
        "Each step goes through all steps before it again, so it takes longer each time, and none of them "
        "can be freed.",
        before(evidence, line, f"{name} = {name}.detach()") or f"Cut the graph between steps: {name}.detach()."
        if name.isidentifier() and carried
        else "Detach what is carried from step to step.",
        others=[(evidence.line_of(call), "goes through the graph of all steps")],
        events=[(turn, call)],
    )


def _old_nodes(turn: Turn) -> int:
    return sum(e.kind == "backward" and e.node is not None and e.node.forward is None for e in turn.shape.events)


def _carried(evidence: Evidence, turn: Turn) -> tuple[Turn, Event] | None:
    """Return the tracked event of an earlier step whose result goes into the loss of this one."""
    shape = turn.shape
    root = shape.root(shape.calls[-1])
    behind = shape.behind(root) if root is not None else []
    for event in behind:
        for reference in event.inputs:
            slot = shape.slot(reference)
            if not slot.external or slot.parameter:
                continue
            made = evidence.origin(turn, reference)
            if made is None or made[0] is turn or made[0].number < 0 or not made[1].inputs:
                continue
            if made[0].shape.tracked[made[1].number] and made[1].kind == "forward":
                return made
    return None


def _reference(carried: tuple[Turn, Event]) -> tuple[Turn, Reference]:
    turn, event = carried
    return turn, event.outputs[0]
