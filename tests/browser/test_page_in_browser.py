"""The page in Chromium: what it shows are the recorded numbers, and all of it can be reached by keys."""

import re
from dataclasses import replace
from typing import Any

import handmade
import numpy as np
import pytest
from test_graph import long
from test_terminal import failed, light
from test_viewer_data import hostile

from retrograd.recording import Note, Recording, reference_to, value_of
from retrograd.views.data import Extra
from retrograd.views.page import page

TURNS = 5


@pytest.fixture(scope="module")
def recording() -> Recording:
    return handmade.recorded(TURNS)


@pytest.fixture(scope="module")
def text(recording: Recording) -> str:
    return page(recording, Extra("train.retro"))


def number(text: str) -> float:
    """Read a number as the viewer writes it."""
    return float(text.replace("−", "-").replace("∞", "inf"))


def cells(tab: Any, name: str, part: str = "") -> list[float]:
    """Return the numbers in the tile of a tensor of the graph; `part` is "gradient" for the lower one."""
    node = tab.locator(".node", has=tab.locator(".title", has_text=re.compile(rf"^{re.escape(name)}$")))
    tile = node.locator(".tile").nth(1 if part else 0)
    return [number(each) for each in tile.locator("span:not(.words)").all_text_contents()]


def event_numbers(recording: Recording, step: int, kind: str) -> list[int]:
    return [event.number for event in recording.steps[step].program.events if event.kind == kind]


def test_a_page_from_a_file_asks_for_nothing_but_itself(opened, text):
    watched = opened(text)
    watched.page.keyboard.press("ArrowRight")
    outside = [url for url in watched.requests if not url.startswith("blob:")]
    assert outside == [watched.page.url.partition("#")[0]]


def test_tiles_show_the_recorded_numbers_at_every_step(opened, text, recording):
    tab = opened(text).page
    for step in recording.steps:
        tab.evaluate(f"document.querySelector('#retrograd').retrograd.goStep({step.number}, 3)")
        w = value_of(step, reference_to(step.program, "w")).array
        # Cells have four digits after the point.
        np.testing.assert_allclose(cells(tab, "w"), w.ravel(), atol=0.51e-4)
        assert tab.locator(".where").inner_text() == f"step {step.number} of {TURNS}"
        assert f"loss {step.loss:.4g}" in tab.locator(".plot .readout").inner_text()


def test_every_number_of_the_file_is_in_the_page(opened, text, recording):
    tab = opened(text).page
    for step in recording.steps:
        for name in ("w", "b", "w.grad", "b.grad"):
            reference = reference_to(step.program, name)
            wanted = value_of(step, reference).array
            script = """([step, slot, buffer]) => {
                const { recording } = document.querySelector('#retrograd').retrograd;
                const found = recording.steps.find((each) => each.number === step);
                return Array.from(recording.value(found, [slot, buffer]).array);
            }"""
            shown = tab.evaluate(script, [step.number, reference.slot, reference.buffer])
            np.testing.assert_array_equal(np.array(shown, wanted.dtype), wanted.ravel())


def test_the_gradient_is_none_until_it_arrives(opened, text, recording):
    arrives = event_numbers(recording, 0, "accumulate")[0]
    tab = opened(text, fragment=f"#step=0&event={arrives - 1}").page
    w = tab.locator(".node.leaf", has=tab.locator(".title", has_text=re.compile("^w$")))
    assert w.locator(".tile").nth(1).locator(".words").inner_text() == "None"
    tab.keyboard.press("ArrowRight")
    gradient = recording.array("w.grad")[0]
    np.testing.assert_allclose(cells(tab, "w", "gradient"), gradient.ravel(), atol=0.51e-4)


