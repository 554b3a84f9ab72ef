"""Each example runs from any folder, complains about nothing, and says what is known to be true.

The expected numbers are known without the example: from a formula, or from others who ran the loop.
"""

import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def numbers(printed: str, before: str) -> list[float]:
    """Return the first number after each occurrence of `before`."""
    return [float(n) for n in re.findall(re.escape(before) + r"\s*([-+]?\d+(?:\.\d+)?)", printed)]


def vector(printed: str, before: str) -> list[float]:
    """Return the entries of the one-dimensional tensor printed after `before`."""
    found = re.search(re.escape(before) + r"\s*tensor\(\[([^\]]+)\]", printed)
    assert found is not None, f"no tensor is printed after {before!r}"
    return [float(n) for n in found.group(1).split(",")]


def the_gradient_of_b_is_sigmoid_z_over_3(printed: str) -> None:
    expected = [1 / (1 + math.exp(-z)) / 3 for z in vector(printed, "z:")]
    # Both are printed with 4 decimals, and sigmoid / 3 is flatter than 1 / 12.
    tolerance = 0.5e-4 * (1 + 1 / 12)
    assert vector(printed, "Gradient of b:") == pytest.approx(expected, abs=tolerance)


def twenty_losses_fall(printed: str) -> None:
    # The loss is convex and its curvature at most 0.5, so at 0.1 < 2 / 0.5 every step descends.
    losses = numbers(printed, "Loss:")
    assert len(losses) == 20
    assert losses == sorted(set(losses), reverse=True)


def it_converges_after_414_steps(printed: str) -> None:
    assert numbers(printed, "Learning steps:") == [414]
    assert numbers(printed, "Loss at last:")[0] <= 0.01


def a_larger_learning_rate_needs_fewer_steps(printed: str) -> None:
    assert numbers(printed, "learning_rate =") == [0.001, 0.01, 0.1, 1, 10, 100]
    steps = numbers(printed, "steps =")
    assert steps == sorted(steps, reverse=True)
    # With 0.001 each z falls by less than 0.001 * 6 / 3 a step, by less than 2 in all, and that
    # divides no loss by more than e^2: from 0.68 it cannot come to 0.01.
    assert steps[0] == 1000


def results_remember_and_leaves_do_not(printed: str) -> None:
    for line in (
        "z.grad_fn: AddBackward0",
        "loss.grad_fn: BinaryCrossEntropyWithLogitsBackward0",
        "w.grad_fn: None",
        "b.grad_fn: None",
        "z.grad_fn after detach(): None",
    ):
        assert line in printed


def the_limit_lies_between_3_9_and_4_1(printed: str) -> None:
    runs = printed.split("learning_rate = ")[1:]
    settled = {float(run.split()[0]): "It settled" in run for run in runs}
    assert settled == {1.0: True, 3.9: True, 4.1: False}


def the_limit_lies_between_two_neighbours(printed: str) -> None:
    # The eigenvalues of a matrix (a, b; b, d), by hand.
    size, rooms = [353, 232, 205, 136, 148, 169, 222, 363, 325, 218], [3, 5, 2, 8, 4, 6, 7, 3, 5, 4]
    pairs = (size, size), (size, rooms), (rooms, rooms)
    a, b, d = (2 / 10 * sum(p * q for p, q in zip(*pair, strict=True)) for pair in pairs)
    largest = (a + d) / 2 + math.sqrt((a - d) ** 2 / 4 + b**2)
    assert f"{2 / largest:.5e}" == "1.60309e-05"
    assert "Limit of the learning rate: 1.60309e-05" in printed
    below, above = (run for run in printed.split("learning_rate = ")[1:])
    settling, exploding = ([float(n) for n in re.findall(r"Loss: (\S+)", run)] for run in (below, above))
    assert settling == sorted(settling, reverse=True)
    assert exploding == sorted(exploding)
    # After n steps the loss along the steep direction is (1 - learning_rate * largest)^(2 n) of what it was.
    assert exploding[-1] / exploding[0] == pytest.approx((1 - 1.604e-5 * largest) ** (2 * 9999), rel=0.01)


def nine_of_ten_tumours_are_recognised(printed: str) -> None:
    # Zero weights call every tumour a fair coin.
    assert numbers(printed, "Loss:")[0] == pytest.approx(math.log(2), abs=1e-6)
    assert numbers(printed, "Test accuracy:")[-1] > 0.9


def no_straight_line_separates_the_moons_so_well(printed: str) -> None:
    # The best straight line gets about 0.88 of the points right.
    assert numbers(printed, "Test accuracy:")[-1] > 0.95


