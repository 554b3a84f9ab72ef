"""Two steps, or two recordings, side by side: what they did differently, then which numbers differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from retrograd.recording import Event, Recording, Reference, Step, Value, loss_of, reference_to
from retrograd.views.events import constants_of, expression, name_of, parameter_in, value_in
from retrograd.views.lines import line_of, place_of, text_of
from retrograd.views.numbers import norm_of, number, shape_text
from retrograd.views.text import Screen, ends, finished, fit, left, printable, right, width_of

MOST_CHANGES = 20
MOST_ROWS = 30


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared."""

    recording: Recording
    step: Step
    name: str


@dataclass(frozen=True, slots=True)
class Difference:
    """How far two values are apart."""

    apart: float
    """The largest difference of two entries, or of the norms; infinite if that cannot be said."""
    text: str
    """The same in words, with its place."""
    equal: bool = False
    """Bit by bit, or at least by checksum."""


Row = tuple[str, str, str, str, Difference]
"""What is compared: name, shape, size on one side and on the other, difference."""


def steps_text(one: Side, other: Side, screen: Screen) -> str:
    """Return how two steps differ, as text."""
    heading = screen.paint("bold", f"{one.name} beside {other.name}")
    return finished([heading, "", *_steps(one, other, screen)], screen)


def recordings_text(one: Recording, other: Recording, names: tuple[str, str], screen: Screen) -> str:
    """Return how two recordings differ, as text; `names` are those of their files."""
    return finished(_recordings(one, other, names, screen), screen)


def _steps(one: Side, other: Side, screen: Screen) -> Iterator[str]:
    yield screen.paint("bold", "WHAT THEY DID")
    pairs, changes = _matched(one, other)
    yield from _structure(one, other, pairs, changes, screen)
    yield from _constants(one, other)
    yield ""
    rows = list(_rows(one, other))
    yield from _table(rows, one.name, other.name, screen)
    yield ""
    first = next((pair for pair in pairs if not _same_results(one, other, *pair)), None)
    if first is None:
        yield "Every event that both have gave the same numbers." if pairs else "No events can be compared."
    else:
        yield "The first event that gave other numbers:"
        yield f"  [{first[0].number}] {_label(one, first[0])}, {place_of(one.recording, first[0].line)}"


def _label(side: Side, event: Event) -> str:
    return printable(event.name) if event.node else expression(side.recording, event) or printable(event.name)


def _matched(one: Side, other: Side) -> tuple[list[tuple[Event, Event]], list[tuple[str, Side, Event]]]:
    """Return the events that both steps have, and those that only one has, with a sign."""
    if one.step.program is None or other.step.program is None:
        return [], []
    here, there = one.step.program.events, other.step.program.events
    if one.step.program is other.step.program:
        return list(zip(here, there, strict=True)), []
    keys = [_key(one, event) for event in here], [_key(other, event) for event in there]
    pairs: list[tuple[Event, Event]] = []
    changes: list[tuple[str, Side, Event]] = []
    for what, a, b, c, d in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        if what == "equal":
            pairs += zip(here[a:b], there[c:d], strict=True)
        else:
            changes += [("-", one, event) for event in here[a:b]] + [("+", other, event) for event in there[c:d]]
    return pairs, changes


def _key(side: Side, event: Event) -> tuple[object, ...]:
    """Return what makes two events the same deed: the call, the code, the shapes; not the numbers."""
    program = side.step.program
    assert program is not None  # it has events
    line = line_of(side.recording, event.line)
    text = text_of(side.recording, line).strip() if line is not None else ""
    shapes = tuple(program.slots[r.slot].shape for r in (*event.inputs, *event.outputs))
    return event.kind, event.name, text, _label(side, event), len(event.inputs), shapes


