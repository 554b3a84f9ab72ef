"""eval-mode-in-training: training steps run in evaluation mode."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from retrograd.checks.calls import short
from retrograd.checks.code import LOOPS, backward_line, line_of_node, loop_of, method_calls
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.fixes import before
from retrograd.checks.modes import is_training
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Line

WITH_WEIGHTS = frozenset({"linear", "conv1d", "conv2d", "conv3d", "layer_norm", "embedding"})
"""Calls of layers that have parameters."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for a dropout or batch normalisation before a loss that changed from training to evaluation for good."""
    modes: dict[tuple[int | None, str], list[tuple[int, bool]]] = {}
    places = {}
    for turn in evidence.steps:
        for call in turn.shape.calls:
            root = turn.shape.root(call)
            for event in turn.shape.behind(root) if root is not None else ():
                mode = is_training(turn, event)
                if mode is not None and not _is_frozen(turn, event):
                    modes.setdefault((event.line, short(event)), []).append((turn.number, mode))
                    places[event.line, short(event), mode] = (turn, event)
    for (line, name), seen in modes.items():
        training = [number for number, mode in seen if mode]
        last = next((number for number, mode in reversed(seen) if mode), -1)
        after = [number for number, mode in seen if number > last]
        switched = _switch(evidence)
        if training and len(after) >= 2 and len(after) >= 0.2 * len(seen) and not _of_layers(evidence):
            turn, event = places[line, name, False]
            yield evidence.finding(
                "eval-mode-in-training",
                "error",
                switched or evidence.line(line),
                f"`{name}` ran in training mode up to step {last} and in evaluation mode in the "
                f"{len(after)} steps after",
                "After the first evaluation the model never went back: dropout does nothing, and batch "
                "normalisation uses "
                "old statistics, so the rest of the training is another training.",
                _trained(evidence) or "Call `model.train()` at the beginning of each epoch.",
                confidence=0.95,
                others=[(evidence.line(line), f"runs {name}")],
                events=[(turn, event)],
            )
            return
        no_train = not any(True for _ in method_calls(evidence, "train"))
        if training or switched is None or not no_train or len(seen) < 2:
            continue
        turn, event = places[line, name, False]
        if name.endswith("dropout") or _has_seen_nothing(evidence, turn, event):
            yield evidence.finding(
                "eval-mode-in-training",
                "warning",
                switched,
                f"`{name}` ran in evaluation mode in all {len(seen)} training steps",
                "In evaluation mode dropout does nothing, so the model trains without it."
                if name.endswith("dropout")
                else "In evaluation mode batch normalisation uses statistics of earlier batches, and there were none.",
                _trained(evidence) or "Call `model.train()` before the training loop.",
                confidence=0.75,
                others=[(evidence.line(line), f"runs {name}")],
                events=[(turn, event)],
            )
            return


def _is_frozen(turn: Turn, event: Event) -> bool:
    """Return whether an event belongs to a part of the model that is not trained, so that its mode is meant."""
    shape = turn.shape
    if event.inputs[0].buffer in shape.dependent:
        return False
    before = [other for other in shape.behind(event) if short(other) in WITH_WEIGHTS]
    return not shape.tracked[event.number] or bool(before)


def _of_layers(evidence: Evidence) -> bool:
    """Return whether single layers are put in evaluation mode: `for m in net.modules(): … m.eval()`."""
    for file, call in method_calls(evidence, "eval"):
        loop = evidence.sources.around(file, call, ast.For)
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(loop, ast.For) and isinstance(receiver, ast.Name):
            if receiver.id in {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}:
                return True
    return False


def _has_seen_nothing(evidence: Evidence, turn: Turn, event: Event) -> bool:
    """Return whether a batch normalisation has the statistics that it was made with: all means 0, all variances 1."""
    if short(event) != "batch_norm" or len(event.inputs) < 3:
        return False
    mean, variance = (evidence.array(turn, reference) for reference in event.inputs[1:3])
    if mean is None or variance is None:
        return False
    return not np.any(mean) and bool(np.all(variance == 1))


def _trained(evidence: Evidence) -> str:
    """Return the diff that switches to training mode at the beginning of each turn of the loop that trains."""
    found = backward_line(evidence)
    loop = loop_of(evidence, found[2]) if found else None
    call = next((call for _, call in method_calls(evidence, "eval") if not call.args), None)
    if loop is None or call is None or not isinstance(loop[1], LOOPS) or not isinstance(call.func, ast.Attribute):
        return ""
    model, first = ast.unparse(call.func.value), loop[1].body[0]
    if not any(ast.unparse(node) == model for node in ast.walk(loop[1]) if isinstance(node, (ast.Name, ast.Attribute))):
        return ""  # it has another name there
    return before(evidence, line_of_node(loop[0], first), f"{model}.train()")


def _switch(evidence: Evidence) -> Line | None:
    """Return the line that calls `.eval()`, or `.train(False)`."""
    for file, call in method_calls(evidence, "eval"):
        if not call.args:
            return line_of_node(file, call)
    for file, call in method_calls(evidence, "train"):
        given = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
        if any(isinstance(value, ast.Constant) and value.value is False for value in given):
            return line_of_node(file, call)
    return None
