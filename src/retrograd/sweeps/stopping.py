"""When a run stops: as its own loop would, as far as that can be read and explains where the recorded one ended, or as
one asks."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from retrograd.conditions import Condition, condition_of
from retrograd.engines.runs import Stop
from retrograd.engines.training import Training, training_in
from retrograd.errors import DimensionError, SweepError
from retrograd.recording import Recording, loss_of


def stop_of(
    recording: Recording, until: float | None, max_steps: int | None, growth: float | None, parameters: bool,
    known: Mapping[str, float],
) -> Stop:  # fmt: skip
    """Return when runs stop.

    Args:
        recording: What was recorded.
        until: The loss that ends a run; minus infinity if none does; None as in the loop.
        max_steps: After how many turns a run ends; None as in the loop.
        growth: A run ends when its loss has grown so many times.
        parameters: Whether the parameters matter that a run ends with.
        known: Variables of the loop whose numbers are known, such as the arguments of a function.

    Raises:
        SweepError: The loop ends by something that cannot be read, and nothing else was asked for.
        DimensionError: What was asked for makes no sense.
    """
    training = training_in(recording)
    found = condition_of(recording, known, whole=len(training.beginnings) == 1)
    _refuse_unread(found, until, max_steps)
    _refuse_what_explains_nothing(training, found, until, max_steps)
    if until is None and found.early is not None and parameters:
        raise SweepError(
            f"{found.early} ends the loop before the update of its last turn, and a sweep makes that update; so the "
            "parameters would be one update ahead. Ask for no parameters, or record a loop that breaks after its update"
        )
    until = found.until if until is None else until
    max_steps = found.max_steps if max_steps is None else max_steps
    if until is not None and not (math.isfinite(until) or until == -math.inf):
        raise DimensionError(f"until: {until} is no loss that a run could reach; give a finite number")
    if max_steps is None:
        raise SweepError(
            "the source of the loop does not say in numbers after how many steps it ends, so say it: max_steps=1000 "
            "(--max-steps 1000)"
        )
    if not isinstance(max_steps, (int, np.integer)) or max_steps < 1:
        raise DimensionError(f"max_steps: {max_steps!r} steps are no run; give a whole number of at least 1")
    if growth is not None and not growth > 1:
        raise DimensionError(f"growth: {growth} would end a run whose loss has not grown; give a number greater than 1")
    return Stop(None if until == -math.inf else until, int(max_steps), growth)


def _refuse_unread(found: Condition, until: float | None, max_steps: int | None) -> None:
    for end in found.unread:
        if end.by_value and until is None:
            raise SweepError(
                f"{end.text} can end the loop, but the source does not say in numbers at which loss. So say when a run "
                "ends: until=LOSS (--until LOSS), or until=-inf (--until=-inf) if no loss ends it"
            )
        if not end.by_value and until is None and max_steps is None:
            raise SweepError(
                f"{end.text} can end the loop, but the source does not say in numbers after how many steps. So say it: "
                "max_steps=1000 (--max-steps 1000)"
            )


def _refuse_what_explains_nothing(
    training: Training, found: Condition, until: float | None, max_steps: int | None
) -> None:
    """Refuse a condition under which the recorded loop itself would have ended in another turn than it did."""
    recording, turns = training.recording, training.length
    interrupted = recording.facts.get("closed") is False or any(note.kind == "error" for note in recording.notes)
    if "replayed" in recording.facts or interrupted or not recording.steps[-1].finished:
        return
    last = loss_of(recording.source.step(turns - 1))
    reached = turns + 1 if found.until is None else _first_at_most(training, found.until)
    went_on = (until is None and reached < turns) or (max_steps is None and turns > (found.max_steps or turns))
    # A loss that ends the loop before its backward call is in no recorded turn.
    explained = turns in (reached, found.max_steps or turns) or found.early is not None or bool(found.unread)
    if went_on or (until is None and not explained and math.isfinite(last)):
        after = "" if found.until is None else f"at a loss of {found.until:g}, or "
        raise SweepError(
            f"the source of the loop says that it ends {after}after {found.max_steps} steps, but the recorded one "
            f"ended after {turns}, at {last:g}. So say when a run ends: until=LOSS and max_steps=N (--until, "
            "--max-steps)"
        )


def _first_at_most(training: Training, until: float) -> int:
    """Return the first turn, from 1, whose loss is at most this; one more than there are if there is none."""
    for turn in range(training.length):
        if loss_of(training.recording.source.step(turn)) <= until:
            return turn + 1
    return training.length + 1
