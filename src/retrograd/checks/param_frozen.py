"""param-frozen: a parameter that should learn does not require grad."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from retrograd.checks.code import line_of_node, listed, number
from retrograd.checks.evidence import FLOATS, Evidence, Turn, short
from retrograd.checks.finding import Finding
from retrograd.checks.no_graph import explained
from retrograd.recording import Event, Line

LAYERS = frozenset(["linear", "conv1d", "conv2d", "conv3d", "addmm", "matmul", "mm", "bilinear"])


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for a last layer that is frozen with its random numbers, while layers before it learn."""
    yield from (finding for finding in explained(evidence) if finding.name == "param-frozen")
    if len(evidence.steps) < 3 or not evidence.reached:
        return
    turn = evidence.steps[1]
    for call in turn.shape.calls:
        root = turn.shape.root(call)
        if root is None:
            continue
        layers = [e for e in turn.shape.behind(root) if short(e) in LAYERS and len(e.inputs) >= 2]
        if not layers:
            continue
        last = layers[-1]
        frozen = _frozen(evidence, turn, last)
        if not frozen or len(turn.shape.calls) > 1:
            continue
        if last.inputs[0].buffer not in turn.shape.dependent or _has_sister(turn, last, root):
            continue  # nothing before it learns; or something beside it does, as in LoRA
        yield _finding(evidence, turn, last, frozen)
        return


def _frozen(evidence: Evidence, turn: Turn, layer: Event) -> list[str]:
    """Return the names of a layer's weights, if none of them ever got a gradient and none was loaded."""
    names = []
    for reference in layer.inputs[1:]:
        slot = turn.shape.slot(reference)
        thing = turn.things[slot.storage]
        if not slot.external or slot.dtype not in FLOATS or thing in evidence.reached | evidence.updated:
            return []
        if not slot.name or slot.requires_grad:
            return []
        loaded = any(
            short(t.shape.events[act.event]) == "copy_"
            for t, act in evidence.lives.get(thing, [])
            if act.deed == "write"
        )
        if loaded or _copied(evidence, thing):
            return []
        names.append(slot.name)
    return names


def _copied(evidence: Evidence, thing: int) -> bool:
    """Return whether the numbers were copied from another tensor before the loop, as load_state_dict does."""
    for turn in evidence.turns[:1]:
        for event in turn.shape.events:
            if short(event) == "copy_" and event.outputs and turn.thing(event.outputs[0]) == thing:
                return True
    return False


def _has_sister(turn: Turn, layer: Event, root: Event) -> bool:
    """Return whether gradients also go around a layer: what it gives is added to something that learns."""
    made = {r.buffer for r in layer.outputs}
    for event in turn.shape.behind(root):
        if event.number > layer.number and any(r.buffer in made for r in event.inputs):
            if any(r.buffer in turn.shape.dependent and r.buffer not in made for r in event.inputs):
                return True
            made |= {r.buffer for r in event.outputs}
    return False


def _finding(evidence: Evidence, turn: Turn, layer: Event, names: list[str]) -> Finding:
    line = _freezing_line(evidence) or evidence.line_of(layer)
    learn = [evidence.name_of_thing(thing) for thing in evidence.reached]
    losses = evidence.losses
    return evidence.finding(
        "param-frozen",
        "warning",
        line,
        f"{listed(names)}, the last layer, has requires_grad False and the random numbers that it was made with; only "
        f"{listed(learn)} learned; the loss went from {number(float(losses[0]))} to {number(float(losses[-1]))}",
        "A frozen layer at the end, with random weights, is a target that nobody chose: the layers before "
        "must adapt to it.",
        "Freeze the pretrained part only, before the new layer is attached.",
        confidence=0.85,
        others=[(evidence.line_of(layer), "uses the frozen layer")],
        events=[(turn, layer)],
    )


def _freezing_line(evidence: Evidence) -> Line | None:
    for file, tree in evidence.sources.trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith(".requires_grad"):
                return line_of_node(file, node)
            if isinstance(node, ast.Call) and ast.unparse(node).endswith("requires_grad_(False)"):
                return line_of_node(file, node)
    return None
