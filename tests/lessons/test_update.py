"""Chapter 7: five spellings of the update. Three give the same losses, one raises, one freezes a weight."""

import numpy as np
import pytest
import torch

from retrograd import diagnose, record
from retrograd.lessons.claims import leaf_identity, updates_equal
from retrograd.lessons.topics import questions_of

RIGHT = {"first_change": "b", "rebound": "c", "tracked": "b"}
NAMES = {"first_change": "recording", "rebound": "second", "tracked": "third"}


@pytest.fixture(scope="module", params=[(0, RIGHT), (7, {})], ids=["answered", "unanswered"])
def executed(run_chapter, request):
    seed, answers = request.param
    return run_chapter("07_update", seed=seed, answers=answers)


def test_the_answers_found_by_hand_are_graded_as_right(run_chapter):
    graded = run_chapter("07_update", seed=0, answers=RIGHT).graded
    assert graded.keys() == RIGHT.keys()
    assert all(graded.values()), graded
    assert not any(run_chapter("07_update", seed=7).graded.values())


def test_every_other_letter_is_wrong_for_every_seed(executed):
    for name, question in questions_of("07_update").items():
        assert [a for a in "abc" if question(executed.recordings[NAMES[name]], a)] == [RIGHT[name]]


def test_in_place_under_no_grad_trains(executed):
    recording = executed.recordings["recording"]
    assert updates_equal(recording, 0.1)
    assert leaf_identity(recording, "w")
    assert not [finding for finding in diagnose(recording) if finding.severity != "info"]


def test_a_new_tensor_under_no_grad_freezes_w_while_the_loss_falls(executed):
    second = executed.recordings["second"]
    assert (np.diff(second.loss) < 0).all()
    values = [
        line.split()[4]
        for line in "".join(executed.texts).splitlines()
        if line.startswith("loss ") and "requires_grad False" in line
    ]
    assert len(values) == 5
    assert len(set(values)) == 1  # what the first step made of w[0, 0] it stays
    assert (
        "In step 0 the name w came to stand for another tensor, made at line 13" in leaf_identity(second, "w").message
    )
    (finding,) = diagnose(second)
    assert (finding.name, finding.line) == ("param-lost-grad", 13)
    assert "+            w -= learning_rate * w.grad" in finding.fix
    assert second.loss[4] > executed.recordings["recording"].loss[4]


def test_tracked_updates_give_the_same_losses_and_a_longer_way_back(executed):
    recording, third = executed.recordings["recording"], executed.recordings["third"]
    assert third.loss.tolist() == recording.loss.tolist()
    nodes = [sum(event.node is not None for event in step.program.events) for step in third.steps]
    assert nodes == [6, 8, 10, 12, 14]  # one subtraction more for w, and one for b
    assert [sum(event.node is not None for event in step.program.events) for step in recording.steps] == [6] * 5
    assert {finding.name for finding in diagnose(third)} == {"param-not-leaf"}


def test_no_guard_at_all_raises(executed):
    ((_, name, message),) = executed.errors
    assert (name, message) == (
        "RuntimeError",
        "a leaf Variable that requires grad is being used in an in-place operation.",
    )
    assert [finding.name for finding in diagnose(executed.recordings["refused"])] == ["update-tracked"]


def test_data_trains_and_hides_the_writing(executed):
    text = "".join(executed.texts)
    assert "version of w: 0" in text
    assert "the same losses: True" in text
    assert updates_equal(executed.recordings["by_data"], 0.1)


def test_a_new_leaf_in_each_step_is_no_mistake():
    with record() as recording:
        w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
        for _ in range(4):
            loss = torch.nn.functional.binary_cross_entropy_with_logits(torch.ones(5) @ w + b, torch.zeros(3))
            loss.backward()
            with torch.no_grad():
                w = (w - 0.1 * w.grad).requires_grad_()
                b = (b - 0.1 * b.grad).requires_grad_()
    assert not [finding for finding in diagnose(recording) if finding.severity != "info"]


def test_without_the_if_the_second_step_raises():
    def loop():
        w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
        for _ in range(2):
            (torch.ones(5) @ w + b).sum().backward()
            with torch.no_grad():
                w = w - 0.1 * w.grad
                b -= 0.1 * b.grad

    with pytest.raises(TypeError, match="'float' and 'NoneType'"):
        loop()
