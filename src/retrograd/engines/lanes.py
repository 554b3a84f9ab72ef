"""A turn for many runs at once: every tensor gets the runs as its last dimension, its lanes.

Lanes come last because then each operation goes through memory in order, whatever the shape in front of them, and a
tensor that is the same for all runs is broadcast by PyTorch's own rule. That is two to three times faster than lanes
in front, where `torch.vmap` puts them; `torch.vmap` is asked only for operations without a rule here.
"""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import torch
from torch import Tensor, fx

from retrograd.engines.constants import SHAPE_ONLY
from retrograd.engines.flow import Flow
from retrograd.engines.rules import RULES, like_lanes, pointwise
from retrograd.errors import NotSweepableError

aten = torch.ops.aten


@dataclass(frozen=True)
class Lanes:
    """A turn for many runs."""

    graph: fx.GraphModule
    """Takes what the flow takes, and returns what it returns, each with lanes if it is marked below."""
    inputs: tuple[bool, ...]
    """Which inputs have lanes; those that have not are the same in all runs. The person's numbers come last."""
    outputs: tuple[bool, ...]
    """Which outputs have; the loss always has."""
    slow: tuple[str, ...]
    """Operations that no rule is written down for, so that `torch.vmap` runs them."""


def in_lanes(flow: Flow, inputs: Sequence[bool]) -> Lanes:
    """Return a turn for many runs.

    Args:
        flow: What one run does.
        inputs: Which of its inputs, numbers last, differ from run to run.

    Raises:
        NotSweepableError: An operation cannot be run for many runs at once.
    """
    writing = Writing(flow, inputs)
    graph, outputs = writing.graph()
    return Lanes(graph, tuple(inputs), outputs, tuple(dict.fromkeys(writing.slow)))


