"""param-reinit: parameters are made anew in every step."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.code import (
    LOOPS,
    backward_line,
    calls_of,
    lifted,
    line_of_node,
    listed,
    loop_of,
    number,
    within,
)
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.fixes import before_loop
from retrograd.checks.sources import called
from retrograd.checks.turns import Turn
from retrograd.recording import Event

WHY = "Whatever is learned is thrown away with the parameters: what comes next begins with fresh ones."
FEWEST = 3
DRAWS = frozenset({"uniform_", "normal_", "trunc_normal_"})
"""Calls by which layers get the numbers that they begin with."""
LAYERS = frozenset(
    (
        *("Linear", "Bilinear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"),
        *("Embedding", "EmbeddingBag", "RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell", "MultiheadAttention"),
        *("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "LayerNorm", "GroupNorm", "PReLU"),
    )
)
"""Classes of torch.nn that have parameters."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for parameters that are made, get a gradient, are updated, and are gone, in every step."""
    if layer := _layer_in_forward(evidence):
        yield layer
        return
    if rewritten := _rewritten(evidence):
        yield rewritten
        return
    fresh: list[tuple[Turn, Event, int]] = []
    for turn in evidence.steps:
        made = _made_here(turn)
        if made is None:
            continue
        fresh.append((turn, *made))
    if len(fresh) < FEWEST or len(fresh) < 0.8 * len(evidence.steps):
        yield from _each_epoch(evidence, fresh)
        return
    for earlier, later in itertools.pairwise(fresh):
        if earlier[2] in later[0].things.values() and any(
            slot.parameter and later[0].things[slot.storage] == earlier[2] for slot in later[0].program.slots
        ):
            return  # it lives on
    turn, event, _ = fresh[1]
    found = backward_line(evidence, turn)
    loop = loop_of(evidence, found[2]) if found else None
    line = lifted(evidence, evidence.line_of(event), loop)
    names = [slot.name or "a parameter" for slot in turn.program.slots if slot.parameter]
    losses = evidence.losses
    yield evidence.finding(
        "param-reinit",
        "error",
        line,
        f"{listed(names)} were made anew in {len(fresh)} of {len(evidence.steps)} steps, updated once, and replaced; "
        f"the loss was {number(float(losses[0]))} in the first step and {number(float(losses[-1]))} in the last",
        WHY,
        before_loop(evidence, line) or "Make the parameters (the model, the optimiser) once, before the loop.",
        others=[(evidence.line_of(event), "makes them"), (found[2] if found else None, "computes their gradients")],
        events=[(turn, event)],
    )


def _rewritten(evidence: Evidence) -> Finding | None:
    """Look for parameters that are drawn anew where they are, again and again, after updates had changed them."""
    drawn: dict[int, list[tuple[Turn, Event]]] = {}
    for thing in evidence.reached & evidence.updated:
        learned = False
        for turn, act in evidence.lives[thing]:
            event = turn.shape.events[act.event]
            if act.deed == "update":
                learned = True
            elif act.deed == "write" and learned and len(event.inputs) == 1 and short(event) in DRAWS:
                whole = turn.shape.slot(event.inputs[0]).shape == turn.shape.slot(event.outputs[0]).shape
                drawn.setdefault(thing, []).extend([(turn, event)] if whole else [])
                learned = False
    again = {thing: places for thing, places in drawn.items() if len(places) >= FEWEST}
    if not again:
        return None
    turn, event = min(again.values(), key=lambda places: places[0][0].number)[0]
    loop = _outer_loop(evidence, turn)
    if loop is None or not isinstance(loop[1], ast.For) or not ast.unparse(loop[1].target).startswith("ep"):
        return None  # each restart may be another training, as one for each seed
    line = lifted(evidence, evidence.line_of(event), loop)
    return evidence.finding(
        "param-reinit",
        "error",
        evidence.line_of(event),
        f"`{short(event)}` drew {listed([evidence.name_of_thing(thing) for thing in again])} anew "
        f"{max(map(len, again.values()))} times, after updates had changed them (first in step {turn.number})",
        WHY,
        "Initialise the parameters once, before the loop.",
        others=[(line, "begins anew")],
        events=[(turn, event)],
    )


def _layer_in_forward(evidence: Evidence) -> Finding | None:
    """Look for a layer of torch.nn that each step makes, uses, and loses with the gradients that arrived at it."""
    made = [(turn, event) for turn in evidence.steps if (event := _lost_layer(evidence, turn)) is not None]
    if len(made) < FEWEST or len(made) < 0.8 * len(evidence.steps):
        return None
    turn, event = made[1]
    line = evidence.line_of(event)
    text = evidence.sources.text(line.file, evidence.sources.node(line)) if line is not None else "a layer"
    return evidence.finding(
        "param-reinit",
        "error",
        line,
        f"`{text}` made a new layer in {len(made)} of {len(evidence.steps)} steps; gradients arrived at its "
        f"parameters, and nothing updated them before they were gone",
        WHY,
        "Make the layer once, in __init__, and use it in forward; then parameters() finds it, too.",
        events=[(turn, event)],
    )


