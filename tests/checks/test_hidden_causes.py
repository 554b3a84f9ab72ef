"""Mistakes that something else hides: other terms have gradients, other batches other losses, other lines the numbers.

Each script is told its mistake, and nothing once the mistake is mended.
"""

from pathlib import Path

import pytest

pytest.importorskip("torch")

from diagnosed import told

FIT = """import torch
from torch import nn
torch.manual_seed(0)
x = torch.randn(80, 6)
y = 2 * x[:, :1]
net = nn.Sequential(nn.Linear(6, 20), nn.Tanh(), nn.Linear(20, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for step in range(30):
    fit = nn.functional.mse_loss(net(x), y)
    {}
    opt.zero_grad()
    loss.backward()
    opt.step()
"""
TERMS = [
    ("graph-broken", "loss = fit + {}", "sum(p.norm().item() for p in net.parameters())", "net[0].bias.norm()"),
    ("graph-broken", "size = {}; loss = fit + 1e-3 * size", "net[0].weight.norm().item()", "net[0].weight.norm()"),
    ("graph-broken", "size = {}; loss = fit + size.abs().mean()", "torch.tensor(net(x).detach().numpy())", "net(x)"),
    ("graph-detached-mid", "loss = fit + 1e-3 * {}", "net[0].weight.norm().detach()", "net[0].weight.norm()"),
]  # fmt: skip


@pytest.mark.parametrize(("mistake", "loss", "wrong", "right"), TERMS)
def test_term_without_a_graph_is_found(mistake: str, loss: str, wrong: str, right: str, tmp_path: Path) -> None:
    assert told(FIT.format(loss.format(wrong)), tmp_path) == [(mistake, 10)]
    assert told(FIT.format(loss.format(right)), tmp_path) == []


@pytest.mark.parametrize(
    "loss",
    [
        "weight = 1 / (1 + fit.item()); loss = fit * weight",  # a factor is meant
        "other = (net(x) - y).abs().mean(); loss = fit + (other - fit).detach()",  # shows another number on purpose
        "shown = fit.item(); loss = fit + 0.5",
        "loss = fit + 1e-3 * torch.utils.checkpoint.checkpoint(lambda w: w.norm(), net[0].weight, use_reentrant=True)",
    ],
)
def test_number_that_is_meant_to_have_no_gradient_is_no_finding(loss: str, tmp_path: Path) -> None:
    assert told("import torch.utils.checkpoint\n" + FIT.format(loss), tmp_path) == []


CODE = """import torch
from torch import nn
torch.manual_seed(0)
data = torch.randn(200, 3) @ torch.randn(3, 6)
enc, dec = nn.Linear(6, 4), nn.Linear(2, 6)
opt = torch.optim.Adam([*enc.parameters(), *dec.parameters()], lr=0.01)
for step in range(30):
    mean, logvar = enc(data).chunk(2, 1)
    spread = torch.exp(0.5 * logvar)
    {}
    rebuilt = ((dec(z) - data) ** 2).sum(1).mean()
    loss = rebuilt + 0.5 * (mean ** 2 + logvar.exp() - 1 - logvar).sum(1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
"""


@pytest.mark.parametrize(
    "draw",
    [
        "z = torch.distributions.Normal(mean, spread).sample()",
        "z = torch.normal(mean, spread)",
        "with torch.no_grad(): z = mean + spread * torch.randn_like(mean)",
    ],
)
def test_draw_that_cuts_an_encoder_off_is_found(draw: str, tmp_path: Path) -> None:
    assert told(CODE.format(draw), tmp_path) == [("graph-detached-mid", 10)]


@pytest.mark.parametrize(
    "draw", ["z = torch.distributions.Normal(mean, spread).rsample()", "z = mean + spread * torch.randn_like(mean)"]
)
def test_draw_of_noise_alone_is_no_finding(draw: str, tmp_path: Path) -> None:
    assert told(CODE.format(draw), tmp_path) == []


def test_action_that_is_drawn_for_its_log_probability_is_no_finding(tmp_path: Path) -> None:
    code = """import torch
from torch import nn
torch.manual_seed(0)
policy, critic = nn.Linear(3, 1), nn.Linear(4, 1)
opt = torch.optim.Adam([*policy.parameters(), *critic.parameters()], lr=0.01)
for step in range(30):
    state = torch.randn(64, 3)
    chosen = torch.distributions.Normal(policy(state), 0.5)
    action = chosen.sample()
    cost = (action - state[:, :1]) ** 2
    value = critic(torch.cat([state, action], 1))
    loss = (chosen.log_prob(action) * (cost - value).detach()).mean() + (value - cost).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
"""
    assert told(code, tmp_path) == []


