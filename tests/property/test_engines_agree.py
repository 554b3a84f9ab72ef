"""Drawn loops, rates and seeds: every engine beside the script itself, executed with that rate and seed."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import retrograd
from retrograd.engines.toolchain import no_compiler

STEPS = 8

SCRIPT = """
import torch

torch.manual_seed({seed})
x = torch.linspace(-1, 1, {points} * {inputs}, dtype=torch.float64).reshape({points}, {inputs})
y = (x.sum(1, keepdim=True) > 0).double().expand({points}, {outputs})
w = torch.randn({inputs}, {outputs}, dtype=torch.float64, requires_grad=True)
b = torch.zeros({outputs}, dtype=torch.float64, requires_grad=True)
{before}
learning_rate = {rate}
losses = []
for step in range({steps}):
    z = {activation}
    loss = {loss}
    loss.backward()
    with torch.no_grad():
        {update}
    {clear}
    losses.append(loss.item())
"""

ACTIVATIONS = ("x @ w + b", "torch.tanh(x @ w + b)", "torch.relu(x @ w + b)", "torch.sigmoid(x @ w) + b")
LOSSES = (
    "((z - y) ** 2).mean()",
    "torch.nn.functional.binary_cross_entropy_with_logits(z, y)",
    "torch.nn.functional.mse_loss(z, y)",
    "(z - y).abs().sum() / 10",
)
UPDATES = {
    "w -= learning_rate * w.grad; b -= learning_rate * b.grad": "",
    "w.add_(w.grad, alpha=-learning_rate); b.add_(b.grad, alpha=-learning_rate)": "",
    "v.mul_(0.5).add_(w.grad); w -= learning_rate * v": "v = torch.zeros_like(w)",
}
"""What an update is, and what it needs before the loop."""

CLEARS = ("w.grad = b.grad = None", "w.grad.zero_(); b.grad.zero_()", "pass")

loops = st.fixed_dictionaries({
    "points": st.integers(1, 4), "inputs": st.integers(1, 3), "outputs": st.integers(1, 2),
    "activation": st.sampled_from(ACTIVATIONS), "loss": st.sampled_from(LOSSES),
    "update": st.sampled_from(list(UPDATES)), "clear": st.sampled_from(CLEARS),
})  # fmt: skip
rates = st.lists(st.floats(0.001, 0.2), min_size=1, max_size=3, unique=True)
seeds = st.lists(st.integers(0, 1000), min_size=1, max_size=3, unique=True)


def executed(loop, rate, seed):
    """Return the losses of the script with this rate and seed."""
    space = {"__name__": "__main__"}
    text = SCRIPT.format(steps=STEPS, before=UPDATES[loop["update"]], rate=rate, seed=seed, **loop)
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(text, "drawn.py", "exec"), space)
    return space["losses"]


def recorded(loop, folder):
    text = SCRIPT.format(steps=STEPS, before=UPDATES[loop["update"]], rate=0.01, seed=0, **loop)
    path = folder / "drawn.py"
    path.write_text(text)
    with retrograd.record() as recording:
        exec(compile(text, str(path), "exec"), {"__name__": "__main__"})
    return recording


def check(loop, rates, seeds, folder, engines):
    recording = recorded(loop, folder)
    wanted = np.array([[executed(loop, rate, seed) for seed in seeds] for rate in rates])
    for engine in engines:
        result = retrograd.sweep(recording, learning_rate=rates, seeds=seeds, until=-np.inf, max_steps=STEPS,
                                 engine=engine, history=True)  # fmt: skip
        found = result["loss"].values
        if engine == "loop":
            assert found.tolist() == wanted.tolist()
        # At such rates a step at most triples an error, and some hundred operations round in it.
        tolerance = 100 * 3**STEPS * np.finfo(np.float64).eps
        assert np.abs(found - wanted).max() <= tolerance * max(1.0, np.abs(wanted).max()), engine


@pytest.mark.slow
@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(loop=loops, rates=rates, seeds=seeds)
def test_loop_and_batch_train_as_the_script_does(loop, rates, seeds, tmp_path):
    check(loop, rates, seeds, tmp_path, ("loop", "batch"))


@pytest.mark.slow
@pytest.mark.skipif(no_compiler() is not None, reason="no C++ compiler")
@settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(loop=loops, rates=rates, seeds=seeds)
def test_the_compiled_engine_trains_as_the_script_does(loop, rates, seeds, tmp_path):
    check(loop, rates, seeds, tmp_path, ("compiled",))
