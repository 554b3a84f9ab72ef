"""What is asked of an engine, and what it answers: runs, when they stop, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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


def joined(answers: Sequence[Answer]) -> Answer:
    """Return answers one after another as one."""
    if len(answers) == 1:
        return answers[0]
    fields = ("steps", "final_loss", "first_loss", "lowest_loss", "ended", "turning", "shrinking", "falling")
    columns = {name: np.concatenate([getattr(answer, name) for answer in answers]) for name in fields}
    history = None
    if answers[0].history is not None:
        history = np.concatenate([answer.history for answer in answers if answer.history is not None])
    names = answers[0].parameters
    parameters = {name: np.concatenate([answer.parameters[name] for answer in answers]) for name in names}
    return Answer(**columns, history=history, parameters=parameters)


Progress = Callable[[int, int], None]
"""Is told how many runs have ended since it was last told, and how many turns they took together."""


def unwatched(runs: int, turns: int) -> None:
    """Do nothing."""
