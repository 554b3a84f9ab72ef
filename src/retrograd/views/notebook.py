"""A recording as a notebook's output: a page in a frame, which is there without a kernel too, and text."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from retrograd.recording import Recording
from retrograd.views.data import Extra
from retrograd.views.lines import file_name, main_file
from retrograd.views.page import frame
from retrograd.views.terminal import overview
from retrograd.views.text import Screen

MOST_IN_OUTPUT = 4_000_000
"""Bytes of values in a notebook's output, which is saved with the notebook; of a longer recording some steps are
left out there."""


def mimebundle(recording: Recording, findings: Sequence[Any] | None = None) -> dict[str, Any]:
    """Return what a notebook shows for a recording.

    It is no widget, for nbconvert prefers a widget to everything else, and leaves it blank where there is no network.

    Args:
        recording: What was recorded.
        findings: Shown beside it; what `diagnose` finds, if not given.
    """
    bundle = {"text/plain": overview(recording, Screen())}
    if _something_happened(recording) and not _in_a_terminal():
        bundle["text/html"] = frame(recording, Extra(title=_title(recording), findings=findings), budget=MOST_IN_OUTPUT)
    return bundle


def _title(recording: Recording) -> str:
    """Return `cell` for a notebook's cell, whose script is the kernel's; else nothing, and the script is named."""
    file = main_file(recording)
    name = file_name(file) if file else ""
    return name if name.startswith("cell") else ""


def in_brief(recording: Recording, name: str, path: str | None) -> str:
    """Return what stands below a recorded cell, where the recording itself is shown by a cell with its name.

    Args:
        recording: What was recorded.
        name: The variable that holds it.
        path: The file that it was written to.
    """
    count, losses = len(recording.steps), recording.loss
    what = f"{count} step{'' if count == 1 else 's'}" if count else "no call of backward"
    course = f", loss {losses[0]:.4g} → {losses[-1]:.4g}" if len(losses) > 1 else ""
    file = f" and in {path}" if path else ""
    unseen = any(note.kind in ("unseen", "unstable") for note in recording.notes)
    missing = f" Not everything was seen: retrograd.show({name}) says what." if unseen else ""
    return f"recorded in `{name}`{file}: {what}{course}.{missing}\n"


def _something_happened(recording: Recording) -> bool:
    """Return whether there is anything to step through: a loop, or at least a forward pass."""
    outside = (recording.before, recording.after)
    return len(recording.steps) > 0 or any(step is not None and step.program is not None for step in outside)


def _in_a_terminal() -> bool:
    """Return whether IPython runs in a terminal, which asks for everything and shows the text."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "TerminalInteractiveShell"
