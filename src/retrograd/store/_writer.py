"""Writing a recording down while the loop runs. The loop's thread appends to lists; another one commits."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from hashlib import blake2b
from time import perf_counter
from typing import Any

from retrograd.errors import FileError
from retrograd.recording import Line, Note, Program, Recording, Step
from retrograd.store._format import MAX_UNPACKED, line_to_json, note_to_json, to_json
from retrograd.store._memory import Memory
from retrograd.store._open import OPEN
from retrograd.store._output import Output
from retrograd.store._programs import program_to_json
from retrograd.store._reader import File
from retrograd.store._steps import Repeated, light

INTERVAL = 0.03
"""Seconds between a finished step and the commit that takes it along. With the commit itself, `kill -9` loses
at most the steps of the last 0.2 seconds."""

MAX_AGE = 0.08
"""Seconds after which the loop waits for the commits. One that never lets go of the interpreter's lock gets ahead
of the thread that commits: that needs the lock some ten times a commit, and waits 5 ms for it each time."""

_PAUSE = 0.05
"""Seconds for which the loop waits then at most. A commit that takes longer is held up by something else."""

MAX_WAITING = 32 << 20
"""Bytes that may wait for the next commit; the thread that brings more commits them itself."""

_STEP_BYTES = 1 << 13
"""What a waiting step counts besides its row: with 4096 steps, too, a commit takes about 0.05 seconds."""

_REPEATED_BYTES = 1 << 8
"""The same for a step that stands in a stretch: of 100 000 of them at once a commit takes no longer."""


class Writer:
    """Keeps a recording while it grows: in a file or, without a path, in memory.

    Only making a writer raises. What fails later is remembered as `failure`; what was committed before stays
    in the file, and the rest is ignored.
    """

    def __init__(
        self, path: str | os.PathLike[str] | None, facts: Mapping[str, Any], *, overwrite: bool = False
    ) -> None:
        """Start a recording.

        Args:
            path: The file; None keeps the recording in memory.
            facts: How and with what is recorded; plain data.
            overwrite: Replace a recording that is there already.

        Raises:
            FileError: The file cannot be made, or is there already.
        """
        self.path = None if path is None else os.path.abspath(path)
        self.failure: FileError | None = None
        self._output = None if self.path is None else Output(self.path, overwrite)
        self._ignoring = False
        # Everything but the steps is here also when there is a file: it is small, and must be known again.
        self._memory = Memory()
        self.structure = 0
        """Bytes that programs, sources and all else but steps take, about: what is packed counts a fifth."""
        self._numbers: dict[Line | bytes, int] = {}
        self._interning = threading.RLock()
        # What waits. A commit takes it away only when it has succeeded.
        self._steps: list[tuple[Step | Repeated, bool | None]] = []
        self._parts: list[tuple[str, int | str, str]] = []
        self._weight = 0
        self.since = 0.0
        """When the thread that commits was woken last."""
        self.arriving: Callable[[], Sequence[Step | Repeated]] = tuple
        """Returns the turns of the loop that have been counted since it was called last: see `arrive`."""
        self._arriving = threading.RLock()
        self._memory.refresh = self.arrive
        self._committing = threading.RLock()
        self._in_commit = False
        # The thread that commits. The first step starts it; it sleeps while nothing waits.
        self._thread: threading.Thread | None = None
        self.awake = True
        """It is about to commit. While this is False, who has counted a turn must call `tend`."""
        self._news = threading.Event()
        self._leaving = threading.Event()
        self._caught_up = threading.Event()

        for key, value in {**facts, "closed": False}.items():
            self.fact(key, value)
        self.awake = False
        if self._output is not None:
            self.flush()
            if self.failure:
                self._output.remove()
                raise self.failure
            OPEN.add(self)

    # ------------------------------------------------------------ what the recorder calls

    def step(self, step: Step, turn: bool | None = None) -> None:
        """Add a step, or replace the one of the same number.

        Args:
            step: What happened.
            turn: Whether it is a turn of the loop, not what came before or after. Left out, it is a turn if
                backward was called in it, or if it has no program.
        """
        if self._ignoring:
            return
        if self._output is None:
            self._memory.keep(self._with_known_program(step), turn)
            return
        if step.wholes:
            self._weight += sum(map(len, step.wholes.values()))
        self._wait((step, turn), len(step.row) + _STEP_BYTES, perf_counter())

    def repeated(self, step: Repeated, now: float) -> None:
        """Add a turn of the loop that ran a known program, at the least cost.

        Args:
            step: What it held.
            now: `time.perf_counter()`.
        """
        if self._output is None:
            self._memory.repeated(step)
        elif not self._ignoring:
            self._wait((step, True), len(step.row) + _REPEATED_BYTES, now)

    def arrive(self) -> None:
        """Take over the turns that somebody counts without a call for each. Each commit does so first."""
        with self._arriving:
            steps = self.arriving()
            if self._output is None:
                for step in steps:
                    self._memory.repeated(step)
            elif steps and not self._ignoring:
                self._steps += [(step, True) for step in steps]
                self._weight += len(steps) * _REPEATED_BYTES

    def tend(self, now: float) -> None:
        """See to it that what is counted will be committed."""
        if self._output is not None and not self._ignoring and not (self.awake and now - self.since <= MAX_AGE):
            self._keep_up(now)

    def _wait(self, step: tuple[Step | Repeated, bool | None], weight: int, now: float) -> None:
        self._steps.append(step)
        self._weight += weight
        self._keep_up(now)

    def _keep_up(self, now: float) -> None:
        if not self.awake:
            self._wake()
        if self._weight > MAX_WAITING:
            self.flush()
        elif now - self.since > MAX_AGE:
            self.since = now
            self._caught_up.clear()
            self._caught_up.wait(_PAUSE)

    def line(self, line: Line) -> int:
        """Return the number of a line, and write it down if it is new."""
        with self._interning:
            number = self._numbers.get(line)
            return self.new_line(line) if number is None else number

    def new_line(self, line: Line) -> int:
        """Write a line down, even if it is there already, and return its number."""
        with self._interning:
            number = self._numbers[line] = len(self._memory.lines)
            self._memory.lines.append(line)
            self._add("lines", number, line_to_json(line))
            return number

    def program(self, program: Program) -> Program:
        """Return the program as it is here: an equal one that is known, or this one with its number."""
        with self._interning:
            if self._is_known(program):
                return program
            try:
                content = program_to_json(program)
                if len(content) > MAX_UNPACKED:
                    raise ValueError(f"it takes {len(content)} bytes")
            except Exception as error:  # anything may stand in an operation's arguments, and the loop must go on
                self.note(Note("unseen", None, None, f"a step's operations cannot be written down: {error}"))
                return program
            digest = blake2b(content.encode(), digest_size=16).digest()
            programs = self._memory.programs()
            if digest not in self._numbers:
                number = self._numbers[digest] = len(programs)
                programs.append(program if program.number == number else replace(program, number=number))
                self._add("programs", number, content)
            return programs[self._numbers[digest]]

    def text(self, file: str, content: str) -> None:
        """Keep a source file, whole."""
        texts = self._memory.texts
        with self._interning:
            if texts.get(file) != content:
                texts[file] = content
                self._add("texts", list(texts).index(file), to_json([file, content]))

    def note(self, note: Note) -> None:
        """Add a note."""
        with self._interning:
            self._memory.notes.append(note)
            self._add("notes", len(self._memory.notes) - 1, note_to_json(note))

    def fact(self, key: str, value: Any) -> None:  # any plain data
        """Add a fact, or replace it."""
        self._memory.facts[key] = value
        self._add("meta", key, to_json(value))

    @cached_property
    def recording(self) -> Recording:
        """The recording, which grows as long as this writer writes."""
        return Recording(self._memory if self.path is None else File(self.path, self.flush))

    def flush(self) -> None:
        """Commit what waits, now."""
        with self._committing:
            if self._output is None or self._in_commit:
                return
            self.arrive()
            self._in_commit = True
            weight, self._weight = self._weight, 0
            try:
                self._commit(self._output)
            except FileError as error:
                self._fail(error)
            except Exception as error:  # whatever it is, it must not reach the person's loop
                busy = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
                self._weight += weight
                if not busy or self._weight > MAX_WAITING:
                    self._fail(
                        FileError(f"{self.path} cannot be written any more ({error}); it holds what came before")
                    )
            finally:
                self._in_commit = False

    def close(self) -> None:
        """Commit what waits and let go of the file. A second call does nothing."""
        self._stop_thread()
        self.flush()
        if not self._ignoring:
            self.fact("closed", True)
            self._stop_thread()
            self.flush()
        with self._committing:
            if self._steps or self._parts:
                self._fail(FileError(f"{self.path} is held by another program, so its last steps are missing"))
            self._ignoring = True
            OPEN.discard(self)
            if self._output is not None and self.path is not None:
                self._output.close()

    # ------------------------------------------------------------ when the process forks

    def before_fork(self) -> None:
        """Commit what waits, and hold all locks.

        A child must find no commit half done (its end would undo it, in the parent's file) and no lock held. The
        thread is stopped because Python 3.12 warns when a process with several threads forks.
        """
        self._stop_thread()
        self.flush()
        for lock in (self._committing, self._interning, self._arriving):
            lock.acquire()

    def after_fork(self) -> None:
        """Let go of the locks again."""
        for lock in (self._arriving, self._interning, self._committing):
            lock.release()

    def become_a_childs(self) -> Output | None:
        """Write nothing any more, for the file is the parent process's; return what belongs to that."""
        output, self._output, self._ignoring = self._output, None, True
        return output

    # ------------------------------------------------------------ waiting

    def _add(self, table: str, key: int | str, content: str) -> None:
        self.structure += len(content) // (5 if table in ("texts", "programs") else 1)
        if self._ignoring or self._output is None:
            return
        self._parts.append((table, key, content))
        if not self.awake:
            self._wake()

    def _wake(self) -> None:
        self.awake = True
        self.since = perf_counter()
        self._news.set()
        if self._thread is not None:
            return
        with self._interning:
            if self._thread is not None:
                return
            self._leaving.clear()
            thread = threading.Thread(target=self._commit_now_and_then, name="retrograd", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                # The interpreter is about to end, or there are too many threads: each step commits itself.
                self.awake = False
                self._weight += MAX_WAITING
            else:
                self._thread = thread

    def _commit_now_and_then(self) -> None:
        while not self._leaving.is_set():
            self._news.wait()
            if self._leaving.wait(INTERVAL):
                return
            # In this order: whatever is added once `awake` is false wakes this thread again.
            self._news.clear()
            self.awake = False
            self.flush()
            self._caught_up.set()
            if self._steps or self._parts:
                self._news.set()

    def _stop_thread(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._leaving.set()
            self._news.set()
            thread.join()
            self._news.clear()
        self.awake = False

    # ------------------------------------------------------------ committing

    def _commit(self, output: Output) -> None:
        steps = [(self._with_known_program(step), turn) for step, turn in self._steps[:]]
        # After the steps: what a step refers to was added before it.
        parts = self._parts[:]
        if not steps and not parts:
            return
        notes = output.commit(steps, parts)
        del self._steps[: len(steps)]
        del self._parts[: len(parts)]
        for note in notes:
            self.note(note)

    def _with_known_program(self, step: Step | Repeated) -> Step | Repeated:
        if step.program is None or self._is_known(step.program):
            return step
        program = self.program(step.program)
        step = step.step() if isinstance(step, Repeated) else step
        return replace(step, program=program) if self._is_known(program) else light(step)

    def _is_known(self, program: Program) -> bool:
        programs = self._memory.programs()
        return 0 <= program.number < len(programs) and programs[program.number] is program

    def _fail(self, error: FileError) -> None:
        self.failure = self.failure or error
        self._ignoring = True
        self._steps.clear()
        self._parts.clear()
