"""A sparse recording is proved when its loop has ended, and says what came of it; the person notices nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from retrograd import load, record
from retrograd.cli import main
from retrograd.program import prove
from retrograd.recording import Recording


def train(turns: int, between: Callable[[int, torch.Tensor], object] = lambda turn, w: None) -> torch.Tensor:
    torch.manual_seed(0)
    x, w = torch.ones(5, 5), torch.randn(5, 3, requires_grad=True)
    for turn in range(turns):
        loss = torch.nn.functional.dropout(x @ w, 0.1).pow(2).mean()
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
        w.grad = None
        between(turn, w)
    return w


def proofs_of(recording: Recording) -> list[str]:
    return [note.text for note in recording.notes if note.kind == "proof"]


def test_a_sparse_recording_says_that_its_proof_holds(tmp_path, capsys):
    path = str(tmp_path / "train.retro")
    with record(path, mode="sparse", every=10):
        kept = train(45)
    assert kept.shape == (5, 3)
    (text,) = proofs_of(load(path))
    assert text.startswith("the proof holds: all 45 steps")
    assert main(["show", path, "--no-color"]) == 0
    shown = capsys.readouterr().out
    assert "\n  proof      holds: all 45 steps" in shown
    assert "CANNOT SHOW" not in shown
    assert main(["show", path, "--json"]) == 0
    assert f'"proof": ["{text}"]' in capsys.readouterr().out


@pytest.mark.parametrize("options", [{"mode": "every"}, {"mode": "light"}, {"mode": "sparse", "prove": 0}])
def test_nothing_is_proved_unasked(options):
    with record(**options, every=10) as recording:
        train(25)
    assert proofs_of(recording) == []


def test_a_parameter_that_was_changed_unwatched_makes_the_proof_fail_and_only_there():
    def disturb(turn: int, w: torch.Tensor) -> None:
        if turn == 24:
            w.detach().numpy()[0, 0] += 1.0

    with record(mode="sparse", every=10) as recording:
        kept = train(60, disturb)
    assert kept.shape == (5, 3)
    full = [step.number for step in recording.steps if step.layout != "inputs"]
    arrival = min(number for number in full if number > 24)
    (text,) = proofs_of(recording)
    assert text == f"the proof fails: step {arrival}: w is not what executing the steps before gives"
    # The steps from there on start from what was recorded, so they are proved again.
    assert len(prove(recording).differences) == 1


def test_the_time_for_a_proof_is_bounded():
    with record(mode="sparse", every=10, prove=1e-9) as recording:
        kept = train(45)
    assert kept.shape == (5, 3)
    (text,) = proofs_of(recording)
    assert text.startswith("the proof ended before step")
    assert "1e-09 seconds" in text
    assert not prove(recording, lambda: True).holds
    assert prove(recording).holds


def test_a_proof_leaves_no_trace_in_the_process():
    handler = signal.getsignal(signal.SIGINT)
    bare = train(45), torch.rand(3)
    with FlopCounterMode(display=False) as counter:
        bare_flops = train(45), counter.get_total_flops()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with FlopCounterMode(display=False) as counter, record(mode="sparse", every=10) as recording:
            w = train(45)
        drawn = torch.rand(3)
    assert proofs_of(recording)[0].startswith("the proof holds")
    assert torch.equal(bare[0], w)
    assert torch.equal(bare[1], drawn)
    assert counter.get_total_flops() == bare_flops[1]
    assert seen == []
    assert torch.is_grad_enabled()
    assert signal.getsignal(signal.SIGINT) is handler


def test_a_proof_is_made_although_the_default_device_is_another():
    try:
        with record(mode="sparse", every=10) as recording:
            kept = train(45)
            torch.set_default_device("meta")
        assert kept.shape == (5, 3)
    finally:
        torch.set_default_device(None)
    assert proofs_of(recording)[0].startswith("the proof holds")


def test_the_loops_own_exception_goes_on_its_way():
    error = ValueError("of the loop")

    def fail(turn: int, w: torch.Tensor) -> None:
        if turn == 33:
            raise error

    with pytest.raises(ValueError, match="of the loop") as caught:  # noqa: SIM117
        with record(mode="sparse", every=10) as recording:
            train(45, fail)
    assert caught.value is error
    assert len(proofs_of(recording)) == 1


def test_who_interrupts_the_loop_does_not_wait_for_a_proof():
    def interrupt(turn: int, w: torch.Tensor) -> None:
        if turn == 33:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):  # noqa: SIM117
        with record(mode="sparse", every=10) as recording:
            train(45, interrupt)
    assert proofs_of(recording) == []


SCRIPT = """
import atexit, os, threading, time, torch

w = torch.ones(3, requires_grad=True)
for turn in range(20000):
    loss = (w * w).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.001 * w.grad
    w.grad = None
print("the loop has ended", flush=True)
atexit.register(print, "the script has ended")
raise SystemExit(7)
"""


@pytest.mark.slow
def test_ctrl_c_ends_the_proof_and_nothing_else(tmp_path: Path) -> None:
    script, path = tmp_path / "train.py", tmp_path / "train.retro"
    script.write_text(SCRIPT)
    command = [sys.executable, "-m", "retrograd", "run", "--mode", "sparse", "--prove", "600", "-o", str(path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        [*command, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "the loop has ended\n"
        # Executing 20 000 steps takes a second or more; Ctrl-C within the first instant would still hit the script.
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.4)
        child.send_signal(signal.SIGINT)
        output, said = child.communicate(timeout=60)
    assert child.returncode == 7
    assert output == "the script has ended\n"
    assert "the proof ended before step" in said
    assert "it was interrupted" in said
    recording = load(str(path))
    assert recording.facts["closed"]
    assert len(recording.steps) == 20000
