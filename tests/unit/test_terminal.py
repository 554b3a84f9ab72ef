"""The views as text: read as a person reads them, and held to the width and the characters of a terminal."""

import json
import math
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import handmade
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrograd.errors import NotKeptError
from retrograd.recording import Event, Line, Note, Recording, Step, Summary, Value
from retrograd.views.details import event_text
from retrograd.views.differences import Side, recordings_text, steps_text
from retrograd.views.export import export
from retrograd.views.lines import expression_of, function_of
from retrograd.views.numbers import curve, grid, number, statistics
from retrograd.views.steps import step_text
from retrograd.views.terminal import overview, seen
from retrograd.views.text import Screen, ends, fit, fit_end, left, paragraph, printable, screen_of, width_of

GOLDEN = Path(__file__).parents[1] / "golden"
PLAIN = Screen()
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
NAMES = [
    "model.blocks.0.attention.qkv.weight",
    "model.blocks.0.attention.qkv.bias",
    "重み",
    "evil\x1b[31m\nname",
]


def diverging() -> Recording:
    """Return a recording whose loss is not finite from step 2 on."""

    def spoil(step: int, w: np.ndarray, b: np.ndarray) -> None:
        if step == 2:
            b[1] = np.inf

    with np.errstate(invalid="ignore", over="ignore"):
        return handmade.recorded(4, change=spoil)


def failed() -> Recording:
    """Return a recording that ended with an exception in the middle of step 1."""
    recording = handmade.recorded(2)
    shelf = recording.source
    step = shelf.steps_[1]
    events = step.program.events[:7]
    text = "RuntimeError: Trying to backward through the graph a second time (or directly access saved tensors)."
    events += (Event(7, "error", "other", events[-1].line, "RuntimeError", (), (), (15, 15), text=text),)
    program = replace(step.program, number=2, events=events)
    shelf.programs_.append(program)
    shelf.steps_[1] = replace(step, program=program, finished=False)
    return recording


def noted() -> Recording:
    """Return a recording in which something was not seen."""
    recording = handmade.recorded(3)
    text = "another thread ran operations, which are not recorded"
    recording.source.notes += [Note("unseen", step, 0, text) for step in range(3)]
    recording.source.notes.append(Note("unstable", None, None, "index_put adds in another order"))
    return recording


def light() -> Recording:
    """Return a recording that kept no structure after its first step."""
    recording = handmade.recorded(4)
    shelf = recording.source
    for step in (1, 2, 3):
        bare = replace(shelf.steps_[step], program=None, row=b"", layout="none", bindings=())
        shelf.steps_[step] = replace(bare, norms=(0.5, 0.25 * step))
    return recording


def killed() -> Recording:
    return handmade.recorded(2, facts={"closed": False})


def without_backward() -> Recording:
    recording = handmade.recorded(1)
    shelf = recording.source
    step = shelf.steps_.pop(0)
    program = replace(step.program, events=step.program.events[:3], losses=(), gradients=())
    shelf.programs_[:] = [program]
    shelf.steps_[-1] = replace(step, number=-1, program=program, loss=None)
    shelf.count = 0
    return recording


def killed_at_once() -> Recording:
    recording = handmade.recorded(1, facts={"closed": False})
    recording.source.steps_.clear()
    recording.source.count = 0
    return recording


def step_of(recording: Recording, number: int, screen: Screen, **options: bool) -> str:
    return step_text(recording, recording.source.step(number), screen, title="train.retro", **options)


def event_of(recording: Recording, step: int, number: int, screen: Screen) -> str:
    return event_text(recording, recording.source.step(step), number, screen, title="train.retro")


def difference(recording: Recording, one: int, other: int, screen: Screen) -> str:
    sides = [Side(recording, recording.steps[n], f"step {n}") for n in (one, other)]
    return steps_text(sides[0], sides[1], screen)


def faster() -> Recording:
    return handmade.recorded(3, learning_rate=0.2)


