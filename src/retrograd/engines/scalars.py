"""A turn taken apart into single numbers, each of which is a vector over the runs.

When every entry of every tensor is a vector of its own, all operations have one shape, and a compiler can put whole
turns, many of them, into one loop that never leaves the registers. Entries that are the same in all runs are constants
here: sums with zero, products with one and whatever is computed from constants alone are done once, while this is
written. Nothing is rearranged: what is left is computed in the order of the recorded operations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, fx

from retrograd.engines.flow import Flow
from retrograd.engines.forms import ENTRY_BY_ENTRY
from retrograd.errors import NotSweepableError

aten = torch.ops.aten

MOST = 1500
"""Beyond so many operations on vectors in one turn, matrices as wholes are faster."""


@dataclass(frozen=True)
class Scalars:
    """A turn as operations on vectors over the runs."""

    steps: tuple[tuple[Any, tuple[Any, ...]], ...]
    """Operations in order: PyTorch's function, and its arguments: `Lane` or a number."""
    inputs: int
    """The first so many lanes are what goes in."""
    outputs: tuple[Any, ...]
    """What each entry that is wanted is in the end: `Lane` or a number. The loss comes first."""
    entries: tuple[int, ...]
    """How many entries each output of the flow has, the loss not counted."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A vector over the runs: what goes in, then the results of the operations, are numbered on."""

    number: int


class NotScalarError(NotSweepableError):
    """A turn cannot be taken apart in this way; another engine can run it."""


def taken_apart(flow: Flow, fixed: Sequence[Tensor | None]) -> Scalars:
    """Return a turn as operations on vectors.

    Args:
        flow: What one run does.
        fixed: For each input of the flow, numbers last, its value if it is the same in all runs, else None.

    Raises:
        NotScalarError: An operation is not known here, or there would be too many.
    """
    return _Apart(flow, fixed).scalars()


