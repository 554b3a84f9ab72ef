"""Chapter 0: which tensors are leaves, and which of them learn."""

import pytest
import torch

from retrograd.lessons.finding import tensor_called

RIGHT = {"leaves": "b", "learnable": 18, "scaled_is_leaf": "b"}


@pytest.fixture(scope="module", params=[(0, RIGHT), (7, {})], ids=["answered", "unanswered"])
def executed(run_chapter, request):
    seed, answers = request.param
    return run_chapter("00_objects", seed=seed, answers=answers)


def test_the_answers_found_by_hand_are_graded_as_right(run_chapter):
    # By hand: no operation makes the four; w has 5 * 3 entries and b has 3; `* 0.1` is an operation.
    graded = run_chapter("00_objects", answers=RIGHT).graded
    assert graded.keys() == RIGHT.keys()
    assert all(graded.values()), graded


def test_all_four_are_leaves_and_two_of_them_learn(executed):
    slots = [tensor_called(executed.recordings["recording"], name) for name in "xywb"]
    assert [slot.leaf for slot in slots] == [True] * 4
    assert [slot.requires_grad for slot in slots] == [False, False, True, True]
    assert [slot.shape for slot in slots] == [(5,), (3,), (5, 3), (3,)]


def test_a_leaf_without_requires_grad_gets_no_gradient():
    x, w = torch.ones(5), torch.randn(5, 3, requires_grad=True)
    torch.matmul(x, w).sum().backward()
    assert w.grad is not None
    assert x.is_leaf
    assert x.grad is None


def test_a_scaled_tensor_is_no_leaf_but_requires_grad(executed):
    w = tensor_called(executed.recordings["scaled"], "w")
    assert (w.leaf, w.requires_grad) == (False, True)
    assert "MulBackward0" in "".join(executed.texts)


def test_what_the_last_cell_says_is_so():
    small = (torch.randn(5, 3) * 0.1).requires_grad_()
    assert small.is_leaf
    assert (small * 2).detach().is_leaf
    scaled = torch.randn(5, 3, requires_grad=True) * 0.1
    scaled.sum().backward()
    with pytest.warns(UserWarning, match="not a leaf"):
        assert scaled.grad is None