TEXTS: dict[str, Callable[[Screen], str]] = {
    "overview": lambda screen: overview(handmade.recorded(40), screen, path="train.retro"),
    "overview_in_memory": lambda screen: overview(handmade.recorded(2), screen),
    "overview_deep": lambda screen: overview(handmade.deep(NAMES), screen, path="my folder/deep.retro"),
    "overview_diverging": lambda screen: overview(diverging(), screen, path="train.retro"),
    "overview_failed": lambda screen: overview(failed(), screen, path="train.retro"),
    "overview_noted": lambda screen: overview(noted(), screen, path="train.retro"),
    "overview_light": lambda screen: overview(light(), screen, path="train.retro"),
    "overview_killed": lambda screen: overview(killed(), screen, path="train.retro"),
    "overview_killed_at_once": lambda screen: overview(killed_at_once(), screen, path="train.retro"),
    "overview_without_backward": lambda screen: overview(without_backward(), screen, path="train.retro"),
    "step_first": lambda screen: step_of(handmade.recorded(3), 0, screen),
    "step_last": lambda screen: step_of(handmade.recorded(3), 2, screen),
    "step_with_operations": lambda screen: step_of(handmade.recorded(3), 1, screen, operations=True),
    "step_partly_kept": lambda screen: step_of(handmade.recorded(3, kept_after=1), 2, screen),
    "step_failed": lambda screen: step_of(failed(), 1, screen),
    "step_light": lambda screen: step_of(light(), 3, screen),
    "step_before": lambda screen: step_of(without_backward(), -1, screen),
    "step_deep": lambda screen: step_of(handmade.deep(NAMES), 1, screen),
    "event_forward": lambda screen: event_of(handmade.recorded(3), 1, 0, screen),
    "event_node": lambda screen: event_of(handmade.recorded(3), 1, 5, screen),
    "event_accumulate": lambda screen: event_of(handmade.recorded(3), 1, 7, screen),
    "event_update": lambda screen: event_of(handmade.recorded(3), 2, 11, screen),
    "event_large": lambda screen: event_of(handmade.deep(NAMES[:1]), 1, 3, screen),
    "event_not_kept": lambda screen: event_of(handmade.recorded(3, kept_after=1), 2, 1, screen),
    "diff_first_steps": lambda screen: difference(handmade.recorded(3), 0, 1, screen),
    "diff_same_step": lambda screen: difference(handmade.recorded(3), 1, 1, screen),
    "diff_diverging": lambda screen: difference(diverging(), 1, 3, screen),
    "diff_light": lambda screen: difference(light(), 0, 2, screen),
    "diff_recordings": lambda screen: recordings_text(
        handmade.recorded(3), faster(), ("train.retro", "faster.retro"), screen
    ),
    "diff_same_recordings": lambda screen: recordings_text(
        handmade.recorded(3), handmade.recorded(4), ("train.retro", "longer.retro"), screen
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_text_is_the_one_that_was_read_and_accepted(name):
    path = GOLDEN / f"{name}.txt"
    text = TEXTS[name](PLAIN)
    if os.environ.get("RETROGRAD_ACCEPT"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), "see tests/golden/README.md"


def test_every_golden_text_is_compared():
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(TEXTS)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_screen_and_nothing_moves_the_cursor(name, width):
    for line in TEXTS[name](Screen(width)).splitlines():
        assert width_of(line) <= width
        assert line.isprintable()
        assert line == line.rstrip()


@pytest.mark.parametrize("name", TEXTS)
def test_colours_change_nothing_but_the_colour(name):
    coloured = TEXTS[name](Screen(colour=True))
    assert "\x1b[1m" in coloured
    stripped = "\n".join(line.rstrip() for line in COLOURS.sub("", coloured).split("\n"))
    assert stripped == TEXTS[name](PLAIN)
    for line in coloured.splitlines():  # a colour ends on the line where it begins
        assert line.count("\x1b[0m") == len(COLOURS.findall(line)) / 2


@pytest.mark.parametrize("name", TEXTS)
def test_a_terminal_that_knows_only_ascii_gets_ascii_in_the_same_columns(name):
    plain, unicode = (TEXTS[name](Screen(unicode=knows)) for knows in (False, True))
    assert plain.isascii()
    for one, other in zip(plain.splitlines(), unicode.splitlines(), strict=True):
        if other.isascii() or not re.search(r"[^→←…∂│┤─·×−▁▂▃▄▅▆▇█\x00-\x7f]", other):
            assert len(one) == len(other)


# ---------------------------------------------------------------- what the texts must say


def test_the_step_shows_the_numbers_that_the_formulas_give():
    text = step_of(handmade.recorded(1), 0, PLAIN)
    # x is all ones, so x @ w adds up the columns of w; the loss of a target 0 is ln(1 + eᶻ).
    z = [sum(row[column] for row in handmade.W.tolist()) + handmade.B.tolist()[column] for column in range(3)]
    loss = sum(math.log1p(math.exp(entry)) for entry in z) / 3
    gradient = [1 / (1 + math.exp(-entry)) / 3 for entry in z]
    assert [f"{entry:.4f}" for entry in z] == ["0.8750", "0.0000", "-4.6250"]
    assert re.search(r"→ z +\(3,\) +0\.8750 +0\.0000 +-4\.6250", text)
    assert re.search(rf"→ loss +\(\) +{loss:.4f}", text)
    assert re.search(rf"b\.grad +\(3,\) +{gradient[0]:.5f} +{gradient[1]:.5f} +{gradient[2]:.5f}", text)
    after = [f"{b - 0.1 * g:.4f}" for b, g in zip(handmade.B.tolist(), gradient, strict=True)]
    assert re.search(rf"→ b +\(3,\) +{after[0]} +{after[1]} +{after[2]}", text)
    moved = 0.1 * math.hypot(*gradient)
    assert f"b moved by {moved:.4g}" in text


def test_phases_follow_each_other_and_their_letters_stand_beside_the_lines():
    text = step_of(handmade.recorded(2), 1, PLAIN)
    titles = re.findall(r"^[A-Z ]+$", text, re.MULTILINE)
    assert titles == ["AT THE START", "FORWARD", "BACKWARD", "UPDATE", "CLEAR", "READ"]
    letters = dict(re.findall(r"^([FBUC ]) +(\d+) │", text, re.MULTILINE)[::-1])
    assert letters.keys() == {"F", "B", "U", "C", " "}


def test_gradients_have_the_names_of_mathematics():
    text = step_of(handmade.recorded(2), 1, PLAIN)
    for name in ("∂loss/∂loss", "∂loss/∂z", "∂loss/∂(torch.matmul(x, w))", "∂loss/∂w", "∂loss/∂b"):
        assert name in text


def test_an_accumulation_says_whether_there_was_a_gradient():
    recording = handmade.recorded(2)
    assert step_of(recording, 0, PLAIN).count("there was no .grad") == 2
    assert step_of(recording, 1, PLAIN).count("adds to .grad") == 2
    assert "w.grad before" in step_of(recording, 1, PLAIN)


def test_what_a_step_did_not_keep_is_said_with_the_way_to_get_it():
    recording = handmade.recorded(3, kept_after=1)
    assert "--reconstruct" not in step_of(recording, 0, PLAIN)
    text = step_of(recording, 2, PLAIN)
    assert "not kept in this step" in text
    assert "--reconstruct" in text


def test_an_event_says_where_each_value_came_from_and_who_takes_it():
    text = event_of(handmade.recorded(3), 2, 11, PLAIN)
    assert "from step 1, event 11 (line 18): w -= learning_rate * w.grad" in text
    assert "from event 10 (line 18): learning_rate * w.grad" in text
    assert "from outside the loop" in event_of(handmade.recorded(3), 0, 0, PLAIN)
    assert "taken by event 1 (line 10): torch.matmul(x, w) + b" in event_of(handmade.recorded(3), 0, 0, PLAIN)
    node = event_of(handmade.recorded(3), 1, 5, PLAIN)
    assert re.search(r"∂loss/∂b .*\n.*\n +taken by event 8 \(line 14\): AccumulateGrad\n", node)


def test_a_tensor_that_nothing_wrote_to_is_followed_through_many_steps():
    text = event_of(handmade.recorded(30), 29, 0, PLAIN)
    assert "from outside the loop" in text  # x, which is the same in all of them


def test_an_event_shows_every_digit():
    text = event_of(handmade.recorded(1), 0, 2, PLAIN)
    shown = np.float32(re.search(r"loss   \(\)   float32\n +(\S+)", text)[1])
    assert shown == np.float32(handmade.recorded(1).loss[0])


def test_turns_of_an_inner_loop_are_folded_unless_operations_are_shown():
    recording = handmade.deep([f"p{number}" for number in range(9)])
    text = step_of(recording, 1, PLAIN)
    assert "… 6 more turns through lines 10 to 11: events 22 to 39" in text
    assert "p8.grad = None" not in text
    assert "p8.grad = None" in step_of(recording, 1, PLAIN, operations=True)


def test_a_difference_names_what_was_done_then_the_numbers():
    text = difference(handmade.recorded(3), 0, 1, PLAIN)
    assert "w.grad is made from what arrived" in text
    assert "w.grad gets what arrived added" in text
    recording = handmade.recorded(2)
    apart = abs(recording.loss[0] - recording.loss[1])
    assert re.search(rf"loss +\S+ +\S+ +{apart:.4g}", text)
    assert "[0] torch.matmul(x, w), line 10" in text


def test_two_recordings_differ_where_the_learning_rate_takes_part():
    text = recordings_text(handmade.recorded(3), faster(), ("a", "b"), PLAIN)
    assert "learning_rate was 0.1 in a and 0.2 in b" in text
    assert "[10] learning_rate * w.grad, line 18" in text
    assert "They differ from step 0 on" in text


def test_what_ended_the_loop_is_said():
    assert "with an error in step 1, line 14" in overview(failed(), PLAIN)
    assert "never closed" in overview(killed(), PLAIN)
    assert "nothing was learned" in overview(without_backward(), PLAIN)
    assert "not finite in 2 steps, first in step 2" in overview(diverging(), PLAIN)
    assert "steps 0 to 2, line 10: another thread" in overview(noted(), PLAIN)


def test_one_line_says_what_was_seen():
    assert seen(handmade.recorded(3)) == "3 steps, 2 parameters (w, b), loss 0.6421 → 0.5489"
    assert seen(handmade.recorded(1)).startswith("1 step, ")
    assert seen(without_backward()) == "backward was never called, so nothing was learned"


def test_functions_have_the_names_of_their_classes():
    recording = handmade.recorded(1)
    text = "class Net:\n    def forward(self, x):\n        return [x\n                for y in x]\n"
    recording.source.texts["net.py"] = text
    line = replace(recording.lines[0], file="net.py", function="<listcomp>")
    assert function_of(recording, replace(line, number=3)) == "Net.forward"
    assert function_of(recording, replace(line, number=1)) == ""
    assert function_of(recording, replace(line, file="gone.py", function="forward")) == "forward"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # Where a `with` ends, Python says that all of it is at work.
        ("with torch.no_grad():\n    w -= 0.1 * w.grad\n    b -= 0.1 * b.grad", "with torch.no_grad():"),
        (
            "with (  # two\n    no_grad(),\n    open('#: ') as f,\n):\n    pass",
            "with ( no_grad(), open('#: ') as f, ):",
        ),
        ("for x in data[1:]:\n    pass", "for x in data[1:]:"),
        ("torch.matmul(\n    x,  # what goes in\n    w[:, 1:],\n)", "torch.matmul( x, w[:, 1:], )"),
        ("f(\n    lambda: 1)", "f( lambda: 1)"),
        ("this is (\n  no python", "this is ( no python"),
    ],
)
def test_the_part_at_work_is_said_in_one_line_without_comments_and_without_a_body(text, said):
    recording = handmade.recorded(1)
    recording.source.texts["loop.py"] = text
    *_, last = lines = text.splitlines()
    line = Line("loop.py", 1, 0, len(lines), len(last), "<module>")
    assert expression_of(recording, line) == said


