"""Every row of the table beside float64 autograd, on shapes, broadcasting, dtypes, scalars and empty tensors.

Each example is recorded as a loop would be, so what is tested is the way from a recording to the formula, too. The
rows that PyTorch has its own backward for are compared with it, and with forward-mode products, by `verify`.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from derivative_examples import EXAMPLES, Example
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrograd.derivatives import DERIVATIVES
from retrograd.recorder import record
from retrograd.recording import Recording
from retrograd.verification import verify

NEVER_MADE = {
    "SubBackward1",  # a number is made a tensor first, so x - 1 makes SubBackward0
    "MulBackward1",
    "DivBackward1",
    "FusedRmsNormBackward0",  # is made of other operations
    "LinearBackward0",  # of devices that have no matrix product with a bias
}
"""Rows for nodes that PyTorch does not make on the CPU."""


def test_every_row_has_an_example():
    assert set(DERIVATIVES) - set(EXAMPLES) == NEVER_MADE


def recorded(example: Example, seed: int, dtype: torch.dtype = torch.float64) -> Recording:
    """Record one turn in which the example's node gets a gradient of random numbers."""
    generator = torch.Generator().manual_seed(seed)

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
    events = {e.number for e in recording.steps[0].program.events if e.node is not None and e.node.name == node}
    assert events, f"no {node} in {[e.name for e in recording.steps[0].program.events]}"
    return [c for c in found.comparisons if c.event in events]


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
