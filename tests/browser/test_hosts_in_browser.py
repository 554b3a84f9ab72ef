"""The same viewer where it does not stand alone: at the local server, in a notebook's cell, in a frame."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import handmade
import numpy as np
import pytest
from test_page_in_browser import cells, cursor, number, until

from retrograd.recording import Recording
from retrograd.views.data import data_of, packed
from retrograd.views.page import frame, viewer_source
from retrograd.views.server import ViewServer


class Loop:
    """A recording that grows."""

    def __init__(self) -> None:
        self.turns, self.closed = 3, False

    def load(self) -> Recording:
        return handmade.recorded(self.turns, facts={"closed": self.closed})


@pytest.fixture
def loop() -> Loop:
    return Loop()


def run_again(recording: Recording, changes: dict, *, steps: int | None = None) -> Recording:
    return handmade.recorded(steps or len(recording.steps), learning_rate=changes.get("learning_rate", 0.1))


@pytest.fixture
def tab(chromium: Any, loop: Loop) -> Iterator[Any]:
    server = ViewServer(loop.load, "train.retro", run=run_again)
    thread = threading.Thread(target=server.serve)
    thread.start()
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(server.url)
    page.wait_for_selector("html[data-ready]")
    yield page
    page.close()
    server.close()
    thread.join()
    assert not complaints


def test_the_server_shows_the_recorded_numbers(tab, loop):
    w = loop.load().array("w")[0]
    np.testing.assert_allclose(cells(tab, "w"), w.ravel(), atol=0.51e-4)


def test_the_page_follows_a_growing_recording(tab, loop):
    tab.keyboard.press("End")
    assert cursor(tab)[0] == 2
    loop.turns = 5
    # Who looks at the last step goes on to the new last one.
    until(tab, "document.querySelector('#retrograd').retrograd.step.number === 4")
    tab.keyboard.press("Home")
    loop.turns, loop.closed = 6, True
    until(tab, "document.querySelector('#retrograd').retrograd.recording.head.count === 6")
    assert cursor(tab) == (0, 0)


def test_what_if_lays_the_new_course_over_the_recorded_one(tab, loop):
    tab.keyboard.press("i")
    field = tab.locator(".whatif label", has_text="learning_rate").locator("input")
    until(tab, "document.querySelector('#retrograd').shadowRoot.querySelectorAll('.whatif input').length > 1")
    assert field.input_value() == "0.1"
    field.fill("1.0")
    tab.locator(".whatif input[type=number]").fill("4")
    tab.get_by_role("button", name="run again").click()
    until(tab, "!document.querySelector('#retrograd').shadowRoot.querySelector('.whatif').open")
    tab.keyboard.press("End")
    expected = handmade.recorded(4, learning_rate=1.0)
    assert tab.locator(".plot .readout").inner_text() == f"loss {expected.loss[3]:.4g}"
    overlay = tab.evaluate("Array.from(document.querySelector('#retrograd').retrograd.recording.overlay.loss)")
    np.testing.assert_array_equal(overlay, loop.load().loss)
    tab.get_by_role("button", name="back to the recorded run").click()
    assert tab.locator(".where").inner_text() == "step 2 of 3"
    assert tab.locator(".plot .readout").inner_text() == f"loss {loop.load().loss[2]:.4g}"


def test_what_cannot_be_typed_is_said(tab):
    tab.keyboard.press("i")
    field = tab.locator(".whatif label", has_text="learning_rate").locator("input")
    field.fill("fast")
    tab.get_by_role("button", name="run again").click()
    until(
        tab,
        "document.querySelector('#retrograd').shadowRoot.querySelector('.whatif .answer').textContent.includes('fast')",
    )


MODEL = """
async ([source, packed, form]) => {
    const viewer = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
    const values = { _data: new DataView(bytes.buffer), _form: form, step: 0, event: 0, height: 700 };
    const listeners = {};
    window.saved = [];
    window.sent = [];
    window.model = {
        get: (name) => values[name],
        set: (name, value) => { values[name] = value; },
        save_changes: () => window.saved.push([values.step, values.event]),
        on: (name, call) => (listeners[name] ??= []).push(call),
        off: (name, call) => { listeners[name] = listeners[name].filter((each) => each !== call); },
        send: (message) => window.sent.push(message),
        fromPython: (name, value) => { values[name] = value; listeners[`change:${name}`]?.forEach((call) => call()); },
        message: (content, buffers) => listeners["msg:custom"]?.forEach((call) => call(content, buffers)),
        listening: () => Object.values(listeners).flat().length,
    };
    const el = document.body.appendChild(document.createElement("div"));
    el.id = "cell";
    window.leave = await viewer.default.render({ model: window.model, el });
}
"""


@pytest.fixture
def cell(chromium: Any, tmp_path: Path) -> Iterator[Any]:
    """The widget in a page that does what anywidget does around it."""
    import base64

    page = chromium.new_page(viewport={"width": 1200, "height": 900})
    path = tmp_path / "notebook.html"
    path.write_text("<!doctype html><title>notebook</title><style>button { background: red; padding: 40px }</style>")
    page.goto(path.as_uri())
    data = base64.b64encode(packed(data_of(handmade.recorded(4)))).decode()
    form = {"constants": [{"name": "learning_rate", "value": 0.1}], "tensors": [], "steps": 4}
    page.evaluate(MODEL, [viewer_source(), data, form])
    yield page
    page.close()


def test_the_cursor_of_a_widget_goes_both_ways(cell):
    where = cell.locator(".where")
    assert where.inner_text() == "step 0 of 4"
    cell.evaluate("model.fromPython('step', 2)")
    assert where.inner_text() == "step 2 of 4"
    cell.evaluate("model.fromPython('event', 5)")
    assert cell.locator(".which").inner_text().startswith("event 5")
    # What came from Python is not sent back to it.
    assert cell.evaluate("saved") == []
    cell.get_by_role("button", name="Event forth").click()
    assert cell.evaluate("saved") == [[2, 6]]


def test_keys_work_in_the_cell_that_has_the_focus_only(cell):
    cell.keyboard.press("ArrowRight")
    assert cell.evaluate("saved") == []
    cell.locator(".brand").click()
    cell.keyboard.press("ArrowRight")
    assert cell.evaluate("saved") == [[0, 1]]


def test_the_notebook_does_not_restyle_the_viewer(cell):
    style = "getComputedStyle(document.querySelector('#cell div').shadowRoot.querySelector('.tool')).padding"
    assert cell.evaluate(style) == "0px"


def test_a_widget_asks_python_and_shows_the_answer(cell):
    import base64

    cell.get_by_role("button", name="What if?").click()
    cell.locator(".whatif input").first.fill("0.5")
    cell.get_by_role("button", name="run again").click()
    until(cell, "sent.length === 1")
    message = cell.evaluate("sent[0]")
    assert message["request"] == {"changes": {"learning_rate": 0.5}, "steps": None}
    other = handmade.recorded(4, learning_rate=0.5)
    cell.evaluate(
        """([id, text]) => {
            const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
            model.message({ kind: "answer", id }, [new DataView(bytes.buffer)]);
        }""",
        [message["id"], base64.b64encode(packed(data_of(other))).decode()],
    )
    cell.evaluate("model.fromPython('step', 3)")
    until(cell, "Boolean(document.querySelector('#cell div').retrograd.original)")
    shown = number(cell.locator(".plot .readout").inner_text().removeprefix("loss "))
    np.testing.assert_allclose(
        shown, other.loss[cell.evaluate("document.querySelector('#cell div').retrograd.step.number")], rtol=1e-3
    )


def test_a_widget_asks_python_for_all_entries_of_a_tensor(cell):
    cell.evaluate(
        """() => {
            const viewer = document.querySelector("#cell div").retrograd;
            viewer.options.entries({ step: 1, slot: 2, buffer: 3 }).then((all) => { window.entries = [...all]; });
        }"""
    )
    until(cell, "sent.length === 1")
    message = cell.evaluate("sent[0]")
    assert (message["kind"], message["request"]) == ("entries", {"step": 1, "slot": 2, "buffer": 3})
    # anywidget gives a part of a larger buffer, at any place.
    cell.evaluate(
        """(id) => {
            const bytes = new Uint8Array(3 + 16);
            bytes.set(new Uint8Array(Float64Array.of(0.25, -7).buffer), 3);
            model.message({ kind: "answer", id }, [new DataView(bytes.buffer, 3)]);
        }""",
        message["id"],
    )
    until(cell, "Boolean(window.entries)")
    assert cell.evaluate("window.entries") == [0.25, -7]


def test_a_widget_asks_python_for_a_sweep_and_hears_how_far_it_is(cell):
    answer = """([id, value]) => {
        const bytes = new TextEncoder().encode(JSON.stringify(value));
        model.message({ kind: "answer", id }, [new DataView(bytes.buffer)]);
    }"""
    cell.get_by_role("button", name="Sweep").click()
    until(cell, "sent.length === 1")
    assert cell.evaluate("sent[0].kind") == "sweepform"
    form = {"numbers": [{"name": "learning_rate", "value": 0.1}], "seeds": False, "max_steps": 4}
    cell.evaluate(answer, [cell.evaluate("sent[0].id"), form])
    cell.get_by_label("How many values, across").fill("3")
    cell.get_by_role("button", name="sweep", exact=True).click()
    until(cell, "sent.length === 2")
    message = cell.evaluate("sent[1]")
    assert message["request"] == {
        "numbers": {"learning_rate": "0.001:10:3"},
        "seeds": None,
        "until": None,
        "max_steps": 4,
    }
    cell.evaluate("model.message({ kind: 'progress', progress: { done: 1, count: 3 } }, [])")
    cell.get_by_text("1 of 3, ").wait_for()
    assert "interrupt the kernel" in cell.locator(".waiting").inner_text()
    cell.get_by_role("button", name="stop", exact=True).click()
    assert cell.evaluate("sent.pop()") == {"kind": "stop"}
    drawn = {
        "axes": [{"name": "learning_rate", "values": [0.001, 0.1, 10]}], "outcomes": ["converged", "diverged"],
        "colours": ["#1b7837", "#c0392b"], "outcome": [[0, 0, 1]], "steps": [[4, 2, 3]], "seed": None, "until": None,
        "final_loss": [[0.5, 0.25, None]], "max_steps": 4, "limit": None, "limit_of": None, "start": "same",
        "number": 1,
    }  # fmt: skip
    cell.evaluate(answer, [message["id"], drawn])
    cell.locator(".field").press("ArrowRight")
    assert (
        cell.locator(".sweep .under").inner_text() == "learning_rate 10: diverged after 3 steps, last loss not finite"
    )
    cell.locator(".field").press("Enter")
    until(cell, "sent.length === 3")
    assert cell.evaluate("[sent[2].kind, sent[2].request]") == ["run", {"sweep": 1, "column": 2, "row": 0}]
    cell.evaluate(
        "(id) => model.message({ kind: 'answer', id, error: 'this map is gone; sweep again' }, [])", message["id"] + 1
    )
    until(
        cell,
        "document.querySelector('#cell div').shadowRoot.querySelector('.sweep .answer').textContent.includes('gone')",
    )


def test_a_widget_that_is_closed_listens_no_more(cell):
    assert cell.evaluate("model.listening()") == 3
    cell.evaluate("leave()")
    assert cell.evaluate("model.listening()") == 0


def test_a_frame_in_a_page_steps_without_a_network(chromium, tmp_path):
    page = chromium.new_page(viewport={"width": 1200, "height": 900})
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    path = tmp_path / "output.html"
    path.write_text(f"<!doctype html><title>output</title>{frame(handmade.recorded(3))}", encoding="utf-8")
    page.goto(path.as_uri())
    inside = page.frame_locator("iframe")
    inside.locator(".where").wait_for()
    inside.get_by_role("button", name="Step forth").click()
    assert inside.locator(".where").inner_text() == "step 1 of 3"
    assert [url for url in requests if not url.startswith(("blob:", "about:", "data:"))] == [path.as_uri()]
    page.close()
