"""accum-not-scaled: mean losses are added up before an update, and nothing divides by their number."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from retrograd.checks.acts import Act
from retrograd.checks.calls import short
from retrograd.checks.code import number
from retrograd.checks.course import course, rate_line
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Line

MEANS = frozenset(
    ["mse_loss", "cross_entropy", "nll_loss", "l1_loss", "smooth_l1_loss", "mean", "binary_cross_entropy", "huber_loss"]
) | {"binary_cross_entropy_with_logits"}


def find(evidence: Evidence) -> Iterator[Finding]:
    """Count the gradients that each update is made of, and look for a division; say so only if the loss suffers."""
    counts: Counter[int] = Counter()
    example: tuple[Turn, Act] | None = None
    for life in evidence.lives.values():
        waiting, lines = 0, set()
        scaled = False
        for turn, act in life:
            if act.deed == "accumulate":
                waiting += 1
                lines.add(turn.shape.events[act.event].line)
            elif act.deed == "scale":
                scaled = True
            elif act.deed == "clear":
                waiting, scaled, lines = 0, False, set()
            elif act.deed == "update" and act.own:
                if waiting and not scaled and len(lines) == 1:
                    counts[waiting] += 1
                    example = example or ((turn, act) if waiting > 1 else None)
                waiting, lines = 0, set()
    if example is None or not counts:
        return
    several, times = counts.most_common(1)[0]
    if several < 2 or times < 2:
        return
    turn, act = example
    root = turn.shape.root(turn.shape.calls[-1]) if turn.shape.calls else None
    if root is None or not _is_mean(turn, root):
        return
    how = course(evidence)
    if how is None and len(turn.shape.calls) == 1:
        return
    losses = evidence.losses
    suffers = how.suffers if how is not None else not losses[-1] < 0.7 * losses[0]
    update = turn.shape.events[act.event]
    call = turn.shape.calls[-1]
    yield evidence.finding(
        "accum-not-scaled",
        "warning" if suffers else "info",
        evidence.line_of(call),
        f"each update is made of {several} gradients of mean losses, so the step is {several} times that "
        f"of their mean; "
        f"the loss went from {number(float(losses[0]))} to {number(float(losses[-1]))}",
        "Accumulating stands for a larger batch, whose loss is the mean over all of it. Without the "
        "division the learning "
        f"rate is in effect {several} times what was chosen ({rate_line(evidence)[1] or '?'}).",
        _fix(evidence, evidence.line_of(call), several) or f"Divide each loss by {several} before backward.",
        confidence=0.85,
        others=[(evidence.line_of(root), "makes the loss"), (evidence.line_of(update), "updates")],
        events=[(turn, call), (turn, update)],
    )


def _is_mean(turn: Turn, root: Event) -> bool:
    """Return whether a loss is a mean, with no division behind it."""
    event: Event | None = root
    for _ in range(4):
        if event is None:
            return False
        if short(event) in MEANS:
            return True
        if short(event) in ("div", "mul", "truediv"):
            return False
        maker = turn.shape.makers.get(event.inputs[0].buffer) if event.inputs else None
        event = None if maker is None else turn.shape.events[maker]
    return False


def _fix(evidence: Evidence, line: Line | None, several: int) -> str:
    node = evidence.sources.node(line)
    if line is None or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return ""
    loss = evidence.sources.text(line.file, node.func.value)
    return evidence.sources.replaced(line.file, node.func.value, f"({loss} / {several})") if loss != "torch" else ""
