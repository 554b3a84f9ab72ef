"""`%%record` for IPython and notebooks: run a cell under record(), keep the recording, show what was seen."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from retrograd.scripts import clean

USAGE = "%%record [-o FILE] [NAME] records the cell; the recording is in the variable NAME, or `recording`"

Shell = Any  # IPython's InteractiveShell; IPython is no dependency, so its types cannot be named


def load_ipython_extension(shell: Shell) -> None:
    """Register `%%record`; `%load_ext retrograd` calls this."""

    def record_cell(line: str, cell: str) -> None:
        _record(shell, line, cell)

    record_cell.__doc__ = USAGE
    shell.register_magic_function(record_cell, "cell", "record")


def _record(shell: Shell, line: str, cell: str) -> None:
    name, path = _arguments(line)
    from retrograd.recorder import record

    error: BaseException | None = None
    try:
        # A cell is run again and again, so its recording is replaced.
        with record(path, overwrite=True) as recording:
            shell.user_ns[name] = recording
            _run(shell, cell)
    except BaseException as raised:
        error = raised
    if error is None or name in shell.user_ns:
        sys.stdout.write(_said(shell, name, path))
    if error is not None:
        raise error


def _said(shell: Shell, name: str, path: str | None) -> str:
    """Return what is said of a recording: where there is a kernel, a cell with its name shows all of it."""
    from retrograd.views.notebook import in_brief
    from retrograd.views.terminal import overview
    from retrograd.views.text import screen_of

    recording = shell.user_ns[name]
    if hasattr(shell, "kernel"):
        return in_brief(recording, name, path)
    return "\n" + overview(recording, screen_of(sys.stdout), path=path or "")


def _arguments(line: str) -> tuple[str, str | None]:
    """Return the name of the variable and the file, if one was given."""
    from IPython.core.error import UsageError

    words = shlex.split(line)
    path = None
    if words[:1] == ["-o"]:
        if len(words) < 2:
            raise UsageError(USAGE)
        path, words = words[1], words[2:]
    name = words[0] if words else "recording"
    if len(words) > 1 or not name.isidentifier():
        raise UsageError(USAGE)
    return name, path


def _run(shell: Shell, cell: str) -> None:
    """Run a cell as the shell runs any other; what it raises is raised here, to be shown once."""
    with _traceback_withheld(shell):
        result = shell.run_cell(cell)
    error = result.error_before_exec or result.error_in_exec
    if error is None:
        return
    clean(error)
    trace = _from_the_cell(error.__traceback__)
    formatter = shell.InteractiveTB
    # IPython asks an exception how it wants to be shown: as if the cell had been run without %%record.
    error._render_traceback_ = lambda: formatter.structured_traceback(type(error), error, trace)
    raise error


@contextmanager
def _traceback_withheld(shell: Shell) -> Iterator[None]:
    shell._showtraceback = lambda *_: None
    try:
        yield
    finally:
        del shell._showtraceback


def _from_the_cell(trace: TracebackType | None) -> TracebackType | None:
    """Leave out the frames of IPython, through which it came to the cell."""
    while trace is not None and str(trace.tb_frame.f_globals.get("__name__", "")).startswith("IPython"):
        trace = trace.tb_next
    return trace