def test_a_source_that_was_not_kept_or_is_no_python_does_not_stop_the_views():
    for text in ("", "%%time\n!ls\nthis is ( no python", "\n" * 30):
        recording = handmade.recorded(3)
        recording.source.texts[handmade.FILE] = text
        overview(recording, PLAIN)
        step_of(recording, 1, PLAIN)
        event_of(recording, 1, 5, PLAIN)
        difference(recording, 0, 1, PLAIN)


# ---------------------------------------------------------------- numbers


def value(array: np.ndarray) -> Value:
    return Value(None, str(array.dtype), array.shape, array, None)


@pytest.mark.parametrize(
    ("array", "lines"),
    [
        (np.float32(1.5), ["1.5000"]),
        (np.ones(3, "f4"), ["1.  1.  1."]),
        (np.array([1, -20]), ["  1  -20"]),
        (np.array([True, False]), [" True  False"]),
        (np.array([0.5, -0.25], "f4"), [" 0.5000  -0.2500"]),
        (np.array([np.nan, np.inf, -1.5], "f4"), ["    nan      inf  -1.5000"]),
        (np.array([0.25, 0.0005], "f4"), ["0.250000  0.000500"]),
        (np.array([1.0, 1e-9]), ["1.000e+00  1.000e-09"]),
        (np.array([123456.7, 1.0]), ["1.235e+05  1.000e+00"]),
        (np.array([1 + 2j]), ["1+2j"]),
        (np.zeros((2, 2)), ["all 0."]),
        (np.full((3, 2), 7), ["all 7"]),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), ["1.  2.", "3.  4."]),
        (np.array([[1.0], [2.0]]), ["1.  2."]),
        (np.zeros(0), ["no entries"]),
        (np.arange(65.0), ["norm 299.1   from 0 to 64   mean 32"]),
        (np.zeros((2, 2, 2)), ["norm 0   from 0 to 0   mean 0"]),
    ],
)
def test_a_tensor_is_shown_in_aligned_columns_or_by_its_statistics(array, lines):
    assert grid(value(np.asarray(array)), 60) == lines


