"""Where the script would have ended its loop with the changed numbers, if its source says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from retrograd.conditions import Condition, condition_of
from retrograd.recording import Note, Recording


def notes_on_the_end(recording: Recording, losses_of: Callable[[], Sequence[float]]) -> list[Note]:
    """Return a note if the script would have ended in another turn than its replay, or if that cannot be known.

    Args:
        recording: What was recorded.
        losses_of: Gives those of the replay, which has as many steps as the recording.
    """
    found = condition_of(recording)
    unread = next((end for end in found.unread if end.by_value), None)
    if unread is not None:
        return [
            Note("unseen", None, None, f"{unread.text} can end the loop; what it would have done here is not known")
        ]
    if found.until is None:
        return []
    losses = losses_of()
    return _about_a_loss(found, found.until, losses) if losses else []


def _about_a_loss(found: Condition, until: float, losses: Sequence[float]) -> list[Note]:
    reached = next((step for step, loss in enumerate(losses) if loss <= until), None)
    if reached is not None and reached + 1 < len(losses):
        what = f"the loss is {losses[reached]:g} here, and the script ends its loop (line {found.line}) at {until:g}"
        return [
            Note("unseen", reached, None, f"{what}; what follows it would not have done. until={until:g} stops there")
        ]
    if reached is None and found.max_steps is not None and len(losses) < found.max_steps and found.early is None:
        what = f"the loss is {losses[-1]:g} here, and the script would have gone on (line {found.line}) to {until:g}"
        asked = f"steps={found.max_steps} and until={until:g}"
        return [Note("unseen", len(losses) - 1, None, f"{what} or {found.max_steps} steps: {asked} do so")]
    return []
