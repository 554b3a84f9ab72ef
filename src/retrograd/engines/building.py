"""How nests are built: buffers for what operations make, and one nest for each operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retrograd.engines.nests import Access, Buffer, Combine, Kind, Nest, View


@dataclass
class Axes:
    """Axes that dimensions go along; those of operands of one operation turn out to be the same."""

    parents: dict[int, int] = field(default_factory=dict)
    count: int = 0

    def fresh(self) -> int:
        """Return a new axis."""
        self.count += 1
        return self.count - 1

    def find(self, axis: int) -> int:
        """Return what an axis has turned out to be."""
        while axis in self.parents:
            axis = self.parents[axis]
        return axis

    def join(self, one: int, other: int) -> int:
        """Note that two axes are the same, and return it."""
        one, other = self.find(one), self.find(other)
        if one != other:
            self.parents[max(one, other)] = min(one, other)
        return min(one, other)


class Building:
    """Nests as far as they are built."""

    def __init__(self, dtype: torch.dtype, final: Mapping[int, int], rows: int | None) -> None:
        self.dtype, self.axes = dtype, Axes()
        self._final, self._rows = final, rows
        self.nests: list[Nest] = []
        self._buffers = 0
        self._constants: list[np.ndarray] = []

    @property
    def constants(self) -> Tensor:
        """All constants one after another, behind one that nothing needs."""
        return torch.from_numpy(np.concatenate([np.zeros(1), *self._constants])).to(self.dtype)

    # ------------------------------------------------------------ tensors

    def new(self, shape: Sequence[int], kind: Kind = "made", place: int = 0, *, truth: bool = False) -> View:
        """Return a new buffer, as a whole."""
        shape = tuple(shape)
        axes = tuple(self.axes.fresh() if n > 1 else -1 for n in shape)
        order = list(range(len(shape)))
        if kind == "made":
            # Along the rows outermost, so that a few rows of it are one piece of memory.
            order.sort(key=lambda d: self._final.get(axes[d], axes[d]) != self._rows or axes[d] < 0)
        strides = [0] * len(shape)
        step = 1
        for d in reversed(order):
            strides[d] = step
            step *= shape[d]
        self._buffers += 1
        final = tuple(self._final.get(axis, axis) for axis in axes)
        buffer = Buffer(self._buffers - 1, kind, place, shape, tuple(strides), final, truth)
        return View(buffer, shape, tuple(strides), 0, axes)

    def constant(self, tensor: Tensor) -> View:
        """Keep what is the same in all runs and turns."""
        flat = tensor.detach().reshape(-1)
        place = 1 + sum(map(len, self._constants))
        self._constants.append(flat.double().numpy())
        view = self.new(tuple(tensor.shape), "constant", place, truth=tensor.dtype == torch.bool)
        if not len(flat) or not bool((flat == flat[0]).all()):
            return view
        uniform = bool(flat[0]) if view.buffer.truth else float(flat[0])
        return replace(view, buffer=replace(view.buffer, uniform=uniform))

    def viewed(self, view: View, look: Callable[[Tensor], Any]) -> Any:
        """Return what an operation that only looks at memory in another way gives.

        Args:
            view: What it looks at.
            look: The operation on a tensor with this view's shape and strides.
        """
        meta = torch.empty_strided(view.shape, view.strides, dtype=self.dtype, device="meta")
        try:
            made = look(meta)
        except RuntimeError:  # no strides go through these entries in this order
            return self.viewed(self.copied(view), look)
        return [self._seen(view, m) for m in made] if isinstance(made, (list, tuple)) else self._seen(view, made)

    def _seen(self, view: View, made: Tensor) -> View:
        """Return a view by its strides; a dimension that was not cut goes along the axis that it went along."""
        before = {(n, s): a for n, s, a in zip(view.shape, view.strides, view.axes, strict=True) if s and n > 1}
        axes = tuple(
            before.get((n, s), -2) if n > 1 else -1 for n, s in zip(made.shape, made.stride(), strict=True)
        )  # fmt: skip
        axes = tuple(self.axes.fresh() if axis == -2 else axis for axis in axes)
        offset = view.offset + int(made.storage_offset())
        return View(view.buffer, tuple(made.shape), tuple(made.stride()), offset, axes)

    def copied(self, view: View) -> View:
        """Return a copy in order."""
        return self.each(None, view)

    def own(self, view: View) -> View:
        """Return a view that stays what it is while the state is written anew."""
        buffer = view.buffer
        untouched = buffer.kind == "state" and (view.shape, view.strides) == (buffer.shape, buffer.strides)
        return view if buffer.kind == "made" or untouched else self.copied(view)

    # ------------------------------------------------------------ operations

    def each(self, function: Any, *operands: Any, truth: bool = False) -> View:
        """Apply a function entry by entry, with broadcasting."""
        views = [operand for operand in operands if isinstance(operand, View)]
        shape = torch.broadcast_shapes(*(view.shape for view in views))
        out = self.new(shape, truth=truth or (function is None and views[0].buffer.truth))
        axes = list(out.axes)
        operands = tuple(map(_simplest, operands))
        for view in operands:
            if not isinstance(view, View):
                continue
            for d in range(1, len(view.shape) + 1):
                if view.shape[-d] > 1:
                    axes[-d] = self.axes.join(axes[-d], view.axes[-d])
        self._write(shape, axes, out, [(o, tuple(range(len(shape)))[-len(o.shape) :] if o.shape else ())
                    if isinstance(o, View) else (o, ()) for o in operands], function, None)  # fmt: skip
        return out

    def _write(
        self, extents: Sequence[int], axes: Sequence[int], out: View | tuple[View, tuple[int, ...]],
        operands: Sequence[tuple[Any, tuple[int, ...]]], function: Any, combine: Combine | None,
    ) -> None:  # fmt: skip
        """Add a nest. Each tensor says which of the nest's axes its dimensions go along."""
        kept = [d for d, n in enumerate(extents) if n > 1]

        def access(view: Any, along: tuple[int, ...]) -> Any:
            if not isinstance(view, View):
                return view
            strides = [0] * len(extents)
            for d, n, s in zip(along, view.shape, view.strides, strict=True):
                strides[d] += s if n > 1 else 0
            return Access(view.buffer, tuple(strides[d] for d in kept), view.offset)

        target, along = out if isinstance(out, tuple) else (out, tuple(range(len(extents))))
        found = tuple(access(view, places) for view, places in operands)
        own = tuple(self._final.get(axes[d], axes[d]) for d in kept)
        if combine is not None and not _repeats(access(target, along).strides):
            combine = None
        self.nests.append(Nest(tuple(extents[d] for d in kept), own, access(target, along), found, function, combine))

    def reduced(self, view: View, dims: Sequence[int], keep: bool, combine: Combine) -> View:
        """Join entries along dimensions."""
        rank = len(view.shape)
        dims = [dim % rank for dim in dims]
        rest = [d for d in range(rank) if d not in dims]
        shape = [1 if d in dims else view.shape[d] for d in range(rank)] if keep else [view.shape[d] for d in rest]
        out = self.new(shape, truth=view.buffer.truth and combine != "add")
        along = tuple(range(rank)) if keep else tuple(rest)
        axes = list(view.axes)
        for place, d in enumerate(along):
            if out.shape[place] > 1:
                axes[d] = self.axes.join(out.axes[place], view.axes[d])
        self._write(view.shape, axes, (out, along), [(view, tuple(range(rank)))], None, combine)
        return out

    def product(self, a: View, b: View) -> View:
        """Multiply matrices, or stacks of them."""
        *stack, n, k = a.shape
        m = b.shape[-1]
        rank = len(stack)
        out = self.new((*stack, n, m))
        axes = [*out.axes, self.axes.fresh()]
        row, column, inner = rank, rank + 1, rank + 2
        along = {"a": (*range(rank), row, inner), "b": (*range(rank), inner, column)}
        for view, places in ((a, along["a"]), (b, along["b"])):
            for d, place in enumerate(places):
                if view.shape[d] > 1:
                    axes[place] = self.axes.join(axes[place], view.axes[d]) if axes[place] >= 0 else view.axes[d]
        self._write((*stack, n, m, k), axes, (out, (*range(rank), row, column)),
                    [(a, along["a"]), (b, along["b"])], torch.mul, "add")  # fmt: skip
        return out

    def joined(self, views: Sequence[Any], dim: int, shape: Sequence[int]) -> View:
        """Put tensors one behind another."""
        out = self.new(shape)
        dim %= len(shape)
        place = 0
        for view in views:
            part = list(shape)
            part[dim] = view.shape[dim]
            axes = [self.axes.join(o, v) if d != dim and o >= 0 else v
                    for d, (o, v) in enumerate(zip(out.axes, view.axes, strict=True))]  # fmt: skip
            here = View(out.buffer, tuple(part), out.strides, out.offset + place * out.strides[dim], tuple(axes))
            everywhere = tuple(range(len(part)))
            self._write(part, axes, (here, everywhere), [(view, everywhere)], None, None)
            place += view.shape[dim]
        return out

    def spread(self, view: View, shape: Sequence[int]) -> View:
        """Broadcast a tensor to a shape."""
        return self.viewed(view, lambda tensor: tensor.expand(tuple(shape)))

    def pointwise(self, function: Any, operands: Sequence[Any], *, truth: bool = False) -> View:
        """Apply a function entry by entry, unless it leaves one of its operands as it is."""
        shortcut = _NOTHING_TO_DO.get(function)
        if shortcut is not None:
            for place, neutral in shortcut:
                one, other = operands[place], operands[1 - place]
                same = not isinstance(one, View) or (isinstance(other, View) and _fits(one, other))
                if same and _simplest(one) == neutral and isinstance(other, View) and not other.buffer.truth:
                    return other
        return self.each(function, *operands, truth=truth)


def _simplest(operand: Any) -> Any:
    uniform = operand.buffer.uniform if isinstance(operand, View) else None
    return operand if uniform is None else uniform


def _fits(one: View, other: View) -> bool:
    return torch.broadcast_shapes(one.shape, other.shape) == torch.Size(other.shape)


def _repeats(strides: Sequence[int]) -> bool:
    return any(stride == 0 for stride in strides)


_NOTHING_TO_DO: dict[Any, tuple[tuple[int, float], ...]] = {
    torch.add: ((0, 0.0), (1, 0.0)),
    torch.sub: ((1, 0.0),),
    torch.mul: ((0, 1.0), (1, 1.0)),
    torch.div: ((1, 1.0),),
}
"""Which operand, if it is this number, leaves the other one as it is."""
