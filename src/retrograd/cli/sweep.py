"""`retrograd sweep`: the recorded loop with other learning rates, seeds and numbers."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from retrograd.cli.common import Refused, existing, problem_with_output, real_number, whole_number, write

INTERRUPTED = 130
"""The exit status after Ctrl-C, as shells have it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be typed."""
    parser.add_argument("file", metavar="FILE", help="a recording")
    parser.add_argument(
        "--learning-rate", metavar="RATES", help="0.001,0.1,10 or FROM:TO:COUNT; the recorded ones if not given"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUES", help="another number of the loop, in the same way"
    )
    parser.add_argument("--around", metavar="VALUE", help="a finer sweep round a rate; or NAME=VALUE,NAME=VALUE")
    parser.add_argument(
        "--zoom", type=real_number, default=10.0, metavar="TIMES", help="how much finer --around is; 10"
    )
    parser.add_argument("--seeds", metavar="N", help="so many seeds, from 0; or a list of seeds, as 3,7,8")
    parser.add_argument(
        "--until", type=real_number, metavar="LOSS", help="a run ends at this loss; as the loop if not given"
    )
    parser.add_argument(
        "--max-steps", type=whole_number, metavar="N", help="a run ends after N steps; as the loop if not given"
    )
    parser.add_argument("--growth", type=real_number, metavar="TIMES", help="a run ends when its loss has grown TIMES")
    parser.add_argument("--start", choices=("same", "own"), help="all runs start alike, or each draws its own start")
    parser.add_argument("--engine", default="auto", metavar="ENGINE", help="auto, loop, batch or compiled")
    parser.add_argument("--dtype", metavar="DTYPE", help="float32 or float64; as recorded if not given")
    parser.add_argument(
        "--device", metavar="DEVICE", help="cuda, or cuda:N, for the engine batch; the CPU if not given"
    )
    parser.add_argument("--plot", metavar="PICTURE", help="save a picture: .png, .svg or .pdf")
    parser.add_argument("--page", metavar="PAGE", help="save a page with the recording and the sweep as a map: .html")
    parser.add_argument("--open", metavar="NAME=VALUE,…", help="keep one run as a recording, as learning_rate=1,seed=3")
    parser.add_argument("-o", "--output", metavar="NEW", help="the recording that --open makes; run.retro")
    parser.add_argument("--store", metavar="DIR", help="keep what is computed; the same command goes on from there")
    parser.add_argument("--processes", type=whole_number, default=1, metavar="N", help="so many processes side by side")
    parser.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler, as tcp://host:8786, or local")
    parser.add_argument("--tile", type=_part, metavar="I/N", help="the I-th of N parts, into --store: for job arrays")
    parser.add_argument("--history", action="store_true", help="keep the loss of each turn, for --store and --json")
    parser.add_argument("--parameters", action="store_true", help="keep what each run ends with, in the same way")
    parser.add_argument("--json", action="store_true", help="for other programs: a list with one entry for each run")
    parser.add_argument("--no-color", dest="color", action="store_false", help="no colours")


def run(arguments: argparse.Namespace) -> int:
    """Carry it out and return the exit status."""
    from retrograd.views.sweeps import RunsLine, table
    from retrograd.views.text import screen_of

    path = existing(arguments.file)
    _refuse_more_than_a_table(arguments)
    numbers, opened = _numbers(arguments), _opened(arguments)
    _refuse_picture(arguments.plot)
    line = RunsLine(sys.stderr)
    try:
        result = _swept(path, numbers, arguments, line)
    except KeyboardInterrupt:
        line.end()
        kept = f"what is done is in {arguments.store}; the same command goes on from there"
        lost = "nothing was kept (--store DIR keeps it)"
        print(f"retrograd: interrupted; {kept if arguments.store else lost}", file=sys.stderr)
        return INTERRUPTED
    finally:
        line.end()
    if arguments.plot is not None:
        from retrograd import plots

        plots.save(plots.sweep_figure(result), arguments.plot)
    if arguments.page is not None:
        _write_page(path, result, arguments.page)
    if opened is not None:
        _keep(path, result, opened, arguments.output or "run.retro")
    if arguments.json:
        import json

        from retrograd.sweeps.result import rows

        return write(json.dumps(rows(result), allow_nan=False) + "\n")
    return write(table(result, screen_of(sys.stdout, arguments.color)))


def _numbers(arguments: argparse.Namespace) -> dict[str, str]:
    """Return which numbers are swept, with their values as they were typed."""
    numbers: dict[str, str] = {} if arguments.learning_rate is None else {"learning_rate": arguments.learning_rate}
    for setting in arguments.set:
        name, equals, values = setting.partition("=")
        if not equals or not name or not values:
            raise Refused(f"--set takes NAME=VALUES, as in --set momentum=0,0.5,0.9; {setting!r} is none")
        numbers[name] = values
    if arguments.around is None:
        return numbers
    from retrograd.sweeps.grid import zoomed

    return zoomed(numbers, arguments.around, arguments.zoom)


def _refuse_more_than_a_table(arguments: argparse.Namespace) -> None:
    """Refuse early to keep what nothing would show."""
    for asked, option in ((arguments.history, "--history"), (arguments.parameters, "--parameters")):
        if asked and not (arguments.json or arguments.store):
            raise Refused(f"{option}: the table has no place for it; add --json, or --store DIR to keep it in a store")


def _refuse_picture(name: str | None) -> None:
    """Refuse early what could not be saved."""
    if name is None:
        return
    from retrograd import plots

    plots.checked(name)
    if os.path.exists(name) and not os.path.isfile(name):
        raise Refused(f"{name} is a folder; --plot takes the name of a file.")


def _swept(path: str, numbers: dict[str, str], arguments: argparse.Namespace, line: Any) -> Any:
    from retrograd.sweeps import sweep

    return sweep(
        path,
        numbers=numbers,
        seeds=arguments.seeds,
        until=arguments.until,
        max_steps=arguments.max_steps,
        growth=arguments.growth,
        start=arguments.start,
        engine=arguments.engine,
        dtype=arguments.dtype,
        device=arguments.device,
        history=arguments.history,
        parameters=arguments.parameters,
        store=arguments.store,
        processes=arguments.processes,
        client=arguments.dask,
        tile=arguments.tile,
        progress=line,
    )


def _opened(arguments: argparse.Namespace) -> dict[str, float] | None:
    """Return which run is to be kept as a recording, and refuse early what could not be kept."""
    if arguments.open is None:
        if arguments.output is not None:
            raise Refused("-o names the recording of one run, which --open chooses, as in --open learning_rate=1.")
        return None
    problem = problem_with_output(arguments.output or "run.retro", False)
    if problem is not None:
        raise Refused(problem.replace("--force replaces it; ", ""))
    found: dict[str, float] = {}
    for part in arguments.open.split(","):
        name, _, value = part.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise Refused(
                f"--open takes NAME=VALUE,NAME=VALUE, as in learning_rate=1,seed=3; {part!r} is none"
            ) from None
    return found


def _keep(path: str, result: Any, run: dict[str, float], output: str) -> None:
    from retrograd.replays import replay
    from retrograd.store import load, save
    from retrograd.sweeps import run_of

    recording = load(path)
    save(replay(recording, **run_of(recording, result, **run)), output)
    print(f"retrograd: this run is in {output}. Next: retrograd show {output}", file=sys.stderr)


def _write_page(path: str, result: Any, page: str) -> None:
    from retrograd.store import load
    from retrograd.views.data import Extra
    from retrograd.views.page import page as page_of

    text = page_of(load(path), Extra(title=os.path.basename(path), sweep=result))
    try:
        with open(page, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Refused(f"{page} cannot be written: {error.strerror}") from error
    print(f"retrograd: the map is in {page}: open it in a browser and press M", file=sys.stderr)


def _part(text: str) -> tuple[int, int]:
    part, slash, parts = text.partition("/")
    if not (slash and part.isdigit() and parts.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not I/N, as in 3/8")
    return int(part), int(parts)
