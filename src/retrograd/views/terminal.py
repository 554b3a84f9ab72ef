"""A recording on a terminal, at a glance. Its steps and events are in modules beside this one."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from retrograd.recording import Note, Program, Recording, Step, loss_of
from retrograd.views.lines import (
    LETTERS,
    Block,
    Row,
    blocks_of,
    file_name,
    line_of,
    main_file,
    place_of,
    text_of,
)
from retrograd.views.numbers import curve, number
from retrograd.views.parameters import parameter_lines
from retrograd.views.text import (
    Screen,
    ends,
    finished,
    fit,
    fit_end,
    left,
    paragraph,
    printable,
    width_of,
)

MOST_BLOCKS = 6
MOST_PROGRAMS = 50
MOST_NOTES = 8
MOST_ERROR_LINES = 3
MOST_RANGES = 2
MOST_KINDS = 4
MOST_NAMES = 30
MOST_OPTION = 28
"""The longest option that is proposed, or what it is said to do."""


@dataclass(frozen=True, slots=True)
class Course:
    """What one pass through the steps gives."""

    losses: np.ndarray
    programs: list[int | None]
    """The number of each step's program."""
    first: Step | None
    last: Step | None
    """The last one that was finished, if any was."""
    finished: bool
    """All steps were."""
    seconds: float


def overview(recording: Recording, screen: Screen, *, path: str = "") -> str:
    """Return what was recorded, as text: the loss, the parameters, the loop, what was not seen, how it ended.

    Args:
        recording: Any recording.
        screen: What the text is for.
        path: The recording's file, if it has one: the text says what to type next.
    """
    return finished(_overview(recording, screen, path), screen)


def seen(recording: Recording) -> str:
    """Return in one line how many steps and parameters were seen, and what the loss did."""
    losses = recording.loss
    finite = losses[np.isfinite(losses)]
    names = recording.parameters
    shown = ", ".join(map(printable, names))
    named = f" ({shown})" if names and width_of(shown) <= MOST_NAMES else ""
    if not losses.size:
        return "backward was never called, so nothing was learned"
    parts = [_many(len(losses), "step"), _many(len(names), "parameter") + named]
    if finite.size:
        parts.append(f"loss {number(losses[0])} → {number(losses[-1])}")
    return ", ".join(parts)


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}" + ("" if count == 1 else "s")


def _overview(recording: Recording, screen: Screen, path: str) -> Iterator[str]:
    course = _course(recording)
    yield screen.paint(
        "bold",
        ends(_name(recording, path, screen.width - 16), _many(len(course.losses), "step"), screen.width),
    )
    yield ""
    yield from _facts(recording, course, screen)
    if len(course.losses):
        for section in (
            _loss(course, screen),
            parameter_lines(recording, course.first, course.last, screen),
            _loop(recording, course, screen),
        ):
            yield ""
            yield from section
    else:
        yield from _without_steps(recording, course, screen)
    yield from _unseen(recording, screen)
    if len(course.losses) or recording.before is not None:
        yield ""
        yield screen.paint("bold", "NEXT")
        yield from _next(path, course, screen)


def _without_steps(recording: Recording, course: Course, screen: Screen) -> Iterator[str]:
    yield ""
    if recording.facts.get("closed") is False:
        yield "No step had been written down yet."
    else:
        yield "Backward was never called, so nothing was learned."
    if recording.before is not None:
        yield ""
        yield from _loop(recording, course, screen)


def _name(recording: Recording, path: str, width: int) -> str:
    if path:
        return fit_end(printable(path), width)
    file = main_file(recording)
    return "a recording" + (f" of {file_name(file)}" if file else "")


def _script(recording: Recording) -> str:
    """Return what was typed to run the loop; for a notebook's cell, only that it is one."""
    file, facts = main_file(recording), recording.facts
    if file is not None and file_name(file).startswith("cell"):
        return f"{file_name(file)} of a notebook"
    words = [
        str(facts.get("script") or (file_name(file) if file else "")),
        *map(str, facts.get("arguments") or ()),
    ]
    return printable(" ".join(words))


def _course(recording: Recording) -> Course:
    losses: list[float] = []
    programs: list[int | None] = []
    first = last = None
    everything, seconds = True, 0.0
    for step in recording.steps:
        losses.append(loss_of(step))
        programs.append(None if step.program is None else step.program.number)
        first = first or step
        last = step if step.finished or last is None else last
        everything = everything and step.finished
        seconds = step.seconds
    return Course(np.array(losses), programs, first, last, everything, seconds)


