"""Running a person's script as Python would: the same `__main__`, arguments, traceback and exit status.

Nothing here knows recordings. `run_script` raises what the script raises; `finish` shows it as Python does.
"""

from __future__ import annotations

import builtins
import difflib
import io
import os
import runpy
import sys
import tokenize
from collections.abc import Iterator, Sequence
from importlib.machinery import SourceFileLoader
from types import ModuleType, TracebackType

_ASKING = ("torch/overrides.py", "torch/_compile.py", "torch/_dynamo/eval_frame.py")
"""Through these files torch arrives at a mode."""

INTERRUPTED = 130
"""What a shell reports for a process that SIGINT ended."""


def problem_with(path: str) -> str | None:
    """Return why a path cannot be run as a script, and what to do; None if it can be tried."""
    if os.path.isdir(path):
        inside = sorted(name for name in os.listdir(path) if name.endswith(".py"))
        hint = f" Did you mean {os.path.join(path, inside[0])}?" if inside else ""
        return f"{path} is a folder, not a script.{hint}"
    if not os.path.exists(path):
        return f"there is no script {path}.{_did_you_mean(path)}"
    if not os.access(path, os.R_OK):
        return f"{path} may not be read."
    return None


def syntax_problem(path: str) -> str | None:
    """Return why a file is no Python, with the line; None if it is."""
    try:
        with open(path, "rb") as file:
            source = file.read()
        if problem := _encoding_problem(path, source):
            return problem
        compile(source, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        where = f" (line {error.lineno})" if error.lineno else ""
        return f"{path} is no Python{where}: {error.msg}."
    except ValueError as error:
        return f"{path} is no Python: {error}."
    return None


def _encoding_problem(path: str, source: bytes) -> str | None:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    except SyntaxError:  # an unknown name, of which Python says more; or the first lines themselves are not UTF-8
        encoding = "utf-8"
    try:
        source.decode(encoding)
    except UnicodeDecodeError as error:
        number, byte = source.count(b"\n", 0, error.start) + 1, source[error.start]
        return (
            f"{path} is not written in {encoding.upper()} (byte 0x{byte:02x} in line {number}), so Python does not run "
            f"it. Save it as UTF-8, or name its encoding in the first line: # -*- coding: latin-1 -*-"
        )
    return None


def _did_you_mean(path: str) -> str:
    folder, name = os.path.split(path)
    try:
        there = [entry for entry in os.listdir(folder or ".") if entry.endswith(".py")]
    except OSError:
        return f" There is no folder {folder}, either."
    close = difflib.get_close_matches(name, there, n=1)
    return f" Did you mean {os.path.join(folder, close[0])}?" if close else ""


def run_script(path: str, arguments: Sequence[str]) -> None:
    """Run a file as `python PATH ARGUMENTS…` does; what it raises is raised here.

    `sys.argv`, `sys.path[0]` and `sys.modules["__main__"]` are the script's from now on, even at the exit.
    """
    absolute = path if os.path.isabs(path) else os.path.join(os.getcwd(), path)
    sys.argv = [path, *arguments]
    _look_first_in(os.path.dirname(os.path.realpath(path)))
    main = _new_main()
    loader = SourceFileLoader("__main__", absolute)
    vars(main).update(__file__=absolute, __cached__=None, __loader__=loader)
    # What Python does for a script, except that it reads the file itself.
    code = compile(loader.get_data(absolute), absolute, "exec", dont_inherit=True)
    exec(code, vars(main))


def run_module(name: str, arguments: Sequence[str]) -> None:
    """Run a module as `python -m NAME ARGUMENTS…` does; what it raises is raised here."""
    sys.argv = ["-m", *arguments]
    _look_first_in(os.getcwd())
    _new_main()
    # What `python -m` itself calls. It is private, but its public sister puts the old __main__ back.
    runpy._run_module_as_main(name)  # type: ignore[attr-defined]


def _look_first_in(folder: str) -> None:
    if sys.flags.safe_path:
        return  # `python -P` looks into no folder of a script
    # What stands there now is the folder of the `retrograd` command.
    sys.path[0] = folder


def _new_main() -> ModuleType:
    main = ModuleType("__main__")
    vars(main).update(__builtins__=builtins)
    if sys.version_info < (3, 14):
        vars(main).update(__annotations__={})
    sys.modules["__main__"] = main
    return main


def finish(error: BaseException | None) -> int:
    """Show what a script ended with as Python would, and return the exit status."""
    if error is None:
        return 0
    if isinstance(error, SystemExit):
        return _exit_status(error.code)
    clean(error)
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    sys.stdout.flush()  # as Python does before it says anything
    sys.excepthook(type(error), error, error.__traceback__)
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1


def _exit_status(code: object) -> int:
    if code is None or isinstance(code, int):
        return code or 0
    sys.stdout.flush()
    print(code, file=sys.stderr)
    return 1


def end_interrupted() -> None:
    """End this process as Python ends after Ctrl-C: by the signal, once everything is tidied up."""
    sys.excepthook = lambda *_: None  # it has been shown
    raise KeyboardInterrupt


def clean(error: BaseException) -> None:
    """Take the frames of retrograd, and those by which torch called it, out of an exception's tracebacks."""
    waiting, known = [error], set()
    while waiting:
        error = waiting.pop()
        if id(error) in known:
            continue
        known.add(id(error))
        error.__traceback__ = _without_retrograd(error.__traceback__)
        waiting += [other for other in (error.__cause__, error.__context__) if other is not None]
        waiting += error.exceptions if isinstance(error, BaseExceptionGroup) else []


def _without_retrograd(trace: TracebackType | None) -> TracebackType | None:
    frames = list(_frames(trace))
    kept: list[TracebackType] = []
    for place, entry in enumerate(frames):
        if _is_own(entry):
            asked = False
            while kept and _is_of(kept[-1], *_ASKING):
                asked = asked or _is_of(kept[-1], "torch/overrides.py")
                kept.pop()
            # A function of torch's that is written in Python asks the mode, which then calls it again.
            after = next((later for later in frames[place + 1 :] if not _is_own(later)), None)
            if asked and kept and after is not None and kept[-1].tb_frame.f_code is after.tb_frame.f_code:
                kept.pop()
        elif not (place and _is_own(frames[place - 1]) and _is_of(entry, "torch/_ops.py")):
            kept.append(entry)
    for entry, following in zip(kept, [*kept[1:], None], strict=False):
        entry.tb_next = following
    return kept[0] if kept else None


def _frames(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _is_own(entry: TracebackType) -> bool:
    # What the recorder writes while it runs stands in a file of its own, and maybe in the person's module.
    written = entry.tb_frame.f_code.co_filename.startswith(_RECORDER)
    return written or str(entry.tb_frame.f_globals.get("__name__", "")).split(".")[0] == "retrograd"


_RECORDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recorder")


def _is_of(entry: TracebackType, *files: str) -> bool:
    return entry.tb_frame.f_code.co_filename.replace("\\", "/").endswith(files)
