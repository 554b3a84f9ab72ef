"""What one backward call differentiated, as one function of its leaves in float64."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from retrograd.errors import NotKeptError
from retrograd.recording import Event
from retrograd.verification.comparisons import Place
from retrograd.verification.doubled import Local, inner, wide
from retrograd.verification.graph import Graph, Leaf
from retrograd.verification.rounding import Rounding
from retrograd.verification.scene import Scene, parts_of

SMALL = 100_000
"""A step whose leaves have fewer entries counts as small."""


class Whole:
    """What one backward call differentiated, put together from the forward operations of its nodes."""

    def __init__(self, scene: Scene, call: Event, graph: Graph, functions: Mapping[int, Local]) -> None:
        self._scene, self._call, self._functions = scene, call, functions
        self.graph = graph
        self.begun = [_begun(leaf, functions) for leaf in graph.leaves]
        """Each leaf as the forward operations took it."""
        self._leaf = {edge: place for place, leaf in enumerate(graph.leaves) for edge in leaf.edges}

    @property
    def entries(self) -> int:
        """How many numbers its leaves have."""
        return sum(leaf.arrived.size for leaf in self.graph.leaves)

    def place(self, leaf: Leaf, along: str = "") -> Place:
        """Return where a leaf's comparison belongs."""
        name = self._scene.gradient(self._call, leaf.name)
        return Place(self._scene.step.number, leaf.number, leaf.line, f"{name}, all in all{along}")

    def value(self, leaves: Sequence[Tensor], rounding: Rounding | None = None) -> Tensor:
        """Return what backward was called on, times the gradient that it began with."""
        results: dict[int, list[Tensor | None]] = {}
        for event in self.graph.nodes:
            node, function = event.node, self._functions[event.number]
            assert node is not None  # they are nodes
            taken = [self._taken(event, place, leaves, results) for place in range(len(function.edges))]
            if rounding is not None:
                edges = ((event.number, edge) for edge in function.edges)
                taken = [rounding.taken(one, edge) for one, edge in zip(taken, edges, strict=True)]
            given = function.function(taken)
            if rounding is not None:
                given = [
                    None if one is None else rounding.given(one, taken, (function.operation, place))
                    for place, one in enumerate(given)
                ]
            results[node.number] = given
        total = torch.zeros((), dtype=torch.float64)
        for seed in self.graph.seeds:
            node = seed.event.node
            result = results[node.number][seed.place] if node is not None and node.number in results else None
            if result is not None:
                total = total + inner(result, wide(self._scene.look(seed.gradient)))
        return total

    def _taken(
        self, event: Event, place: int, leaves: Sequence[Tensor], results: Mapping[int, Sequence[Tensor | None]]
    ) -> Tensor:
        """Return an argument of a node's function: a leaf, or what the node behind it gave."""
        function = self._functions[event.number]
        assert event.node is not None  # it is a node's
        edge = function.edges[place]
        leaf, following = self._leaf.get((event.number, edge)), event.node.next[edge]
        if leaf is not None:
            return leaves[leaf]
        if following is None or following[0] not in results:
            return function.inputs[place]  # what is behind is not known as a function, and none of the leaves is there
        one = results[following[0]][following[1]]
        if one is None:
            raise NotKeptError(f"{event.node.name} takes what no node gave")
        return one

    def gradients(self, rounding: Rounding | None = None) -> tuple[float, list[np.ndarray]]:
        """Return the loss, and the gradient of each leaf: complex ones as pairs, along one more axis."""
        leaves = [tensor.detach().requires_grad_() for tensor in self.begun]
        loss = self.value(leaves, rounding)
        found = torch.autograd.grad(loss, leaves, allow_unused=True, materialize_grads=True)
        return float(loss.detach()), [parts_of(gradient.resolve_conj().numpy()) for gradient in found]


def _begun(leaf: Leaf, functions: Mapping[int, Local]) -> Tensor:
    number, edge = leaf.edges[0]
    function = functions[number]
    return function.inputs[function.edges.index(edge)]
