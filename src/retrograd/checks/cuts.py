"""Where a loss lost its connection to the parameters. No check of its own: several ask this."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from retrograd.checks.calls import FLOATS, short
from retrograd.checks.evidence import Evidence
from retrograd.checks.sources import called
from retrograd.checks.turns import Structure, Turn
from retrograd.recording import Event, Line

STEPS = frozenset(
    [
        "argmax",
        "argmin",
        "sign",
        "round",
        "floor",
        "ceil",
        "trunc",
        "gt",
        "lt",
        "ge",
        "le",
        "eq",
        "ne",
        "bool",
        "long",
        "int",
        "heaviside",
        "fix",
    ]
) | {
    *("__gt__", "__lt__", "__ge__", "__le__", "__eq__", "__ne__", "greater", "less", "logical_not", "topk_indices"),
    *("floor_divide", "__floordiv__", "multinomial", "bernoulli", "one_hot", "sort_indices", "argsort", "sgn"),
}
"""Operations whose derivative is zero wherever there is one."""

WITH_PLACES = frozenset({"max", "min", "topk", "sort", "kthvalue", "median", "mode", "cummax", "cummin"})
"""Calls that give values, which have derivatives, and the places where these stood, which have none."""

Kind = Literal["detached", "untracked", "step", "left", "frozen", "none"]
"""Cut by detach or .data; under no_grad; by an operation without a derivative; left torch as a number or an array;
nothing in it wants a gradient; not at all."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What separates a parameter from a loss."""

    kind: Kind
    event: Event | None
    path: tuple[Event, ...] = ()


def cut(shape: Structure, leaf: int, root: Event) -> Cut:
    """Return why no gradient goes from a loss to a leaf whose numbers went into it."""
    path = [e for e in shape.path(leaf, root) if e.kind not in ("update", "clear")]
    for event in reversed(path):
        name = short(event)
        if name in ("detach", "detach_") or event.name == "Tensor.data.__get__":
            return Cut("detached", event, tuple(path))
        if name in STEPS or (name in WITH_PLACES and _takes_indices(shape, event, path)):
            return Cut("step", event, tuple(path))
        if name == "to" and event.outputs and shape.slot(event.outputs[0]).dtype not in FLOATS:
            return Cut("step", event, tuple(path))
        if not shape.tracked[event.number]:
            return Cut("untracked", event, tuple(path))
    return Cut("frozen" if path else "none", None, tuple(path))


def _takes_indices(shape: Structure, event: Event, path: list[Event]) -> bool:
    """Return whether of `max(dim)` only the places are used."""
    places = {r.buffer for r in event.outputs if shape.slot(r).dtype not in FLOATS}
    values = {r.buffer for r in event.outputs} - places
    used = {r.buffer for other in path if other.number > event.number for r in other.inputs}
    return bool(places & used) and not values & used


def left_torch(shape: Structure, leaf_storages: set[int], before: int) -> Event | None:
    """Return the first read through which something made of these leaves left torch, before an event."""
    made: set[int] = set()
    for event in shape.events[:before]:
        if event.kind in ("call", "backward", "accumulate"):
            continue
        if any(shape.storage(r) in leaf_storages or r.buffer in made for r in event.inputs):
            if event.kind == "read" or short(event) in ("numpy", "tolist", "item"):
                return event
            if event.kind not in ("update", "clear"):
                made |= {r.buffer for r in event.outputs if r.buffer >= 0}
    return None


def no_grad_line(evidence: Evidence, turn: Turn, event: Event) -> Event | None:
    """Return the event that switched gradients off for an event, in this turn or an earlier one."""
    earlier = [e for t in evidence.turns if t.number < turn.number for e in t.shape.events]
    for other in reversed([*earlier, *turn.shape.events[: event.number]]):
        if other.kind == "state" and other.name.endswith("_set_grad_enabled"):
            return other if other.text.startswith("no") else None
    return None


def idle_leaves(evidence: Evidence) -> Iterator[tuple[int, Turn, int]]:
    """Go through the parameters that an optimiser holds and that never got a gradient: thing, turn, storage there."""
    seen: set[int] = set()
    for turn in evidence.steps:
        for stepping in turn.shape.steppings:
            for storage in stepping.held:
                thing = turn.things[storage]
                if thing not in seen and thing not in evidence.reached:
                    seen.add(thing)
                    yield thing, turn, storage


def without(evidence: Evidence, line: Line | None) -> str:
    """Return the diff that takes a `.detach()` or `.data` away."""
    node = evidence.sources.node(line)
    if line is None:
        return ""
    if isinstance(node, ast.Call) and called(node) in ("detach", "detach_") and isinstance(node.func, ast.Attribute):
        inner = evidence.sources.text(line.file, node.func.value)
        statement = evidence.sources.statement(line)
        if isinstance(statement, ast.Assign) and statement.value is node and ast.unparse(statement.targets[0]) == inner:
            return evidence.sources.removed(line.file, line.number)
        return evidence.sources.replaced(line.file, node, inner)
    if isinstance(node, ast.Attribute) and node.attr == "data":
        return evidence.sources.replaced(line.file, node, evidence.sources.text(line.file, node.value))
    return "Compute what the loss is made of outside of no_grad."
