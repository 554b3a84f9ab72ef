"""Numbers of an optimizer that are known ahead: found with work that grows as the number of parameters does."""

from __future__ import annotations

import pytest
import torch

from retrograd import record
from retrograd.program import prove
from retrograd.recorder import foretelling


def train(parameters: int, late: int = 0) -> None:
    """Train so many parameters with Adam, some of which join later."""
    torch.manual_seed(0)
    ws = [torch.randn((), requires_grad=True) for _ in range(parameters)]
    optimizer = torch.optim.Adam(ws, lr=0.05)
    for w in ws[:late]:
        optimizer.state[w] = {"step": torch.tensor(7.0), "exp_avg": torch.zeros(()), "exp_avg_sq": torch.zeros(())}
    for _ in range(30):
        optimizer.zero_grad()
        sum(w * w for w in ws).backward()
        optimizer.step()


@pytest.fixture
def compared(monkeypatch) -> list[object]:
    """Grow by one with every number whose bits are looked at."""
    seen: list[object] = []
    bits = foretelling._bits

    def counting(value: complex | None) -> object:
        seen.append(value)
        return bits(value)

    monkeypatch.setattr(foretelling, "_bits", counting)
    return seen


def test_four_times_as_many_parameters_take_four_times_as_many_comparisons(compared):
    counts = []
    for parameters in (4, 16):
        compared.clear()
        with record(mode="sparse", every=5, prove=0):
            train(parameters)
        counts.append(len(compared))
    assert 0 < counts[1] <= 4 * counts[0]


def test_parameters_with_other_counts_are_told_apart():
    with record(mode="sparse", every=5, prove=0) as recording:
        train(4, late=2)
    assert {step.layout for step in recording.steps} >= {"inputs"}
    assert prove(recording).holds
