"""Usual loops are watched closely at their beginning only: soon each of their turns is expected, at little cost.

A loop sees for itself whether it is watched closely, for PyTorch then has a dispatch mode on.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from both_ways import check
from torch import nn
from torch.optim import lr_scheduler
from torch.utils._python_dispatch import is_in_torch_dispatch_mode
from torch.utils.data import DataLoader, TensorDataset

X = torch.linspace(-1, 1, 512).reshape(64, 8).sin()
Y = (X.sum(1) > 0).long()
TOKENS = torch.arange(300) * 7 % 20


class Turns:
    """Notes for each turn of a loop whether it is watched closely."""

    def __init__(self) -> None:
        self.closely: list[bool] = []

    def __iter__(self):
        for turn in range(30):
            yield turn
            self.closely.append(is_in_torch_dispatch_mode())


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))


def step(model, optimizer, x, y):
    optimizer.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    return loss


def gradients_cleared_first(turns):
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in turns:
        step(model, optimizer, X, Y)
    return list(model.parameters())


def batches_from_a_loader(turns):
    model = network()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    loader = DataLoader(TensorDataset(X, Y), batch_size=16, shuffle=True)
    turn = iter(turns)
    for _ in range(6):
        for x, y in loader:
            next(turn)
            step(model, optimizer, x, y)
        with torch.no_grad():
            model.eval()
            print(sum((model(x).argmax(1) == y).sum().item() for x, y in loader))
            model.train()
    return list(model.parameters())


def one_cycle_of_rates_and_momenta(turns):
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    schedule = lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=40)
    for _ in turns:
        step(model, optimizer, X, Y)
        schedule.step()
    return list(model.parameters())


def windows_of_a_text(turns):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Embedding(20, 16), nn.Linear(16, 20))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in turns:
        begin = int(torch.randint(0, 200, ()))
        x, y = TOKENS[begin : begin + 32].view(4, 8), TOKENS[begin + 1 : begin + 33].view(4, 8)
        optimizer.zero_grad()
        F.cross_entropy(model(x).flatten(0, 1), y.flatten()).backward()
        optimizer.step()
    return list(model.parameters())


def batches_from_numpy(turns):
    data = X.numpy()
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in turns:
        rows = np.random.randint(0, 64, 16)
        labels = (data[rows].sum(1) > 0).astype("int64")
        step(model, optimizer, torch.from_numpy(data[rows]), torch.as_tensor(labels))
    return list(model.parameters())


def tensors_of_lists(turns):
    w = torch.ones(3, requires_grad=True)
    for turn in turns:
        x, y = torch.tensor([turn / 30, 1.0, np.random.rand()]), torch.tensor(np.random.rand())
        loss = ((x * w).sum() - y) ** 2
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
        w.grad = None
    return w


LOOPS = (
    gradients_cleared_first,
    batches_from_a_loader,
    one_cycle_of_rates_and_momenta,
    windows_of_a_text,
    batches_from_numpy,
    tensors_of_lists,
)


@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.__name__)
def test_usual_loops_are_soon_expected(loop):
    runs = []

    def run():
        runs.append(Turns())
        return loop(runs[-1])

    check(run)
    bare, recorded = runs
    assert not any(bare.closely)
    assert recorded.closely[0]
    assert not any(recorded.closely[len(recorded.closely) // 2 :])


def test_a_tensor_of_a_longer_list_is_another_turn():
    def loop():
        w = torch.ones(3, requires_grad=True)
        for turn in range(12):
            x = torch.tensor([0.5] * (3 if turn != 8 else 1)) if turn != 10 else torch.tensor([1, 2, 3])
            (x * w).sum().backward()
            with torch.no_grad():
                w -= 0.1 * w.grad
            w.grad = None
        return w

    check(loop, steps=12)


def test_windows_that_lie_apart_are_told_from_windows_that_coincide():
    # a[2:6] and TOKENS[2:6] are one place in memory until the window moves.
    def loop():
        w = torch.ones(4, requires_grad=True)
        for turn in range(12):
            a = TOKENS[turn // 6 :][:8]
            inner, other = a[2:6], TOKENS[2:6]
            (inner * w + other).sum().backward()
            with torch.no_grad():
                w -= 0.1 * w.grad
            w.grad = None
        return w

    check(loop, steps=12)
