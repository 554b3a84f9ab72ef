"""What layers and losses are made of: softmax, targets, norms, masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from retrograd.derivatives.functions.elementwise import exp, log, log1p, maximum, plain, where
from retrograd.derivatives.functions.shapes import amax, count, mean, reshape, shape, sum


def softmax(x: Any, dim: int) -> Any:
    """Return exp(x), divided by its sum along a dimension."""
    if not plain(x).size:
        return x
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
