"""Between two full steps of a long run: `backward` behaves as PyTorch's own, and what is counted is never lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.overrides import BaseTorchFunctionMode

from retrograd import load, record
from retrograd.program import prove, reconstruct
from retrograd.recorder.shortcut import short_way
from retrograd.recording import reference_to, value_of

RESTING = range(12, 60)
"""Turns that are only counted, with one full step in 100."""


def train(turns: int, aside: Callable[[int, Tensor], None] = lambda turn, w: None, **options: object) -> list[float]:
    w = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    losses = []
    for turn in range(turns):
        loss = (w * w).sum()
        loss.backward(**options)
        aside(turn, w)
        with torch.no_grad():
            w -= 0.01 * w.grad
        w.grad = None
        losses.append(loss.item())
    return losses


def second_time() -> None:
    loss = torch.ones(3, requires_grad=True).pow(2).sum()
    torch.autograd.backward(loss)  # a tensor's backward() from another line would call the watch back
    loss.backward()


def no_scalar() -> None:
    (torch.ones(3, requires_grad=True) * 2).backward()


def no_gradient() -> None:
    torch.ones(()).backward()


def whole_number() -> None:
    torch.ones((), dtype=torch.int64).backward()


def complex_number() -> None:
    (torch.ones((), dtype=torch.complex64, requires_grad=True) * 2).backward()


def wrong_gradient() -> None:
    (torch.ones(3, requires_grad=True) * 2).sum().backward(torch.ones(4))


def unknown_argument() -> None:
    (torch.ones(3, requires_grad=True) * 2).sum().backward(gradients=None)  # type: ignore[call-arg]


def failing_hook() -> None:
    loss = (torch.ones(3, requires_grad=True) * 2).sum()

    def hook(gradient: Tensor) -> None:
        raise KeyError("of mine")

    loss.register_hook(hook)
    loss.backward()


def told(mistake: Callable[[], None]) -> tuple[type, str, list[tuple[str, str]]]:
    """Return an exception's type, text and traceback, without what is this test's or retrograd's own."""
    try:
        mistake()
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        return type(error), str(error), [(f.filename, f.name) for f in frames if "/retrograd/" not in f.filename]
    raise AssertionError("nothing was raised")


MISTAKES = [
    *(second_time, no_scalar, no_gradient, whole_number, complex_number),
    *(wrong_gradient, unknown_argument, failing_hook),
]


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("mode", ["sparse", "light"])
def test_an_exception_in_backward_is_what_it_would_be_without_recording(mode, mistake):
    found = []

    def aside(turn: int, w: Tensor) -> None:
        if turn == 30:
            found.append(told(mistake))

    expected, losses = told(mistake), train(60)
    with record(mode=mode):
        assert train(60, aside) == losses
    kind, text, frames = found[0]
    if mistake is unknown_argument:
        assert kind is TypeError
        assert "gradients" in text
    else:
        assert (kind, text, frames) == expected


def test_the_short_way_is_the_one_that_is_taken():
    loss = torch.tensor(3.0, requires_grad=True)
    way = short_way(Tensor.backward, torch.float32)
    if not torch.__version__.startswith("2.13."):
        pytest.skip("no short way is known for this PyTorch")
    assert way(loss * loss) is True
    assert loss.grad == 6
    square = loss * loss
    for other in (loss.double() * 1, torch.ones(()), nn.Parameter(torch.ones(())), (loss * 2).reshape(1)):
        assert way(other) is False
    with BaseTorchFunctionMode():
        assert way(square) is False


@pytest.mark.parametrize("options", [{"retain_graph": True}, {"gradient": torch.tensor(1.0)}])
def test_backward_with_arguments_is_followed_all_the_same(options):
    expected = train(60, **options)
    with record(mode="sparse", every=20) as recording:
        assert train(60, **options) == expected
    np.testing.assert_array_equal(recording.loss, expected)
    assert len(recording.steps) == 60
    assert prove(recording).holds


def test_gradients_of_gradients_while_nobody_watches():
    def loop() -> list[float]:
        w = torch.tensor([1.0, -2.0], requires_grad=True)
        losses = []
        for _ in range(40):
            loss = w.pow(4).sum()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it warns that create_graph=True makes a cycle
                loss.backward(create_graph=True)
            with torch.no_grad():
                w -= 0.001 * w.grad
            w.grad = None
            losses.append(loss.item())
        return losses

    expected = loop()
    for mode in ("sparse", "light"):
        with record(mode=mode, every=10) as recording:
            assert loop() == expected
        np.testing.assert_array_equal(recording.loss, expected)


