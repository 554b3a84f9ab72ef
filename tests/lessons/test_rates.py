"""Chapter 11: six learning rates on both problems, and a sweep."""

import math

import numpy as np
import pytest
import torch

import retrograd
from retrograd.lessons.questions import rates

RIGHT = {"which_fail": "a", "same_start": "b", "twin_fails": "c", "tenth": 10}
OF = {"which_fail": "six", "same_start": "six", "twin_fails": "twin", "tenth": "recording"}
RATES = [0.001, 0.01, 0.1, 1.0, 10.0, 100.0]


@pytest.fixture(scope="module", params=[(0, RIGHT), (7, {})], ids=["answered", "unanswered"])
def executed(run_chapter, request):
    seed, answers = request.param
    return run_chapter("11_rates", seed=seed, answers=answers)


def test_the_answers_found_by_hand_are_right(executed):
    # By hand: 1 / (2 * rate * 0.01) > 1000 for the two small rates; the twin's limit is 4.
    for name, answer in RIGHT.items():
        assert getattr(rates, name)(executed.recordings[OF[name]], answer), name
    assert not executed.errors


def test_a_cell_that_was_stopped_on_the_way_makes_no_wrong_answer_right():
    with retrograd.record() as stopped:
        for lr in [0.001, 0.01, 0.1]:
            w = torch.zeros(3, requires_grad=True)
            for _ in range(3):
                loss = torch.nn.functional.binary_cross_entropy_with_logits(w, torch.zeros(3))
                loss.backward()
                with torch.no_grad():
                    w -= lr * w.grad
                w.grad.zero_()
    for question in (rates.which_fail, rates.twin_fails, rates.same_start):
        for letter in "abc":
            graded = question(stopped, letter)
            assert not graded
            assert "to its end" in graded.message


def test_wrong_answers_get_a_reason(executed):
    for name, answer in {"which_fail": "b", "same_start": "c", "twin_fails": "b", "tenth": 100}.items():
        graded = getattr(rates, name)(executed.recordings[OF[name]], answer)
        assert not graded
        assert len(graded.message) > 30


@pytest.mark.parametrize(("name", "targets", "threshold"), [("six", 0.0, 0.01), ("twin", 0.5, math.log(2) + 0.01)])
def test_the_losses_are_those_of_z_alone(executed, name, targets, threshold):
    # By hand, in float64: each z moves by itself, z - 2 rate (sigma(z) - target). Where z swings for ever, rounding
    # adds up, so the first steps are compared.
    recording = executed.recordings[name]
    for rate, losses in rates.losses_by_rate(recording).items():
        start = next(
            step.number
            for step in recording.steps
            if any(
                constant.name == "lr" and step.constants.get(constant.number, constant.value) == rate
                for constant in step.program.constants
            )
        )
        if len(losses) == 1:  # it was below the threshold where it began
            continue
        z = _outputs(recording, start + 1)
        for loss in losses[1:20]:
            assert loss == pytest.approx(np.mean(np.logaddexp(0, z) - targets * z), rel=1e-3, abs=1e-5)
            z = z - 2 * rate * (1 / (1 + np.exp(-z)) - targets)
        assert losses[-1] <= threshold or len(losses) == 1000


def _outputs(recording, step):
    return recording.array("w")[step].astype(float).sum(axis=0) + recording.array("b")[step]


def test_one_seed_above_the_loop_gives_each_rate_another_start(executed):
    six, twin = (rates.losses_by_rate(executed.recordings[name]) for name in ("six", "twin"))
    assert [*six] == [*twin] == RATES
    assert len({losses[0] for losses in six.values()}) == 6
    assert len({losses[0] for losses in twin.values()}) == 1


def test_large_rates_never_fail_without_a_minimum_and_swing_for_ever_with_one(executed):
    six, twin = (rates.losses_by_rate(executed.recordings[name]) for name in ("six", "twin"))
    assert all(len(six[rate]) < 10 for rate in (10.0, 100.0))
    # By hand: beyond the limit z ends at z = rate * (sigma(z) - 1/2), on one side and the other in turn.
    z = 5.0
    for _ in range(100):
        z = 10 * (1 / (1 + math.exp(-z)) - 0.5)
    assert twin[10.0][-1] == pytest.approx(math.log1p(math.exp(z)) - z / 2, rel=1e-5)


def test_1_is_faster_than_the_usual_rates_on_both(executed):
    for name in ("six", "twin"):
        losses = rates.losses_by_rate(executed.recordings[name])
        assert all(len(losses[1.0]) < len(losses[rate]) for rate in (0.1, 0.01, 0.001))


def test_the_edge_of_the_sweep_is_at_4_and_the_other_problem_has_none(executed):
    recording = executed.recordings["recording"]
    result = retrograd.sweep(recording, learning_rate=[3.7, 4.3], until=math.log(2) + 0.01, max_steps=1000)
    words = [result["outcome"].attrs["flag_meanings"][number] for number in result["outcome"].values.ravel()]
    assert words == ["converged", "oscillating"]
    zeros = retrograd.replay(recording, y=[0.0, 0.0, 0.0])
    result = retrograd.sweep(zeros, learning_rate="0.1:100:13", until=0.01, max_steps=20_000)
    steps = result["steps"].values.ravel()
    assert (np.diff(steps) <= 0).all()
    assert steps[-1] == 2


def test_the_rate_10_is_found_to_be_too_large(executed):
    assert [finding.name for finding in retrograd.diagnose(executed.recordings["broken"])] == ["lr-too-large"]
    for name in ("six", "recording"):
        assert not retrograd.diagnose(executed.recordings[name])
