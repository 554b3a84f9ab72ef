"""Chapter 9: twenty steps foretold by a formula, and an order that learns nothing."""

import numpy as np
import pytest

from retrograd import diagnose, replay
from retrograd.lessons.claims import cleared_each_step, leaf_identity, loss_falls, updates_equal
from retrograd.lessons.topics import questions_of


@pytest.fixture(scope="module", params=[(0, {"too_early": "b"}), (7, {})], ids=["answered", "unanswered"])
def executed(run_chapter, request):
    seed, answers = request.param
    return run_chapter("09_loop", seed=seed, answers=answers)


def by_formula(recording, target):
    """The losses of as many steps, in float64, from the first z alone."""
    z = recording.array("w")[0].astype("f8").sum(0) + recording.array("b")[0]
    losses = []
    for _ in recording.steps:
        losses.append(float(np.mean(np.logaddexp(0, z) - target * z)))
        z = z - 0.2 * (1 / (1 + np.exp(-z)) - target)
    return losses


def test_three_numbers_foretell_the_loop(executed):
    for name, target in (("recording", 0.0), ("twin", 0.5)):
        recording = executed.recordings[name]
        assert len(recording.steps) == 20
        assert recording.loss.tolist() == pytest.approx(by_formula(recording, target), rel=1e-5)
    lines = [line.split() for line in "".join(executed.texts).splitlines() if "by formula" in line and "{" not in line]
    assert [line[1] for line in lines] == ["0", "1", "2", "19"]
    assert [float(line[3]) for line in lines] == pytest.approx([float(line[6]) for line in lines], abs=2e-6)


def test_the_prediction_is_graded_from_the_learners_own_loop(executed):
    recording = executed.recordings["recording"]
    ask, right = questions_of("09_loop")["after_twenty"], by_formula(recording, 0.0)[19]
    assert [bool(ask(recording, factor * right)) for factor in (0.85, 0.95, 1, 1.05, 1.15)] == [0, 1, 1, 1, 0]
    assert not ask(recording, by_formula(recording, 0.0)[0])  # that nothing changes is no prediction


def test_a_loop_of_fewer_steps_has_no_twentieth_loss(executed):
    stopped = replay(executed.recordings["recording"], steps=5)
    for answer in ("many", 0.3, float("nan")):
        graded = questions_of("09_loop")["after_twenty"](stopped, answer)
        assert not graded
        assert "Run the recorded cell" in graded.message


def test_the_loop_does_what_was_asked(executed):
    for name in ("recording", "twin"):
        recording = executed.recordings[name]
        assert loss_falls(recording, every_step=True)
        assert cleared_each_step(recording)
        assert updates_equal(recording, 0.1)
        assert leaf_identity(recording, "w")
        assert not [finding for finding in diagnose(recording) if finding.severity != "info"]
    assert (executed.recordings["twin"].loss > np.log(2)).all()


def test_clearing_before_the_update_learns_nothing_and_is_named(executed):
    early = executed.recordings["early"]
    assert len(set(early.loss.tolist())) == 1
    assert not loss_falls(early)
    assert [finding.name for finding in diagnose(early)] == ["grad-cleared-before-step"]
    assert [a for a in "abc" if questions_of("09_loop")["too_early"](early, a)] == ["b"]


def test_a_loop_of_ones_own_is_asked_for_and_four_claims_say_that_it_is_not_there(executed):
    said = executed.texts[-1].splitlines()
    assert len(said) == 4
    assert all(line.startswith("Not yet.") for line in said)


def test_answers_count_where_they_are_given(executed):
    assert not executed.errors
    assert not executed.graded["after_twenty"]  # nobody answered
