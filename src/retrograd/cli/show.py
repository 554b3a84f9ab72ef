"""`retrograd show`: a recording as text."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from retrograd.cli.common import (
    AFTER,
    BEFORE,
    FAILED,
    Refused,
    chosen,
    existing,
    range_text,
    step_number,
    whole_number,
    write,
)

if TYPE_CHECKING:
    from retrograd.recording import Recording, Step
    from retrograd.views.text import Screen


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what can be typed."""
    parser.add_argument("file", metavar="FILE", help="a recording")
    parser.add_argument(
        "--step", type=step_number, metavar="N", help="one step: a number, first, last, before or after"
    )
    parser.add_argument("--event", type=whole_number, metavar="K", help="one event of the step in full")
    parser.add_argument("--diff", nargs="+", metavar="OTHER", help="two steps, or another recording: what differs")
    parser.add_argument("--operations", action="store_true", help="with --step: the ATen operations, too")
    parser.add_argument("--reconstruct", action="store_true", help="compute what a step did not keep (uses PyTorch)")
    parser.add_argument("--prove", action="store_true", help="compute everything again; status 1 if a bit differs")
    parser.add_argument("--curvature", action="store_true", help="of the loss, and the learning rate that it allows")
    parser.add_argument("--json", action="store_true", help="for other programs")
    parser.add_argument("--no-color", dest="color", action="store_false", help="no colours")


def run(arguments: argparse.Namespace) -> int:
    """Carry it out and return the exit status."""
    from retrograd.store import load
    from retrograd.views.text import screen_of

    recording = load(existing(arguments.file))
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

    return write(overview(recording, screen, path=arguments.file))


def _one(recording: Recording, arguments: argparse.Namespace, screen: Screen) -> int:
    step = chosen(recording, -1 if arguments.step is None else arguments.step, arguments.reconstruct)
    if arguments.event is None:
        from retrograd.views.steps import step_text

        return write(step_text(recording, step, screen, title=arguments.file, operations=arguments.operations))
    count = len(step.program.events) if step.program is not None else 0
    if not 0 <= arguments.event < count:
        raise Refused(f"step {step.number} has no event {arguments.event}; {range_text('event', count)}")
    from retrograd.views.details import event_text

    return write(event_text(recording, step, arguments.event, screen, title=arguments.file))


def _json(recording: Recording, arguments: argparse.Namespace) -> int:
    import json

    from retrograd.views.export import export

    step: Step | None = None
    if arguments.step is not None or len(recording.steps):
        step = chosen(recording, -1 if arguments.step is None else arguments.step, arguments.reconstruct)
    plain = export(recording, step, events=arguments.step is not None)
    return write(json.dumps(plain, allow_nan=False) + "\n")


def _diff(recording: Recording, arguments: argparse.Namespace, screen: Screen) -> int:
    from retrograd.store import load
    from retrograd.views.differences import Side, recordings_text, steps_text

    wanted = [*([] if arguments.step is None else [arguments.step]), *arguments.diff]
    if len(wanted) == 1 and not _is_step(wanted[0]):
        names = (arguments.file, wanted[0])
        return write(recordings_text(recording, load(existing(wanted[0])), names, screen))
    if len(wanted) != 2 or not all(map(_is_step, wanted)):
        raise Refused("--diff takes two steps, as in --diff 0 last, or the name of another recording")
    steps = [chosen(recording, step_number(str(number)), arguments.reconstruct) for number in wanted]
    one, other = (Side(recording, step, f"step {step.number}") for step in steps)
    return write(steps_text(one, other, screen))


def _is_step(text: object) -> bool:
    try:
        return isinstance(step_number(str(text)), (int, str))
    except argparse.ArgumentTypeError:
        return False


def _curvature(recording: Recording, arguments: argparse.Namespace, screen: Screen) -> int:
    from retrograd.curvature import curvature_of
    from retrograd.views.curvatures import curvature_text

    if arguments.step in (BEFORE, AFTER):
        raise Refused(
            f"no backward call ran {arguments.step} the loop, so there is no loss whose curvature it would be"
        )
    steps = None if arguments.step is None else [chosen(recording, arguments.step).number]
    return write(curvature_text(recording, curvature_of(recording, steps), screen))


def _prove(recording: Recording) -> int:
    from retrograd.program import prove

    proof = prove(recording)
    steps = f"{proof.steps} step" + ("" if proof.steps == 1 else "s")
    computed = f"{steps}: {proof.compared} recorded values computed again from the recording alone"
    if proof.holds:
        return write(f"{computed};\nall bitwise equal.\n")
    lines = [
        f"{computed}.",
        *_first("is not what was recorded", proof.differences),
        *_first("skipped", proof.skipped),
    ]
    write("\n".join(lines) + "\n")
    return FAILED


def _first(title: str, sentences: Sequence[str], most: int = 10) -> list[str]:
    if not sentences:
        return []
    more = [f"  … {len(sentences) - most} more"] if len(sentences) > most else []
    return [f"{len(sentences)} {title}:", *(f"  {sentence}" for sentence in sentences[:most]), *more]
