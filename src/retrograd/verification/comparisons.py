"""What a comparison is, and how two arrays become one. Nothing here knows where the numbers come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from retrograd.derivatives.rounding import Rounded

Method = Literal[
    "formula",
    "definition",
    "sum",
    "forward mode",
    "central differences",
    "float64 autograd",
    "executed again",
]
"""How the second number was computed: by the row of the table on what the step recorded (of a gradient: formula; of a
value: definition); as the sum of the gradients that arrive at one place; by forward-mode products, or differences, of
the forward operation or the whole step in float64; by autograd on the step's forward operations in float64; by
executing the step's program, which must agree to the bit."""

EPS64 = float(np.finfo(np.float64).eps)

SMALLEST = 1e-320
"""A tolerance of zero is taken as this, so that an error can be divided by it."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A recorded tensor beside a recomputed one. The numbers are those of the entry that is worst."""

    step: int
    event: int
    """The event in whose course the recorded number came about."""
    line: int | None
    """Index into `Recording.lines`: the line of the forward operation, or the one to blame, if that is known."""
    what: str
    """`∂loss/∂w`, `z`, `w.grad`"""
    method: Method
    entries: int
    """How many entries were compared."""
    index: tuple[int, ...]
    """Which of them is the worst; () for a single number."""
    recorded: float
    recomputed: float
    error: float
    tolerance: float
    """How far off rounding alone can have brought it; docs/verifying.md derives it."""
    agrees: bool
    why: str = ""
    """What is known about a disagreement."""
    undecided: int = 0
    """Entries that were left out: rounding may have made anything of them, such as an overflow."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comparison belongs."""

    step: int
    event: int
    line: int | None
    what: str
    why: str = ""


def compared(place: Place, method: Method, recorded: np.ndarray, expected: Any) -> Comparison | None:
    """Compare recorded numbers with expected ones, entry by entry; None if there is nothing to compare.

    Args:
        place: Where they belong.
        method: How the expected ones were computed.
        recorded: What the loop had.
        expected: A `Rounded` of the same shape, which brings the tolerance of each entry; or an array that is exact.
    """
    value = expected.value if isinstance(expected, Rounded) else np.asarray(expected, np.float64)
    tolerance = expected.bounds() if isinstance(expected, Rounded) else np.zeros(value.shape)
    if isinstance(expected, Rounded) and expected.precision.eps < 1000 * EPS64:
        # The expected number was rounded, too: in float64.
        tolerance = tolerance * (1 + EPS64 / expected.precision.eps)
    return with_tolerance(place, method, recorded, value, tolerance)


def with_tolerance(
    place: Place, method: Method, recorded: np.ndarray, value: np.ndarray, tolerance: np.ndarray
) -> Comparison | None:
    """Compare recorded numbers with expected ones, given how far each may be off; None if there are no numbers."""
    have = np.asarray(recorded, np.float64)
    if have.shape != value.shape:
        value, tolerance = np.broadcast_to(value, have.shape), np.broadcast_to(tolerance, have.shape)
    if not have.size:
        return None
    if not any(tolerance.strides) and tolerance.flat[0] == 0 and np.array_equal(have, value):
        return _equal(place, method, have)
    with np.errstate(all="ignore"):
        error = np.asarray(have - value)
        np.abs(error, out=error)
        scale = np.asarray(np.maximum(tolerance, SMALLEST))
        ratio = np.divide(error, scale, out=scale)
        count = have.size
        # A sum is finite only if all of its terms are; where they are not, each entry needs a look of its own.
        worst = int(ratio.argmax())
        if not np.isfinite(np.sum(tolerance)) or not np.isfinite(ratio.flat[worst]):
            same = (have == value) | (np.isnan(have) & np.isnan(value))
            error = np.where(same, 0.0, np.where(np.isnan(error), np.inf, error))
            # Where rounding may have done anything, such as overflow, nothing can be said.
            decided = np.isfinite(tolerance) | same
            ratio = np.where(same, 0.0, np.where(decided, error / np.maximum(tolerance, SMALLEST), -1.0))
            count = int(decided.sum())
            worst = int(ratio.argmax())
    index = tuple(int(i) for i in np.unravel_index(worst, have.shape))
    return Comparison(
        place.step,
        place.event,
        place.line,
        place.what,
        method,
        count,
        index,
        float(have[index]),
        float(value[index]),
        float(error[index]),
        float(tolerance[index]),
        bool(ratio[index] <= 1),
        place.why,
        have.size - count,
    )


def _equal(place: Place, method: Method, have: np.ndarray) -> Comparison:
    """Return the comparison of exact numbers that are the expected ones."""
    index = (0,) * have.ndim
    one = float(have[index])
    return Comparison(
        *(place.step, place.event, place.line, place.what, method, have.size, index),
        *(one, one, 0.0, 0.0, True, place.why),
    )


@dataclass(frozen=True)
class Verification:
    """What verify() found."""

    comparisons: tuple[Comparison, ...]
    steps: tuple[int, ...]
    """The steps whose every node, leaf, value and update was compared."""
    executed: int
    """Steps that were executed again, with every bit that they hold compared."""
    notes: tuple[str, ...]
    """Sentences: what was not compared, and why."""

    @property
    def disagreements(self) -> Sequence[Comparison]:
        """The comparisons that do not agree, those of the earliest step first."""
        return [comparison for comparison in self.comparisons if not comparison.agrees]

    @property
    def agrees(self) -> bool:
        """Whether all comparisons agree."""
        return not self.disagreements

    @property
    def entries(self) -> int:
        """How many numbers were compared."""
        return sum(comparison.entries for comparison in self.comparisons)

    @property
    def worst(self) -> float:
        """The largest error among those that agree, relative to its tolerance."""
        ratios = (c.error / c.tolerance for c in self.comparisons if c.agrees and c.tolerance > 0)
        return max(ratios, default=0.0)
