"""Chapter 14: twelve broken loops, each with one mistake, which `diagnose` names."""

import math

import pytest

import retrograd
from retrograd.lessons import begin
from retrograd.lessons.topics import questions_of

EXPECTED = {
    "one": ("a", "grad-not-cleared"),
    "two": ("b", "grad-cleared-before-step"),
    "three": ("c", "update-wrong-sign"),
    "four": ("a", "double-sigmoid"),
    "five": ("c", "param-not-in-optimizer"),
    "six": ("b", "update-not-applied"),
    "seven": ("b", "lr-too-large"),
    "eight": ("a", "param-reinit"),
    "nine": ("b", "loss-broadcast"),
    "ten": ("c", "nondiff-op"),
    "eleven": ("a", "update-tracked"),
    "twelve": ("c", "backward-twice"),
}
"""The letter of the mistake that was put into each loop, and the name of its check: by hand."""
RIGHT = {name: letter for name, (letter, _) in EXPECTED.items()}


@pytest.fixture(scope="module", params=[(0, RIGHT), (7, {})], ids=["answered", "unanswered"])
def executed(run_chapter, request):
    seed, answers = request.param
    return run_chapter("14_clinic", seed=seed, answers=answers)


def _loop(executed, number):
    return executed.recordings[f"loop_{number}"]


def test_each_loop_has_the_mistake_that_was_put_into_it_and_no_other(executed):
    for number, (name, (letter, finding)) in enumerate(EXPECTED.items(), 1):
        recording = _loop(executed, number)
        assert [found.name for found in retrograd.diagnose(recording)] == [finding], name
        question = questions_of("14_clinic")[name]
        assert question(recording, letter), name
        wrong = [question(recording, other) for other in "abc" if other != letter]
        assert not any(wrong), name
        assert all(len(graded.message) > 20 for graded in wrong)
    assert not retrograd.diagnose(executed.recordings["good"])


def test_ten_of_twelve_raise_no_error(executed):
    assert [(name, source.splitlines()[0]) for source, name, _ in executed.errors] == [
        ("RuntimeError", "%%record loop_11"),
        ("RuntimeError", "%%record loop_12"),
    ]


def test_the_losses_move_as_the_text_says(executed):
    good = executed.recordings["good"].loss
    for number in (2, 6, 8):
        loss = _loop(executed, number).loss
        assert (loss == loss[0]).all(), number
        assert loss[0] == good[0], number
    assert (_loop(executed, 1).loss[2:6] < good[2:6]).all()
    rising = _loop(executed, 3).loss
    assert (rising[1:] > rising[:-1]).all()
    four = _loop(executed, 4).loss
    assert abs(four[-1] - four[0]) < 0.05 * abs(good[-1] - good[0])
    assert good[-1] < _loop(executed, 5).loss[-1] < good[0]
    assert (_loop(executed, 7).loss[1:] > good[0]).all()
    assert _loop(executed, 9).loss[-1] < _loop(executed, 9).loss[0]
    assert sum(_loop(executed, number).loss[5] < _loop(executed, number).loss[0] for number in (1, 5, 9)) == 3
    assert (_loop(executed, 10).array("w.grad") == 0).all()
    assert good.min() > math.log(2)


def test_a_cured_loop_is_said_to_be_one_and_no_letter_is_right_of_it(executed):
    for question in questions_of("14_clinic").values():
        for letter in "abc":
            graded = question(executed.recordings["good"], letter)
            assert not graded
            assert "cured" in graded.message


@pytest.mark.parametrize(
    ("answer", "verdict"), [(..., "Not yet. Nothing"), ("b", "Not yet. The rate"), ("a", "Right.")]
)
def test_a_case_shows_the_recording_and_what_was_found_behind_the_right_answer_only(executed, answer, verdict):
    recording = _loop(executed, 1)
    case = begin("14_clinic").case("one", recording, answer)
    shown = case._repr_mimebundle_()
    assert bool(case) == (answer == "a")
    for kind in ("text/plain", "text/html"):
        assert verdict in shown[kind]
        assert ("grad-not-cleared" in shown[kind]) == bool(case)
    assert recording._repr_mimebundle_()["text/plain"] in shown["text/plain"]
    assert shown["text/html"].startswith("<iframe")
