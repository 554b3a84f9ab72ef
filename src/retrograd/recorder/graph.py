"""Watching a backward call: every node in order, the gradients into and out of it, what arrives at each leaf."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction

from retrograd.recorder.hooks import take_off
from retrograd.recorder.lines import Place
from retrograd.recorder.operations import OperationMode, references_of
from retrograd.recorder.parts import Walk
from retrograd.recorder.seen import Happened
from retrograd.recording import Kind, Node, Reference

GraphNode = Any  # torch.autograd.graph.Node; its concrete classes are made at run time and have no type


def nodes_behind(roots: list[Tensor]) -> dict[GraphNode, tuple[int, int]]:
    """Return the nodes of the graph that backward will walk, each with how it is reached.

    That is the number of the node before it, and which of that node's edges leads on; (-1, k) behind root k.
    """
    waiting = [(root.grad_fn, (-1, place)) for place, root in enumerate(roots) if root.grad_fn is not None]
    known: dict[GraphNode, tuple[int, int]] = {}
    while waiting:
        node, way = waiting.pop()
        if node not in known:
            known[node] = way
            edges = enumerate(node.next_functions)
            number = len(known) - 1
            waiting.extend((following, (number, edge)) for edge, (following, _) in edges if following is not None)
    return known


def saved_by(root: Tensor, first: int) -> Iterator[tuple[int, list[tuple[str, Tensor]]]]:
    """Go through the nodes of a result that are not older than number `first`: their numbers, and what they saved.

    Nothing is looked at while a hook on saved tensors is set, for it would be called.
    """
    waiting = [_saved(root, "grad_fn")]
    seen = set()
    if waiting[0] is None or torch._C._autograd._top_saved_tensors_default_hooks(True) is not None:  # type: ignore[attr-defined]
        return
    while waiting:
        node = waiting.pop()
        if node is None or node in seen or node.name() == _ACCUMULATE or node._sequence_nr() < first:
            continue
        seen.add(node)
        waiting += [following for following, _ in node.next_functions]
        names = [name for name in dir(type(node)) if name.startswith("_saved_")]
        found = ((name.removeprefix("_saved_"), _saved(node, name)) for name in names)
        yield node._sequence_nr(), [(name, entry) for name, entry in found if isinstance(entry, Tensor)]


def _saved(thing: Any, name: str) -> Any:  # a node, a tensor, a number, a list or None
    try:
        return getattr(thing, name)
    except RuntimeError:  # it was freed, or overwritten since
        return None


_ACCUMULATE = "torch::autograd::AccumulateGrad"


def leaves_behind(nodes: Iterable[GraphNode]) -> Iterator[Tensor]:
    """Go through the leaves whose gradients the nodes accumulate."""
    return (node.variable for node in nodes if node.name() == _ACCUMULATE)


def run_code(nodes: Iterable[GraphNode]) -> bool:
    """Return whether nodes run code written in Python: that of an `autograd.Function`, or a leaf's hooks."""
    return any(
        isinstance(node, BackwardCFunction)
        or (node.name() == _ACCUMULATE and (node.variable._backward_hooks or node.variable._post_accumulate_grad_hooks))
        for node in nodes
    )


class BackwardWatch:
    """Hooks on all nodes of one backward call; they are gone when it is over."""

    def __init__(self, mode: OperationMode, call: int, place: Place | None, forward_of: Callable[[int], int | None]):
        self._mode, self._call, self._place, self._forward_of = mode, call, place, forward_of
        self._handles: list[Any] = []  # RemovableHandle; torch gives hooks on nodes no type
        self._events: dict[GraphNode, int] = {}
        self._nodes: dict[GraphNode, tuple[int, int]] = {}

    def put_on(self, nodes: dict[GraphNode, tuple[int, int]]) -> None:
        """Put a hook before and one behind every node."""
        self._nodes = nodes
        for node in nodes:
            self._handles.append(node.register_prehook(self._before(node)))
            self._handles.append(node.register_hook(self._behind(node)))

    def take_off(self) -> Walk:
        """Remove the hooks, tie each node to those that it passed its gradients on to, and return the way taken."""
        for handle in self._handles:
            take_off(handle)
        happened = self._mode.turn.happened
        order = {node: happened[event].node for node, event in self._events.items()}
        for node, event in self._events.items():
            known = happened[event].node
            assert known is not None  # set when the event was made, below
            following = tuple(self._edge(order, *edge) for edge in node.next_functions)
            happened[event].node = replace(known, next=following)
        numbers = {node: number for number, node in enumerate(self._nodes)}
        events = {numbers[node]: event for node, event in self._events.items()}
        names = tuple(_short_name(node) for node in self._nodes)
        walk = Walk(tuple(self._nodes.values()), names, events, run_code(self._nodes))
        self._mode.event = self._call
        self._events.clear()
        self._handles.clear()
        self._nodes = {}
        return walk

    @staticmethod
    def _edge(order: dict[GraphNode, Node | None], node: GraphNode, place: int) -> tuple[int, int] | None:
        known = order.get(node)
        return None if known is None else (known.number, place)

    def _before(self, node: GraphNode) -> Callable[[tuple[Tensor | None, ...]], None]:
        name = _short_name(node)

        def look(gradients: tuple[Tensor | None, ...]) -> None:
            turn, number = self._mode.turn, len(self._events)
            arrived = tuple(self._look(gradient) for gradient in gradients)
            kind: Kind
            if name == "AccumulateGrad":
                sequence, kind, inputs = None, "accumulate", self._leaf(node.variable, arrived)
            else:
                sequence, kind, inputs = node._sequence_nr(), "backward", tuple(r for r in arrived if r)
            forward = None if sequence is None else self._forward_of(sequence)
            saved = () if sequence is None else turn.saved.get(sequence, ())
            known = Node(name, number, forward, (), arrived, (), saved)
            self._events[node] = self._mode.event = len(turn.happened)
            turn.happened.append(Happened(kind, "backward", self._place, name, inputs, node=known, parent=self._call))

        return lambda gradients: self._mode.guarded(look, gradients)

    def _behind(self, node: GraphNode) -> Callable[[Any, Any], None]:
        def look(gradients: tuple[Tensor | None, ...]) -> None:
            event = self._mode.turn.happened[self._events[node]]
            assert event.node is not None  # set by the hook before
            if event.kind == "accumulate":
                gradients = (node.variable.grad,)
            passed = tuple(self._look(gradient) for gradient in gradients)
            event.node = replace(event.node, gradients_out=passed if event.kind == "backward" else ())
            event.outputs = tuple(reference for reference in passed if reference)
            self._mode.event = self._call

        return lambda gradients, _: self._mode.guarded(look, gradients)

    def _look(self, gradient: Tensor | None) -> Reference | None:
        found = references_of(self._mode.turn, gradient)
        return found[0] if found else None

    def _leaf(self, leaf: Tensor, arrived: tuple[Reference | None, ...]) -> tuple[Reference, ...]:
        before = self._look(leaf.grad)
        return tuple(r for r in (self._look(leaf), *arrived, before) if r)


def _short_name(node: GraphNode) -> str:
    return node.name().removeprefix("torch::autograd::")
