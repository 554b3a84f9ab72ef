"""record(): watch a hand-written training loop without changing it. The only code that hooks into PyTorch."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, get_args

import torch

from retrograd.errors import FileError, NestedRecordingError
from retrograd.recorder.budget import LEAST, Budget
from retrograd.recorder.close import CallMode, CloseWatch
from retrograd.recorder.lines import is_own
from retrograd.recorder.loops import Chain, chain_of
from retrograd.recorder.overrides import OverridesSeen
from retrograd.recorder.proving import proof_in_words
from retrograd.recorder.repeating import Repeater
from retrograd.recorder.seldom import Mode
from retrograd.recorder.session import Session
from retrograd.recorder.swapping import SwapsAllowed
from retrograd.recorder.threads import ThreadsStarted
from retrograd.recorder.warnings import WarningsMoved
from retrograd.recording import Recording
from retrograd.store import Writer

PROOF_SECONDS = 10.0
"""For so long a sparse recording is proved at its end, if nothing else is said."""

Progress = Callable[[int, float | None], None]
"""Is told the number of steps so far, and the loss of the last one if it is known."""


class record:
    """Record everything that a training loop does.

    The loop runs as it would without: the same numbers, exceptions and output. What is recorded is written to the
    file while the loop runs, so that nothing is lost when it ends badly.

    Args:
        path: The file to write; without one the recording is kept in memory.
        mode: What is kept. `every`: every value of every step. `sparse`: of all but one step in `every` only what came
            from outside and the loss; the rest follows by executing. `light`: of all but one step in `every` only
            the loss and the norms of the gradients, and more where something goes wrong.
        every: One step in so many is recorded in full, in the modes `sparse` and `light`.
        prove: When the loop has ended, a sparse recording is proved by executing its steps again, for at most so many
            seconds; 0 leaves that out. What came of it is in the notes. Ctrl-C ends the proof and nothing else.
        budget: Megabytes below which the recording stays: the longer the loop, the rarer are the steps that are kept
            in full. Without one it takes what it takes.
        overwrite: Replace a file that is there.
        progress: Called after each step.

    Raises:
        FileError: The file cannot be written, or is there already.
        NestedRecordingError: Another recording is running.
        ValueError: There is no such mode, `every` or `budget` is less than 1, or `prove` less than 0.
    """

    _running: record | None = None

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        mode: Mode = "every",
        every: int = 100,
        prove: float = PROOF_SECONDS,
        budget: float | None = None,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> None:
        if mode not in get_args(Mode):
            raise ValueError(f"there is no mode {mode!r}; there are {', '.join(get_args(Mode))}")
        if every < 1:
            raise ValueError(f"one step in {every} cannot be recorded in full; every must be 1 or more")
        if not prove >= 0:
            raise ValueError(f"a proof cannot take {prove} seconds; prove must be 0, which leaves it out, or more")
        if budget is not None and not budget * 1e6 >= LEAST:
            raise ValueError(f"a recording cannot stay below {budget} megabytes; budget must be 1 or more")
        self._budget = budget
        self._mode: Mode = mode
        self._every, self._prove = every, prove
        self._path, self._overwrite, self._progress = path, overwrite, progress

    def __enter__(self) -> Recording:
        """Begin to record."""
        if record._running is not None:
            raise NestedRecordingError("a recording is running already; end it before another one begins")
        facts = _facts(self._mode, self._every, self._budget)
        self._writer = Writer(self._path, facts, overwrite=self._overwrite)
        budget = None if self._budget is None else Budget(self._budget * 1e6, lambda: self._writer.structure)
        self._session = Session(self._writer, self._progress, budget)
        self._watch = CloseWatch(self._session.turn, self._session.is_known)
        self._calls = CallMode(self._watch.call)
        self._repeater = Repeater(self._watch, self._session, self._calls, self._mode, self._every)
        self._session.on_step, self._session.on_lost = self._repeater.learn, self._repeater.forget
        self._warnings, self._overrides = WarningsMoved(self._session.warned), OverridesSeen()
        self._threads, self._swaps = ThreadsStarted(), SwapsAllowed(self._repeater.swapped)
        record._running = self
        self._warnings.begin()
        self._overrides.begin()
        self._threads.begin()
        self._swaps.begin()
        self._watch.hooks.begin()
        self._watch.mode.__enter__()
        self._calls.__enter__()
        return self._writer.recording

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the recording; an exception goes on its way."""
        self._repeater.rouse()
        self._calls.__exit__(kind, error, trace)
        stopped_at = None if error is None else _chain(error)
        steps = self._session.steps
        with suppress(Exception):
            self._repeater.finish(stopped_at)
        if self._repeater.is_close:
            self._watch.mode.__exit__(kind, error, trace)
        self._watch.hooks.end()
        self._swaps.end()
        self._threads.end()
        self._overrides.end()
        self._warnings.end()
        record._running = None
        with suppress(Exception):  # what is over cannot be recorded better, and the loop's own error must go on
            self._watch.name_at_end()
            self._watch.finish(finished=error is None)
            if error is not None and stopped_at:
                # In the step that ended with it, or in what came before and after the steps.
                in_step = self._session.steps > steps or self._repeater.stopped_in_turn
                text = f"{type(error).__name__}: {error}"
                line = self._session.line(stopped_at[-1][1])
                self._session.note("error", self._session.steps - in_step, line, text)
            self._note_threads()
            if self._watch.compiled:
                self._session.note("unseen", None, None, _COMPILED)
        # Who interrupted the loop wants to see its end, not to wait.
        if self._mode == "sparse" and self._prove and not isinstance(error, KeyboardInterrupt):
            self._note_proof()
        self._writer.close()

    @property
    def failure(self) -> FileError | None:
        """Why the file could not be written to the end; None if it was."""
        return self._writer.failure

    def _note_proof(self) -> None:
        if not self._session.steps:
            return
        try:
            text = proof_in_words(self._writer.recording, self._prove)
        except Exception as failure:  # no memory, no file any more: nothing of it may reach the person's loop
            text = f"the proof fails: {failure!r}"
        with suppress(Exception):
            self._session.note("proof", None, None, text)

    def _note_threads(self) -> None:
        threads = self._threads
        for names, what in ((threads.names, "other threads were started"), (threads.pools.names, _POOLS)):
            if names:
                text = f"{what} ({', '.join(dict.fromkeys(names))}); what they computed was not seen"
                self._session.note("unseen", None, None, text)


_COMPILED = (
    "functions of torch.compile ran as they are written, for PyTorch does not compile while operations are watched; "
    "compiled, they may round otherwise"
)


_POOLS = "threads of a pool built graphs or called backward"


def _chain(error: BaseException) -> Chain:
    """Return where the person's code stood when it was left with an exception."""
    found, trace = [], error.__traceback__
    # The traceback begins where the recording does; who called that is still on the stack.
    outer = chain_of(trace.tb_frame.f_back) if trace is not None else ()
    while trace is not None:
        if is_own(trace.tb_frame.f_code):
            found.append((id(trace.tb_frame), (trace.tb_frame.f_code, trace.tb_lasti)))
        trace = trace.tb_next
    return (*outer, *found) if found else ()


def _facts(mode: Mode, every: int, budget: float | None) -> dict[str, Any]:
    return {
        "began": datetime.now(UTC).isoformat(timespec="seconds"),
        "mode": mode,
        **({} if mode == "every" else {"every": every}),
        **({} if budget is None else {"budget": budget}),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "script": sys.argv[0] if sys.argv else "",
        "arguments": sys.argv[1:],
    }
