"""Turns compiled as loops over tensors, beside the same loops run by hand in PyTorch."""

import runpy

import numpy as np
import pytest

import retrograd
from retrograd.engines.toolchain import no_compiler

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(no_compiler() is not None, reason="needs a C++ compiler")

HEAD = """
import math
import torch

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
lr = {rate}
"""

TAIL = """
optimizer = torch.optim.SGD(parameters, lr=0.0, momentum=0.9)
losses = []
for step in range({steps}):
    optimizer.zero_grad()
    loss = forward()
    loss.backward()
    with torch.no_grad():
        for p in parameters:
            p -= lr * p.grad
    losses.append(loss.item())
"""

NETWORKS = {
    # 13 rows do not go into eights; a normalisation over the rows needs them all before it can go on.
    "normalised": """
x, y = torch.randn(13, 5), torch.randn(13, 3)
w, v, b = (torch.randn(*n, requires_grad=True) for n in ((5, 7), (7, 3), (7,)))
parameters = [w, v, b]
def forward():
    z = x @ w + b
    z = (z - z.mean(0)) / (z.var(0) + 1e-5).sqrt()
    out = torch.relu(z) @ v
    return ((out - y) ** 2).mean() + 0.01 * w.abs().sum()
""",
    # Each row looks at each: rows are an axis twice over.
    "attention": """
x, y = torch.randn(6, 4), torch.randn(6, 4)
q, k, v = (torch.randn(4, 4, requires_grad=True) for _ in range(3))
parameters = [q, k, v]
def forward():
    a = torch.softmax((x @ q) @ (x @ k).t() / 2, -1)
    return ((a @ torch.nn.functional.gelu(x @ v) - y) ** 2).mean()
""",
    # Views, pieces put together, comparisons, and a weight that many rows share.
    "pieces": """
x, y = torch.randn(10, 6), (torch.randn(10) > 0).double()
w, s = torch.randn(6, 8, requires_grad=True), torch.randn((), requires_grad=True)
parameters = [w, s]
def forward():
    z = x @ w
    a, b = z[:, :4], z[:, 4:]
    c = torch.cat([torch.sigmoid(a) * s, torch.where(b > 0, b, 0.1 * b)], 1)
    c = c.view(10, 2, 4).transpose(1, 2).reshape(10, 8)
    d = torch.logsumexp(c, 1) - c.clamp(-1, 1).amax(1) + torch.tanh(c).sum(1)
    return torch.nn.functional.binary_cross_entropy_with_logits(d, y)
""",
    "stacks": """
x, y = torch.randn(3, 5, 4), torch.randn(3, 5, 2)
w, v = torch.randn(3, 4, 6, requires_grad=True), torch.randn(6, 2, requires_grad=True)
parameters = [w, v]
def forward():
    h = torch.log1p(torch.exp(torch.bmm(x, w)))
    return ((torch.nn.functional.layer_norm(h, (6,)) @ v - y).abs() + 0.1).pow(1.5).mean()
""",
}

RATES = [0.003, 0.05, 0.4]
STEPS = 12


@pytest.fixture
def in_loops(monkeypatch):
    """Let no turn be small enough to be taken apart."""
    monkeypatch.setattr("retrograd.engines.scalars.MOST", 0)


def script(tmp_path, network, rate, steps=STEPS):
    path = tmp_path / f"train_{rate}.py"
    path.write_text(HEAD.format(rate=rate) + network + TAIL.format(steps=steps))
    return str(path)


def by_hand(tmp_path, network):
    """Return the losses of the script at each rate, run as it is."""
    try:
        return np.array([runpy.run_path(script(tmp_path, network, rate))["losses"] for rate in RATES])
    finally:
        torch.set_default_dtype(torch.float32)