class Writing:
    """Writes the graph with lanes from the one without; the rules below ask it what they need to know."""

    def __init__(self, flow: Flow, inputs: Sequence[bool]) -> None:
        self._flow, self._inputs = flow, inputs
        self._new = fx.Graph()
        self._env: dict[fx.Node, fx.Node] = {}
        self._batched: dict[fx.Node, bool] = {}
        self.slow: list[str] = []

    def graph(self) -> tuple[fx.GraphModule, tuple[bool, ...]]:
        """Return the graph, and which of its outputs have lanes."""
        marks = iter(self._inputs)
        outputs: tuple[bool, ...] = ()
        for node in self._flow.graph.graph.nodes:
            if node.op == "placeholder":
                self._put(node, self._new.placeholder(node.name), next(marks))
            elif node.op == "get_attr":
                self._put(node, self._new.get_attr(str(node.target)), False)
            elif node.op == "output":
                results = list(node.args[0])
                loss = results[0]
                if not self._batched[loss]:
                    lanes = next(self._env[n] for n, mark in self._batched.items() if mark)
                    self._env[loss] = self._call(like_lanes, self._env[loss], lanes)
                    self._batched[loss] = True
                outputs = tuple(self._batched[result] for result in results)
                self._new.output([self._env[result] for result in results])
            else:
                self._write(node)
        return fx.GraphModule(self._flow.graph, self._new), outputs

    def _put(self, old: fx.Node, new: fx.Node, batched: bool) -> None:
        self._env[old], self._batched[old] = new, batched

    def _call(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> fx.Node:
        return self._new.call_function(function, arguments, keywords)

    def _write(self, node: fx.Node) -> None:
        sources = [source for source in node.all_input_nodes if self._batched[source]]
        if not sources or (node.target in SHAPE_ONLY and node.target is not aten.empty_like.default):
            self._put(node, self._written_once(node), False)
            return
        target: Any = node.target
        rule = RULES.get(target)
        if target is operator.getitem:
            made = self._call(target, *self._mapped(node.args))
        elif rule is not None:
            made = rule(self, node)
        elif torch.Tag.pointwise in getattr(target, "tags", ()):
            made = pointwise(self, node)
        else:
            made = self._vmapped(node)
        self._put(node, made, True)

    def _written_once(self, node: fx.Node) -> fx.Node:
        """Write an operation whose result is the same in all runs."""
        target: Any = node.target
        if target in SHAPE_ONLY and self._batched[node.all_input_nodes[0]]:
            meta = node.meta["tensor_meta"]
            value = SHAPE_ONLY[target](node)
            return self._call(torch.full, list(meta.shape), value, dtype=meta.dtype, device=self._flow.device)
        arguments = fx.map_arg(node.args, lambda n: self._env[n])
        keywords = fx.map_arg(node.kwargs, lambda n: self._env[n])
        return self._new.call_function(target, arguments, dict(keywords))

    def _mapped(self, arguments: Any) -> Any:
        return fx.map_arg(arguments, lambda n: self._env[n])

    def _vmapped(self, node: fx.Node) -> fx.Node:
        target: Any = node.target
        self.slow.append(str(target))
        nodes = node.all_input_nodes
        places = {source: number for number, source in enumerate(nodes)}
        mark: Any = lambda source: _Place(places[source])  # noqa: E731  # fx's types know no such argument
        arguments, keywords = fx.map_arg(node.args, mark), fx.map_arg(node.kwargs, mark)
        dims = tuple(-1 if self._batched[source] else None for source in nodes)
        function = partial(_with_vmap, target, arguments, dict(keywords), dims)
        function.__name__ = "vmapped"  # type: ignore[attr-defined]  # fx writes it into its code
        return self._call(function, *(self._env[source] for source in nodes))

    # ------------------------------------------------------------ what the rules ask for

    def rank(self, node: fx.Node) -> int:
        """Return the number of dimensions, lanes not counted."""
        return len(node.meta["tensor_meta"].shape)

    def shape(self, node: fx.Node) -> list[int]:
        """Return the shape without lanes."""
        return list(node.meta["tensor_meta"].shape)

    def has_lanes(self, node: fx.Node) -> bool:
        """Return whether a tensor differs from run to run."""
        return self._batched[node]

    def of(self, node: fx.Node) -> fx.Node:
        """Return what stands for a tensor in the new graph."""
        return self._env[node]

    def aligned(self, node: Any) -> Any:
        """Return a tensor so that it can be broadcast with one that has lanes."""
        if not isinstance(node, fx.Node):
            return node
        if self._batched[node] or not self.rank(node):
            return self._env[node]
        return self._call(aten.unsqueeze.default, self._env[node], -1)

    call = _call


@dataclass(frozen=True)
class _Place:
    number: int


def _with_vmap(target: Any, arguments: Any, keywords: Any, dims: tuple[int | None, ...], *tensors: Tensor) -> Any:
    def one(*own: Tensor) -> Any:
        fill = partial(_filled, own=own)
        result = target(*fill(arguments), **{key: fill(value) for key, value in keywords.items()})
        # What nobody asked for is None, such as the gradient of a convolution's input; vmap wants a tensor there.
        return tuple(own[0].new_zeros(()) if r is None else r for r in result) if isinstance(result, tuple) else result

    try:
        with _rules_only():
            return torch.vmap(one, in_dims=dims, out_dims=-1)(*tensors)
    except (RuntimeError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise NotSweepableError(f"{target} cannot be run for many runs at once: {reason}") from error


_ALLOWING = threading.Lock()
"""PyTorch has one such setting for all threads."""


@contextmanager
def _rules_only() -> Iterator[None]:
    """Without a rule for many, PyTorch would loop over the runs: correct, but slower than the person's own loop."""
    functorch: Any = vars(torch._C)["_functorch"]  # torch has no types for it
    with _ALLOWING:
        allowed = functorch._is_vmap_fallback_enabled()
        functorch._set_vmap_fallback_enabled(False)
        try:
            yield
        finally:
            functorch._set_vmap_fallback_enabled(allowed)


def _filled(part: Any, own: Sequence[Tensor]) -> Any:
    if isinstance(part, _Place):
        return own[part.number]
    if isinstance(part, (list, tuple)):
        return type(part)(_filled(entry, own) for entry in part)
    return part


def size_of(flow: Flow) -> int:
    """Return how many numbers one run needs at a time: the entries of the largest tensors of a turn, summed."""
    sizes = [prod(node.meta["tensor_meta"].shape) for node in flow.graph.graph.nodes if _is_tensor(node)]
    return sum(sorted(sizes)[-8:])


def entries_of(flow: Flow) -> int:
    """Return how many single numbers one run computes in a turn."""
    nodes = flow.graph.graph.nodes
    return sum(
        prod(node.meta["tensor_meta"].shape) for node in nodes if node.op == "call_function" and _is_tensor(node)
    )


def _is_tensor(node: fx.Node) -> bool:
    return hasattr(node.meta.get("tensor_meta"), "shape")