def _facts(recording: Recording, course: Course, screen: Screen) -> Iterator[str]:
    facts = recording.facts
    how = [str(facts["began"])] if facts.get("began") else []
    how += [f"mode {facts['mode']}"] if facts.get("mode") else []
    how += [f"torch {facts['torch']}"] if facts.get("torch") else []
    how += [_many(int(facts["threads"]), "thread")] if facts.get("threads") else []
    how += [f"{number(course.seconds)} s"] if course.seconds else []
    sections = {
        "script": [_script(recording)],
        "recorded": [printable(", ".join(how))],
        "replayed": [fit(f"with {printable(str(facts['replayed']))}", screen.width - 13)]
        if "replayed" in facts
        else [],
        "structure": list(_programs(recording, course)),
        "ended": list(_ending(recording, course, screen)),
        "proof": [part for text in _proofs(recording) for part in paragraph(printable(text), screen.width - 13)],
    }
    for title, texts in sections.items():
        for place, text in enumerate(texts):
            yield f"  {title if not place else '':<9}  {text}"


def _proofs(recording: Recording) -> list[str]:
    return [note.text.removeprefix("the proof ") for note in recording.notes if note.kind == "proof"]


def _programs(recording: Recording, course: Course) -> Iterator[str]:
    """Say which steps were alike: the same calls from the same lines."""
    known = {program.number: program for program in recording.programs}
    deeds = {number: _deeds(program) for number, program in known.items()}
    alike: dict[object, list[int]] = {}
    for step, program in enumerate(course.programs):
        alike.setdefault(None if program is None else deeds[program], []).append(step)
    for place, (deed, steps) in enumerate(alike.items()):
        if place == MOST_KINDS:
            yield f"… {len(alike) - MOST_KINDS} more kinds of steps"
            return
        which = "every step" if len(alike) == 1 and len(steps) > 1 else _ranges(steps)
        program = course.programs[steps[0]]
        if deed is None or program is None:
            yield f"recorded lightly, without structure: {which}"
        else:
            events, operations = len(known[program].events), len(known[program].operations)
            yield f"{_many(events, 'event')}, {_many(operations, 'operation')} in {which}"


def _deeds(program: Program) -> tuple[object, ...]:
    events = tuple((event.kind, event.name, event.line) for event in program.events)
    return events, tuple(operation.name for operation in program.operations)


def _ranges(numbers: Sequence[int]) -> str:
    """Return `step 0` or `steps 1 to 413`; many ranges are cut short."""
    ranges: list[list[int]] = []
    for step in numbers:
        if ranges and ranges[-1][1] == step - 1:
            ranges[-1][1] = step
        else:
            ranges.append([step, step])
    parts = [str(a) if a == b else f"{a} to {b}" for a, b in ranges[:MOST_RANGES]]
    if len(ranges) > MOST_RANGES:
        return f"{len(numbers)} steps ({', '.join(parts)}, …)"
    return ("step " if len(numbers) == 1 else "steps ") + ", ".join(parts)


def _ending(recording: Recording, course: Course, screen: Screen) -> Iterator[str]:
    error = _error(recording)
    if error is not None:
        step, line, text = error
        where = f" in step {step}" if step is not None and 0 <= step < len(course.losses) else ""
        yield screen.paint("error", f"with an error{where}, {place_of(recording, line)}")
        source = line_of(recording, line)
        if source is not None:
            yield fit(text_of(recording, source).strip(), screen.width - 13)
        lines = paragraph(text, screen.width - 13)
        yield from lines[: MOST_ERROR_LINES - 1]
        yield from [" ".join(lines[MOST_ERROR_LINES - 1 :])] if len(lines) >= MOST_ERROR_LINES else []
    elif recording.facts.get("closed") is False:
        yield screen.paint("error", "in the middle: the recording was never closed (killed?)")
    elif not course.finished:
        yield "in the middle of a step"
    else:
        yield "normally"


def _error(recording: Recording) -> tuple[int | None, int | None, str] | None:
    """Return the step, the line and the text of the exception that ended the loop."""
    noted = [note for note in recording.notes if note.kind == "error"]
    if noted:
        return noted[-1].step, noted[-1].line, noted[-1].text
    last = recording.steps[-1] if len(recording.steps) else recording.before
    for step in (recording.after, last):
        if step is not None and step.program is not None and not step.finished:
            events = [event for event in step.program.events if event.kind == "error"]
            if events:
                return step.number, events[-1].line, events[-1].text
    return None


