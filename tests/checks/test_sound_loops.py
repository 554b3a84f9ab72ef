"""Loops that look suspicious and are right: no finding."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from retrograd import diagnose, record  # noqa: E402

BEGIN = """import torch
from torch import nn
from torch.nn import functional as F
torch.manual_seed(0)
"""
ADVERSARIES = """
maker = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
judge = nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
makers = torch.optim.Adam(maker.parameters(), lr=2e-3)
judges = torch.optim.Adam(judge.parameters(), lr=2e-3)
ones, zeros = torch.ones(32, 1), torch.zeros(32, 1)
for step in range(12):
    judge.zero_grad()
    F.binary_cross_entropy_with_logits(judge(torch.randn(32, 2) + 2), ones).backward()
    made = maker(torch.randn(32, 4))
    F.binary_cross_entropy_with_logits(judge(made.detach()), zeros).backward()
    judges.step()
    maker.zero_grad()
    F.binary_cross_entropy_with_logits(judge(made), ones).backward()
    makers.step()
"""
PENALTY = """
judge = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
judges = torch.optim.Adam(judge.parameters(), lr=1e-3)
for step in range(12):
    real, made, share = torch.randn(32, 2) + 1, torch.randn(32, 2), torch.rand(32, 1)
    between = (share * real + (1 - share) * made).requires_grad_()
    slope = torch.autograd.grad(judge(between).sum(), between, create_graph=True)[0]
    loss = judge(made).mean() - judge(real).mean() + 10 * ((slope.norm(2, dim=1) - 1) ** 2).mean()
    judges.zero_grad()
    loss.backward()
    judges.step()
"""
CARRIED = """
rnn, head = nn.RNN(1, 8, batch_first=True), nn.Linear(8, 1)
opt = torch.optim.Adam([*rnn.parameters(), *head.parameters()], lr=0.01)
wave, state = torch.sin(torch.arange(0, 20, 0.1)).view(1, -1, 1), None
for first in range(0, 180, 12):
    out, state = rnn(wave[:, first : first + 12], state)
    loss = F.mse_loss(head(out), wave[:, first + 1 : first + 13])
    opt.zero_grad()
    loss.backward()
    opt.step()
    state = state.detach()
"""
TWO_RANKS = """
x, y = torch.randn(64, 6), torch.randn(64, 4)
base = nn.Linear(6, 4).requires_grad_(False)
down, up = (torch.randn(2, 6) / 10).requires_grad_(), torch.zeros(4, 2, requires_grad=True)
opt = torch.optim.Adam([down, up], lr=0.02)
for step in range(12):
    loss = F.mse_loss(base(x) + x @ down.T @ up.T, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
"""
QUASI_NEWTON = """
x = torch.randn(64, 4)
y = x.sum(1, keepdim=True)
net = nn.Linear(4, 1)
opt = torch.optim.LBFGS(net.parameters(), lr=0.5)
def closure():
    opt.zero_grad()
    loss = F.mse_loss(net(x), y)
    loss.backward()
    return loss
for step in range(4):
    opt.step(closure)
"""
# z is a few roundings of 1 above 0, its minimum, and the updates are too small to change w: each gradient is the same.
AT_ITS_MINIMUM = """
x, y = torch.ones(5), torch.full((3,), 0.5)
w = torch.ones(5, 3)
w[0], w[1] = 1 + 2**-20, -4
w.requires_grad_()
for step in range(12):
    loss = F.binary_cross_entropy_with_logits(x @ w, y)
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad.zero_()
"""
FUSED = """
x, y = torch.randn(64, 4), torch.randint(0, 2, (64,))
net = nn.Linear(4, 2)
opt = torch.optim.Adam(net.parameters(), lr=1e-2, fused=True)
for step in range(12):
    opt.zero_grad()
    F.cross_entropy(net(x), y).backward()
    opt.step()
"""
# To be remembered: what a network has to tell at the end is what it read first.
MEMORY = """
series = torch.randn(24, 8, 3)
first = series[:, 0, 0]
w, u, v = torch.randn(3, 8) / 3, torch.eye(8), torch.randn(8) / 3
for p in (w, u, v):
    p.requires_grad_()
opt = torch.optim.Adam([w, u, v], lr=0.01)
for step in range(12):
    h = torch.zeros(24, 8)
    for t in range(8):
        h = torch.tanh(series[:, t] @ w + h @ u)
    loss = (h @ v - first).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
"""
LOGGED = """
class Log:
    def __init__(self):
        self.rows, self.columns = [], []
    def note(self, *values, **what):
        self.rows.append(what)
        self.columns.append(values)
log, net = Log(), nn.Linear(3, 1)
opt = torch.optim.Adam(net.parameters(), lr=0.01)
x = torch.randn(60, 3)
for step in range(12):
    loss = (net(x) - x.sum(1, keepdim=True)).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    log.note(step, loss.item(), loss=loss.detach(), step=step)
"""
WHOLE_NUMBERS = """
import numpy as np
counts = np.arange(60) % 5
goals = torch.LongTensor(np.round(counts * 1.5) + 1)
x = torch.randn(60, 3)
net = nn.Linear(3, 1)
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for step in range(12):
    loss = ((net(x)[:, 0] - goals) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
"""
# The gradient of an expected cost is that of its log-probability times the cost, without a minus.
SCORE_OF_A_COST = """
price = torch.tensor([0.9, 0.5, 0.1])
logits = torch.zeros(3, requires_grad=True)
opt = torch.optim.SGD([logits], lr=0.5)
for step in range(60):
    policy = torch.distributions.Categorical(logits=logits)
    arms = policy.sample((64,))
    cost = price[arms]
    expected = (policy.log_prob(arms) * (cost - 0.5)).mean()
    opt.zero_grad()
    expected.backward()
    opt.step()
"""
REWARD_MADE_LARGE = """
price = torch.tensor([0.1, 0.5, 0.9])
logits = torch.zeros(3, requires_grad=True)
opt = torch.optim.SGD([logits], lr=0.5, maximize=True)
for step in range(60):
    policy = torch.distributions.Categorical(logits=logits)
    arms = policy.sample((64,))
    reward = price[arms]
    expected = (policy.log_prob(arms) * (reward - 0.5)).mean()
    opt.zero_grad()
    expected.backward()
    opt.step()
"""
LOOPS = {
    "two players": ADVERSARIES,
    "gradient penalty": PENALTY,
    "state carried on": CARRIED,
    "low rank beside a frozen layer": TWO_RANKS,
    "closure": QUASI_NEWTON,
    "fused optimizer": FUSED,
    "goes on at the minimum": AT_ITS_MINIMUM,
    "memory": MEMORY,
    "numbers in a log": LOGGED,
    "whole numbers": WHOLE_NUMBERS,
    "score of a cost": SCORE_OF_A_COST,
    "reward made large": REWARD_MADE_LARGE,
}


@pytest.mark.parametrize("name", LOOPS)
def test_sound_loop_has_no_finding(name: str, tmp_path: Path) -> None:
    code, file = BEGIN + LOOPS[name], tmp_path / "script.py"
    file.write_text(code)
    with record() as recording:
        exec(compile(code, str(file), "exec"), {"__name__": "__main__"})
    assert len(recording.steps) >= 4
    assert [(f.name, f.line, f.fact) for f in diagnose(recording) if f.severity != "info"] == []