def _structure(
    one: Side,
    other: Side,
    pairs: Sequence[object],
    changes: Sequence[tuple[str, Side, Event]],
    screen: Screen,
) -> Iterator[str]:
    if not pairs and not changes:
        yield "  At least one was recorded lightly, so what it did is not known."
        return
    if not changes:
        yield f"  The same: {len(pairs)} events in the same order."
        return
    yield f"  {len(pairs)} events are the same. - stands for {one.name} only, + for {other.name} only:"
    for sign, side, event in changes[:MOST_CHANGES]:
        line = line_of(side.recording, event.line)
        text = text_of(side.recording, line).strip() if line is not None else ""
        what = f"  {sign} {right(f'[{event.number}]', 5)} {_deed(side, event)}"
        yield screen.paint("error" if sign == "-" else "update", ends(what, fit(text, 32), screen.width))
    if len(changes) > MOST_CHANGES:
        yield f"  … {len(changes) - MOST_CHANGES} more"


def _deed(side: Side, event: Event) -> str:
    if event.kind != "accumulate" or side.step.program is None:
        return _label(side, event)
    leaf = name_of(side.recording, side.step.program, event.inputs[0])
    return f"{leaf}.grad " + ("gets what arrived added" if len(event.inputs) > 2 else "is made from what arrived")


def _constants(one: Side, other: Side) -> Iterator[str]:
    here, there = (
        {
            name: value
            for event in (side.step.program.events if side.step.program else ())
            for name, value in constants_of(side.step, event)
        }
        for side in (one, other)
    )
    for name in here:
        if name in there and here[name] != there[name]:
            yield f"  {printable(name)} was {here[name]} in {one.name} and {there[name]} in {other.name}."


def _rows(one: Side, other: Side) -> Iterator[Row]:
    """Go through loss, parameters, gradients, and parameters afterwards."""
    a, b = loss_of(one.step), loss_of(other.step)
    if a is not None and b is not None:
        yield "loss", "", number(a), number(b), _difference(_scalar(a), _scalar(b))
    names = dict.fromkeys((*one.recording.parameters, *other.recording.parameters))
    for moment in ("{}", "{}.grad", "{} after the step"):
        for name in names:
            values = [_value(side, name, moment) for side in (one, other)]
            shape = next((shape_text(value.shape) for value in values if value is not None), "")
            if any(value is not None for value in values):
                sizes = [_size(value) for value in values]
                yield moment.format(printable(name)), shape, sizes[0], sizes[1], _difference(*values)


def _scalar(value: float) -> Value:
    return Value(None, "float64", (), np.array(value), None)


def _value(side: Side, name: str, moment: str) -> Value | None:
    program = side.step.program
    if program is None:
        return None
    if moment == "{}.grad":
        reference = reference_to(program, f"{name}.grad")
    else:
        reference = parameter_in(program, name, at_end=moment != "{}")
    return None if reference is None else value_in(side.step, reference)


def _size(value: Value | None) -> str:
    return "?" if value is None else f"norm {number(norm_of(value))}"


def _difference(one: Value | None, other: Value | None) -> Difference:
    if one is None or other is None:
        return Difference(np.inf, "not in both")
    if one.shape != other.shape:
        return Difference(np.inf, f"other shape: {shape_text(other.shape)}")
    if one.array is None or other.array is None:
        return _summaries(one, other)
    if one.array.tobytes() == other.array.tobytes() and one.dtype == other.dtype:
        return Difference(0.0, "none", equal=True)
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.asarray(np.abs(one.array.astype("c16") - other.array.astype("c16")))
    both = (one.array == other.array) | (np.isnan(one.array) & np.isnan(other.array))
    apart = np.where(both, 0.0, np.where(np.isnan(apart), np.inf, apart))
    if not apart.max(initial=0.0):
        return Difference(0.0, "0, but other bits")
    where = np.unravel_index(int(np.argmax(apart)), apart.shape)
    place = f" at {list(map(int, where))}" if where else ""
    return Difference(float(apart[where]), number(float(apart[where])) + place)


def _summaries(one: Value, other: Value) -> Difference:
    if one.summary is None or other.summary is None:
        return Difference(np.inf, "one is a summary")
    if one.summary.checksum == other.summary.checksum:
        return Difference(0.0, "none (by checksum)", equal=True)
    apart = abs(one.summary.norm - other.summary.norm)
    return Difference(apart, f"norms by {number(apart)}")


