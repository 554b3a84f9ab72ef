"""Chapter 5: which tensors are leaves, and what stays the same while a leaf learns."""

import pytest
import torch

from retrograd import diagnose
from retrograd.lessons.claims import leaf_identity
from retrograd.lessons.topics import questions_of

RIGHT = {"gradient_of_z": "b", "leaves": 3, "version": 3}


@pytest.fixture(scope="module", params=[(0, RIGHT), (7, {})], ids=["answered", "unanswered"])
def executed(run_chapter, request):
    seed, answers = request.param
    return run_chapter("05_leaves", seed=seed, answers=answers)


def test_the_answers_found_by_hand_are_graded_as_right(run_chapter):
    graded = run_chapter("05_leaves", seed=0, answers=RIGHT).graded
    assert graded.keys() == RIGHT.keys()
    assert all(graded.values()), graded
    assert not any(run_chapter("05_leaves", seed=7).graded.values())


def test_other_answers_are_wrong_for_every_seed(executed):
    asked = questions_of("05_leaves")
    recordings = executed.recordings
    assert [a for a in "abc" if asked["gradient_of_z"](recordings["recording"], a)] == ["b"]
    assert [n for n in range(7) if asked["leaves"](recordings["six"], n)] == [3]
    assert [n for n in range(7) if asked["version"](recordings["steps"], n)] == [3]


def test_what_the_cells_print_is_what_the_text_says(executed):
    text = "".join(executed.texts)
    leaves = {line.split()[0]: "leaf: True" in line for line in text.splitlines() if " leaf: " in line}
    assert leaves == {
        "w": True, "b": True, "z": False, "loss": False, "cut": True, "double": False, "same": True, "scaled": False,
    }  # fmt: skip
    assert "z.grad: None" in text
    assert "same is w: True    cut has the memory of z: True" in text


def test_w_is_one_object_in_one_place_whose_version_rises(executed):
    lines = [line for line in "".join(executed.texts).splitlines() if ": object " in line and "print" not in line]
    places = {line.partition(": object")[2].partition("version")[0] for line in lines}
    assert len(places) == 1
    assert [line.split()[-1] for line in lines] == ["0", "1", "2", "3"]
    assert leaf_identity(executed.recordings["steps"], "w")


def test_overwriting_is_caught_in_no_grad_and_hidden_by_data(executed):
    ((_, name, message),) = executed.errors
    assert name == "RuntimeError"
    assert "modified by an inplace operation" in message
    assert "version: 0\ngradient: tensor([0.])" in "".join(executed.texts)  # 2 w at w = 2 is 4
    found = {name: [f.name for f in diagnose(executed.recordings[name])] for name in ("caught", "hidden")}
    assert found == {"caught": ["inplace-saved"], "hidden": ["data-mutation"]}


def test_a_gradient_that_is_to_be_retained_is_there():
    z = torch.zeros(3, requires_grad=True) * 2
    z.retain_grad()
    z.sum().backward()
    assert z.grad.tolist() == [1, 1, 1]
    w = torch.zeros(3, requires_grad=True) * 2
    w.sum().backward()
    with pytest.warns(UserWarning, match="not a leaf"):
        assert w.grad is None


def test_requires_grad_said_last_makes_a_leaf():
    assert (torch.randn(3) * 0.01).to(torch.float64).requires_grad_().is_leaf
