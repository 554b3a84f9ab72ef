"""Numbers of an optimizer that are known ahead: found with work that grows as the number of parameters does."""

from __future__ import annotations

import pytest
import torch

from retrograd import record
from retrograd.program import prove
from retrograd.recorder import foretelling
from retrograd.recording import Step


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
def looks(monkeypatch) -> list[int]:
    """Hold, for each full step that is learned from, how often the bits of a number are looked at."""
    counts: list[int] = []
    bits, learn = foretelling._bits, foretelling.Foretelling.learn

    def counting(value: complex | None) -> object:
        if counts:
            counts[-1] += 1
        return bits(value)

    def learning(self: foretelling.Foretelling, step: Step) -> bool:
        counts.append(0)
        return learn(self, step)

    monkeypatch.setattr(foretelling, "_bits", counting)
    monkeypatch.setattr(foretelling.Foretelling, "learn", learning)
    return counts


def test_four_times_as_many_parameters_take_four_times_as_many_looks(looks):
    most = []
    for parameters in (4, 16):
        looks.clear()
        with record(mode="sparse", every=5, prove=0):
            train(parameters)
        most.append(looks[0])
    assert 0 < most[1] <= 4 * most[0]


def test_parameters_with_other_counts_are_told_apart():
    with record(mode="sparse", every=5, prove=0) as recording:
        train(4, late=2)
    assert {step.layout for step in recording.steps} >= {"inputs"}
    assert prove(recording).holds


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_product_of_momenta_is_rounded_as_its_tensor_is(dtype):
    default = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        w = torch.linspace(1, 2, 3, requires_grad=True)
        optimizer = torch.optim.NAdam([w], lr=0.05, momentum_decay=0.1)
        with record(mode="sparse", every=40, prove=0) as recording:
            for _ in range(90):
                optimizer.zero_grad()
                w.pow(2).sum().backward()
                optimizer.step()
    finally:
        torch.set_default_dtype(default)
    assert sum(step.layout == "inputs" for step in recording.steps) > 60
    assert prove(recording).holds


def test_a_product_of_momenta_that_somebody_writes_to_fails_the_proof_there_and_is_learned_anew():
    w = torch.linspace(1, 2, 3, requires_grad=True)
    optimizer = torch.optim.NAdam([w], lr=0.05)
    with record(mode="sparse", every=20, prove=0) as recording:
        for turn in range(90):
            optimizer.zero_grad()
            w.pow(2).sum().backward()
            optimizer.step()
            if turn == 50:
                optimizer.state[w]["mu_product"].mul_(0.5)
    wrong = {int(text.split()[1].rstrip(":")) for text in prove(recording).differences}
    assert wrong
    assert wrong <= set(range(51, 70))
    assert recording.steps[-2].layout == "inputs"