def test_a_row_that_is_too_long_is_cut_before_its_last_entry():
    assert grid(value(np.arange(30)), 30) == [" 0   1   2   3   4   5   …  29"]
    assert grid(value(np.linspace(0, 1, 30)), 12) == ["norm 3.189"]  # √(29·30·59 / 6) / 29


def test_statistics_count_what_is_not_finite():
    array = np.array([np.nan, np.inf, 1.0, 2.0])
    assert "2 of 4 not finite" in statistics(value(array), 80)
    unknown = Summary(100, -1, math.nan, math.nan, math.nan, 2.5, 7, np.zeros(0))
    assert statistics(Value(None, "float32", (100,), None, unknown), 80) == "norm 2.5"


@given(st.floats(width=32))
def test_a_number_is_short_and_close(x):
    text = number(x)
    assert len(text) <= 10
    assert math.isnan(float(text)) if math.isnan(x) else float(text) == pytest.approx(x, rel=5e-4)


@given(st.lists(st.floats(), max_size=300), st.integers(30, 100))
def test_a_curve_fits_whatever_the_losses_are(losses, width):
    lines = curve(losses, width)
    assert all(width_of(line) <= max(width, 50) for line in lines)
    assert bool(lines) == any(math.isfinite(loss) for loss in losses)


