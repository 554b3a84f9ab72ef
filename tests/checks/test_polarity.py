"""Whether what becomes small is an error or a likelihood, however it is written; and whether rewards are told apart."""

from pathlib import Path

import pytest

pytest.importorskip("torch")

from diagnosed import told

SCRIPT = """import torch
from torch import nn
from torch.distributions import Categorical, Normal
torch.manual_seed(0)
x = torch.randn(40, 3)
y = x[:, :1] + 0.1 * torch.randn(40, 1)
above = (y > 0).float()
net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for step in range(40):
    mean, spread = net(x).chunk(2, 1)
    p = torch.sigmoid(mean)
    loss = {}
    opt.zero_grad()
    loss.backward()
    opt.step()
"""
LIKELIHOODS = (
    "-(mean - y).square().mean()",
    "-(mean - y).abs().sum() / 40",
    "-0.5 * ((y - mean) ** 2 / spread.exp() + spread).mean()",
    "Normal(mean, spread.exp()).log_prob(y).mean()",
    "Categorical(logits=net(x)).log_prob(above[:, 0].long()).mean()",
    "(above * torch.log(p) + (1 - above) * torch.log(1 - p)).mean()",
    "-nn.functional.mse_loss(mean, y) - 0.01 * spread.square().mean()",
)
"""Each is to become large; its negative is a loss."""

POLICY = """import torch
from torch import nn
torch.manual_seed(0)
policy = nn.Linear(3, 2)
opt = torch.optim.Adam(policy.parameters(), lr=0.02)
for episode in range(150):
    state = torch.randn(32, 3)
    chosen = torch.distributions.Categorical(logits=policy(state))
    action = chosen.sample()
    right = ((state[:, 0] > 0).long() == action).float()
    {name} = {value}
    loss = {sign}(chosen.log_prob(action) * {used}).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
"""


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_likelihood_that_is_made_small_is_found(likelihood: str, tmp_path: Path) -> None:
    assert told(SCRIPT.format(likelihood), tmp_path) == [("update-wrong-sign", 13)]


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_likelihood_that_is_made_large_is_no_finding(likelihood: str, tmp_path: Path) -> None:
    assert told(SCRIPT.format(f"-({likelihood})"), tmp_path) == []


@pytest.mark.parametrize(
    "loss",
    [
        "(net(x).softmax(1) * net(x).log_softmax(1)).sum(1).mean()",  # the entropy is to become large
        "(mean - y).square().mean() - 0.1 * (spread - y).square().mean()",  # two parts that play against each other
    ],
)
def test_what_is_made_large_on_purpose_is_no_finding(loss: str, tmp_path: Path) -> None:
    assert told(SCRIPT.format(loss), tmp_path) == []


@pytest.mark.parametrize(
    ("name", "value", "sign", "wrong"),
    [
        ("gain", "2 * right", "", True),
        ("R", "2 * right", "", True),
        ("gain", "2 * right", "-", False),
        ("reward", "right - 1", "-", False),  # rewards below zero
        ("cost", "1 - right", "", False),
    ],
)
def test_reward_that_is_made_small_is_found(name: str, value: str, sign: str, wrong: bool, tmp_path: Path) -> None:
    for used in (name, f"({name} - {name}.mean())"):
        found = told(POLICY.format(name=name, value=value, sign=sign, used=used), tmp_path)
        assert found == ([("update-wrong-sign", 12)] if wrong else [])
