"""The command line: a small function for each command. Nothing is imported before a command needs it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from retrograd import scripts
from retrograd.errors import RetrogradError

if TYPE_CHECKING:
    from retrograd.recorder.seldom import Mode
    from retrograd.recording import Recording, Step
    from retrograd.views.progress import ProgressLine
    from retrograd.views.text import Screen

FAILED, MISUSED = 1, 2
"""Exit statuses: a check that does not hold; a command that cannot be carried out."""

BEFORE, AFTER, ALL = "before", "after", "all"


class Refused(Exception):
    """A command cannot be carried out as it was typed; the message says why."""


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command and return the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        return arguments.command(arguments)
    except (Refused, RetrogradError) as error:
        print(f"retrograd: {error}", file=sys.stderr)
        return MISUSED
    except BrokenPipeError:
        # Whoever read the text, `head` for example, has enough. At the exit nothing may be written, either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="retrograd",
        description="Record a PyTorch training loop without changing it, then look at every step.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands.add_parser("run", help="record a script", description="Run a script and record its loop."))
    _add_show(commands.add_parser("show", help="look at a recording", description="Show a recording as text."))
    _add_view(commands.add_parser("view", help="in the browser", description="Show a recording in the browser."))
    _add_diagnose(commands.add_parser("diagnose", help="find mistakes", description="Name the mistakes of a loop."))
    _add_rule(commands.add_parser("rule", help="one mistake explained", description="Show the page of a check."))
    _add_page(commands.add_parser("page", help="one HTML file", description="Write a recording as one HTML file."))
    _add_verify(
        commands.add_parser(
            "verify",
            help="check the gradients",
            description="Compare a recording with independent computations of the same.",
        )
    )
    _add_replay(commands.add_parser("replay", help="what if?", description="Run a recorded loop with changes."))
    _add_sweep(
        commands.add_parser(
            "sweep",
            help="run it again with other learning rates",
            description="Run the recorded loop again for every combination of learning rates, seeds and other numbers.",
        )
    )
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    options, indent = "[-o FILE] [--force] [--mode MODE] [--every K]", " " * len("usage: retrograd run ")
    parser.usage = f"retrograd run {options}\n{indent}SCRIPT [ARGUMENT ...] | -m MODULE [ARGUMENT ...]"
    parser.add_argument("-o", "--output", metavar="FILE", help="the recording; SCRIPT.retro here if not given")
    parser.add_argument("--force", action="store_true", help="replace a recording of that name")
    parser.add_argument("-m", "--module", action="store_true", help="SCRIPT is a module's name, as in python -m")
    parser.add_argument(
        "--mode", choices=("every", "sparse", "light"), default="every", help="what is kept; every value if not given"
    )
    parser.add_argument(
        "--every", type=_positive, default=100, metavar="K", help="sparse, light: one step in K in full (100)"
    )
    parser.add_argument("script", metavar="SCRIPT", help="what to run")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGUMENT", help="given to the script")
    parser.set_defaults(command=_run)


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a recording")
    parser.add_argument("--step", type=_step, metavar="N", help="one step: a number, first, last, before or after")
    parser.add_argument("--event", type=int, metavar="K", help="one event of the step in full")
    parser.add_argument("--diff", nargs="+", metavar="OTHER", help="two steps, or another recording: what differs")
    parser.add_argument("--operations", action="store_true", help="with --step: the ATen operations, too")
    parser.add_argument("--reconstruct", action="store_true", help="compute what a step did not keep (uses PyTorch)")
    parser.add_argument("--prove", action="store_true", help="compute everything again; status 1 if a bit differs")
    parser.add_argument("--curvature", action="store_true", help="of the loss, and the learning rate that it allows")
    parser.add_argument("--json", action="store_true", help="for other programs")
    parser.add_argument("--no-color", dest="color", action="store_false", help="no colours")
    parser.set_defaults(command=_show)


def _add_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a recording")
    parser.add_argument(
        "--step",
        type=_step_or_all,
        nargs="+",
        metavar="N",
        help="compare these steps in full: numbers, first, last, or all",
    )
    parser.add_argument("--json", action="store_true", help="for other programs")
    parser.add_argument("--no-color", dest="color", action="store_false", help="no colours")
    parser.set_defaults(command=_verify)


def _add_diagnose(parser: argparse.ArgumentParser) -> None:
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
    parser.set_defaults(command=_diagnose)


def _add_rule(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="a check, such as grad-not-cleared; all if not given")
    parser.set_defaults(command=_rule)


def _add_replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a recording")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=_change,
        metavar="NAME=VALUE",
        help="a number, [a, list], or a file.npy for the variable NAME; may be given several times",
    )
    parser.add_argument("--steps", type=int, metavar="N", help="how many; as many as were recorded if not given")
    parser.add_argument("--until", type=float, metavar="LOSS", help="stop when the loss is not larger")
    parser.add_argument("--dtype", metavar="DTYPE", help="compute in float64, say")
    parser.add_argument("--clear", choices=("always", "never"), help="clear gradients at each step's end, or never")
    parser.add_argument(
        "--without", action="append", default=[], metavar="LINE", help="leave out what a line does in place: 'line 29'"
    )
    parser.add_argument(
        "-o", "--output", metavar="NEW", help="the new recording; FILE-replayed.retro here if not given"
    )
    parser.add_argument("--force", action="store_true", help="replace a recording of that name")
    parser.set_defaults(command=_replay)


def _change(text: str) -> tuple[str, object]:
    name, equals, value = text.rpartition("=")
    if not equals or not name.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE, as in learning_rate=0.5")
    return name.strip(), _value(value.strip())


def _value(text: str) -> object:
    if text.endswith(".npy"):
        return text  # read when the command runs
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            pass
    import json

    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, list):
        raise argparse.ArgumentTypeError(f"{text!r} is no number, no [list] and no file.npy")
    return value


def _add_view(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a recording, which may still grow")
    parser.add_argument(
        "--port", type=int, default=0, metavar="PORT", help="of the local page; any free one if not given"
    )
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="only print the address")
    parser.add_argument(
        "--verify", action="store_true", help="show the comparisons of `verify` once the loop has ended (uses PyTorch)"
    )
    parser.set_defaults(command=_view)


def _add_page(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a recording")
    parser.add_argument("-o", "--output", metavar="PAGE", help="the page; FILE with .html here if not given")
    parser.add_argument("--force", action="store_true", help="replace a file of that name")
    parser.add_argument(
        "--most", type=_megabytes, metavar="MB", help="leave out the values of some steps if they take more (24)"
    )
    parser.add_argument("--verify", action="store_true", help="put the comparisons of `verify` into it (uses PyTorch)")
    parser.set_defaults(command=_page)


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of steps, such as 100")
    return number


def _megabytes(text: str) -> int:
    try:
        size = float(text)
    except ValueError:
        size = 0.0
    if not 0 < size < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of megabytes, such as 24")
    return int(size * 1e6)


def _add_sweep(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a recording")
    parser.add_argument(
        "--learning-rate", metavar="RATES", help="0.001,0.1,10 or FROM:TO:COUNT; the recorded ones if not given"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUES", help="another number of the loop, in the same way"
    )
    parser.add_argument("--around", metavar="VALUE", help="a finer sweep round a rate; or NAME=VALUE,NAME=VALUE")
    parser.add_argument("--zoom", type=float, default=10.0, metavar="TIMES", help="how much finer --around is; 10")
    parser.add_argument("--seeds", metavar="N", help="so many seeds, from 0; or a list of seeds, as 3,7,8")
    parser.add_argument("--until", type=float, metavar="LOSS", help="a run ends at this loss; as the loop if not given")
    parser.add_argument("--max-steps", type=int, metavar="N", help="a run ends after N steps; as the loop if not given")
    parser.add_argument("--growth", type=float, metavar="TIMES", help="a run ends when its loss has grown TIMES")
    parser.add_argument("--start", choices=("same", "own"), help="all runs start alike, or each draws its own start")
    parser.add_argument("--engine", default="auto", metavar="ENGINE", help="auto, loop, batch or compiled")
    parser.add_argument("--dtype", metavar="DTYPE", help="float32 or float64; as recorded if not given")
    parser.add_argument("--plot", metavar="PICTURE", help="save a picture: .png, .svg or .pdf")
    parser.add_argument("--store", metavar="DIR", help="keep what is computed; the same command goes on from there")
    parser.add_argument("--processes", type=int, default=1, metavar="N", help="so many processes side by side")
    parser.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler, as tcp://host:8786, or local")
    parser.add_argument("--tile", type=_part, metavar="I/N", help="the I-th of N parts, into --store: for job arrays")
    parser.add_argument("--json", action="store_true", help="for other programs: a list with one entry for each run")
    parser.add_argument("--no-color", dest="color", action="store_false", help="no colours")
    parser.set_defaults(command=_sweep)


def _part(text: str) -> tuple[int, int]:
    part, slash, parts = text.partition("/")
    if not (slash and part.isdigit() and parts.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not I/N, as in 3/8")
    return int(part), int(parts)


def _step(text: str) -> int | str:
    words = {"first": 0, "last": -1, BEFORE: BEFORE, AFTER: AFTER}
    if text in words:
        return words[text]
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number and none of {', '.join(words)}") from None


def _step_or_all(text: str) -> int | str:
    return ALL if text == ALL else _step(text)


# ---------------------------------------------------------------- run


def _run(arguments: argparse.Namespace) -> int:
    problem = None if arguments.module else scripts.problem_with(arguments.script)
    path = arguments.output or _default_output(arguments)
    problem = problem or _problem_with_output(path, arguments.force)
    if problem:
        raise Refused(problem)
    watch = _Watch(path, arguments.mode, arguments.every)
    scripts.when_imported("torch", watch.begin)
    error: BaseException | None = None
    try:
        if arguments.module:
            scripts.run_module(arguments.script, arguments.arguments)
        else:
            scripts.run_script(arguments.script, arguments.arguments)
    except BaseException as raised:
        error = raised
    watch.end(error)
    status = scripts.finish(error)
    watch.report(arguments.script)
    if isinstance(error, KeyboardInterrupt):
        scripts.end_interrupted()
    return status


def _default_output(arguments: argparse.Namespace) -> str:
    name = os.path.basename(arguments.script)
    return (name.rpartition(".")[2] if arguments.module else os.path.splitext(name)[0]) + ".retro"


def _problem_with_output(path: str, force: bool) -> str | None:
    if os.path.isdir(path):
        return f"{path} is a folder; -o takes the name of a file."
    if os.path.exists(path) and not force:
        return f"{path} exists already. --force replaces it; -o FILE writes another one."
    if os.path.exists(path) and not _may_be_replaced(path):
        return f"{path} is no recording, so --force does not replace it; -o FILE writes another one."
    return None


def _may_be_replaced(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(15) in (b"", b"SQLite format 3")  # the store looks more closely
    except OSError:
        return True  # it cannot be written, either, which is said later


class _Watch:
    """The recording of a script. It begins when the script imports PyTorch, which is not done before."""

    def __init__(self, path: str, mode: Mode = "every", every: int = 100) -> None:
        self.path = path
        self._mode: Mode = mode
        self._every = every
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

    def begin(self) -> None:
        """Begin to record. Whatever goes wrong, the script runs."""
        if not self._possible:
            return
        try:
            from retrograd.recorder import record
            from retrograd.views.progress import progress_line

            self._progress = progress_line()
            manager = record(
                self._absolute, mode=self._mode, every=self._every, overwrite=True, progress=self._progress
            )
            self.recording = manager.__enter__()
            self._manager = manager
        except Exception as error:
            self._possible = False
            self._say(f"nothing is recorded: {error}")

    def end(self, error: BaseException | None) -> None:
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
        size = os.path.getsize(self._absolute)
        self._say(f"recorded in {self.path} ({_size(size)}). Next: retrograd show {self.path}")

    def _say(self, text: str) -> None:
        try:
            print(f"retrograd: {text}", file=self._stderr, flush=True)
        except (OSError, ValueError):
            pass  # the script closed its standard error


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


# ---------------------------------------------------------------- diagnose


def _diagnose(arguments: argparse.Namespace) -> int:
    if not arguments.module and _is_recording(arguments.script):
        from retrograd.store import load

        return _findings(load(arguments.script), arguments, arguments.script)
    problem = None if arguments.module else scripts.problem_with(arguments.script)
    if problem is None and arguments.output:
        problem = _problem_with_output(arguments.output, arguments.force)
    if problem is None and not arguments.module:
        problem = scripts.syntax_problem(arguments.script)
    if problem:
        raise Refused(problem)
    import tempfile

    with tempfile.TemporaryDirectory(prefix="retrograd-") as folder:
        path = arguments.output or os.path.join(folder, "script.retro")
        return _run_and_diagnose(arguments, _Watch(path))


def _is_recording(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return path.endswith(".retro") or file.read(15) == b"SQLite format 3"
    except OSError:
        return False


def _run_and_diagnose(arguments: argparse.Namespace, watch: _Watch) -> int:
    folder, stdout = os.getcwd(), sys.stdout
    if arguments.format != "text":
        sys.stdout = sys.stderr  # what the script prints must not come between what other programs read
    scripts.when_imported("torch", watch.begin)
    error: BaseException | None = None
    try:
        if arguments.module:
            scripts.run_module(arguments.script, arguments.arguments)
        else:
            scripts.run_script(arguments.script, arguments.arguments)
    except BaseException as raised:
        error = raised
    watch.end(error)
    if error is not None and not isinstance(error, SystemExit):
        scripts.finish(error)
    sys.stdout.flush()
    sys.stdout = stdout
    if os.getpid() != watch.process:
        return scripts.finish(error)  # a child that the script forked
    os.chdir(folder)
    if watch.recording is None:
        also = (
            " If it trains in another process, diagnose what runs there." if _starts_processes(arguments.script) else ""
        )
        raise Refused(f"{arguments.script} did not import PyTorch, so there is nothing to diagnose.{also}")
    status = _findings(watch.recording, arguments, arguments.script)
    return scripts.INTERRUPTED if isinstance(error, KeyboardInterrupt) else status


def _starts_processes(path: str) -> bool:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return False
    return any(name in text for name in ("subprocess", "multiprocessing", "concurrent.futures", "os.system"))


def _findings(recording: Recording, arguments: argparse.Namespace, title: str) -> int:
    from retrograd.diagnosis import diagnose, ignored_in
    from retrograd.views import findings as views
    from retrograd.views.text import screen_of

    home = os.path.dirname(os.path.abspath(str(recording.facts.get("script") or title)))
    found = diagnose(recording, ignore=[*arguments.ignore, *ignored_in(home)])
    if not len(recording.steps) and not found:
        also = " It may train in another process: diagnose what runs there." if _starts_processes(title) else ""
        raise Refused(f"{title} never called backward, so there is nothing to diagnose.{also}")
    if arguments.format == "json":
        _write(views.findings_json(found) + "\n")
    elif arguments.format == "github":
        _write(views.findings_github(found))
    elif arguments.format == "sarif":
        from retrograd import __version__

        _write(views.findings_sarif(found, __version__) + "\n")
    else:
        screen = screen_of(sys.stdout, arguments.color)
        _write(views.findings_text(found, screen, title=title, steps=len(recording.steps)))
        errors = [note.text for note in recording.notes if note.kind == "error"]
        if errors and not found and not errors[-1].startswith(("SystemExit", "KeyboardInterrupt")):
            _write(f"It ended with an error that no check explains: {errors[-1]}\n")
    return FAILED if any(finding.severity != "info" for finding in found) else 0


def _rule(arguments: argparse.Namespace) -> int:
    from retrograd.diagnosis import all_checks, page_of

    checks = all_checks()
    if arguments.name is None:
        wide = max(len(check.name) for check in checks)
        return _write("".join(f"{check.name:<{wide}}  {check.summary}\n" for check in checks))
    name = arguments.name.lower().replace("_", "-")
    known = [check for check in checks if check.name == name]
    if not known:
        import difflib

        close = difflib.get_close_matches(name, [check.name for check in checks], n=1)
        raise Refused(
            f"there is no check {name}." + (f" Did you mean {close[0]}?" if close else " See retrograd rule.")
        )
    return _write(page_of(known[0]))


# ---------------------------------------------------------------- replay


def _replay(arguments: argparse.Namespace) -> int:
    from retrograd.store import load, save

    recording = load(_existing(arguments.file))
    base = os.path.splitext(os.path.basename(arguments.file))[0]
    path = arguments.output or f"{base}-replayed.retro"
    problem = _problem_with_output(path, arguments.force)
    if problem:
        raise Refused(problem)
    changes = {name: _read(value) for name, value in arguments.set}

    from retrograd.replays import replay
    from retrograd.views.terminal import seen

    new = replay(
        recording,
        changes,
        steps=arguments.steps,
        until=arguments.until,
        dtype=arguments.dtype,
        clear=None if arguments.clear is None else arguments.clear == "always",
        without=[f"line {line}" if line.isdigit() else line for line in arguments.without],
    )
    save(new, path, overwrite=arguments.force)
    print(f"retrograd: {seen(new)}", file=sys.stderr)
    for note in new.notes[len(recording.notes) :]:
        print(f"retrograd: step {note.step}: {note.text}", file=sys.stderr)
    where = f"replayed in {path} ({_size(os.path.getsize(path))})"
    print(f"retrograd: {where}. Next: retrograd show {arguments.file} --diff {path}", file=sys.stderr)
    return 0


def _read(value: object) -> object:
    if not isinstance(value, str):
        return value
    import numpy as np

    try:
        return np.load(value, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise Refused(f"{value} cannot be read as an array: {error}") from None


# ---------------------------------------------------------------- show


def _show(arguments: argparse.Namespace) -> int:
    from retrograd.store import load
    from retrograd.views.text import screen_of

    recording = load(_existing(arguments.file))
    screen = screen_of(sys.stdout, arguments.color)
    if arguments.prove:
        return _prove(recording)
    if arguments.curvature:
        return _curvature(recording, arguments, screen)
    if arguments.diff:
        return _diff(recording, arguments, screen)
    if arguments.json:
        return _json(recording, arguments)
    if arguments.event is not None or arguments.step is not None:
        return _one(recording, arguments, screen)
    from retrograd.views.terminal import overview

    return _write(overview(recording, screen, path=arguments.file))


def _existing(path: str) -> str:
    if not os.path.exists(path):
        raise Refused(f"there is no file {path}. `retrograd run SCRIPT` writes a recording.")
    return path


def _write(text: str) -> int:
    sys.stdout.write(text)
    sys.stdout.flush()
    return 0


def _one(recording: Recording, arguments: argparse.Namespace, screen: Screen) -> int:
    from retrograd.views.terminal import event_text, step_text

    step = _chosen(recording, -1 if arguments.step is None else arguments.step, arguments.reconstruct)
    if arguments.event is None:
        return _write(step_text(recording, step, screen, title=arguments.file, operations=arguments.operations))
    count = len(step.program.events) if step.program is not None else 0
    if not 0 <= arguments.event < count:
        raise Refused(f"step {step.number} has no event {arguments.event}; {_range('event', count)}")
    return _write(event_text(recording, step, arguments.event, screen, title=arguments.file))


def _range(thing: str, count: int) -> str:
    if not count:
        return f"it has no {thing}s"
    return f"it has only {thing} 0" if count == 1 else f"it has the {thing}s 0 to {count - 1}"


def _chosen(recording: Recording, wanted: int | str, reconstruct: bool = False) -> Step:
    count = len(recording.steps)
    if isinstance(wanted, str):
        step = recording.before if wanted == BEFORE else recording.after
        if step is None:
            raise Refused(f"nothing was recorded {wanted} the loop")
        return step
    if not -count <= wanted < count:
        hint = "" if count else ", but --step before may show what happened"
        raise Refused(f"the recording has no step {wanted}; {_range('step', count)}{hint}")
    if not reconstruct:
        return recording.steps[wanted]
    from retrograd.program import reconstruct as computed_again

    return computed_again(recording, wanted % count)


def _json(recording: Recording, arguments: argparse.Namespace) -> int:
    import json

    from retrograd.views.export import export

    step: Step | None = None
    if arguments.step is not None or len(recording.steps):
        step = _chosen(recording, -1 if arguments.step is None else arguments.step, arguments.reconstruct)
    plain = export(recording, step, events=arguments.step is not None)
    return _write(json.dumps(plain, allow_nan=False) + "\n")


def _diff(recording: Recording, arguments: argparse.Namespace, screen: Screen) -> int:
    from retrograd.store import load
    from retrograd.views.differences import Side, recordings_text, steps_text

    wanted = [*([] if arguments.step is None else [arguments.step]), *arguments.diff]
    if len(wanted) == 1 and not _is_step(wanted[0]):
        names = (arguments.file, wanted[0])
        return _write(recordings_text(recording, load(_existing(wanted[0])), names, screen))
    if len(wanted) != 2 or not all(map(_is_step, wanted)):
        raise Refused("--diff takes two steps, as in --diff 0 last, or the name of another recording")
    steps = [_chosen(recording, _step(str(number)), arguments.reconstruct) for number in wanted]
    one, other = (Side(recording, step, f"step {step.number}") for step in steps)
    return _write(steps_text(one, other, screen))


def _is_step(text: object) -> bool:
    try:
        return isinstance(_step(str(text)), (int, str))
    except argparse.ArgumentTypeError:
        return False


def _verify(arguments: argparse.Namespace) -> int:
    from retrograd.store import load
    from retrograd.verification import verify
    from retrograd.views.comparisons import verification_json, verification_text
    from retrograd.views.text import screen_of

    recording = load(_existing(arguments.file))
    found = verify(recording, _steps_in(recording, arguments.step))
    if arguments.json:
        import json

        _write(json.dumps(verification_json(recording, found), allow_nan=False) + "\n")
    else:
        screen = screen_of(sys.stdout, arguments.color)
        _write(verification_text(recording, found, screen, title=arguments.file))
    return 0 if found.agrees else FAILED


def _steps_in(recording: Recording, wanted: Sequence[int | str] | None) -> list[int] | None:
    if wanted is None:
        return None
    count = len(recording.steps)
    for number in wanted:
        if isinstance(number, int) and not -count <= number < count:
            raise Refused(f"the recording has no step {number}; {_range('step', count)}")
        if number in (BEFORE, AFTER):
            raise Refused(f"no backward call ran {number} the loop, so there is nothing to compare in it")
    return [*range(count)] if ALL in wanted else [number for number in wanted if isinstance(number, int)]


def _curvature(recording: Recording, arguments: argparse.Namespace, screen: Screen) -> int:
    from retrograd.curvature import curvature_of
    from retrograd.views.curvatures import curvature_text

    chosen = None if arguments.step is None else [_chosen(recording, arguments.step).number]
    return _write(curvature_text(recording, curvature_of(recording, chosen), screen))


def _prove(recording: Recording) -> int:
    from retrograd.program import prove

    proof = prove(recording)
    steps = f"{proof.steps} step" + ("" if proof.steps == 1 else "s")
    computed = f"{steps}: {proof.compared} recorded values computed again from the recording alone"
    if proof.holds:
        return _write(f"{computed};\nall bitwise equal.\n")
    lines = [
        f"{computed}.",
        *_first("is not what was recorded", proof.differences),
        *_first("skipped", proof.skipped),
    ]
    _write("\n".join(lines) + "\n")
    return FAILED


def _first(title: str, sentences: Sequence[str], most: int = 10) -> list[str]:
    if not sentences:
        return []
    more = [f"  … {len(sentences) - most} more"] if len(sentences) > most else []
    return [f"{len(sentences)} {title}:", *(f"  {sentence}" for sentence in sentences[:most]), *more]


# ---------------------------------------------------------------- view


def _view(arguments: argparse.Namespace) -> int:
    import webbrowser

    from retrograd.store import load
    from retrograd.views.server import ViewServer

    path = _existing(arguments.file)
    load(path)  # what is no recording is said now
    compare = _comparisons if arguments.verify else None
    try:
        server = ViewServer(lambda: load(path), os.path.basename(path), port=arguments.port, compare=compare)
    except (OSError, OverflowError) as error:
        raise Refused(f"port {arguments.port} cannot be used: {error}. Without --port a free one is taken.") from error
    _write(f"{server.url}\nThe page is for this machine only and ends with Ctrl+C.\n")
    if arguments.browser:
        webbrowser.open(server.url)
    try:
        server.serve()
    except KeyboardInterrupt:
        _write("\n")
    return 0


# ---------------------------------------------------------------- page


def _page(arguments: argparse.Namespace) -> int:
    from retrograd.store import load
    from retrograd.views.data import BUDGET, Extra
    from retrograd.views.page import page

    recording = load(_existing(arguments.file))
    name = os.path.basename(arguments.file)
    path = arguments.output or os.path.splitext(name)[0] + ".html"
    if os.path.isdir(path):
        raise Refused(f"{path} is a folder; -o takes the name of a file.")
    if os.path.exists(path) and not arguments.force:
        raise Refused(f"{path} exists already. --force replaces it; -o PAGE writes another one.")
    comparisons = _comparisons(recording) if arguments.verify else ()
    text = page(recording, Extra(title=name, comparisons=comparisons), budget=arguments.most or BUDGET)
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}") from error
    return _write(f"{path} ({_size(os.path.getsize(path))}): open it in a browser; it needs no network.\n")


def _comparisons(recording: Recording) -> Sequence[Any]:
    from retrograd.verification import verify

    return verify(recording).comparisons


# ---------------------------------------------------------------- sweep


def _sweep(arguments: argparse.Namespace) -> int:
    from retrograd.sweeps import sweep
    from retrograd.views.sweeps import RunsLine, table
    from retrograd.views.text import screen_of

    path = _existing(arguments.file)
    numbers: dict[str, str] = {} if arguments.learning_rate is None else {"learning_rate": arguments.learning_rate}
    for setting in arguments.set:
        name, equals, values = setting.partition("=")
        if not equals or not name or not values:
            raise Refused(f"--set takes NAME=VALUES, as in --set momentum=0,0.5,0.9; {setting!r} is none")
        numbers[name] = values
    if arguments.around is not None:
        from retrograd.sweeps.grid import zoomed

        numbers = zoomed(numbers, arguments.around, arguments.zoom)
    if arguments.plot is not None:
        from retrograd import plots

        plots.checked(arguments.plot)
        if os.path.exists(arguments.plot) and not os.path.isfile(arguments.plot):
            raise Refused(f"{arguments.plot} is a folder; --plot takes the name of a file.")
    line = RunsLine(sys.stderr)
    try:
        result = sweep(
            path,
            numbers=numbers,
            seeds=arguments.seeds,
            until=arguments.until,
            max_steps=arguments.max_steps,
            growth=arguments.growth,
            start=arguments.start,
            engine=arguments.engine,
            dtype=arguments.dtype,
            store=arguments.store,
            processes=arguments.processes,
            client=arguments.dask,
            tile=arguments.tile,
            progress=line,
        )
    finally:
        line.end()
    if arguments.plot is not None:
        from retrograd import plots

        plots.save(plots.sweep_figure(result), arguments.plot)
    if arguments.json:
        import json

        from retrograd.sweeps.result import rows

        return _write(json.dumps(rows(result), allow_nan=False) + "\n")
    return _write(table(result, screen_of(sys.stdout, arguments.color)))
