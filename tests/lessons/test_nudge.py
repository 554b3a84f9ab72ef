"""Chapter 6: the change that a gradient promises, beside the true one."""

import numpy as np
import pytest

from retrograd import verify
from retrograd.lessons.finding import number_called
from retrograd.lessons.topics import questions_of


def weights(recording):
    return recording.array("w")[0].astype("f8"), recording.array("b")[0].astype("f8")


def loss(w, b, target=0.0):
    """The mean of ln(1 + e^z) - y z, in float64."""
    z = w.sum(0) + b
    return float(np.mean(np.logaddexp(0, z) - target * z))


def slope(w, b):
    return float(1 / (1 + np.exp(-(w.sum(0) + b)[0]))) / 3


@pytest.fixture(scope="module", params=[(0, {"far": "b"}), (7, {})], ids=["answered", "unanswered"])
def executed(run_chapter, request):
    seed, answers = request.param
    return run_chapter("06_nudge", seed=seed, answers=answers)


def test_what_the_gradient_promises_is_graded_as_right_and_the_opposite_is_not(executed):
    ask = questions_of("06_nudge")["change"]
    w, b = weights(executed.recordings["recording"])
    nudged = w.copy()
    nudged[0, 0] += 0.01
    recording = executed.recordings["nudge"]
    promised = 0.01 * slope(w, b)
    assert ask.right(recording) == pytest.approx(loss(nudged, b) - loss(w, b), abs=2e-7)  # seven digits of the loss
    assert ask(recording, promised)
    assert "The size is right" in ask(recording, -promised).message
    assert "The nudge is 0.01" in ask(recording, 100 * promised).message
    assert not ask(recording, 10 * promised)


def test_a_large_nudge_changes_more_than_promised(executed):
    w, b = weights(executed.recordings["recording"])
    nudged = w.copy()
    nudged[0, 0] += 5
    recording = executed.recordings["farther"]
    assert loss(nudged, b) - loss(w, b) > 5 * slope(w, b)
    assert float(number_called(recording, "loss_after")) == pytest.approx(loss(nudged, b), rel=1e-6)
    assert [letter for letter in "abc" if questions_of("06_nudge")["far"](recording, letter)] == ["b"]


def test_the_promise_gets_better_with_smaller_nudges_until_rounding_takes_all(executed):
    lines = [line.split() for line in "".join(executed.texts).splitlines() if "promised" in line and "nudge " in line]
    rows = [(float(words[1]), float(words[3]), float(words[5])) for words in lines if words[0] == "nudge"]
    assert [size for size, _, _ in rows] == [5, 1, 0.1, 0.01, 1e-9]
    off = [abs(true / promised - 1) for _, promised, true in rows]
    assert off[0] > off[1] > off[2] > off[3]
    assert off[3] < 0.01
    assert rows[4][2] == 0


def test_at_the_minimum_the_change_goes_with_the_square_of_the_nudge(executed):
    text = "".join(executed.texts)
    assert "largest entry of w.grad: 0.0" in text
    changes = [float(line.split()[-1]) for line in text.splitlines() if line.startswith("nudge ") and "change" in line]
    assert all(change > 0 for change in changes)
    b = np.zeros(3)
    for size, change in zip((-0.1, -0.01, 0.01, 0.1), changes, strict=True):
        nudged = np.zeros((5, 3))
        nudged[0, 0] = size
        assert change == pytest.approx(loss(nudged, b, 0.5) - loss(np.zeros((5, 3)), b, 0.5), rel=0.05)
        assert change == pytest.approx(size**2 / 24, rel=0.05)  # σ'(0) / 3 / 2 times the square


def test_a_sum_promises_three_times_what_the_mean_does(executed):
    (line,) = (line for line in "".join(executed.texts).splitlines() if line.startswith("promised:") and "true" in line)
    promised, true = float(line.split()[1]), float(line.split()[3])
    assert promised == pytest.approx(0.005)
    assert promised / true == pytest.approx(3, rel=0.01)


def test_a_gradient_has_the_shape_of_its_parameter(executed):
    for name in ("w", "b"):
        arrays = [executed.recordings["recording"].array(each)[0] for each in (name, f"{name}.grad")]
        assert arrays[0].shape == arrays[1].shape


def test_every_entry_agrees(executed):
    assert verify(executed.recordings["recording"]).agrees
    assert not executed.graded["change"]  # nobody answered
