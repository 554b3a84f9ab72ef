"""A recording as a notebook's output: a page in a frame, which is there without a kernel too, and text."""

from __future__ import annotations

import sys
from typing import Any

from retrograd.recording import Recording
from retrograd.views.page import frame
from retrograd.views.terminal import overview
from retrograd.views.text import Screen

MOST_IN_OUTPUT = 4_000_000
"""Bytes of values in a notebook's output, which is saved with the notebook; of a longer recording some steps are
left out there."""


def mimebundle(recording: Recording) -> dict[str, Any]:
    """Return what a notebook shows for a recording.

    It is no widget, for nbconvert prefers a widget to everything else, and leaves it blank where there is no network.
    """
    bundle = {"text/plain": overview(recording, Screen())}
    if len(recording.steps) and not _in_a_terminal():
        bundle["text/html"] = frame(recording, budget=MOST_IN_OUTPUT)
    return bundle


def _in_a_terminal() -> bool:
    """Return whether IPython runs in a terminal, which asks for everything and shows the text."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "TerminalInteractiveShell"