STATES = """import torch
from torch import nn
torch.manual_seed(0)
x = torch.randn(30, 5, 3)
y = x.sum(1)[:, :1].tanh()
cell, head = nn.Linear(3, 8), nn.Linear(8, 1)
opt = torch.optim.Adam([*cell.parameters(), *head.parameters()], lr=0.02)
for step in range(20):
    states = torch.zeros(30, 5, 8)
    for t in range(5):
        states[:, t] = torch.tanh(cell(x[:, t])){}
    loss = nn.functional.mse_loss(head(states.mean(1)), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
"""


@pytest.mark.parametrize("cut", [".detach()", ".data"])
def test_cut_before_an_assignment_to_a_part_is_found(cut: str, tmp_path: Path) -> None:
    assert told(STATES.format(cut), tmp_path) == [("graph-detached-mid", 11)]
    assert told(STATES.format(""), tmp_path) == []


BATCHES = """import torch
from torch import nn
torch.manual_seed(0)
x = torch.randn(512, 20)
y = x[:, :5].argmax(1)
net = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 5))
opt = torch.optim.{}
for epoch in range(6):
    for rows in torch.randperm(512).split(32):
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        opt.zero_grad()
        loss.backward()
        opt.step()
"""


@pytest.mark.parametrize(
    ("optimizer", "mistakes"),
    [
        ("SGD(net.parameters(), lr=1e-5, momentum=0.9)", [("lr-too-small", 7)]),
        ("AdamW(net.parameters(), lr=1e-7)", [("lr-too-small", 7)]),
        ("RMSprop(net.parameters(), lr=0.5)", [("lr-too-large", 7)]),
        ("SGD(net.parameters(), lr=0.1)", []),
        ("Adam(net.parameters(), lr=1e-3)", []),
    ],
)
def test_rate_is_judged_although_each_batch_has_another_loss(
    optimizer: str, mistakes: list[tuple[str, int]], tmp_path: Path
) -> None:
    assert told(BATCHES.format(optimizer), tmp_path) == mistakes


def test_rate_of_the_second_optimiser_is_named(tmp_path: Path) -> None:
    code = """import torch
from torch import nn
torch.manual_seed(0)
x = torch.randn(200, 6)
y = x.sum(1, keepdim=True)
body, head = nn.Sequential(nn.Linear(6, 20), nn.Tanh()), nn.Linear(20, 1)
slow = torch.optim.SGD(body.parameters(), lr=0.01)
fast = torch.optim.SGD(head.parameters(), lr={})
for step in range(40):
    loss = nn.functional.mse_loss(head(body(x)), y)
    slow.zero_grad()
    fast.zero_grad()
    loss.backward()
    slow.step()
    fast.step()
"""
    assert told(code.format("5.0"), tmp_path) == [("lr-too-large", 8)]
    assert told(code.format("0.05"), tmp_path) == []


DEEP = """import torch
from torch import nn
torch.manual_seed(0)
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(32, 32)
        nn.init.normal_(self.inner.weight, std={})
    def forward(self, h):
        return h + torch.relu(self.inner(h))
net = nn.Sequential(nn.Linear(4, 32), *[Block() for _ in range(8)], nn.Linear(32, 1))
x = torch.randn(64, 4)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for step in range(30):
    loss = nn.functional.mse_loss(net(x), x[:, :1])
    opt.zero_grad()
    loss.backward()
    opt.step()
"""


def test_explosion_is_found_although_the_loss_falls(tmp_path: Path) -> None:
    assert [name for name, _ in told(DEEP.format(1.0), tmp_path)] == ["exploding-grad"]
    assert told(DEEP.format(0.05), tmp_path) == []


OTHERS = [
    ("last-activation", "fit = F.mse_loss({}, y)", "1 / (1 + torch.exp(-net(x)))", "8 / (1 + torch.exp(-net(x))) - 4"),
    ("last-activation", "fit = F.mse_loss({}, y)", "torch.log1p(net(x).exp())", "torch.log1p(net(x).exp()) - 4"),
    ("last-activation", "fit = F.smooth_l1_loss({}, y)", "net(x).square()", "net(x)"),
    ("loss-broadcast", "fit = torch.subtract(net(x), {}).square().mean()", "y[:, 0]", "y"),
    ("target-leak", "fit = F.mse_loss(deep(torch.cat([x[:, :4], {}], 1)), kind[:, None].float())",
     "F.one_hot(kind, 2).float()", "x[:, 4:]"),
    ("param-frozen", "fit = F.mse_loss(torch.relu(x @ u) @ {} + b, y)", "w", "u[:5, :1]"),
]  # fmt: skip
FORMS = """import torch
import torch.nn.functional as F
from torch import nn
torch.manual_seed(0)
x = torch.randn(80, 6)
y = (2 * x[:, :1]).clamp(-3.9, 3.9)
kind = (x[:, 0] > 0).long()
net, deep = nn.Linear(6, 1), nn.Linear(6, 1)
u, b = nn.Parameter(torch.randn(6, 5) / 4), nn.Parameter(torch.zeros(1))
w = nn.Parameter(torch.randn(5, 1), requires_grad=False)
for step in range(30):
    {}
    net.zero_grad(), deep.zero_grad()
    u.grad = b.grad = None
    fit.backward()
    with torch.no_grad():
        for p in (*net.parameters(), *deep.parameters(), u, b):
            if p.grad is not None:
                p -= 0.02 * p.grad
"""


