"""Chapter 13: what remembers how it was computed, and detach."""

import pytest
import torch

import retrograd
from retrograd.lessons.finding import number_called
from retrograd.lessons.questions import detach

RIGHT = {"last_operation": "b", "product": "b", "memory": "b"}
OF = {"last_operation": "recording", "product": "cut", "memory": "written"}


@pytest.fixture(scope="module", params=[(0, RIGHT), (7, {})], ids=["answered", "unanswered"])
def executed(run_chapter, request):
    seed, answers = request.param
    return run_chapter("13_detach", seed=seed, answers=answers)


def test_the_answers_found_by_hand_are_right_and_others_are_not(executed):
    for name, answer in RIGHT.items():
        question, recording = getattr(detach, name), executed.recordings[OF[name]]
        assert question(recording, answer), name
        assert not question(recording, "a")
        assert not question(recording, "c")


def test_the_names_are_those_that_the_text_says(executed):
    text = "\n".join(executed.texts)
    assert "z.grad_fn:    <AddBackward0 object at 0x" in text
    assert "loss.grad_fn: <BinaryCrossEntropyWithLogitsBackward0 object at 0x" in text
    assert "w.grad_fn:    None\nb.grad_fn:    None" in text
    walked = next(text for text in executed.texts if text.startswith("BinaryCross"))
    assert [line.strip().rpartition("::")[2] for line in walked.splitlines()] == [
        "BinaryCrossEntropyWithLogitsBackward0",
        "AddBackward0",
        "SqueezeBackward4",
        "MmBackward0",
        "AccumulateGrad",
        "AccumulateGrad",
    ]


def test_a_product_with_a_detached_tensor_reaches_the_other_factor_only(executed):
    assert executed.recordings["cut"].parameters == ("q",)
    torch.manual_seed(1)
    w, q = torch.randn(3, requires_grad=True), torch.randn(3, requires_grad=True)
    z = w * 2
    (z.detach() * q).sum().backward()
    assert w.grad is None
    assert torch.equal(q.grad, z.detach())
    assert not (z.detach() * torch.ones(3)).requires_grad
    assert z.detach().clone().data_ptr() != z.data_ptr()


def test_a_write_through_a_detached_tensor_is_seen_in_the_other(executed):
    assert number_called(executed.recordings["written"], "z")[0] == 100.0


def test_a_write_through_detach_is_caught_and_one_through_data_is_not(executed):
    ((source, name, text),) = executed.errors
    assert "p.detach().mul_(0)" in source
    assert name == "RuntimeError"
    assert "modified by an inplace operation" in text
    assert [finding.name for finding in retrograd.diagnose(executed.recordings["noticed"])] == ["inplace-saved"]
    assert [finding.name for finding in retrograd.diagnose(executed.recordings["unnoticed"])] == ["data-mutation"]
    assert (executed.recordings["unnoticed"].array("b.grad") == 0).all()
    z = torch.randn(3, requires_grad=True)
    torch.sigmoid(z).sum().backward()
    assert (z.grad > 0).all()  # the derivative, p (1 - p), is never 0 where z is small


def test_the_number_at_the_end_of_a_name_tells_variants_of_one_operation_apart():
    w = torch.tensor([2.0], requires_grad=True)
    assert [(w**2).grad_fn.name(), (w**w).grad_fn.name()] == ["PowBackward0", "PowBackward1"]


def test_the_sigmoid_keeps_its_result_for_backward():
    p = torch.sigmoid(torch.tensor([0.3], requires_grad=True))
    assert p.grad_fn._saved_result.data_ptr() == p.data_ptr()
