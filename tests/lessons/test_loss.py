"""Chapter 2: the loss by hand, why it is one number, and why it takes logits."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import retrograd
from retrograd.lessons.finding import number_called
from retrograd.lessons.topics import questions_of

RIGHT = {"at_zero": 0.69, "naive": "c", "floor": "b"}


@pytest.fixture(scope="module", params=[(0, RIGHT), (7, {})], ids=["answered", "unanswered"])
def executed(run_chapter, request):
    seed, answers = request.param
    return run_chapter("02_loss", seed=seed, answers=answers)


def test_the_answers_found_by_hand_are_graded_as_right(run_chapter):
    # By hand: ln 2 = 0.6931; 1/(1 - 1) = inf, times the slope 0; ln(1 + e^0) = ln 2.
    graded = run_chapter("02_loss", answers=RIGHT).graded
    assert graded.keys() == RIGHT.keys()
    assert all(graded.values()), graded


@pytest.mark.parametrize(
    ("answer", "said"),
    [(0.7, "The recording says 0.693147"), (1, "base 2"), (0.301, "base 10"), (-0.693, "minus"), (0.5, "probability")],
)
def test_one_digit_is_enough_and_other_logarithms_are_named(executed, answer, said):
    graded = questions_of("02_loss")["at_zero"](executed.recordings["nothing_known"], answer)
    assert bool(graded) == (answer == 0.7)
    assert said in graded.message


def test_the_loss_is_the_formula_entry_by_entry(executed):
    recording = executed.recordings["recording"]
    z = number_called(recording, "z").astype(float)
    sigma = 1 / (1 + np.exp(-z))
    for targets, name in ((np.zeros(3), "loss"), (np.full(3, 0.5), "loss_twin")):
        each = -(targets * np.log(sigma) + (1 - targets) * np.log1p(-sigma))
        # Each entry and their mean are rounded to float32 a few times.
        tolerance = 8 * np.finfo(np.float32).eps * np.abs(each).max()
        assert number_called(recording, name) == pytest.approx(each.mean(), rel=0, abs=tolerance)
    assert number_called(recording, "by_hand") == pytest.approx(float(number_called(recording, "loss")), rel=1e-3)


def test_a_model_that_knows_nothing_loses_ln_2_whatever_the_targets_are():
    for target in (0.0, 0.25, 0.5, 1.0):
        loss = F.binary_cross_entropy_with_logits(torch.zeros(3), torch.full((3,), target))
        assert loss.item() == pytest.approx(math.log(2))


def test_the_twin_is_best_at_zero_and_the_other_problem_never():
    z = torch.linspace(-20, 20, 161)
    twin = torch.stack([F.binary_cross_entropy_with_logits(each, torch.tensor(0.5)) for each in z.double()])
    assert z[twin.argmin()] == 0
    assert twin.min().item() == pytest.approx(math.log(2))
    zeros = torch.stack([F.binary_cross_entropy_with_logits(each, torch.tensor(0.0).double()) for each in z.double()])
    assert (zeros.diff() > 0).all()
    assert zeros[0] > 0


def test_three_numbers_have_no_backward_without_weights(executed):
    (source, name, text), *rest = executed.errors
    assert not rest
    assert "each.backward()" in source
    assert (name, text) == ("RuntimeError", "grad can be implicitly created only for scalar outputs")
    assert [f.name for f in retrograd.diagnose(executed.recordings["three_numbers"])] == ["loss-nonscalar"]


def test_typed_with_the_sigmoid_the_gradient_at_200_is_no_number(executed):
    recording = executed.recordings["sure_and_wrong"]
    assert recording.loss[0] == math.inf
    assert np.isnan(recording.array("z.grad")).all()
    assert [f.name for f in retrograd.diagnose(recording)] == ["log-zero"]


def test_with_logits_the_loss_at_200_is_200_and_its_gradient_1():
    # By hand in float64: ln(1 + e^200) = 200 + ln(1 + e^-200), and sigma(200) = 1 - 1.4e-87.
    z = torch.tensor([200.0], requires_grad=True)
    loss = F.binary_cross_entropy_with_logits(z, torch.zeros(1))
    loss.backward()
    assert (loss.item(), z.grad.item()) == (200.0, 1.0)


def test_through_the_sigmoid_twice_it_stops_at_ln_2(executed):
    broken = executed.recordings["broken"]
    assert broken.loss[0] == pytest.approx(math.log(2))
    assert [f.name for f in retrograd.diagnose(broken)] == ["double-sigmoid"]
    probabilities = torch.linspace(0, 1, 101)
    losses = torch.stack([F.binary_cross_entropy_with_logits(p, torch.tensor(0.0)) for p in probabilities])
    assert losses.min().item() == pytest.approx(math.log(2))


def test_typed_by_hand_it_loses_digits_where_sigma_is_near_1_and_in_one_piece_it_does_not():
    z = torch.tensor([12.0])
    sigma = 1 / (1 + torch.exp(-z))
    exact = math.log1p(math.exp(12.0))
    typed, in_one_piece = -torch.log(1 - sigma).item(), F.binary_cross_entropy_with_logits(z, torch.zeros(1)).item()
    eps = float(np.finfo(np.float32).eps)
    # 1 - sigma is 6e-6 and known to eps / 4 or so: its logarithm is off by thousandths, not by the last digit.
    assert abs(in_one_piece - exact) <= eps * exact
    assert 1e-4 < abs(typed - exact) < 1e-2
