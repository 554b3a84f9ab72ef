"""Warnings point to the person's line while their calls run inside ours.

Python takes a warning's place from the frame on top, which is the recorder's while it runs a call. Until the
recording ends, such warnings are moved to the frame that made the call, and shown once per line as ever.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

_HERE = str(Path(__file__).parent)
_OVERRIDES = "torch/overrides.py"


class WarningsMoved:
    """Shows warnings as they would have been shown without a recording."""

    def __init__(self, on_warning: Callable[[Any], object] = lambda message: None) -> None:
        self._show: Any = None  # warnings._showwarnmsg has no public type
        self._on_warning = on_warning
        """Told about each warning that is shown."""

    def begin(self) -> None:
        """Take the place of Python's own way to show a warning."""
        self._show = warnings._showwarnmsg  # type: ignore[attr-defined]
        warnings._showwarnmsg = self._moved  # type: ignore[attr-defined]

    def end(self) -> None:
        """Give it back."""
        warnings._showwarnmsg = self._show  # type: ignore[attr-defined]

    def _shown(self, message: Any) -> None:
        with suppress(Exception):  # a note is no reason to lose a warning
            self._on_warning(message)
        self._show(message)

    def _moved(self, message: Any) -> None:
        if not message.filename.startswith(_HERE) and not message.filename.endswith(_OVERRIDES):
            self._shown(message)
            return
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and not frame.f_code.co_filename.startswith(_HERE):
            frame = frame.f_back
        ours: dict[Any, Any] = frame.f_globals.get("__warningregistry__", {}) if frame is not None else {}
        shown_once = any(key[0] == str(message.message) for key in ours if isinstance(key, tuple))
        ours.clear()
        frame = caller_of(frame)
        if frame is None:
            self._shown(message)
            return
        registry = frame.f_globals.setdefault("__warningregistry__", {})
        key = (str(message.message), message.category, frame.f_lineno)
        if shown_once and registry.get(key):
            return
        if shown_once:
            registry[key] = True
        message.filename, message.lineno, message.line = frame.f_code.co_filename, frame.f_lineno, None
        self._shown(message)


@cache
def standing_in(module: str) -> Callable[[Callable[..., Any], Any, Any], Any]:
    """Return what runs a call as if it stood in a module: filters of warnings compare the module's name."""
    names: dict[str, Any] = {"__name__": module}
    source = "def run(func, args, kwargs):\n    return func(*args, **kwargs)"
    exec(compile(source, f"{__file__}:standing_in", "exec"), names)
    return names["run"]


def module_of(frame: FrameType) -> str:
    """Return the module that a warning of a call belongs to, by the frame that made the call."""
    caller = caller_of(frame) or frame
    return str(caller.f_globals.get("__name__", "__main__"))


def caller_of(frame: FrameType | None) -> FrameType | None:
    """Return the frame whose call ended up in the recorder's frame."""
    while frame is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    if frame is not None and frame.f_code.co_filename.replace("\\", "/").endswith(_OVERRIDES):
        # A function of PyTorch written in Python: it called the overrides, and the person's code called it.
        frame = frame.f_back and frame.f_back.f_back
    return frame
