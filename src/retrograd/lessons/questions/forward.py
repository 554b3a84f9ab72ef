"""What chapter 1 asks: z = xW + b."""

from __future__ import annotations

import numpy as np

from retrograd.lessons.finding import number_called
from retrograd.lessons.grading import choice, number
from retrograd.recording import Recording


def _without_bias(recording: Recording) -> float:
    return float(number_called(recording, "z")[0] - number_called(recording, "b")[0])


def _of_the_row(recording: Recording) -> float:
    return float(number_called(recording, "w")[0].sum() + number_called(recording, "b")[0])


@number(
    absolute=0.02,
    because="Every x is 1, so add the five numbers in the first column of w, then b[0].",
    mistaken={
        "That is the sum of the column. The formula has + b at its end.": _without_bias,
        "That is a row of w, and b[0]. matmul(x, w) adds up columns: five numbers, one for each x.": _of_the_row,
    },
)
def first_z(recording: Recording) -> float:
    """What is the first number that comes out?"""
    return float(number_called(recording, "z")[0])


@choice(
    a="Then z[0] would move whichever entry of w you change. A cell below changes one: see what moves.",
    b="A row belongs to one entry of x and takes part in all three sums, with one number each.",
    c="z[0] adds up x[0] w[0, 0] to x[4] w[4, 0], then b[0]: six of the eighteen numbers.",
)
def depends(recording: Recording) -> str:
    """Which entries does the first number depend on?"""
    x, w, b, z = (number_called(recording, name).astype(float) for name in "xwbz")
    column, row = x @ w[:, 0] + b[0], x[: w.shape[1]] @ w[0] + b[0]
    return "c" if np.isclose(column, z[0], atol=1e-5) else "b" if np.isclose(row, z[0], atol=1e-5) else "a"


@choice(
    a="PyTorch does look at shapes: an addition repeats what is missing until both are equally large.",
    b="The three sums are not dropped. They lie in a row, the biases in a column, and neither gives way.",
    c="The row of sums (3,) and the column of biases (3, 1) are both repeated to (3, 3). Nine numbers come out where "
    "three were meant.",
)
def column(recording: Recording) -> str:
    """What shape has a row plus a column?"""
    return {(3,): "a", (3, 1): "b", (3, 3): "c"}[number_called(recording, "z").shape]
