"""A flow as nests: how each of PyTorch's operations is written as loops."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor, fx

from retrograd.engines.building import Axes, Building
from retrograd.engines.constants import known_in
from retrograd.engines.flow import Flow
from retrograd.engines.forms import ENTRY_BY_ENTRY
from retrograd.engines.nests import Access, Combine, Kind, Nest, Nested, NotNestedError, View

aten = torch.ops.aten


def nested(flow: Flow, fixed: Sequence[Tensor | None], outside: Sequence[bool], dtype: torch.dtype) -> Nested:
    """Return a turn as nests.

    Args:
        flow: What one run does.
        fixed: For each input of the flow, numbers last, its value if it is the same in all runs and turns, else None.
        outside: Which inputs are the same in all runs, but another in each turn.
        dtype: What is computed in.

    Raises:
        NotNestedError: An operation has no form here.
    """
    # Which axes are the same shows only when all is built; then it is built again with the rows outermost.
    first = Building(dtype, {}, None)
    _Lowering(first, flow, fixed, outside).nested(None)
    rows = _most_work(first.nests, first.axes)
    final = {axis: first.axes.find(axis) for axis in range(first.axes.count)}
    return _Lowering(Building(dtype, final, rows), flow, fixed, outside).nested(rows)


def _most_work(nests: Sequence[Nest], axes: Axes) -> int | None:
    """Return the axis along which most is computed, of those that no tensor and no nest has twice."""
    work: dict[int, int] = {}
    extents: dict[int, int] = {}
    twice: set[int] = set()
    for nest in nests:
        own = [axes.find(axis) for axis in nest.axes]
        for axis, extent in zip(own, nest.extents, strict=True):
            work[axis] = work.get(axis, 0) + prod(nest.extents)
            extents[axis] = extent
        twice |= _doubled(own)
        for buffer in (nest.out.buffer, *(o.buffer for o in nest.operands if isinstance(o, Access))):
            twice |= _doubled([axes.find(axis) for axis in buffer.axes if axis >= 0])
    candidates = {axis: amount for axis, amount in work.items() if axis not in twice}
    return max(candidates, key=lambda axis: (candidates[axis], extents[axis]), default=None)


def _doubled(axes: Sequence[int]) -> set[int]:
    return {axis for axis in axes if axes.count(axis) > 1}


class _Lowering:
    """Goes through a flow and builds the nests."""

    def __init__(self, building: Building, flow: Flow, fixed: Sequence[Tensor | None], outside: Sequence[bool]) -> None:
        self._building, self._flow, self._outside = building, flow, outside
        self._known = known_in(flow, fixed)
        self._env: dict[fx.Node, Any] = {}

    def nested(self, rows: int | None) -> Nested:
        """Return the turn whose work goes along some rows."""
        graph, building = self._flow.graph.graph, self._building
        self._begin([node for node in graph.nodes if node.op == "placeholder"])
        for node in graph.nodes:
            if node.op == "call_function" and node not in self._known:
                self._env[node] = self._done(node)
        results = next(node for node in graph.nodes if node.op == "output").args[0]
        outputs = tuple(
            self._known[node] if node in self._known else building.own(self._env[node]) for node in results[1:]
        )
        work = sum(prod(nest.extents) for nest in building.nests)
        return Nested(tuple(building.nests), self._read(results[0]), outputs, building.constants, rows, work)

    def _begin(self, inputs: Sequence[fx.Node]) -> None:
        places = {"state": 0, "outside": 0}
        numbers = len(self._flow.inputs)
        for position, node in enumerate(inputs):
            if node in self._known:
                continue
            self._check(node)
            shape = tuple(node.meta["tensor_meta"].shape)
            if position >= numbers:
                self._env[node] = self._building.new(shape, "number", position - numbers)
                continue
            kind: Kind = "outside" if self._outside[position] else "state"
            self._env[node] = self._building.new(shape, kind, places[kind])
            places[kind] += prod(shape)

    def _check(self, node: fx.Node) -> None:
        kind = node.meta["tensor_meta"].dtype
        if kind not in (self._building.dtype, torch.bool):
            precisions = f"{kind} beside {self._building.dtype}"
            raise NotNestedError(f"a turn computes in several precisions or with whole numbers ({precisions})")

    def _done(self, node: fx.Node) -> Any:
        target: Any = node.target
        arguments = [self._read(part) for part in node.args]
        if target is operator.getitem:
            return arguments[0][arguments[1]]
        meta: Any = node.meta.get("tensor_meta")
        counts = target in _SUMS and isinstance(arguments[0], View) and arguments[0].buffer.truth
        if hasattr(meta, "dtype") and not counts:
            self._check(node)
        if target in _RESHAPES:
            return self._building.viewed(arguments[0], lambda tensor: tensor.view(tuple(meta.shape)))
        if target in _VIEWS:
            return self._building.viewed(arguments[0], lambda tensor: target(tensor, *node.args[1:], **node.kwargs))
        if target in ENTRY_BY_ENTRY:
            truth = meta.dtype == torch.bool
            return self._building.pointwise(ENTRY_BY_ENTRY[target], arguments, truth=truth)
        rule = _RULES.get(target)
        if rule is None:
            raise NotNestedError(f"{target} has no form in C++ here")
        keywords = {key: self._read(value) for key, value in node.kwargs.items()}
        try:
            return rule(self._building, tuple(getattr(meta, "shape", ())), *arguments, **keywords)
        except (TypeError, AttributeError) as error:
            raise NotNestedError(f"{target} is used in a way that has no form in C++ here: {error}") from error

    def _read(self, part: Any) -> Any:
        """Return the view that stands for a tensor; what is no tensor stays as it is."""
        if isinstance(part, (list, tuple)):
            return [self._read(entry) for entry in part]
        if isinstance(part, fx.Node) and part not in self._env:
            self._env[part] = self._building.constant(self._known[part])
        return self._env[part] if isinstance(part, fx.Node) else part


_SUMS = (aten.sum.default, aten.sum.dim_IntList)
_RESHAPES = (aten.view.default, aten._unsafe_view.default, aten.reshape.default)
_VIEWS = (
    *_RESHAPES, aten.permute.default, aten.transpose.int, aten.t.default, aten.expand.default, aten.select.int,
    aten.slice.Tensor, aten.unsqueeze.default, aten.squeeze.dim, aten.squeeze.dims, aten.squeeze.default,
    aten.split.Tensor, aten.split_with_sizes.default, aten.unbind.int,
)  # fmt: skip


def _add(building: Building, shape: Any, a: Any, b: Any, alpha: Any = 1) -> Any:
    return building.pointwise(torch.add, [a, b if alpha == 1 else _times(building, b, alpha)])


def _sub(building: Building, shape: Any, a: Any, b: Any, alpha: Any = 1) -> Any:
    return building.pointwise(torch.sub, [a, b if alpha == 1 else _times(building, b, alpha)])


def _times(building: Building, a: Any, factor: float) -> Any:
    return building.each(torch.mul, a, factor) if isinstance(a, View) else a * factor


def _clamp(building: Building, shape: Any, a: Any, least: Any = None, most: Any = None) -> Any:
    if least is not None:
        a = building.each(torch.clamp_min, a, float(least))
    return a if most is None else building.each(torch.clamp_max, a, float(most))


def _mm(building: Building, shape: Any, a: View, b: View) -> View:
    return building.product(a, b)


def _addmm(building: Building, shape: Any, bias: Any, a: Any, b: Any, beta: Any = 1, alpha: Any = 1) -> View:
    product = _mm(building, shape, a, b)
    product = product if alpha == 1 else building.each(torch.mul, product, alpha)
    return building.pointwise(torch.add, [product, bias if beta == 1 else _times(building, bias, beta)])


def _reduction(combine: Combine) -> Callable[..., Any]:
    def rule(building: Building, shape: Any, a: View, dims: Any = None, keep: bool = False, **_: Any) -> View:
        every = list(range(len(a.shape)))
        dims = every if dims is None or dims == [] else dims if isinstance(dims, list) else [dims]
        return building.reduced(a, dims, keep, combine) if a.shape else a

    return rule


def _mean(building: Building, shape: Any, a: View, dims: Any = None, keep: bool = False, **_: Any) -> View:
    total = _reduction("add")(building, shape, a, dims, keep)
    return building.pointwise(torch.div, [total, float(prod(a.shape) // max(1, prod(total.shape)))])


def _variance(building: Building, shape: Any, a: View, dims: Any = None, correction: Any = 1, keepdim: Any = False):
    away = building.each(torch.sub, a, _mean(building, None, a, dims, True))
    total = _reduction("add")(building, shape, building.each(torch.mul, away, away), dims, keepdim)
    count = prod(a.shape) // max(1, prod(total.shape))
    return building.each(torch.div, total, float(count - (1 if correction is None else correction)))


def _gelu(building: Building, shape: Any, a: View, approximate: str = "none") -> View:
    if approximate != "none":
        raise TypeError(f"approximate={approximate!r}")
    grown = building.each(torch.add, building.each(torch.erf, building.each(torch.mul, a, 0.5**0.5)), 1.0)
    return building.each(torch.mul, building.each(torch.mul, a, 0.5), grown)


def _layer_norm(
    building: Building, shape: Any, a: View, over: Sequence[int], weight: Any, bias: Any, eps: float
) -> Any:
    dims = [-n for n in range(1, len(over) + 1)]
    mean = _mean(building, None, a, dims, True)
    away = building.each(torch.sub, a, mean)
    variance = _mean(building, None, building.each(torch.mul, away, away), dims, True)
    scale = building.each(torch.rsqrt, building.each(torch.add, variance, eps))
    out = building.each(torch.mul, away, scale)
    if weight is not None:
        out = building.pointwise(torch.mul, [out, weight])
    return [out if bias is None else building.pointwise(torch.add, [out, bias]), mean, scale]


def _slice_scatter(
    building: Building, shape: Any, into: View, source: View, dim: int = 0, first: Any = None, last: Any = None,
    step: int = 1,
) -> View:  # fmt: skip
    if step != 1:
        raise TypeError(f"step={step}")
    size = shape[dim]
    begin, end, _ = slice(first, last).indices(size)
    before = building.viewed(into, lambda tensor: tensor.narrow(dim, 0, begin))
    after = building.viewed(into, lambda tensor: tensor.narrow(dim, end, size - end))
    return building.joined([piece for piece in (before, source, after) if piece.shape[dim]], dim, shape)


def _softmax(building: Building, shape: Any, a: View, dim: int, half: bool = False) -> View:
    away = building.each(torch.sub, a, building.reduced(a, [dim], True, "maximum"))
    raised = building.each(torch.exp, away)
    return building.each(torch.div, raised, building.reduced(raised, [dim], True, "add"))


def _log_softmax(building: Building, shape: Any, a: View, dim: int, half: bool = False) -> View:
    away = building.each(torch.sub, a, building.reduced(a, [dim], True, "maximum"))
    total = building.reduced(building.each(torch.exp, away), [dim], True, "add")
    return building.each(torch.sub, away, building.each(torch.log, total))


def _cast(building: Building, shape: Any, a: View, **_: Any) -> View:
    return building.each(torch.where, a, 1.0, 0.0) if a.buffer.truth else a


def _copy(building: Building, shape: Any, a: Any, b: View, *_: Any) -> View:
    return b if b.shape == tuple(shape) else building.spread(b, shape)


_RULES: dict[Any, Callable[..., Any]] = {
    aten.add.Tensor: _add, aten.add.Scalar: _add, aten.sub.Tensor: _sub, aten.sub.Scalar: _sub,
    aten.rsub.Scalar: lambda building, shape, a, b, alpha=1: _sub(building, shape, b, a, alpha),
    aten.clamp.default: _clamp, aten.clamp_min.default: _clamp,
    aten.clamp_max.default: lambda building, shape, a, most: _clamp(building, shape, a, None, most),
    aten.mm.default: _mm, aten.bmm.default: _mm, aten.addmm.default: _addmm,
    aten.sum.default: _reduction("add"), aten.sum.dim_IntList: _reduction("add"),
    aten.amax.default: _reduction("maximum"), aten.amin.default: _reduction("minimum"),
    aten.mean.default: _mean, aten.mean.dim: _mean, aten.var.correction: _variance,
    aten.slice_scatter.default: _slice_scatter, aten.gelu.default: _gelu, aten.native_layer_norm.default: _layer_norm,
    aten._softmax.default: _softmax, aten._log_softmax.default: _log_softmax,
    aten.clone.default: lambda building, shape, a, **_: a, aten._to_copy.default: _cast, aten.copy.default: _copy,
    aten.cat.default: lambda building, shape, views, dim=0: building.joined(views, dim, shape),
}  # fmt: skip
"""How other operations are written as nests."""
