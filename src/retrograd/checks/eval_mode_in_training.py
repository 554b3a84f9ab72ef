"""eval-mode-in-training: training steps run in evaluation mode."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from retrograd.checks.code import line_of_node, method_calls
from retrograd.checks.evidence import Evidence, short
from retrograd.checks.finding import Finding
from retrograd.checks.modes import is_training
from retrograd.recording import Line


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for a dropout or batch normalisation before a loss that changed from training to evaluation for good."""
    modes: dict[tuple[int | None, str], list[tuple[int, bool]]] = {}
    places = {}
    for turn in evidence.steps:
        for call in turn.shape.calls:
            root = turn.shape.root(call)
            for event in turn.shape.behind(root) if root is not None else ():
                mode = is_training(turn, event)
                if mode is not None:
                    modes.setdefault((event.line, short(event)), []).append((turn.number, mode))
                    places[event.line, short(event), mode] = (turn, event)
    for (line, name), seen in modes.items():
        training = [number for number, mode in seen if mode]
        last = next((number for number, mode in reversed(seen) if mode), -1)
        after = [number for number, mode in seen if number > last]
        switched = _switch(evidence)
        if training and len(after) >= 2 and len(after) >= 0.2 * len(seen):
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
                "Call `model.train()` at the beginning of each epoch.",
                confidence=0.95,
                others=[(evidence.line(line), f"runs {name}")],
                events=[(turn, event)],
            )
            return
        no_train = not any(True for _ in method_calls(evidence, "train"))
        if not training and switched is not None and no_train and name.endswith("dropout") and len(seen) >= 2:
            turn, event = places[line, name, False]
            yield evidence.finding(
                "eval-mode-in-training",
                "warning",
                switched,
                f"`{name}` ran in evaluation mode in all {len(seen)} training steps",
                "In evaluation mode dropout does nothing, so the model trains without it.",
                "Call `model.train()` before the training loop.",
                confidence=0.75,
                others=[(evidence.line(line), f"runs {name}")],
                events=[(turn, event)],
            )
            return


def _switch(evidence: Evidence) -> Line | None:
    """Return the line that calls `.eval()`, or `.train(False)`."""
    for file, call in method_calls(evidence, "eval"):
        if not call.args:
            return line_of_node(file, call)
    for file, call in method_calls(evidence, "train"):
        if call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value is False:
            return line_of_node(file, call)
    return None
