"""Views show a recording. They know no PyTorch: a saved recording is shown at once, without it."""

from __future__ import annotations

import sys

from retrograd.errors import NotKeptError
from retrograd.recording import Recording, Step


def show(recording: Recording, step: int | str | None = None, event: int | None = None) -> None:
    """Print a recording: all of it at a glance, one step event by event, or one event in full.

    Args:
        recording: What was recorded.
        step: A step, from 0; negative numbers count from the last. `"before"` and `"after"` are what happened around
            the loop.
        event: An event of the step (of the last one, if no step is given).
    """
    from retrograd.views.text import screen_of

    screen = screen_of(sys.stdout)
    # Each text brings what it needs; the overview needs least, and must be there at once.
    if step is None and event is None:
        from retrograd.views.terminal import overview

        print(overview(recording, screen), end="")
        return
    chosen = _chosen(recording, -1 if step is None else step)
    if event is None:
        from retrograd.views.steps import step_text

        print(step_text(recording, chosen, screen), end="")
    else:
        from retrograd.views.details import event_text

        print(event_text(recording, chosen, event, screen), end="")


def _chosen(recording: Recording, wanted: int | str) -> Step:
    around = {"before": recording.before, "after": recording.after}
    if wanted in around:
        step = around[str(wanted)]
        if step is None:
            raise NotKeptError(f"nothing was recorded {wanted} the loop; it has {len(recording.steps)} steps")
        return step
    if isinstance(wanted, str):
        raise ValueError(f"a step is a number, 'before' or 'after'; {wanted!r} is none")
    return recording.steps[wanted]
