"""One step as text: every event in order, below the person's line, with its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from retrograd.recording import Event, Line, Phase, Recording, Step, loss_of
from retrograd.views.entries import INDENT, NOT_KEPT, Entry, Page, entries_of, entry, in_columns
from retrograd.views.events import (
    constants_of,
    expression,
    is_look,
    name_of,
    nodes_made_by,
    operation_text,
)
from retrograd.views.lines import LETTERS, file_name, function_of, line_of, main_file, text_of
from retrograd.views.numbers import number
from retrograd.views.text import (
    Screen,
    ends,
    finished,
    left,
    paragraph,
    printable,
    right,
    width_of,
)

MOST_AT_START = 30
MOST_ERROR_LINES = 8
MOST_TURNS = 3
"""A line that does the same again and again is shown so many times in a step; --operations shows all."""

FEWEST_FOLDED = 6
"""Fewer events are shown rather than counted."""


@dataclass(slots=True)
class Visit:
    """Events in a row on one line."""

    line: Line | None
    events: list[Event]
    folded: list[Visit] = field(default_factory=list)
    """Visits that repeat earlier ones, and are only counted."""


def step_text(recording: Recording, step: Step, screen: Screen, *, title: str = "", operations: bool = False) -> str:
    """Return a step as text.

    Args:
        recording: The recording that the step belongs to.
        step: It, as recorded or with every value computed again.
        screen: What the text is for.
        title: What stands at the right of the first line.
        operations: Show the ATen operations below each event, too.
    """
    return finished(_lines(recording, step, screen, title, operations), screen)


def heading(recording: Recording, step: Step) -> str:
    """Return what the text of a step begins with."""
    count = len(recording.steps)
    if step.number < 0:
        return "before the loop"
    if step.number >= count:
        return "after the loop"
    loss = "" if step.number < 0 else f"   loss {number(loss_of(step))}"
    return f"step {step.number} of {count}{loss}" + ("" if step.finished else "   (not finished)")


def _lines(recording: Recording, step: Step, screen: Screen, title: str, operations: bool) -> Iterator[str]:
    yield screen.paint("bold", ends(heading(recording, step), title, screen.width))
    if step.program is None:
        yield ""
        yield from _light(recording, step, screen)
        return
    page = Page(recording, step, step.program, screen, operations)
    yield from _start(page)
    for title_of_group, events in _groups(page):
        yield ""
        yield screen.paint("bold", title_of_group)
        yield from _events(page, events)
    if page.missing:
        yield ""
        said = f"What was {NOT_KEPT} follows from what was kept: --reconstruct computes it, with PyTorch."
        yield from paragraph(said, screen.width)


def _light(recording: Recording, step: Step, screen: Screen) -> Iterator[str]:
    said = "This step was recorded lightly: only its loss and the norms of its gradients were kept."
    yield from paragraph(said, screen.width)
    names = recording.parameters
    wide = max(map(width_of, names), default=0)
    for name, norm in zip(names, step.norms, strict=False):
        yield f"  {left(printable(name), wide)}  gradient norm {number(norm)}"


def _start(page: Page) -> Iterator[str]:
    named = [r for r in page.program.start if page.program.slots[r.slot].name]
    if not named:
        return
    yield ""
    yield page.screen.paint("bold", "AT THE START")
    for reference in named:
        page.shown[reference] = -1
    entries = [entry(page, "", reference) for reference in named[:MOST_AT_START]]
    yield from in_columns(entries, page.screen)
    if len(named) > MOST_AT_START:
        yield " " * INDENT + f"… {len(named) - MOST_AT_START} more"


def _groups(page: Page) -> Iterator[tuple[str, list[Event]]]:
    """Go through the events in groups of one phase, or of several that alternate."""
    runs: list[tuple[str, list[Event]]] = []
    begun: set[int | None] = set()
    for event in page.program.events:
        phase = "backward" if event.phase == "accumulate" else event.phase
        # Where a `with` ends, it is on the line where it began.
        ends_here = event.kind == "state" and event.line in begun
        begun |= {event.line} if event.kind == "state" else set()
        if runs and (runs[-1][0] == phase or ends_here):
            runs[-1][1].append(event)
        else:
            runs.append((phase, [event]))
    phases: list[str] = []
    group: list[Event] = []
    for place, (phase, run) in enumerate(runs):
        following = runs[place + 1][0] if place + 1 < len(runs) else None
        if group and phase not in phases and following not in phases:
            yield _title(phases, group), group
            phases, group = [], []
        phases += [phase] if phase not in phases else []
        group = [*group, *run]
    if group:
        yield _title(phases, group), group


def _title(phases: Sequence[str], events: Sequence[Event]) -> str:
    names = [phase.upper() for phase in phases if phase != "other"]
    if not names:
        kinds = {event.kind for event in events}
        return "ERROR" if "error" in kinds else "READ" if kinds == {"read"} else "CALLS"
    return " AND ".join([", ".join(names[:-1]), names[-1]] if names[:-1] else names)


def _events(page: Page, events: Sequence[Event]) -> Iterator[str]:
    """Go through the lines of a group of events; its tensors stand in common columns."""
    rows: list[str | Entry] = []
    phase = events[0].phase
    for visit in _shown(page, _visits(page, events)):
        if visit.folded:
            rows.append(_folded(visit))
            continue
        # Where a `with` ends belongs to where it began.
        phases: list[Phase] = [event.phase for event in visit.events if event.kind != "state"]
        phase = phases[0] if phases else phase
        if visit.line is not None:
            rows.append(_source(page, phase, visit.line))
        for event in visit.events:
            rows += _event(page, event)
    return in_columns(rows, page.screen)


def _visits(page: Page, events: Sequence[Event]) -> list[Visit]:
    visits: list[Visit] = []
    for event in events:
        line = line_of(page.recording, event.line)
        if visits and (line is None or _same_line(visits[-1].line, line)):
            visits[-1].events.append(event)
        else:
            visits.append(Visit(line, [event]))
    return visits


def _same_line(one: Line | None, other: Line) -> bool:
    return one is not None and (one.file, one.number) == (other.file, other.number)


def _shown(page: Page, visits: Sequence[Visit]) -> list[Visit]:
    """Return the visits to lines; from the fourth turn on, those that repeat what their line did fold."""
    deeds: dict[object, list[object]] = {}
    shown: list[Visit] = []
    for visit in visits:
        deed = [(event.kind, event.name) for event in visit.events]
        before = deeds.setdefault(visit.line and (visit.line.file, visit.line.number), [])
        if before.count(deed) < MOST_TURNS or page.operations:
            shown.append(visit)
        elif shown and shown[-1].folded:
            shown[-1] = Visit(None, shown[-1].events + visit.events, [*shown[-1].folded, visit])
        else:
            shown.append(Visit(None, visit.events, [visit]))
        before.append(deed)
    return [
        v for visit in shown for v in (visit.folded if len(visit.events) < FEWEST_FOLDED and visit.folded else [visit])
    ]


def _folded(visit: Visit) -> str:
    numbers = sorted({each.line.number for each in visit.folded if each.line is not None})
    lines = f"line {numbers[0]}" if len(numbers) == 1 else f"lines {numbers[0]} to {numbers[-1]}"
    turns = max(sum(_same_line(one.line, each.line) for one in visit.folded) for each in visit.folded if each.line)
    events = f"events {visit.events[0].number} to {visit.events[-1].number}"
    return f"       … {turns} more turns through {lines}: {events}"


def _source(page: Page, phase: Phase, line: Line) -> str:
    text = text_of(page.recording, line).strip() or "(its source was not kept)"
    where = "" if line.file == main_file(page.recording) else file_name(line.file)
    where = f"{where} {function_of(page.recording, line)}".strip()
    margin = f"{LETTERS[phase] or ' '} {line.number:>4} │ "
    painted = page.screen.paint(phase, margin) + page.screen.paint("bold", text)
    return ends(painted, where, page.screen.width) if where else painted


def _event(page: Page, event: Event) -> Iterator[str | Entry]:
    """Go through what is said about one event."""
    if is_look(event) and not page.operations:
        return
    head = right(f"[{event.number}]", INDENT - 1) + " " + _head(page, event)
    remark = _remark(page, event)
    if width_of(head) + width_of(remark) + 2 <= page.screen.width:
        yield ends(head, page.screen.paint("dim", remark), page.screen.width)
    else:
        yield head
        yield page.screen.paint("dim", " " * INDENT + remark)
    if event.kind == "error":
        for text in paragraph(event.text, page.screen.width - INDENT)[:MOST_ERROR_LINES]:
            yield " " * INDENT + page.screen.paint("error", text)
    yield from entries_of(page, event)
    if page.operations and event.kind != "call":  # its nodes ran them, and show them
        for place in range(*event.operations):
            yield page.screen.paint("dim", " " * INDENT + operation_text(page.step, place))


def _head(page: Page, event: Event) -> str:
    name = name_of(page.recording, page.program, event.inputs[0]) if event.inputs else ""
    if event.kind == "call":
        return f"backward from {name}" if name else "backward"
    if event.kind == "accumulate":
        return f"AccumulateGrad of {name}"
    if event.node is not None:
        return printable(event.node.name)
    if event.kind in ("state", "error"):
        return printable(event.text if event.kind == "state" and event.text else event.name)
    if event.kind == "clear" and not event.outputs and name:
        return name + ("" if name.endswith(".grad") else ".grad") + " = None"
    if _is_whole_line(page, event):
        return printable(event.name)
    return expression(page.recording, event) or printable(event.name)


def _is_whole_line(page: Page, event: Event) -> bool:
    """Return whether the event is all that its line does, so that the line need not be said again."""
    line = line_of(page.recording, event.line)
    part = expression(page.recording, event)
    return line is not None and bool(part) and text_of(page.recording, line).strip() == part


def _remark(page: Page, event: Event) -> str:
    """Return what stands at the right of an event."""
    if event.kind == "backward" and event.node is not None:
        forward = event.node.forward
        return "of a step before" if forward is None else f"of event {forward}"
    if event.kind == "accumulate":
        return "adds to .grad" if len(event.inputs) > 2 else "there was no .grad"
    constants = [f"{printable(name)} = {number(value)}" for name, value in constants_of(page.step, event)]
    made = nodes_made_by(page.program, event)
    if made:
        constants.append("grad_fn " + ", ".join(made))
    return "   ".join(constants)
