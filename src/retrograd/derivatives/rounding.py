"""Numbers that know how far off they may be. Nothing here knows derivatives or PyTorch.

A formula is computed in float64 on what was recorded. The loop computed the same in its own dtype, and every
operation of it may have rounded. `Rounded` carries both: the value in float64, and a bound for the distance to what
the loop's dtype may have made of it, to first order in the unit of rounding (of products to second). It is the running
error analysis of Wilkinson (Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, section 3.3).

One operation may be off by one `eps` of its result, which is twice the distance to the nearest number, since a kernel
may do the same in another order; an elementary function by `FUNCTION` of them. A sum of n terms may be off by n/2 `eps`
of the sum of their sizes, and is rounded once more. Errors of many terms partly cancel: with probability
1 - 2 exp(-λ²/2) they stay below λ√n/2 `eps` (Higham and Mary, SIAM J. Sci. Comput. 41, 2019), which is taken with
λ = `SPREAD` where it is smaller. A number that is added m times to sums of about the same size is rounded in the same
direction each time, so its errors are one of m times the size: n, the sum of as many squares of 1, becomes that of m².
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

FUNCTION = 4
"""So many `eps` an elementary function's result may be off: its kernels are good to one or two."""

SPREAD = 8
"""Standard deviations: a chance of 1e-13 that the rounding of a long sum is larger than its bound."""

LARGE = 1 << 22
"""A product of matrices with more terms in all has coarser bounds."""

Array = np.ndarray


@dataclass(frozen=True, slots=True)
class Precision:
    """How a dtype rounds."""

    eps: float
    """Distance from 1 to the next number."""
    adding: float
    """The same for the numbers in which sums are formed: float32 for half precision."""
    tiny: float
    """Smaller results may be flushed to zero."""
    largest: float


PRECISIONS = {
    "float64": Precision(2.0**-52, 2.0**-52, 2.0**-1022, 2.0**1023 * (2 - 2.0**-52)),
    "float32": Precision(2.0**-23, 2.0**-23, 2.0**-126, 2.0**127 * (2 - 2.0**-23)),
    "float16": Precision(2.0**-10, 2.0**-23, 2.0**-14, 65504.0),
    "bfloat16": Precision(2.0**-7, 2.0**-23, 2.0**-126, 2.0**127 * (2 - 2.0**-7)),
}
PRECISIONS |= {"complex128": PRECISIONS["float64"], "complex64": PRECISIONS["float32"]}


def precision_of(dtypes: Sequence[str]) -> Precision:
    """Return the coarsest precision among some dtypes; float32 if none of them is a floating-point one."""
    known = [PRECISIONS[dtype] for dtype in dtypes if dtype in PRECISIONS]
    return max(known, key=lambda precision: precision.eps, default=PRECISIONS["float32"])


def summing(terms: Any, precision: Precision, alike: Any = None) -> Any:  # numbers, or arrays of them
    """Return how many times the sum of sizes a sum of so many terms may be off; `alike` as in `Rounded.added`."""
    return adding(terms, precision, alike) + precision.eps


def adding(terms: Any, precision: Precision, alike: Any = None) -> Any:  # numbers, or arrays of them
    """Return how many times the size of what is there so many additions to it may be off."""
    return np.minimum(terms, SPREAD * np.sqrt(terms if alike is None else alike)) * precision.adding / 2


