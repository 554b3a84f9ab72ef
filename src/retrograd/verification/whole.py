"""What one backward call differentiated, as a function of its leaves in float64, put together from the graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TypeGuard

import numpy as np
import torch
from torch import Tensor

from retrograd.derivatives.rounding import PRECISIONS, SPREAD, Precision
from retrograd.errors import NotKeptError
from retrograd.recording import Event, Node, Reference
from retrograd.verification.comparisons import Place
from retrograd.verification.doubled import Local, shared
from retrograd.verification.draws import Draws
from retrograd.verification.formulas import Bounds
from retrograd.verification.scene import Scene, asked_in

SAMPLES = 4
"""So often the step is run with its operations changed at random, if it is small."""

SMALL = 100_000
"""A step whose parameters have fewer entries is run that often, a larger one twice."""


_ONE = torch.ones((), dtype=torch.float64)


@dataclass(slots=True, eq=False)
class Leaf:
    """A leaf, and what one backward call brought to it."""

    number: int
    """Of the event that shows what came."""
    line: int | None
    slot: int
    name: str
    gradient: Reference
    arrived: np.ndarray
    tolerance: np.ndarray
    edges: tuple[tuple[int, int], ...]
    """Nodes, by their event, and the edges that it came over."""


class Whole:
    """What one backward call differentiated, in float64."""

    def __init__(
        self,
        scene: Scene,
        call: Event,
        nodes: Sequence[Event],
        functions: Mapping[int, Local],
        surrogates: set[str],
        bounds: Bounds,
        seed: int,
    ) -> None:
        self._scene, self._call, self._functions, self._bounds = scene, call, functions, bounds
        self.draws = Draws(seed)
        ran = [event for event in nodes if event.kind == "backward"]
        cut = [e for e in ran if e.number not in functions or (e.node is not None and e.node.name in surrogates)]
        unknown = {event.number for event in cut}
        # Backward runs a node before those behind it, so the other way round each finds its arguments.
        self._nodes = [event for event in reversed(ran) if event.number not in unknown]
        leaves = list(leaves_of(scene, call, nodes, functions))
        self.behind: dict[str, int] = {}
        """Nodes that are not known as functions of their arguments: how many leaves are behind each kind."""
        lost: set[int] = set()
        for event in cut:
            found = behind(event, nodes, leaves)
            if event.node is not None and found - lost:
                self.behind[event.node.name] = self.behind.get(event.node.name, 0) + len(found - lost)
            lost |= found
        unreached = {place for place, leaf in enumerate(leaves) if not leaf.edges} - lost
        if unreached:
            self.behind[call.name] = len(unreached)
        lost |= unreached
        self.leaves = [leaf for place, leaf in enumerate(leaves) if place not in lost]
        self.entries = sum(leaf.arrived.size for leaf in self.leaves)
        self._places = {edge: place for place, leaf in enumerate(self.leaves) for edge in leaf.edges}
        self.begun = [begun_of(leaf, functions) for leaf in self.leaves]
        reached = {
            following
            for event in ran
            if event.node is not None
            for following, gradient in zip(event.node.next, event.node.gradients_out, strict=False)
            if following is not None and gradient is not None
        }
        self.seeds = [
            (event, place, gradient)
            for event in ran
            if event.node is not None
            for place, gradient in enumerate(event.node.gradients_in)
            if gradient is not None and (event.node.number, place) not in reached
        ]
        """Where the call began: a node, which of its results, and the gradient that it began with."""
        self.samples = SAMPLES if self.entries < SMALL else 2

    @property
    def nodes(self) -> Sequence[Node]:
        """The nodes that are known as functions, those first that ran last."""
        return [event.node for event in self._nodes if event.node is not None]

    def last(self) -> Sequence[Tensor]:
        """Return what the operations took that came last before backward began."""
        return [
            one
            for event, *_ in self.seeds
            if event.number in self._functions
            for one in self._functions[event.number].inputs
        ]

    def place(self, leaf: Leaf, along: str = "") -> Place:
        """Return where a leaf's comparison belongs."""
        name = self._scene.gradient(self._call, leaf.name)
        return Place(self._scene.step.number, leaf.number, leaf.line, f"{name}, all in all{along}")

    def value(self, leaves: Sequence[Tensor], precision: Precision | None) -> Tensor:
        """Return what backward was called on, times the gradient that it began with."""
        results: dict[int, list[Tensor | None]] = {}
        for event in self._nodes:
            node, function = event.node, self._functions[event.number]
            assert node is not None  # they are nodes
            taken = []
            for edge, recorded in zip(function.edges, function.inputs, strict=True):
                leaf, following = self._places.get((event.number, edge)), node.next[edge]
                if leaf is not None:
                    one = leaves[leaf]
                elif following is not None and following[0] in results:
                    one = results[following[0]][following[1]]
                else:
                    one = recorded  # what is behind is not known as a function, and none of the leaves is there
                if one is None:
                    raise NotKeptError(f"{node.name} takes what no node gave")
                if precision is not None:
                    one = self._passing(one, self._bounds.gradients.get((event.number, edge)), precision)
                taken.append(one)
            given = function.function(taken)
            if precision is not None:
                given = [
                    None if one is None else self._changed(one, taken, precision, (function.operation, place))
                    for place, one in enumerate(given)
                ]
            results[node.number] = given
        total = torch.zeros((), dtype=torch.float64)
        for event, place, gradient in self.seeds:
            result = results[event.node.number][place] if event.node and event.node.number in results else None
            if result is not None:
                total = total + (result * self._wide(gradient)).sum()
        return total

    def _wide(self, reference: Reference) -> Tensor:
        return torch.from_numpy(self._scene.look(reference))

    def _passing(self, taken: Tensor, bound: np.ndarray | None, precision: Precision) -> Tensor:
        """Return a tensor such that the gradient that comes back over it is as if it had been rounded at random.

        Where nothing is known of the operation's rounding, the tensor is changed itself: a stable algorithm gives what
        is right for numbers that are close to those that it took.
        """
        if bound is None and taken.is_floating_point():
            return taken * torch.add(_ONE, self.draws.uniform(taken.shape), alpha=precision.eps)
        if not taken.requires_grad or not _fits(bound, taken):
            return taken
        off = shared(bound)
        other = taken.view_as(taken)
        other.register_hook(lambda g: torch.addcmul(g, self.draws.uniform(g.shape), off, value=1 / SPREAD))
        return other

    def _changed(
        self, result: Tensor, taken: Sequence[Tensor], precision: Precision, place: tuple[int | None, int]
    ) -> Tensor:
        """Return a result as if it had been rounded at random."""
        if not result.is_floating_point() or _shares(result, taken):
            return result
        bound = self._bounds.results.get(place)  # type: ignore[arg-type]
        if not _fits(bound, result):
            return result * self._factors(result, taken, precision)  # an infinite number stays one
        # A bound holds for `SPREAD` standard deviations of a sum, but for one rounding of a single operation.
        draws = self.draws.uniform(result.shape)
        relative = result * torch.add(_ONE, draws, alpha=precision.eps)
        return torch.addcmul(relative, draws, shared(bound), value=1 / SPREAD)

    def gradients(self, precision: Precision | None) -> tuple[float, list[np.ndarray]]:
        """Return the loss, and the gradient of each leaf; with a precision, each operation rounds so at random."""
        leaves = [tensor.detach().requires_grad_() for tensor in self.begun]
        loss = self.value(leaves, precision)
        found = torch.autograd.grad(loss, leaves, allow_unused=True, materialize_grads=True)
        return float(loss.detach()), [gradient.numpy() for gradient in found]

    def _factors(self, result: Tensor, taken: Sequence[Tensor], precision: Precision) -> Tensor:
        """Return numbers as far from 1 as the rounding of an operation that adds up several terms for each entry."""
        sizes = sorted((t.numel() for t in taken if t.is_floating_point()), reverse=True)[:2]
        entries = max(result.numel(), 1)
        terms = max(sizes[0] / entries if sizes else 1, sqrt(sizes[0] * sizes[1] / entries) if len(sizes) > 1 else 1, 1)
        size = precision.eps + sqrt(terms) * precision.adding
        return torch.add(_ONE, self.draws.uniform(result.shape), alpha=size)


