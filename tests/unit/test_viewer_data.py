"""The bytes for the viewer hold what the recording holds."""

import json
import math
import struct
import zlib
from dataclasses import dataclass, replace

import handmade
import numpy as np
import pytest

from retrograd.recording import Note, Recording
from retrograd.views.data import Extra, data_of, packed


def opened(data: bytes) -> tuple[dict, dict[str, bytes]]:
    """Take the bytes apart as docs/viewer.md describes them."""
    assert data[:4] == b"RGV1"
    (length,) = struct.unpack_from("<I", data, 4)
    head = json.loads(data[8 : 8 + length])
    start = -(-(8 + length) // 8) * 8
    return head, {name: data[start + at : start + at + size] for name, (at, size) in head["sections"].items()}


def steps_in(sections: dict[str, bytes]) -> np.ndarray:
    return np.frombuffer(sections["steps"], "<f8").reshape(-1, 8)


def test_losses_and_rows_are_the_recorded_ones():
    recording = handmade.recorded(3)
    head, sections = opened(data_of(recording, Extra("train.retro")))
    assert head["title"] == "train.retro"
    assert head["format"] == 1
    assert head["count"] == head["shown"] == 3
    np.testing.assert_array_equal(np.frombuffer(sections["loss"], "<f8"), recording.loss)
    for row, step in zip(steps_in(sections), recording.steps, strict=True):
        number, _, _, place, size, *_ = map(int, row)
        assert number == step.number
        assert sections["rows"][place : place + size] == step.row


def test_every_event_keeps_its_line_and_its_tensors():
    recording = handmade.recorded(2)
    head, _ = opened(data_of(recording))
    program = recording.programs[-1]
    for plain, event in zip(head["programs"][-1]["events"], program.events, strict=True):
        assert (plain["kind"], plain["phase"], plain["name"]) == (event.kind, event.phase, event.name)
        assert plain["inputs"] == [[r.slot, r.buffer] for r in event.inputs]
        assert head["lines"][plain["line"]][1] == recording.lines[event.line].number
    update = next(e for e in head["programs"][-1]["events"] if e["kind"] == "update")
    assert update["part"] == "w -= learning_rate * w.grad"


def test_one_scale_for_each_tensor_over_all_steps():
    recording = handmade.recorded(5)
    head, _ = opened(data_of(recording))
    slots = [slot for program in head["programs"] for slot in program["slots"] if slot["name"] == "b.grad"]
    largest = np.abs(recording.array("b.grad")).max()
    assert slots
    assert {slot["scale"] for slot in slots} == {float(largest)}


def test_a_loop_that_diverges_leaves_colours_to_its_first_steps():
    recording = handmade.recorded(5, learning_rate=500.0)
    head, _ = opened(data_of(recording))
    (scale,) = {slot["scale"] for program in head["programs"] for slot in program["slots"] if slot["name"] == "w"}
    values = recording.array("w")
    assert np.abs(values).max() > 50 * np.abs(values[0]).max()
    assert scale == 25 * np.abs(values[0]).max()


def test_what_forward_made_is_no_leaf():
    head, _ = opened(data_of(handmade.recorded(1)))
    leaf = {slot["name"]: slot["leaf"] for slot in head["programs"][0]["slots"] if slot["name"]}
    assert leaf["w"]
    assert not leaf["z"]
    assert not leaf["loss"]


def test_too_many_values_leave_evenly_spaced_steps():
    recording = handmade.recorded(40)
    size = len(recording.steps[20].row)
    head, sections = opened(data_of(recording, budget=10 * size))
    shown = steps_in(sections)[:, 0].astype(int).tolist()
    assert head["shown"] == len(shown) == 10
    assert (shown[0], shown[-1]) == (0, 39)
    gaps = np.diff(shown)
    assert gaps.max() - gaps.min() <= 1
    assert len(np.frombuffer(sections["loss"], "<f8")) == 40


def test_numbers_that_json_has_not_are_words():
    def spoil(step: int, w: np.ndarray, b: np.ndarray) -> None:
        b[0] = math.nan if step else b[0]

    data = data_of(handmade.recorded(2, change=spoil))
    head, sections = opened(data)
    assert math.isnan(np.frombuffer(sections["loss"], "<f8")[1])
    assert head["count"] == 2


def hostile(text: str) -> Recording:
    """Return a recording in which everything that a person may choose is the same evil text."""
    recording = handmade.recorded(2)
    shelf = recording.source
    for number, line in enumerate(shelf.lines):
        shelf.lines[number] = replace(line, file=text, function=text)
    shelf.texts = {text: "\n".join(f"{line}  # {text}" for line in handmade.SCRIPT.splitlines())}
    shelf.notes = [Note("error", 1, 0, text), Note("unseen", None, None, text)]
    for place, program in enumerate(shelf.programs_):
        slots = tuple(replace(slot, name=slot.name and text) for slot in program.slots)
        events = tuple(
            replace(e, name=text, text=text, node=e.node and replace(e.node, name=text)) for e in program.events
        )
        constants = tuple(replace(c, name=text) for c in program.constants)
        other = replace(program, slots=slots, events=events, constants=constants, cache={})
        shelf.programs_[place] = other
        for number, step in shelf.steps_.items():
            if step.program is program:
                shelf.steps_[number] = replace(step, program=other)
    return recording


@pytest.mark.parametrize("text", ["\u202eevil\u0007\x1b[31m", "</script><b>", "x" * 1_000_000])
def test_names_are_made_printable_and_short(text):
    data = data_of(hostile(text), Extra(text))
    head, _ = opened(data)
    assert "\u202e" not in json.dumps(head, ensure_ascii=False)
    assert "\x1b" not in json.dumps(head, ensure_ascii=False)
    assert len(packed(data)) < 300_000
    assert max(len(slot["label"]) for program in head["programs"] for slot in program["slots"]) <= 200


def test_it_is_packed_as_browsers_unpack():
    data = data_of(handmade.recorded(1))
    assert zlib.decompress(packed(data)) == data


def test_findings_may_hold_numpy_numbers_and_objects():
    finding = {"name": "x", "fact": np.float32(1.5), "lines": (1, 2), "odd": object(), "bad": np.float64("nan")}
    head, _ = opened(data_of(handmade.recorded(1), Extra(findings=[finding])))
    assert head["findings"][0]["fact"] == 1.5
    assert head["findings"][0]["bad"] == "NaN"


@dataclass(frozen=True, slots=True)
class Finding:
    """As diagnose returns one."""

    name: str
    fact: str
    lines: tuple[tuple[str, int], ...]
    events: tuple[tuple[int, int], ...]


def test_a_finding_stands_at_its_first_event():
    findings = [Finding("a", "b", (("x.py", 3),), ((1, 7), (2, 7))), Finding("c", "d", (), ())]
    head, _ = opened(data_of(handmade.recorded(3), Extra(findings=findings)))
    assert [(each["name"], each["step"], each["event"]) for each in head["findings"]] == [
        ("a", 1, 7),
        ("c", None, None),
    ]


def test_another_run_is_laid_over():
    head, sections = opened(data_of(handmade.recorded(2), Extra(overlay=("lr 0.5", [0.5, 0.25]))))
    assert head["overlay"] == "lr 0.5"
    assert np.frombuffer(sections["overlay"], "<f8").tolist() == [0.5, 0.25]


def test_an_empty_recording_is_data_too():
    shelf = handmade.Shelf({}, [], {})
    head, sections = opened(data_of(Recording(shelf)))
    assert head["count"] == 0
    assert sections["rows"] == b""
