"""Every row of the table beside float64 autograd, on shapes, broadcasting, dtypes, scalars and empty tensors.

Each example is recorded as a loop would be, so what is tested is the way from a recording to the formula, too. The
rows that PyTorch has its own backward for are compared with it, and with forward-mode products, by `verify`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from derivative_draws import DRAWS, element_wise
from derivative_examples import EXAMPLES, Example
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from retrograd.derivatives import DERIVATIVES
from retrograd.derivatives.formulas import compute
from retrograd.derivatives.functions.shapes import sum_to
from retrograd.recorder import record
from retrograd.recording import Recording
from retrograd.verification import verify

NEVER_MADE = {
    "FusedRmsNormBackward0",  # is made of other operations on the CPU
    "LinearBackward0",  # of devices that have no matrix product with a bias
}
"""Rows for nodes that PyTorch does not make on the CPU. Their formulas are computed on numbers given by hand."""


def test_every_row_has_an_example():
    assert set(DERIVATIVES) - set(EXAMPLES) == NEVER_MADE


def gradients_of(node: str, names: dict[str, Any]) -> dict[str, np.ndarray]:
    """Compute the formulas of a row on arrays."""
    row = DERIVATIVES[node]

    class Known(dict):
        def __missing__(self, name: str) -> Any:
            return compute(row.given[name], self)

    known = Known(names)
    found = {name: np.asarray(compute(formula, known)) for name, formula in row.gradients.items()}
    return {name: sum_to(g, np.zeros(names[name].shape)) for name, g in found.items()}


@given(seed=st.integers(0, 2**20), batch=st.sampled_from([(), (4,), (2, 5), (0,)]))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_the_rows_that_the_cpu_does_not_make_agree_with_autograd(seed, batch):
    generator = torch.Generator().manual_seed(seed)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64, requires_grad=True)

    x, weight, bias, scale = drawn(*batch, 3), drawn(2, 3), drawn(2), drawn(3)
    for node, y, arguments, results in (
        ("LinearBackward0", F.linear(x, weight, bias), {"input": x, "weight": weight, "bias": bias}, {}),
        (
            "FusedRmsNormBackward0",
            F.rms_norm(x, (3,), scale, 1e-5),
            {"input": x, "weight": scale},
            {"result1": (x.pow(2).mean(-1, keepdim=True) + 1e-5).rsqrt(), "normalized_shape": [3]},
        ),
    ):
        G = torch.randn(y.shape, generator=generator, dtype=torch.float64)
        expected = dict(zip(arguments, torch.autograd.grad(y, [*arguments.values()], G), strict=True))
        names = {"G": G, **arguments, **results}
        given_ = {name: v.detach().numpy() if isinstance(v, torch.Tensor) else v for name, v in names.items()}
        for name, found in gradients_of(node, given_).items():
            assert found == pytest.approx(expected[name].numpy(), rel=1e-11, abs=1e-11)


def recorded(example: Example, seed: int, dtype: torch.dtype = torch.float64) -> Recording:
    """Record one turn in which the example's node gets a gradient of random numbers."""
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)  # dropout draws from here

    def drawn(*shape: int) -> torch.Tensor:
        numbers = torch.rand(shape, generator=generator, dtype=torch.float64)
        return (example.low + (example.high - example.low) * numbers).to(dtype)

    inputs = [drawn(*shape).requires_grad_() for shape in example.shapes]
    with record() as recording:
        for _ in range(1):
            given = example.function(*inputs)
            results = [r for r in (given if isinstance(given, (tuple, list)) else [given]) if r.requires_grad]
            loss = sum(
                (r * torch.rand(r.shape, generator=generator, dtype=torch.float64).to(r.dtype)).sum() for r in results
            )
            loss.backward()
    return recording


def rows_of(recording: Recording, node: str) -> list:
    found = verify(recording)
    assert found.disagreements == [], found.disagreements[0]
    assert not any("cannot be computed" in note for note in found.notes), found.notes
    events = {e.number for e in recording.steps[0].program.events if e.node is not None and e.node.name == node}
    assert events, f"no {node} in {[e.name for e in recording.steps[0].program.events]}"
    rows = [c for c in found.comparisons if c.event in events]
    assert not any(c.undecided for c in rows if c.method == "formula")
    return rows


SINGLE_ONLY = {"HardsigmoidBackward0"}
"""PyTorch's backward has the constant 1/6 in float32 for every dtype: in float64 it is right to eight digits only."""


@pytest.mark.parametrize("node", sorted(set(EXAMPLES) - SINGLE_ONLY))
@settings(max_examples=1, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**20))
def test_a_row_agrees_with_float64(node, seed):
    whole = 0
    for place, example in enumerate(EXAMPLES[node]):
        rows = rows_of(recorded(example, seed + place), node)
        exact = node != "ToCopyBackward0"  # whose example goes over float32
        assert not exact or all(row.tolerance < 1e-10 for row in rows if row.method == "formula")
        whole += sum(row.method == "formula" for row in rows)
    assert whole, "nothing was compared with the formula"


@pytest.mark.parametrize("node", sorted(EXAMPLES))
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_row_agrees_for_drawn_arguments(node, data):
    example = DRAWS[node](data.draw) if node in DRAWS else element_wise(data.draw, EXAMPLES[node])
    dtypes = [torch.float32] if node in SINGLE_ONLY else [torch.float64, torch.float32]
    rows_of(recorded(example, data.draw(st.integers(0, 2**20)), data.draw(st.sampled_from(dtypes))), node)


def test_every_draw_is_one_of_a_row():
    assert set(DRAWS) <= set(EXAMPLES)


FORMULAS_OF_FLOAT32 = sorted(set(EXAMPLES) - {"ToCopyBackward0"})


@pytest.mark.parametrize("node", FORMULAS_OF_FLOAT32)
def test_a_row_agrees_in_single_precision(node):
    for place, example in enumerate(EXAMPLES[node][:1]):
        try:
            recording = recorded(example, 100 + place, torch.float32)
        except RuntimeError:
            continue  # an example with constants in float64
        rows_of(recording, node)


@pytest.mark.parametrize("node", ["AddBackward0", "MulBackward0", "MmBackward0", "TanhBackward0", "SumBackward0"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_row_agrees_in_half_precision(node, dtype):
    rows_of(recorded(EXAMPLES[node][0], 7, dtype), node)


def test_the_formulas_are_not_asked_about_themselves():
    # The closed form of one gradient, in NumPy and by hand: d/dx tanh(x) = 1 / cosh(x)².
    recording = recorded(EXAMPLES["TanhBackward0"][1], 3)
    (row,) = [c for c in rows_of(recording, "TanhBackward0") if c.method == "formula"]
    event = recording.steps[0].program.events[row.event]
    from retrograd.recording import value_of

    step = recording.steps[0]
    x = next(value_of(step, r).array for r in step.program.start if r.slot == 0)
    arrived = value_of(step, event.node.gradients_in[0]).array
    assert row.recomputed == pytest.approx((arrived / np.cosh(x) ** 2)[row.index], rel=1e-13)
