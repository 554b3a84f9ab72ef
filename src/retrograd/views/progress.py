"""A line that says how far a recording is, while nothing else is being written to the terminal.

The line stands only where a new line of output would begin, and it is gone before the script's next output.
For that, the `write` of a stream that is a terminal is watched; a stream that is none is left alone.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

from retrograd.views.numbers import number
from retrograd.views.text import fit, screen_of

PATIENCE = 2.0
"""Seconds before the line appears for the first time: most loops are over by then."""

INTERVAL = 0.5
"""Seconds between two looks at the counter."""

_ERASE = "\r\x1b[K"


class ProgressLine:
    """Counts steps for whoever records, and shows the count now and then from a thread of its own."""

    def __init__(self, stream: TextIO, others: tuple[TextIO, ...] = ()) -> None:
        """Watch a terminal.

        Args:
            stream: Where the line is shown.
            others: What else may write to the same terminal, such as `sys.stdout`.
        """
        self.steps = 0
        self.loss: float | None = None
        self._stream = stream
        self._watched = [other for other in (stream, *others) if other.isatty()]
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._process = os.getpid()
        self._began = time.monotonic()
        self._shown = False
        self._at_line_start = True

    def __call__(self, steps: int, loss: float | None = None) -> None:
        """Take note of a step that was finished."""
        self.steps, self.loss = steps, loss

    def begin(self) -> None:
        """Show the line from now on, whenever there is something to show."""
        for stream in self._watched:
            stream.write = self._watching(stream.write)  # type: ignore[method-assign]
        threading.Thread(target=self._look_now_and_then, name="retrograd progress", daemon=True).start()

    def end(self) -> None:
        """Erase the line and leave the streams as they were."""
        self._ended.set()
        self._erase()
        for stream in self._watched:
            vars(stream).pop("write", None)

    def _watching(self, write: Callable[[str], int]) -> Callable[[str], int]:
        def watched(text: str, /) -> int:
            if os.getpid() != self._process or self._ended.is_set():
                return write(text)
            # Never wait for long: a process that was forked at the wrong moment would wait for ever.
            locked = self._lock.acquire(timeout=0.1)
            try:
                self._erase()
                self._at_line_start = text.endswith("\n") if text else self._at_line_start
                return write(text)
            finally:
                if locked:
                    self._lock.release()

        return watched

    def _erase(self) -> None:
        if self._shown:
            self._shown = False
            self._write(_ERASE)

    def _look_now_and_then(self) -> None:
        while not self._ended.wait(INTERVAL):
            seconds = time.monotonic() - self._began
            if seconds >= PATIENCE and self.steps and self._at_line_start:
                with self._lock:
                    if not self._ended.is_set():
                        self._show(seconds)

    def _show(self, seconds: float) -> None:
        loss = "" if self.loss is None else f", loss {number(self.loss)}"
        text = f"retrograd: {self.steps} steps in {seconds:.0f} s{loss}"
        self._shown = True
        self._write(_ERASE + fit(text, screen_of(self._stream).width - 1))

    def _write(self, text: str) -> None:
        # Not through `self._stream.write`, which is watched.
        try:
            type(self._stream).write(self._stream, text)
            self._stream.flush()
        except (OSError, ValueError):  # the terminal is gone, or the script closed the stream
            self._ended.set()


def progress_line() -> ProgressLine | None:
    """Return a progress line that has begun, or None where standard error is no terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        return None
    line = ProgressLine(sys.stderr, (sys.stdout,) if sys.stdout is not None else ())
    line.begin()
    return line
