"""Indexing and changes of shape, drawn at random: axes, places, parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from derivative_examples import Example
from derivative_families import (
    Draw,
    Generator,
    Shape,
    axes,
    axis,
    fitting,
    mask,
    number,
    one_of,
    places,
    shape,
)
from hypothesis import strategies as st
from torch import Tensor


def subscripted(draw: Draw) -> Example:
    a, b, c = number(draw, 1), number(draw), number(draw, 1)
    one, other = places(draw, (3,), a), places(draw, (3,), c)
    which = mask(draw, (a, b))
    key = one_of(
        draw,
        (one,),
        (slice(None), slice(None), other),
        (which,),
        (one, slice(None), other),
        (one[:, None], slice(None), other),
    )
    return Example(lambda x: x[key], [(a, b, c)])


def put(draw: Draw) -> Example:
    rows, width, added = number(draw, 1), number(draw), draw(st.booleans())
    index = places(draw, (number(draw, 0, 3 if added else rows),), rows, each_once=not added)
    return Example(
        lambda x, v: x.index_put((index,), v, accumulate=added), [(rows, width), fitting(draw, (len(index), width))]
    )


def reshaped(function: Callable[[Tensor, Shape], Tensor]) -> Generator:
    """A shape, and another one with as many entries."""

    def generate(draw: Draw) -> Example:
        whole = shape(draw)
        other = one_of(draw, whole[::-1], (1, *whole), (torch.Size(whole).numel(),))
        return Example(lambda x: function(x, other), [whole])

    return generate


def expanded(draw: Draw) -> Example:
    whole = shape(draw)
    return Example(lambda x: x.expand(whole), [fitting(draw, whole)])


def squeezed(function: Callable[[Tensor, Any], Tensor], which: str) -> Generator:
    """Axes of length 1 between others; all of them, one, or some are taken away."""

    def generate(draw: Draw) -> Example:
        whole = tuple(one_of(draw, 0, 1, 1, 2, 3) for _ in range(number(draw, 0 if which == "all" else 1, 4)))
        dims = axis(draw, whole) if which == "one" else tuple(axes(draw, whole))
        return Example(lambda x: function(x, dims), [whole])

    return generate


def sliced(draw: Draw) -> Example:
    whole = shape(draw, (1, 3))
    dim, begin, end, step = axis(draw, whole), number(draw, -6, 6), number(draw, -6, 6), number(draw, 1, 3)
    return Example(lambda x: torch.ops.aten.slice.Tensor(x, dim, begin, end, step), [whole])


def selected(draw: Draw) -> Example:
    whole = shape(draw, (1, 3), least=1)
    dim = axis(draw, whole)
    index = number(draw, -whole[dim], whole[dim] - 1)
    return Example(lambda x: x.select(dim, index), [whole])


def split(function: Callable[[Tensor, Any, int], Any], sizes: bool = False) -> Generator:
    def generate(draw: Draw) -> Example:
        parts = [number(draw) for _ in range(number(draw, 1, 3))]
        size = parts if sizes else number(draw, 1, 3)
        rest, dim = shape(draw, (0, 2)), number(draw, 0, 1)
        whole = (sum(parts), *rest) if dim == 0 or not rest else (rest[0], sum(parts), *rest[1:])
        return Example(lambda x: function(x, size, dim if rest else 0), [whole])

    return generate


def joined(draw: Draw) -> Example:
    whole = shape(draw, (1, 3))
    dim = number(draw, 0, len(whole) - 1)
    shapes = [(*whole[:dim], number(draw), *whole[dim + 1 :]) for _ in range(number(draw, 1, 3))]
    return Example(lambda *x: torch.cat(x, dim), shapes)


def stacked(draw: Draw) -> Example:
    whole = shape(draw)
    dim = number(draw, -len(whole) - 1, len(whole))
    return Example(lambda *x: torch.stack(x, dim), [whole] * number(draw, 1, 3))


def diagonal(draw: Draw) -> Example:
    whole = shape(draw, (2, 3))
    one, other = draw(st.permutations(range(len(whole))))[:2]
    offset = number(draw, -5, 5)
    return Example(lambda x: x.diagonal(offset, one, other), [whole])


def unfolded(draw: Draw) -> Example:
    whole = shape(draw, (1, 3))
    dim = number(draw, 0, len(whole) - 1)
    size, step = number(draw, 0, whole[dim]), number(draw, 1, 3)
    return Example(lambda x: x.unfold(dim, size, step), [whole])


def repeated(draw: Draw) -> Example:
    whole = shape(draw)
    times = [number(draw, 0, 3) for _ in range(len(whole) + number(draw, 0, 1))]
    return Example(lambda x: x.repeat(times), [whole])


def rolled(draw: Draw) -> Example:
    whole = shape(draw)
    dims = axes(draw, whole, 0)
    shifts = [number(draw, -5, 5) for _ in dims] or number(draw, -5, 5)
    return Example(lambda x: x.roll(shifts, dims), [whole])


def triangle(function: Callable[[Tensor, int], Tensor]) -> Generator:
    def generate(draw: Draw) -> Example:
        offset = number(draw, -4, 4)
        return Example(lambda x: function(x, offset), [shape(draw, (2, 3))])

    return generate


def permuted(draw: Draw) -> Example:
    whole = shape(draw)
    dims = [n - len(whole) if draw(st.booleans()) else n for n in draw(st.permutations(range(len(whole))))]
    return Example(lambda x: x.permute(dims), [whole])


def exchanged(draw: Draw) -> Example:
    whole = shape(draw)
    one, other = axis(draw, whole), axis(draw, whole)
    return Example(lambda x: x.transpose(one, other), [whole])


def one_more(draw: Draw) -> Example:
    whole = shape(draw)
    dim = number(draw, -len(whole) - 1, len(whole))
    return Example(lambda x: x.unsqueeze(dim), [whole])


def strides(shape_: Shape) -> list[int]:
    return list(torch.empty(shape_, device="meta").stride())
