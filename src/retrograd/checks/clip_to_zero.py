"""clip-to-zero: a bound of zero makes every gradient zero before the update."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from retrograd.checks.code import number
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.sources import called
from retrograd.recording import Line

WHY = "Gradients that are zero move nothing: no parameter learns, whatever the loss."


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for a change in place that makes whole gradients zero between backward and the update."""
    for turn in evidence.samples:
        shape = turn.shape
        arrived: set[int] = set()
        for act in shape.acts:
            if act.deed == "accumulate":
                arrived.add(act.leaf)
            if act.deed not in ("scale", "clear") or act.leaf not in arrived:
                continue
            event = shape.events[act.event]
            if not any(a.deed == "update" and a.event > act.event for a in shape.acts if a.leaf == act.leaf):
                continue
            storages = {s for s, leaf in shape.gradients.items() if leaf == act.leaf}
            before = next((evidence.array(turn, r) for r in event.inputs if shape.storage(r) in storages), None)
            after = next((evidence.array(turn, r) for r in event.outputs if shape.storage(r) in storages), None)
            if before is None or after is None or not before.any() or after.any():
                continue
            line = evidence.line_of(event)
            if line is None or "clip" not in evidence.sources.line_text(line.file, line.number):
                continue
            name = evidence.name_of_thing(turn.things[act.leaf])
            yield evidence.finding(
                "clip-to-zero",
                "error",
                line,
                f"in step {turn.number} this made all {before.size} entries of {name}.grad zero "
                f"(|{name}.grad| was {number(float(np.linalg.norm(before)))})",
                WHY,
                _fix(evidence, line) or "Give a bound above zero: the largest norm that a step may have.",
                events=[(turn, event)],
            )
            return


def _fix(evidence: Evidence, line: Line) -> str:
    """Return the diff that gives PyTorch's clipping the bound 1."""
    call = evidence.sources.node(line)
    if not isinstance(call, ast.Call) or not called(call).startswith("clip_grad_"):
        return ""
    named = [keyword.value for keyword in call.keywords if keyword.arg in ("max_norm", "clip_value")]
    bound = next(iter((*named, *call.args[1:2])), None)
    return evidence.sources.replaced(line.file, bound, "1.0")