def test_an_accumulation_is_said_in_words_and_in_mathematics(opened, text, recording):
    arrives = event_numbers(recording, 1, "accumulate")[1]
    tab = opened(text, fragment=f"#step=1&event={arrives}").page
    gradient = recording.array("b.grad")[1]
    spoken = tab.locator(".live").inner_text()
    found = re.fullmatch(r"b\.grad: (.*) before \+ (.*) new = (.*)", spoken)
    before, new, after = ([number(n) for n in part.split(", ")] for part in found.groups())
    assert before == [0, 0, 0]
    np.testing.assert_allclose(new, gradient, rtol=0.51e-3)
    assert after == new
    tables = tab.locator(".event .figure mtable")
    assert tables.count() == 3
    shown = [number(n) for n in tables.nth(2).locator("mn").all_text_contents()]
    np.testing.assert_allclose(shown, gradient, atol=0.51e-4)


def test_an_update_is_before_minus_rate_times_gradient(opened, text, recording):
    update = event_numbers(recording, 2, "update")[1]
    tab = opened(text, fragment=f"#step=2&event={update}").page
    equation = tab.locator(".event .equation")
    assert equation.nth(0).inner_text().replace("\n", "").replace(" ", "") == "b←b−learning_rate×b.grad"
    tables = equation.nth(1).locator("mtable")
    before, gradient, after = (
        np.array([number(n) for n in tables.nth(place).locator("mn").all_text_contents()]) for place in range(3)
    )
    np.testing.assert_allclose(before - 0.1 * gradient, after, atol=1.2e-4)  # three numbers of four digits
    np.testing.assert_allclose(after, recording.array("b")[3], atol=0.51e-4)


def until(tab: Any, condition: str) -> None:
    """Wait until an expression holds. The page forbids eval, which Playwright's own way of waiting needs."""
    for _ in range(600):
        if tab.evaluate(condition):
            return
        tab.wait_for_timeout(50)
    raise AssertionError(f"{condition} did not come to hold")


def cursor(tab: Any) -> tuple[int, int]:
    return tuple(
        tab.evaluate(
            "(() => { const v = document.querySelector('#retrograd').retrograd; return [v.step.number, v.at] })()"
        )
    )


def test_keys_move_by_event_line_phase_and_step(opened, text, recording):
    tab = opened(text).page
    events = recording.steps[0].program.events
    assert cursor(tab) == (0, 0)
    tab.keyboard.press("ArrowRight")
    assert cursor(tab) == (0, 1)
    tab.keyboard.press("ArrowDown")
    assert cursor(tab) == (0, next(e.number for e in events if e.number > 1 and e.line != events[1].line))
    tab.keyboard.press("Shift+ArrowRight")
    assert cursor(tab) == (0, next(e.number for e in events if e.phase == "backward"))
    tab.keyboard.press("PageDown")
    assert cursor(tab)[0] == 1
    tab.keyboard.press("PageUp")
    assert cursor(tab)[0] == 0
    tab.keyboard.press("End")
    assert cursor(tab) == (TURNS - 1, len(events) - 1)
    tab.keyboard.press("ArrowRight")
    assert cursor(tab) == (TURNS - 1, len(events) - 1)
    tab.keyboard.press("Home")
    assert cursor(tab) == (0, 0)
    tab.keyboard.press("ArrowLeft")
    assert cursor(tab) == (0, 0)


def test_an_event_back_from_the_first_is_the_last_of_the_step_before(opened, text, recording):
    tab = opened(text, fragment="#step=2&event=0").page
    tab.keyboard.press("ArrowLeft")
    assert cursor(tab) == (1, len(recording.steps[1].program.events) - 1)


def test_links_open_where_they_point_and_follow_the_cursor(opened, text):
    tab = opened(text, fragment="#step=3&event=6").page
    assert cursor(tab) == (3, 6)
    tab.keyboard.press("ArrowRight")
    until(tab, "location.hash === '#step=3&event=7'")
    tab.evaluate("location.hash = '#step=1&event=2'")
    until(tab, "document.querySelector('#retrograd').retrograd.step.number === 1")
    assert cursor(tab) == (1, 2)