def recorded(tmp_path, network, steps=STEPS):
    try:
        with retrograd.record() as recording:
            runpy.run_path(script(tmp_path, network, 0.01, steps))
    finally:
        torch.set_default_dtype(torch.float32)
    return recording


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_trains_in_loops_as_it_does_by_hand(tmp_path, in_loops, kind):
    recording = recorded(tmp_path, NETWORKS[kind])
    result = retrograd.sweep(recording, learning_rate=RATES, max_steps=STEPS, history=True, engine="compiled")
    np.testing.assert_allclose(result["loss"].values, by_hand(tmp_path, NETWORKS[kind]), rtol=1e-9)


def test_loops_compute_in_float32_to_its_precision(tmp_path, in_loops):
    network = NETWORKS["normalised"]
    result = retrograd.sweep(
        recorded(tmp_path, network), learning_rate=RATES, max_steps=STEPS, history=True, engine="compiled",
        dtype="float32",
    )  # fmt: skip
    expected = by_hand(tmp_path, network)
    found = result["loss"].values
    np.testing.assert_allclose(found, expected, rtol=1e-3)
    assert not np.array_equal(found, expected)


BATCHES = """
import numpy as np
import torch

torch.manual_seed(0)
draws = np.random.default_rng(0)
x, y = draws.standard_normal((40, 6), np.float32), draws.standard_normal((40, 1), np.float32)
w, v = torch.randn(6, 9, requires_grad=True), torch.randn(9, 1, requires_grad=True)
lr = {rate}
losses = []
for step in range(17):
    chosen = draws.choice(40, 8, replace=False)
    points, wanted = torch.from_numpy(x[chosen]), torch.from_numpy(y[chosen])
    loss = ((torch.tanh(points @ w) @ v - wanted) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
        v -= lr * v.grad
    w.grad = v.grad = None
    losses.append(loss.item())
"""


def test_batches_reach_each_run_in_the_turn_that_they_were_recorded_in(tmp_path):
    path = tmp_path / "batches.py"
    expected = []
    rates = [0.001 * n for n in range(1, 41)]  # more runs than lanes that are computed together
    for rate in rates:
        path.write_text(BATCHES.format(rate=rate))
        expected.append(runpy.run_path(str(path))["losses"])
    with retrograd.record() as recording:
        runpy.run_path(str(path))
    result = retrograd.sweep(recording, learning_rate=rates, max_steps=15, history=True, engine="compiled")
    np.testing.assert_allclose(result["loss"].values, np.array(expected)[:, :15], rtol=2e-4)


def test_what_has_no_form_in_loops_is_made_by_another_engine_and_said(tmp_path, in_loops):
    network = """
x = torch.randn(9, 4)
w = torch.randn(4, 4, requires_grad=True)
parameters = [w]
def forward():
    return torch.cumsum(x @ w, 0).pow(2).mean()
"""
    recording = recorded(tmp_path, network, 4)
    with pytest.raises(retrograd.errors.NotSweepableError, match=r"cumsum.*no form in C\+\+"):
        retrograd.sweep(recording, learning_rate=RATES, max_steps=4, engine="compiled")


def test_the_sum_of_squared_tanh_is_within_the_rounding_that_the_vector_library_allows(tmp_path, in_loops):
    network = """
x = torch.linspace(-20, 20, 4001).unsqueeze(1)
w = torch.ones(1, 1, requires_grad=True)
parameters = [w]
def forward():
    return torch.tanh(x * w).pow(2).sum()
"""
    recording = recorded(tmp_path, network, 4)
    result = retrograd.sweep(recording, learning_rate=[0.0 + 1e-300], max_steps=4, history=True, engine="compiled")
    points = torch.linspace(-20, 20, 4001, dtype=torch.float64).numpy()
    # The square of a tanh that is off by 4 units is off by 8, and rounding adds half a unit for each of the sums.
    expected = (np.tanh(points.astype(np.longdouble)) ** 2).sum()
    assert abs(result["loss"].values.ravel() / float(expected) - 1).max() < 8 * 2.0**-52 + 4001 * 2.0**-53