def _loss(course: Course, screen: Screen) -> Iterator[str]:
    losses = course.losses
    finite = np.flatnonzero(np.isfinite(losses))
    yield screen.paint("bold", "LOSS")
    if not finite.size:
        yield "  backward was never called on one number" if np.isnan(losses).all() else "  never finite"
        return
    lowest = finite[np.argmin(losses[finite])]
    text = f"  {number(losses[0])} → {number(losses[-1])}     lowest {number(losses[lowest])} in step {lowest}"
    missing = len(losses) - finite.size
    if missing:
        first = int(np.flatnonzero(~np.isfinite(losses))[0])
        text += f"\n  not finite in {_many(missing, 'step')}, first in step {first}"
    yield from text.splitlines()
    if len(losses) > 2:
        yield from (f"  {line}" for line in curve(losses, min(screen.width - 4, 72)))


def _loop(recording: Recording, course: Course, screen: Screen) -> Iterator[str]:
    used = {number for number in course.programs if number is not None}
    programs = [program for program in recording.programs if program.number in used][:MOST_PROGRAMS]
    if not programs and recording.before is not None and recording.before.program is not None:
        programs = [recording.before.program]
    blocks = blocks_of(recording, programs)
    for place, block in enumerate(blocks[:MOST_BLOCKS]):
        if place:
            yield ""
        yield ends(screen.paint("bold", _block_name(place, block)), file_name(block.file), screen.width)
        for row in block.rows:
            if row.gap:
                yield "          │ …"
            yield _source(row, screen)
    if len(blocks) > MOST_BLOCKS:
        yield f"… {len(blocks) - MOST_BLOCKS} more functions"
    if blocks:
        yield "  F forward   B backward   U update   C clear"


def _block_name(place: int, block: Block) -> str:
    loops = any("backward" in row.phases for row in block.rows)
    if not place and not loops:
        return "THE CODE" + (f" in {printable(block.function)}" if block.function else "")
    if loops:
        return ("ANOTHER LOOP" if place else "THE LOOP") + (
            f" in {printable(block.function)}" if block.function else ""
        )
    return f"IN {printable(block.function)}" if block.function else "AND"


def _source(row: Row, screen: Screen) -> str:
    letters = "".join(dict.fromkeys(LETTERS[phase] for phase in row.phases))
    colour = next((phase for phase in row.phases if phase != "other"), "other")
    margin = f"  {letters:<3}{row.number:>4} │ "
    return screen.paint(colour, margin) + row.text if letters else margin + row.text


def _unseen(recording: Recording, screen: Screen) -> Iterator[str]:
    notes = [note for note in recording.notes if note.kind not in ("error", "proof")]
    distinct: dict[tuple[str, int | None], list[Note]] = {}
    for note in notes:
        distinct.setdefault((note.text, note.line), []).append(note)
    if not distinct:
        return
    yield ""
    yield screen.paint("bold", "WHAT THE RECORDING CANNOT SHOW")
    for (text, line), alike in list(distinct.items())[:MOST_NOTES]:
        steps = [note.step for note in alike if note.step is not None]
        where = ([_ranges(steps)] if steps else []) + ([place_of(recording, line)] if line is not None else [])
        for place, part in enumerate(paragraph(", ".join(where) + ": " * bool(where) + text, screen.width - 4)):
            yield f"  {'-' if not place else ' '} {part}"
    if len(distinct) > MOST_NOTES:
        yield f"  … {len(distinct) - MOST_NOTES} more"


def _next(path: str, course: Course, screen: Screen) -> Iterator[str]:
    count = len(course.losses)
    step = ("0", "one step, event by event") if count else ("before", "what happened, event by event")
    rows = [(f"retrograd.show(recording, step={step[0] if count else repr(step[0])})", step[1])]
    if path:
        options = [(f"--step {step[0]}", step[1])]
        options += [(f"--diff 0 {count - 1}", "two steps side by side")] if count > 1 else []
        options += [("--prove", "everything computed again")] if count else []
        command = f"retrograd show {printable(shlex.quote(path))}"
        if width_of(command) + MOST_OPTION > screen.width:
            command = "retrograd show FILE"
        rows = [(f"{command} {option}", what) for option, what in options]
    wide = max(width_of(typed) for typed, _ in rows)
    for typed, what in rows:
        yield f"  {left(typed, wide)}   {what}" if wide + MOST_OPTION + 3 <= screen.width else f"  {typed}"