def test_a_link_to_nowhere_ends_at_the_edge(opened, text):
    tab = opened(text, fragment="#step=99999&event=-7").page
    assert cursor(tab) == (TURNS - 1, 0)


def test_the_current_line_is_marked_where_the_event_stands(opened, text, recording):
    update = event_numbers(recording, 1, "update")[0]
    tab = opened(text, fragment=f"#step=1&event={update}").page
    line = tab.locator(".line.now")
    assert line.count() == 1
    assert "".join(line.locator("code .at").all_text_contents()) == "w -= learning_rate * w.grad"
    assert line.get_attribute("data-line") == str(
        handmade.SCRIPT.splitlines().index("        w -= learning_rate * w.grad") + 1
    )


def test_a_line_shows_what_it_made(opened, text, recording):
    tab = opened(text, fragment="#step=2&event=3").page
    line = tab.locator(".line", has_text="loss = torch.nn.functional")
    assert line.locator(".value").inner_text() == f"loss = {recording.loss[2]:.4g}"
    assert tab.locator(".line", has_text="w.grad.zero_()").locator(".value").inner_text() == ""


def test_a_line_of_the_code_leads_to_its_event(opened, text, recording):
    tab = opened(text).page
    tab.locator(".line", has_text="b.grad.zero_()").click()
    assert cursor(tab) == (0, event_numbers(recording, 0, "clear")[1])


def test_a_backward_node_in_the_graph_leads_to_its_event(opened, text, recording):
    tab = opened(text).page
    tab.locator(".remark", has_text="MmBackward0").click()
    program = recording.steps[0].program
    assert program.events[cursor(tab)[1]].name == "MmBackward0"


def test_who_wrote_this_leads_to_the_update_of_the_step_before(opened, text, recording):
    tab = opened(text, fragment="#step=3&event=0").page
    card = tab.locator(".card", has=tab.locator("strong", has_text=re.compile("^w$")))
    update = event_numbers(recording, 2, "update")[0]
    assert card.locator(".link").inner_text() == f"written by event {update} of step 2"
    card.locator(".link").click()
    assert cursor(tab) == (2, update)


def test_a_tensor_in_the_graph_leads_to_what_wrote_it(opened, text, recording):
    tab = opened(text, fragment="#step=3&event=0").page
    tab.locator(".node.leaf", has=tab.locator(".title", has_text=re.compile("^b$"))).locator(".tile").first.click()
    assert cursor(tab) == (2, event_numbers(recording, 2, "update")[1])
    tab.locator(".node.tensor", has=tab.locator(".title", has_text=re.compile("^z$"))).locator(".tile").first.click()
    assert cursor(tab) == (2, 1)


def find(tab: Any, wanted: str, choice: str) -> None:
    tab.keyboard.press("/")
    tab.locator(".search input").fill(wanted)
    tab.locator(".found li", has_text=choice).first.click()


def test_search_finds_changes_bounds_and_names(opened, text, recording):
    tab = opened(text, fragment="#step=3&event=0").page
    find(tab, "w.grad", "w.grad: changed last before here")
    assert cursor(tab) == (2, event_numbers(recording, 2, "clear")[0])
    find(tab, "w.grad", "w.grad: changes next")
    assert cursor(tab) == (3, event_numbers(recording, 3, "accumulate")[0])
    bound = float(recording.loss[1:3].mean())
    find(tab, f"loss < {bound}", "first step with a loss below")
    assert cursor(tab)[0] == 2
    find(tab, "AddBackward", "AddBackward0")
    assert recording.steps[2].program.events[cursor(tab)[1]].name == "AddBackward0"
    find(tab, "step 4", "go to step 4")
    assert cursor(tab) == (4, 0)


