"""What a turn computes from constants alone, and what it leaves as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, fx

from retrograd.engines.flow import Flow

aten = torch.ops.aten

SHAPE_ONLY: dict[Any, Any] = {
    aten.full_like.default: lambda node: node.args[1],
    aten.zeros_like.default: lambda node: 0,
    aten.ones_like.default: lambda node: 1,
    aten.empty_like.default: lambda node: 0,
}
"""Operations that look at a tensor's shape only, with what they fill a new one with."""


def known_in(flow: Flow, fixed: Sequence[Tensor | None]) -> dict[fx.Node, Any]:
    """Return the values of all nodes that are the same in all runs and turns, computed by PyTorch itself.

    Args:
        flow: What one run does.
        fixed: For each input, numbers last, its value if it is such a constant, else None.
    """
    known: dict[fx.Node, Any] = {}
    marks = iter(fixed)
    for node in flow.graph.graph.nodes:
        if node.op == "placeholder":
            value = next(marks)
            if value is not None:
                known[node] = value
        elif node.op == "get_attr":
            known[node] = getattr(flow.graph, str(node.target))
        elif node.op == "call_function" and node.target in SHAPE_ONLY:
            meta = node.meta["tensor_meta"]
            known[node] = torch.full(tuple(meta.shape), SHAPE_ONLY[node.target](node), dtype=meta.dtype)
        elif node.op == "call_function" and all(source in known for source in node.all_input_nodes):
            arguments = fx.map_arg(node.args, known.__getitem__)
            keywords = fx.map_arg(node.kwargs, known.__getitem__)
            known[node] = node.target(*arguments, **keywords)
    return known


def left_in(flow: Flow, fixed: Sequence[Tensor | None]) -> dict[int, Tensor | None]:
    """Return for each slot that a turn leaves its value if that is known, else None."""
    known = known_in(flow, fixed)
    results = next(node for node in flow.graph.graph.nodes if node.op == "output").args[0][1:]
    return {slot: known.get(node) for slot, node in zip(flow.outputs, results, strict=True)}


def settled(flow: Flow, candidates: Mapping[int, Tensor], origins: Mapping[int, tuple[str, int]]) -> dict[int, Tensor]:
    """Return those of a turn's beginnings that it leaves as they were: the data, and gradients of 0.

    Args:
        flow: What the turn does.
        candidates: What it begins with that is the same in all runs, by slot.
        origins: Where what it begins with comes from.
    """
    held = dict(candidates)
    while True:
        left = left_in(flow, [held.get(slot) for slot in flow.inputs] + [None] * len(flow.numbers))
        changed = [slot for slot, tensor in held.items() if origins[slot][0] == "turn"
                   and not _equal(left[origins[slot][1]], tensor)]  # fmt: skip
        if not changed:
            return held
        for slot in changed:
            del held[slot]


def _equal(one: Tensor | None, other: Tensor) -> bool:
    return one is not None and one.shape == other.shape and torch.equal(one, other)
