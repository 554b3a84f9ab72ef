"""Sweeps beside the loop run by hand: steps and losses, starts, stops, outcomes, and what is refused."""

import functools
import itertools
import json
import math
import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import retrograd
from retrograd.cli import main
from retrograd.conditions import condition_of
from retrograd.engines import cache, toolchain
from retrograd.engines.kernels import _below
from retrograd.engines.toolchain import no_compiler
from retrograd.errors import DimensionError, NameUnknownError, NotSweepableError, SweepError
from retrograd.sweeps import run_of
from retrograd.sweeps.outcomes import OUTCOMES

torch = pytest.importorskip("torch")

compiler = pytest.mark.skipif(no_compiler() is not None, reason=f"{no_compiler()}")

LOOP = """
import torch

torch.manual_seed({seed})
x = torch.ones(5)
y = torch.{targets}
w = {scale}torch.randn(5, 3, requires_grad=True){after}
b = torch.randn(3, requires_grad=True)
learning_rate = {rate}
loss_value = float("inf")
step = 0
while loss_value > {until} and step < {most}:
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()
    loss_value = loss.item()
    step += 1
"""

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "learning_rates.py"


def six():
    """Return the example with six rates, with fewer steps and with numbers in place of what it prints."""
    text = EXAMPLE.read_text(encoding="utf-8").replace("max_steps = 1000", "max_steps, results = 150, []")
    return text.rpartition("    print(")[0] + "    results.append((learning_step, loss_value))\n"


def notebook(seed=0, rate=0.1, most=300, until=0.05, targets="zeros(3)", scale="", after=""):
    return LOOP.format(seed=seed, rate=rate, most=most, until=until, targets=targets, scale=scale, after=after)


def run(tmp_path, text, record=True):
    """Run a script, and return its variables and, if asked for, its recording."""
    script = tmp_path / "train.py"
    script.write_text(text)
    if not record:
        return runpy.run_path(str(script))
    with retrograd.record(tmp_path / "train.retro", overwrite=True) as recording:
        variables = runpy.run_path(str(script))
    return variables, recording


def test_the_six_rates_are_bitwise_those_of_the_script(tmp_path):
    by_hand, recording = run(tmp_path, six())
    result = retrograd.sweep(recording)
    assert result["learning_rate"].values.tolist() == [0.001, 0.01, 0.1, 1, 10, 100]
    assert list(zip(result["steps"].values, result["final_loss"].values, strict=True)) == by_hand["results"]
    assert result.attrs["start"].startswith("own")


@pytest.mark.parametrize("seed", [1, 23])
def test_a_seed_starts_as_the_script_with_that_seed(tmp_path, seed):
    _, recording = run(tmp_path, notebook())
    result = retrograd.sweep(recording, learning_rate=[0.3, 2.0], seeds=[seed], engine="loop")
    for rate, steps, loss in zip([0.3, 2.0], result["steps"].values, result["final_loss"].values, strict=True):
        by_hand = run(tmp_path, notebook(seed=seed, rate=rate), record=False)
        assert (int(steps[0]), float(loss[0])) == (by_hand["step"], by_hand["loss_value"])


def test_own_starts_go_on_drawing_where_the_one_before_ended(tmp_path):
    _, recording = run(tmp_path, notebook())
    result = retrograd.sweep(recording, learning_rate=[0.5, 1.0], seeds=[4], start="own", engine="loop")
    torch.manual_seed(4)
    starts = [(torch.randn(5, 3), torch.randn(3)) for _ in range(2)]
    z = torch.ones(5) @ starts[1][0] + starts[1][1]
    first = torch.nn.functional.binary_cross_entropy_with_logits(z, torch.zeros(3))
    assert result["first_loss"].values[1, 0] == first.item()


def test_many_runs_at_once_stop_where_the_loop_does(tmp_path):
    _, recording = run(tmp_path, notebook())
    asked = {"learning_rate": "0.05:50:12", "seeds": 6}
    one_by_one = retrograd.sweep(recording, engine="loop", **asked)
    together = retrograd.sweep(recording, engine="batch", **asked)
    # Sums are added in another order, so a loss that crosses the threshold within its rounding may do so a step later.
    apart = np.abs(one_by_one["steps"].values - together["steps"].values)
    assert apart.max() <= 1
    rounding = 64 * torch.finfo(torch.float32).eps
    close = np.isclose(one_by_one["final_loss"], together["final_loss"], rtol=rounding, atol=rounding)
    assert close[apart == 0].all()


def test_a_run_ends_by_the_threshold_the_maximum_and_what_is_not_finite(tmp_path):
    text = """
import torch
w = torch.tensor([1.0], requires_grad=True)
learning_rate = 0.1
for step in range(40):
    loss = (w * w).sum()
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
    w.grad.zero_()
"""
    _, recording = run(tmp_path, text)
    for engine in ("loop", "batch"):
        result = retrograd.sweep(recording, learning_rate=[0.001, 0.25, 3.0], until=1e-3, max_steps=40, engine=engine)
        # w is multiplied by 1 - 2 * rate in each step, and the loss, w², is looked at before the update.
        reached = 1 + math.ceil(math.log(1e-3) / math.log(0.5**2))
        assert result["steps"].values.tolist() == [40, reached, 29]
        # 25 to the power of n exceeds float32 at n = 28, the 29th step: 25^27 = 5.6e37, 25^28 = 1.4e39.
        assert [OUTCOMES[n] for n in result["outcome"].values] == ["slow", "converged", "non-finite"]


