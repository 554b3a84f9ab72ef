"""Views show a recording. They know no PyTorch: a saved recording is shown at once, without it."""

from __future__ import annotations

import sys

from retrograd.recording import Recording


def show(recording: Recording, step: int | None = None, event: int | None = None) -> None:
    """Print a recording: all of it at a glance, one step event by event, or one event in full.

    Args:
        recording: What was recorded.
        step: A step, from 0; negative numbers count from the last.
        event: An event of the step (of the last one, if no step is given).
    """
    from retrograd.views.terminal import event_text, overview, step_text
    from retrograd.views.text import screen_of

    screen = screen_of(sys.stdout)
    if step is None and event is None:
        text = overview(recording, screen)
    else:
        chosen = recording.steps[-1 if step is None else step]
        text = step_text(recording, chosen, screen) if event is None else event_text(recording, chosen, event, screen)
    print(text, end="")