class _Apart:
    def __init__(self, flow: Flow, fixed: Sequence[Tensor | None]) -> None:
        self._flow, self._fixed = flow, fixed
        self._steps: list[tuple[Any, tuple[Any, ...]]] = []
        self._known: dict[Any, Any] = {}
        self._inputs = 0
        kinds = {node.meta["tensor_meta"].dtype for node in flow.graph.graph.nodes if "tensor_meta" in node.meta
                 if hasattr(node.meta["tensor_meta"], "dtype")}  # fmt: skip
        floating = {kind for kind in kinds if kind.is_floating_point}
        if len(floating) != 1:
            raise NotScalarError(f"a turn computes in several precisions ({', '.join(sorted(map(str, floating)))})")
        self.dtype = floating.pop()

    def scalars(self) -> Scalars:
        """Return what the flow is."""
        env: dict[fx.Node, Any] = {}
        marks = iter(self._fixed)
        placeholders = [node for node in self._flow.graph.graph.nodes if node.op == "placeholder"]
        for node in placeholders:
            value = next(marks)
            if value is None:
                shape = tuple(node.meta["tensor_meta"].shape)
                env[node] = np.array([self._input() for _ in range(math.prod(shape))], object).reshape(shape)
            else:
                env[node] = _entries(value)
        for node in self._flow.graph.graph.nodes:
            if node.op == "call_function":
                env[node] = self._done(node, env)
                if len(self._steps) > MOST:
                    raise NotScalarError(f"a turn would be more than {MOST} operations on single numbers")
            elif node.op == "get_attr":
                env[node] = _entries(getattr(self._flow.graph, str(node.target)))
            elif node.op == "output":
                results = [env[result] for result in node.args[0]]
                flat = tuple(entry for result in results for entry in result.reshape(-1))
                counts = tuple(result.size for result in results[1:])
                return self._without_waste(flat, counts)
        raise AssertionError("a graph without an output")

    def _input(self) -> Lane:
        self._inputs += 1
        return Lane(self._inputs - 1)

    def _without_waste(self, outputs: tuple[Any, ...], counts: tuple[int, ...]) -> Scalars:
        needed = {entry.number for entry in outputs if isinstance(entry, Lane)}
        for number in range(len(self._steps) - 1, -1, -1):
            if number + self._inputs in needed:
                needed |= {entry.number for entry in self._steps[number][1] if isinstance(entry, Lane)}
        names = {number: number for number in range(self._inputs)}
        steps: list[tuple[Any, tuple[Any, ...]]] = []

        def renamed(entry: Any) -> Any:
            return Lane(names[entry.number]) if isinstance(entry, Lane) else entry

        for number, (function, arguments) in enumerate(self._steps):
            if number + self._inputs in needed:
                steps.append((function, tuple(map(renamed, arguments))))
                names[number + self._inputs] = self._inputs + len(steps) - 1
        return Scalars(tuple(steps), self._inputs, tuple(map(renamed, outputs)), counts)

    # ------------------------------------------------------------ one number at a time

    def call(self, function: Any, *arguments: Any) -> Any:
        """Return the result of an operation on single numbers: a number if all arguments are, else a lane."""
        if not any(isinstance(argument, Lane) for argument in arguments):
            tensors = [torch.tensor(a, dtype=self.dtype) if isinstance(a, float) else a for a in arguments]
            if not any(isinstance(tensor, Tensor) for tensor in tensors):
                tensors[0] = torch.tensor(tensors[0])
            return function(*tensors).item()
        shortcut = _SHORTCUTS.get(function)
        if shortcut is not None:
            found = shortcut(*arguments)
            if found is not None:
                return found
        key = (function, arguments)
        if key not in self._known:
            self._steps.append(key)
            self._known[key] = Lane(self._inputs + len(self._steps) - 1)
        return self._known[key]

    def each(self, function: Any, *arrays: Any) -> Any:
        """Apply an operation entry by entry."""
        arrays = tuple(np.asarray(array, object) for array in arrays)
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
        columns = [np.broadcast_to(array, shape).reshape(-1) for array in arrays]
        found = np.empty(math.prod(shape), object)
        for place, entries in enumerate(zip(*columns, strict=True)):
            found[place] = self.call(function, *entries)
        return found.reshape(shape)

    def total(self, entries: Sequence[Any]) -> Any:
        """Add up numbers, one after another."""
        result = entries[0]
        for entry in entries[1:]:
            result = self.call(torch.add, result, entry)
        return result

    def _done(self, node: fx.Node, env: dict[fx.Node, Any]) -> Any:
        arguments = fx.map_arg(node.args, lambda source: env[source])
        keywords = fx.map_arg(node.kwargs, lambda source: env[source])
        target: Any = node.target
        shape = tuple(getattr(node.meta.get("tensor_meta"), "shape", ()))
        if target in ENTRY_BY_ENTRY:
            return self.each(ENTRY_BY_ENTRY[target], *arguments)  # type: ignore[misc]
        rule = _RULES.get(target)
        if rule is None:
            raise NotScalarError(f"{target} is not known number by number")
        try:
            return rule(self, shape, *arguments, **dict(keywords))  # type: ignore[misc]
        except TypeError as error:
            raise NotScalarError(f"{target} is used in a way that is not known number by number: {error}") from error


def _entries(tensor: Tensor) -> Any:
    found = np.empty(tensor.numel(), object)
    found[:] = tensor.reshape(-1).tolist()
    return found.reshape(tuple(tensor.shape))


_SHORTCUTS: dict[Any, Callable[..., Any]] = {
    torch.add: lambda a, b: b if _is(a, 0) else a if _is(b, 0) else None,
    torch.sub: lambda a, b: a if _is(b, 0) else None,
    torch.mul: lambda a, b: b if _is(a, 1) else a if _is(b, 1) else None,
    torch.div: lambda a, b: a if _is(b, 1) else None,
}
"""What needs no operation. A product with 0 does: the other number may be infinite."""


def _is(entry: Any, value: float) -> bool:
    return not isinstance(entry, Lane) and entry == value


def _add(apart: _Apart, shape: Any, a: Any, b: Any, alpha: Any = 1) -> Any:
    return apart.each(torch.add, a, b if alpha == 1 else apart.each(torch.mul, b, alpha))


def _sub(apart: _Apart, shape: Any, a: Any, b: Any, alpha: Any = 1) -> Any:
    return apart.each(torch.sub, a, b if alpha == 1 else apart.each(torch.mul, b, alpha))


def _clamp(apart: _Apart, shape: Any, a: Any, least: Any = None, most: Any = None) -> Any:
    if least is not None:
        a = apart.each(torch.clamp_min, a, float(least))
    return a if most is None else apart.each(torch.clamp_max, a, float(most))


def _full_like(apart: _Apart, shape: Any, a: Any, value: Any = 0, **_: Any) -> Any:
    return np.full(shape, float(value), object)


def _mm(apart: _Apart, shape: Any, a: Any, b: Any) -> Any:
    found = np.empty(shape, object)
    for i, j in np.ndindex(*shape):
        found[i, j] = apart.total([apart.call(torch.mul, a[i, k], b[k, j]) for k in range(a.shape[1])])
    return found