def test_a_curve_falls_where_the_loss_falls_and_marks_what_is_not_finite():
    top, *_, bottom, axis = curve([8.0, 4.0, 2.0, math.nan], 20)
    assert top.startswith("8 ┤█")
    assert bottom.startswith("2 ┤")
    assert bottom.rstrip().endswith("!")
    assert axis.split() == ["step", "0", "3"]
    assert "logarithmic" in curve([1.0, 1e-6], 60)[-1]


# ---------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("重み", 4), ("e\u0301", 1), ("\x1b[31mred\x1b[0m", 3), ("→", 1), ("", 0)],
)
def test_a_width_counts_columns(text, columns):
    assert width_of(text) == columns


@given(st.text(), st.integers(1, 30))
def test_a_text_that_is_fitted_is_never_too_wide(text, width):
    text = printable(text)
    assert text.isprintable()
    for fitted in (fit(text, width), fit_end(text, width)):
        assert width_of(fitted) <= width
        assert fitted == text or "…" in fitted
    assert width_of(left(fit(text, width), width)) == width
    assert width_of(ends(text, "end", 20)) <= 20


def test_a_colour_that_is_cut_is_ended():
    assert fit("\x1b[1mabcdef\x1b[0m", 4) == "\x1b[1mabc…\x1b[0m"


def test_a_paragraph_breaks_between_words_and_says_what_is_not_printable():
    assert paragraph("one two\nthree\x07", 8) == ["one two", "three\\x07"]
    assert paragraph("", 8) == [""]


class Stream:
    """A stream that says it is what a test needs."""

    def __init__(self, terminal: bool, encoding: str = "utf-8") -> None:
        self.terminal, self.encoding = terminal, encoding

    def isatty(self) -> bool:
        return self.terminal


