"""A recording as a notebook's output: the widget where there can be one, a page for everybody else, and text."""

from __future__ import annotations

import sys
from typing import Any

from retrograd.recording import Recording
from retrograd.views.page import frame
from retrograd.views.terminal import overview
from retrograd.views.text import Screen

MOST_IN_OUTPUT = 4_000_000
"""Bytes of values in a notebook's output, which is saved with the notebook; of a longer recording some steps are
left out there. The widget has all."""


def mimebundle(recording: Recording) -> tuple[dict[str, Any], dict[str, Any]] | dict[str, Any]:
    """Return what a notebook shows for a recording: text, a page within the page, and the widget if there is one."""
    bundle: dict[str, Any] = {"text/plain": overview(recording, Screen())}
    if not len(recording.steps) or _in_a_terminal():
        return bundle
    bundle["text/html"] = frame(recording, budget=MOST_IN_OUTPUT)
    try:
        from retrograd.views.widget import RecordingWidget
    except ImportError:
        return bundle  # without retrograd[notebook]
    made = RecordingWidget(recording)._repr_mimebundle_()
    if made is None:
        return bundle
    widget, metadata = made if isinstance(made, tuple) else (made, {})
    # The widget's own text would only say what it is.
    return {**{key: value for key, value in widget.items() if key not in bundle}, **bundle}, metadata


def _in_a_terminal() -> bool:
    """Return whether IPython runs in a terminal, which asks for everything and shows the text."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "TerminalInteractiveShell"