def _addmm(apart: _Apart, shape: Any, bias: Any, a: Any, b: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    if beta != 1 or alpha != 1:
        raise TypeError("scaled")
    return apart.each(torch.add, _mm(apart, shape, a, b), bias)


def _sum(apart: _Apart, shape: Any, a: Any, dims: Any = None, keep: bool = False, **_: Any) -> Any:
    dims = tuple(range(a.ndim)) if not dims else tuple(dim % a.ndim for dim in dims)
    moved = np.moveaxis(a, dims, range(len(dims)))
    rest = moved.shape[len(dims) :]
    rows = moved.reshape(-1, *rest)
    found = np.empty(rest, object)
    for place in np.ndindex(*rest):
        found[place] = apart.total([rows[(n, *place)] for n in range(len(rows))])
    return found.reshape(shape)


def _mean(apart: _Apart, shape: Any, a: Any, dims: Any = None, keep: bool = False, **_: Any) -> Any:
    found = _sum(apart, shape, a, dims, keep)
    return apart.each(torch.div, found, float(a.size // max(1, found.size)))


def _copy_to(apart: _Apart, shape: Any, a: Any, **_: Any) -> Any:
    return a


def _cat(apart: _Apart, shape: Any, arrays: Any, dim: int = 0) -> Any:
    return np.concatenate(arrays, dim)


def _slice(apart: _Apart, shape: Any, a: Any, dim: int = 0, first: Any = None, last: Any = None, step: int = 1) -> Any:
    return a[tuple(slice(first, last, step) if axis == dim % a.ndim else slice(None) for axis in range(a.ndim))]


_RULES: dict[Any, Callable[..., Any]] = {
    aten.add.Tensor: _add, aten.add.Scalar: _add, aten.sub.Tensor: _sub, aten.sub.Scalar: _sub,
    aten.rsub.Scalar: lambda apart, shape, a, b, alpha=1: _sub(apart, shape, b, a, alpha),
    aten.clamp.default: _clamp, aten.clamp_min.default: _clamp, aten.full_like.default: _full_like,
    aten.zeros_like.default: _full_like, aten.empty_like.default: _full_like,
    aten.ones_like.default: lambda apart, shape, a, **_: np.full(shape, 1.0, object),
    aten.full.default: lambda apart, shape, size, value, **_: np.full(shape, float(value), object),
    aten.empty_permuted.default: lambda apart, shape, *_, **__: np.full(shape, 0.0, object),
    aten.zeros.default: lambda apart, shape, *_, **__: np.full(shape, 0.0, object),
    aten.ones.default: lambda apart, shape, *_, **__: np.full(shape, 1.0, object),
    aten.scalar_tensor.default: lambda apart, shape, value, **_: np.full((), float(value), object),
    aten.mm.default: _mm, aten.addmm.default: _addmm, aten.sum.default: _sum, aten.sum.dim_IntList: _sum,
    aten.mean.default: _mean, aten.mean.dim: _mean,
    aten.view.default: lambda apart, shape, a, _: a.reshape(shape),
    aten._unsafe_view.default: lambda apart, shape, a, _: a.reshape(shape),
    aten.reshape.default: lambda apart, shape, a, _: a.reshape(shape),
    aten.squeeze.dims: lambda apart, shape, a, _: a.reshape(shape),
    aten.squeeze.dim: lambda apart, shape, a, _: a.reshape(shape),
    aten.unsqueeze.default: lambda apart, shape, a, _: a.reshape(shape),
    aten.permute.default: lambda apart, shape, a, dims: np.transpose(a, dims),
    aten.expand.default: lambda apart, shape, a, _: np.broadcast_to(a, shape),
    aten.select.int: lambda apart, shape, a, dim, at: np.take(a, at, dim),
    aten.slice.Tensor: _slice, aten.cat.default: _cat, aten.clone.default: _copy_to, aten._to_copy.default: _copy_to,
    aten.copy.default: lambda apart, shape, a, b: np.broadcast_to(b, shape),
}  # fmt: skip
"""How operations on tensors are written for single numbers; arguments are arrays of lanes and numbers."""


def chained(scalars: Scalars) -> list[tuple[int, int]]:
    """Return where each output of the flow begins and ends among the outputs, the loss not counted."""
    ends = np.cumsum([1, *scalars.entries]).tolist()
    return list(pairwise(ends))