def test_search_takes_questions(opened, text, recording):
    tab = opened(text, fragment="#step=3&event=0").page
    find(tab, "When did w.grad change last?", "w.grad: changed last before here")
    assert cursor(tab) == (2, event_numbers(recording, 2, "clear")[0])
    update = next(e for e in recording.steps[2].program.events if e.kind == "update")
    tab.evaluate("document.querySelector('#retrograd').retrograd.go(3, 0)")
    # The multiplication takes x, which is from outside, and w, which the step before has written.
    find(tab, "which event wrote this value?", "the event that wrote what this one takes")
    assert cursor(tab) == (2, update.number)
    find(tab, "when is the loss below 10?", "first step with a loss below 10")
    assert cursor(tab) == (0, 0)


def test_search_finds_the_first_number_that_is_not_finite(opened):
    def spoil(step: int, w: np.ndarray, b: np.ndarray) -> None:
        if step == 2:
            b[1] = np.inf

    with np.errstate(invalid="ignore", over="ignore"):
        recording = handmade.recorded(4, change=spoil)
    tab = opened(page(recording)).page
    find(tab, "nan", "first number that is not finite")
    # b came to step 2 with an ∞ that no event made; the sum is the first that takes it.
    assert cursor(tab) == (2, 1)


def test_search_finds_the_event_that_makes_nan_of_finite_numbers(opened):
    def spoil(step: int, w: np.ndarray, b: np.ndarray) -> None:
        if step == 2:
            b[1] = 800.0  # e^800 is beyond float64, in which the loss is computed here

    with np.errstate(invalid="ignore", over="ignore"):
        recording = handmade.recorded(4, change=spoil)
    assert recording.loss[2] == np.inf
    tab = opened(page(recording)).page
    find(tab, "nan", "first number that is not finite")
    assert cursor(tab) == (2, 2)
    # The page says so by itself, too.
    tab.keyboard.press("Home")
    remark = tab.locator(".remarks li.error", has_text="makes the first number that is not finite")
    assert remark.inner_text() == (
        "step 2, event 2 makes the first number that is not finite; the loss of step 2 is not finite either."
    )
    remark.get_by_role("button").click()
    assert cursor(tab) == (2, 2)


def test_predict_mode_hides_the_answer_until_it_is_given(opened, text, recording):
    arrives = event_numbers(recording, 1, "accumulate")[1]
    tab = opened(text, fragment=f"#step=1&event={arrives}").page
    tab.keyboard.press("p")
    gradient = recording.array("b.grad")[1]
    question = tab.locator(".question b").inner_text()
    place = int(re.fullmatch(r"b\.grad\[(\d)\]", question)[1])
    hidden = tab.locator(".event .figure mtext.hidden")
    assert hidden.count() == 1
    assert "What will it be?" in tab.locator(".live").inner_text()
    digits = f"{gradient[place]:.4g}".replace("-", "−")
    assert digits not in tab.locator(".node.now").inner_text()
    tab.locator(".question input").fill("123")
    tab.keyboard.press("Enter")
    assert tab.locator(".verdict").inner_text().startswith("Not quite")
    assert hidden.count() == 0
    assert "0 of 1 right" in tab.locator(".tally").inner_text()
    tab.locator("h2").first.click()  # away from the form
    tab.keyboard.press("PageDown")
    question = tab.locator(".question b").inner_text()
    place = int(re.fullmatch(r"b\.grad\[(\d)\]", question)[1])
    tab.locator(".question input").fill(f"{recording.array('b.grad')[2][place] * 1.015:.6f}")
    tab.keyboard.press("Enter")
    assert tab.locator(".verdict").inner_text().startswith("Right")
    assert "1 of 2 right" in tab.locator(".tally").inner_text()


def test_predict_mode_takes_a_sign(opened, text, recording):
    update = event_numbers(recording, 1, "update")[0]
    tab = opened(text, fragment=f"#step=1&event={update}").page
    tab.keyboard.press("p")
    row, column = map(int, re.fullmatch(r"w\[(\d), (\d)\]", tab.locator(".question b").inner_text()).groups())
    w = recording.array("w")[2][row, column]
    tab.keyboard.press("1" if w < 0 else "3")
    assert tab.locator(".verdict").inner_text().startswith("Right")


