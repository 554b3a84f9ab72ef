"""A recording as JSON for other programs. Fields are added, never changed.

A number that is not finite is "NaN", "Infinity" or "-Infinity": JSON has no other way to say it. null stands
for what was not recorded; where only a summary of a large tensor was kept, it is in the field "summary".
"""

from __future__ import annotations

from typing import Any

from retrograd.recording import Event, Program, Recording, Reference, Step, Value, reference_to
from retrograd.views.events import constants_of, gradients_of, name_of, parameter_in, value_in
from retrograd.views.lines import line_of
from retrograd.views.numbers import json_array, json_number

Plain = dict[str, Any]  # what json.dumps takes


def export(recording: Recording, step: Step | None, *, events: bool = False) -> Plain:
    """Return the facts of a recording, and the parameters as one step had them.

    Args:
        recording: Any recording.
        step: The one whose parameters are wanted; None if there is none.
        events: Every event of the step, too.
    """
    plain: Plain = {
        "steps": len(recording.steps),
        "loss": [json_number(each) for each in recording.loss.tolist()],
        "parameters": {name: _parameter(step, name) for name in recording.parameters} if step is not None else {},
        "unseen": [
            _note(recording, note.step, note.line, note.text)
            for note in recording.notes
            if note.kind not in ("error", "proof")
        ],
        "errors": [
            _note(recording, note.step, note.line, note.text) for note in recording.notes if note.kind == "error"
        ],
        "proof": [note.text for note in recording.notes if note.kind == "proof"],
        "facts": dict(recording.facts),
        "step": None if step is None else step.number,
    }
    if events and step is not None:
        plain["events"] = [] if step.program is None else [_event(recording, step, e) for e in step.program.events]
    return plain


def _note(recording: Recording, step: int | None, line: int | None, text: str) -> Plain:
    return {"step": step, **_place(recording, line), "text": text}


def _place(recording: Recording, index: int | None) -> Plain:
    line = line_of(recording, index)
    return {"file": None if line is None else line.file, "line": None if line is None else line.number}


def _parameter(step: Step, name: str) -> Plain:
    """Return a parameter as it was at the start of the step, its gradient, and itself after the step."""
    program = step.program
    reference = None if program is None else parameter_in(program, name)
    if program is None or reference is None:
        return {"shape": None, "dtype": None, "value": None, "grad": None, "after": None}
    gradient = reference_to(program, f"{name}.grad")
    later = parameter_in(program, name, at_end=True)
    slot = program.slots[reference.slot]
    plain: Plain = {"shape": list(slot.shape), "dtype": slot.dtype}
    for field, wanted in (("value", reference), ("grad", gradient), ("after", later)):
        value = None if wanted is None else value_in(step, wanted)
        plain[field] = None if value is None or value.array is None else json_array(value.array)
        if value is not None and value.summary is not None:
            plain.setdefault("summary", {})[field] = _summary(value)
    return plain


def _summary(value: Value) -> Plain | None:
    summary = value.summary
    if summary is None:
        return None
    fields = ("count", "nonfinite", "minimum", "maximum", "mean", "norm")
    plain: Plain = {field: json_number(getattr(summary, field)) for field in fields}
    return plain | {"sample": json_array(summary.sample)}


def _event(recording: Recording, step: Step, event: Event) -> Plain:
    program = step.program
    assert program is not None  # the step has events
    plain: Plain = {"number": event.number, "kind": event.kind, "phase": event.phase}
    plain |= _place(recording, event.line)
    plain |= {"name": event.name, "text": event.text}
    plain["inputs"] = [_tensor(recording, step, program, reference) for reference in event.inputs]
    plain["outputs"] = [_tensor(recording, step, program, reference) for reference in event.outputs]
    plain["constants"] = {name: json_number(value) for name, value in constants_of(step, event)}
    plain["operations"] = [program.operations[number].name for number in range(*event.operations)]
    if event.node is not None:
        into, out = gradients_of(recording, program, event)
        plain["node"] = {
            "name": event.node.name,
            "number": event.node.number,
            "forward": event.node.forward,
            "gradients_in": [_tensor(recording, step, program, r) | {"name": name} for name, r in into],
            "gradients_out": [_tensor(recording, step, program, r) | {"name": name} for name, r in out],
        }
    return plain


def _tensor(recording: Recording, step: Step, program: Program, reference: Reference) -> Plain:
    slot = program.slots[reference.slot]
    value = value_in(step, reference)
    plain: Plain = {
        "name": name_of(recording, program, reference),
        "shape": list(slot.shape),
        "dtype": slot.dtype,
    }
    plain["value"] = None if value is None or value.array is None else json_array(value.array)
    if value is not None and value.summary is not None:
        plain["summary"] = _summary(value)
    return plain
