"""One event as text, in full: every number, where it came from and who takes it next."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.explanation import Example, Explanation, explain
from retrograd.recording import Event, Kind, Program, Recording, Reference, Step
from retrograd.views.entries import NOT_KEPT
from retrograd.views.events import (
    constants_of,
    expression,
    followers_of,
    gradients_of,
    is_look,
    name_of,
    nodes_made_by,
    operation_text,
    readers_of,
    value_in,
    written_by,
)
from retrograd.views.lines import line_of, place_of, text_of
from retrograd.views.numbers import all_of, number, shape_text
from retrograd.views.text import Screen, ends, finished, left, paragraph, printable

FARTHEST = 1000
"""So many steps back an unchanged tensor is followed to the event that wrote it."""

MOST_READERS = 6

KINDS: dict[Kind, str] = {
    "forward": "a forward operation",
    "call": "the call of backward",
    "backward": "a backward node",
    "accumulate": "an accumulation into .grad",
    "update": "an in-place write to a leaf",
    "clear": "a gradient that is cleared",
    "read": "a value that leaves PyTorch",
    "state": "a change of what autograd tracks",
    "error": "an exception",
    "other": "a computation beside the graph",
}
"""What an event is, in words."""


def event_text(recording: Recording, step: Step, number: int, screen: Screen, *, title: str = "") -> str:
    """Return one event of a step as text, with every digit of every number.

    Args:
        recording: The recording that the step belongs to.
        step: It, as recorded or with every value computed again.
        number: Of the event, from 0; the step has one.
        screen: What the text is for.
        title: What stands at the right of the first line.
    """
    program = step.program
    assert program is not None  # the step has events
    return finished(_lines(recording, step, program, program.events[number], screen, title), screen)


def _lines(
    recording: Recording, step: Step, program: Program, event: Event, screen: Screen, title: str
) -> Iterator[str]:
    where = f"event {event.number} of step {step.number}   {printable(event.name)}"
    yield screen.paint("bold", ends(where, title, screen.width))
    yield ""
    facts = list(_facts(recording, step, program, event))
    wide = max(len(label) for label, _ in facts)
    for label, text in facts:
        for place, part in enumerate(paragraph(text, screen.width - wide - 4)):
            yield f"  {left(label if not place else '', wide)}  {part}"
    yield from _rules(explain(recording, step, event.number), screen)
    into, out = _values(recording, program, event)
    for heading, named in (("IN", into), ("OUT", out), ("SAVED BY THE FORWARD OPERATION", _saved(event))):
        if named:
            yield ""
            yield screen.paint("bold", heading)
        for place, (name, reference) in enumerate(named):
            if heading == "OUT":
                remark = _taken(recording, program, event, reference, place)
            else:
                remark = _origin(recording, step, event, reference)
            yield from _value(step, name, reference, screen, remark)
    if event.operations[0] < event.operations[1]:
        yield ""
        yield screen.paint("bold", "OPERATIONS")
        yield from (f"  {operation_text(step, place)}" for place in range(*event.operations))


def _facts(recording: Recording, step: Step, program: Program, event: Event) -> Iterator[tuple[str, str]]:
    """Go through what there is to say about an event besides its values."""
    phase = "" if event.phase in (event.kind, "other") else f", in the phase {event.phase}"
    yield "what", KINDS[event.kind] + phase
    line = line_of(recording, event.line)
    if line is None:
        yield "line", "no line of yours was at work"
    else:
        yield "line", f"{place_of(recording, event.line)}: {text_of(recording, line).strip()}"
        part = expression(recording, event)
        if part and part != text_of(recording, line).strip():
            yield "part", part
    if event.text:
        yield "text", event.text
    if event.node is not None and event.kind == "backward":
        made = None if event.node.forward is None else program.events[event.node.forward]
        yield "made by", "an event of a step before" if made is None else _event_name(recording, made)
    made_nodes = nodes_made_by(program, event)
    if made_nodes:
        yield "grad_fn", ", ".join(made_nodes)
    for name, value in constants_of(step, event):
        yield "constant", f"{name} = {value!r}"


def _rules(explanation: Explanation, screen: Screen) -> Iterator[str]:
    """Say what the event computes, with its numbers."""
    if explanation.rules or explanation.sources:
        yield ""
        yield screen.paint("bold", "RULE")
    for rule in explanation.rules:
        yield from _wrapped(f"{rule.target} = {rule.formula}", "  ", "      ", screen)
        if rule.names:
            said = ", ".join(f"{name} = {meaning}" for name, meaning in rule.names)
            yield from _wrapped(f"with {said}", "    ", "    ", screen)
        for example in rule.examples:
            yield from _wrapped(_worked(example), "    ", "        ", screen)
        for remark in rule.remarks:
            yield from _wrapped(remark, "    ", "    ", screen)
    for source in explanation.sources:
        name = source.partition("(")[0]
        yield screen.paint("dim", f"  after {name} in PyTorch's derivatives.yaml")
    for remark in explanation.remarks if explanation.sources or not explanation.rules else ():
        if not remark.startswith("there is no rule"):
            yield ""
            yield from _wrapped(remark, "  ", "  ", screen)


def _worked(example: Example) -> str:
    index = f"[{', '.join(map(str, example.index))}]  " if example.index else ""
    computed, recorded = _signed(number(example.computed)), _signed(number(example.recorded))
    result = recorded if computed == recorded else f"{computed}, recorded {recorded}"
    if not example.working or example.working == result:
        return f"{index}{result}"
    return f"{index}{example.working} = {result}"


def _signed(text: str) -> str:
    """Write the minus of a number as formulas do."""
    return "−" + text[1:] if text.startswith("-") else text


def _wrapped(text: str, first: str, rest: str, screen: Screen) -> Iterator[str]:
    for place, part in enumerate(paragraph(printable(text), screen.width - len(rest))):
        yield (first if not place else rest) + part


def _event_name(recording: Recording, event: Event) -> str:
    part = event.name if event.node else expression(recording, event) or event.name
    return f"event {event.number} ({place_of(recording, event.line)}): {part}"


def _values(
    recording: Recording, program: Program, event: Event
) -> tuple[list[tuple[str, Reference]], list[tuple[str, Reference]]]:
    if event.kind == "backward":
        return gradients_of(recording, program, event)
    names = [name_of(recording, program, reference) or "(no name)" for reference in event.inputs]
    if event.kind == "accumulate":
        names[1:] = ["what arrived", f"{names[0]}.grad before"][: len(names) - 1]
    results = [(name_of(recording, program, reference) or "(no name)", reference) for reference in event.outputs]
    return list(zip(names, event.inputs, strict=True)), results


def _saved(event: Event) -> list[tuple[str, Reference]]:
    return [] if event.node is None else list(event.node.saved)


def _value(step: Step, name: str, reference: Reference, screen: Screen, remark: str) -> Iterator[str]:
    program = step.program
    assert program is not None  # the step has events
    slot = program.slots[reference.slot]
    device = "" if slot.device == "cpu" else f"   on {slot.device}"
    yield f"  {printable(name)}   {shape_text(slot.shape)}   {slot.dtype}{device}"
    value = value_in(step, reference)
    if value is None:
        yield f"    {NOT_KEPT}; --reconstruct computes it (with PyTorch)"
    else:
        yield from (f"    {text}" for text in all_of(value, screen.width - 4))
    yield from (screen.paint("dim", f"    {text}") for text in paragraph(remark, screen.width - 4))


def _origin(recording: Recording, step: Step, event: Event, reference: Reference) -> str:
    """Say which event left the value that this one takes."""
    program = step.program
    assert program is not None  # the step has events
    writer = written_by(program, event, reference)
    if writer is not None:
        return f"from {_event_name(recording, writer)}"
    arriving = event.node is not None and reference in event.node.gradients_in
    if arriving and (call := _call_before(program, event)) is not None:
        return f"backward begins with it, {place_of(recording, call.line)}"
    return _origin_before(recording, step, reference)


def _call_before(program: Program, event: Event) -> Event | None:
    return next((e for e in reversed(program.events[: event.number]) if e.kind == "call"), None)


def _origin_before(recording: Recording, step: Step, reference: Reference) -> str:
    """Follow a tensor back through the steps that did not write to it."""
    for _ in range(FARTHEST):
        program = step.program
        if program is None:
            return "from a step before, which was recorded lightly"
        place = next((n for n, start in enumerate(program.start) if start.buffer == reference.buffer), None)
        binding = step.bindings[place] if place is not None and place < len(step.bindings) else None
        if binding is None:
            return "made before the recording saw it" if step.number < 0 else "from outside the loop"
        before = recording.before if step.number - binding[0] < 0 else recording.steps[step.number - binding[0]]
        if before is None or before.program is None:
            return f"from step {step.number - binding[0]}"
        found = next((r for r in before.program.end if r.slot == binding[1]), None)
        if found is None:
            return f"from step {before.number}"
        writer = _last_writer(before.program, found)
        if writer is not None:
            when = f"step {before.number}" if before.number >= 0 else "before the loop"
            return f"from {when}, {_event_name(recording, writer)}"
        step, reference = before, found
    return f"unchanged for {FARTHEST} steps"


def _last_writer(program: Program, reference: Reference) -> Event | None:
    for event in reversed(program.events):
        left_it = any(output.buffer == reference.buffer for output in event.outputs)
        if left_it and reference not in event.inputs and not is_look(event):
            return event
    return None


def _taken(recording: Recording, program: Program, event: Event, reference: Reference, place: int) -> str:
    """Say which events take the value that this one left."""
    readers = followers_of(program, event)[place] if event.kind == "backward" else readers_of(program, event, reference)
    if readers:
        names = [_event_name(recording, reader) for reader in readers[:MOST_READERS]]
        more = f"; and {len(readers) - MOST_READERS} more" if len(readers) > MOST_READERS else ""
        return "taken by " + "; ".join(names) + more
    if any(end.buffer == reference.buffer for end in program.end):
        return "no event of this step takes it; the next step finds it"
    return "no event of this step takes it"
