"""Chapter 12: where the learning rate becomes too large."""

import math

import numpy as np
import pytest

import retrograd
from retrograd.curvature import curvature_of
from retrograd.lessons.questions import limit

RIGHT = {"jumps": "b", "edge": 4, "slow": "b", "behind_relu": "c"}
OF = {"jumps": "three", "edge": "three", "slow": "prices", "behind_relu": "single"}


@pytest.fixture(scope="module", params=[(0, RIGHT), (7, {})], ids=["answered", "unanswered"])
def executed(run_chapter, request):
    seed, answers = request.param
    return run_chapter("12_limit", seed=seed, answers=answers)


def test_the_answers_found_by_hand_are_right_and_others_are_not(executed):
    for name, answer in RIGHT.items():
        assert getattr(limit, name)(executed.recordings[OF[name]], answer), name
    for name, answer in {"jumps": "a", "edge": 2, "slow": "a", "behind_relu": "b"}.items():
        assert not getattr(limit, name)(executed.recordings[OF[name]], answer)
    assert not executed.errors


@pytest.mark.parametrize(("rate", "settles"), [(1.0, True), (3.0, True), (3.9, True), (4.1, False), (5.0, False)])
def test_z_follows_its_map_and_settles_below_4(executed, rate, settles):
    z = retrograd.replay(executed.recordings["three"], learning_rate=rate, steps=400).array("z")[:, 0]
    by_hand = [float(z[0])]
    for _ in range(30):
        by_hand.append(by_hand[-1] - 2 * rate * (1 / (1 + math.exp(-by_hand[-1])) - 0.5))
    assert z[:31] == pytest.approx(by_hand, rel=1e-3, abs=1e-5)
    assert (abs(z[-1]) < 1e-3) == settles
    assert bool((np.sign(z[:5]) == np.sign(z[0])).all()) == (rate == 1.0)
    if not settles:
        # By hand: it ends where a step leads to the same distance on the other side, z = rate tanh(z / 2) / 2.
        end = rate
        for _ in range(1000):
            end = rate * math.tanh(end / 2) / 2
        assert abs(z[-1]) == pytest.approx(end, rel=0.01)


def test_the_limits_are_those_of_the_formulas(executed):
    start, end = curvature_of(executed.recordings["three"], [0, -1]).rows
    assert end.limit == pytest.approx(4, rel=1e-4)
    assert start.limit > end.limit
    x = np.array([[353.0, 3.0], [232.0, 5.0], [205.0, 2.0], [136.0, 8.0], [148.0, 4.0]])
    flat, steep = np.linalg.eigvalsh(2 / 5 * x.T @ x)  # the Hessian of the mean of squares
    found = curvature_of(executed.recordings["prices"], [-1]).rows[0].limit
    assert found == pytest.approx(2 / steep, rel=1e-6)
    assert steep / flat > 5000
    flat, steep = np.linalg.eigvalsh((x / x.max(axis=0)).T @ (x / x.max(axis=0)))
    assert steep / flat == pytest.approx(8, abs=0.5)


def test_beyond_the_limit_the_prices_run_away(executed):
    prices = executed.recordings["prices"]
    at = curvature_of(prices, [-1]).rows[0].limit
    below, above = (retrograd.replay(prices, learning_rate=f * at, steps=1000).loss for f in (0.99, 1.01))
    assert below[-1] < 0.01 * below[0]
    assert above[-1] > 1e6 * above[0]
    assert [finding.name for finding in retrograd.diagnose(executed.recordings["broken"])] == ["input-unscaled"]


def test_near_the_minimum_2_is_the_fastest(executed):
    three = executed.recordings["three"]
    left = [abs(retrograd.replay(three, learning_rate=r, z=[0.01], steps=4).array("z")[-1, 0]) for r in (1, 2, 3)]
    assert left[1] < min(left[0], left[2])


def test_beyond_the_limit_a_loop_can_rest_where_nothing_is_learned(executed):
    single = executed.recordings["single"]
    # By hand: the mean of x squared is 7.5, so the loss is 7.5 (w - 2)^2 and its slope 15 (w - 2) while w > 0. The
    # first step goes from 3 to 3 - 0.25 * 15 = -0.75; relu then answers 0, and the loss is the mean of (2 x)^2: 30.
    assert single.loss[0] == pytest.approx(7.5)
    assert single.loss[1:] == pytest.approx([30.0] * 39)
    assert single.array("w")[1:] == pytest.approx([-0.75] * 39)
    assert curvature_of(single, [0]).rows[0].limit == pytest.approx(2 / 15)
    # The rate is the cause, that relu answers 0 to everything is what came of it.
    assert [finding.name for finding in retrograd.diagnose(single)] == ["lr-too-large"]


@pytest.mark.parametrize(
    ("rate", "generalises"), [(0.02, True), (0.05, True), (0.13, True), (0.14, False), (0.25, False)]
)
def test_each_rate_below_the_limit_is_right_for_inputs_it_has_not_learned_from(executed, rate, generalises):
    w = float(retrograd.replay(executed.recordings["single"], learning_rate=rate, steps=400).array("w")[-1])
    answers = [max(0.0, w * unseen) for unseen in (5.0, 6.0)]
    assert answers == (pytest.approx([10.0, 12.0], abs=1e-3) if generalises else [0.0, 0.0])
