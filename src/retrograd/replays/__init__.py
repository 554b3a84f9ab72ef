"""replay(recording, learning_rate=0.5): what the loop would have done with other numbers.

The programs of the recording are executed again, turn after turn, each on what the turn before left. What was changed
takes the place of what came from outside: a number in the operations, a tensor that the loop began with, the data.
The result is a recording, so whatever works on recordings works on it.

survey.py          what can be changed
asked.py           what is to be changed
optimizing.py      what torch's optimizers make of changed options
continuing.py      what more steps would do than were recorded
dtypes.py          another kind of floating-point numbers
leaving_out.py     what is left out, and what stands in for it
running.py         the steps, executed below autograd
ending.py          where the script would have ended its loop
rebuilding.py      the steps whose graphs are built anew
above_autograd.py  one of these
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from retrograd.recording import Recording
from retrograd.replays.running import Replay
from retrograd.replays.survey import Survey

Changes = Mapping[str, Any]
"""By the person's names: a number or a tensor; or a list, one for each step."""

__all__ = ["Changes", "changeable", "replay"]


def replay(
    recording: Recording,
    changes: Changes | None = None,
    /,
    *,
    steps: int | None = None,
    until: float | None = None,
    dtype: str | torch.dtype | None = None,
    clear: bool | None = None,
    without: str | Sequence[str] = (),
    **named: Any,  # a number, a tensor, anything that NumPy makes an array of, or a list of these
) -> Recording:
    """Run the loop again from its recording, with some things changed, and return what happens as a recording.

    Without a change it is the recording again, bit by bit. With changes it is what the script would do if it were
    edited so, also bit by bit, as long as the script would take the same way through its code.

    Args:
        recording: What was recorded.
        changes: What to change, for names that are no Python names: `{"model.0.weight": W, "line 13: 0.02": 0.05}`.
        named: The same, as keywords: `learning_rate=0.5, w=torch.zeros(5, 3)`. A number takes another's place
            wherever the loop computes with it. A tensor takes the place of one that the loop began with, or of one
            that comes from outside in each step. A list holds one value for each step.
        steps: How many; as many as were recorded if not given. More are possible if the last steps repeated the
            steps before them and nothing came from outside.
        until: Stops after the first step whose loss is not larger.
        dtype: Computes in `float64`, say, instead of the recorded kind of floating-point numbers.
        clear: False never clears a gradient, True clears all of them at the end of each step.
        without: What is left out: a line as `line 29`, a call as `detach`, or a call in a line as `line 29: detach`.

    Raises:
        NameUnknownError: Nothing that can be changed has this name; the message says what can.
        ShapeError: A tensor has another shape than the one that it stands for.
        BeyondRecordingError: The recording does not say what the script would do.
        NotKeptError: A step was recorded without its program, or without what it starts from.
        NotReproducibleError: A step cannot be executed again.
    """
    return Replay(recording, {**(changes or {}), **named}, steps, until, dtype, clear, without).run()


def changeable(recording: Recording) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the numbers, and of the tensors, that a replay can change."""
    survey = Survey(recording)
    return (*survey.constants, *survey.options), tuple(survey.entries)
