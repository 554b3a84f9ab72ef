"""How PyTorch's operations are written for tensors whose last dimension are lanes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, fx

if TYPE_CHECKING:
    from retrograd.engines.lanes import Writing

aten = torch.ops.aten


def like_lanes(tensor: Tensor, lanes: Tensor) -> Tensor:
    """Return a tensor with as many lanes as another one has."""
    return tensor.unsqueeze(-1).expand(*tensor.shape, lanes.shape[-1])


Rule = Callable[["Writing", fx.Node], fx.Node]


def pointwise(writing: Writing, node: fx.Node) -> fx.Node:
    """Write an operation that takes each entry by itself."""
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


def _reshape(writing: Writing, node: fx.Node) -> fx.Node:
    return writing.call(_reshaped, writing.of(node.args[0]), writing.shape(node))  # type: ignore[arg-type]


def _expanded(tensor: Tensor, shape: list[int]) -> Tensor:
    return tensor.expand([*shape, tensor.shape[-1]])


def _expand(writing: Writing, node: fx.Node) -> fx.Node:
    return writing.call(_expanded, writing.of(node.args[0]), writing.shape(node))  # type: ignore[arg-type]


def _permute(writing: Writing, node: fx.Node) -> fx.Node:
    source, dims = node.args
    rank = writing.rank(source)  # type: ignore[arg-type]
    order = [int(dim) % rank for dim in dims]  # type: ignore[union-attr]
    return writing.call(aten.permute.default, writing.of(source), [*order, rank])  # type: ignore[arg-type]


def _along(*places: int, extra: int = 0) -> Rule:
    """Return the rule of an operation whose arguments at these places are dimensions."""

    def rule(writing: Writing, node: fx.Node) -> fx.Node:
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


def _spread(writing: Writing, node: fx.Node, among: Sequence[fx.Node]) -> fx.Node:
    if writing.has_lanes(node):
        return writing.of(node)
    lanes = next(entry for entry in among if writing.has_lanes(entry))
    return writing.call(like_lanes, writing.of(node), writing.of(lanes))


def _reduce(writing: Writing, node: fx.Node) -> fx.Node:
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


def _variance(writing: Writing, node: fx.Node) -> fx.Node:
    rank = writing.rank(node.args[0])  # type: ignore[arg-type]
    dims = node.args[1] if len(node.args) > 1 and node.args[1] is not None else list(range(rank))
    dims = [int(dim) % rank for dim in dims]  # type: ignore[union-attr]
    return writing.call(node.target, writing.of(node.args[0]), dims, **node.kwargs)  # type: ignore[arg-type]


def _multiply(writing: Writing, node: fx.Node) -> fx.Node:
    a, b = list[Any](node.args)[:2]
    return writing.call(
        _product(writing, a, b),
        writing.of(a),
        writing.of(b),  # type: ignore[arg-type]
    )


def _product(writing: Writing, a: Any, b: Any) -> Callable[[Tensor, Tensor], Tensor]:
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
        total = a.select(1, 0).unsqueeze(1) * b.select(0, 0)
        for place in range(1, k):
            total = total + a.select(1, place).unsqueeze(1) * b.select(0, place)
        return total
    return (a.unsqueeze(2) * b.unsqueeze(0)).sum(1)


def _batched(a: Tensor, b: Tensor) -> Tensor:
    return torch.bmm(a.permute(2, 0, 1), b.permute(2, 0, 1)).permute(1, 2, 0)


def _add_product(writing: Writing, node: fx.Node) -> fx.Node:
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


def _copy(writing: Writing, node: fx.Node) -> fx.Node:
    into, source = node.args[0], node.args[1]
    lanes = into if writing.has_lanes(into) else source  # type: ignore[arg-type]
    meta = node.meta["tensor_meta"]
    return writing.call(_copied, writing.aligned(source), writing.of(lanes), list(meta.shape), meta.dtype)  # type: ignore[arg-type]


def _copied(source: Tensor, lanes: Tensor, shape: list[int], dtype: torch.dtype) -> Tensor:
    return source.to(dtype).expand([*shape, lanes.shape[-1]])


def _pad(writing: Writing, node: fx.Node) -> fx.Node:
    source, pad, *value = list[Any](node.args)
    return writing.call(aten.constant_pad_nd.default, writing.of(source), [0, 0, *pad], *value)  # type: ignore[arg-type, misc]


def _slice_scatter(writing: Writing, node: fx.Node) -> fx.Node:
    into, source, *rest = list[Any](node.args)
    dim = (rest[0] if rest else 0) % writing.rank(into)
    both = [_spread(writing, tensor, (into, source)) for tensor in (into, source)]
    return writing.call(aten.slice_scatter.default, *both, dim, *rest[1:])


def _same(writing: Writing, node: fx.Node) -> fx.Node:
    source: Any = node.args[0]
    return writing.of(source)


RULES: dict[Any, Rule] = {
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