def test_a_large_graph_is_folded_and_opens(opened):
    recording = long(700, 2)
    watched = opened(page(recording))
    tab = watched.page
    assert tab.locator(".node.fold").count() > 1
    assert tab.locator(".node.operation").count() == 0
    while tab.locator(".node.operation").count() == 0:
        tab.locator(".node.fold").first.click()
    assert tab.locator(".node.now").count() >= 1
    # What happens elsewhere can be looked at, too, and the picture stays there until the cursor moves.
    tab.keyboard.press("u")
    tab.locator(".node.fold:not(.now)").last.click()
    assert tab.locator(".node.now").count() == 0
    assert tab.locator(".trail .crumb").count() > 1
    # The picture follows the cursor into the part where the next event happens.
    tab.evaluate("document.querySelector('#retrograd').retrograd.go(0, 650)")
    assert tab.locator(".node.operation.now").count() == 1
    tab.keyboard.press("u")
    assert tab.locator(".node.fold.now").count() == 1


def test_findings_stand_on_the_timeline_and_lead_to_their_event(opened, recording):
    finding = {
        "name": "grad-not-cleared",
        "severity": "error",
        "fact": "step 2 added to a gradient",
        "why": "old gradients go on",
        "fix": "+ w.grad = None",
        "file": "train.py",
        "line": 14,
        "events": [(2, 7)],
    }
    tab = opened(page(recording, Extra(findings=[finding]))).page
    assert tab.locator(".remarks li.error").count() == 1
    tab.locator(".mark.error").click()
    assert cursor(tab) == (2, 7)
    assert "grad-not-cleared" in tab.locator(".event dl.facts").inner_text()
    assert tab.locator(".line.found").get_attribute("data-line") == "14"
    tab.locator(".remarks summary").click()
    assert "+ w.grad = None" in tab.locator(".remarks").inner_text()


def test_of_many_findings_the_first_alert_is_seen_and_the_others_are_a_click_away(opened):
    findings = [
        {"name": "mild", "severity": "warning", "fact": "step 1 is odd", "step": 1, "event": 2},
        {"name": "bad", "severity": "error", "fact": "step 2 did `w -= 1`", "step": 2, "event": 7, "line": 14},
    ]
    comparison = {"step": 3, "event": 4, "what": "w.grad", "agrees": False}
    tab = opened(
        page(handmade.recorded(5), Extra(findings=[*findings, *findings[:1] * 17], comparisons=[comparison]))
    ).page
    seen = [each.inner_text() for each in tab.locator(".remarks li").all() if each.is_visible()]
    assert seen == ["bad step 2 did w -= 1"]
    assert tab.locator(".remarks li code").first.inner_text() == "w -= 1"
    assert tab.locator(".remarks .more > summary").inner_text() == "19 more: 1 alert, 18 warnings"
    tab.locator(".remarks .link", has_text="bad").click()
    assert cursor(tab) == (2, 7)
    tab.locator(".remarks .more > summary").click()
    tab.locator(".remarks .link", has_text="w.grad disagrees").click()
    assert cursor(tab) == (3, 4)


def test_what_was_not_seen_is_said(opened):
    recording = handmade.recorded(2)
    recording.source.notes.append(Note("unseen", 1, 0, "another thread was not watched"))
    tab = opened(page(recording)).page
    assert "another thread was not watched" in tab.locator(".remarks").inner_text()


def test_steps_that_were_left_out_are_said(opened):
    recording = handmade.recorded(30)
    tab = opened(page(recording, budget=10 * len(recording.steps[9].row))).page
    assert "Of 30 steps the values of 10" in tab.locator(".remarks").inner_text()


