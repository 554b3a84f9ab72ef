"""data-not-shuffled: batches hold one class after the other."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from retrograd.checks.calls import short
from retrograd.checks.code import line_of_node, loop_of, makings
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.fixes import with_keyword
from retrograd.checks.losses import Compared, compared
from retrograd.checks.sources import called
from retrograd.recording import Line

FEWEST = 6
"""Batches, and samples in each: that so many samples of one batch share a class by accident is then rare."""
MOST = 400


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look at the classes in each batch, and in all batches together."""
    if any(len(turn.shape.calls) != 1 for turn in evidence.steps[:MOST]):
        return  # two players: one is shown real samples only, then made ones only
    batches: dict[int, np.ndarray] = {}
    first = None
    for pair in (*compared(evidence, evidence.steps[:MOST]), *_margins(evidence)):
        slot = pair.turn.shape.slot(pair.target)
        array = evidence.array(pair.turn, pair.target)
        if array is not None and array.size < FEWEST:
            continue  # the last batch of an epoch, perhaps: it says little
        if array is not None and _is_one_hot(array):
            array = array.argmax(axis=1)
        elif array is None or (slot.dtype != "int64" and not _are_marks(array)):
            return
        if len(array.shape) > 1 and array.shape[-1] > 1:
            return
        # What one step compares is one batch: real and made samples with a loss for each, and one backward.
        kept = batches.get(pair.turn.number, np.empty(0, array.dtype))
        batches[pair.turn.number] = np.concatenate([kept, array.reshape(-1)])
        first = first or pair
    if len(batches) < FEWEST or first is None:
        return
    classes = set(np.concatenate(list(batches.values())).tolist())
    single = [batch for batch in batches.values() if len(set(batch.tolist())) == 1]
    if len(classes) < 2 or len(single) < 0.7 * len(batches):
        return
    if len({batch[0] for batch in single}) < 2:
        return
    runs = [int(batch[0]) for batch in single[:8]]
    yield evidence.finding(
        "data-not-shuffled",
        "warning",
        _line(evidence, first),
        f"{len(single)} of {len(batches)} batches hold a single class, of {len(classes)} in all: "
        f"{', '.join(map(str, runs))}, …",
        "Each batch pulls the model towards its own class and away from the others, so it forgets what it "
        "has just learned.",
        _fix(evidence)
        or _in_random_order(evidence, evidence.line_of(first.turn.shape.calls[0]))
        or "Shuffle the data: `DataLoader(…, shuffle=True)`, or `order = torch.randperm(n)` in each epoch.",
        confidence=0.88,
        events=[(first.turn, first.event)],
    )


def _margins(evidence: Evidence) -> Iterator[Compared]:
    """Go through the products of a score with -1 or 1, as in a hinge loss."""
    for turn in evidence.steps[:MOST]:
        shape = turn.shape
        for call in shape.calls:
            root = shape.root(call)
            for event in shape.behind(root) if root is not None else ():
                if short(event) not in ("mul", "__mul__", "__rmul__") or len(event.inputs) != 2:
                    continue
                one, two = event.inputs
                score, marks = (two, one) if two.buffer in shape.dependent else (one, two)
                if score.buffer not in shape.dependent or marks.buffer in shape.dependent:
                    continue
                array = evidence.array(turn, marks)
                if array is not None and array.size and set(np.unique(array)) <= {-1.0, 1.0}:
                    yield Compared(turn, event, score, marks, "mul")


def _is_one_hot(array: np.ndarray) -> bool:
    """Return whether each row has a 1 at its class, and zeros."""
    if array.ndim != 2 or array.shape[1] < 2:
        return False
    return set(np.unique(array)) <= {0.0, 1.0} and bool(np.all(array.sum(axis=1) == 1))


def _are_marks(array: np.ndarray) -> bool:
    """Return whether floating-point targets mark two classes."""
    return set(np.unique(array)) <= {0.0, 1.0} or set(np.unique(array)) <= {-1.0, 1.0}


def _fix(evidence: Evidence) -> str:
    loaders = makings(evidence, frozenset({"DataLoader"}))
    return with_keyword(evidence, loaders[0], "shuffle", "True") if len(loaders) == 1 else ""


def _line(evidence: Evidence, first: Compared) -> Line | None:
    for made in makings(evidence, frozenset({"DataLoader"})):
        shuffles = [k.value for k in made.call.keywords if k.arg in ("shuffle", "sampler", "batch_sampler")]
        if not shuffles or all(isinstance(v, ast.Constant) and not v.value for v in shuffles):
            return made.line
    taken = evidence.origin(first.turn, first.target, first.event.number)
    if taken is not None and short(taken[1]) in ("__getitem__", "narrow", "split", "chunk"):
        return evidence.line_of(taken[1])
    loop = loop_of(evidence, evidence.line_of(first.turn.shape.calls[0]))
    return line_of_node(*loop) if loop is not None else evidence.line_of(first.event)


def _in_random_order(evidence: Evidence, line: Line | None) -> str:
    """Return the diff that permutes what a loop over `zip(x.split(20), y.split(20))` goes through."""
    file, loop = loop_of(evidence, line) or ("", None)
    if not isinstance(loop, ast.For):
        return ""
    calls = [node for node in ast.walk(loop.iter) if isinstance(node, ast.Call) and called(node) in ("split", "chunk")]
    data = [call.func.value for call in calls if isinstance(call.func, ast.Attribute)]
    if len(data) < 2 or not all(isinstance(value, ast.Name) for value in data):
        return ""
    names = [ast.unparse(value) for value in data]
    changes = [(value, f"{name}[order]") for value, name in zip(data, names, strict=True)]
    return evidence.sources.rewritten(file, changes, {loop.lineno: [f"order = torch.randperm(len({names[0]}))"]})
