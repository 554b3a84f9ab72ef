"""The same mistake in other forms: written by hand, under other names of PyTorch's, by other means of Python."""

from pathlib import Path

import pytest

pytest.importorskip("torch")

from diagnosed import told

SCRIPT = """import torch
import torch.nn.functional as F
from torch import nn
torch.manual_seed(0)
x = torch.randn(40, 3)
y = 3 * x[:, :1]
above, label = (y > 0).float(), x.argmax(1)
net, three = nn.Linear(3, 1), nn.Linear(3, 3)
opt = torch.optim.Adam([*net.parameters(), *three.parameters()], lr=0.1)
for step in range(30):
    z, scores = net(x), three(x)
    {}
    opt.zero_grad()
    loss.backward()
    opt.step()
"""


@pytest.mark.parametrize(
    ("mistake", "loss"),
    [
        ("double-sigmoid", "p = z.sigmoid(); loss = (F.softplus(p) - above * p).mean()"),
        ("double-sigmoid", "p = z.sigmoid(); loss = (p.relu() - above * p + (-p.abs()).exp().log1p()).mean()"),
        ("double-sigmoid", "p = torch.special.expit(z); loss = F.multilabel_soft_margin_loss(p, above)"),
        ("double-softmax", "p = scores.softmax(1); loss = (p.logsumexp(1) - p[range(40), label]).mean()"),
        ("softmax-wrong-axis", "e = scores.exp(); p = e / e.sum(0); loss = F.nll_loss(p.log(), label)"),
        ("softmax-wrong-axis", "q = scores - scores.logsumexp(0); loss = -q[range(40), label].mean()"),
        ("loss-expects-probs", "loss = -scores.gather(1, label[:, None]).mean()"),
        ("last-activation", "loss = torch.linalg.norm(z.relu() - y)"),
        ("last-activation", "loss = F.mse_loss(z.clamp(0, 1), y)"),
        ("loss-broadcast", "loss = torch.logaddexp(z - y[:, 0], y[:, 0] - z).mean()"),
        ("nondiff-op", "loss = (scores.topk(1).indices[:, 0] - y[:, 0]).abs().mean().requires_grad_()"),
    ],
)
def test_mistake_is_found_in_another_form(mistake: str, loss: str, tmp_path: Path) -> None:
    assert (mistake, 12) in told(SCRIPT.format(loss), tmp_path)[:1]


@pytest.mark.parametrize(
    "loss",
    [
        "loss = (F.softplus(z) - above * z).mean()",
        "e = scores.exp(); p = e / e.sum(1, keepdim=True); loss = F.nll_loss(p.log(), label)",
        "q = scores - scores.logsumexp(1, keepdim=True); loss = -q[range(40), label].mean()",
        "loss = torch.linalg.norm(z - y)",
        "loss = F.mse_loss(z.clamp(-20, 20), y)",
        "loss = (z - y).square().flatten().topk(20).values.mean()",
        "s = (x @ net.weight.T + 3)[:, 0]; loss = s.log().masked_fill(s <= 0.1, 0).square().mean()",
    ],
)
def test_correct_form_is_no_finding(loss: str, tmp_path: Path) -> None:
    assert told(SCRIPT.format(loss), tmp_path) == []


HAND = """import torch
torch.manual_seed(0)
x = torch.randn(60, 4)
w = torch.zeros(4, requires_grad=True)
{before}
for step in range(30):
    {inside}
    loss = (x @ w - x.sum(1)).square().mean()
    loss.backward()
    with torch.no_grad():
        v = 0.9 * v + w.grad
        w -= 0.01 * v
    w.grad = None
"""


def test_momentum_that_is_made_anew_in_each_step_is_found(tmp_path: Path) -> None:
    state = "v = torch.zeros(4)"
    assert told(HAND.format(before="", inside=state), tmp_path) == [("optimizer-in-loop", 7)]
    assert told(HAND.format(before=state, inside="pass"), tmp_path) == []


TARGETS = """import numpy as np
import torch
torch.manual_seed(0)
x = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
y = (x @ np.array([0.5, -0.2]))
y = {}
net = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
x, y = torch.from_numpy(x), torch.from_numpy(y)
for step in range(20):
    opt.zero_grad()
    torch.nn.functional.mse_loss(net(x)[:, 0], y.float()).backward()
    opt.step()
"""


@pytest.mark.parametrize("dtype", ["np.int64", "int", "'int32'"])
def test_fractions_that_numpy_dropped_are_found(dtype: str, tmp_path: Path) -> None:
    written = f"(x @ np.array([0.5, -0.2])).astype({dtype})"
    assert told(TARGETS.format(written), tmp_path) == [("target-dtype", 6)]
    assert told(TARGETS.format(written.replace(dtype, "np.float32")), tmp_path) == []
