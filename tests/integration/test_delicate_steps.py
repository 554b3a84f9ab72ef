"""Steps in which much is lost to rounding agree all the same: a tolerance has to know that."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from test_planted_faults import own, recorded
from torch import Tensor, nn
from torch.nn import functional as F

from retrograd.recorder import record
from retrograd.verification import verify

INF = float("inf")
FAR = torch.randn(50, 1000, generator=torch.Generator().manual_seed(1)) * 1000
CLASSES = torch.tensor([1, 0, 3, 2])
HALF = torch.tensor([1.0, 0.0] * 15)
ROWS = torch.arange(32.0).reshape(4, 8).sin()
SEEN = torch.ones(5, 5, dtype=torch.bool).tril()

STEPS: dict[str, tuple[Callable[[], Tensor], Callable[[Tensor], Tensor]]] = {
    "cancellation": (lambda: torch.randn(50), lambda w: ((w + 1e4) - 1e4).pow(2).sum()),
    "a variance far from zero": (lambda: 1000 + 0.01 * torch.randn(64), lambda w: w.var() + w.std()),
    "E[w²] - E[w]²": (lambda: torch.randn(50) + 100, lambda w: (w * w).mean() - w.mean() ** 2),
    "large logits": (lambda: torch.randn(4, 10) * 1000, lambda w: F.cross_entropy(w, CLASSES)),
    "logsumexp of -inf": (
        lambda: torch.randn(3, 4),
        lambda w: (w + torch.tensor([0, 0, -INF, -INF])).logsumexp(1).sum(),
    ),
    "the norm of zero": (lambda: torch.zeros(5), lambda w: w.norm() + w.sum()),
    "a loss of what is right beyond doubt, divided": (
        lambda: torch.linspace(-18, -14, 16),
        lambda w: F.binary_cross_entropy_with_logits(w, torch.zeros(16)) / 4,
    ),
    "square roots near zero": (lambda: torch.rand(20) * 1e-12 + 1e-13, lambda w: w.sqrt().sum() * 1e-8),
    "angles on the axes": (
        lambda: torch.tensor([0, 1, -1, 1e-20, -1e-20]),
        lambda w: torch.atan2(w, torch.tensor([1.0, 0, 0, -1, -1])).sum(),
    ),
    "powers of negative numbers": (lambda: -torch.rand(6) - 0.5, lambda w: (w**3).sum() + (w**2.0).sum()),
    "numbers of 1e30": (lambda: torch.randn(10) * 1e30, lambda w: (w * 1e-30).sin().sum()),
    "denormal numbers": (lambda: torch.randn(10) * 1e-39, lambda w: (w * 3).sum() + (w * w).sum()),
    "squares that underflow in float64": (lambda: torch.randn(5).double() * 1e-200, lambda w: (w * w).sum()),
    "a large sum": (lambda: torch.rand(1_000_000) + 100, lambda w: w.sum() * 1e-6),
    "a tanh of sums of large terms": (lambda: torch.randn(1000, 20), lambda w: (FAR @ w).tanh().mean()),
    "a sigmoid of exactly 1": (
        lambda: torch.linspace(-90, 90, 30),
        lambda w: F.binary_cross_entropy(w.sigmoid(), HALF),
    ),
    "one minus a sigmoid": (lambda: torch.linspace(5, 15, 30), lambda w: (1 - w.sigmoid()).log().sum()),
    "a layer norm of equal numbers": (
        lambda: torch.full((4, 8), 1000.0),
        lambda w: (F.layer_norm(w, (8,)) * ROWS).sum(),
    ),
    "attention that has decided": (
        lambda: torch.randn(2, 2, 5, 4) * 10,
        lambda w: F.scaled_dot_product_attention(w, w, w, attn_mask=SEEN).pow(2).sum(),
    ),
    "an inverse that is hard to compute": (
        lambda: torch.vander(torch.linspace(0.1, 1, 5)),
        lambda w: torch.linalg.inv(w).sum() * 1e-6,
    ),
    "a matrix that is read as symmetric": (
        lambda: 5 * torch.eye(5) + torch.ones(5, 5),
        lambda w: torch.linalg.cholesky(w).diagonal().log().sum(),
    ),
    "kinks and ties": (lambda: torch.ones(4, 4), lambda w: (w - 1).relu().sum() + w.abs().amax(1).sum() + w.max()),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_delicate_step_agrees(name):
    torch.manual_seed(0)
    made, loss_of = STEPS[name]
    w = made().requires_grad_()
    found = verify(recorded([w], lambda: loss_of(w)))
    assert found.disagreements == []
    assert any(c.method in ("formula", "forward mode") and c.entries for c in found.comparisons)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("norm", [nn.BatchNorm1d, nn.LayerNorm])
def test_a_batch_of_two_agrees(dtype, norm):
    # Batch normalisation makes ±1 of two numbers, so almost nothing is left of the gradients before it.
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 7), norm(7), nn.GELU(), nn.Linear(7, 1)).to(dtype)
    x = torch.randn(2, 5).to(dtype)
    found = verify(recorded([*model.parameters()], lambda: model(x).pow(2).mean()))
    assert found.disagreements == []


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Conv1d(3, 4, 5),
        lambda: nn.Conv2d(3, 4, 3, padding=1),
        lambda: nn.Conv2d(4, 4, 3, groups=2),
        lambda: nn.ConvTranspose2d(3, 4, 3),
        lambda: nn.Linear(300, 5),
    ],
)
def test_a_bias_much_larger_than_the_products_agrees(make, dtype):
    # Kernels begin with the bias and add product after product to it: each addition rounds a number of its size.
    torch.manual_seed(0)
    layer = make()
    shape = (300,) if isinstance(layer, nn.Linear) else (layer.in_channels, *[9] * (layer.weight.dim() - 2))
    x = 0.01 * torch.randn(64, *shape)
    with torch.no_grad():
        layer.bias += 100
    x, layer = x.to(dtype), layer.to(dtype)
    assert verify(recorded([*layer.parameters()], lambda: layer(x).mean())).disagreements == []


def test_a_long_recurrence_agrees():
    torch.manual_seed(0)
    cell, x = nn.GRU(3, 4), torch.randn(30, 2, 3) * 5
    assert verify(recorded([*cell.parameters()], lambda: cell(x)[0].pow(2).sum())).disagreements == []


def test_a_stable_function_of_ones_own_agrees_where_it_is_flat():
    torch.manual_seed(0)
    w = (torch.randn(40) * 20).requires_grad_()
    function = own(lambda x: 1 / (1 + torch.exp(-x)), lambda G, x: G * x.sigmoid() * (1 - x.sigmoid()))
    assert verify(recorded([w], lambda: function(w).sum())).disagreements == []


def test_a_loss_of_what_is_right_beyond_doubt_is_no_excuse():
    # The loss is 10⁻⁷ and comes from numbers of 16 that cancel: short differences have few digits, long ones more.
    made, loss_of = STEPS["a loss of what is right beyond doubt, divided"]
    w = made().requires_grad_()
    w.register_hook(lambda G: 1.01 * G)
    found = verify(recorded([w], lambda: loss_of(w)))
    assert "central differences" in {c.method for c in found.disagreements}


def test_dropout_of_one_number_is_no_disagreement():
    # Two draws of one number often are the same: that does not mean that nothing is drawn.
    for seed in range(12):
        torch.manual_seed(seed)
        w = torch.ones(1, requires_grad=True)
        assert verify(recorded([w], lambda w=w: torch.native_dropout(w, 0.4, True)[0].sum())).disagreements == []


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("z", [40.0, -40.0, 200.0, -200.0])
@pytest.mark.parametrize("target", [0.0, 1.0])
def test_a_saturated_sigmoid_agrees(dtype, z, target):
    w, y = torch.full((2,), z, dtype=dtype, requires_grad=True), torch.full((2,), target, dtype=dtype)
    losses = (
        lambda: F.binary_cross_entropy(w.sigmoid(), y),  # whose kernel has 1e-12 in float32, whatever the dtype
        lambda: (w.sigmoid() * (1 - w.sigmoid())).sum(),
        lambda: F.mse_loss(w.sigmoid(), y),
        lambda: -(y * (w.sigmoid() + 1e-7).log() + (1 - y) * (1 - w.sigmoid() + 1e-7).log()).mean(),
    )
    for loss in losses:
        with record() as recording:
            for _ in range(1):
                loss().backward()
        found = verify(recording)
        assert found.disagreements == []
        assert any(c.method == "formula" for c in found.comparisons)


def test_a_delicate_step_is_no_excuse():
    # The same cancellation, with a backward that is wrong by a hundredth.
    torch.manual_seed(0)
    w = torch.randn(50, requires_grad=True)
    function = own(torch.square, lambda G, x: 2.02 * G * x)
    assert not verify(recorded([w], lambda: function((w + 1e4) - 1e4).sum())).agrees
