"""For each seed of a learner, the questions about random numbers have the answers that their reasons explain.

The loops are computed here for all seeds at once, by the formula of the chapters: z - 6 rate (sigma(z) - target) / 3.
"""

import math

import numpy as np
import pytest
import torch

from retrograd.errors import LessonError
from retrograd.lessons import folder
from retrograd.lessons.seeds import LAST, ODD, drawn, problem_with

LN2 = math.log(2)
STEPS = 1020  # the loops of the chapters end after 1000; a count near that could be another one in float32
RATES = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0)


@pytest.fixture(scope="module")
def starts() -> np.ndarray:
    """Each z that a seed draws, one after another as chapter 11 does: shape (seeds, 6, 3)."""
    drawn = []
    for seed in range(LAST + 1):
        torch.manual_seed(seed)
        drawn.append([(torch.randn(5, 3).sum(0) + torch.randn(3)).double().numpy() for _ in RATES])
    return np.array(drawn)


def sigma(z: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(z / 2))


def losses(z: np.ndarray, target: float, rate: float, steps: int = STEPS, *, clear: bool = True) -> np.ndarray:
    """The loss of each step, for every seed."""
    found, stored = [], np.zeros_like(z)
    for _ in range(steps):
        found.append((np.logaddexp(0, z) - target * z).mean(-1))
        stored = (sigma(z) - target) / 3 + (0 if clear else stored)
        z = z - 6 * rate * stored
    return np.array(found).T


def first_below(loss: np.ndarray, level: float) -> np.ndarray:
    """The first step with at most this loss; as many as there are steps, if none has."""
    below = loss <= level
    return np.where(below.any(1), below.argmax(1), loss.shape[1])


def convergence(z: np.ndarray) -> np.ndarray:
    """Chapter 10: the second halving takes about twice as long, and the loss falls to the end."""
    loss = losses(z, 0.0, 0.1)
    four, two, one = (first_below(loss, level) for level in (0.04, 0.02, 0.01))
    halfway = np.take_along_axis(loss, one[:, None] // 2, 1)[:, 0]
    roughly_125 = (two - four >= 75) & (two - four <= 135)
    return (four > 0) & roughly_125 & (one - two >= 1.6 * (two - four)) & (one < 990) & (0.7 * halfway > 0.01)


def thousandth(z: np.ndarray) -> np.ndarray:
    """Chapter 10: it takes about 5000 steps to a loss of 0.001, within what the question takes for right."""
    steps = first_below(losses(z, 0.0, 0.1, 6000), 0.001) + 1
    return np.abs(5000 - steps) < 0.145 * steps


def clearing(z: np.ndarray) -> np.ndarray:
    """Chapter 8: without clearing it is far faster, and the twin swings."""
    cleared, never = (first_below(losses(z, 0.0, 0.1, clear=clear), 0.01) for clear in (True, False))
    twin = losses(z, 0.5, 1.0, 60, clear=False)
    return (12 * (never + 1) < cleared) & (twin[:, -20:].max(1) > LN2 + 0.015) & (np.diff(twin) > 1e-4).any(1)


def six_rates(z: np.ndarray) -> np.ndarray:
    """Chapter 11: the two small rates fail, each from a start of its own; 1 is faster than the usual ones."""
    steps = np.array([first_below(losses(z[:, place], 0.0, rate), 0.01) for place, rate in enumerate(RATES)])
    fail, arrive = (steps[:2] > 1010).all(0), (steps[2:] < 990).all(0)
    return fail & arrive & (steps[3] < steps[2] - 2) & (steps[4:] < 9).all(0)


def twin_rates(z: np.ndarray) -> np.ndarray:
    """Chapter 11: 0.001, 10 and 100 fail on the twin, and the two large ones end above their first loss."""
    loss = [losses(z, 0.5, rate) for rate in RATES]
    steps = np.array([first_below(each, LN2 + 0.01) for each in loss])
    fail, arrive = (steps[[0, 4, 5]] > 1010).all(0), (steps[1:4] < 990).all(0)
    above = [each[:, 999] > each[:, 0] + 0.01 for each in loss[4:]]
    return fail & arrive & (steps[3] < steps[2] - 2) & above[0] & above[1]


def clinic(z: np.ndarray) -> np.ndarray:
    """Chapter 14: loop 1 begins faster than the good one, loop 4 hardly moves, loop 7 never comes down again."""
    good, never, far = losses(z, 0.5, 0.1, 20), losses(z, 0.5, 0.1, 20, clear=False), losses(z, 0.5, 20.0, 20)
    p, twice = sigma(z), []
    for _ in range(20):
        twice.append((np.logaddexp(0, p) - 0.5 * p).mean(-1))
        z = z - 0.2 * (sigma(p) - 0.5) * p * (1 - p)
        p = sigma(z)
    hardly = abs(twice[-1] - twice[0]) < 0.2 * abs(good[:, -1] - good[:, 0])
    return (never[:, 2:6] < good[:, 2:6] - 1e-6).all(1) & hardly & (far[:, 1:] > good[:, :1] + 1e-3).all(1)


def one_z(starts: np.ndarray) -> np.ndarray:
    """Chapter 12: the z that is followed begins away from 0."""
    begins = []
    for seed in range(len(starts)):
        torch.manual_seed(seed)
        begins.append(torch.randn(1).item())
    return np.abs(begins) > 1e-3


def test_the_seeds_that_are_left_out_are_those_with_another_answer(starts):
    z = starts[:, 0]
    loop = losses(z, 0.0, 0.1, 20)
    falls = loop[:, 19] < 0.85 * loop[:, 0]  # chapter 9: the first loss is no prediction of the last
    found = [
        convergence(z),
        thousandth(z),
        clearing(z),
        six_rates(starts),
        twin_rates(z),
        clinic(z),
        one_z(starts),
        falls,
    ]
    assert {int(seed) for seed in np.flatnonzero(~np.all(found, axis=0))} == ODD


def test_nobody_draws_one_of_them(monkeypatch, tmp_path):
    monkeypatch.setattr("secrets.choice", lambda seeds: seeds)
    assert drawn() == [seed for seed in range(1, LAST + 1) if seed not in ODD]
    monkeypatch.setattr(folder, "drawn", lambda: 8)
    assert folder.opened(str(tmp_path))[1].seed == 8


def test_whoever_asks_for_one_of_them_is_told_another():
    for seed in ODD:
        assert not problem_with(int(problem_with(seed).split()[-1].rstrip(".")))
    assert "0 to 999" in problem_with(1000)
    assert not problem_with(0)


def test_a_lesson_that_was_begun_with_another_seed_goes_on(tmp_path):
    from retrograd.lessons import progress

    (tmp_path / "retrograd-lesson").mkdir()
    progress.write(str(tmp_path / "retrograd-lesson"), progress.Progress(926))
    assert folder.opened(str(tmp_path))[1].seed == 926
    (tmp_path / "new").mkdir()
    with pytest.raises(LessonError, match=r"another answer. Take 927"):
        folder.opened(str(tmp_path / "new"), seed=926)
