"""Descent on a function of the parameters, without any data: when is a learning rate too large, or too small?"""

from collections.abc import Callable

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from retrograd import diagnose, record  # noqa: E402
from retrograd.checks.finding import Finding  # noqa: E402


def rosenbrock(p: Tensor) -> Tensor:
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2


def descend(function: Callable[[Tensor, int], Tensor], rate: float, start: list[float], steps: int = 40) -> None:
    w = torch.tensor(start, requires_grad=True)
    for step in range(steps):
        loss = function(w, step)
        loss.backward()
        with torch.no_grad():
            w -= rate * w.grad
        w.grad = None


def climb() -> None:
    """Ascend, on purpose."""
    w = torch.tensor([0.5], requires_grad=True)
    for _ in range(30):
        height = (2 - torch.cos(w)).sum()
        height.backward()
        with torch.no_grad():
            w += 0.4 * w.grad
        w.grad = None


def play() -> None:
    """Let x go down and y go up on one function, which stays above 0."""
    x, y = (torch.tensor([1.0], requires_grad=True) for _ in range(2))
    for _ in range(40):
        value = (10 + x * y).sum()
        value.backward()
        with torch.no_grad():
            x -= 0.3 * x.grad
            y += 0.3 * y.grad
        x.grad = y.grad = None


def adam_where_it_ends() -> None:
    """Begin where the loss is lowest, and not at 0."""
    w = torch.zeros(2, requires_grad=True)
    optimizer = torch.optim.Adam([w], lr=0.01)
    for _ in range(30):
        optimizer.zero_grad()
        loss = torch.logsumexp(torch.stack([w.sum(), -w.sum(), torch.zeros(())]), 0)
        loss.backward()
        optimizer.step()


def found(train: Callable[[], None]) -> list[Finding]:
    with record() as recording:
        train()
    return [finding for finding in diagnose(recording) if finding.severity != "info"]


@pytest.mark.parametrize("curvature", [0.5, 2.0, 7.0])
def test_the_steps_go_as_many_times_too_far_as_rate_times_curvature(curvature):
    # A step of gradient descent along a parabola is rate · curvature times the best one; here 2.2.
    (finding,) = found(lambda: descend(lambda w, _: (curvature * (w - 1) ** 2 / 2).sum(), 2.2 / curvature, [3.0]))
    assert finding.name == "lr-too-large"
    assert "the steps go 2.2 times as far as the loss falls along them" in finding.fact


@pytest.mark.parametrize(
    ("function", "rate", "start"),
    [
        (lambda w, _: rosenbrock(w), 0.02, [3.0, -2.0]),
        (lambda w, _: (w**4).sum(), 0.5, [2.0, -1.0]),
        (lambda w, _: (torch.tensor([1.0, 300.0]) * w**2).sum(), 0.004, [1.0, 1.0]),
    ],
)
def test_a_rate_that_is_too_large_for_a_function_is_found(function, rate, start):
    assert [finding.name for finding in found(lambda: descend(function, rate, start))] == ["lr-too-large"]


def test_a_rate_that_is_too_small_for_a_function_is_found():
    assert [f.name for f in found(lambda: descend(lambda w, _: ((w - 1) ** 2).sum(), 1e-6, [3.0]))] == ["lr-too-small"]


@pytest.mark.parametrize(
    "train",
    [
        lambda: descend(lambda w, _: rosenbrock(w), 2e-4, [-1.2, 1.0]),
        lambda: descend(lambda w, _: ((w - 1) ** 2).sum(), 0.9, [3.0]),  # it swings, and comes closer
        lambda: descend(lambda w, step: (w**2).sum() + step * ((w - 3) ** 2).sum(), 0.01, [1.0]),  # a growing penalty
        lambda: descend(lambda w, _: ((w - torch.randn(1)) ** 2).sum(), 0.6, [0.0]),  # another function in each step
        climb,
        play,
        adam_where_it_ends,
    ],
)
def test_loops_without_data_that_are_as_they_are_meant_get_no_finding(train):
    assert found(train) == []
