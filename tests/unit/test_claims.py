"""What teachers ask of a loop: sound loops pass, and each mistake is named with its step and its line."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest
import torch

import retrograd
from retrograd.lessons.claims import cleared_each_step, gradients_agree, leaf_identity, loss_falls, updates_equal
from retrograd.recording import Recording

RATE = 0.1


def start() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(5)
    return torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)


def loss_of(w: torch.Tensor, b: torch.Tensor, target: float = 0.0) -> torch.Tensor:
    z = torch.matmul(torch.ones(5), w) + b
    return torch.nn.functional.binary_cross_entropy_with_logits(z, torch.full((3,), target))


def sound() -> None:
    w, b = start()
    for _ in range(6):
        loss_of(w, b).backward()
        with torch.no_grad():
            w -= RATE * w.grad
            b -= RATE * b.grad
        w.grad.zero_()
        b.grad.zero_()


def set_to_none_before_backward() -> None:
    w, b = start()
    for _ in range(6):
        w.grad = b.grad = None
        loss_of(w, b).backward()
        w.data -= RATE * w.grad
        b.data.sub_(b.grad, alpha=RATE)


def by_an_optimizer() -> None:
    w, b = start()
    optimizer = torch.optim.SGD([w, b], lr=RATE)
    for _ in range(6):
        optimizer.zero_grad()
        loss_of(w, b).backward()
        optimizer.step()


def two_losses_a_step() -> None:
    w, b = start()
    for _ in range(6):
        loss_of(w, b).backward()
        loss_of(w, b, 0.5).backward()
        with torch.no_grad():
            w -= RATE * w.grad
            b -= RATE * b.grad
        w.grad.mul_(0)
        b.grad = torch.zeros(3)


def never_cleared() -> None:
    w, b = start()
    for _ in range(6):
        loss_of(w, b).backward()  # here
        with torch.no_grad():
            w -= RATE * w.grad
            b -= RATE * b.grad


def b_never_cleared() -> None:
    w, b = start()
    for _ in range(6):
        loss_of(w, b).backward()  # here
        with torch.no_grad():
            w -= RATE * w.grad
            b -= RATE * b.grad
        w.grad.zero_()


def cleared_every_second_step() -> None:
    w, b = start()
    for turn in range(6):
        loss_of(w, b).backward()  # here
        with torch.no_grad():
            w -= RATE * w.grad
            b -= RATE * b.grad
        if turn % 2:
            w.grad.zero_()
            b.grad.zero_()


def cleared_too_early() -> None:
    w, b = start()
    for _ in range(6):
        loss_of(w, b).backward()
        w.grad.zero_()
        b.grad.zero_()
        with torch.no_grad():
            w -= RATE * w.grad  # here
            b -= RATE * b.grad


def wrong_sign() -> None:
    w, b = start()
    for _ in range(6):
        loss_of(w, b).backward()
        with torch.no_grad():
            w += RATE * w.grad  # here
            b -= RATE * b.grad
        w.grad = b.grad = None


def twice_as_far_later() -> None:
    w, b = start()
    for turn in range(6):
        loss_of(w, b).backward()
        with torch.no_grad():
            w -= RATE * w.grad
            b -= (2 * RATE if turn == 4 else RATE) * b.grad  # here
        w.grad = b.grad = None


def decayed() -> None:
    w, b = start()
    for _ in range(6):
        loss_of(w, b).backward()
        with torch.no_grad():
            w -= RATE * (w.grad + 0.1 * w)  # here
            b -= RATE * b.grad
        w.grad = b.grad = None


def new_leaves() -> None:
    w, b = start()
    for _ in range(3):
        loss_of(w, b).backward()
        with torch.no_grad():
            w = (w - RATE * w.grad).requires_grad_()  # here
            b = (b - RATE * b.grad).requires_grad_()


def results_of_results() -> None:
    w, b = start()
    for _ in range(3):
        loss_of(w, b).backward()
        w = w - RATE * w.grad  # here
        b = b - RATE * b.grad
        w.retain_grad()
        b.retain_grad()


def frozen() -> None:
    w, b = start()
    for _ in range(3):
        loss_of(w, b).backward()
        with torch.no_grad():
            if w.grad is not None:
                w = w - RATE * w.grad  # here
            b -= RATE * b.grad
        b.grad = None


def scaled_at_the_start() -> None:
    w = torch.randn(5, 3, requires_grad=True) * 0.1  # here
    b = torch.zeros(3, requires_grad=True)
    for _ in range(3):
        loss_of(w, b).backward(retain_graph=True)
        b.grad = None


def not_a_number() -> None:
    w, b = start()
    for turn in range(4):
        loss = loss_of(w, b)
        (loss * float("nan") if turn == 2 else loss).backward()  # here
        w.grad = b.grad = None


def never_backward() -> None:
    w, b = start()
    for _ in range(3):
        loss_of(w, b)


def recorded(loop: Callable[[], None]) -> Recording:
    with retrograd.record() as recording:
        loop()
    return recording


def marked(loop: Callable[[], None]) -> str:
    """Return what a message says of the line with the mark."""
    lines, first = inspect.getsourcelines(loop)
    place = next(i for i, line in enumerate(lines) if "# here" in line)
    return f"line {first + place} (`{lines[place].strip()}`)"


SOUND = [sound, set_to_none_before_backward, by_an_optimizer]


@pytest.mark.parametrize("loop", SOUND, ids=lambda loop: loop.__name__)
def test_a_sound_loop_fulfils_every_claim(loop):
    recording = recorded(loop)
    claims = [
        cleared_each_step(recording),
        updates_equal(recording, RATE),
        leaf_identity(recording, "w"),
        leaf_identity(recording, "b"),
        loss_falls(recording, every_step=True),
        gradients_agree(recording),
    ]
    assert all(claims), claims
    assert "6" in claims[2].message  # all of its steps were looked at
    assert "12 updates" in claims[1].message  # two parameters in each


def test_what_adds_up_within_one_step_is_cleared_for_the_next():
    recording = recorded(two_losses_a_step)
    assert cleared_each_step(recording)
    assert updates_equal(recording, RATE)
    assert gradients_agree(recording)


@pytest.mark.parametrize(("loop", "step", "name"), [
    (never_cleared, 1, "w.grad"),
    (b_never_cleared, 1, "b.grad"),
    (cleared_every_second_step, 1, "w.grad"),
], ids=lambda value: getattr(value, "__name__", ""))  # fmt: skip
def test_a_gradient_that_is_not_cleared_is_named_with_step_and_line(loop, step, name):
    graded = cleared_each_step(recorded(loop))
    assert not graded
    assert f"In step {step}, {marked(loop)} added to the {name} that step {step - 1} had left" in graded.message


def test_what_was_left_and_what_arrived_is_said_with_its_size():
    recording = recorded(never_cleared)
    stored = recording.array("w.grad").astype("f8")
    old, new = (float((array**2).sum() ** 0.5) for array in (stored[0], stored[1] - stored[0]))
    assert f"|old| = {old:.3g}, |new| = {new:.3g}" in cleared_each_step(recording).message


@pytest.mark.parametrize(("loop", "said"), [
    (cleared_too_early, ("In step 0", "changed by 0,", "did not change at all")),
    (wrong_sign, ("In step 0", "the sign is wrong")),
    (twice_as_far_later, ("In step 4", "b[", "2 times as far")),
    (decayed, ("In step 0", "no multiple of the gradient")),
], ids=lambda value: getattr(value, "__name__", ""))  # fmt: skip
def test_another_update_is_named_with_step_line_and_what_it_did(loop, said):
    graded = updates_equal(recorded(loop), RATE)
    assert not graded
    assert marked(loop) in graded.message
    for part in said:
        assert part in graded.message


def test_the_learning_rate_that_was_asked_for_counts():
    graded = updates_equal(recorded(sound), 0.05)
    assert not graded
    assert "2 times as far" in graded.message


@pytest.mark.parametrize(("loop", "said"), [
    (new_leaves, "the name w came to stand for another tensor"),
    (results_of_results, "the name w came to stand for another tensor"),
    (frozen, "the name w came to stand for another tensor"),
    (scaled_at_the_start, "w is no leaf"),
], ids=lambda value: getattr(value, "__name__", ""))  # fmt: skip
def test_a_name_that_changes_hands_is_found_where_it_does(loop, said):
    graded = leaf_identity(recorded(loop), "w")
    assert not graded
    assert f"In step 0 {said}, made at {marked(loop)}" in graded.message


def test_a_name_that_no_step_has_is_said_with_those_there_are():
    assert leaf_identity(recorded(sound), "v").message.endswith("arrived at: w, b.")


def test_a_loss_that_stays_or_rises_or_is_no_number_is_told():
    stays, rises, nan = (loss_falls(recorded(loop)) for loop in (cleared_too_early, wrong_sign, not_a_number))
    assert not stays
    assert "in all 6 steps" in stays.message
    assert not rises
    assert "rose for the first time in step 1" in rises.message
    assert not nan
    assert "step 2" in nan.message
    assert marked(not_a_number) in nan.message


def test_a_loop_without_backward_fulfils_nothing():
    recording = recorded(never_backward)
    for graded in (cleared_each_step(recording), updates_equal(recording, RATE), gradients_agree(recording)):
        assert not graded
        assert "backward()` was not called" in graded.message
    assert not loss_falls(recording)
    assert not leaf_identity(recording, "w")


def test_large_parameters_are_compared_by_what_was_kept():
    torch.manual_seed(0)
    x, w = torch.randn(64), torch.randn(64, 64, requires_grad=True)  # 16 kB: a recording keeps a summary
    with retrograd.record() as recording:
        for _ in range(5):
            (w @ x).square().mean().backward()
            with torch.no_grad():
                w -= 0.01 * w.grad
            w.grad = None
    assert updates_equal(recording, 0.01)
    assert not updates_equal(recording, 0.02)


def test_a_gradient_that_is_wrong_is_named():
    class Doubled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        def backward(ctx, G):
            return 3 * G

    w, b = start()
    with retrograd.record() as recording:
        for _ in range(2):
            Doubled.apply(loss_of(w, b)).backward()
            w.grad = b.grad = None
    graded = gradients_agree(recording)
    assert not graded
    assert "In step 0, line " in graded.message
