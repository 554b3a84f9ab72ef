"""`retrograd verify`: recorded gradients beside independent computations."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from retrograd.cli.common import AFTER, ALL, BEFORE, FAILED, Refused, existing, range_text, step_or_all, write

if TYPE_CHECKING:
    from retrograd.recording import Recording


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be typed."""
    parser.add_argument("file", metavar="FILE", help="a recording")
    parser.add_argument(
        "--step",
        type=step_or_all,
        nargs="+",
        metavar="N",
        help="compare these steps in full: numbers, first, last, or all",
    )
    parser.add_argument("--json", action="store_true", help="for other programs")
    parser.add_argument("--no-color", dest="color", action="store_false", help="no colours")


def run(arguments: argparse.Namespace) -> int:
    """Carry it out and return the exit status."""
    from retrograd.store import load
    from retrograd.verification import verify
    from retrograd.views.comparisons import verification_json, verification_text
    from retrograd.views.text import screen_of

    recording = load(existing(arguments.file))
    found = verify(recording, _steps_in(recording, arguments.step))
    if arguments.json:
        import json

        write(json.dumps(verification_json(recording, found), allow_nan=False) + "\n")
    else:
        screen = screen_of(sys.stdout, arguments.color)
        write(verification_text(recording, found, screen, title=arguments.file))
    return 0 if found.agrees else FAILED


def _steps_in(recording: Recording, wanted: Sequence[int | str] | None) -> list[int] | None:
    if wanted is None:
        return None
    count = len(recording.steps)
    for number in wanted:
        if isinstance(number, int) and not -count <= number < count:
            raise Refused(f"the recording has no step {number}; {range_text('step', count)}")
        if number in (BEFORE, AFTER):
            raise Refused(f"no backward call ran {number} the loop, so there is nothing to compare in it")
    return [*range(count)] if ALL in wanted else [number for number in wanted if isinstance(number, int)]
