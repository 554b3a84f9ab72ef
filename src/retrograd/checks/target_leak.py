"""target-leak: the target is among the inputs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from retrograd.checks.code import number
from retrograd.checks.evidence import FLOATS, Evidence, Turn, short
from retrograd.checks.finding import Finding
from retrograd.checks.losses import compared
from retrograd.recording import Event

FEWEST = 12
"""Samples. With fewer a column may equal a binary target by accident: 2⁻¹² for one column."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for a column of the model's input that equals the target in every sample."""
    for pair in compared(evidence, evidence.samples[:1]):
        turn = pair.turn
        target = evidence.array(turn, pair.target)
        if target is None or target.ndim not in (1, 2) or (target.ndim == 2 and target.shape[1] != 1):
            continue
        wanted = target.reshape(-1).astype("f8")
        if wanted.size < FEWEST or np.all(wanted == wanted[0]):
            continue
        for event in turn.shape.behind(pair.event):
            if short(event) not in ("linear", "matmul", "mm", "__matmul__", "addmm") or not event.inputs:
                continue
            given = event.inputs[0]
            if given.buffer in turn.shape.dependent or turn.shape.slot(given).dtype not in FLOATS:
                continue
            array = evidence.array(turn, given)
            if array is None or array.ndim != 2 or array.shape[0] != wanted.size or array.shape[1] < 2:
                continue
            same = [column for column in range(array.shape[1]) if np.array_equal(array[:, column], wanted)]
            if same:
                yield _finding(evidence, turn, event, same[0], wanted.size)
                return


def _finding(evidence: Evidence, turn: Turn, event: Event, column: int, count: int) -> Finding:
    joined = next(
        ((t, e) for t, e in evidence.upstream(turn, event.inputs[0]) if short(e) in ("cat", "hstack", "column_stack",
         "stack", "concat", "concatenate")),
        None,
    )  # fmt: skip
    line = evidence.line_of(joined[1]) if joined else evidence.line_of(event)
    losses = evidence.losses
    return evidence.finding(
        "target-leak",
        "error",
        line,
        f"column {column} of the input equals the target in all {count} samples; the loss went from "
        f"{number(float(losses[0]))} to {number(float(losses[-1]))}",
        "The model only has to copy. On new data, where the target is not known, it can do nothing.",
        "Take the target out of the inputs.",
        confidence=0.93,
        others=[(evidence.line_of(event), "uses it")],
        events=[(turn, event)],
    )