@pytest.mark.parametrize(("mistake", "loss", "wrong", "right"), OTHERS)
def test_form_that_was_missed_is_found(mistake: str, loss: str, wrong: str, right: str, tmp_path: Path) -> None:
    assert mistake in [name for name, _ in told(FORMS.format(loss.format(wrong)), tmp_path)[:1]]
    assert told(FORMS.format(loss.format(right)), tmp_path) == []


ORDERED = """import torch
from torch import nn
torch.manual_seed(0)
kind = torch.arange(2).repeat_interleave(80)
x = torch.randn(160, 2) + 2 * nn.functional.one_hot(kind, 2)
marks = {}
net = nn.Linear(2, {})
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(4):
    for rows in {}.split(20):
        out = net(x[rows])
        loss = {}
        opt.zero_grad()
        loss.backward()
        opt.step()
"""


@pytest.mark.parametrize(
    ("marks", "loss", "count"),
    [
        ("nn.functional.one_hot(kind, 2).float()", "nn.functional.cross_entropy(out, marks[rows])", 2),
        ("2.0 * kind - 1", "torch.relu(1 - marks[rows] * out[:, 0]).mean()", 1),
    ],
)
def test_batches_of_one_class_are_found_however_it_is_marked(marks: str, loss: str, count: int, tmp_path: Path) -> None:
    in_order, drawn = (
        ORDERED.format(marks, count, order, loss) for order in ("torch.arange(160)", "torch.randperm(160)")
    )
    assert [name for name, _ in told(in_order, tmp_path)] == ["data-not-shuffled"]
    assert told(drawn, tmp_path) == []


def test_loss_that_is_inserted_into_a_list_is_kept_with_its_graph(tmp_path: Path) -> None:
    code = FIT.replace("for step", "kept = []\nfor step").format("loss = fit") + "    kept.insert(0, loss{})\n"
    assert told(code.format(""), tmp_path) == [("graph-held", 15)]
    assert told(code.format(".item()"), tmp_path) == []


QUANTITY = """import torch
from torch import nn
torch.manual_seed(0)
x = torch.rand(60, 2)
q = x @ torch.tensor([3.0, 4.0])
{}
net = nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(30):
    loss = nn.functional.mse_loss(net(x)[:, 0], y.float())
    opt.zero_grad()
    loss.backward()
    opt.step()
"""


@pytest.mark.parametrize(
    ("targets", "right"),
    [
        ("y = torch.tensor([int(a) for a in q.tolist()]).float()", "y = torch.tensor([float(a) for a in q.tolist()])"),
        ("y = torch.tensor(q.tolist(), dtype=torch.int64)", "y = torch.tensor(q.tolist(), dtype=torch.float64)"),
        ("y = torch.zeros(60).long(); y[:] = q", "y = torch.zeros(60); y[:] = q"),
        ("y = torch.tensor([int(a) for a in q.round().tolist()])", None),
    ],
)
def test_fractions_that_python_dropped_are_found(targets: str, right: str | None, tmp_path: Path) -> None:
    expected = [("target-dtype", 6)] if right else []
    assert told(QUANTITY.format(targets), tmp_path) == expected
    assert told(QUANTITY.format(right or targets), tmp_path) == []


def test_fractions_that_a_loader_dropped_are_found(tmp_path: Path) -> None:
    code = """import torch
from torch import nn
torch.manual_seed(0)
x = torch.rand(60, 2)
rows = list(zip(x.tolist(), (x @ torch.tensor([3.0, 4.0])).tolist()))
def together(items):
    return torch.tensor([a for a, _ in items]), torch.tensor([b for _, b in items], dtype=torch.{})
loader = torch.utils.data.DataLoader(rows, batch_size=15, shuffle=True, collate_fn=together)
net = nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(6):
    for a, b in loader:
        loss = (net(a)[:, 0] - b).square().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
"""
    assert told(code.format("int64"), tmp_path) == [("target-dtype", 7)]
    assert told(code.format("float32"), tmp_path) == []
