"""The functions that formulas are written with, on arrays and on `Rounded` numbers. Each is named as a formula says it.

The ones that move entries about (slices, views, gathers) are derived from one trick: the forward operation is done on
the numbers 0, 1, 2, … in place of the entries. What comes out says where each entry came from, so its derivative adds
the incoming gradient up at these places.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np

from retrograd.derivatives.rounding import FUNCTION, Rounded, is_exact, parts, through

# A formula's argument is an array, a Rounded, a number, a list of these, or None for what is left out: hence Any.

MOST_ENTRIES = 1 << 27
"""A formula that needs a larger array in between is not computed."""


MOST_FACTORS = 256
"""A product of more factors is not computed without each of them in turn."""


class TooLargeError(Exception):
    """A formula needs too large an array in between."""


def function(value: Callable[[Any], Any], slope: Callable[[Any, Any], Any], units: float = FUNCTION) -> Callable:
    """Return a function of `Rounded` numbers, given the function and its slope (of argument and result)."""

    def computed(x: Any) -> Any:
        if not isinstance(x, Rounded):
            return value(np.asarray(x, np.float64))
        result = value(x.value)
        carried = 0.0 if is_exact(x.error) else through(slope(x.value, result), x.error)
        return x.rounded(result, carried, units)

    return computed


def _logistic(x: Any) -> Any:
    positive = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, positive) / (1 + positive)


_erf = np.frompyfunc(math.erf, 1, 1)
_lgamma = np.frompyfunc(lambda x: math.lgamma(x) if x > 0 or x % 1 else math.inf, 1, 1)

exp = function(np.exp, lambda _, y: y)
log = function(np.log, lambda x, _: 1 / x)
log1p = function(np.log1p, lambda x, _: 1 / (1 + x))
expm1 = function(np.expm1, lambda _, y: y + 1)
sin = function(np.sin, lambda x, _: np.cos(x))
cos = function(np.cos, lambda x, _: np.sin(x))
tan = function(np.tan, lambda _, y: 1 + y * y)
sinh = function(np.sinh, lambda x, _: np.cosh(x))
cosh = function(np.cosh, lambda x, _: np.sinh(x))
tanh = function(np.tanh, lambda _, y: 1 - y * y)
asin = function(np.arcsin, lambda x, _: 1 / np.sqrt(1 - x * x))
acos = function(np.arccos, lambda x, _: 1 / np.sqrt(1 - x * x))
atan = function(np.arctan, lambda x, _: 1 / (1 + x * x))
sigmoid = function(_logistic, lambda _, y: y * (1 - y))
sqrt = function(np.sqrt, lambda _, y: 0.5 / y, units=1)


def erf(x: Any) -> Any:
    """Return the error function."""
    if not isinstance(x, Rounded):
        return np.asarray(_erf(np.asarray(x, np.float64)), np.float64)
    value = np.asarray(_erf(x.value), np.float64)
    carried = through(2 / math.sqrt(math.pi) * np.exp(-x.value * x.value), x.error)
    # Kernels compute 1 - p(t) exp(-x²) (Abramowitz and Stegun, 7.1.26: good to 1.5e-7), and so lose digits near 0.
    return x.exact(value, carried + FUNCTION * x.precision.eps)


lgamma = function(lambda x: np.asarray(_lgamma(x), np.float64), lambda x, _: np.log(np.abs(x) + 2) + 1 / np.abs(x))
floor = function(np.floor, lambda x, _: 0 * x, units=0)
ceil = function(np.ceil, lambda x, _: 0 * x, units=0)
trunc = function(np.trunc, lambda x, _: 0 * x, units=0)
rint = function(np.rint, lambda x, _: 0 * x, units=0)
sign = function(np.sign, lambda x, _: 0 * x, units=0)


def plain(x: Any) -> Any:
    """Return the numbers alone."""
    return x.value if isinstance(x, Rounded) else np.asarray(x)


def like(x: Any, value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a result whose entries are entries of x, moved by `change`."""
    if not isinstance(x, Rounded):
        return value
    return x.exact(value, 0.0 if is_exact(x.error) else change(x.bounds()))


def moved(x: Any, change: Callable[[Any], Any]) -> Any:
    """Move the entries of an array, errors along with values."""
    return like(x, change(plain(x)), change)


def rounded(x: Any) -> Any:
    """Return numbers as another dtype holds them."""
    return x * 1.0 if isinstance(x, Rounded) else x


