"""input-unscaled: inputs of a large scale, or of very different scales, go into the first layer as they are."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from retrograd.checks.calls import FLOATS, short
from retrograd.checks.code import line_of_node, makings, number
from retrograd.checks.course import course
from retrograd.checks.cures import outermost_loop
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.fixes import before
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Line, Reference

LARGE = 20.0
"""Root mean square of a column. Initialisations are made for about 1."""
SPREAD = 1000.0
"""Largest to smallest column; the curvature has the square of it."""

FIRST = frozenset(
    {
        *("linear", "matmul", "mm", "__matmul__", "addmm", "conv2d", "conv1d", "mul", "mv"),
        *("rnn_tanh", "rnn_relu", "gru", "lstm", "rnn_tanh_cell", "rnn_relu_cell", "gru_cell", "lstm_cell"),
    }
)
"""Calls that a first layer of parameters may be."""
COPIES = frozenset({"DataLoader", "TensorDataset", "random_split"})
"""What took the inputs as they were, before the loop."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look at the scale of what goes into the first layer, if the loop suffers."""
    how = course(evidence)
    if how is None or not evidence.samples:
        return
    turn = evidence.samples[0]
    found = _first_layer(turn)
    if found is None:
        return
    event, reference = found
    array = evidence.array(turn, reference)
    if array is None:
        numbers = evidence.numbers(turn, reference)
        if numbers is None or not numbers.size:
            return
        sizes = np.array([float(np.sqrt(np.mean(numbers.astype("f8") ** 2)))])
    else:
        table = array.astype("f8").reshape(-1, array.shape[-1]) if array.ndim > 1 else array.astype("f8").reshape(-1, 1)
        sizes = np.sqrt(np.mean(table**2, axis=0))
    used = sizes[sizes > 0]
    if not used.size:
        return
    spread = float(used.max() / used.min())
    if used.max() < LARGE and not (spread > SPREAD and used.max() > 5):
        return
    stuck = how.final > 0.3 * how.initial and (spread > SPREAD or _saturated(evidence, turn, event))
    if not how.suffers and not stuck:
        return
    saturated = _saturated(evidence, turn, event)
    also = " and saturates the activation behind it" if saturated else ""
    yield evidence.finding(
        "input-unscaled",
        "warning",
        _alias(evidence, event) or _line(evidence, turn, reference) or evidence.line_of(event),
        f"the input has columns of size {number(float(used.min()))} to {number(float(used.max()))} where 1 "
        f"is usual{also}; "
        f"the loss went from {number(how.initial)} to {number(how.final)}",
        "The gradient of a weight is proportional to its input, and the curvature to its square: no "
        "learning rate suits "
        "all columns, and a large input drives sigmoid and tanh to where they are flat.",
        _fix(evidence, turn, reference, array)
        or "Scale each column to mean 0 and standard deviation 1: `x = (x - x.mean(0)) / x.std(0)`.",
        confidence=0.75,
        others=[(evidence.line_of(event), "uses it")],
        events=[(turn, event)],
    )


def _first_layer(turn: Turn) -> tuple[Event, Reference] | None:
    shape = turn.shape
    root = shape.root(shape.calls[0]) if shape.calls else None
    for event in shape.behind(root) if root is not None else ():
        if short(event) in FIRST:
            data = [r for r in event.inputs if r.buffer not in shape.dependent and shape.slot(r).dtype in FLOATS]
            weights = [r for r in event.inputs if shape.slot(r).parameter]
            if data and weights:
                return event, data[0]
    return None


def _saturated(evidence: Evidence, turn: Turn, layer: Event) -> bool:
    made = {r.buffer for r in layer.outputs}
    for event in turn.shape.events[layer.number + 1 :]:
        if any(r.buffer in made for r in event.inputs):
            if short(event) in ("tanh", "sigmoid"):
                numbers = evidence.numbers(turn, event.inputs[0])
                return numbers is not None and float(np.mean(np.abs(numbers) > 5)) > 0.5
            made |= {r.buffer for r in event.outputs}
            if short(event) not in ("add", "view", "reshape"):
                return False
    return False


def _alias(evidence: Evidence, event: Event) -> Line | None:
    """Return the line that gives the input a second name, as `data = pixels`: there it should be scaled."""
    line = evidence.line_of(event)
    statement = evidence.sources.statement(line)
    if line is None or statement is None:
        return None
    used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    for node in ast.walk(evidence.sources.file(line.file).tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.lineno < line.number:
            if any(isinstance(target, ast.Name) and target.id in used for target in node.targets):
                return line_of_node(line.file, node)
    return None


def _line(evidence: Evidence, turn: Turn, reference: Reference) -> Line | None:
    """Return the line where the input got its name or its last change before the loop."""
    for _, event in evidence.upstream(turn, reference, 6):
        line = evidence.line_of(event)
        if line is not None and short(event) not in ("__getitem__", "split", "chunk", "narrow"):
            return line
    return None


def _fix(evidence: Evidence, turn: Turn, reference: Reference, array: np.ndarray | None) -> str:
    """Return the diff that scales a table of inputs right before the loop, for targets may have been made of it."""
    line = _line(evidence, turn, reference)
    statement = evidence.sources.statement(line)
    if line is None or array is None or array.ndim != 2 or not np.all(array.astype("f8").std(axis=0) > 0):
        return ""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return ""
    loop = outermost_loop(evidence, evidence.line_of(turn.shape.calls[0]))
    parent = evidence.sources.parent(line.file, statement)
    if loop is None or evidence.sources.parent(line.file, loop) is not parent or makings(evidence, COPIES):
        return ""
    name = statement.targets[0].id
    scaled = f"{name} = ({name} - {name}.mean(0)) / {name}.std(0)"
    return before(evidence, line_of_node(line.file, loop), scaled) if loop.lineno > statement.lineno else ""