@pytest.mark.parametrize(
    "evil",
    [
        "</script><script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "<!--<script>",
        "\u202e\u0000\x1b[2J\u2066",
        "x" * 1_000_000,
        "${alert(1)}`",
    ],
    ids=["script", "img", "comment", "control", "long", "template"],
)
def test_a_hostile_recording_runs_nothing_and_breaks_nothing(opened, evil):
    watched = opened(page(hostile(evil), Extra(evil)))
    tab = watched.page
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowRight", "End", "w", "c", "p", "Escape", "/"):
        tab.keyboard.press(key)
    tab.locator(".search input").fill("a")
    tab.keyboard.press("Escape")
    assert tab.locator("img").count() == 0
    assert len([url for url in watched.requests if not url.startswith("blob:")]) == 1


def test_numbers_beyond_all_bounds_are_shown(opened):
    def spoil(step: int, w: np.ndarray, b: np.ndarray) -> None:
        if step == 1:
            b[:] = (np.nan, np.inf, -3e38)

    with np.errstate(invalid="ignore", over="ignore"):
        recording = handmade.recorded(2, change=spoil)
    tab = opened(page(recording), fragment="#step=1&event=0").page
    node = tab.locator(".node.leaf", has=tab.locator(".title", has_text=re.compile("^b$")))
    assert node.locator(".tile").first.locator("span:not(.words)").all_text_contents() == ["NaN", "∞", "−3.0e38"]
    assert node.locator(".tile").first.locator(".odd").count() == 2


def test_a_recording_without_steps_opens(opened):
    tab = opened(page(Recording(handmade.Shelf({}, [], {})))).page
    assert "retrograd" in tab.locator(".brand").inner_text()


@pytest.mark.parametrize("width", [360, 768, 1440, 3840])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_screen(opened, text, width, scheme):
    tab = opened(text, viewport={"width": width, "height": 900}, color_scheme=scheme).page
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    for pane in (".code", ".graph", ".event", ".tensors"):
        box = tab.locator(f".pane{pane}").bounding_box()
        assert box["width"] > 250
        assert box["height"] > 100
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width + 1


def test_dark_and_light_follow_the_system_and_the_key(opened, text):
    tab = opened(text, color_scheme="dark").page
    background = (
        "getComputedStyle(document.querySelector('#retrograd').shadowRoot.querySelector('.rg')).backgroundColor"
    )
    dark = tab.evaluate(background)
    tab.keyboard.press("t")
    assert tab.evaluate(background) == dark
    tab.keyboard.press("t")
    assert tab.evaluate(background) != dark


def test_the_presenter_shows_one_pane_large(opened, text):
    tab = opened(text).page
    tab.keyboard.press("f")
    tab.keyboard.press("2")
    assert tab.locator(".pane.graph").is_visible()
    assert not tab.locator(".pane.code").is_visible()
    tab.keyboard.press("0")
    assert tab.locator(".pane.code").is_visible()
    tab.keyboard.press("Escape")
    assert tab.locator(".rg.presenting").count() == 0


def test_help_names_the_keys(opened, text):
    tab = opened(text).page
    tab.keyboard.press("?")
    assert tab.locator("dialog.help").is_visible()
    assert "predict mode" in tab.locator("dialog.help").inner_text()
    tab.keyboard.press("Escape")
    assert not tab.locator("dialog.help").is_visible()


def test_the_logarithmic_scale_and_zoom_keep_the_cursor(opened, text):
    tab = opened(page(handmade.recorded(60)), fragment="#step=30&event=0").page
    tab.keyboard.press("l")
    assert tab.get_by_role("button", name="log", exact=True).get_attribute("aria-pressed") == "true"
    tab.keyboard.press("+")
    assert tab.get_by_role("button", name="all steps").is_visible()
    assert cursor(tab) == (30, 0)
    tab.keyboard.press("0")
    assert not tab.get_by_role("button", name="all steps").is_visible()