def where(condition: Any, yes: Any, no: Any) -> Any:
    """Choose entry by entry."""
    chosen = [part for part in (yes, no) if isinstance(part, Rounded)]
    value = np.where(plain(condition).astype(bool), parts(yes)[0], parts(no)[0])
    if not chosen:
        return value
    errors = (_error_of(part, chosen[0]) for part in (yes, no))
    return chosen[0].exact(value, np.where(plain(condition).astype(bool), *errors))


def _error_of(part: Any, like_: Rounded) -> Any:
    """Return how far off a part may be; a number such as 0.3 is rounded to the dtype first."""
    if isinstance(part, float) and math.isfinite(part) and part % 1:
        return like_.precision.eps * abs(part)
    return parts(part)[1]


def maximum(x: Any, y: Any) -> Any:
    """Return the larger one, entry by entry."""
    return where(plain(x) >= plain(y), x, y)


def minimum(x: Any, y: Any) -> Any:
    """Return the smaller one, entry by entry."""
    return where(plain(x) <= plain(y), x, y)


def shape(x: Any) -> tuple[int, ...]:
    """Return the shape."""
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
    return x.added(value, size, count(x, dim), carried)


def mean(x: Any, dim: Any = None, keepdim: Any = False) -> Any:
    """Add up along some dimensions and divide by the number of entries."""
    return sum(x, dim, keepdim) / count(x, dim)


def amax(x: Any, dim: Any = None, keepdim: Any = False) -> Any:
    """Return the largest entry along some dimensions."""
    along = axes(dim, plain(x).ndim)
    return like(x, plain(x).max(along, keepdims=bool(keepdim)), lambda error: error.max(along, keepdims=bool(keepdim)))


def amin(x: Any, dim: Any = None, keepdim: Any = False) -> Any:
    """Return the smallest entry along some dimensions."""
    along = axes(dim, plain(x).ndim)
    return like(x, plain(x).min(along, keepdims=bool(keepdim)), lambda error: error.max(along, keepdims=bool(keepdim)))


def restored(G: Any, dim: Any, keepdim: Any, x: Any) -> Any:
    """Give a reduced array its dimensions of length 1 back, so that it fits x."""
    if keepdim or not plain(x).ndim:
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


# ---------------------------------------------------------------- entries that are taken from places


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


# ---------------------------------------------------------------- windows: convolution and pooling


def spread(number: Any, length: int) -> list[int]:
    """Return one number for each of so many dimensions."""
    several = list(number) if isinstance(number, (list, tuple)) else [number]
    return [int(n) for n in (several * length if len(several) == 1 else several)]


