"""loss-sum-large-n: a loss summed over many samples, with a learning rate that was meant for a mean."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from retrograd.checks.calls import short
from retrograd.checks.code import number
from retrograd.checks.course import course, rate_line
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.losses import is_square
from retrograd.checks.sources import called
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Line

MANY = 100
"""Terms. With fewer, a sum is not so far from a mean that it alone would explain a loop that suffers."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look at the last reduction before backward, if the loop suffers."""
    how = course(evidence)
    if how is None or not how.suffers or how.highest <= 1.5 * how.initial:
        return
    turn = evidence.samples[0]
    found = _sum(turn)
    if found is None:
        return
    event, terms = found
    if terms < MANY:
        return
    line, rate = rate_line(evidence)
    end = f"was not finite from step {how.broke} on" if how.broke is not None else f"ended at {number(how.final)}"
    yield evidence.finding(
        "loss-sum-large-n",
        "warning",
        evidence.line_of(event),
        f"the loss is a sum of {terms} terms, so with the learning rate {rate or '?'} each step is {terms} "
        f"times that of "
        f"their mean; the loss was {number(how.initial)} in the first step and {end}",
        "The gradient of a sum grows with the number of samples, and the largest stable learning rate falls with it.",
        _fix(evidence, evidence.line_of(event))
        or "Take the mean, or divide the learning rate by the number of samples.",
        confidence=0.85,
        others=[(line, "sets the learning rate")],
        events=[(turn, event)],
    )


def _sum(turn: Turn) -> tuple[Event, int] | None:
    shape = turn.shape
    event = shape.root(shape.calls[-1]) if shape.calls else None
    for _ in range(6):
        if event is None or not event.inputs:
            return None
        name, size = short(event), prod(shape.slot(event.inputs[0]).shape)
        if name == "sum" and event.outputs and not shape.slot(event.outputs[0]).shape:
            return event, size
        if is_square(turn, event):
            return event, size
        if name.endswith("_loss") or name.startswith(("cross_entropy", "binary_cross")):
            summed = any(
                isinstance(a, dict) and "constant" in a and shape.program.constants[a["constant"]].value == 2
                for o in shape.operations(event)
                for a in o.arguments[2:]
            )
            return (event, size) if summed else None
        if name in ("mean", "div", "truediv"):
            return None
        if name not in ("add", "mul", "neg"):
            return None
        maker = shape.makers.get(event.inputs[0].buffer)
        event = None if maker is None else shape.events[maker]
    return None


def _fix(evidence: Evidence, line: Line | None) -> str:
    """Return the diff that takes the mean: of `x.sum()`, or of a criterion that was told to sum."""
    node = evidence.sources.node(line)
    if (
        line is not None
        and isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and called(node) == "sum"
    ):
        text, end = evidence.sources.line_text(line.file, line.number), node.func.end_col_offset or 0
        if node.func.end_lineno == line.number and text.isascii() and text[end - 3 : end] == "sum":
            return evidence.sources.diff(line.file, {line.number: [text[: end - 3] + "mean" + text[end:]]})
    sums = [
        (file, keyword.value)
        for file, tree in evidence.sources.trees()
        for keyword in ast.walk(tree)
        if isinstance(keyword, ast.keyword) and keyword.arg == "reduction" and ast.unparse(keyword.value) == "'sum'"
    ]
    return evidence.sources.replaced(*sums[0], '"mean"') if len(sums) == 1 else ""
