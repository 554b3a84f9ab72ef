"""A recording stays below a number of megabytes, and says from where on it holds less; the loop notices nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from retrograd import load, record
from retrograd.cli import main
from retrograd.program import prove
from retrograd.recording import Recording


def small(turns: int) -> list[float]:
    torch.manual_seed(0)
    x, y = torch.ones(5), torch.full((3,), 0.5)
    w = torch.randn(5, 3, requires_grad=True)
    b = torch.randn(3, requires_grad=True)
    losses = []
    for _ in range(turns):
        loss = nn.functional.binary_cross_entropy_with_logits(x @ w + b, y)
        loss.backward()
        with torch.no_grad():
            w -= 0.5 * w.grad
            b -= 0.5 * b.grad
        w.grad = None
        b.grad = None
        losses.append(loss.item())
    return losses


def large_batches(turns: int) -> list[float]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(300, 300), nn.Dropout(0.1), nn.Tanh(), nn.Linear(300, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    losses = []
    for turn in range(turns):
        batch = torch.from_numpy(np.random.default_rng(turn).normal(size=(32, 300)).astype("f4"))
        optimizer.zero_grad()
        loss = model(batch).pow(2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def growing(turns: int) -> list[float]:
    w = torch.ones(3, requires_grad=True)
    losses = []
    for turn in range(turns):
        h = w
        for _ in range(turn):
            h = (h * 1.01).sin()
        loss = h.sum()
        loss.backward()
        with torch.no_grad():
            w -= 0.01 * w.grad
        w.grad = None
        losses.append(loss.item())
    return losses


def left_out(recording: Recording) -> list[str]:
    return [note.text for note in recording.notes if "stay below" in note.text]


@pytest.mark.slow
@pytest.mark.parametrize(("loop", "turns", "megabytes"), [(small, 6000, 1), (large_batches, 300, 5), (growing, 60, 1)])
def test_a_file_stays_below_its_budget_and_has_full_steps_in_all_parts(
    tmp_path: Path, loop: Callable[[int], list[float]], turns: int, megabytes: float
) -> None:
    path = tmp_path / "train.retro"
    expected = loop(turns)
    with record(path, budget=megabytes) as recording:
        assert loop(turns) == expected
    assert path.stat().st_size <= megabytes * 1e6
    assert recording.loss.tolist() == expected
    assert recording.facts["budget"] == megabytes
    full = [step.number for step in recording.steps if step.layout in ("all", "kept")]
    quarters = {number * 4 // turns for number in full}
    assert quarters == {0, 1, 2, 3}
    assert len(left_out(recording)) == 1
    assert prove(recording).differences == ()


def test_state_that_takes_a_third_of_the_budget_leaves_room_for_the_losses(tmp_path):
    path = tmp_path / "train.retro"
    expected = large_batches(100)
    with record(path, budget=1) as recording:
        assert large_batches(100) == expected
    assert path.stat().st_size <= 1e6
    assert recording.loss.tolist() == expected
    assert len(left_out(recording)) == 1


@pytest.mark.slow
def test_the_steps_that_are_not_full_follow_from_the_others(tmp_path):
    with record(tmp_path / "train.retro", budget=1) as recording:
        small(4000)
    assert any(step.layout == "inputs" for step in recording.steps)
    proof = prove(recording)
    assert (proof.steps, proof.holds) == (4000, True)


def test_a_recording_that_fits_leaves_nothing_out():
    with record(budget=50) as recording:
        small(50)
    assert {step.layout for step in recording.steps} <= {"all", "kept"}
    assert left_out(recording) == []


@pytest.mark.parametrize("mode", ["sparse", "light"])
def test_there_may_be_a_budget_in_long_runs_too(mode):
    expected = small(800)
    with record(mode=mode, every=10, budget=1) as recording:
        assert small(800) == expected
    assert recording.loss.tolist() == expected


def test_without_a_budget_nothing_is_counted():
    with record() as recording:
        small(20)
    assert "budget" not in recording.facts


def test_a_budget_that_holds_no_recording_is_refused():
    with pytest.raises(ValueError, match=r"cannot stay below 0\.5 megabytes; budget must be 1 or more"):
        record(budget=0.5)


def test_the_command_line_takes_a_budget(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text("import torch\nw = torch.ones(3, requires_grad=True)\nw.sum().backward()\n")
    assert main(["run", "--budget", "2", "train.py"]) == 0
    assert load("train.retro").facts["budget"] == 2
