"""What chapter 11 asks: six learning rates, and many."""

from __future__ import annotations

import math

from retrograd.errors import LessonError
from retrograd.lessons.finding import AGAIN, turns
from retrograd.lessons.grading import choice, number
from retrograd.recording import Recording, loss_of
from retrograd.sweeps import sweep


def losses_by_rate(recording: Recording, name: str = "lr") -> dict[float, list[float]]:
    """Return the loss of each step, apart by the number that the loop calls `lr`."""
    losses: dict[float, list[float]] = {}
    for step in turns(recording):
        constants = step.program.constants if step.program else ()
        rates = [step.constants.get(constant.number, constant.value) for constant in constants if constant.name == name]
        if rates:
            losses.setdefault(float(rates[0].real), []).append(loss_of(step))
    return losses


@choice(
    a="They are on the way when the 1000 steps are used up: 1 / (2 · 0.01 · 0.01) is 5000 steps for the rate 0.01, and "
    "ten times as many for 0.001. A large step only goes further down.",
    b="To jump over the goal, there has to be a place behind it where the loss is higher again. Where is it, with the "
    "targets 0? Then put a small rate into the formula.",
    c="Half of it. The formula is about some of the rates. For the others ask what there is to jump over.",
)
def which_fail(recording: Recording) -> str:
    """Which of the six rates do not reach the threshold of the problem without a minimum?"""
    return _letter(recording, 0.01, {(0.001, 0.01): "a", (10.0, 100.0): "b", (0.001, 0.01, 10.0, 100.0): "c"})


@choice(
    a="The lines are the same, but torch.randn goes on in its sequence: each call draws the next numbers.",
    b="The first loss depends on w and b alone, and it is another one for each rate. The seed was set once, so each "
    "rate drew the numbers that came next.",
    c="The first loss is computed before the first update. The rate has not been used by then.",
)
def same_start(recording: Recording) -> str:
    """Do all rates begin alike?"""
    firsts = {losses[0] for losses in _six(recording).values()}
    return "a" if len(firsts) == 1 else "b"


@choice(
    a="Here is a minimum to jump over. Look at the last losses of the rates 10 and 100: they are above the first ones.",
    b="A rate can be too small as well: 0.001 makes steps a hundred times shorter than 0.1 does.",
    c="0.001 is too slow, and 10 and 100 jump over the minimum, back, and over it again. In between, all three arrive.",
)
def twin_fails(recording: Recording) -> str:
    """Which of the six rates do not reach the twin's threshold?"""
    return _letter(recording, math.log(2) + 0.01, {(0.001,): "a", (10.0, 100.0): "b", (0.001, 10.0, 100.0): "c"})


@number(
    relative=0.15,
    because="Small steps follow one path, so the steps times the rate stay the same.",
    mistaken={
        "The other way round: a smaller rate needs more steps.": 0.1,
        "As many would mean that the rate makes no difference. The way is the same, the steps are shorter.": 1,
    },
)
def tenth(recording: Recording) -> float:
    """How many times as many steps does a tenth of the rate need?"""
    result = sweep(recording, learning_rate=[0.001, 0.01], until=math.log(2) + 0.01, max_steps=20_000)
    slow, fast = result["steps"].values.ravel()
    return float(slow / fast)


def _letter(recording: Recording, threshold: float, letters: dict[tuple[float, ...], str]) -> str:
    return letters[tuple(rate for rate, losses in _six(recording).items() if losses[-1] > threshold)]


def _six(recording: Recording) -> dict[float, list[float]]:
    """Return the losses of each rate. A cell that was stopped on the way has not seen them all."""
    losses = losses_by_rate(recording)
    if [*losses] != [0.001, 0.01, 0.1, 1.0, 10.0, 100.0]:
        raise LessonError(f"the recording has not all six rates. {AGAIN}")
    return losses