def test_a_growing_loss_ends_a_run_if_one_asks_for_it(tmp_path):
    _, recording = run(tmp_path, notebook(targets="full((3,), 0.5)", scale="", after=""))
    result = retrograd.sweep(recording, learning_rate=[30.0], growth=2.0, max_steps=50, until=0.0)
    assert OUTCOMES[result["outcome"].values[0]] == "diverged"
    assert result["final_loss"].values[0] > 2 * result["first_loss"].values[0]


@pytest.mark.parametrize("engine", ["loop", "batch"])
def test_the_twin_settles_below_its_limit_of_4_and_swings_above_it(tmp_path, engine):
    _, recording = run(tmp_path, notebook(targets="full((3,), 0.5)", until=0.0, most=200))
    result = retrograd.sweep(recording, learning_rate=[1.0, 3.8, 4.2], max_steps=400, until=None, engine=engine)
    # until=None leaves the loop's own threshold of 0, which is never reached.
    words = [OUTCOMES[n] for n in result["outcome"].values]
    assert words == ["slow", "slow", "oscillating"]
    assert result["turning"].values[2] < -0.99


def test_float64_is_the_loop_in_float64(tmp_path):
    _, recording = run(tmp_path, notebook())
    result = retrograd.sweep(recording, learning_rate=[1.0], dtype="float64", engine="batch", max_steps=5)
    torch.manual_seed(0)
    w = torch.randn(5, 3).double().requires_grad_()
    b = torch.randn(3).double().requires_grad_()
    for _ in range(5):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            torch.ones(5).double() @ w + b, torch.zeros(3).double()
        )
        loss.backward()
        with torch.no_grad():
            w -= w.grad
            b -= b.grad
        w.grad.zero_()
        b.grad.zero_()
    assert result["final_loss"].values[0] == pytest.approx(loss.item(), rel=1e-14)


def test_another_number_of_the_loop_is_swept_by_its_name(tmp_path):
    text = """
import torch
torch.manual_seed(0)
w = torch.randn(4, requires_grad=True)
velocity = torch.zeros(4)
lr, momentum = 0.1, 0.5
for step in range(30):
    loss = (w * w).sum()
    loss.backward()
    with torch.no_grad():
        velocity.mul_(momentum).add_(w.grad)
        w -= lr * velocity
    w.grad = None
"""
    _, recording = run(tmp_path, text)
    asked = {"learning_rate": [0.05, 0.2], "numbers": {"momentum": [0.0, 0.9]}}
    for engine in ("loop", "batch"):
        result = retrograd.sweep(recording, engine=engine, **asked)
        assert result["steps"].dims == ("learning_rate", "momentum")
        torch.manual_seed(0)
        start = torch.randn(4)
        for i, lr in enumerate([0.05, 0.2]):
            for j, momentum in enumerate([0.0, 0.9]):
                w, v = start.double(), torch.zeros(4).double()
                for _ in range(30):
                    loss = (w * w).sum()
                    v = momentum * v + 2 * w
                    w = w - lr * v
                assert result["final_loss"].values[i, j] == pytest.approx(loss.item(), rel=1e-3, abs=1e-12)


def test_plain_sgd_of_torch_has_a_learning_rate(tmp_path):
    text = """
import torch
torch.manual_seed(0)
model = torch.nn.Linear(3, 1)
x, y = torch.randn(20, 3), torch.randn(20, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for step in range(20):
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
"""
    _, recording = run(tmp_path, text)
    for engine in ("loop", "batch"):
        result = retrograd.sweep(recording, learning_rate=[0.05, 0.3], engine=engine)
        by_hand = run(tmp_path, text.replace("0.05", "0.3"), record=False)
        expected = [recording.loss[-1], by_hand["loss"].item()]
        assert result["final_loss"].values == pytest.approx(expected, rel=1e-5)