def test_another_thread_may_call_backward_meanwhile():
    v = torch.ones(2, requires_grad=True)

    def elsewhere() -> None:
        v.pow(3).sum().backward()

    def aside(turn: int, w: Tensor) -> None:
        if turn in RESTING:
            thread = threading.Thread(target=elsewhere)
            thread.start()
            thread.join()

    expected = train(70)
    with record(mode="sparse") as recording:
        assert train(70, aside) == expected
    np.testing.assert_array_equal(recording.loss, expected)
    assert prove(recording).holds
    assert v.grad is not None
    np.testing.assert_array_equal(v.grad.numpy(), np.full(2, 3.0 * len(RESTING), "f4"))


def test_validation_in_between_changes_nothing():
    def aside(turn: int, w: Tensor) -> None:
        if turn % 7 == 6:
            with torch.no_grad():
                assert float((w * 2).sum()) == float((w * 2).sum())

    expected = train(70)
    with record(mode="sparse", every=25) as recording:
        assert train(70, aside) == expected
    np.testing.assert_array_equal(recording.loss, expected)
    assert len(recording.steps) == 70


@pytest.mark.parametrize("mode", ["sparse", "light"])
def test_who_asks_in_the_middle_gets_every_step_so_far(mode, tmp_path):
    for path in (None, tmp_path / "train.retro"):
        counts = []
        with record(path, mode=mode) as recording:
            train(60, lambda turn, w: counts.append(len(recording.steps)))  # noqa: B023
        # Its turn is not over for a full step; it counts at its backward call for the others.
        assert counts[20:60] == list(range(21, 61))


def test_whoever_is_told_of_progress_is_told_of_every_step():
    told_of = []
    with record(mode="light", every=20, progress=lambda steps, loss: told_of.append((steps, loss))):
        losses = train(50)
    assert [steps for steps, _ in told_of] == list(range(1, 51))
    assert [loss for steps, loss in told_of if 30 < steps < 40] == losses[30:39]


@pytest.mark.parametrize("size", [3, 3000])
def test_the_norms_of_small_and_large_gradients(size):
    w = torch.linspace(-1, 1, size, requires_grad=True)
    expected = []
    with record(mode="light", every=20) as recording:
        for turn in range(40):
            (w * w).sum().backward()
            expected.append(np.linalg.norm(w.grad.numpy().astype("f8")))
            with torch.no_grad():
                w -= 0.01 * w.grad
            w.grad = None
            del turn
    light = [step for step in recording.steps if step.layout == "none"]
    assert len(light) > 25
    for step in light:
        assert step.norms == (pytest.approx(expected[step.number], rel=1e-5),)


def test_a_gradient_that_is_no_number_is_an_alarm_though_the_loss_is_one():
    w = torch.tensor([30.0], requires_grad=True)
    with record(mode="light", every=100) as recording:
        for _ in range(31):  # in the last one the root of 0 is 0, and its slope is infinite
            loss = w.sqrt().sum()
            loss.backward()
            with torch.no_grad():
                w -= 1.0
            w.grad = None
    assert loss == 0
    for number in (20, 30):
        again = reconstruct(recording, number)
        assert value_of(again, reference_to(again.program, "w")).array == 30.0 - number


SCRIPT = """
import sys, time, torch
from retrograd import record
w = torch.ones(4, requires_grad=True)
with record(sys.argv[1], mode=sys.argv[2], every=1_000_000):
    for turn in range(1_000_000):
        loss = (w * w).sum()
        loss.backward()
        with torch.no_grad():
            w -= 1e-4 * w.grad
        w.grad = None
        if turn == 500:
            print("paused", flush=True)
            time.sleep(60)
"""


@pytest.mark.parametrize("mode", ["sparse", "light"])
def test_what_was_counted_before_a_pause_survives_a_kill(mode, tmp_path):
    path = tmp_path / "killed.retro"
    command = [sys.executable, "-c", SCRIPT, str(path), mode]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ}) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "paused\n"
        time.sleep(0.5)  # more than twice what may be lost
        child.send_signal(signal.SIGKILL)
    recording = load(path)
    assert len(recording.steps) == 501
    assert [step.number for step in recording.steps][-1] == 500


def test_a_generator_that_trains_is_asked_from_another_line():
    def steps(w):
        while True:
            loss = (w - 1).pow(2).sum()
            loss.backward()
            with torch.no_grad():
                w -= 0.01 * w.grad
            w.grad = None
            yield loss.item()

    w = torch.tensor([3.0, 2.0], requires_grad=True)
    with record(mode="sparse", every=10, prove=0) as recording:
        train = steps(w)
        losses = [next(train) for _ in range(30)]
        for _ in range(30):
            losses.append(next(train))
    assert recording.loss.tolist() == losses
    assert sum(step.layout == "inputs" for step in recording.steps) > 40
    assert prove(recording).holds
