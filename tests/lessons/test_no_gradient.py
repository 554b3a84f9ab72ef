"""Chapter 3: before backward there is a graph and no gradient."""

import pytest
import torch

import retrograd
from retrograd.lessons.finding import turns

RIGHT = {"before_backward": "b", "what_exists": "b", "without_tracking": "b"}


@pytest.fixture(scope="module", params=[(0, RIGHT), (7, {})], ids=["answered", "unanswered"])
def executed(run_chapter, request):
    seed, answers = request.param
    return run_chapter("03_no_gradient", seed=seed, answers=answers)


def test_the_answers_are_graded_as_right(run_chapter):
    graded = run_chapter("03_no_gradient", answers=RIGHT).graded
    assert graded.keys() == RIGHT.keys()
    assert all(graded.values()), graded


def test_gradients_are_none_and_the_graph_is_there(executed):
    printed = "".join(executed.texts)
    assert "gradient of w before backward: None" in printed
    assert "gradient of b before backward: None" in printed
    assert "<BinaryCrossEntropyWithLogitsBackward0" in printed
    assert "((<AddBackward0" in printed


def test_nothing_of_backward_is_in_the_recording(executed):
    events = [event for step in turns(executed.recordings["recording"]) for event in step.program.events]
    assert {event.phase for event in events} <= {"forward", "other"}
    assert "forward" in {event.kind for event in events}


def test_the_two_mistakes_raise_where_the_chapter_says(executed):
    (clear, first, _), (late, second, text) = executed.errors
    assert (first, "w.grad.zero_()" in clear) == ("AttributeError", True)
    assert (second, "no_grad" in late) == ("RuntimeError", True)
    assert "does not require grad" in text
    error = next(note for note in executed.recordings["broken"].notes if note.kind == "error")
    line = executed.recordings["broken"].lines[error.line]
    assert executed.recordings["broken"].texts[line.file].splitlines()[line.number - 1] == "loss.backward()"


def test_diagnosis_names_the_forward_pass_without_tracking(executed):
    assert [f.name for f in retrograd.diagnose(executed.recordings["broken"])] == ["forward-no-grad"]


def test_inside_no_grad_the_numbers_are_the_same():
    x, w = torch.ones(5), torch.randn(5, 3, requires_grad=True)
    with torch.no_grad():
        untracked = x @ w
    assert torch.equal(untracked, x @ w)
    assert untracked.grad_fn is None
