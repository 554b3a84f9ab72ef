"""A turn for many runs at once: every tensor gets the runs as its last dimension, its lanes.

Lanes come last because then each operation goes through memory in order, whatever the shape in front of them, and a
tensor that is the same for all runs is broadcast by PyTorch's own rule. That is two to three times faster than lanes
in front, where `torch.vmap` puts them; `torch.vmap` is asked only for operations without a rule here.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import torch
from torch import Tensor, fx

from retrograd.engines.flow import Flow
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
    writing = _Writing(flow, inputs)
    graph, outputs = writing.graph()
    return Lanes(graph, tuple(inputs), outputs, tuple(dict.fromkeys(writing.slow)))


class _Writing:
    """Writes the graph with lanes from the one without."""

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
                    self._env[loss] = self._call(_like_lanes, self._env[loss], lanes)
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
        if not sources or (node.target in _SHAPED_LIKE and node.target is not aten.empty_like.default):
            self._put(node, self._written_once(node), False)
            return
        target: Any = node.target
        rule = _RULES.get(target)
        if target is operator.getitem:
            made = self._call(target, *self._mapped(node.args))
        elif rule is not None:
            made = rule(self, node)
        elif torch.Tag.pointwise in getattr(target, "tags", ()):
            made = _pointwise(self, node)
        else:
            made = self._vmapped(node)
        self._put(node, made, True)

    def _written_once(self, node: fx.Node) -> fx.Node:
        """Write an operation whose result is the same in all runs."""
        target: Any = node.target
        if target in _SHAPED_LIKE and self._batched[node.all_input_nodes[0]]:
            meta = node.meta["tensor_meta"]
            value = _SHAPED_LIKE[target](node)
            return self._call(torch.full, list(meta.shape), value, dtype=meta.dtype)
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

    # ------------------------------------------------------------ what the rules below ask for

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
        return target(*fill(arguments), **{key: fill(value) for key, value in keywords.items()})

    with warnings.catch_warnings():
        # A missing batching rule is a loop over the runs: correct, but slower than the person's own loop.
        warnings.filterwarnings("error", message=".*performance drop.*")
        try:
            return torch.vmap(one, in_dims=dims, out_dims=-1)(*tensors)
        except (RuntimeError, UserWarning) as error:
            reason = str(error).strip().partition("\n")[0]
            raise NotSweepableError(f"{target} cannot be run for many runs at once: {reason}") from error


def _filled(part: Any, own: Sequence[Tensor]) -> Any:
    if isinstance(part, _Place):
        return own[part.number]
    if isinstance(part, (list, tuple)):
        return type(part)(_filled(entry, own) for entry in part)
    return part


def _like_lanes(tensor: Tensor, lanes: Tensor) -> Tensor:
    return tensor.unsqueeze(-1).expand(*tensor.shape, lanes.shape[-1])


# ---------------------------------------------------------------- rules

Rule = Callable[[_Writing, fx.Node], fx.Node]


def _pointwise(writing: _Writing, node: fx.Node) -> fx.Node:
    arguments = fx.map_arg(node.args, writing.aligned)
    keywords = fx.map_arg(node.kwargs, writing.aligned)
    made = writing.call(node.target, *arguments, **dict(keywords))  # type: ignore[arg-type]
    sources = [source.meta["tensor_meta"].dtype for source in node.all_input_nodes]
    wanted = node.meta["tensor_meta"].dtype
    # A number has no say in PyTorch's choice of the dtype, but its lanes have.
    if len(set(sources)) > 1 and wanted.is_floating_point:
        return writing.call(aten._to_copy.default, made, dtype=wanted)
    return made


def _reshaped(tensor: Tensor, shape: list[int]) -> Tensor:
    return tensor.reshape([*shape, tensor.shape[-1]])


def _reshape(writing: _Writing, node: fx.Node) -> fx.Node:
    return writing.call(_reshaped, writing.of(node.args[0]), writing.shape(node))  # type: ignore[arg-type]


def _expanded(tensor: Tensor, shape: list[int]) -> Tensor:
    return tensor.expand([*shape, tensor.shape[-1]])


def _expand(writing: _Writing, node: fx.Node) -> fx.Node:
    return writing.call(_expanded, writing.of(node.args[0]), writing.shape(node))  # type: ignore[arg-type]


def _permute(writing: _Writing, node: fx.Node) -> fx.Node:
    source, dims = node.args
    rank = writing.rank(source)  # type: ignore[arg-type]
    order = [int(dim) % rank for dim in dims]  # type: ignore[union-attr]
    return writing.call(aten.permute.default, writing.of(source), [*order, rank])  # type: ignore[arg-type]


def _along(*places: int, extra: int = 0) -> Rule:
    """Return the rule of an operation whose arguments at these places are dimensions."""

    def rule(writing: _Writing, node: fx.Node) -> fx.Node:
        first: Any = node.args[0]
        source = first[0] if isinstance(first, (list, tuple)) else first
        rank = writing.rank(source) + extra  # type: ignore[arg-type]
        arguments = list(node.args)
        arguments += [0] * (max(places) + 1 - len(arguments))
        for place in places:
            dims = arguments[place]
            arguments[place] = [int(d) % rank for d in dims] if isinstance(dims, (list, tuple)) else int(dims) % rank  # type: ignore[arg-type]
        if isinstance(first, (list, tuple)):
            arguments[0] = [_spread(writing, entry, first) for entry in first]
            rest = fx.map_arg(tuple(arguments[1:]), writing.of)
            return writing.call(node.target, arguments[0], *rest, **node.kwargs)  # type: ignore[arg-type]
        return writing.call(node.target, *fx.map_arg(tuple(arguments), writing.of), **node.kwargs)  # type: ignore[arg-type]

    return rule


def _spread(writing: _Writing, node: fx.Node, among: Sequence[fx.Node]) -> fx.Node:
    if writing.has_lanes(node):
        return writing.of(node)
    lanes = next(entry for entry in among if writing.has_lanes(entry))
    return writing.call(_like_lanes, writing.of(node), writing.of(lanes))


def _reduce(writing: _Writing, node: fx.Node) -> fx.Node:
    source = node.args[0]
    rank = writing.rank(source)  # type: ignore[arg-type]
    dims = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim")
    if dims is None or dims == []:
        dims = list(range(rank))
    dims = [int(dim) % rank for dim in (dims if isinstance(dims, (list, tuple)) else [dims])] if rank else []  # type: ignore[arg-type]
    keywords = {key: value for key, value in node.kwargs.items() if key != "dim"}
    keep = node.args[2] if len(node.args) > 2 else keywords.pop("keepdim", False)
    target: Any = node.target
    if not dims:
        return writing.of(source)  # type: ignore[arg-type]
    return writing.call(_REDUCTIONS[target], writing.of(source), dims, keep, **keywords)  # type: ignore[arg-type]


_REDUCTIONS: dict[Any, Any] = {
    aten.sum.default: aten.sum.dim_IntList,
    aten.sum.dim_IntList: aten.sum.dim_IntList,
    aten.mean.default: aten.mean.dim,
    aten.mean.dim: aten.mean.dim,
    aten.amax.default: aten.amax.default,
    aten.amin.default: aten.amin.default,
}


def _variance(writing: _Writing, node: fx.Node) -> fx.Node:
    rank = writing.rank(node.args[0])  # type: ignore[arg-type]
    dims = node.args[1] if len(node.args) > 1 and node.args[1] is not None else list(range(rank))
    dims = [int(dim) % rank for dim in dims]  # type: ignore[union-attr]
    return writing.call(node.target, writing.of(node.args[0]), dims, **node.kwargs)  # type: ignore[arg-type]


def _multiply(writing: _Writing, node: fx.Node) -> fx.Node:
    a, b = list[Any](node.args)[:2]
    return writing.call(
        _product(writing, a, b),
        writing.of(a),
        writing.of(b),  # type: ignore[arg-type]
    )


def _product(writing: _Writing, a: Any, b: Any) -> Callable[[Tensor, Tensor], Tensor]:
    if not writing.has_lanes(a):
        return _matrix_with_lanes
    if not writing.has_lanes(b):
        return _lanes_with_matrix
    n, k = writing.shape(a)
    m = writing.shape(b)[1]
    if k == 1:
        return _outer
    if n * k * m <= 16 * max(n * k, k * m, n * m):
        return _summed
    return _batched


def _matrix_with_lanes(a: Tensor, b: Tensor) -> Tensor:
    k, m, lanes = b.shape
    return torch.mm(a, b.reshape(k, m * lanes)).view(a.shape[0], m, lanes)


def _lanes_with_matrix(a: Tensor, b: Tensor) -> Tensor:
    n, k, lanes = a.shape
    turned = torch.mm(b.t(), a.transpose(0, 1).reshape(k, n * lanes))
    return turned.view(b.shape[1], n, lanes).transpose(0, 1)


def _outer(a: Tensor, b: Tensor) -> Tensor:
    return a * b


def _summed(a: Tensor, b: Tensor) -> Tensor:
    k = a.shape[1]
    if k <= 16:
        total = a[:, 0].unsqueeze(1) * b[0]
        for place in range(1, k):
            total = total + a[:, place].unsqueeze(1) * b[place]
        return total
    return (a.unsqueeze(2) * b.unsqueeze(0)).sum(1)


def _batched(a: Tensor, b: Tensor) -> Tensor:
    return torch.bmm(a.permute(2, 0, 1), b.permute(2, 0, 1)).permute(1, 2, 0)


def _add_product(writing: _Writing, node: fx.Node) -> fx.Node:
    bias, a, b = node.args
    alpha, beta = node.kwargs.get("alpha", 1), node.kwargs.get("beta", 1)
    if not (writing.has_lanes(a) or writing.has_lanes(b)):  # type: ignore[arg-type]
        plain = writing.call(torch.mm, writing.of(a), writing.of(b))  # type: ignore[arg-type]
        product = writing.call(aten.unsqueeze.default, plain, -1)
    else:
        product = writing.call(_product(writing, a, b), writing.of(a), writing.of(b))  # type: ignore[arg-type]
    if alpha != 1:
        product = writing.call(torch.mul, product, alpha)
    added = writing.aligned(bias)
    if beta != 1:
        added = writing.call(torch.mul, added, beta)
    return writing.call(torch.add, product, added)


def _copy(writing: _Writing, node: fx.Node) -> fx.Node:
    into, source = node.args[0], node.args[1]
    lanes = into if writing.has_lanes(into) else source  # type: ignore[arg-type]
    meta = node.meta["tensor_meta"]
    return writing.call(_copied, writing.aligned(source), writing.of(lanes), list(meta.shape), meta.dtype)  # type: ignore[arg-type]


def _copied(source: Tensor, lanes: Tensor, shape: list[int], dtype: torch.dtype) -> Tensor:
    return source.to(dtype).expand([*shape, lanes.shape[-1]])


def _pad(writing: _Writing, node: fx.Node) -> fx.Node:
    source, pad, *value = list[Any](node.args)
    return writing.call(aten.constant_pad_nd.default, writing.of(source), [0, 0, *pad], *value)  # type: ignore[arg-type, misc]


def _slice_scatter(writing: _Writing, node: fx.Node) -> fx.Node:
    into, source, *rest = list[Any](node.args)
    dim = (rest[0] if rest else 0) % writing.rank(into)
    both = [_spread(writing, tensor, (into, source)) for tensor in (into, source)]
    return writing.call(aten.slice_scatter.default, *both, dim, *rest[1:])


def _same(writing: _Writing, node: fx.Node) -> fx.Node:
    source: Any = node.args[0]
    return writing.of(source)


_RULES: dict[Any, Rule] = {
    aten.view.default: _reshape,
    aten._unsafe_view.default: _reshape,
    aten.reshape.default: _reshape,
    aten.expand.default: _expand,
    aten.permute.default: _permute,
    aten.transpose.int: _along(1, 2),
    aten.unsqueeze.default: _along(1, extra=1),
    aten.squeeze.dim: _along(1),
    aten.squeeze.dims: _along(1),
    aten.select.int: _along(1),
    aten.slice.Tensor: _along(1),
    aten.cat.default: _along(1),
    aten.stack.default: _along(1, extra=1),
    aten.split.Tensor: _along(2),
    aten.split_with_sizes.default: _along(2),
    aten.unbind.int: _along(1),
    aten.flip.default: _along(1),
    aten.cumsum.default: _along(1),
    aten._softmax.default: _along(1),
    aten._log_softmax.default: _along(1),
    aten.index_select.default: _along(1),
    aten.sum.default: _reduce,
    aten.sum.dim_IntList: _reduce,
    aten.mean.default: _reduce,
    aten.mean.dim: _reduce,
    aten.amax.default: _reduce,
    aten.amin.default: _reduce,
    aten.var.correction: _variance,
    aten.mm.default: _multiply,
    aten.addmm.default: _add_product,
    aten.copy.default: _copy,
    aten.constant_pad_nd.default: _pad,
    aten.slice_scatter.default: _slice_scatter,
    aten.clone.default: _same,
    aten.empty_like.default: _same,
}
"""How an operation is written for tensors whose last dimension are lanes. Elementwise ones need no row: PyTorch tags
them, and they are called as they are."""

_SHAPED_LIKE: dict[Any, Callable[[fx.Node], Any]] = {
    aten.full_like.default: lambda node: node.args[1],
    aten.zeros_like.default: lambda node: 0,
    aten.ones_like.default: lambda node: 1,
    aten.empty_like.default: lambda node: 0,
}
"""Operations that look at a tensor's shape only: what they make is the same in all runs."""


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
