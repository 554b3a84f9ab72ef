"""Chapter 10: until the loss is small, with and without a minimum."""

import numpy as np
import pytest

import retrograd
from retrograd.lessons.questions import convergence

RIGHT = {"halving": "c", "to_a_thousandth": 5000, "minimum": "b", "twin_end": "b"}


@pytest.fixture(scope="module", params=[(0, RIGHT), (7, {})], ids=["answered", "unanswered"])
def executed(run_chapter, request):
    seed, answers = request.param
    return run_chapter("10_convergence", seed=seed, answers=answers)


def _outputs(recording):
    return recording.array("w").astype(float).sum(axis=1) + recording.array("b")  # x is 1 everywhere


def test_the_answers_found_by_hand_are_right(executed):
    # By hand: 1 / (2 * 0.1 * loss) is 250 more steps from 0.02 to 0.01, and 5000 for 0.001; the minimum of the twin's
    # loss is ln 2 > 0.01, at z = 0.
    recordings = {"twin_end": "twin"}
    for name, answer in RIGHT.items():
        question = getattr(convergence, name)
        assert question(executed.recordings[recordings.get(name, "recording")], answer), name
    assert not executed.errors


def test_wrong_answers_get_a_reason(executed):
    recording = executed.recordings["recording"]
    assert "slope becomes smaller" in convergence.halving(recording, "a").message
    assert not convergence.halving(recording, "b")
    assert "the 2 and the rate" in convergence.to_a_thousandth(recording, 1000).message
    assert "too small" in convergence.to_a_thousandth(recording, 2000).message
    assert not convergence.minimum(recording, "a")
    assert not convergence.twin_end(executed.recordings["twin"], "a")


def test_a_loop_that_was_stopped_on_the_way_makes_no_wrong_answer_right(executed):
    for name, question in {"recording": convergence.halving, "twin": convergence.twin_end}.items():
        stopped = retrograd.replay(executed.recordings[name], steps=200)
        for letter in "abc":
            graded = question(stopped, letter)
            assert not graded
            assert "stopped on the way" in graded.message


def test_z_moves_by_twice_the_rate_times_sigma(executed):
    recording = executed.recordings["recording"]
    z = _outputs(recording)
    moved = np.diff(z, axis=0)
    expected = -2 * 0.1 / (1 + np.exp(-z[:-1]))
    assert moved == pytest.approx(expected, rel=0, abs=32 * np.finfo(np.float32).eps * np.abs(z).max())


def test_the_tail_is_one_over_twice_the_rate_times_the_steps(executed):
    # By hand: z - 2 rate sigma(z) makes e^-z grow by 2 rate (1 - sigma(z)), and sigma is the loss, nearly 0.
    z = _outputs(executed.recordings["recording"])[-50:]
    assert np.diff(np.exp(-z), axis=0) == pytest.approx(2 * 0.1, rel=0.05)
    # The mean of three such losses is not quite there yet.
    loss = executed.recordings["recording"].loss
    assert np.diff(1 / loss[-100:]).mean() == pytest.approx(0.2, rel=0.2)
    assert "1 / loss grows by" in "".join(executed.texts)


def test_the_twin_shrinks_by_one_factor(executed):
    # Near 0, sigma(z) - 1/2 = z / 4: z shrinks to 1 - 2 * 0.1 / 4 = 0.95 of itself.
    z = _outputs(executed.recordings["twin"])
    assert z[130] / z[90] == pytest.approx(0.95**40, rel=0.02)
    assert len(executed.recordings["twin"].steps) == 1000


def test_the_last_loss_was_computed_before_the_last_update(executed):
    recording = executed.recordings["recording"]
    longer = retrograd.replay(recording, steps=len(recording.steps) + 1)
    assert longer.loss[-1] < recording.loss[-1] <= 0.01 < recording.loss[-2]


def test_losses_kept_with_their_graphs_are_found(executed):
    assert [finding.name for finding in retrograd.diagnose(executed.recordings["broken"])] == ["graph-held"]
    for name in ("recording", "twin"):
        assert not retrograd.diagnose(executed.recordings[name])