def _table(rows: Sequence[Row], one: str, other: str, screen: Screen) -> Iterator[str]:
    if not rows:
        yield "  There are no numbers to compare."
        return
    titles = ("NUMBERS", "", fit(one, 18), fit(other, 18), "largest difference")
    texts = [titles, *(("  " + fit(row[0], 26), *row[1:4], row[4].text) for row in rows[:MOST_ROWS])]
    wide = [max(width_of(text[column]) for text in texts) for column in range(5)]
    for place, text in enumerate(texts):
        line = "  ".join([left(text[0], wide[0]), left(text[1], wide[1]), *map(right, text[2:4], wide[2:4]), text[4]])
        yield line if place else screen.paint("bold", line)
    if len(rows) > MOST_ROWS:
        yield f"  … {len(rows) - MOST_ROWS} more"


def _same_results(one: Side, other: Side, here: Event, there: Event) -> bool:
    pairs = zip(_results(here), _results(there), strict=False)
    return all(_same(one.step, a, other.step, b) for a, b in pairs)


def _results(event: Event) -> list[Reference]:
    passed = [r for r in event.node.gradients_out if r is not None] if event.node else []
    return [*event.outputs, *passed]


def _same(one: Step, a: Reference, other: Step, b: Reference) -> bool:
    values = value_in(one, a), value_in(other, b)
    if values[0] is None or values[1] is None:
        return True  # what was not kept cannot be told to differ
    return _difference(*values).equal


def _recordings(one: Recording, other: Recording, names: tuple[str, str], screen: Screen) -> Iterator[str]:
    yield screen.paint("bold", f"{names[0]} beside {names[1]}")
    yield ""
    yield screen.paint("bold", "WHAT THEY ARE")
    yield from _facts(one, other)
    count = min(len(one.steps), len(other.steps))
    differing, largest = _over_steps(one, other, count)
    yield ""
    yield screen.paint("bold", "NUMBERS")
    if not largest:
        yield "  There are no numbers to compare."
    wide = max(map(width_of, largest), default=0)
    for name, (step, apart) in largest.items():
        says = "equal in every step" if apart == 0 else f"up to {number(apart)} apart, most in step {step}"
        yield f"  {left(name, wide)}  {says}"
    yield ""
    if differing is None:
        yield f"The {count} steps that both have are the same." if count else "They have no steps in common."
        return
    yield f"They differ from step {differing} on:"
    yield ""
    here, there = (Side(r, r.steps[differing], name) for r, name in zip((one, other), names, strict=True))
    yield from _steps(here, there, screen)


def _facts(one: Recording, other: Recording) -> Iterator[str]:
    same = True
    for key in dict.fromkeys((*one.facts, *other.facts)):
        values = [recording.facts.get(key, "unknown") for recording in (one, other)]
        if values[0] != values[1] and key not in ("began", "ended", "seconds"):
            same = False
            yield f"  {printable(str(key)):<13}  {printable(str(values[0]))} | {printable(str(values[1]))}"
    if len(one.steps) != len(other.steps):
        same = False
        yield f"  {'steps':<13}  {len(one.steps)} | {len(other.steps)}"
    if same:
        yield "  Recorded alike: the same script, versions and number of steps."


def _over_steps(one: Recording, other: Recording, count: int) -> tuple[int | None, dict[str, tuple[int, float]]]:
    """Return the first step that differs, and for each name where and how far it is apart at most."""
    first: int | None = None
    largest: dict[str, tuple[int, float]] = {}
    alike: dict[tuple[int, int], bool] = {}
    for place in range(count):
        sides = Side(one, one.steps[place], ""), Side(other, other.steps[place], "")
        same = _alike(*sides, alike)
        for name, *_, difference in _rows(*sides):
            same = same and difference.equal
            if " after " not in name and difference.apart > largest.get(name, (0, -1.0))[1]:
                largest[name] = place, difference.apart
        if not same and first is None:
            first = place
    return first, largest


def _alike(one: Side, other: Side, known: dict[tuple[int, int], bool]) -> bool:
    if one.step.program is None or other.step.program is None:
        return one.step.program is other.step.program
    numbers = one.step.program.number, other.step.program.number
    if numbers not in known:
        known[numbers] = not _matched(one, other)[1]
    return known[numbers]
