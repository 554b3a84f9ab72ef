"""Chapter 4: the order of the nodes, the numbers of the chain rule, and gradients of what is no single number."""

import numpy as np
import pytest
import torch

from retrograd import diagnose, verify
from retrograd.lessons.topics import questions_of
from retrograd.recording import value_of

RIGHT = {"first_node": "b", "signs": "a", "rows": "a"}
NODES = [
    "BinaryCrossEntropyWithLogitsBackward0",
    "AddBackward0",
    "AccumulateGrad",
    "SqueezeBackward4",
    "MmBackward0",
    "AccumulateGrad",
]


@pytest.fixture(scope="module", params=[(0, RIGHT), (7, {})], ids=["answered", "unanswered"])
def executed(run_chapter, request):
    seed, answers = request.param
    return run_chapter("04_backward", seed=seed, answers=answers)


@pytest.fixture(scope="module")
def recording(executed):
    return executed.recordings["recording"]


def by_hand(recording, target):
    """σ(z) - y over 3, in float64 from the recorded w and b."""
    z = recording.array("w")[0].astype("f8").sum(0) + recording.array("b")[0]
    return (1 / (1 + np.exp(-z)) - target) / 3


def test_the_answers_found_by_hand_are_graded_as_right(run_chapter):
    graded = run_chapter("04_backward", seed=0, answers=RIGHT).graded
    assert graded.keys() == RIGHT.keys()
    assert all(graded.values()), graded


def test_it_runs_to_its_end_without_answers_and_grades_none_as_right(run_chapter):
    assert not any(run_chapter("04_backward", seed=7).graded.values())


def test_every_other_answer_is_wrong_for_every_seed(recording):
    for name, question in questions_of("04_backward").items():
        assert [letter for letter in "abc" if question(recording, letter)] == [RIGHT[name]]


def test_nodes_run_in_reverse_and_belong_to_their_calls(recording):
    program = recording.steps[0].program
    nodes = sorted((e for e in program.events if e.node), key=lambda event: event.node.number)
    assert [event.name for event in nodes] == NODES
    made = [program.events[e.node.forward].name if e.node.forward is not None else None for e in nodes]
    assert [name and name.rpartition(".")[2] for name in made] == [
        "binary_cross_entropy_with_logits",
        "add",
        None,
        "matmul",
        "matmul",
        None,
    ]


def test_what_goes_out_of_a_node_comes_into_the_next(recording):
    step = recording.steps[0]
    nodes = {e.node.number: e.node for e in step.program.events if e.node}
    for node in nodes.values():
        for out, following in zip(node.gradients_out, node.next, strict=False):
            if out is None or following is None:
                continue
            arrived = nodes[following[0]].gradients_in
            if arrived:  # what accumulates has its own event
                assert np.array_equal(value_of(step, out).array, value_of(step, arrived[0]).array)


def test_gradients_are_those_of_the_formula(executed):
    for name, target in (("recording", 0.0), ("twin", 0.5)):
        recording = executed.recordings[name]
        slope = by_hand(recording, target)
        assert recording.array("b.grad")[0] == pytest.approx(slope, rel=1e-5, abs=1e-7)
        assert recording.array("w.grad")[0] == pytest.approx(np.outer(np.ones(5), slope), rel=1e-5, abs=1e-7)
        assert verify(recording).agrees
    assert (executed.recordings["recording"].array("b.grad") > 0).all()
    z = executed.recordings["twin"].array("w")[0].sum(0) + executed.recordings["twin"].array("b")[0]
    assert (np.sign(executed.recordings["twin"].array("b.grad")[0]) == np.sign(z)).all()


def test_the_cells_that_work_it_out_say_so(executed):
    text = "".join(executed.texts)
    assert text.count("True") == 2
    assert "False" not in text


def test_backward_of_three_numbers_raises_and_is_diagnosed(executed):
    ((_, name, message),) = executed.errors
    assert name == "RuntimeError"
    assert message == "grad can be implicitly created only for scalar outputs"
    assert [finding.name for finding in diagnose(executed.recordings["broken"])] == ["loss-nonscalar"]


def test_with_a_vector_it_is_the_gradient_of_the_weighted_sum(executed):
    # z = x w + b, so the gradient of (v * z).sum() is v for b and outer(x, v) for w.
    vector = executed.recordings["vector"]
    assert vector.array("b.grad")[0].tolist() == [1, 10, 0]
    assert vector.array("w.grad")[0].tolist() == [[1, 10, 0]] * 5
    v, b = torch.tensor([1.0, 10.0, 0.0]), torch.zeros(3, requires_grad=True)
    (v * (torch.ones(3) + b)).sum().backward()
    assert torch.equal(b.grad, v)


def test_with_a_third_each_it_is_the_gradient_of_the_mean():
    z = torch.randn(3, requires_grad=True)
    torch.nn.functional.softplus(z).backward(torch.full((3,), 1 / 3))
    expected = torch.sigmoid(z.detach().double()) / 3  # the derivative by hand
    torch.testing.assert_close(z.grad.double(), expected, rtol=1e-4, atol=0)
