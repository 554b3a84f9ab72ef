"""The recording of a script that a command runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from retrograd import scripts
from retrograd.cli.common import size_text
from retrograd.importing import when_imported

if TYPE_CHECKING:
    from retrograd.recorder.seldom import Mode
    from retrograd.recording import Recording
    from retrograd.views.progress import ProgressLine


class Watch:
    """The recording of a script. It begins when the script imports PyTorch, which is not done before."""

    def __init__(
        self, path: str, mode: Mode = "every", every: int = 100, prove: float = 0.0, budget: float | None = None
    ) -> None:
        self.path = path
        self._mode: Mode = mode
        self._every, self._prove, self._budget = every, prove, budget
        self.recording: Recording | None = None
        self._absolute = os.path.abspath(path)  # the script may go to another folder
        self._manager: Any = None  # record(); its type is not imported before it is used
        self.process = os.getpid()
        self._stderr = sys.stderr
        self._progress: ProgressLine | None = None
        folder = os.path.dirname(self._absolute)
        self._possible = os.path.isdir(folder) and os.access(folder, os.W_OK)
        if not self._possible:
            self._say(f"{path} cannot be written, so nothing is recorded. The script runs all the same.")

    def run(self, script: str, arguments: Sequence[str], *, module: bool) -> BaseException | None:
        """Run a script, or a module of that name, and record it; return what it ended with, if that is an exception."""
        when_imported("torch", self._begin)
        error: BaseException | None = None
        try:
            (scripts.run_module if module else scripts.run_script)(script, arguments)
        except BaseException as raised:
            error = raised
        self._end(error)
        return error

    def _begin(self) -> None:
        """Begin to record. Whatever goes wrong, the script runs."""
        if not self._possible:
            return
        try:
            from retrograd.recorder import record
            from retrograd.views.progress import progress_line

            self._progress = progress_line()
            manager = record(
                self._absolute,
                mode=self._mode,
                every=self._every,
                prove=self._prove,
                budget=None if self._budget is None else self._budget / 1e6,
                overwrite=True,
                progress=self._progress,
            )
            self.recording = manager.__enter__()
            self._manager = manager
        except Exception as error:
            self._possible = False
            self._say(f"nothing is recorded: {error}")

    def _end(self, error: BaseException | None) -> None:
        """End the recording with what the script ended with."""
        if os.getpid() != self.process:
            return  # a child that the script forked; the recording is its parent's
        if self._progress is not None:
            self._progress.end()
        if self._manager is None:
            return
        try:
            self._manager.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)
        except Exception as failure:
            self.recording = None
            self._possible = False
            self._say(f"the recording was not finished: {failure}")
        if self._manager.failure is not None:
            self._say(f"not everything was written: {self._manager.failure}")

    def report(self, script: str) -> None:
        """Say what was seen, where it is, and what to type next."""
        if os.getpid() != self.process or not self._possible:
            return
        if self.recording is None:
            self._say(f"{script} did not import PyTorch, so nothing was recorded.")
            return
        try:
            self._report(self.recording)
        except Exception as error:
            self._say(f"{self.path} was written, but cannot be read: {error}")

    def _report(self, recording: Recording) -> None:
        from retrograd.views.terminal import seen

        self._say(seen(recording))
        for note in recording.notes:
            if note.kind == "proof":
                self._say(note.text)
        size = os.path.getsize(self._absolute)
        self._say(f"recorded in {self.path} ({size_text(size)}). Next: retrograd show {self.path}")

    def _say(self, text: str) -> None:
        try:
            print(f"retrograd: {text}", file=self._stderr, flush=True)
        except (OSError, ValueError):
            pass  # the script closed its standard error
