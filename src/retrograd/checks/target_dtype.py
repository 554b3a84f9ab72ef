"""target-dtype: targets have the wrong dtype for the loss, or lost their fractions to an integer dtype."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from retrograd.checks.code import line_of_node
from retrograd.checks.evidence import FLOATS, Evidence, Turn, short
from retrograd.checks.finding import Finding
from retrograd.checks.losses import NAMED, REGRESSION, compared, failed
from retrograd.recording import Event, Line

WHY = "Losses of quantities need floating-point targets; losses of classes need integers (torch.long)."
TEXTS = ("Found dtype", "expected scalar type", "not implemented for", "Expected floating point type", "dtype")


def find(evidence: Evidence) -> Iterator[Finding]:
    """Explain errors about dtypes in a loss, and look for targets that were rounded."""
    yield from _refused(evidence)
    yield from _truncated(evidence)


def _refused(evidence: Evidence) -> Iterator[Finding]:
    error = evidence.error
    if error is None or not any(text in error[2] for text in TEXTS):
        return
    _, raised, text = error
    call = failed(evidence)
    if call is None:
        return
    turn, event = call
    if event.kind == "call" or event.kind == "backward":
        found = next(iter(compared(evidence, [turn])), None)
        if found is None:
            return
        event = found.event
    name = short(event)
    named = name in NAMED or any(word in name for word in ("loss", "entropy", "nll", "mse"))
    if not named or len(event.inputs) < 2:
        return
    prediction, target = (turn.shape.slot(r) for r in event.inputs[:2])
    if prediction.dtype == target.dtype and "nll" not in text:
        return
    made = evidence.producer(turn, event.inputs[1], event.number)
    cast = evidence.origin(turn, event.inputs[1], event.number)
    line = _made_line(evidence, turn, event, cast or made)
    classes = name in ("cross_entropy", "nll_loss", "multi_margin_loss")
    who = evidence.name(turn, event.inputs[1], event)
    yield evidence.finding(
        "target-dtype",
        "error",
        line or evidence.line_of(event) or raised,
        f"`{name}` got a prediction of dtype {prediction.dtype} and a target of dtype {target.dtype}",
        WHY,
        f"Use {who}.long()." if classes else f"Use {who}.float().",
        confidence=0.97,
        others=[(evidence.line_of(event), "computes the loss"), (raised, "raises the error")],
        events=[(turn, event)],
    )


def _made_line(evidence: Evidence, turn: Turn, event: Event, made: tuple[Turn, Event] | None) -> Line | None:
    """Return the line that made the target, if it says its dtype."""
    line = evidence.line_of(made[1]) if made is not None else None
    if line is None:
        return None
    text = evidence.sources.line_text(line.file, line.number)
    says = ("long", "int", "float", "double", "dtype", "tensor(", "arange", "argmax")
    return line if any(word in text for word in says) else None


def _truncated(evidence: Evidence) -> Iterator[Finding]:
    for pair in compared(evidence, evidence.samples[:1]):
        if pair.name not in REGRESSION and not pair.name.startswith("binary"):
            continue
        for turn, event in evidence.upstream(pair.turn, pair.target):
            if short(event) in ("long", "int", "to", "type", "short") and event.inputs and event.outputs:
                before, after = turn.shape.slot(event.inputs[0]).dtype, turn.shape.slot(event.outputs[0]).dtype
                numbers = evidence.numbers(turn, event.inputs[0])
                if before not in FLOATS or after in FLOATS or numbers is None:
                    continue
                lost = float(np.mean(numbers != np.trunc(numbers))) if numbers.size else 0.0
                if lost > 0:
                    yield _finding(evidence, turn, event, evidence.line_of(event), lost, after)
                    return
            if short(event) in ("tensor", "as_tensor") and event.outputs:
                after = turn.shape.slot(event.outputs[0]).dtype
                line = evidence.line_of(event)
                node = evidence.sources.node(line)
                if after not in FLOATS and line is not None and node is not None:
                    given = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
                    fractions = [n for n in given if isinstance(n, float) and n != int(n)]
                    if fractions:
                        line = line_of_node(line.file, node)
                        yield _finding(evidence, turn, event, line, len(fractions) / len(given), after)
                        return


def _finding(evidence: Evidence, turn: Turn, event: Event, line: Line | None, lost: float, dtype: str) -> Finding:
    return evidence.finding(
        "target-dtype",
        "error",
        line,
        f"{lost:.0%} of the targets lost their fraction when they became {dtype}",
        "The model learns the rounded targets: what lies between two integers is gone.",
        "Keep the targets in floating point.",
        confidence=0.95,
        events=[(turn, event)],
    )
