"""Nodes that need care: layers that exist in float32 only, writes to a part of a tensor; and what is said not to be
compared, rather than left out silently or compared wrongly.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from retrograd.recorder import record
from retrograd.recording import Recording
from retrograd.verification import Verification, verify


def recorded(loss: Callable[[], Tensor]) -> Recording:
    with record() as recording:
        for _ in range(1):
            loss().backward()
    return recording


def ways(found: Verification, what: str) -> set[str]:
    return {c.method for c in found.comparisons if c.what.startswith(what)}


@pytest.mark.parametrize("bias", [True, False])
def test_an_lstm_agrees_in_both_directions(bias):
    torch.manual_seed(0)
    lstm = nn.LSTM(3, 4, num_layers=2, bidirectional=True, bias=bias)
    x = torch.randn(5, 2, 3)
    found = verify(recorded(lambda: lstm(x)[0].pow(2).sum()))
    assert found.disagreements == []
    assert "forward mode" in ways(found, "MkldnnRnnLayerBackward0")
    compared = {c.what for c in found.comparisons if c.method == "float64 autograd"}
    assert compared == {f"∂loss/∂lstm.{name}, all in all" for name, _ in lstm.named_parameters()}


def test_a_wrong_gradient_of_an_lstm_is_found():
    torch.manual_seed(0)
    lstm = nn.LSTM(3, 4)
    lstm.weight_hh_l0.register_hook(lambda gradient: gradient * 1.001)
    x = torch.randn(5, 2, 3)
    found = verify(recorded(lambda: lstm(x)[0].pow(2).sum()))
    assert {c.what for c in found.disagreements} >= {"∂loss/∂lstm.weight_hh_l0, all in all"}


def part_multiplied(w: Tensor) -> Tensor:
    y = w * 3
    y[1:3].mul_(w[:2])
    return y.pow(2).sum()


def parts_written_one_after_the_other(w: Tensor) -> Tensor:
    y = torch.zeros(3, 4)
    y[1] = w * 2
    y[:, 2] += w[:3]
    return y.pow(2).sum()


def part_of_a_transposed_tensor(w: Tensor) -> Tensor:
    y = (torch.outer(w, w) + 0).t()
    y[0, 1:].mul_(w[1:])
    return (y * torch.arange(16.0).reshape(4, 4)).sum()


def part_filled(w: Tensor) -> Tensor:
    y = w * w
    y[2] = 5.0
    return (y * w).sum()


def part_looked_at_afterwards(w: Tensor) -> Tensor:
    y = w * w
    part = y[1:]
    part.mul_(2)
    return part.pow(3).sum() + y.sum()


@pytest.mark.parametrize(
    "loss",
    [
        part_multiplied,
        parts_written_one_after_the_other,
        part_of_a_transposed_tensor,
        part_filled,
        part_looked_at_afterwards,
    ],
)
def test_a_write_to_a_part_agrees(loss):
    torch.manual_seed(0)
    w = torch.randn(4, requires_grad=True)
    found = verify(recorded(lambda: loss(w)))
    assert found.disagreements == []
    assert found.notes == ()
    assert "forward mode" in ways(found, "CopySlices")
    assert ways(found, "∂loss/∂w, all in all") == {"float64 autograd", "central differences"}


def test_what_is_written_to_a_part_gets_its_gradient():
    # y = 3w, then y[1:3] *= w[:2]: y = (3 w0, 3 w1 w0, 3 w2 w1, 3 w3), and the loss is the sum of squares.
    w = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    found = verify(recorded(lambda: part_multiplied(w)))
    (row,) = [c for c in found.comparisons if c.method == "float64 autograd"]
    by_hand = [18.0 + 18.0 * 4.0, 18.0 * 2.0 + 18.0 * 9.0 * 2.0, 18.0 * 3.0 * 4.0, 18.0 * 4.0]
    assert row.recomputed == pytest.approx(by_hand[row.index[0]], rel=1e-12)


def test_what_leads_over_complex_numbers_is_compared():
    # Parseval: the sum of |fft(x)|² is n times the sum of x², so its gradient is 2 n x.
    x = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
    found = verify(recorded(lambda: torch.fft.fft(x).abs().pow(2).sum()))
    assert found.disagreements == []
    assert {"forward mode"} == ways(found, "FftR2CBackward0")
    (row,) = [c for c in found.comparisons if c.method == "float64 autograd"]
    assert row.recomputed == pytest.approx(2 * 3 * x.tolist()[row.index[0]], rel=1e-12)
    assert any(c.method == "central differences" for c in found.comparisons)
    assert "AbsBackward0: not compared with its formula, which is for real numbers (step 0)" in found.notes
    assert any(
        "without a definition, and only executed again: aten::_fft_r2c, aten::abs of complex" in n for n in found.notes
    )


def test_a_complex_leaf_is_compared_by_its_real_and_imaginary_parts():
    # |z w|² summed is Σ |z|² (u² + v²) for w = u + iv; PyTorch's gradient is ∂/∂u + i ∂/∂v = 2 |z|² w.
    w = torch.tensor([1 + 2j, -0.5 + 0.25j], requires_grad=True)
    z = torch.tensor([0.5 - 1j, 3j])
    found = verify(recorded(lambda: (z * w).abs().pow(2).sum()))
    assert found.disagreements == []
    for row in (c for c in found.comparisons if c.what.startswith("∂loss/∂w, all in all")):
        gradient = 2 * (z.abs() ** 2 * w).detach().numpy()
        entry, part = np.unravel_index(row.index[0], (2, 2)) if len(row.index) == 1 else row.index
        by_hand = (gradient[entry].real, gradient[entry].imag)[part]
        assert row.recomputed == pytest.approx(by_hand, rel=1e-8)
    assert ways(found, "∂loss/∂w, all in all") == {"float64 autograd", "central differences"}


class WithoutConjugating(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, w):
        ctx.save_for_backward(z)
        return z * w

    @staticmethod
    def backward(ctx, G):
        (z,) = ctx.saved_tensors
        return None, G * z  # the gradient is G times the conjugate of z


def test_a_missing_conjugate_is_found():
    w = torch.tensor([1 + 2j, -0.5 + 0.25j], requires_grad=True)
    z = torch.tensor([0.5 - 1j, 3j])
    found = verify(recorded(lambda: WithoutConjugating.apply(z, w).abs().pow(2).sum()))
    assert {c.what for c in found.disagreements} >= {"WithoutConjugatingBackward along a random direction"}
    assert any(c.what.startswith("∂loss/∂w") for c in found.disagreements)


def test_a_complex_tensor_that_is_conjugated_is_no_disagreement():
    # A conjugated tensor is not recorded, so what arrives at w lacks a summand in the recording.
    w = torch.tensor([1 + 2j, -0.5 + 0.25j], requires_grad=True)
    found = verify(recorded(lambda: (w * w.conj()).real.sum() + w.abs().sum()))
    assert found.disagreements == []
    assert "what arrives at w.grad: not all that was passed on to it was recorded (step 0)" in found.notes


def test_a_negated_view_is_no_disagreement():
    # The imaginary part of a conjugate is a view with its sign turned, which is not recorded.
    w = torch.tensor([1 + 2j, -0.5 + 0.25j], requires_grad=True)
    found = verify(recorded(lambda: w.conj().imag.pow(2).sum() + (w.conj().imag * 2).sum() + w.real.pow(2).sum()))
    assert found.disagreements == []
    assert "aten::clone.default: not all of its numbers were kept (step 0)" in found.notes
    assert "ConjBackward0: not all of its numbers were kept (step 0)" in found.notes


def test_a_sparse_gradient_is_said_not_to_be_compared():
    words = nn.Embedding(5, 3, sparse=True)
    found = verify(recorded(lambda: words(torch.tensor([1, 1, 4])).pow(2).sum()))
    assert found.disagreements == []
    assert "what came to words.weight.grad was not recorded, so it is not compared (step 0)" in found.notes


def test_a_gradient_scaled_by_frequency_is_said_to_be_no_derivative():
    words = nn.Embedding(5, 3, scale_grad_by_freq=True)
    found = verify(recorded(lambda: words(torch.tensor([1, 1, 4])).pow(2).sum()))
    assert found.disagreements == []
    assert any("scale_grad_by_freq" in note for note in found.notes)


def test_a_call_that_a_formula_does_not_cover_is_said_not_to_be_compared_with_it():
    x = torch.tensor([3.0, -0.5, 2.0], requires_grad=True)  # the smallest size is a norm that the row leaves out
    found = verify(recorded(lambda: torch.linalg.vector_norm(x, -float("inf"))))
    assert found.disagreements == []
    said = "its formula does not cover the way in which it was called, so it is not compared with it (step 0)"
    assert f"LinalgVectorNormBackward0: {said}" in found.notes
    assert f"aten::linalg_vector_norm.default: {said}" in found.notes
    assert "forward mode" in ways(found, "LinalgVectorNormBackward0")


def test_what_overflowed_is_said_not_to_be_compared():
    x = torch.tensor([200.0, 1.0], requires_grad=True)  # exp(200) is infinite in float32, and not in float64
    found = verify(recorded(lambda: torch.log(torch.exp(x)).sum()))
    assert found.disagreements == []
    said = "∂loss/∂x, all in all (float64 autograd): some entries are not compared, for something may have overflowed"
    assert f"{said} (step 0)" in found.notes
    (row,) = [c for c in found.comparisons if c.method == "float64 autograd"]
    assert (row.entries, row.undecided, row.index) == (1, 1, (1,))


@pytest.mark.parametrize("way", ["alone", "in a module"])
def test_attention_with_dropout_agrees(way):
    torch.manual_seed(0)
    if way == "alone":
        q = torch.randn(1, 2, 4, 8, requires_grad=True)
        found = verify(recorded(lambda: F.scaled_dot_product_attention(q, q, q, dropout_p=0.5).pow(2).sum()))
        leaves = 1
    else:
        attention, x = nn.MultiheadAttention(8, 2, dropout=0.3), torch.randn(4, 1, 8)
        found = verify(recorded(lambda: attention(x, x, x)[0].pow(2).sum()))
        leaves = len(list(attention.parameters()))
    assert found.disagreements == []
    assert found.notes == ()
    assert sum(c.method == "float64 autograd" for c in found.comparisons) == leaves


def test_a_step_under_autocast_agrees():
    # The leaves are float32, and the products between them and the loss are rounded to bfloat16.
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 2))
    x, y = torch.randn(64, 20), torch.randint(2, (64,))

    def loss() -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return F.cross_entropy(model(x), y)

    found = verify(recorded(loss))
    assert found.disagreements == []
    assert sum(c.method == "float64 autograd" for c in found.comparisons) == 4
    # And it is no excuse: a gradient that is wrong by half is found.
    model[0].weight.register_hook(lambda gradient: gradient * 1.5)
    assert "∂loss/∂model.0.weight, all in all" in {c.what for c in verify(recorded(loss)).disagreements}


def test_a_quotient_of_whole_numbers_is_rounded():
    t, w = torch.arange(1, 50), torch.ones(49, requires_grad=True)
    found = verify(recorded(lambda: (w * (t / 49)).sum()))  # 12 / 49 is no number of float32
    assert found.disagreements == []
    assert [c.entries for c in found.comparisons if c.what == "t / 49"] == [49]


def test_the_gradient_of_ctc_is_compared_at_its_leaves():
    # PyTorch's backward of ctc_loss leaves out a part that log_softmax would take away anyway.
    torch.manual_seed(0)
    scores = torch.randn(6, 2, 4, requires_grad=True)
    targets, lengths = torch.tensor([[1, 2], [3, 1]]), (torch.tensor([6, 6]), torch.tensor([2, 2]))
    found = verify(recorded(lambda: F.ctc_loss(scores.log_softmax(-1), targets, *lengths)))
    assert found.disagreements == []
    assert any("right behind a log_softmax only" in note for note in found.notes)
    assert "float64 autograd" not in ways(found, "CtcLoss")
    assert ways(found, "∂loss/∂scores, all in all") == {"float64 autograd", "central differences"}


def test_a_weighted_loss_of_what_is_known_for_sure_agrees():
    # Where σ(z) is nearly 1, PyTorch subtracts two numbers of the size of pos_weight: digits are lost.
    torch.manual_seed(1)
    z = (torch.randn(400) * 4 + 8).requires_grad_()
    weight = torch.tensor(19.0)
    found = verify(recorded(lambda: F.binary_cross_entropy_with_logits(z, torch.ones(400), pos_weight=weight)))
    assert found.disagreements == []
    (row,) = [c for c in found.comparisons if c.method == "formula" and c.what.startswith("∂loss/∂z")]
    assert row.tolerance < 20 * torch.finfo(torch.float32).eps * 19 / 400  # no more than a few roundings of that size
