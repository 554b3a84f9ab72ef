"""Chapter 15: the same loop with nn.Linear and optim.SGD."""

import numpy as np
import pytest
import torch

import retrograd
from retrograd.lessons.questions import bridge

RIGHT = {"updates": 2, "cleared": "b", "equal": "b"}


@pytest.fixture(scope="module", params=[(0, RIGHT), (7, {})], ids=["answered", "unanswered"])
def executed(run_chapter, request):
    seed, answers = request.param
    return run_chapter("15_bridge", seed=seed, answers=answers)


def _names(recording, kind):
    return [event.name for event in recording.steps[5].program.events if event.kind == kind]


def test_the_answers_found_by_hand_are_right_and_others_are_not(executed):
    recording = executed.recordings["with_modules"]
    for name, answer in RIGHT.items():
        assert getattr(bridge, name)(recording, answer), name
    for name, answer in {"updates": 1, "cleared": "a", "equal": "a"}.items():
        assert not getattr(bridge, name)(recording, answer), name
    assert not executed.errors


def test_both_loops_have_the_same_kinds_of_events(executed):
    by_hand, modules = (executed.recordings[name] for name in ("by_hand", "with_modules"))
    for kind, count in {"call": 1, "backward": 4, "accumulate": 2, "update": 2, "clear": 2}.items():
        assert (len(_names(by_hand, kind)), len(_names(modules, kind))) == (count, count), kind
    assert len(_names(by_hand, "forward")) == 3
    assert len(_names(modules, "forward")) == 2
    assert set(_names(by_hand, "update")) == {"Tensor.sub_"}
    assert set(_names(modules, "update")) == {"Tensor.add_"}
    assert {"AddmmBackward0", "TBackward0"} <= set(_names(modules, "backward"))


def test_they_begin_equal_to_the_last_bit_and_stay_equal_within_rounding(executed):
    by_hand, modules = (executed.recordings[name] for name in ("by_hand", "with_modules"))
    weights, others = by_hand.array("w").transpose(0, 2, 1), modules.array("model.weight")
    assert (weights[0] == others[0]).all()
    # Each of 20 updates rounds a product and a sum, and the loss a dozen operations.
    eps = float(np.finfo(np.float32).eps)
    assert np.abs(weights - others).max() <= 20 * 2 * eps * np.abs(weights).max()
    assert modules.loss == pytest.approx(by_hand.loss, rel=32 * eps)


def _losses_of_both(seed):
    """The losses of 20 steps, by hand and with modules."""
    torch.manual_seed(seed)
    x, y, losses = torch.ones(5), torch.zeros(3), ([], [])
    w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
    model = torch.nn.Linear(5, 3)
    with torch.no_grad():
        model.weight.copy_(w.T)
        model.bias.copy_(b)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(20):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(torch.matmul(x, w) + b, y)
        losses[0].append(loss.item())
        for parameter, gradient in zip((w, b), torch.autograd.grad(loss, (w, b)), strict=True):
            with torch.no_grad():
                parameter -= 0.1 * gradient
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(x), y)
        losses[1].append(loss.item())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return losses


def test_the_last_bits_differ_with_some_seeds_and_the_digits_before_never():
    both = [_losses_of_both(seed) for seed in range(30)]
    assert any(by_hand != modules for by_hand, modules in both)
    for by_hand, modules in both:
        # As above: a loss is some dozen operations, each rounded.
        assert by_hand == pytest.approx(modules, rel=32 * float(np.finfo(np.float32).eps))


def test_a_cleared_gradient_is_none_with_the_optimizer_and_zeros_by_hand():
    model = torch.nn.Linear(5, 3)
    assert model.weight.shape == (3, 5)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model(torch.ones(5)).sum().backward()
    optimizer.zero_grad()
    assert model.weight.grad is None


def test_a_missing_zero_grad_is_found_and_the_good_loops_are_not(executed):
    assert [finding.name for finding in retrograd.diagnose(executed.recordings["broken"])] == ["grad-not-cleared"]
    for name in ("by_hand", "with_modules"):
        assert not retrograd.diagnose(executed.recordings[name])


def _losses(clear_first):
    torch.manual_seed(0)
    model, losses = torch.nn.Linear(5, 3), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(5):
        if clear_first:
            optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(torch.ones(5)), torch.zeros(3))
        loss.backward()
        optimizer.step()
        if not clear_first:
            optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def test_clearing_at_the_top_of_the_loop_does_the_same_as_at_the_end():
    assert _losses(clear_first=True) == _losses(clear_first=False)


def test_backward_creates_a_gradient_where_none_is_and_adds_to_zeros():
    w = torch.ones(2, requires_grad=True)
    (3 * w).sum().backward()
    first = w.grad
    w.grad = None
    (3 * w).sum().backward()
    assert w.grad is not first
    second = w.grad
    second.zero_()
    (3 * w).sum().backward()
    assert w.grad is second
    assert w.grad.tolist() == [3, 3]


def test_zeros_are_written_where_somebody_asks_for_them():
    w = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    w.sum().backward()
    optimizer.zero_grad(set_to_none=False)
    assert w.grad.tolist() == [0, 0]
