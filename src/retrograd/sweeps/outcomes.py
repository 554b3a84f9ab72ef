"""What became of a run, in one word."""

from __future__ import annotations

import numpy as np

from retrograd.engines.runs import GREW, NONFINITE, NOT_RUN, REACHED, USED_UP, Answer, part_of

AT_ONCE = 1 << 16
"""So many runs are looked at together: what is computed on the way needs more memory than the outcomes."""

OUTCOMES = ("not run", "converged", "slow", "oscillating", "diverged", "non-finite")
"""By the number that stands for it in a result.

converged     the loss reached the threshold; or, where none was given, the last updates changed nothing any more
slow          it used all its steps, and was still on its way
oscillating   it used all its steps; each update takes back the one before it, and after as many steps again the swing
              would still be more than half as wide and less than twice
diverged      its loss ended above the loss that it began with
non-finite    its loss became infinite or no number
"""


def outcomes(answer: Answer, threshold: bool) -> np.ndarray:
    """Return the outcome of each run, int8, as a place in `OUTCOMES`.

    Args:
        answer: What became of the runs.
        threshold: Whether there was a loss to reach.
    """
    found = np.zeros(len(answer.steps), np.int8)
    for first in range(0, len(found), AT_ONCE):
        here = slice(first, first + AT_ONCE)
        found[here] = _outcomes(part_of(answer, here.start, here.stop), threshold)
    return found


def _outcomes(answer: Answer, threshold: bool) -> np.ndarray:
    found = np.zeros(len(answer.steps), np.int8)
    used_up = answer.ended == USED_UP
    found[used_up] = 2
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        settled = used_up & np.isnan(answer.turning) & ~np.isnan(answer.falling)
        found[used_up & (answer.final_loss > answer.first_loss)] = 4
        later = answer.steps * np.log2(answer.shrinking)
        swings = (answer.turning < 0) & (np.abs(later) < 1)
        found[used_up & swings] = 3
        if not threshold:
            found[settled] = 1
    found[answer.ended == REACHED] = 1
    found[answer.ended == GREW] = 4
    found[answer.ended == NONFINITE] = 5
    found[answer.ended == NOT_RUN] = 0
    return found