ADAM = """
import torch
torch.manual_seed({seed})
model = torch.nn.Linear(3, 1)
x, y = torch.randn(20, 3), torch.randn(20, 1)
optimizer = torch.optim.{optimizer}
for step in range({steps}):
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("optimizer", "name", "other"),
    [
        ("Adam(model.parameters(), lr=0.01)", "learning_rate", 0.3),
        ("AdamW(model.parameters(), lr=0.01, weight_decay=0.1)", "weight_decay", 0.5),
        ("SGD(model.parameters(), lr=0.01, momentum=0.9)", "momentum", 0.5),
        ("RMSprop(model.parameters(), lr=0.01)", "lr", 0.1),
    ],
)
def test_options_of_optimizers_are_swept_bit_by_bit_beyond_the_recording_too(tmp_path, optimizer, name, other):
    _, recording = run(tmp_path, ADAM.format(seed=0, optimizer=optimizer, steps=12))
    option = "lr" if name == "learning_rate" else name
    before = float(optimizer.partition(f"{option}=")[2].split(",")[0].rstrip(")"))
    result = retrograd.sweep(recording, numbers={name: [before, other]}, seeds=[0, 5], max_steps=20)
    for place, value in enumerate([before, other]):
        for column, seed in enumerate([0, 5]):
            text = ADAM.format(
                seed=seed, optimizer=optimizer.replace(f"{option}={before}", f"{option}={value}"), steps=20
            )
            by_hand = run(tmp_path, text, record=False)
            assert result["final_loss"].values[place, column] == by_hand["loss"].item()


def test_a_run_with_another_option_opens_as_a_recording(tmp_path):
    _, recording = run(tmp_path, ADAM.format(seed=0, optimizer="Adam(model.parameters(), lr=0.01)", steps=12))
    result = retrograd.sweep(recording, learning_rate=[0.01, 0.3])
    opened = retrograd.replay(recording, **run_of(recording, result, learning_rate=0.3))
    assert opened.loss[-1] == result["final_loss"].values[1]


def test_a_schedule_and_an_option_that_there_is_not_are_refused(tmp_path):
    text = ADAM.format(seed=0, optimizer="Adam(model.parameters(), lr=0.01)", steps=12)
    text = text.replace("for step", "scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)\nfor step")
    _, recording = run(tmp_path, text + "    scheduler.step()\n")
    with pytest.raises(NotSweepableError, match="schedule"):
        retrograd.sweep(recording, learning_rate=[0.1])
    passing = ADAM.format(seed=0, optimizer="Adam(model.parameters(), lr=0.01)", steps=12)
    rates = "LambdaLR(optimizer, lambda turn: 0.5 if turn in (3, 4) else 1.0)"
    passing = passing.replace("for step", f"scheduler = torch.optim.lr_scheduler.{rates}\nfor step")
    _, of_a_while = run(tmp_path, passing + "    scheduler.step()\n")  # the first, middle and last turn are as usual
    with pytest.raises(NotSweepableError, match=r"in turn 3 .*schedule"):
        retrograd.sweep(of_a_while, learning_rate=[0.1])
    with pytest.raises(NameUnknownError, match="these options: lr, eps, weight_decay"):
        retrograd.sweep(recording, numbers={"momentum": [0.1]})
    # The seeds of such a loop can be swept all the same, as far as it was recorded.
    result = retrograd.sweep(recording, seeds=[0])
    assert result["final_loss"].values[0] == recording.loss[-1]


def test_a_convolution_whose_input_needs_no_gradient_is_run_many_at_once(tmp_path):
    text = """
