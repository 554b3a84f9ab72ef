"""Functions of each entry by itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from retrograd.derivatives.rounding import FUNCTION, Rounded, is_exact, parts, through

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


_GRID = 512
"""Points in a unit at which the error function and its derivatives are known."""

_NODES = np.arange(-6 * _GRID, 6 * _GRID + 1) / _GRID
_SLOPES = 2 / math.sqrt(math.pi) * np.exp(-(_NODES**2))
_TAYLOR = np.stack(
    [
        np.array([math.erf(node) for node in _NODES]),
        _SLOPES,
        -_NODES * _SLOPES,
        (2 * _NODES**2 - 1) * _SLOPES / 3,
        (3 * _NODES - 2 * _NODES**3) * _SLOPES / 6,
        (4 * _NODES**4 - 12 * _NODES**2 + 3) * _SLOPES / 30,
    ]
)
"""The first terms of its Taylor series at each of them; the next term is below 1e-17."""


def _erf(x: Any) -> Any:
    inside = np.clip(np.nan_to_num(x), -6, 6)  # beyond, it is 1 to all digits
    places = np.rint(inside * _GRID).astype(np.int64) + 6 * _GRID
    away = inside - _NODES[places]
    value = _TAYLOR[5][places]
    for order in (4, 3, 2, 1, 0):
        value = value * away + _TAYLOR[order][places]
    return np.where(np.isnan(x), x, value)


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
        return _erf(np.asarray(x, np.float64))
    value = _erf(x.value)
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


KERNEL, PLACE = "xyz", "uvw"


def arctan2(y: Any, x: Any) -> Any:
    """Return the angle of the point (x, y)."""
    value = np.arctan2(plain(y), plain(x))
    base = y if isinstance(y, Rounded) else x
    if not isinstance(base, Rounded):
        return value
    square = plain(x) ** 2 + plain(y) ** 2
    carried = through(plain(x) / square, parts(y)[1]) + through(plain(y) / square, parts(x)[1])
    return base.rounded(value, carried, FUNCTION)
