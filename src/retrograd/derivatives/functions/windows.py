"""Windows: convolution and pooling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from retrograd.derivatives.functions.elementwise import KERNEL, PLACE, TooLargeError, like, plain
from retrograd.derivatives.functions.places import scatter, take
from retrograd.derivatives.functions.shapes import copies, reshape, shape, squeeze, sum, transpose, unsqueeze
from retrograd.derivatives.rounding import Rounded, is_exact, parts

# A formula's argument is an array, a Rounded, a number, a list of these, or None for what is left out: hence Any.

MOST_ENTRIES = 1 << 27
"""A formula that needs a larger array in between is not computed."""


def spread(number: Any, length: int) -> list[int]:
    """Return one number for each of so many dimensions."""
    several = list(number) if isinstance(number, (list, tuple)) else [number]
    return [int(n) for n in (several * length if len(several) == 1 else several)]


def windows(
    x: Any,
    kernel: Any,
    stride: Any,
    padding: Any,
    dilation: Any = 1,
    ceil_mode: bool = False,
    counts: Sequence[int] | None = None,
) -> Any:
    """Return the places of x under a kernel: the shape is (N, C, *places of the kernel, *its own shape).

    Places in the padding are -1. There are as many windows as fit, or with `counts` so many along each dimension.
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
    lengths = lengths if counts is None else list(counts)
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


def convolve(
    input: Any, weight: Any, stride: Any, padding: Any, dilation: Any, groups: int = 1, pattern: Any = None
) -> Any:
    """Slide a kernel over the last dimensions: at each place the products are added up.

    There are as many places as fit, or as many as `pattern` has: a transposed convolution with `output_padding` has
    room for more.
    """
    dims = plain(weight).ndim - 2
    x = _batched(input, dims)
    counts = None if pattern is None else shape(pattern)[-dims:]
    columns = _columns(x, weight, stride, padding, dilation, groups, counts)
    kernels = reshape(weight, [groups, shape(weight)[0] // groups, *shape(weight)[1:]])
    u, k = PLACE[:dims], KERNEL[:dims]
    y = contracted(f"ngc{u}{k},goc{k}->ngo{u}", columns, kernels)
    y = reshape(y, [shape(y)[0], shape(weight)[0], *shape(y)[3:]])
    return _summed(y if plain(input).ndim == dims + 2 else squeeze(y, 0), shape(weight)[1:])


def _columns(
    x: Any, weight: Any, stride: Any, padding: Any, dilation: Any, groups: int, counts: Sequence[int] | None
) -> Any:
    places = windows(x, list(shape(weight)[2:]), stride, padding, dilation, counts=counts)
    return _grouped(take(x, places), groups)


def convolve_back(G: Any, input: Any, weight: Any, stride: Any, padding: Any, dilation: Any, groups: int = 1) -> Any:
    """Lay each entry's kernel, times the entry, where it was taken from, and add them all up."""
    dims = plain(weight).ndim - 2
    x, g = _batched(input, dims), _batched(G, dims)
    kernels = reshape(weight, [groups, shape(weight)[0] // groups, *shape(weight)[1:]])
    u, k = PLACE[:dims], KERNEL[:dims]
    columns = contracted(f"ngo{u},goc{k}->ngc{u}{k}", _grouped(g, groups), kernels)
    places = windows(x, list(shape(weight)[2:]), stride, padding, dilation, counts=shape(g)[2:])
    y = reshape(scatter(reshape(columns, places), places, x), input)
    return _summed(y, [shape(weight)[0] // groups, *shape(weight)[2:]])


def _summed(y: Any, terms: Sequence[int]) -> Any:
    """Say of how many products an entry is the sum at most."""
    if isinstance(y, Rounded):
        y.products = math.prod(terms)
    return y


def convolve_weight(G: Any, input: Any, weight: Any, stride: Any, padding: Any, dilation: Any, groups: int = 1) -> Any:
    """Add up, for each entry of the kernel, what it was multiplied with, times the gradient there."""
    dims = plain(weight).ndim - 2
    x, g = _batched(input, dims), _batched(G, dims)
    u, k = PLACE[:dims], KERNEL[:dims]
    columns = _columns(x, weight, stride, padding, dilation, groups, shape(g)[2:])
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