def windows(x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any = 1, ceil_mode: bool = False) -> Any:
    """Return the places of x under a kernel: the shape is (N, C, *places of the kernel, *its own shape).

    Places in the padding are -1.
    """
    room = shape(x)[2:]
    kernel = spread(kernel, len(room))
    strides = spread(stride, len(room)) if stride not in (None, [], ()) else kernel
    paddings, dilations = spread(padding, len(room)), spread(dilation, len(room))
    lengths = []
    for n, k, s, p, d in zip(room, kernel, strides, paddings, dilations, strict=True):
        span = n + 2 * p - d * (k - 1) - 1
        length = (-(-span // s) if ceil_mode else span // s) + 1
        if ceil_mode and (length - 1) * s >= n + p:
            length -= 1  # the last window would begin in the padding
        lengths.append(length)
    if math.prod(lengths) * math.prod(kernel) * math.prod(shape(x)[:2]) > MOST_ENTRIES:
        raise TooLargeError
    flat = np.zeros((1,), np.int64)
    inside = np.ones((1,), bool)
    for n, length, k, s, p, d in zip(room, lengths, kernel, strides, paddings, dilations, strict=True):
        at = np.arange(length)[:, None] * s - p + np.arange(k) * d
        flat = flat[..., None, None] * n + at
        inside = inside[..., None, None] & (at >= 0) & (at < n)
    dims = len(room)
    order = [0, *range(1, 2 * dims, 2), *range(2, 2 * dims + 1, 2)]
    flat, inside = flat.transpose(order)[0], inside.transpose(order)[0]
    layers_ = np.arange(math.prod(shape(x)[:2])).reshape(*shape(x)[:2], *[1] * 2 * dims) * math.prod(room)
    return np.where(inside, layers_ + flat, -1)


def _grouped(x: Any, groups: int) -> Any:
    """Split the second dimension into groups: (N, groups, C / groups, ...)."""
    n, c, *rest = shape(x)
    return reshape(x, [n, groups, c // groups, *rest])


def _batched(x: Any, dims: int) -> Any:
    return unsqueeze(x, 0) if plain(x).ndim == dims + 1 else x


def contracted(pattern: str, one: Any, other: Any) -> Any:
    """Multiply and add up as an Einstein sum says."""
    value = np.einsum(pattern, plain(one), plain(other), optimize=True)
    base = one if isinstance(one, Rounded) else other
    if not isinstance(base, Rounded):
        return value
    inputs, _, output = pattern.partition("->")
    first, second = inputs.split(",")
    lengths = dict(zip(first, shape(one), strict=True)) | dict(zip(second, shape(other), strict=True))
    terms = math.prod(n for letter, n in lengths.items() if letter not in output)
    sizes = np.abs(plain(one)), np.abs(plain(other))
    carried: Any = 0.0
    for place, part in enumerate((one, other)):
        error = parts(part)[1]
        if not is_exact(error):
            both = list(sizes)
            both[place] = np.broadcast_to(error, shape(part))
            carried = carried + np.einsum(pattern, *both, optimize=True)
    return base.added(value, np.einsum(pattern, *sizes, optimize=True), terms, carried)


_KERNEL, _PLACE = "xyz", "uvw"


def convolve(input: Any, weight: Any, stride: Any, padding: Any, dilation: Any, groups: int = 1) -> Any:
    """Slide a kernel over the last dimensions: at each place the products are added up."""
    dims = plain(weight).ndim - 2
    x = _batched(input, dims)
    columns = _columns(x, weight, stride, padding, dilation, groups)
    kernels = reshape(weight, [groups, shape(weight)[0] // groups, *shape(weight)[1:]])
    u, k = _PLACE[:dims], _KERNEL[:dims]
    y = contracted(f"ngc{u}{k},goc{k}->ngo{u}", columns, kernels)
    y = reshape(y, [shape(y)[0], shape(weight)[0], *shape(y)[3:]])
    return y if plain(input).ndim == dims + 2 else squeeze(y, 0)


def _columns(x: Any, weight: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    places = windows(x, list(shape(weight)[2:]), stride, padding, dilation)
    return _grouped(take(x, places), groups)


def convolve_back(G: Any, input: Any, weight: Any, stride: Any, padding: Any, dilation: Any, groups: int = 1) -> Any:
    """Lay each entry's kernel, times the entry, where it was taken from, and add them all up."""
    dims = plain(weight).ndim - 2
    x, g = _batched(input, dims), _batched(G, dims)
    kernels = reshape(weight, [groups, shape(weight)[0] // groups, *shape(weight)[1:]])
    u, k = _PLACE[:dims], _KERNEL[:dims]
    columns = contracted(f"ngo{u},goc{k}->ngc{u}{k}", _grouped(g, groups), kernels)
    places = windows(x, list(shape(weight)[2:]), stride, padding, dilation)
    return reshape(scatter(reshape(columns, places), places, x), input)


def convolve_weight(G: Any, input: Any, weight: Any, stride: Any, padding: Any, dilation: Any, groups: int = 1) -> Any:
    """Add up, for each entry of the kernel, what it was multiplied with, times the gradient there."""
    dims = plain(weight).ndim - 2
    x, g = _batched(input, dims), _batched(G, dims)
    u, k = _PLACE[:dims], _KERNEL[:dims]
    columns = _columns(x, weight, stride, padding, dilation, groups)
    return reshape(contracted(f"ngo{u},ngc{u}{k}->goc{k}", _grouped(g, groups), columns), weight)


def grown(input: Any, weight: Any, stride: Any, padding: Any, dilation: Any, more: Any, groups: int) -> Any:
    """Return an array of the shape that a transposed convolution gives."""
    dims = plain(weight).ndim - 2
    x = _batched(input, dims)
    lengths = [
        (n - 1) * s - 2 * p + d * (k - 1) + m + 1
        for n, k, s, p, d, m in zip(
            shape(x)[2:],
            shape(weight)[2:],
            *(spread(part, dims) for part in (stride, padding, dilation, more)),
            strict=True,
        )
    ]
    full = np.zeros([shape(x)[0], shape(weight)[1] * groups, *lengths])
    return full if plain(input).ndim == dims + 2 else full[0]


def pooled(x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: Any = False) -> Any:
    """Return the largest entry under each place of a kernel."""
    dims = len(kernel)
    whole = _batched(x, dims)
    places = windows(whole, kernel, stride, padding, dilation, bool(ceil_mode))
    last = tuple(range(places.ndim - dims, places.ndim))
    value = np.where(places < 0, -np.inf, plain(whole).reshape(-1)[places]).max(last)
    return reshape(
        like(x, value, lambda error: np.max(error)), value.shape if plain(x).ndim > dims + 1 else value.shape[1:]
    )


def averaged(x: Any, kernel: Any, stride: Any, padding: Any, ceil_mode: Any, with_padding: Any, divisor: Any) -> Any:
    """Return the mean under each place of a kernel."""
    dims = len(kernel)
    whole = _batched(x, dims)
    places = windows(whole, kernel, stride, padding, 1, bool(ceil_mode))
    last = tuple(range(places.ndim - dims, places.ndim))
    y = sum(take(whole, places), list(last)) / _divisors(whole, places, kernel, stride, padding, with_padding, divisor)
    return y if plain(x).ndim > dims + 1 else squeeze(y, 0)


def averaged_back(
    G: Any, x: Any, kernel: Any, stride: Any, padding: Any, ceil_mode: Any, with_padding: Any, divisor: Any
) -> Any:
    """Share each gradient out among the entries under its place of the kernel."""
    dims = len(kernel)
    whole, g = _batched(x, dims), _batched(G, dims)
    places = windows(whole, kernel, stride, padding, 1, bool(ceil_mode))
    shares = g / _divisors(whole, places, kernel, stride, padding, with_padding, divisor)
    spread_out = copies(reshape(shares, [*shape(shares), *[1] * dims]), places)
    return reshape(scatter(spread_out, places, whole), x)


def _divisors(x: Any, places: Any, kernel: Any, stride: Any, padding: Any, with_padding: Any, divisor: Any) -> Any:
    if divisor is not None:
        return float(divisor)
    room = shape(x)[2:]
    dims = len(room)
    strides = spread(stride, dims) if stride not in (None, [], ()) else spread(kernel, dims)
    sizes = np.ones([1, 1, *[1] * dims])
    for axis, (n, length, k, s, p) in enumerate(
        zip(room, places.shape[2:], spread(kernel, dims), strides, spread(padding, dims), strict=False)
    ):
        begin = np.arange(length) * s - p
        end = np.minimum(begin + k, n + p)
        if not with_padding:
            begin, end = np.maximum(begin, 0), np.minimum(end, n)
        one = [1] * (dims + 2)
        one[axis + 2] = length
        sizes = sizes * (end - begin).reshape(one)
    return sizes


def adaptive(x: Any, output_size: Sequence[int]) -> list[list[Any]]:
    """Return for each of the last dimensions the ranges that are averaged."""
    return [
        [(i * n // m, -(-(i + 1) * n // m)) for i in range(m)]
        for n, m in zip(shape(x)[-len(output_size) :], output_size, strict=True)
    ]


def adaptive_weights(x: Any, output_size: Sequence[int]) -> list[Any]:
    """Return for each of the last dimensions the matrix that averages it, shape (output, input)."""
    found = []
    for ranges, n in zip(adaptive(x, output_size), shape(x)[-len(output_size) :], strict=True):
        matrix = np.zeros((len(ranges), n))
        for row, (begin, end) in enumerate(ranges):
            matrix[row, begin:end] = 1 / (end - begin)
        found.append(matrix)
    return found


def adaptive_mean(x: Any, output_size: Sequence[int]) -> Any:
    """Return the means of as many ranges as are wanted."""
    for place, matrix in enumerate(reversed(adaptive_weights(x, output_size))):
        x = transpose(transpose(x, -1, -1 - place) @ matrix.T, -1, -1 - place)
    return x


def adaptive_mean_back(G: Any, x: Any) -> Any:
    """Share each gradient out among the range that was averaged."""
    dims = plain(G).ndim - (2 if plain(G).ndim > 3 else 1) if plain(G).ndim > 2 else 1
    sizes = list(shape(G)[-dims:])
    for place, matrix in enumerate(reversed(adaptive_weights(x, sizes))):
        G = transpose(transpose(G, -1, -1 - place) @ matrix, -1, -1 - place)
    return G


# ---------------------------------------------------------------- normalisation, losses, attention


def softmax(x: Any, dim: int) -> Any:
    """Return exp(x), divided by its sum along a dimension."""
    if not plain(x).ndim:
        dim = None  # type: ignore[assignment]
    e = exp(x - plain(amax(x, dim, True)))
    return e / sum(e, dim, True)


def logsumexp(x: Any, dim: Any, keepdim: Any = False) -> Any:
    """Return the logarithm of the sum of exp(x)."""
    if not plain(x).size:
        return log(sum(exp(x), dim, keepdim))
    top = plain(amax(x, dim, True))
    top = np.where(np.isfinite(top), top, 0.0)
    return log(sum(exp(x - top), dim, keepdim)) + reshape(top, shape(sum(plain(x), dim, keepdim)))


def softplus(x: Any) -> Any:
    """Return log(1 + exp(x))."""
    return maximum(x, 0.0) + log1p(exp(-abs(x)))


def reduced(x: Any, reduction: int) -> Any:
    """Return all entries (0), their mean (1) or their sum (2)."""
    return x if reduction == 0 else mean(x) if reduction == 1 else sum(x)


def terms(x: Any, reduction: int) -> float:
    """Return what a reduction divides by: the number of entries for a mean, else 1."""
    return count(x) if reduction == 1 else 1


def one_hot(target: Any, x: Any, dim: int, ignored: int = -100) -> Any:
    """Return 1 where the class is the target, 0 elsewhere."""
    at = plain(target).astype(np.int64)
    classes = np.arange(shape(x)[dim]).reshape(
        [-1 if axis == dim % plain(x).ndim else 1 for axis in range(plain(x).ndim)]
    )
    wanted = np.expand_dims(at, dim) if plain(x).ndim > 1 else at
    return ((classes == wanted) & (wanted != ignored)).astype(np.float64)


def class_weights(x: Any, weight: Any, dim: int) -> Any:
    """Return the weights of the classes in a shape that fits x."""
    if weight is None:
        return 1.0
    return reshape(weight, [-1 if axis == dim % plain(x).ndim else 1 for axis in range(plain(x).ndim)])


def offset(bias: Any, like_: Any) -> Any:
    """Return what is added to each channel, 0 if nothing is."""
    return 0.0 if bias is None else channels(bias, like_)


def either(value: Any, otherwise: Any) -> Any:
    """Return the first, or the second if the first was left out."""
    return otherwise if value is None else value


def channels(x: Any, like_: Any) -> Any:
    """Give a vector of one number per channel the shape that fits an array (N, C, ...)."""
    return reshape(x, [1, -1, *[1] * (plain(like_).ndim - 2)])


def but_channels(x: Any) -> list[int]:
    """Return all dimensions but the second."""
    return [axis for axis in range(plain(x).ndim) if axis != 1]


def last(x: Any, normalized_shape: Sequence[int]) -> list[int]:
    """Return the dimensions that are normalised: the last ones."""
    return [*range(plain(x).ndim - len(normalized_shape), plain(x).ndim)]


def first(x: Any, normalized_shape: Sequence[int]) -> list[int]:
    """Return the dimensions that are not normalised: the first ones."""
    return [*range(plain(x).ndim - len(normalized_shape))]


def groups(x: Any, group: int) -> Any:
    """Return x with its channels and places in one row for each sample and group."""
    return reshape(x, [shape(x)[0], group, -1])


def masked(scores: Any, mask: Any, causal: Any) -> Any:
    """Return attention scores with a mask added, and -inf for what lies in the future."""
    if mask is not None:
        scores = where(mask, scores, -np.inf) if plain(mask).dtype == bool else scores + mask
    if causal:
        queries, keys = shape(scores)[-2:]
        scores = where(np.tri(queries, keys, dtype=bool), scores, -np.inf)
    return scores


def arctan2(y: Any, x: Any) -> Any:
    """Return the angle of the point (x, y)."""
    value = np.arctan2(plain(y), plain(x))
    base = y if isinstance(y, Rounded) else x
    if not isinstance(base, Rounded):
        return value
    square = plain(x) ** 2 + plain(y) ** 2
    carried = through(plain(x) / square, parts(y)[1]) + through(plain(y) / square, parts(x)[1])
    return base.rounded(value, carried, FUNCTION)


_NOT_FOR_FORMULAS = {
    "Any",
    "Callable",
    "Sequence",
    "Rounded",
    "TooLargeError",
    "function",
    "parts",
    "product",
    "through",
}

FUNCTIONS: dict[str, Any] = {
    **{name: value for name, value in globals().items() if callable(value) and name[0] != "_"},
    "pi": math.pi,
    "inf": math.inf,
}
"""What a formula may use, by name: the functions of this module, π and ∞."""
for _name in _NOT_FOR_FORMULAS:
    FUNCTIONS.pop(_name, None)
