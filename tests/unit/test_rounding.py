"""Bounds of rounding beside what float32 really does, entry after entry."""

from __future__ import annotations

import numpy as np
import pytest

from retrograd.derivatives.functions.shapes import sum as summed
from retrograd.derivatives.rounding import PRECISIONS, Rounded

EPS = 2.0**-23


def one_by_one(numbers: np.ndarray) -> float:
    """Add up in float32, from the first number to the last."""
    return float(np.cumsum(numbers, dtype=np.float32)[-1])


@pytest.mark.parametrize("number", [0.1, 0.3, 1 / 5184, 7e-5, -3.3])
@pytest.mark.parametrize("count", [100, 5184, 100_000])
@pytest.mark.parametrize("zeros", [0, 300])
def test_the_sum_of_equal_numbers_is_within_its_bound(number, count, zeros):
    numbers = np.full(count, number, np.float32)
    numbers = np.insert(numbers, np.linspace(0, count, zeros).astype(int), 0)
    found = summed(Rounded(numbers, PRECISIONS["float32"]))
    assert abs(one_by_one(numbers) - found.value) <= found.bounds()


def test_the_errors_of_equal_numbers_have_a_common_direction():
    # As many numbers that are all different would be 8 standard deviations off at less than that.
    numbers = np.full(1_000_000, 0.1, np.float32)
    error = abs(one_by_one(numbers) - numbers.astype("f8").sum())
    assert error > 8 * np.sqrt(len(numbers)) / 2 * EPS * numbers.sum()


def test_numbers_that_differ_have_the_bound_of_errors_without_a_direction():
    numbers = np.random.default_rng(0).permutation(np.linspace(0.5, 1, 10_000)).astype(np.float32)
    assert len(np.unique(numbers)) == len(numbers)
    found = summed(Rounded(numbers, PRECISIONS["float32"]))
    assert found.bounds() == pytest.approx((8 * 100 / 2 + 1) * EPS * numbers.astype("f8").sum(), rel=1e-9)
    assert abs(one_by_one(numbers) - found.value) <= found.bounds()


def test_each_sum_has_the_bound_of_its_own_numbers():
    numbers = np.linspace(1, 2, 2 * 1000).reshape(2, 1000)
    numbers[1] = np.repeat([1.0, 2.0, 3.0, 4.0], 250)  # each occurs 250 times: 4 * 250² = 500² instead of 1000
    found = summed(Rounded(numbers, PRECISIONS["float32"]), 1)
    sizes = numbers.sum(1)
    assert found.bounds()[0] == pytest.approx((8 * np.sqrt(1000) / 2 + 1) * EPS * sizes[0], rel=1e-9)
    assert found.bounds()[1] == pytest.approx((1000 / 2 + 1) * EPS * sizes[1], rel=1e-9)