def test_losses_that_are_far_apart_choose_the_logarithmic_scale_and_say_so(opened):
    losses = np.geomspace(1, 1e9, 20)
    recording = handmade.recorded(20)
    steps = recording.source.steps_
    for place, loss in enumerate(losses):
        steps[place] = replace(steps[place], loss=float(loss))
    tab = opened(page(recording)).page
    log = tab.get_by_role("button", name="log", exact=True)
    dot = "document.querySelector('#retrograd').shadowRoot.querySelector('.dot')"
    height = f"new DOMMatrix(getComputedStyle({dot}).transform).f"

    def fall() -> float:
        """How far it is from the first to the last but nine, in pixels."""
        heights = []
        for step in (0, 10):
            tab.evaluate(f"document.querySelector('#retrograd').retrograd.goStep({step})")
            heights.append(tab.evaluate(height))
        return heights[0] - heights[1]

    assert log.get_attribute("aria-pressed") == "true"
    assert "lowest line" in tab.locator(".plot .why").inner_text()
    assert fall() == pytest.approx(66 * 10 / 19, abs=0.1)  # of 66 pixels of height
    tab.keyboard.press("l")
    assert log.get_attribute("aria-pressed") == "false"
    assert tab.locator(".plot .why").inner_text() == ""
    assert fall() == pytest.approx(66 * losses[10] / 1e9, abs=0.01)


def test_nothing_lies_over_the_curve(opened, text):
    tab = opened(text).page
    plot = tab.locator(".plot").bounding_box()
    button = tab.get_by_role("button", name="log", exact=True).bounding_box()
    assert button["x"] + button["width"] <= plot["x"] + 58  # where the curve begins


def test_a_move_of_the_cursor_asks_for_one_layout(opened, text):
    """Where something stands is asked for once, when all is drawn: each question costs as much as drawing."""
    tab = opened(text).page
    session = tab.context.new_cdp_session(tab)
    session.send("Performance.enable")

    def layouts() -> float:
        return next(m["value"] for m in session.send("Performance.getMetrics")["metrics"] if m["name"] == "LayoutCount")

    before, moves = layouts(), 100
    tab.evaluate("(n) => { const v = document.querySelector('#retrograd').retrograd; while (n--) v.turn(1); }", moves)
    assert layouts() - before <= 1.1 * moves + 5  # what the browser does by itself, too


def test_a_click_on_the_loss_goes_there(opened, text):
    tab = opened(text).page
    box = tab.locator(".plot").bounding_box()
    tab.mouse.click(box["x"] + 54 + (box["width"] - 64) * 0.75, box["y"] + 40)
    assert cursor(tab)[0] == 3


def test_play_goes_on_by_itself_and_stops(opened, text):
    tab = opened(text).page
    tab.keyboard.press(" ")
    until(tab, "document.querySelector('#retrograd').retrograd.at >= 1")
    tab.keyboard.press(" ")
    assert tab.get_by_role("button", name="Play").get_attribute("aria-pressed") == "false"


def test_a_step_that_was_recorded_lightly_says_so(opened):
    tab = opened(page(light()), fragment="#step=2&event=0").page
    assert "recorded lightly" in tab.locator(".event .what").inner_text()
    assert "0.5" in tab.locator(".event .what").inner_text()
    for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "Shift+ArrowLeft", "p", "w", "c", "Home"):
        tab.keyboard.press(key)
    assert cursor(tab)[0] == 0


def test_the_exception_that_ended_the_loop_is_shown(opened):
    tab = opened(page(failed())).page
    tab.keyboard.press("End")
    assert "backward through the graph a second time" in tab.locator(".event .figure").inner_text()
    assert "backward through the graph a second time" in tab.locator(".line.now.broken .value").inner_text()


def test_on_paper_all_parts_stand_below_each_other(opened, text):
    tab = opened(text, fragment="#step=1&event=8", viewport={"width": 800, "height": 1100}).page
    tab.emulate_media(media="print")
    tops = [tab.locator(f".pane.{pane}").bounding_box()["y"] for pane in ("code", "event", "graph", "tensors")]
    assert len(set(tops)) == 4
    assert not tab.locator(".tools").is_visible()
