"""explain(recording, step, event): what an event computes, as mathematics with the recorded numbers put in.

It returns data and knows no screen and no PyTorch. A forward operation has a rule for each of its results, a backward
node one for each gradient that it passes on, an accumulation, an update and a clear one each.

parts.py     what an explanation is
events.py    each kind of event in its own way
naming.py    what the names in a row of the table are called by the person, and what they stand for
rules.py     a formula with names and numbers put in
"""

from __future__ import annotations

import numpy as np

from retrograd.errors import NotKeptError
from retrograd.explanation.events import Explaining
from retrograd.explanation.parts import Example, Explanation, Rule
from retrograd.recording import Recording, Step

__all__ = ["Example", "Explanation", "Rule", "explain"]


def explain(recording: Recording, step: int | Step, event: int) -> Explanation:
    """Say what an event of a step computes, with its numbers.

    Args:
        recording: What was recorded.
        step: A step by its number, negative ones from the last; or a step itself, such as one that
            `retrograd.program.reconstruct` has completed.
        event: The number of the event in the step, from 0.

    Raises:
        NotKeptError: There is no such step or no such event, or the step was recorded lightly and has no events.
    """
    chosen = recording.steps[recording.steps.number(step)] if isinstance(step, int) else step
    program = chosen.program
    if program is None:
        raise NotKeptError(f"step {chosen.number} was recorded lightly: only its loss and gradient norms were kept")
    if not 0 <= event < len(program.events):
        raise NotKeptError(f"step {chosen.number} has the events 0 to {len(program.events) - 1}, and no event {event}")
    with np.errstate(all="ignore"):
        return Explaining(recording, chosen, program).explanation(program.events[event])