def test_a_screen_is_what_the_stream_and_the_environment_say(monkeypatch):
    for name in ("COLUMNS", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    assert screen_of(Stream(False)) == Screen(80, False, True)
    assert screen_of(Stream(True)).colour
    assert not screen_of(Stream(True), colour=False).colour
    assert not screen_of(Stream(False, "ascii")).unicode
    monkeypatch.setenv("COLUMNS", "100")
    assert screen_of(Stream(False)).width == 100
    monkeypatch.setenv("COLUMNS", "1000")
    assert screen_of(Stream(True)).width == 120
    monkeypatch.setenv("COLUMNS", "10")
    assert screen_of(Stream(True)).width == 40
    monkeypatch.setenv("NO_COLOR", "1")
    assert not screen_of(Stream(True)).colour
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not screen_of(Stream(True)).colour


# ---------------------------------------------------------------- JSON


def exported(recording: Recording, step: Step | None, **options: bool) -> dict:
    """Return what another program reads."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    return json.loads(json.dumps(export(recording, step, **options), allow_nan=False), parse_constant=refuse)


def test_json_holds_what_is_promised():
    recording = handmade.recorded(3)
    plain = exported(recording, recording.steps[-1])
    assert plain["steps"] == 3
    assert plain["loss"] == recording.loss.tolist()
    assert plain["unseen"] == []
    assert plain["step"] == 2
    w = plain["parameters"]["w"]
    assert w["shape"] == [5, 3]
    np.testing.assert_array_equal(np.array(w["value"], "f4"), recording.array("w")[2])
    np.testing.assert_array_equal(np.array(w["grad"], "f4"), recording.array("w.grad")[2])
    change = np.float32(0.1) * recording.array("w.grad")[2]
    np.testing.assert_array_equal(np.array(w["after"], "f4"), recording.array("w")[2] - change)
    assert "events" not in plain


def test_json_with_events_holds_each_of_them():
    recording = handmade.recorded(3)
    events = exported(recording, recording.steps[0], events=True)["events"]
    assert [event["number"] for event in events] == list(range(18))
    assert events[0]["file"] == "train.py"
    assert events[0]["line"] == 10
    assert [tensor["name"] for tensor in events[0]["inputs"]] == ["x", "w"]
    assert events[4]["node"]["gradients_out"][0]["name"] == "∂loss/∂z"
    assert events[10]["constants"] == {"learning_rate": 0.1}
    assert events[0]["operations"] == ["aten::unsqueeze", "aten::mm", "aten::squeeze.dim"]


def test_json_is_valid_where_numbers_are_not_finite():
    recording = diverging()
    plain = exported(recording, recording.steps[-1], events=True)
    assert plain["loss"][2:] == ["Infinity", "Infinity"]
    assert plain["parameters"]["b"]["value"][1] == "Infinity"


def test_json_says_null_for_what_was_not_kept_and_gives_the_summary_of_a_large_tensor():
    recording = handmade.recorded(3, kept_after=1)
    events = exported(recording, recording.steps[2], events=True)["events"]
    assert events[1]["outputs"][0]["value"] is None
    large = handmade.deep(["weight"])
    weight = exported(large, large.steps[0])["parameters"]["weight"]
    assert weight["value"] is None
    assert weight["summary"]["value"]["count"] == 1200
    assert weight["summary"]["grad"]["norm"] == pytest.approx(math.sqrt(1200))
    assert exported(light(), light().steps[2])["parameters"]["w"]["value"] is None


def test_json_of_a_recording_without_steps():
    plain = exported(without_backward(), None)
    assert (plain["steps"], plain["loss"], plain["parameters"], plain["step"]) == (0, [], {}, None)


def test_show_takes_what_the_overview_offers(capsys):
    import torch

    import retrograd

    with retrograd.record() as recording:
        torch.ones(5)
    retrograd.show(recording)
    assert "retrograd.show(recording, step='before')" in capsys.readouterr().out
    retrograd.show(recording, step="before")
    assert "torch.ones(5)" in capsys.readouterr().out
    with pytest.raises(NotKeptError, match="nothing was recorded after the loop"):
        retrograd.show(recording, step="after")
    with pytest.raises(ValueError, match="'last' is none"):
        retrograd.show(recording, step="last")