def leaves_of(scene: Scene, call: Event, nodes: Sequence[Event], functions: Mapping[int, Local]) -> Iterator[Leaf]:
    """Go through the leaves of a call: those whose `.grad` it filled, and those that `grad` was asked for."""
    sources: dict[tuple[int, int], list[tuple[int, int]]] = {}
    asked: dict[int, list[tuple[int, int]]] = {}
    for event in nodes:
        for edge, following in enumerate(event.node.next if event.node else ()):
            if following is not None and event.number in functions and edge in functions[event.number].edges:
                sources.setdefault(following, []).append((event.number, edge))
        for edge, slot in functions[event.number].asked.items() if event.number in functions else ():
            asked.setdefault(slot, []).append((event.number, edge))
    found = [
        (event, event.inputs[0], event.inputs[1], sources.get((event.node.number, 0), []))
        for event in nodes
        if event.kind == "accumulate" and len(event.inputs) > 1 and event.node is not None
    ]
    wanted = asked_in(call)
    found += [(call, leaf, g, asked.get(leaf.slot, [])) for leaf, g in zip(wanted, call.outputs, strict=False)]
    for event, leaf, gradient, edges in found:
        if scene.program.slots[gradient.slot].dtype in PRECISIONS:
            arrived = scene.look(gradient)
            place = event.number, event.line, leaf.slot, scene.name(leaf)
            yield Leaf(*place, gradient, arrived, np.zeros(()), tuple(edges))


def behind(event: Event, nodes: Sequence[Event], leaves: Sequence[Leaf]) -> set[int]:
    """Return the places of the leaves that a node passes gradients on to, at once or over others."""
    by_node = {other.node.number: other for other in nodes if other.node is not None}
    passing, reached = [event], {event.number}
    while passing:
        one = passing.pop()
        for following in one.node.next if one.node else ():
            other = None if following is None else by_node.get(following[0])
            if other is not None and other.number not in reached:
                reached.add(other.number)
                passing.append(other)
    return {
        place
        for place, leaf in enumerate(leaves)
        if leaf.number in reached or any(number in reached for number, _ in leaf.edges)
    }


def begun_of(leaf: Leaf, functions: Mapping[int, Local]) -> Tensor:
    """Return a leaf as the forward operations took it."""
    number, edge = leaf.edges[0]
    function = functions[number]
    return function.inputs[function.edges.index(edge)]


def _fits(bound: np.ndarray | None, tensor: Tensor) -> TypeGuard[np.ndarray]:
    """Return whether there is a finite bound for each entry, and not only zeros."""
    return bound is not None and bound.shape == tensor.shape and any(bound.strides) and bool(np.isfinite(bound.sum()))


def _shares(result: Tensor, taken: Sequence[Tensor]) -> bool:
    address = result.untyped_storage().data_ptr()
    return any(tensor.untyped_storage().data_ptr() == address for tensor in taken)
