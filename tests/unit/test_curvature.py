"""The curvature of recorded losses beside closed forms, and the limit that it sets beside what descent then does."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from retrograd import replay
from retrograd.curvature import curvature_of, rate_of
from retrograd.errors import NotKeptError
from retrograd.recorder import record
from retrograd.recording import Recording

EXACT = 1e-9
"""Double precision less what a few hundred operations and the eigenvalues of 20 rows may lose of it."""


def recorded(loop: Callable[[], Any]) -> Recording:
    with record() as recording:
        loop()
    return recording


def notebook(target: float, learning_rate: float, turns: int, spread: float = 1.0) -> None:
    x, y = torch.ones(5), torch.full((3,), target)
    w = (spread * torch.randn(5, 3)).requires_grad_()
    b = (spread * torch.randn(3)).requires_grad_()
    for _ in range(turns):
        z = torch.matmul(x, w) + b
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
        loss.backward()
        with torch.no_grad():
            w -= learning_rate * w.grad
            b -= learning_rate * b.grad
        w.grad.zero_()
        b.grad.zero_()


def by_formula(w: np.ndarray, b: np.ndarray) -> float:
    """λ = (|x|² + 1) σ(z) (1 − σ(z)) / 3, the largest of the three, with x = 1."""
    z = w.astype("f8").sum(0) + b.astype("f8")
    slope = 1 / (1 + np.exp(-z))
    return float((6 * slope * (1 - slope) / 3).max())


def test_the_notebook_has_a_closed_form():
    recording = recorded(lambda: notebook(0.0, 0.1, 6))
    found = curvature_of(recording)
    assert [row.step for row in found.rows] == list(range(6))
    for row in found.rows:
        w, b = recording.array("w")[row.step], recording.array("b")[row.step]
        assert row.largest == pytest.approx(by_formula(w, b), rel=EXACT)
        assert (row.limit, row.learning_rate, row.parameters) == (2 / row.largest, 0.1, 18)
    assert found.skipped == ()


def test_the_twin_has_its_limit_at_four():
    """With targets 0.5 the minimum is at z = 0, where the curvature is 6 · ¼ / 3 = ½."""
    recording = recorded(lambda: notebook(0.5, 1.0, 200, spread=0.1))
    (row,) = curvature_of(recording, [-1]).rows
    assert row.limit == pytest.approx(4, rel=1e-6)

    below, above = (replay(recording, learning_rate=rate, steps=2000) for rate in (3.9, 4.1))
    assert below.loss[-1] - math.log(2) < 1e-6
    assert above.loss[-1] - math.log(2) > 1e-2
    z = above.array("w").sum(1) + above.array("b")
    assert (np.sign(z[-1]) == -np.sign(z[-2])).all()  # it jumps from side to side


def test_least_squares():
    """The Hessian of the mean of (x w − y)² is 2 xᵀx / N, whatever w is."""
    x, y = torch.randn(30, 6, dtype=torch.float64), torch.randn(30, dtype=torch.float64)

    def loop() -> None:
        w = torch.zeros(6, dtype=torch.float64, requires_grad=True)
        for _ in range(4):
            torch.nn.functional.mse_loss(x @ w, y).backward()
            with torch.no_grad():
                w.sub_(w.grad, alpha=0.05)
            w.grad = None

    found = curvature_of(recorded(loop))
    expected = np.linalg.eigvalsh(2 * x.numpy().T @ x.numpy() / 30)[-1]
    assert [row.largest for row in found.rows] == pytest.approx([expected] * 4, rel=EXACT)
    assert {row.learning_rate for row in found.rows} == {0.05}


def test_many_parameters_by_products_with_vectors():
    """A diagonal quadratic form: ½ Σ d w², whose largest curvature is the largest d."""
    scales = torch.linspace(0.1, 9.0, 2000, dtype=torch.float64)

    def loop() -> None:
        w = torch.ones(2000, dtype=torch.float64, requires_grad=True)
        for _ in range(3):
            (scales * w * w / 2).sum().backward()
            w.grad = None

    (row,) = curvature_of(recorded(loop), [1]).rows
    assert row.parameters == 2000
    assert 0 < row.residual < 0.05
    assert abs(row.largest - 9.0) <= row.residual


def test_a_network_beside_finite_differences():
    """Central differences of the gradient give the Hessian to about ε^(2/3) of its entries."""
    torch.manual_seed(3)
    x, y = torch.randn(20, 3, dtype=torch.float64), torch.randn(20, 1, dtype=torch.float64)
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)).double()

    def loop() -> None:
        for _ in range(3):
            torch.nn.functional.mse_loss(net(x), y).backward()
            net.zero_grad()

    recording = recorded(loop)
    parameters = list(net.parameters())

    def gradient(flat: torch.Tensor) -> torch.Tensor:
        torch.nn.utils.vector_to_parameters(flat, parameters)
        return torch.cat([g.reshape(-1) for g in torch.autograd.grad(((net(x) - y) ** 2).mean(), parameters)])

    start = torch.nn.utils.parameters_to_vector(parameters).detach().clone()
    small = np.finfo("f8").eps ** (1 / 3)
    moves = small * torch.eye(len(start), dtype=torch.float64)
    hessian = torch.stack([(gradient(start + move) - gradient(start - move)) / (2 * small) for move in moves])
    expected = torch.linalg.eigvalsh((hessian + hessian.T) / 2)[-1].item()
    (row,) = curvature_of(recording, [1]).rows
    assert row.largest == pytest.approx(expected, rel=1e3 * small**2)
    assert row.learning_rate is None  # it did not learn


def test_a_linear_loss_is_not_curved():
    def loop() -> None:
        w = torch.ones(3, requires_grad=True)
        for _ in range(3):
            (2 * w).sum().backward()
            w.grad = None

    (row,) = curvature_of(recorded(loop), [1]).rows
    assert (row.largest, row.limit) == (0.0, math.inf)


def test_what_is_detached_is_not_differentiated():
    """w · sg(w) has the gradient w and the second derivative 0; w² + w · sg(w) has 2."""

    def loop() -> None:
        w = torch.tensor([3.0], requires_grad=True)
        for _ in range(3):
            (w * w + w * w.detach()).sum().backward()
            w.grad = None

    found = curvature_of(recorded(loop), [1])
    assert [row.largest for row in found.rows] == pytest.approx([2.0])


def test_a_function_with_its_own_backward_is_skipped():
    class Straight(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
            return x.sign()

        @staticmethod
        def backward(ctx: Any, *gradients: torch.Tensor) -> torch.Tensor:
            return gradients[0]

    def loop() -> None:
        w = torch.ones(3, requires_grad=True)
        for _ in range(3):
            Straight.apply(w * w).sum().backward()
            w.grad = None

    found = curvature_of(recorded(loop), [1])
    assert found.rows == ()
    assert "does not give the gradient of w that was recorded" in found.skipped[0]


def test_a_step_with_two_losses_is_skipped():
    def loop() -> None:
        w = torch.ones(3, requires_grad=True)
        for _ in range(3):
            w.sum().backward()
            (w * w).sum().backward()
            w.grad = None

    assert "backward was called 2 times" in curvature_of(recorded(loop), [1]).skipped[0]


@pytest.mark.parametrize(
    ("update", "rate"),
    [
        (lambda w: w.sub_(0.25 * w.grad), 0.25),
        (lambda w: w.add_(w.grad, alpha=-0.25), 0.25),
        (lambda w: w.sub_(w.grad * 0.25), 0.25),
        (lambda w: w.add_(-0.25 * w.grad), 0.25),
        (lambda w: w.sub_(w.grad), 1.0),
        (lambda w: w.sub_(0.25 * w.grad.sign()), None),
        (lambda w: w.sub_(0.25 * w), None),
    ],
)
def test_the_learning_rate_of_a_plain_update(update, rate):
    def loop() -> None:
        w = torch.ones(3, requires_grad=True)
        for _ in range(3):
            (w * w).sum().backward()
            with torch.no_grad():
                update(w)
            w.grad = None

    assert rate_of(recorded(loop).steps[1]) == rate


def test_a_loop_without_plain_descent_has_no_learning_rate():
    def loop() -> None:
        w = torch.ones(3, requires_grad=True)
        optimizer = torch.optim.Adam([w], lr=0.1)
        for _ in range(4):
            optimizer.zero_grad()
            (w * w).sum().backward()
            optimizer.step()

    recording = recorded(loop)
    assert [rate_of(step) for step in recording.steps] == [None] * 4
    assert curvature_of(recording, [2]).rows[0].largest == pytest.approx(2.0)


def test_a_curvature_that_is_no_number():
    def loop() -> None:
        w = torch.tensor([0.0], requires_grad=True)
        for _ in range(3):
            (w.sqrt() * w).sum().backward()
            w.grad = None

    (row,) = curvature_of(recorded(loop), [1]).rows
    assert math.isnan(row.largest)
    assert math.isnan(row.limit)


@pytest.mark.parametrize("step", [3, -4])
def test_a_step_that_is_not_there_is_an_error(step):
    recording = recorded(lambda: notebook(0.0, 0.1, 3))
    with pytest.raises(NotKeptError, match=f"there is no step {step}: the recording has the steps 0 to 2"):
        curvature_of(recording, [step])
