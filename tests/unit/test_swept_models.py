"""Sweeps of loops as people write them with torch.optim and torch.nn, beside the script run with these values."""

import runpy
import subprocess
import sys

import pytest

import retrograd
from retrograd.cli import main
from retrograd.errors import NotSweepableError

torch = pytest.importorskip("torch")

MODEL = """
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(48, 4)
y = (x.sum(1, keepdim=True) > 0).float()
model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)
losses = []
for epoch in range(3):
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
"""

TWO_RATES = """
import torch

torch.manual_seed(0)
x, y = torch.randn(20, 4), torch.randn(20, 1)
w0 = torch.randn(4, 8, requires_grad=True)
w1 = torch.randn(8, 1, requires_grad=True)
rate_in, rate_out = 0.1, 0.01
losses = []
for step in range(25):
    loss = ((torch.tanh(x @ w0) @ w1 - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w0 -= rate_in * w0.grad
        w1 -= rate_out * w1.grad
    w0.grad = w1.grad = None
    losses.append(loss.item())
"""

CUSTOM = """
import torch

@torch.library.custom_op("retrograd_tests::cubed", mutates_args=())
def cubed(a: torch.Tensor) -> torch.Tensor:
    return a * a * a

def keep(ctx, inputs, output):
    ctx.save_for_backward(*inputs)

def backward(ctx, G):
    (a,) = ctx.saved_tensors
    return 3 * a * a * G

cubed.register_autograd(backward, setup_context=keep)

w = torch.tensor([2.0, 1.0], requires_grad=True)
lr = 0.01
losses = []
for step in range(9):
    loss = cubed(w).sum()
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
    w.grad = None
    losses.append(loss.item())
"""


def losses_of(tmp_path, text):
    """Run a script without a recorder, and return its losses."""
    script = tmp_path / "train.py"
    script.write_text(text)
    return runpy.run_path(str(script))["losses"]


def recorded(tmp_path, text):
    script = tmp_path / "train.py"
    script.write_text(text)
    with retrograd.record(tmp_path / "train.retro") as recording:
        runpy.run_path(str(script))
    return recording


def test_a_network_with_dropout_draws_what_its_script_drew_between_which_a_loader_draws(tmp_path):
    recording = recorded(tmp_path, MODEL)
    for seeds in (None, [0]):
        result = retrograd.sweep(
            recording, learning_rate=[0.1, 0.3], seeds=seeds, max_steps=9, engine="loop", history=True
        )
        for rate in (0.1, 0.3):
            by_hand = losses_of(tmp_path, MODEL.replace("lr=0.1", f"lr={rate}"))
            assert result["loss"].sel(learning_rate=rate).values.ravel().tolist() == by_hand


@pytest.mark.parametrize(("option", "own", "other"), [("momentum", "momentum=0.9", 0.5), ("lr", "lr=0.1", 0.02)])
def test_options_of_an_optimizer_and_a_rate_are_those_of_the_script(tmp_path, option, own, other):
    text = MODEL.replace("nn.Dropout(0.3), ", "")
    recording = recorded(tmp_path, text)
    result = retrograd.sweep(recording, numbers={option: [other]}, max_steps=9, engine="loop", history=True)
    assert result["loss"].values.ravel().tolist() == losses_of(tmp_path, text.replace(own, f"{option}={other}"))


def test_two_rates_for_two_layers_are_those_of_the_script(tmp_path):
    recording = recorded(tmp_path, TWO_RATES)
    asked = {"rate_in": [0.1, 0.3], "rate_out": [0.01, 0.05]}
    result = retrograd.sweep(recording, numbers=asked, engine="loop", history=True)
    for rate_in in asked["rate_in"]:
        for rate_out in asked["rate_out"]:
            by_hand = losses_of(tmp_path, TWO_RATES.replace("0.1, 0.01", f"{rate_in}, {rate_out}"))
            assert result["loss"].sel(rate_in=rate_in, rate_out=rate_out).values.tolist() == by_hand


def test_a_custom_operation_is_refused_with_its_line_where_nothing_defines_it(tmp_path, capsys):
    (tmp_path / "train.py").write_text(CUSTOM)
    command = [sys.executable, "-m", "retrograd", "run", "-o", str(tmp_path / "train.retro"), "train.py"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert main(["sweep", str(tmp_path / "train.retro"), "--learning-rate", "0.01,0.02"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "train.py, line 21: retrograd_tests::cubed.default" in said
    assert "in a process that has imported what defines it" in said


def test_a_custom_operation_is_swept_where_it_is_defined(tmp_path):
    recording = recorded(tmp_path, CUSTOM.replace("::cubed", "::cubed_here"))
    by_hand = losses_of(tmp_path, CUSTOM.replace("::cubed", "::cubed_again").replace("lr = 0.01", "lr = 0.02"))
    result = retrograd.sweep(recording, learning_rate=[0.01, 0.02], history=True)
    assert result["loss"].values[1].tolist() == by_hand


@pytest.mark.parametrize("operation", ["nn.functional.pdist(w)", "w * torch.histc(w.detach(), 3).sum()"])
def test_an_operation_that_cannot_be_run_for_many_at_once_is_named_with_its_line(tmp_path, operation, capfd):
    text = f"""
import torch
from torch import nn
torch.manual_seed(0)
w = torch.randn(4, 3, requires_grad=True)
lr = 0.01
losses = []
for step in range(6):
    loss = ({operation}).sum()
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
    w.grad = None
    losses.append(loss.item())
"""
    recording = recorded(tmp_path, text)
    with pytest.raises(NotSweepableError, match=r"train.py, line 9: .*engine='loop'"):
        retrograd.sweep(recording, learning_rate=[0.01, 0.02], engine="batch")
    # Asked for nothing, so many runs are made one by one.
    many = retrograd.sweep(recording, learning_rate="0.01:0.02:4000")
    assert many.attrs["engine"] == "loop"
    assert "line 9" in many.attrs["engine_reason"]
    assert many["final_loss"].values[0].item() == losses_of(tmp_path, text)[-1]
    assert capfd.readouterr().err == ""
