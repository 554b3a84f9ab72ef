"""What is asked of an engine, and what it answers: runs, when they stop, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Literal

import numpy as np

Ended = Literal[0, 1, 2, 3, 4]
NOT_RUN, REACHED, USED_UP, NONFINITE, GREW = 0, 1, 2, 3, 4
"""How a run ended: not run yet; its loss reached the threshold; it used all its steps; its loss was no finite number;
its loss grew beyond the factor that was given."""


@dataclass(frozen=True)
class Stop:
    """When a run stops, looked at after each turn as `while loss_value > until and step < max_steps` does."""

    until: float | None
    """The loss that is small enough; None if nothing but the number of steps counts."""
    max_steps: int
    growth: float | None = None
    """A run stops, too, when its loss is this many times what it was in the first turn."""


@dataclass(frozen=True)
class Answer:
    """What became of runs, in their order."""

    steps: np.ndarray
    """Turns that were run, int32."""
    final_loss: np.ndarray
    """The loss of the last of them, computed before its update, float64."""
    first_loss: np.ndarray
    lowest_loss: np.ndarray
    """The least finite one."""
    ended: np.ndarray
    """int8: see above."""
    turning: np.ndarray
    """Of runs that used up their steps: the cosine of the angle between two updates that follow one another; -1 means
    that the second took back the first. NaN elsewhere."""
    shrinking: np.ndarray
    """Of such runs: the length of the second of these updates beside the first."""
    falling: np.ndarray
    """Of such runs: how much the loss fell over these two turns, in units of what the dtype resolves of it."""
    history: np.ndarray | None = None
    """If asked for, the loss of each turn, shape (runs, max_steps), NaN after the last."""
    parameters: Mapping[str, np.ndarray] = field(default_factory=dict)
    """If asked for, the parameters that each run ended with, shape (runs, *shape)."""


def no_answer(count: int) -> Answer:
    """Return the answer for runs that were not run yet."""
    loss = np.full(count, np.nan)
    return Answer(
        np.zeros(count, np.int32), loss, loss.copy(), loss.copy(), np.zeros(count, np.int8),
        loss.copy(), loss.copy(), loss.copy(),
    )  # fmt: skip


def part_of(answer: Answer, first: int, last: int) -> Answer:
    """Return the answer for the runs from `first` to before `last`."""
    columns = {field.name: getattr(answer, field.name) for field in fields(answer) if field.name != "parameters"}
    parts = {name: None if column is None else column[first:last] for name, column in columns.items()}
    return replace(answer, **parts, parameters={n: column[first:last] for n, column in answer.parameters.items()})


def joined(answers: Iterable[Answer], count: int) -> Answer:
    """Return answers one after another as one; of a generator's, no more than one is in memory besides.

    Args:
        answers: Of some runs each, in their order.
        count: How many runs there are in all.
    """
    whole, at = None, 0
    for answer in answers:
        if whole is None and len(answer.steps) == count:
            return answer
        whole = _room_for(answer, count) if whole is None else whole
        for into, column in zip(_columns(whole), _columns(answer), strict=True):
            into[at : at + len(column)] = column
        at += len(answer.steps)
    return no_answer(count) if whole is None else whole


def _columns(answer: Answer) -> list[np.ndarray]:
    found = [getattr(answer, field.name) for field in fields(answer)]
    return [column for column in found if isinstance(column, np.ndarray)] + list(answer.parameters.values())


def _room_for(answer: Answer, count: int) -> Answer:
    def room(column: np.ndarray) -> np.ndarray:
        return np.empty((count, *column.shape[1:]), column.dtype)

    history = None if answer.history is None else room(answer.history)
    parameters = {name: room(column) for name, column in answer.parameters.items()}
    return replace(no_answer(count), history=history, parameters=parameters)


Progress = Callable[[int, int], None]
"""Is told how many runs have ended since it was last told, and how many turns they took together. It is told 0 now and
then, too, so that it can end the whole by raising something."""


Meanwhile = Callable[[Callable[[], bool]], None]
"""What is done while a compiler works: it is given a function that says whether the compiler is done by now."""


def unwatched(runs: int, turns: int) -> None:
    """Do nothing."""


def idle(done: Callable[[], bool]) -> None:
    """Do nothing."""
