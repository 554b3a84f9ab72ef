"""Which seeds learners get: random numbers with which every question has the answer that its reasons explain."""

from __future__ import annotations

import secrets

LAST = 999
"""Seeds go from 0 to this one. Larger ones were not looked at."""

# fmt: off
ODD = frozenset({
    71, 72, 85, 88, 106, 118, 222, 263, 271, 276, 296, 315, 318, 390, 400, 589,
    596, 641, 660, 712, 720, 767, 807, 823, 831, 849, 873, 878, 899, 925, 926, 972,
})
# fmt: on
"""Seeds with which a loop begins where it has nearly arrived or too far away: some question has another answer there.

`tests/lessons/test_seeds.py` works them out from the formulas of the chapters.
"""


def drawn() -> int:
    """Return a seed for a new learner."""
    return secrets.choice([seed for seed in range(1, LAST + 1) if seed not in ODD])


def problem_with(seed: int) -> str:
    """Return why the lesson cannot be done with a seed; empty if it can."""
    if not 0 <= seed <= LAST:
        return f"the lesson was tried with the seeds 0 to {LAST}; {seed} is none of them."
    if seed in ODD:
        another = next(other for other in range(seed, LAST + 1) if other not in ODD)
        return f"with the seed {seed} a loop begins where some question has another answer. Take {another}."
    return ""