class Rounded:
    """An array in float64, and how far off each entry may be."""

    __slots__ = ("error", "precision", "products", "value")
    __array_ufunc__ = None  # NumPy leaves `array * rounded` to this class

    def __init__(self, value: Any, precision: Precision, error: Any = 0.0) -> None:
        self.value: Array = np.asarray(value, np.float64)
        self.precision = precision
        self.error = error
        """The number 0.0 if the value is exactly what was recorded."""
        self.products = 0
        """Of a sum of products so many. A kernel may begin it with what is added to it here, such as a bias."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """The number of its axes."""
        return self.value.ndim

    @property
    def size(self) -> int:
        """The number of its entries."""
        return self.value.size

    def rounded(self, value: Any, carried: Any, units: float = 1) -> Rounded:
        """Return a result of this precision: what it inherits of errors, and its own rounding."""
        error = np.asarray(np.abs(value))  # the size, until it is known whether it may have overflowed
        fits = not error.size or error.max() <= self.precision.largest
        size = error if fits else error.copy()
        error *= units * self.precision.eps
        error += units * self.precision.tiny
        if not is_exact(carried):
            error = error + carried if np.shape(carried) != error.shape else np.add(error, carried, out=error)
        return Rounded(value, self.precision, error if fits else self._overflowed(value, size, error))

    def exact(self, value: Any, error: Any) -> Rounded:
        """Return a result that is not rounded anew."""
        return Rounded(value, self.precision, error)

    def bounds(self) -> Array:
        """Return the error of each entry, with the shape of the value."""
        error = np.asarray(self.error, np.float64)
        return error if error.shape == self.value.shape else np.broadcast_to(error, self.value.shape)

    def __neg__(self) -> Rounded:
        return self.exact(-self.value, self.error)

    def __add__(self, other: Any) -> Rounded:
        value, error = self._summand(other)
        begun = self._begun_with(value)
        if isinstance(other, Rounded):
            begun = begun + other._begun_with(self.value)
        return self.rounded(self.value + value, self.error + error + begun)

    __radd__ = __add__

    def _begun_with(self, first: Array) -> Any:
        """Return how far off a sum of products may be, besides, if it begins with a number."""
        return adding(self.products, self.precision) * np.abs(first) if self.products else 0.0

    def __sub__(self, other: Any) -> Rounded:
        value, error = self._summand(other)
        return self.rounded(self.value - value, self.error + error)

    def _summand(self, other: Any) -> tuple[Array, Any]:
        """Return the value and the error of what is added: kernels round a number of Python's to their own precision.

        Where the sum cancels, its own rounding is smaller than that.
        """
        if isinstance(other, float) and self.precision.adding > PRECISIONS["float64"].adding:
            return np.asarray(other), abs(float(np.float32(other)) - other)
        return parts(other)

    def __rsub__(self, other: Any) -> Rounded:
        return (-self) + other

    def __mul__(self, other: Any) -> Rounded:
        value, error = parts(other)
        carried = through(value, self.error) + through(self.value, error)
        if not is_exact(self.error) and not is_exact(error):
            carried = carried + self.error * error  # all that is left where both values are zero
        return self.rounded(self.value * value, carried)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Rounded:
        value, error = parts(other)
        quotient = self.value / value
        carried = through(1 / value, self.error) + through(quotient / value, error)
        # Where the divisor may be zero, nothing is known of the quotient.
        return self.rounded(quotient, np.where((error > 0) & (np.abs(value) <= error), np.inf, carried))

    def __rtruediv__(self, other: Any) -> Rounded:
        return Rounded(other, self.precision) / self

    def __pow__(self, exponent: Any) -> Rounded:
        power, error = parts(exponent)
        value = self.value**power
        carried = through(power * self.value ** (power - 1), self.error) + through(value * np.log(self.value), error)
        return self.rounded(value, carried, FUNCTION)

    def __rpow__(self, base: Any) -> Rounded:
        return Rounded(base, self.precision) ** self

    def __matmul__(self, other: Any) -> Rounded:
        value, error = parts(other)
        size = self._sizes(self.value, value)
        carried = 0.0
        if not is_exact(self.error):
            carried = carried + self.bounds() @ np.abs(value)
        if not is_exact(error):
            carried = carried + np.abs(self.value) @ np.broadcast_to(error, value.shape)
        result = self.added(self.value @ value, size, self.value.shape[-1], carried)
        result.products = self.value.shape[-1]
        return result

    def _sizes(self, one: Array, other: Array) -> Array:
        """Return a product of positive matrices that is not too small; in float32 where bounds are that coarse.

        Where it is large, each sum of products is bounded by the product of the two norms (Cauchy and Schwarz).
        """
        if one.ndim > 1 and other.ndim > 1 and one.size * other.shape[-1] > LARGE:
            rows = np.sqrt(np.einsum("...ij,...ij->...i", one, one))
            columns = np.sqrt(np.einsum("...ij,...ij->...j", other, other))
            return rows[..., :, None] * columns[..., None, :]
        single = PRECISIONS["float32"]
        one, other = np.abs(one), np.abs(other)
        if self.precision.eps < single.eps:
            return one @ other
        # What underflows here is less than `tiny`, which each sum's bound has for each of its terms.
        product = one.astype(np.float32) @ other.astype(np.float32)
        return product.astype(np.float64) * (1 + one.shape[-1] * single.eps)

    def __rmatmul__(self, other: Any) -> Rounded:
        return Rounded(other, self.precision) @ self

    def added(self, value: Any, size: Any, terms: Any, carried: Any, alike: Any = None) -> Rounded:
        """Return a sum of so many terms, given the sum of their sizes.

        Args:
            value: The sum.
            size: The sum of the sizes of its terms.
            terms: How many there are.
            carried: What the sum inherits of errors.
            alike: The squares of how often each number occurs among the terms, added up; None if each occurs once.
        """
        error = summing(terms, self.precision, alike) * size + np.maximum(terms, 1) * self.precision.tiny + carried
        fits = np.size(size) and np.max(size) <= self.precision.largest
        return self.exact(value, error if fits else self._overflowed(value, size, error))

    def _overflowed(self, value: Any, size: Any, error: Any) -> Array:
        # A number too large for the dtype became infinite there. One that is infinite here came from an infinite one.
        return np.where(np.isfinite(value), np.where(size > self.precision.largest, np.inf, error), 0.0)

    def __abs__(self) -> Rounded:
        return self.exact(np.abs(self.value), self.error)

    # Comparisons decide as the recorded numbers do.
    def __lt__(self, other: Any) -> Array:
        return self.value < parts(other)[0]

    def __le__(self, other: Any) -> Array:
        return self.value <= parts(other)[0]

    def __gt__(self, other: Any) -> Array:
        return self.value > parts(other)[0]

    def __ge__(self, other: Any) -> Array:
        return self.value >= parts(other)[0]

    def __eq__(self, other: Any) -> Array:  # type: ignore[override]
        return self.value == parts(other)[0]

    def __ne__(self, other: Any) -> Array:  # type: ignore[override]
        return self.value != parts(other)[0]

    __hash__ = None  # type: ignore[assignment]


def parts(number: Any) -> tuple[Array, Any]:
    """Return the value and the error of a number, an array or a Rounded."""
    if isinstance(number, Rounded):
        return number.value, number.error
    return np.asarray(number, np.float64), 0.0


def is_exact(error: Any) -> bool:
    """Return whether there is no error at all."""
    return isinstance(error, float) and error == 0


def through(slope: Any, error: Any) -> Any:
    """Return the error behind a function of this slope; none stays none, however steep it is."""
    if is_exact(error):
        return 0.0
    product = np.abs(slope) * error
    if np.isfinite(product.sum()):
        return product
    return np.where(np.asarray(error) == 0, 0.0, product)