import torch
torch.manual_seed({seed})
pictures, y = torch.randn(5, 1, 6, 6), torch.randn(5)
kernel = torch.randn(2, 1, 3, 3, requires_grad=True)
lr = {rate}
for step in range(12):
    loss = ((torch.relu(torch.nn.functional.conv2d(pictures, kernel)).mean((1, 2, 3)) - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        kernel -= lr * kernel.grad
    kernel.grad = None
"""
    _, recording = run(tmp_path, text.format(seed=0, rate=0.05))
    result = retrograd.sweep(recording, learning_rate=[0.05, 0.4], seeds=[0, 5], engine="batch")
    for (place, rate), (column, seed) in itertools.product(enumerate([0.05, 0.4]), enumerate([0, 5])):
        by_hand = run(tmp_path, text.format(seed=seed, rate=rate), record=False)["loss"].item()
        assert result["final_loss"].values[place, column] == pytest.approx(by_hand, rel=1e-5)


def test_turns_that_only_look_more_closely_are_the_same_turn(tmp_path):
    text = notebook().replace(
        "    step += 1", "    if step % 7 == 0:\n        print(z[0].item(), (w * w).sum())\n    step += 1"
    )
    _, recording = run(tmp_path, text)
    assert len({step.program.number for step in recording.steps}) > 2
    by_hand = run(tmp_path, text.replace("rate = 0.1", "rate = 0.7"), record=False)
    result = retrograd.sweep(recording, learning_rate=[0.7])
    assert (int(result["steps"][0]), float(result["final_loss"][0])) == (by_hand["step"], by_hand["loss_value"])


def test_the_losses_of_all_turns_and_the_last_parameters_are_kept_on_demand(tmp_path):
    by_hand, recording = run(tmp_path, notebook(most=12))
    for engine in ("loop", "batch", *(["compiled"] if no_compiler() is None else [])):
        result = retrograd.sweep(recording, learning_rate=[0.1], history=True, parameters=True, engine=engine)
        rounding = 16 * torch.finfo(torch.float32).eps
        assert result["loss"].values[0] == pytest.approx(recording.loss, rel=rounding)
        assert result["w"].values[0] == pytest.approx(by_hand["w"].detach().numpy(), rel=rounding, abs=rounding)


@compiler
@pytest.mark.parametrize("most", [1, 2, 3, 45])
def test_compiled_runs_end_with_the_parameters_of_their_own_last_turn(tmp_path, most):
    # Lanes that are computed together end in different turns, and the others go on.
    _, recording = run(tmp_path, notebook())
    asked = {"learning_rate": "0.05:50:40", "seeds": 3, "until": 0.05, "max_steps": most, "parameters": True}
    by_hand = retrograd.sweep(recording, engine="loop", **asked)
    compiled = retrograd.sweep(recording, engine="compiled", **asked)
    same = by_hand["steps"].values == compiled["steps"].values
    assert same.mean() > 0.95
    rounding = most * 16 * torch.finfo(torch.float32).eps
    for name in ("w", "b"):
        np.testing.assert_allclose(compiled[name].values[same], by_hand[name].values[same], rtol=0, atol=rounding)
    # How a run moves after its last turn is looked at from there, too.
    np.testing.assert_allclose(compiled["turning"].values[same], by_hand["turning"].values[same], atol=1e-3)


def test_a_loss_that_is_zero_has_settled(tmp_path):
    text = """
import torch
w = torch.tensor([1.0], requires_grad=True)
lr = 0.25
for step in range(6):
    loss = (w * w).sum()
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
    w.grad = None
"""
    _, recording = run(tmp_path, text)
    for engine in ("loop", "batch"):
        # With the rate 0.5 the first update ends at 0 exactly: w - 0.5 * 2 w.
        result = retrograd.sweep(recording, learning_rate=[0.25, 0.5], engine=engine)
        assert result["final_loss"].values[1] == 0
        assert [OUTCOMES[n] for n in result["outcome"].values] == ["slow", "converged"]


# ---------------------------------------------------------------- a function in the place of a recording


def train(lr, seed=0, scale=1.0, most=40, until=0.05):
    torch.manual_seed(seed)
    x = torch.randn(8, 3)
    y = x @ torch.tensor([1.0, -2.0, 0.5])
    w = (scale * torch.randn(3)).requires_grad_()
    for step in range(most):  # noqa: B007
        loss = ((x @ w - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
        w.grad = None
        if loss.item() <= until:
            break
    return step + 1, loss.item()


def test_a_function_is_swept_as_if_it_were_called_each_time():
    result = retrograd.sweep(train, learning_rate=[0.03, 0.1, 0.3], seeds=[0, 3], scale=[0.5, 2.0])
    assert (result.attrs["until"], result.attrs["max_steps"]) == (0.05, 40)
    for run_ in np.ndindex(*result["steps"].shape):
        at = {dim: result[dim].values[place] for dim, place in zip(result["steps"].dims, run_, strict=True)}
        by_hand = train(float(at["learning_rate"]), int(at["seed"]), float(at["scale"]))
        assert (int(result["steps"].values[run_]), float(result["final_loss"].values[run_])) == by_hand


def test_what_a_function_does_not_take_or_still_wants_is_said():
    with pytest.raises(DimensionError, match="train takes no momentum; it takes lr, seed, scale, most, until"):
        retrograd.sweep(train, lr=[0.1], momentum=[0.9])
    with pytest.raises(DimensionError, match=r"missing a required argument: 'lr'.*functools.partial"):
        retrograd.sweep(train, scale=[0.1])
    result = retrograd.sweep(functools.partial(train, 0.3), scale=[0.5])
    assert float(result["final_loss"].values[0]) == train(0.3, scale=0.5)[1]


def test_a_function_leaves_the_random_numbers_as_they_were():
    torch.manual_seed(11)
    expected = torch.randn(3)
    torch.manual_seed(11)
    retrograd.sweep(train, lr=[0.5])
    assert torch.equal(torch.randn(3), expected)


# ---------------------------------------------------------------- one run as a recording


def test_a_run_of_a_sweep_opens_as_a_recording_bit_by_bit(tmp_path):
    _, recording = run(tmp_path, notebook())
    result = retrograd.sweep(recording, learning_rate=[0.5, 2.0], seeds=3, engine="loop", history=True)
    chosen = {"learning_rate": 2.0, "seed": 2}
    opened = retrograd.replay(recording, **run_of(recording, result, **chosen))
    by_hand = run(tmp_path, notebook(seed=2, rate=2.0), record=False)
    assert (len(opened.loss), opened.loss[-1]) == (by_hand["step"], by_hand["loss_value"])
    assert result["loss"].sel(chosen).values[: len(opened.loss)].tolist() == list(opened.loss)


def test_a_run_with_its_own_start_opens_with_that(tmp_path):
    by_hand, recording = run(tmp_path, six())
    result = retrograd.sweep(recording)
    opened = retrograd.replay(recording, **run_of(recording, result, learning_rate=1))
    assert (len(opened.loss), opened.loss[-1]) == by_hand["results"][3]


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ({"learning_rate": 3.0, "seed": 0}, "nearest is 2"),
        ({"learning_rate": 2.0}, "say which one: seed=0"),
        ({"learning_rate": 2.0, "seed": 0, "momentum": 1}, "momentum was not swept"),
    ],
)
def test_a_run_that_the_sweep_does_not_have_is_refused(tmp_path, where, says):
    _, recording = run(tmp_path, notebook(most=6))
    result = retrograd.sweep(recording, learning_rate=[0.5, 2.0], seeds=2)
    with pytest.raises(DimensionError, match=says):
        run_of(recording, result, **where)


def test_the_command_keeps_one_run_as_a_recording(tmp_path, capsys):
    run(tmp_path, notebook())
    new = tmp_path / "one.retro"
    asked = [
        "sweep",
        str(tmp_path / "train.retro"),
        "--learning-rate",
        "0.5,2",
        "--open",
        "learning_rate=2",
        "-o",
        str(new),
    ]
    assert main(asked) == 0
    by_hand = run(tmp_path, notebook(rate=2.0), record=False)
    assert retrograd.load(new).loss[-1] == by_hand["loss_value"]
    assert main(asked) == 2  # it is there already
    assert "exists already" in capsys.readouterr().err
    assert main([*asked[:4], "--open", "fast"]) == 2


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("rates", "says"),
    [
        ([-0.1], "greater than 0"),
        ([0.0], "greater than 0"),
        ([math.nan], "finite"),
        ([math.inf], "finite"),
        ([], "no value"),
        ("1:0.1:5", "smaller to the larger"),
        ("0.1:1:0", "empty"),
        ("-1:1:5", "greater than 0"),
        ("a,b", "neither a list"),
        ([0.1, 0.1], "twice"),
    ],
)
def test_rates_that_make_no_sense_are_refused(tmp_path, rates, says):
    _, recording = run(tmp_path, notebook(most=6))
    with pytest.raises(DimensionError, match=says):
        retrograd.sweep(recording, learning_rate=rates)


@pytest.mark.parametrize("seeds", [0, -3, [], [1.5], ["x"], [-1], True])
def test_seeds_that_make_no_sense_are_refused(tmp_path, seeds):
    _, recording = run(tmp_path, notebook(most=6))
    with pytest.raises(DimensionError, match="seed"):
        retrograd.sweep(recording, learning_rate=[1.0], seeds=seeds)


def test_an_unknown_number_is_refused_with_those_that_there_are(tmp_path):
    _, recording = run(tmp_path, notebook(most=6))
    with pytest.raises(NameUnknownError, match="learning_rate"):
        retrograd.sweep(recording, numbers={"momentum": [0.9]})


def test_a_loop_that_decides_by_a_value_is_refused_with_its_line(tmp_path):
    text = notebook().replace("    step += 1", "    if loss_value < 0.4:\n        learning_rate = 0.01\n    step += 1")
    _, recording = run(tmp_path, text)
    line = next(n for n, row in enumerate(text.splitlines(), 1) if "< 0.4" in row)
    with pytest.raises(NotSweepableError, match=f"line {line}: `loss_value < 0.4`"):
        retrograd.sweep(recording, numbers={"learning_rate": [1.0]})


def test_a_number_that_others_were_computed_from_is_refused_with_its_line(tmp_path):
    text = """
import torch
w = torch.ones(3, requires_grad=True)
average = torch.zeros(3)
beta = 0.9
for step in range(8):
    loss = (w * w).sum()
    loss.backward()
    with torch.no_grad():
        average.copy_(beta * average + (1 - beta) * w.grad)
        w -= 0.1 * average
    w.grad = None
"""
    _, recording = run(tmp_path, text)
    with pytest.raises(NotSweepableError, match=r"line 10.*1 - beta"):
        retrograd.sweep(recording, numbers={"beta": [0.5]})


@pytest.mark.parametrize(
    ("update", "name", "says"),
    [
        ("w -= lr * w.grad + lr * decay * w", "lr", r"line 10 also computes `lr \* decay`"),
        ("w.mul_(1 - lr * decay).sub_(lr * w.grad)", "lr", r"line 10 also computes `lr \* decay`"),
        ("w -= lr * 0.9 ** step * w.grad", "lr", r"line 10 also computes `lr \* 0.9 \*\* step`"),
        ("w -= lr * w.grad + shrink * w", "decay", r"line 5 also computes `shrink = 0.5 \* decay`"),
        ("w.sub_(lr * w.grad).clamp_(-bound, bound)", "bound", r"line 10 also computes `-bound`"),
    ],
)
def test_a_number_that_others_are_computed_from_anywhere_is_refused_with_its_line(tmp_path, update, name, says):
    text = f"""import torch
w = torch.ones(3, requires_grad=True)
lr = 0.1
decay, bound = 0.2, 0.9
shrink = 0.5 * decay
for step in range(8):
    loss = (w * w).sum() + 0.5 * w.sum() * decay
    loss.backward()
    with torch.no_grad():
        {update}
    w.grad.zero_()
"""
    _, recording = run(tmp_path, text)
    with pytest.raises(NotSweepableError, match=f"{name} cannot be swept: {says}"):
        retrograd.sweep(recording, numbers={name: [0.5]})


def test_numbers_beside_one_that_is_swept_are_no_obstacle(tmp_path):
    text = """
import torch
w, v = torch.ones(3, requires_grad=True), torch.full((3,), 2.0, requires_grad=True)
lr, first, second = {rate}, 0.5, 0.25
for step in range(8):
    loss = (w * w).sum() + (v ** 3).sum() / 10
    loss.backward()
    with torch.no_grad():
        for p in (w, v):
            p -= lr * (p.grad + (first * second) * p)
            p.grad = None
"""
    _, recording = run(tmp_path, text.format(rate=0.1))
    result = retrograd.sweep(recording, learning_rate=[0.2], engine="loop")
    assert result["final_loss"].values[0] == run(tmp_path, text.format(rate=0.2), record=False)["loss"].item()


def test_groups_of_parameters_that_differ_in_an_option_are_refused(tmp_path):
    text = ADAM.format(seed=0, optimizer="SGD([model.weight], lr=0.1)", steps=8)
    text = text.replace("SGD([model.weight]", "SGD([{'params': [model.weight]}, {'params': [model.bias], 'lr': 0.05}]")
    _, recording = run(tmp_path, text)
    with pytest.raises(NotSweepableError, match=r"lr cannot be swept: it is 0\.1 and 0\.05 in different groups"):
        retrograd.sweep(recording, learning_rate=[0.3])


def test_a_turn_that_draws_is_run_one_by_one_and_says_why(tmp_path):
    text = notebook(most=30).replace("    loss.backward()", "    loss = loss + 0 * torch.rand(())\n    loss.backward()")
    _, recording = run(tmp_path, text)
    with pytest.raises(NotSweepableError, match=r"train.py, line \d+: each turn draws"):
        retrograd.sweep(recording, learning_rate=[0.1], engine="batch")
    result = retrograd.sweep(recording, learning_rate=np.geomspace(0.1, 1, 700))
    assert result.attrs["engine"] == "loop"
    assert "draws random numbers" in result.attrs["engine_reason"]


def test_more_turns_than_batches_were_recorded_are_refused(tmp_path):
    text = """
import torch
from numpy.random import default_rng
draw = default_rng(0)
w = torch.zeros(2, requires_grad=True)
for step in range(9):
    x = torch.from_numpy(draw.normal(size=(4, 2)).astype("float32"))
    loss = ((x @ w - 1) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
"""
    by_hand, recording = run(tmp_path, text)
    name = "line 11: 0.1"
    result = retrograd.sweep(recording, numbers={name: [0.1]}, engine="batch", parameters=True)
    assert result["final_loss"].values == pytest.approx(recording.loss[-1:], rel=1e-5)
    assert result["w"].values[0] == pytest.approx(by_hand["w"].detach().numpy(), rel=1e-5)
    with pytest.raises(NotSweepableError, match="at most 9"):
        retrograd.sweep(recording, numbers={name: [0.1]}, max_steps=10)


def test_an_engine_that_does_not_exist_is_refused(tmp_path):
    _, recording = run(tmp_path, notebook(most=6))
    with pytest.raises(SweepError, match="loop"):
        retrograd.sweep(recording, learning_rate=[1.0], engine="gpu")


# ---------------------------------------------------------------- the loop's own condition


@pytest.mark.parametrize(
    ("loop", "until", "most"),
    [
        ("while loss_value > 0.05 and step < 300:", 0.05, 300),
        ("while step < 300 and 0.05 < loss_value:", 0.05, 300),
        ("threshold, most = 0.05, 300\nwhile loss_value > threshold and step < most:", 0.05, 300),
        ("import os\nmost = len(os.sep) * 300\nwhile step < most:", None, None),
        ("while step <= 20:", None, 21),
        ("for step in range(20):", None, 20),
    ],
)
def test_the_condition_of_the_loop_is_read_where_it_is_in_numbers(tmp_path, loop, until, most):
    text = notebook().replace("while loss_value > 0.05 and step < 300:", loop)
    _, recording = run(tmp_path, text)
    found = condition_of(recording)
    assert (found.until, found.max_steps) == (until, most)


# ---------------------------------------------------------------- the command


def test_the_command_prints_a_table_that_fits_80_columns(tmp_path, capsys):
    run(tmp_path, six())
    assert main(["sweep", str(tmp_path / "train.retro")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["learning", "rate", "steps", "final", "loss", "outcome"]
    assert lines[1].split()[:2] == ["0.001", "150"]


def test_the_command_prints_json_with_a_row_for_each_run(tmp_path, capsys):
    run(tmp_path, notebook(most=20))
    assert main(["sweep", str(tmp_path / "train.retro"), "--learning-rate", "0.1,1", "--seeds", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(row["learning_rate"], row["seed"]) for row in found] == [(0.1, 0), (0.1, 1), (1.0, 0), (1.0, 1)]
    assert set(found[0]) == {"learning_rate", "seed", "steps", "final_loss", "outcome"}


def test_the_command_gives_every_loss_and_the_last_parameters_to_other_programs(tmp_path, capsys):
    run(tmp_path, notebook(most=20))
    asked = ["sweep", str(tmp_path / "train.retro"), "--learning-rate", "0.1,1", "--json", "--history", "--parameters"]
    assert main(asked) == 0
    found = json.loads(capsys.readouterr().out)
    for row, rate in zip(found, (0.1, 1.0), strict=True):
        losses = notebook(rate=rate, most=20).replace("    step += 1", "    step += 1\n    losses.append(loss_value)")
        by_hand = run(tmp_path, "losses = []\n" + losses, record=False)
        assert row["losses"] == by_hand["losses"]
        assert row["parameters"] == {name: by_hand[name].tolist() for name in ("w", "b")}


def test_what_the_table_cannot_show_is_refused_before_anything_runs(tmp_path, capsys):
    run(tmp_path, notebook(most=6))
    for option in ("--history", "--parameters"):
        assert main(["sweep", str(tmp_path / "train.retro"), option]) == 2
        assert f"{option}: the table has no place for it; add --json" in capsys.readouterr().err


def test_the_command_says_what_is_wrong_and_ends_with_2(tmp_path, capsys):
    run(tmp_path, notebook(most=6))
    assert main(["sweep", str(tmp_path / "train.retro"), "--learning-rate=-1"]) == 2
    assert "greater than 0" in capsys.readouterr().err


# ---------------------------------------------------------------- compiled


@compiler
@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_compiled_runs_stop_where_others_do(tmp_path, dtype):
    _, recording = run(tmp_path, notebook())
    asked = {"learning_rate": "0.05:50:12", "seeds": 6, "dtype": dtype}
    together = retrograd.sweep(recording, engine="batch", **asked)
    compiled = retrograd.sweep(recording, engine="compiled", **asked)
    assert compiled.attrs["engine"] == "compiled"
    apart = np.abs(compiled["steps"].values - together["steps"].values)
    assert apart.max() <= (1 if dtype == "float32" else 0)
    rounding = 64 * torch.finfo(getattr(torch, dtype)).eps
    close = np.isclose(compiled["final_loss"], together["final_loss"], rtol=rounding, atol=rounding)
    assert close[apart == 0].all()
    assert (compiled["outcome"] == together["outcome"]).all()


@compiler
@pytest.mark.slow
def test_compiled_runs_end_by_growth_and_by_what_is_not_finite(tmp_path):
    text = """
import torch
torch.manual_seed(0)
w = torch.randn(3, requires_grad=True)
momentum = 0.5
velocity = torch.zeros(3)
learning_rate = 0.1
for step in range(300):
    loss = (torch.tanh(w) + w * w).sum()
    loss.backward()
    with torch.no_grad():
        velocity.mul_(momentum).add_(w.grad)
        w -= learning_rate * velocity
    w.grad = None
"""
    _, recording = run(tmp_path, text)
    for growth in (None, 10.0):
        asked = {"learning_rate": [0.01, 0.3, 1.9, 40.0], "seeds": 5, "growth": growth}
        together = retrograd.sweep(recording, engine="batch", **asked)
        compiled = retrograd.sweep(recording, engine="compiled", **asked)
        assert (compiled["steps"] == together["steps"]).all()
        assert (compiled["outcome"] == together["outcome"]).all()
        assert {"diverged" if growth else "non-finite"} <= {OUTCOMES[n] for n in compiled["outcome"].values.flat}


@compiler
@pytest.mark.slow
def test_threads_share_the_runs_and_change_no_bit(tmp_path):
    _, recording = run(tmp_path, notebook(most=100))
    asked = {"learning_rate": "0.05:50:9000", "seeds": 8, "engine": "compiled"}
    before, found, told = torch.get_num_threads(), [], []
    for threads in (1, 3):
        torch.set_num_threads(threads)
        try:
            found.append(retrograd.sweep(recording, progress=lambda *numbers: told.append(numbers), **asked))
            assert torch.get_num_threads() == threads
        finally:
            torch.set_num_threads(before)
        assert told[-1] == (72_000, 72_000, int(found[-1]["steps"].sum()))
    for name in ("steps", "final_loss", "turning", "outcome"):
        assert np.array_equal(found[0][name], found[1][name], equal_nan=True)


@compiler
@pytest.mark.slow
def test_what_goes_wrong_in_a_thread_ends_the_sweep(tmp_path):
    _, recording = run(tmp_path, notebook(most=100))

    def interrupted(*_):
        raise KeyboardInterrupt

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(KeyboardInterrupt):
            retrograd.sweep(recording, learning_rate="0.05:50:9000", seeds=8, engine="compiled", progress=interrupted)
    finally:
        torch.set_num_threads(before)


@compiler
def test_a_kernel_is_built_once_and_where_it_can_be_kept(tmp_path, monkeypatch):
    source = 'extern "C" int answer() { return 42; }'
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache.folder.cache_clear()
    try:
        assert toolchain.built(source).answer() == 42
        (kept,) = (tmp_path / "retrograd" / "kernels").iterdir()
        written = kept.stat().st_ino
        assert toolchain.built(source).answer() == 42
        assert kept.stat().st_ino == written
        with pytest.raises(NotSweepableError, match=r"compiler failed.*error"):
            toolchain.built("this is no C++")
        assert list(kept.parent.iterdir()) == [kept]
        # A home that is no folder: the kernel is there for this process only.
        monkeypatch.setenv("XDG_CACHE_HOME", str(kept))
        cache.folder.cache_clear()
        assert toolchain.built(source).answer() == 42
    finally:
        cache.folder.cache_clear()


@compiler
def test_a_kernel_that_cannot_be_kept_leaves_nothing_behind_and_no_warning(tmp_path):
    text = """
from retrograd.engines import toolchain
assert toolchain.built('extern "C" int answer() { return 42; }').answer() == 42
"""
    homeless = {**os.environ, "XDG_CACHE_HOME": os.devnull, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-W", "always::ResourceWarning", "-c", text]
    done = subprocess.run(command, env=homeless, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr, list(tmp_path.iterdir())) == (0, "", [])


def test_large_seeds_that_float64_cannot_tell_apart_are_different_runs(tmp_path):
    _, recording = run(tmp_path, notebook(most=5))
    seeds = [2**60, 2**60 + 1]
    result = retrograd.sweep(recording, learning_rate=[1.0], seeds=seeds, engine="loop")
    for seed, loss in zip(seeds, result["final_loss"].values[0], strict=True):
        assert float(loss) == run(tmp_path, notebook(seed=seed, rate=1.0, most=5), record=False)["loss_value"]


def test_without_a_compiler_a_sweep_says_so_and_goes_on(tmp_path, monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    _, recording = run(tmp_path, notebook(most=100))
    with pytest.raises(NotSweepableError, match="no-such-compiler"):
        retrograd.sweep(recording, learning_rate=[1.0], engine="compiled")
    monkeypatch.setattr("retrograd.engines.choice.MANY", 1)
    result = retrograd.sweep(recording, learning_rate="0.1:10:300")
    assert result.attrs["engine"] == "batch"
    assert "no-such-compiler" in result.attrs["engine_reason"]


def test_the_threshold_is_compared_as_python_compares_it():
    # 0.01 lies between two numbers of float32; a loss equal to the upper one is still above the threshold.
    lower = _below(0.01, torch.float32)
    assert lower <= 0.01 < float(np.nextafter(np.float32(lower), np.float32(1)))


def test_answers_of_parts_become_one_in_their_order():
    from dataclasses import replace

    from retrograd.engines.runs import joined, no_answer

    def part(steps, losses, w):
        answer = replace(no_answer(len(steps)), history=np.array(losses), parameters={"w": np.array(w)})
        answer.steps[:] = steps
        return answer

    parts = [part([3], [[0.1, 0.2]], [[7.0]]), part([1, 2], [[0.3, 0.4], [0.5, 0.6]], [[8.0], [9.0]])]
    whole = joined(iter(parts), 3)
    assert whole.steps.tolist() == [3, 1, 2]
    assert whole.history.tolist() == [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]
    assert whole.parameters["w"].tolist() == [[7.0], [8.0], [9.0]]
    assert np.isnan(whole.final_loss).all()
    assert joined([], 0).steps.shape == (0,)


def test_a_small_sweep_loads_nothing_that_it_does_not_need(tmp_path):
    run(tmp_path, notebook(most=6))
    text = """
import sys
import retrograd
retrograd.sweep(sys.argv[1], learning_rate=[0.1, 1.0])
heavy = {"dask", "distributed", "matplotlib", "sympy", "torch._dynamo", "torch._inductor", "zarr"}
print(sorted(heavy & {*sys.modules}))
"""
    command = [sys.executable, "-c", text, str(tmp_path / "train.retro")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_an_operation_of_an_extension_that_is_not_there_is_refused_with_its_line(tmp_path):
    text = """import torch
@torch.library.custom_op("retrograd_sweep_tests::half", mutates_args=())
def half(w: torch.Tensor) -> torch.Tensor:
    return w / 2
half.register_autograd(lambda ctx, gradient: gradient / 2)
w = torch.ones(3, requires_grad=True)
lr = 0.1
for step in range(6):
    loss = (half(w) * w).sum()
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
    w.grad = None
"""
    (tmp_path / "train.py").write_text(text)
    record = [sys.executable, "-m", "retrograd", "run", "-o", "train.retro", "train.py"]
    subprocess.run(record, cwd=tmp_path, capture_output=True, check=True)
    with pytest.raises(
        NotSweepableError, match=r"train.py, line 9: retrograd_sweep_tests::half.* nothing has defined it"
    ):
        retrograd.sweep(tmp_path / "train.retro", learning_rate=[0.5])
