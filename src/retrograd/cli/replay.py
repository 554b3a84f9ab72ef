"""`retrograd replay`: the recorded loop with changes."""

from __future__ import annotations

import argparse
import os
import sys

from retrograd.cli.common import Refused, existing, problem_with_output, real_number, size_text, whole_number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be typed."""
    parser.add_argument("file", metavar="FILE", help="a recording")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        type=_change,
        metavar="NAME=VALUE",
        help="a number, [a, list], or a file.npy for the variable NAME; may be given several times",
    )
    parser.add_argument(
        "--steps", type=whole_number, metavar="N", help="how many; as many as were recorded if not given"
    )
    parser.add_argument("--until", type=real_number, metavar="LOSS", help="stop when the loss is not larger")
    parser.add_argument("--dtype", metavar="DTYPE", help="compute in float64, say")
    parser.add_argument("--clear", choices=("always", "never"), help="clear gradients at each step's end, or never")
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="WHAT",
        help="leave out a line, as 29, a call, as detach, or a call in a line, as 'line 29: detach'",
    )
    parser.add_argument(
        "-o", "--output", metavar="NEW", help="the new recording; FILE-replayed.retro here if not given"
    )
    parser.add_argument("--force", action="store_true", help="replace a recording of that name")


def run(arguments: argparse.Namespace) -> int:
    """Carry it out and return the exit status."""
    from retrograd.store import load, save

    recording = load(existing(arguments.file))
    base = os.path.splitext(os.path.basename(arguments.file))[0]
    path = arguments.output or f"{base}-replayed.retro"
    problem = problem_with_output(path, arguments.force)
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
    where = f"replayed in {path} ({size_text(os.path.getsize(path))})"
    print(f"retrograd: {where}. Next: retrograd show {arguments.file} --diff {path}", file=sys.stderr)
    return 0


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


def _read(value: object) -> object:
    if not isinstance(value, str):
        return value
    import numpy as np

    try:
        return np.load(value, allow_pickle=False)
    except OSError as error:
        raise Refused(f"{value} cannot be read: {error.strerror or error}") from None
    except (ValueError, EOFError):
        raise Refused(f"{value} holds no array of numbers as numpy.save writes them") from None
