"""What is said about the tensors of an event, and how they stand below it in columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from retrograd.recording import Event, Program, Recording, Reference, Step, Value
from retrograd.views.events import gradients_of, name_of, value_in
from retrograd.views.numbers import grid, norm_of, number, shape_text
from retrograd.views.text import Screen, fit_end, left, printable, width_of

INDENT = 8
"""Where values begin; the margin before holds the letter of the phase and the numbers of lines and events."""

MOST_LABEL = 34
NOT_KEPT = "not kept in this step"
_ROLE = re.compile(r"→ |(?:in   |out  )∂\w+/∂|")


@dataclass(frozen=True, slots=True)
class Entry:
    """A tensor below an event: what it is to the event, its name, and its numbers or what to say instead."""

    label: str
    value: Value | None
    text: str = ""
    """Instead of the numbers."""
    shape: tuple[int, ...] | None = None


@dataclass
class Page:
    """A step while its text is written."""

    recording: Recording
    step: Step
    program: Program
    screen: Screen
    operations: bool
    shown: dict[Reference, int] = field(default_factory=dict)
    """Where the numbers of a tensor were shown first: the event, or -1 for the start."""
    missing: bool = False
    """Something was not kept in this step."""


def entries_of(page: Page, event: Event) -> list[Entry]:
    """Return what is said about the tensors of an event, by its kind."""
    if event.kind == "accumulate":
        return _accumulated(page, event)
    if event.kind == "backward":
        into, out = gradients_of(page.recording, page.program, event)
        entries = [entry(page, "in   ", reference, name, event) for name, reference in into]
        return entries + [entry(page, "out  ", reference, name, event) for name, reference in out]
    if event.kind == "clear":
        return _cleared(page, event)
    if event.kind == "update":
        return _updated(page, event)
    if event.kind == "read":
        return [entry(page, "", reference, event=event) for reference in event.inputs]
    if event.kind in ("call", "state", "error"):
        return []
    return [
        entry(page, "→ ", reference, page.program.slots[reference.slot].name or "", event)
        for reference in event.outputs
    ]


def _accumulated(page: Page, event: Event) -> list[Entry]:
    gradient = f"{_name(page, event.inputs[0])}.grad"
    entries = [entry(page, "", reference, "arrived", event) for reference in event.inputs[1:2]]
    before = event.inputs[2:3]
    entries += [entry(page, "", reference, f"{gradient} before", event) for reference in before]
    after = f"{gradient} after" if before else gradient
    return entries + [entry(page, "", reference, after, event) for reference in event.outputs]


def _updated(page: Page, event: Event) -> list[Entry]:
    entries = []
    for after in event.outputs:
        name = name_of(page.recording, page.program, after)
        entries.append(entry(page, "→ ", after, name, event))
        before = next((r for r in event.inputs if r.slot == after.slot), None)
        moved = None if before is None else _distance(page, before, after)
        if moved is not None:
            entries.append(Entry("", None, f"{name} moved by {number(moved)} (norm of after − before)"))
    return entries


def _distance(page: Page, before: Reference, after: Reference) -> float | None:
    values = value_in(page.step, before), value_in(page.step, after)
    if values[0] is None or values[1] is None or values[0].array is None or values[1].array is None:
        return None
    with np.errstate(invalid="ignore", over="ignore"):
        difference = values[1].array.astype("c16") - values[0].array.astype("c16")
    return norm_of(Value(None, "complex128", difference.shape, difference, None))


def _cleared(page: Page, event: Event) -> list[Entry]:
    if not event.outputs:
        return []  # the line says it: set to None
    return [entry(page, "→ ", reference, event=event) for reference in event.outputs]


def _name(page: Page, reference: Reference) -> str:
    return name_of(page.recording, page.program, reference)


def entry(page: Page, role: str, reference: Reference, name: str | None = None, event: Event | None = None) -> Entry:
    """Return the entry of a tensor; numbers that take several lines are shown only once in a step."""
    label = role + (_name(page, reference) if name is None else printable(name))
    shape = page.program.slots[reference.slot].shape
    value = value_in(page.step, reference)
    if value is None:
        page.missing = True
        return Entry(label, None, NOT_KEPT, shape)
    first = page.shown.setdefault(reference, -1 if event is None else event.number)
    if event is not None and first != event.number and len(grid(value, page.screen.width)) > 1:
        return Entry(label, None, "as at the start" if first < 0 else f"as in event {first}", shape)
    return Entry(label, value, shape=shape)


def _short(label: str, width: int) -> str:
    """Cut a label that is too long, but neither its role at its start nor the end that tells names apart."""
    if width_of(label) <= width:
        return label
    role = _ROLE.match(label)
    assert role is not None  # it also matches nothing
    return role[0] + fit_end(label[role.end() :], width - width_of(role[0]))


def in_columns(rows: Sequence[str | Entry], screen: Screen) -> Iterator[str]:
    """Go through the rows as text, tensors in columns: label, shape, numbers."""
    entries = [row for row in rows if isinstance(row, Entry) and row.label]
    wide = min(max((width_of(entry.label) for entry in entries), default=0), MOST_LABEL)
    shapes = max((len(shape_text(entry.shape)) for entry in entries if entry.shape is not None), default=0)
    for row in rows:
        if isinstance(row, str):
            yield row
        elif not row.label:
            yield " " * INDENT + row.text
        else:
            shape = "" if row.shape is None else shape_text(row.shape)
            start = " " * INDENT + f"{left(_short(row.label, wide), wide)}  {shape:<{shapes}}  "
            numbers = [row.text] if row.value is None else grid(row.value, screen.width - width_of(start))
            for place, text in enumerate(numbers):
                yield (start if not place else " " * width_of(start)) + text
