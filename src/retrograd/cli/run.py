"""`retrograd run`: record a script."""

from __future__ import annotations

import argparse
import os

from retrograd import scripts
from retrograd.cli.common import Refused, megabytes, positive, problem_with_output, seconds
from retrograd.cli.watch import Watch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be typed."""
    options, indent = "[-o FILE] [--force] [--mode MODE] [--every K]", " " * len("usage: retrograd run ")
    more = "[--prove S] [--budget MB]"
    parser.usage = f"retrograd run {options}\n{indent}{more} SCRIPT [ARGUMENT ...] | -m MODULE [ARGUMENT ...]"
    parser.add_argument("-o", "--output", metavar="FILE", help="the recording; SCRIPT.retro here if not given")
    parser.add_argument("--force", action="store_true", help="replace a recording of that name")
    parser.add_argument("-m", "--module", action="store_true", help="SCRIPT is a module's name, as in python -m")
    parser.add_argument(
        "--mode", choices=("every", "sparse", "light"), default="every", help="what is kept; every value if not given"
    )
    parser.add_argument(
        "--every", type=positive, default=100, metavar="K", help="sparse, light: one step in K in full (100)"
    )
    parser.add_argument(
        "--prove",
        type=seconds,
        default=10.0,
        metavar="S",
        help="sparse: prove it at the end, for S seconds at most (10)",
    )
    parser.add_argument(
        "--budget", type=megabytes, metavar="MB", help="stay below: the longer it runs, the fewer steps in full"
    )
    parser.add_argument("script", metavar="SCRIPT", help="what to run")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGUMENT", help="given to the script")


def run(arguments: argparse.Namespace) -> int:
    """Carry it out and return the exit status."""
    problem = None if arguments.module else scripts.problem_with(arguments.script)
    path = arguments.output or _default_output(arguments)
    problem = problem or problem_with_output(path, arguments.force)
    if problem:
        raise Refused(problem)
    watch = Watch(path, arguments.mode, arguments.every, arguments.prove, arguments.budget)
    error = watch.run(arguments.script, arguments.arguments, module=arguments.module)
    status = scripts.finish(error)
    watch.report(arguments.script)
    if isinstance(error, KeyboardInterrupt):
        scripts.end_interrupted()
    return status


def _default_output(arguments: argparse.Namespace) -> str:
    name = os.path.basename(arguments.script)
    return (name.rpartition(".")[2] if arguments.module else os.path.splitext(name)[0]) + ".retro"
