"""Tensors as bytes, as summaries and as sums of bits, beside what NumPy makes of the same numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from retrograd.contents import (
    WHOLE_NBYTES,
    checksum,
    content,
    dtype_name,
    extent,
    is_plain,
    is_small,
    no_summary,
    summary,
)
from retrograd.recording import SAMPLE_LENGTH, SUMMARY_HEAD

DTYPES = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u1", "?", "c8", "c16"]


def some(dtype: str, shape: tuple[int, ...] = (3, 4)) -> np.ndarray:
    random = np.random.default_rng(0)
    array = random.integers(-100, 100, shape)
    return (array + 1j * array[::-1]).astype(dtype) if dtype.startswith("c") else array.astype(dtype)


def spanned(tensor: torch.Tensor) -> bytes:
    """Return the memory from the first to the last entry, cut out of the whole storage."""
    size = tensor.element_size()
    last = tensor.storage_offset() + sum((n - 1) * s for n, s in zip(tensor.shape, tensor.stride(), strict=True))
    whole = bytes(tensor.untyped_storage().tolist())
    return whole[tensor.storage_offset() * size : (last + 1) * size]


# ---------------------------------------------------------------- bytes


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_content_is_what_numpy_holds(dtype):
    array = some(dtype)
    assert content(torch.from_numpy(array.copy())) == array.tobytes()


def test_half_precision_of_another_kind():
    tensor = torch.tensor([1.5, -2.0, math.inf], dtype=torch.bfloat16)
    wide = np.array([1.5, -2.0, math.inf], "<f4").view("<u4") >> 16  # its upper half, by definition
    assert content(tensor) == wide.astype("<u2").tobytes()


VIEWS = {
    "a row": lambda t: t[1],
    "a column": lambda t: t[:, 2],
    "every other": lambda t: t[::2, 1::2],
    "transposed": lambda t: t.t(),
    "expanded": lambda t: t[:1].expand(5, 6),
    "one entry": lambda t: t[2, 3],
    "overlapping": lambda t: t.as_strided((4, 3), (1, 1), 2),
    "a diagonal": lambda t: t.diagonal(),
}


@pytest.mark.parametrize("name", VIEWS)
def test_the_content_of_a_view_is_the_memory_that_it_spans(name):
    view = VIEWS[name](torch.arange(24.0).view(4, 6))
    assert content(view) == spanned(view)
    assert extent(view) == len(spanned(view))


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0, 2)])
def test_nothing_has_no_bytes(shape):
    assert content(torch.zeros(shape)) == b""
    assert extent(torch.zeros(shape)) == 0


def test_a_number_without_axes():
    assert content(torch.tensor(2.5)) == np.float32(2.5).tobytes()


def test_the_tensor_is_not_kept():
    tensor = torch.ones(3)
    data = content(tensor)
    tensor.zero_()
    assert data == np.ones(3, "f4").tobytes()


def test_small_ends_with_the_limit():
    entries = WHOLE_NBYTES // 4
    assert is_small(torch.zeros(entries))
    assert not is_small(torch.zeros(entries + 1))
    assert not is_small(torch.zeros(2, entries)[:, 0])


# ---------------------------------------------------------------- which tensors


def test_ordinary_memory_is_plain():
    for tensor in (torch.ones(2), torch.ones(2, 2).t(), torch.nn.Parameter(torch.ones(1)), torch.ones(0)):
        assert is_plain(tensor)


class Marked(torch.Tensor):
    pass


def test_a_class_that_only_has_a_name_is_plain():
    assert is_plain(torch.ones(2).as_subclass(Marked))


@pytest.mark.filterwarnings("ignore")
def test_other_tensors_are_not():
    from torch.testing._internal.two_tensor import TwoTensor

    others = {
        "sparse": torch.eye(2).to_sparse(),
        "no memory": torch.ones(2, device="meta"),
        "conjugated": torch.ones(2, dtype=torch.complex64).conj(),
        "negated": torch.ones(2, dtype=torch.complex64).conj().imag,
        "quantised": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
        "wrapping": TwoTensor(torch.ones(2), torch.ones(2)),
        "without a shape": torch.nn.parameter.UninitializedParameter(),
    }
    assert [name for name, tensor in others.items() if is_plain(tensor)] == []


def test_tensors_inside_of_torch_func_are_not():
    seen = []

    def look(x):
        seen.append(is_plain(x))
        return x.sum()

    torch.func.grad(look)(torch.ones(2))
    torch.vmap(look)(torch.ones(2, 2))
    assert seen == [False, False]


@pytest.mark.parametrize("name", ["float32", "bfloat16", "complex128", "bool", "int8"])
def test_dtypes_are_spelled_as_pytorch_spells_them(name):
    assert dtype_name(getattr(torch, name)) == name


# ---------------------------------------------------------------- sums of bits


def bits(array: np.ndarray) -> int:
    """Add the bits of all entries, eight bytes at a time, the long way round."""
    content = np.ascontiguousarray(array).tobytes()
    return sum(int.from_bytes(content[place : place + 8], "little") for place in range(0, len(content), 8)) % 2**64


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_checksum_is_the_sum_of_the_bits(dtype):
    array = some(dtype, (50, 7))
    assert checksum(torch.from_numpy(array.copy())) == bits(array)


@settings(deadline=None)  # the first call loads kernels
@given(arrays.arrays("<f4", st.integers(0, 60), elements=st.floats(width=32)))
def test_the_checksum_of_any_numbers(array):
    assert checksum(torch.from_numpy(array.copy())) == bits(array)


def test_the_checksum_of_a_view_counts_its_own_entries():
    array = some("f4", (6, 8))
    entries = array[::2, 3:].ravel().view("<i4")
    assert checksum(torch.from_numpy(array.copy())[::2, 3:]) == sum(int(entry) for entry in entries) % 2**64


def test_the_checksum_is_that_of_the_memory_however_it_is_looked_at():
    tensor = torch.from_numpy(some("f4", (6, 9, 5)).copy())
    assert checksum(tensor.permute(2, 0, 1)) == checksum(tensor)
    assert checksum(tensor[1:]) == bits(tensor[1:].numpy())


def test_one_bit_changes_the_checksum():
    array = np.ones(1000, "<f4")
    changed = array.copy()
    changed.view("<u4")[500] ^= 1
    assert checksum(torch.from_numpy(array)) != checksum(torch.from_numpy(changed))
    assert checksum(torch.tensor([0.0])) != checksum(torch.tensor([-0.0]))


# ---------------------------------------------------------------- summaries


def read(tensor: torch.Tensor) -> tuple[np.void, bytes]:
    data = summary(tensor)
    return np.frombuffer(data, SUMMARY_HEAD, 1)[0], data[SUMMARY_HEAD.itemsize :]


@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", "i8", "i4", "u1", "?"])
def test_a_summary_says_what_numpy_says(dtype):
    array = some(dtype, (40, 60))
    head, _ = read(torch.from_numpy(array.copy()))
    wide = array.astype("f8")
    assert head["count"] == array.size
    assert head["nonfinite"] == 0
    assert head["checksum"] == bits(array)
    assert head["minimum"] == wide.min()
    assert head["maximum"] == wide.max()
    # At worst each of `count` additions rounds, in the precision that torch works in.
    rounding = float(array.size * np.finfo("f4" if dtype in ("f4", "f2") else "f8").eps)
    assert head["mean"] == pytest.approx(wide.mean(), abs=rounding * np.abs(wide).max())
    assert head["norm"] == pytest.approx(np.sqrt((wide**2).sum()), rel=rounding)


def test_the_norm_of_complex_numbers_is_that_of_their_parts():
    array = some("c8", (40, 60))
    head, _ = read(torch.from_numpy(array.copy()))
    assert head["count"] == array.size
    assert head["norm"] == pytest.approx(
        np.linalg.norm(array.astype("c16")), rel=float(2 * array.size * np.finfo("f4").eps)
    )


@pytest.mark.parametrize("scale", [1e-30, 1e-20, 1e18, 3e34])
def test_squares_that_single_precision_cannot_hold(scale):
    array = (np.abs(some("f4", (2000,))) + 1) * np.float32(scale)
    head, _ = read(torch.from_numpy(array.copy()))
    wide = array.astype("f8")
    assert head["nonfinite"] == 0
    assert head["norm"] == pytest.approx(np.sqrt((wide**2).sum()), rel=1e-6)
    assert head["mean"] == pytest.approx(wide.mean(), rel=1e-6)


def test_a_summary_that_was_not_made_says_so():
    head = np.frombuffer(no_summary(100), SUMMARY_HEAD, 1)[0]
    assert len(no_summary(100)) == 100
    assert head["nonfinite"] == -1
    assert np.isnan([head[name] for name in ("minimum", "maximum", "mean", "norm")]).all()


@pytest.mark.parametrize("count", [1, 3])
def test_numbers_that_are_none_are_counted(count):
    array = some("f4", (2000,))
    array[:count] = [math.nan, math.inf, -math.inf][:count]
    head, _ = read(torch.from_numpy(array.copy()))
    assert head["nonfinite"] == count


def test_a_norm_that_overflows_does_not_make_entries_infinite():
    array = np.full(2000, 1e308)
    head, _ = read(torch.from_numpy(array.copy()))
    assert head["nonfinite"] == 0


@pytest.mark.parametrize("length", [2000, 2001, 1029])
def test_the_sample_is_evenly_spaced(length):
    array = np.arange(length, dtype="f4")
    _, sample = read(torch.from_numpy(array.copy()))
    entries = np.frombuffer(sample, "f4")
    assert len(entries) == SAMPLE_LENGTH
    assert entries[0] == 0
    assert len(set(np.diff(entries))) == 1
    assert length - entries[-1] < 2 * length / SAMPLE_LENGTH


def test_the_sample_of_a_view_holds_its_own_entries():
    array = some("f4", (100, 90))
    _, sample = read(torch.from_numpy(array.copy()).t()[::2])
    assert np.frombuffer(sample, "f4")[0] == array[0, 0]
    assert set(np.frombuffer(sample, "f4")) <= set(array.T[::2].ravel())


def test_a_summary_leaves_the_graph_alone():
    w = torch.randn(2000, requires_grad=True)
    z = w * 2
    before = torch.autograd._get_sequence_nr()
    summary(z)
    assert torch.autograd._get_sequence_nr() == before
    assert z._version == 0