def the_network_beats_the_naive_guess_but_not_the_noise(printed: str) -> None:
    noise = 0.1**2
    # A sine of period 25 moves by 2 sin(pi / 25) cos(...) a step; two values carry noise.
    naive = (2 * math.sin(math.pi / 25)) ** 2 / 2 + 2 * noise
    assert numbers(printed, "stays as it is:")[0] == pytest.approx(naive, rel=0.05)
    assert noise < numbers(printed, "over the last 50 windows:")[0] < naive / 2


def an_untrained_gpt_knows_nothing_and_learns(printed: str) -> None:
    (parameters,) = map(int, re.findall(r"(\d+) parameters", printed))
    (characters,) = map(int, re.findall(r"(\d+) different characters", printed))
    assert characters == len(set((EXAMPLES / "text.txt").read_text(encoding="utf-8")))
    d = 192
    block = 12 * d * d + 13 * d  # 4 d^2 of attention, 8 d^2 of the rest, and their vectors
    embeddings_and_head = characters * d + 64 * d + 2 * d + d * characters + characters
    assert parameters == 4 * block + embeddings_and_head
    losses = numbers(printed, "Loss:")
    assert len(losses) == 20
    # Logits of variance s add s / 2 to the loss of an even guess; here s = d * 0.02^2 = 0.077.
    assert losses[0] == pytest.approx(math.log(characters) + d * 0.02**2 / 2, abs=0.05)
    assert losses[-1] < losses[0] - 0.5


def the_true_line_is_found(printed: str) -> None:
    learned = numbers(printed, "weight:") + numbers(printed, "bias:")
    tolerance = 5 * 0.1 / math.sqrt(512)  # five standard errors: noise 0.1, 512 samples
    assert learned == pytest.approx([2.0, -3.0, 0.5, 1.0, 4.0], abs=tolerance)


def it_fits_better_than_any_straight_line(printed: str) -> None:
    # Of the variance 1 / 2 of a sine over one period, the best line explains 3 / pi^2.
    assert numbers(printed, "Loss:")[-1] < (1 / 2 - 3 / math.pi**2) / 10


def noise_is_not_fitted_in_twenty_steps(printed: str) -> None:
    # The network's output is small, so the loss is the mean of 272 squares of unit noise: variance 2 / 272.
    assert numbers(printed, "loss") == [pytest.approx(1, abs=5 * math.sqrt(2 / 272))]


CLAIMS: dict[str, Callable[[str], None]] = {
    "one_step": the_gradient_of_b_is_sigmoid_z_over_3,
    "twenty_steps": twenty_losses_fall,
    "convergence": it_converges_after_414_steps,
    "learning_rates": a_larger_learning_rate_needs_fewer_steps,
    "grad_fn_and_detach": results_remember_and_leaves_do_not,
    "twin": the_limit_lies_between_3_9_and_4_1,
    "scales": the_limit_lies_between_two_neighbours,
    "breast_cancer": nine_of_ten_tumours_are_recognised,
    "two_moons": no_straight_line_separates_the_moons_so_well,
    "two_moons_adam": no_straight_line_separates_the_moons_so_well,
    "rnn": the_network_beats_the_naive_guess_but_not_the_noise,
    "gpt": an_untrained_gpt_knows_nothing_and_learns,
    "gradient_accumulation": the_true_line_is_found,
    "fractal": noise_is_not_fitted_in_twenty_steps,
    "functional": it_fits_better_than_any_straight_line,
}


def test_every_example_has_a_claim_and_a_row_in_the_readme() -> None:
    names = {path.stem for path in EXAMPLES.glob("*.py")}
    assert names == set(CLAIMS)
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert names == set(re.findall(r"^\| `python examples/(\w+)\.py`", readme, re.MULTILINE))


@pytest.mark.parametrize("name", CLAIMS)
def test_the_example_runs_and_its_claim_holds(name: str, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    if name == "breast_cancer":
        pytest.importorskip("sklearn")
    ended = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py")],
        cwd=tmp_path,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    CLAIMS[name](ended.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("condition", ["tanh", "minibatch", "offset"])
def test_the_map_of_the_fractal_has_a_boundary(condition: str, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("matplotlib")
    script = EXAMPLES / "sweeps" / "fractal_map.py"
    options = ["--condition", condition, "--size", "9", "--steps", "25", "--output", str(tmp_path)]
    ended = subprocess.run(
        [sys.executable, str(script), *options], capture_output=True, text=True, timeout=300, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    # Small rates converge and large ones do not, and both are on the map.
    (share,) = numbers(ended.stdout, "converged")
    assert 10 < share < 90
    (picture,) = tmp_path.glob("*.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