def _lost_layer(evidence: Evidence, turn: Turn) -> Event | None:
    shape = turn.shape
    updated = {act.leaf for act in shape.acts if act.deed == "update"}
    reached = {act.leaf for act in shape.acts if act.deed == "accumulate"}
    for slot in turn.program.slots:
        if slot.parameter and not slot.external and slot.storage in reached and slot.storage not in updated:
            makers = (e for e in shape.events if any(shape.storage(r) == slot.storage for r in e.outputs))
            event = next((e for e in makers if e.kind != "state"), None)
            line = evidence.line_of(event) if event is not None else None
            if called(evidence.sources.node(line)) in LAYERS:
                return event
    return None


def _each_epoch(evidence: Evidence, fresh: list[tuple[Turn, Event, int]]) -> Iterator[Finding]:
    """Look for parameters that are made anew in each turn of an outer loop, which goes on as if they were the old ones.

    A loop over folds, seeds or learning rates does the same on purpose. It is told from a mistake by what it repeats:
    the very same losses, or what it calls an epoch.
    """
    begins = [turn.number for turn, _, _ in fresh]
    counts = {b - a for a, b in itertools.pairwise(begins)}
    if len(fresh) < FEWEST or len(counts) != 1:
        return
    (count,) = counts
    losses = [tuple(evidence.losses[place : place + count]) for place in range(0, len(evidence.losses), count)]
    again = losses[0] == losses[1] == losses[2] and len(set(losses[0])) > 1
    turn, event, _ = fresh[1]
    loop = _outer_loop(evidence, turn)
    line = lifted(evidence, evidence.line_of(event), loop)
    named = isinstance(loop[1], ast.For) and ast.unparse(loop[1].target).startswith("ep") if loop else False
    if line is None or not (again or (named and loop is not None and within(loop[1], line))):
        return
    names = [slot.name or "a parameter" for slot in turn.program.slots if slot.parameter]
    what = "and its losses are those of the first once more" if again else "and the loss is back where it began"
    first, last, back = (number(float(n)) for n in (losses[0][0], losses[0][-1], losses[1][0]))
    yield evidence.finding(
        "param-reinit",
        "error",
        line,
        f"{listed(names)} were made anew after every {count} steps, {what}: it went from {first} to {last}, and on "
        f"from {back}",
        WHY,
        "Make the parameters (the model, the optimiser) once, before the loop.",
        confidence=0.95 if again else 0.85,
        others=[(evidence.line_of(event), "makes them")],
        events=[(turn, event)],
    )


def _outer_loop(evidence: Evidence, turn: Turn) -> tuple[str, ast.AST] | None:
    """Return the outermost loop around a backward call, over the callers of its function."""
    found = backward_line(evidence, turn)
    loop = outer = loop_of(evidence, found[2]) if found else None
    for _ in range(8):
        if loop is None:
            break
        outer = loop
        around = evidence.sources.parent(loop[0], loop[1])
        holder = evidence.sources.around(loop[0], around, *LOOPS, ast.FunctionDef)
        if isinstance(holder, LOOPS):
            loop = loop[0], holder
        elif isinstance(holder, ast.FunctionDef):
            callers = [(f, c) for f, c in calls_of(evidence, holder.name) if not within(holder, line_of_node(f, c))]
            loop = loop_of(evidence, line_of_node(*callers[0])) if callers else None
        else:
            loop = None
    return outer


_FACTORIES = frozenset(
    {
        *("uniform_", "normal_", "randn", "rand", "zeros", "ones", "tensor", "empty", "full", "zeros_like"),
        *("ones_like", "randn_like", "rand_like", "xavier_uniform_", "kaiming_uniform_", "normal", "linspace"),
        *("trunc_normal_", "xavier_normal_", "kaiming_normal_", "orthogonal_", "constant_", "zeros_", "ones_"),
        *("fill_", "zero_", "eye", "arange", "mul_", "div_", "requires_grad_", "mul", "div", "sub", "add"),
        "truediv",
    }
)


def _made_here(turn: Turn) -> tuple[Event, int] | None:
    """Return the event that made a leaf which was also updated in this turn, from nothing older."""
    shape = turn.shape
    updated = {act.leaf for act in shape.acts if act.deed == "update" and act.own}
    for slot in turn.program.slots:
        if not slot.parameter or slot.external or slot.storage not in updated:
            continue
        makers = [e for e in shape.events if any(shape.storage(r) == slot.storage for r in e.outputs)]
        first = next((e for e in makers if e.kind != "state"), None)
        if first is None:
            continue
        behind = shape.behind(first)
        outside = any(shape.slot(r).external for e in behind for r in e.inputs)
        if not outside and first.name.rpartition(".")[2] in _FACTORIES:
            return first, turn.things[slot.storage]
    return None
