"""What several commands need: their refusals, their texts, the arguments they share."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retrograd.recording import Recording, Step
    from retrograd.verification.comparisons import Comparison

FAILED, MISUSED = 1, 2
"""Exit statuses: a check that does not hold; a command that cannot be carried out."""

BEFORE, AFTER, ALL = "before", "after", "all"


class Refused(Exception):
    """A command cannot be carried out as it was typed; the message says why."""


def existing(path: str) -> str:
    """Return a path, or refuse if nothing is there."""
    if not os.path.exists(path):
        raise Refused(f"there is no file {path}. `retrograd run SCRIPT` writes a recording.")
    return path


def whole_number(text: str) -> int:
    """Return a whole number as it was typed, or refuse it in words."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number, such as 20") from None


def real_number(text: str) -> float:
    """Return a number as it was typed, or refuse it in words."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number, such as 0.01") from None


def write(text: str) -> int:
    """Print a text that ends its own lines, and return the exit status of success."""
    sys.stdout.write(text)
    sys.stdout.flush()
    return 0


def size_text(count: float) -> str:
    """Say a number of bytes as a person would: `1.2 MB`."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def problem_with_output(path: str, force: bool) -> str | None:
    """Say why a recording may not be written to a path; None if it may."""
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


def chosen(recording: Recording, wanted: int | str, reconstruct: bool = False) -> Step:
    """Return the step that was asked for, by number or by word."""
    count = len(recording.steps)
    if isinstance(wanted, str):
        step = recording.before if wanted == BEFORE else recording.after
        if step is None:
            raise Refused(f"nothing was recorded {wanted} the loop")
        return step
    if not -count <= wanted < count:
        hint = "" if count else ", but --step before may show what happened"
        raise Refused(f"the recording has no step {wanted}; {range_text('step', count)}{hint}")
    if not reconstruct:
        return recording.steps[wanted]
    from retrograd.program import reconstruct as computed_again

    return computed_again(recording, wanted % count)


def range_text(thing: str, count: int) -> str:
    """Say which numbers there are: `it has the steps 0 to 413`."""
    if not count:
        return f"it has no {thing}s"
    return f"it has only {thing} 0" if count == 1 else f"it has the {thing}s 0 to {count - 1}"


def comparisons_of(recording: Recording) -> Sequence[Comparison]:
    """Compute a recording independently; return the comparisons."""
    from retrograd.verification import verify

    return verify(recording).comparisons


def positive(text: str) -> int:
    """Read a number of steps: a whole number of at least 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of steps, such as 100")
    return number


def seconds(text: str) -> float:
    """Read a number of seconds, 0 included."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds, such as 10")
    return number


def megabytes(text: str) -> int:
    """Read a number of megabytes; return bytes."""
    try:
        size = float(text)
    except ValueError:
        size = 0.0
    if not 0 < size < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of megabytes, such as 24")
    return int(size * 1e6)


def step_number(text: str) -> int | str:
    """Read a step: a number, or one of first, last, before and after."""
    words = {"first": 0, "last": -1, BEFORE: BEFORE, AFTER: AFTER}
    if text in words:
        return words[text]
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number and none of {', '.join(words)}") from None


def step_or_all(text: str) -> int | str:
    """Read a step that has a backward call, or the word for all of them."""
    if text == ALL:
        return ALL
    try:
        return step_number(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number and none of first, last, all") from None
