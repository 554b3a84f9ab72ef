"""`retrograd diagnose`: name the mistakes of a loop, recorded or run now."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from typing import TYPE_CHECKING

from retrograd import scripts
from retrograd.cli.common import FAILED, Refused, problem_with_output, write
from retrograd.cli.rule import no_such_check
from retrograd.cli.watch import Watch

if TYPE_CHECKING:
    from retrograd.recording import Recording


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be typed."""
    parser.usage = (
        "retrograd diagnose [--format FORMAT] [--ignore NAME] [-o FILE]\n"
        "                          RECORDING | SCRIPT [ARGUMENT ...] | -m MODULE [ARGUMENT ...]"
    )
    formats = ("text", "json", "github", "sarif")
    parser.add_argument("--format", choices=formats, default="text", help="what to print: text, or for other programs")
    parser.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")
    parser.add_argument("--ignore", action="append", default=[], metavar="NAME", help="a check that is not wanted")
    parser.add_argument("-o", "--output", metavar="FILE", help="keep the recording of the script")
    parser.add_argument("--force", action="store_true", help="replace a recording of that name")
    parser.add_argument("--no-color", dest="color", action="store_false", help="no colours")
    parser.add_argument("-m", "--module", action="store_true", help="SCRIPT is a module's name, as in python -m")
    parser.add_argument("script", metavar="SCRIPT", help="a recording, or what to run and record")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGUMENT", help="given to the script")


def run(arguments: argparse.Namespace) -> int:
    """Carry it out and return the exit status."""
    if not arguments.module and _is_recording(arguments.script):
        from retrograd.store import load

        return _findings(load(arguments.script), arguments, arguments.script)
    problem = None if arguments.module else scripts.problem_with(arguments.script)
    if problem is None and arguments.output:
        problem = problem_with_output(arguments.output, arguments.force)
    if problem is None and not arguments.module:
        problem = scripts.syntax_problem(arguments.script)
    if problem:
        raise Refused(problem)
    import tempfile

    with tempfile.TemporaryDirectory(prefix="retrograd-") as folder:
        path = arguments.output or os.path.join(folder, "script.retro")
        return _run_and_diagnose(arguments, Watch(path))


def _is_recording(path: str) -> bool:
    if path.endswith(".retro"):
        return True
    try:
        with open(path, "rb") as file:
            return file.read(15) == b"SQLite format 3"
    except OSError:
        return False


def _run_and_diagnose(arguments: argparse.Namespace, watch: Watch) -> int:
    folder, stdout = os.getcwd(), sys.stdout
    if arguments.format != "text":
        sys.stdout = sys.stderr  # what the script prints must not come between what other programs read
    error = watch.run(arguments.script, arguments.arguments, module=arguments.module)
    if error is not None and not isinstance(error, SystemExit):
        scripts.finish(error)
    sys.stdout.flush()
    sys.stdout = stdout
    if os.getpid() != watch.process:
        return scripts.finish(error)  # a child that the script forked
    os.chdir(folder)
    if watch.recording is None:
        if isinstance(error, KeyboardInterrupt):
            raise Refused(f"{arguments.script} was interrupted before PyTorch was there, so nothing was recorded.")
        also = _elsewhere(arguments.script)
        raise Refused(f"{arguments.script} did not import PyTorch, so there is nothing to diagnose.{also}")
    status = _findings(watch.recording, arguments, arguments.script)
    return scripts.INTERRUPTED if isinstance(error, KeyboardInterrupt) else status


def _how_it_went(recording: Recording) -> str:
    """Return a sentence about a loss that is no number in the end, though no mistake was found."""
    import numpy as np

    bad = ~np.isfinite(recording.loss)
    program = recording.steps[-1].program if bad.size else None
    one_number = program is not None and program.losses and not any(program.slots[program.losses[-1].slot].shape)
    if not one_number or not bad[-1]:
        return ""
    first = recording.steps[int(np.flatnonzero(bad)[0])].number
    return f"But the loss is not finite from step {first} on, and no check knows why.\n"


def _how_it_ended(error: str) -> str:
    """Return a sentence about a loop that did not come to its end, though no mistake was found."""
    if error.startswith("KeyboardInterrupt"):
        return "It was interrupted: what was recorded until then was looked at.\n"
    if error.startswith("SystemExit"):
        code = error.partition(": ")[2]
        if code in ("", "0", "None"):
            return ""  # as `sys.exit(main())` does, when all went well
        return f"It was ended by sys.exit({code}): what was recorded until then was looked at.\n"
    return f"It ended with an error that no check explains: {error}\n"


def _elsewhere(path: str) -> str:
    """Return what to do about a script that may train in another process; nothing if it starts none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return ""
    if not any(name in text for name in ("subprocess", "multiprocessing", "concurrent.futures", "os.system")):
        return ""
    return (
        " It starts other processes, and these are not recorded: if one of them trains, diagnose the script that it "
        "runs, or train in this process."
    )


def _findings(recording: Recording, arguments: argparse.Namespace, title: str) -> int:
    from retrograd.diagnosis import all_checks, diagnose, ignored_in, named
    from retrograd.views import findings as views
    from retrograd.views.text import say, screen_of

    home = os.path.dirname(os.path.abspath(str(recording.facts.get("script") or title)))
    checks = [check.name for check in all_checks()]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ignored = [named(name) for name in (*arguments.ignore, *ignored_in(home))]
    for warning in caught:
        say(str(warning.message))
    for name in dict.fromkeys(ignored):
        if name not in checks:
            say(f"ignore: {no_such_check(name, checks)}")
    found = diagnose(recording, ignore=ignored)
    if not len(recording.steps) and not found:
        raise Refused(f"{title} never called backward, so there is nothing to diagnose.{_elsewhere(title)}")
    if arguments.format == "json":
        write(views.findings_json(found) + "\n")
    elif arguments.format == "github":
        write(views.findings_github(found))
    elif arguments.format == "sarif":
        from retrograd import __version__

        write(views.findings_sarif(found, __version__) + "\n")
    else:
        screen = screen_of(sys.stdout, arguments.color)
        left_out = [name for name in checks if name in ignored]
        write(views.findings_text(found, screen, title=title, steps=len(recording.steps), left_out=left_out))
        errors = [note.text for note in recording.notes if note.kind == "error"]
        if not found:
            write(_how_it_went(recording) + (_how_it_ended(errors[-1]) if errors else ""))
    return FAILED if any(finding.severity != "info" for finding in found) else 0
