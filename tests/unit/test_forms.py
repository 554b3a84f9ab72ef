"""Functions that are written out in C++, beside the same in float64."""

import ctypes

import numpy as np
import pytest

from retrograd.engines.forms import PRELUDE
from retrograd.engines.toolchain import built, no_compiler

pytestmark = pytest.mark.skipif(no_compiler() is not None, reason=f"{no_compiler()}")

EACH = """
extern "C" void each(const float* from, float* to, int64_t count) {
    using V = at::vec::Vectorized<float>;
    for (int64_t i = 0; i < count; i += V::size()) exp_of(V::loadu(from + i)).store(to + i);
}
"""


def exp_of(points):
    points = np.ascontiguousarray(points, np.float32)
    padded = np.zeros(-(-len(points) // 16) * 16, np.float32)
    padded[: len(points)] = points
    found = np.empty_like(padded)
    addresses = (array.ctypes.data_as(ctypes.c_void_p) for array in (padded, found))
    built(PRELUDE + EACH).each(*addresses, ctypes.c_int64(len(padded)))
    return found[: len(points)]


@pytest.mark.parametrize(("lowest", "highest"), [(-87, 88.7), (-2, 2), (-1e-3, 1e-3)])
def test_exponentials_are_within_four_units_in_the_last_place(lowest, highest):
    points = np.random.default_rng(0).uniform(lowest, highest, 200_000).astype(np.float32)
    exact = np.exp(points.astype(np.float64))
    units = np.abs(exp_of(points) - exact) / np.spacing(exact.astype(np.float32))
    assert units.max() <= 4


def test_exponentials_of_what_is_very_large_or_no_number_are_what_they_must_be():
    points = [np.nan, np.inf, -np.inf, 0.0, -0.0, 89.0, 1e30, -104.0, -1e30]
    np.testing.assert_array_equal(exp_of(points), [np.nan, np.inf, 0, 1, 1, np.inf, np.inf, 0, 0])


def test_exponentials_below_the_normal_numbers_do_not_vanish():
    points = np.float32([-88.0, -95.0, -100.0, -103.0])
    smallest = np.finfo(np.float32).smallest_subnormal
    np.testing.assert_allclose(exp_of(points), np.exp(points.astype(np.float64)), rtol=0, atol=smallest)
