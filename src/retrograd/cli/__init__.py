"""The command line: a module for each command. Nothing is imported before a command needs it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from retrograd.errors import RetrogradError

COMMANDS = {
    "run": ("record a script", "Run a script and record its loop."),
    "show": ("look at a recording", "Show a recording as text."),
    "view": ("in the browser", "Show a recording in the browser."),
    "page": ("one HTML file", "Write a recording as one HTML file."),
    "verify": ("check the gradients", "Compare a recording with independent computations of the same."),
    "diagnose": ("find mistakes", "Name the mistakes of a loop."),
    "rule": ("one mistake explained", "Show the page of a check."),
    "replay": ("what if?", "Run a recorded loop with changes."),
    "sweep": (
        "run it again with other learning rates",
        "Run the recorded loop again for every combination of learning rates, seeds and other numbers.",
    ),
    "lesson": ("learn what learning means", "Open the lesson where you are, or make its pages and its key."),
}
"""Name of a command, which is also its module's -> what the list of commands says, what its own help says."""


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command and return the exit status."""
    typed = sys.argv[1:] if argv is None else argv
    arguments = _parser(typed).parse_args(typed)
    from retrograd.cli.common import FAILED, MISUSED, Refused

    try:
        return import_module(f"retrograd.cli.{arguments.command}").run(arguments)
    except (Refused, RetrogradError) as error:
        print(f"retrograd: {error}", file=sys.stderr)
        return MISUSED
    except BrokenPipeError:
        # Whoever read the text, `head` for example, has enough. At the exit nothing may be written, either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _parser(typed: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="retrograd",
        description="Record a PyTorch training loop without changing it, then look at every step.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="the versions of retrograd, PyTorch and Python")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command", prog=parser.prog)
    for name in [typed[0]] if typed and typed[0] in COMMANDS else COMMANDS:
        summary, description = COMMANDS[name]
        command = commands.add_parser(name, help=summary, description=description)
        if name in typed:  # only the module of a command that may have been asked for is imported
            import_module(f"retrograd.cli.{name}").add_arguments(command)
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print what a report of an error should say."""
        import platform
        from importlib.metadata import PackageNotFoundError, version

        try:
            torch = version("torch")
        except PackageNotFoundError:
            torch = "not installed"
        print(f"retrograd {version('retrograd')} (PyTorch {torch}, Python {platform.python_version()})")
        parser.exit()
