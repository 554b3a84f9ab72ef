"""The slopes along recorded steps, against the parabola that they belong to."""

import pytest

torch = pytest.importorskip("torch")

from retrograd import diagnose, record  # noqa: E402
from retrograd.checks.evidence import Evidence  # noqa: E402
from retrograd.checks.slopes import best_share, gains, reach, slopes  # noqa: E402


def descent(curvature: float, rate: float, momentum: float = 0.0) -> Evidence:
    w = torch.tensor([3.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=rate, momentum=momentum)
    with record() as recording:
        for _ in range(6):
            loss = (curvature * w**2 / 2).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return Evidence(recording)


@pytest.mark.parametrize(("curvature", "rate"), [(2.0, 0.1), (2.0, 0.5), (2.0, 1.0), (5.0, 0.6)])
def test_line_search_stops_where_curvature_times_rate_is_one(curvature: float, rate: float) -> None:
    # Along a step of gradient descent the parabola has its lowest point at 1 / (rate · curvature) of the step.
    along = slopes(descent(curvature, rate))
    assert len(along) == 5
    assert best_share(along) == pytest.approx(1 / (rate * curvature))


def test_slope_begins_with_the_gradient_times_the_step() -> None:
    # g = 2 · 3, the step is -0.25 · g, and the next gradient is 2 · 1.5.
    first = slopes(descent(2.0, 0.25))[0]
    assert first.begin == pytest.approx(-0.25 * 6**2)
    assert first.end == pytest.approx(-0.25 * 6 * 3)


def test_momentum_is_part_of_the_step() -> None:
    # w: 3 → 1.5, then v = 0.9 · 6 + 3 and w = 1.5 - 0.25 · 8.4 = -0.6, where the gradient is -1.2.
    second = slopes(descent(2.0, 0.25, momentum=0.9))[1]
    assert second.begin == pytest.approx(-2.1 * 3)
    assert second.end == pytest.approx(2.1 * 1.2)


@pytest.mark.parametrize(("curvature", "rate"), [(2.0, 0.1), (2.0, 0.5), (2.0, 0.95), (5.0, 0.4)])
def test_steps_gain_half_of_what_they_promise_at_the_best_rate_and_nothing_at_twice_that(
    curvature: float, rate: float
) -> None:
    evidence = descent(curvature, rate)
    promised, kept = gains(evidence, slopes(evidence))
    assert kept / promised == pytest.approx(1 - rate * curvature / 2)


def test_adam_with_a_rate_of_one_is_too_large_and_with_a_hundredth_not() -> None:
    found = {}
    for rate in (1.0, 0.01):
        torch.manual_seed(0)
        x = torch.randn(100, 2)
        y = (x.norm(dim=1) > 1).long()
        net = torch.nn.Sequential(torch.nn.Linear(2, 24), torch.nn.Tanh(), torch.nn.Linear(24, 2))
        optimizer = torch.optim.Adam(net.parameters(), lr=rate)
        with record() as recording:
            for _ in range(25):
                loss = torch.nn.functional.cross_entropy(net(x), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        found[rate] = [finding.name for finding in diagnose(recording)]
    assert found == {1.0: ["lr-too-large"], 0.01: []}


@pytest.mark.parametrize("rate", [0.1, 1.0, 3.0])
def test_a_step_at_the_limit_would_have_lowered_the_loss_by_four_times_itself(rate: float) -> None:
    # The step is rate · c · w along a slope of c · w, and the loss c · w² / 2: the limit 2 / c makes it 4.
    evidence = descent(2.0, rate)
    assert reach(evidence, evidence.steps[0]) / evidence.losses[0] == pytest.approx(4 * rate / (2 / 2.0))


@pytest.mark.parametrize(("rate", "expected"), [(0.5, ["lr-too-large"]), (1e-5, [])])
def test_a_rate_with_which_the_first_update_breaks_the_loop_is_too_large(rate: float, expected: list[str]) -> None:
    torch.manual_seed(0)
    x, y = torch.randn(16, 4), torch.randn(16)
    w, v = torch.randn(4, 5, requires_grad=True), torch.randn(5, requires_grad=True)
    with record() as recording:
        for _ in range(20):
            loss = ((torch.exp(x @ w) @ v - y) ** 2).mean()
            loss.backward()
            with torch.no_grad():
                w -= rate * w.grad
                v -= rate * v.grad
            w.grad = v.grad = None
    assert bool(torch.isfinite(loss)) == (not expected)
    assert [finding.name for finding in diagnose(recording)] == expected
