"""Shapes, and sums over dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from retrograd.derivatives.functions.elementwise import like, moved, plain
from retrograd.derivatives.rounding import SPREAD, Rounded, is_exact

SAMPLED = 64
"""So many terms of a sum are looked at, whether some are equal."""


def shape(x: Any) -> tuple[int, ...]:
    """Return the shape."""
    if isinstance(x, list) and all(isinstance(n, int) for n in x):
        return tuple(x)  # where only the shape of an array is known
    return tuple(plain(x).shape)


def axes(dim: Any, ndim: int) -> tuple[int, ...]:
    """Return dimensions as PyTorch means them: one, several, none or an empty list for all; negative from the end."""
    if dim is None or (isinstance(dim, (list, tuple)) and not dim):
        return tuple(range(ndim))
    several = dim if isinstance(dim, (list, tuple)) else [dim]
    return tuple(sorted(int(d) % max(ndim, 1) for d in several)) if ndim else ()


def count(x: Any, dim: Any = None) -> int:
    """Return how many entries there are along some dimensions."""
    return math.prod(shape(x)[axis] for axis in axes(dim, plain(x).ndim))


def sum(x: Any, dim: Any = None, keepdim: Any = False) -> Any:
    """Add up along some dimensions."""
    along = axes(dim, plain(x).ndim)
    value = plain(x).sum(along, keepdims=bool(keepdim))
    if not isinstance(x, Rounded):
        return value
    size = np.abs(x.value).sum(along, keepdims=bool(keepdim))
    carried = 0.0 if is_exact(x.error) else x.bounds().sum(along, keepdims=bool(keepdim))
    terms = count(x, dim)
    alike = None if terms <= SPREAD**2 else _alike(x.value, along, terms)
    return x.added(value, size, terms, carried, None if alike is None else alike.reshape(np.shape(value)))


def _alike(array: np.ndarray, along: Sequence[int], terms: int) -> np.ndarray | None:
    """Return for each sum the squares of how often each of its numbers occurs, added up; None where all are different.

    Zeros are added without rounding, so they do not count. Numbers of which some are equal are found by a sample.
    """
    rows = np.moveaxis(array, along, range(-len(along), 0)).reshape(-1, terms)
    sample = np.sort(rows[:, :: -(-terms // SAMPLED)])
    if not ((sample[:, 1:] == sample[:, :-1]) & (sample[:, 1:] != 0)).any():
        return None
    rows = np.sort(rows)
    begins = np.ones(rows.shape, bool)
    begins[:, 1:] = rows[:, 1:] != rows[:, :-1]
    places = np.flatnonzero(begins)
    times = np.diff(places, append=rows.size) * (rows.reshape(-1)[places] != 0)
    return np.bincount(places // terms, np.square(times, dtype=np.float64), len(rows))


def mean(x: Any, dim: Any = None, keepdim: Any = False) -> Any:
    """Add up along some dimensions and divide by the number of entries."""
    return sum(x, dim, keepdim) / count(x, dim)


def amax(x: Any, dim: Any = None, keepdim: Any = False) -> Any:
    """Return the largest entry along some dimensions; of none, it is -∞."""
    along, kept = axes(dim, plain(x).ndim), bool(keepdim)
    if not plain(x).size:
        return like(
            x, plain(x).max(along, keepdims=kept, initial=-np.inf), lambda e: e.max(along, keepdims=kept, initial=0)
        )
    return like(x, plain(x).max(along, keepdims=kept), lambda error: error.max(along, keepdims=kept))


def amin(x: Any, dim: Any = None, keepdim: Any = False) -> Any:
    """Return the smallest entry along some dimensions."""
    along = axes(dim, plain(x).ndim)
    return like(x, plain(x).min(along, keepdims=bool(keepdim)), lambda error: error.max(along, keepdims=bool(keepdim)))


def restored(G: Any, dim: Any, keepdim: Any, x: Any) -> Any:
    """Give a reduced array its dimensions of length 1 back, so that it fits x."""
    if keepdim or not shape(x):
        return G
    wanted = list(shape(x))
    for axis in axes(dim, len(wanted)):
        wanted[axis] = 1
    return moved(G, lambda a: a.reshape(wanted))


def copies(G: Any, x: Any) -> Any:
    """Repeat an array until it has the shape of x."""
    wanted = shape(x)
    return moved(G, lambda a: np.broadcast_to(a, wanted))


def sum_to(G: Any, x: Any) -> Any:
    """Add up what came from copies of the same entry, until the array has the shape of x."""
    wanted = shape(x)
    have = shape(G)
    if have == wanted:
        return G
    if math.prod(have) == math.prod(wanted) and len(have) <= len(wanted):
        return moved(G, lambda a: a.reshape(wanted))
    extra = len(have) - len(wanted)
    along = [*range(extra)]
    along += [extra + axis for axis, n in enumerate(wanted) if n == 1 and have[extra + axis] != 1]
    return moved(sum(G, along, True) if along else G, lambda a: a.reshape(wanted))


def T(x: Any) -> Any:
    """Exchange the last two dimensions."""
    return moved(x, lambda a: np.swapaxes(a, -1, -2) if a.ndim > 1 else a)


def transpose(x: Any, one: int, other: int) -> Any:
    """Exchange two dimensions."""
    return moved(x, lambda a: np.swapaxes(a, one, other) if a.ndim else a)


def permute(x: Any, dims: Sequence[int]) -> Any:
    """Put the dimensions in another order."""
    return moved(x, lambda a: np.transpose(a, list(dims)))


def inverse_permute(x: Any, dims: Sequence[int]) -> Any:
    """Put the dimensions back in the order that they had before `permute`."""
    ndim = len(dims)
    return moved(x, lambda a: np.transpose(a, np.argsort([d % ndim for d in dims])))


def reshape(x: Any, wanted: Any) -> Any:
    """Read the entries in their order into another shape, or into that of an array."""
    if not isinstance(wanted, (list, tuple)):
        wanted = shape(wanted)
    return moved(x, lambda a: a.reshape([int(n) for n in wanted]))


def expand(x: Any, size: Sequence[int]) -> Any:
    """Repeat an array along new dimensions and those of length 1; -1 leaves a length as it is."""
    have = (1,) * (len(size) - plain(x).ndim) + shape(x)
    wanted = [n if int(m) == -1 else int(m) for n, m in zip(have, size, strict=True)]
    return moved(x, lambda a: np.broadcast_to(a, wanted))


def unsqueeze(x: Any, dim: int) -> Any:
    """Insert a dimension of length 1."""
    at = dim if dim >= 0 else dim + plain(x).ndim + 1
    return moved(x, lambda a: np.expand_dims(a, at))


def squeeze(x: Any, dim: Any = None) -> Any:
    """Take away dimensions of length 1."""
    along = tuple(axis for axis in axes(dim, plain(x).ndim) if shape(x)[axis] == 1)
    return moved(x, lambda a: np.squeeze(a, along))


def outer(x: Any, y: Any) -> Any:
    """Multiply each entry of one vector with each of another."""
    return reshape(x, [-1, 1]) * reshape(y, [1, -1])
