"""Entries that are taken from places, and put there.

The functions that move entries about (slices, views, gathers) are derived from one trick: the forward operation is done
on the numbers 0, 1, 2, … in place of the entries. What comes out says where each entry came from, so its derivative
adds the incoming gradient up at these places.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from retrograd.derivatives.functions.elementwise import MOST_FACTORS, TooLargeError, moved, plain
from retrograd.derivatives.functions.shapes import axes, copies, count, shape, sum, unsqueeze
from retrograd.derivatives.rounding import Rounded, is_exact, parts


def numbering(x: Any) -> Any:
    """Return the numbers 0, 1, 2, … in the shape of x."""
    return np.arange(plain(x).size).reshape(shape(x))


def take(x: Any, places: Any) -> Any:
    """Take the entries with these numbers; -1 is a zero from outside."""
    at = plain(places).astype(np.int64)

    def taken(a: Any) -> Any:
        if (at < 0).any():
            return np.append(a.reshape(-1), 0.0)[at]
        return a.reshape(-1)[at]

    return moved(x, taken)


def scatter(G: Any, places: Any, x: Any) -> Any:
    """Add the entries of G up at the places, in an array of the shape of x that is zero elsewhere."""
    at = np.broadcast_to(plain(places).astype(np.int64), shape(G)).reshape(-1)
    length, inside = math.prod(shape(x)), at >= 0

    def added(a: Any) -> Any:
        weights = np.asarray(a, np.float64).reshape(-1)
        return np.bincount(at[inside], weights[inside], length).reshape(shape(x))

    value = added(plain(G))
    if not isinstance(G, Rounded):
        return value
    carried = 0.0 if is_exact(G.error) else added(G.bounds())
    terms = added(np.ones(shape(G)))
    if terms.size and terms.max() <= 1:
        return G.exact(value, carried)
    return G.added(value, added(np.abs(G.value)), terms, carried)


def slice_(x: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    """Take a part along one dimension."""
    where_: list[Any] = [slice(None)] * plain(x).ndim
    where_[dim] = slice(start, end, step)
    return moved(x, lambda a: a[tuple(where_)])


def select(x: Any, dim: int, index: int) -> Any:
    """Take one layer along a dimension, which is gone then."""
    return moved(x, lambda a: np.take(a, int(index), axis=dim))


def narrow(x: Any, dim: int, start: int, length: int) -> Any:
    """Take a part along one dimension."""
    return slice_(x, dim, start, start + length)


def unbind(x: Any, dim: int = 0) -> list[Any]:
    """Take all layers along a dimension."""
    return [select(x, dim, index) for index in range(shape(x)[dim])]


def split(x: Any, sizes: Any, dim: int = 0) -> list[Any]:
    """Cut along a dimension, into parts of one length or of given lengths."""
    length = shape(x)[dim]
    if not isinstance(sizes, (list, tuple)):
        sizes = [min(sizes, length - start) for start in range(0, length, max(sizes, 1))] or [0]
    starts = np.cumsum([0, *sizes])
    return [slice_(x, dim, int(start), int(start + size)) for start, size in zip(starts, sizes, strict=False)]


def index(x: Any, indices: Sequence[Any]) -> Any:
    """Take entries by arrays of indices; None takes a dimension whole."""
    key: list[Any] = []
    for entry in indices:
        if entry is None:
            key.append(slice(None))
        else:
            array = plain(entry)
            key.append(array if array.dtype == bool or array.dtype == np.uint8 else array.astype(np.int64))
    key = [k.astype(bool) if isinstance(k, np.ndarray) and k.dtype == np.uint8 else k for k in key]
    return moved(x, lambda a: a[tuple(key)])


def index_select(x: Any, dim: int, index: Any) -> Any:
    """Take layers along a dimension."""
    return moved(x, lambda a: np.take(a, plain(index).astype(np.int64).reshape(-1), axis=dim) if a.ndim else a)


def gather(x: Any, dim: int, index: Any) -> Any:
    """Take an entry along a dimension for each place of the index."""
    at = plain(index).astype(np.int64)
    if not plain(x).ndim:
        return copies(x, index)
    places = list(np.indices(at.shape))
    if places:
        places[dim] = at
    return moved(x, lambda a: a[tuple(places)])


def roll(x: Any, shifts: Any, dims: Any) -> Any:
    """Move entries around in a circle."""
    if not dims:
        return moved(x, lambda a: np.roll(a, shifts[0] if isinstance(shifts, (list, tuple)) else shifts))
    return moved(x, lambda a: np.roll(a, tuple(shifts), tuple(dims)))


def flip(x: Any, dims: Any) -> Any:
    """Turn dimensions around."""
    return moved(x, lambda a: np.flip(a, axes(dims, a.ndim)))


def repeat(x: Any, repeats: Sequence[int]) -> Any:
    """Lay copies side by side."""
    return moved(x, lambda a: np.tile(a, list(repeats)))


def diagonal(x: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """Take a diagonal."""
    return moved(x, lambda a: np.diagonal(a, offset, dim1, dim2))


def unfold(x: Any, dimension: int, size: int, step: int) -> Any:
    """Take windows along a dimension; the place in the window is a new last dimension."""
    if not plain(x).ndim:
        return moved(x, lambda a: a.reshape(1)[:size])
    starts = np.arange(0, shape(x)[dimension] - size + 1, step)

    def windows(a: Any) -> Any:
        cut = np.take(a, starts[:, None] + np.arange(size), axis=dimension)
        return np.moveaxis(cut, dimension % a.ndim + 1, -1)

    return moved(x, windows)


def padded(x: Any, widths: Sequence[int], mode: str = "constant") -> Any:
    """Put entries around, or take some away where a width is negative; places outside are -1 in a numbering."""
    around = [(0, 0)] * plain(x).ndim
    cut: list[Any] = [slice(None)] * plain(x).ndim
    for place in range(len(widths) // 2):
        before, behind = int(widths[2 * place]), int(widths[2 * place + 1])
        axis = plain(x).ndim - 1 - place
        around[axis] = (max(before, 0), max(behind, 0))
        cut[axis] = slice(max(-before, 0), None if behind >= 0 else behind)
    style: dict[str, Any] = {"mode": "constant", "constant_values": -1} if mode == "constant" else {"mode": mode}
    return np.pad(plain(x), around, **style)[tuple(cut)]


def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Join arrays along a dimension; empty ones of one dimension are left out."""
    joined = [t for t in tensors if shape(t) != (0,)] or list(tensors)
    value = np.concatenate([plain(t) for t in joined], dim)
    chosen = [t for t in joined if isinstance(t, Rounded)]
    if not chosen:
        return value
    return chosen[0].exact(value, np.concatenate([np.broadcast_to(parts(t)[1], shape(t)) for t in joined], dim))


def cut(G: Any, tensors: Sequence[Any], dim: int = 0) -> list[Any]:
    """Cut what belongs to joined arrays into their parts."""
    start, found = 0, []
    for tensor in tensors:
        if shape(tensor) == (0,):
            found.append(moved(G, lambda a: np.zeros(0)))
            continue
        length = shape(tensor)[dim]
        found.append(slice_(G, dim, start, start + length))
        start += length
    return found


def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Join arrays along a new dimension."""
    return cat([unsqueeze(t, dim) for t in tensors], dim)


def zeros(x: Any) -> Any:
    """Return zeros in the shape of x."""
    return moved(x, lambda a: np.zeros(a.shape))


def put(x: Any, places: Any, values: Any) -> Any:
    """Return x with other numbers at some places."""
    base = x if isinstance(x, Rounded) else values
    value = np.array(plain(x), np.float64)
    at = plain(places).astype(np.int64).reshape(-1)
    value.reshape(-1)[at] = np.broadcast_to(plain(values), shape(places)).reshape(-1)
    if not isinstance(base, Rounded):
        return value
    error = np.array(np.broadcast_to(parts(x)[1], shape(x)), np.float64)
    error.reshape(-1)[at] = np.broadcast_to(parts(values)[1], shape(places)).reshape(-1)
    return base.exact(value, error)


def cleared(G: Any, places: Any) -> Any:
    """Return G with zeros at some places."""
    return put(G, places, np.zeros(()))


def along(x: Any, dim: int, index: Any) -> Any:
    """Return the places in x that `gather`, `scatter` and their kind mean."""
    return gather(numbering(x), dim, index)


def layers(x: Any, dim: int, index: Any) -> Any:
    """Return the places in x of whole layers along a dimension."""
    return index_select(numbering(x), dim, index)


def rows(x: Any, indices: Any) -> Any:
    """Return the places in x of its rows with these numbers."""
    return numbering(x)[plain(indices).astype(np.int64)]


def planes(x: Any, indices: Any, dims: int) -> Any:
    """Return the places in x, given the places within each of its planes (the last `dims` dimensions)."""
    size = math.prod(shape(x)[plain(x).ndim - dims :])
    base = np.arange(plain(x).size // max(size, 1)).reshape([*shape(x)[: plain(x).ndim - dims], *[1] * dims])
    return base * size + plain(indices).astype(np.int64)


def nearest(x: Any, output_size: Sequence[int], scales: Sequence[Any]) -> Any:
    """Return for each entry of a larger picture the place of the nearest one in x."""
    places = numbering(x)
    for axis, (length, scale) in enumerate(zip(output_size, scales, strict=True), plain(x).ndim - len(output_size)):
        ratio = np.float32(1 / scale if scale else shape(x)[axis] / length)
        at = np.minimum((np.arange(length, dtype=np.float32) * ratio).astype(np.int64), shape(x)[axis] - 1)
        places = np.take(places, at, axis)
    return places


def tril(x: Any, diagonal: int = 0) -> Any:
    """Keep the part below a diagonal."""
    return moved(x, lambda a: np.tril(a, diagonal))


def triu(x: Any, diagonal: int = 0) -> Any:
    """Keep the part above a diagonal."""
    return moved(x, lambda a: np.triu(a, diagonal))


def cumsum(x: Any, dim: int) -> Any:
    """Add up along a dimension, keeping the sums on the way."""
    if not plain(x).ndim:
        return x
    value = np.cumsum(plain(x), dim)
    if not isinstance(x, Rounded):
        return value
    carried = 0.0 if is_exact(x.error) else np.cumsum(x.bounds(), dim)
    return x.added(value, np.cumsum(np.abs(x.value), dim), shape(x)[dim], carried)


def cumsum_back(G: Any, dim: int) -> Any:
    """Add up along a dimension from its end."""
    return flip(cumsum(flip(G, dim), dim), dim) if plain(G).ndim else G


def others(x: Any, dim: Any = None, keepdim: Any = True) -> Any:
    """Return for each entry the product of all other entries along some dimensions."""
    along_ = axes(dim, plain(x).ndim)
    if count(x, dim) > MOST_FACTORS:
        raise TooLargeError
    result = 1 + zeros(x)
    flat_axes = [*product(*(range(shape(x)[axis]) for axis in along_))]
    for shift in flat_axes[1:]:
        result = result * roll(x, list(shift), list(along_))
    return result


def prod(x: Any, dim: Any = None, keepdim: Any = False) -> Any:
    """Multiply along some dimensions."""
    along_ = axes(dim, plain(x).ndim)
    result = x
    for axis in sorted(along_, reverse=True):
        layers_ = unbind(result, axis)
        kept = layers_[0] if layers_ else 1 + zeros(sum(result, axis))
        for layer in layers_[1:]:
            kept = kept * layer
        result = unsqueeze(kept, axis) if keepdim else kept
    return result
