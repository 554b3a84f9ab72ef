"""The page in Firefox and in WebKit, the engine of Safari: what the tests in Chromium say in detail holds there, too.

    python -m pytest tests/browser/test_engines_in_browser.py -rs

`-rs` says what is not installed. Of the pictures it takes it says where they are; look at them.
"""

import threading
from collections.abc import Iterator
from typing import Any

import engines
import handmade
import numpy as np
import pytest
from engines import Tab
from test_graph import long
from test_hosts_in_browser import Loop, run_again
from test_page_in_browser import event_numbers, number

from retrograd.recording import Recording, reference_to, value_of
from retrograd.views.data import Extra
from retrograd.views.page import frame, page
from retrograd.views.server import ViewServer

TURNS = 5
ALL = "const all = (selector) => [...root.querySelectorAll(selector)];"
HERE = "const viewer = document.querySelector('#retrograd').retrograd; const { root } = viewer; " + ALL
CURSOR = f"{HERE} return [viewer.step.number, viewer.at]"

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("engines")]


@pytest.fixture(scope="module", params=sorted(engines.ENGINES))
def tab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    starting = engines.ENGINES[request.param](tmp_path_factory.mktemp(request.param))
    try:
        opened = starting.__enter__()
    except engines.Missing as missing:
        pytest.skip(str(missing))
    opened.resize(1440, 900)
    yield opened
    starting.__exit__(None, None, None)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return handmade.recorded(TURNS)


@pytest.fixture(scope="module")
def address(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(page(recording, Extra("train.retro")), encoding="utf-8")
    return path.as_uri()


def texts(tab: Tab, selector: str) -> list[str]:
    return tab.run(f"{HERE} return all(arguments[0]).map((each) => each.textContent)", selector)


def test_a_page_opens_from_a_file_and_nothing_complains(tab, address, recording):
    tab.open(f"{address}#step=3&event=1")
    assert tab.run(CURSOR) == [3, 1]
    shown = tab.run(f"""{HERE}
        const node = all(".node").find((each) => each.querySelector(".title")?.textContent === "w");
        return [...node.querySelector(".tile").querySelectorAll("span:not(.words)")].map((each) => each.textContent)""")
    w = value_of(recording.steps[3], reference_to(recording.steps[3].program, "w")).array
    np.testing.assert_allclose([number(each) for each in shown], w.ravel(), atol=0.51e-4)  # four digits
    assert tab.complaints() == []


def test_a_page_that_complains_is_heard(tab, tmp_path):
    """Else the test above could not fail. WebKit hears the last page only, and so does the next test of Firefox."""
    script = "console.log(1); setTimeout(() => { throw new Error('loud') })"
    bad = tmp_path / "bad.html"
    bad.write_text(f"<!doctype html><html data-ready='1'><script>{script}</script>", encoding="utf-8")
    tab.open(bad.as_uri())
    assert any("loud" in each for each in tab.complaints())


def test_keys_move_search_and_open_dialogs(tab, address, recording):
    tab.open(f"{address}#step=0&event=0")
    events = recording.steps[0].program.events
    tab.press("ArrowRight")
    assert tab.run(CURSOR) == [0, 1]
    tab.press("Shift+ArrowRight")
    assert tab.run(CURSOR) == [0, next(e.number for e in events if e.phase == "backward")]
    tab.press("PageDown", "End")
    assert tab.run(CURSOR) == [TURNS - 1, len(events) - 1]
    tab.until(f"return location.hash === '#step={TURNS - 1}&event={len(events) - 1}'")
    tab.press("Home", "/")
    tab.type(f"loss < {recording.loss[1:3].mean()}")
    tab.until(f"{HERE} return root.querySelector('.found li')?.textContent.includes('first step')")
    tab.press("Enter")
    assert tab.run(CURSOR)[0] == 2
    # WebKit once left the focus in the closed dialog, so that no key did anything any more.
    tab.until(f"{HERE} return !root.querySelector('.search').contains(viewer.host.shadowRoot.activeElement)")
    tab.press("?")
    tab.until(f"{HERE} return viewer.help.open")
    tab.press("Escape")
    tab.until(f"{HERE} return !viewer.dialogIsOpen")
    tab.press("f", "3")
    shown = f"{HERE} return all('.pane').filter((each) => each.offsetWidth).map((each) => each.className)"
    assert tab.run(shown) == ["pane event"]
    tab.press("Escape", "Escape")
    assert len(tab.run(shown)) == 4


def test_predict_mode_asks_and_judges(tab, address, recording):
    arrives = event_numbers(recording, 1, "accumulate")[1]
    tab.open(f"{address}#step=1&event={arrives}")
    tab.press("p")
    asked = texts(tab, ".question b")[0]
    gradient = recording.array("b.grad")[1][int(asked.removeprefix("b.grad[").removesuffix("]"))]
    assert texts(tab, ".figure mtext.hidden") == ["?"]
    tab.run(f"{HERE} root.querySelector('.question input').focus()")
    tab.type(f"{gradient:.6f}")
    tab.press("Enter")
    assert texts(tab, ".verdict")[0].startswith("Right")
    assert texts(tab, ".figure mtext.hidden") == []


def test_a_matrix_has_rows_columns_and_room(tab, address, recording):
    """MathML is laid out by each browser in its own way: numbers stand in rows, right-aligned, and do not touch."""
    tab.open(f"{address}#step=2&event=0")
    boxes = tab.run(f"""{HERE}
        const table = all(".figure mtable").find((each) => each.querySelectorAll("mtr").length > 1);
        return [...table.querySelectorAll("mtr")].map((row) => [...row.querySelectorAll("mn")].map((each) => {{
            const box = each.getBoundingClientRect();
            return [box.left, box.right, box.top, box.bottom];
        }}))""")
    rows = np.array(boxes)
    assert rows.shape[:2] == value_of(recording.steps[2], reference_to(recording.steps[2].program, "w")).array.shape
    assert (rows[:, 1:, 0] > rows[:, :-1, 1] + 2).all()
    assert (rows[1:, :, 2] > rows[:-1, :, 3] + 2).all()
    assert np.ptp(rows[:, :, 1], axis=0).max() < 1.5
    cells = tab.run(f"""{HERE}
        const full = all(".card .tile.cells span:not(.words)").filter((each) => each.firstChild);
        return full.map((each) => {{
            const text = document.createRange();
            text.selectNodeContents(each);
            return [text.getBoundingClientRect().width, each.getBoundingClientRect().width];
        }})""")
    assert all(text < cell for text, cell in cells if cell), cells


def test_a_large_graph_is_folded_and_follows_the_cursor(tab, tmp_path):
    path = tmp_path / "long.html"
    path.write_text(page(long(700, 2)), encoding="utf-8")
    tab.open(path.as_uri())
    count = f"{HERE} return root.querySelectorAll(arguments[0]).length"
    assert tab.run(count, ".node.fold") > 1
    while tab.run(count, ".node.operation") == 0:
        tab.run(f"{HERE} root.querySelector('.node.fold').click()")
    tab.run(f"{HERE} viewer.go(0, 650)")
    assert tab.run(count, ".node.operation.now") == 1
    seen = tab.run(f"""{HERE}
        const boxOf = (selector) => root.querySelector(selector).getBoundingClientRect();
        const [outer, inner] = [boxOf(".graph .scroll"), boxOf(".node.now")];
        return inner.left >= outer.left && inner.right <= outer.right
            && inner.top >= outer.top && inner.bottom <= outer.bottom""")
    assert seen
    tab.press("u")
    assert tab.run(count, ".node.fold.now") == 1


def test_time_can_be_clicked_and_the_code_too(tab, address, recording):
    tab.open(address)
    tab.run(f"{HERE} all('.line').find((each) => each.textContent.includes('b.grad.zero_()')).click()")
    assert tab.run(CURSOR) == [0, event_numbers(recording, 0, "clear")[1]]
    x, y = tab.run(f"""{HERE}
        const box = root.querySelector(".plot").getBoundingClientRect();
        return [Math.round(box.right - 12), Math.round(box.top + 40)]""")
    move = {"type": "pointerMove", "x": x, "y": y, "duration": 0}
    press = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
    mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [move, *press]}
    tab.ask("WebDriver:PerformActions", "actions", {"actions": [mouse]})
    assert tab.run(CURSOR)[0] == TURNS - 1


def test_light_dark_wide_and_narrow(tab, address, tmp_path):
    tab.open(f"{address}#step=2&event=6")
    lightness = f"""{HERE}
        const colours = getComputedStyle(root).backgroundColor.match(/\\d+/g).map(Number);
        return colours[0] + colours[1] + colours[2]"""
    assert tab.run(lightness) > 600
    for width, theme in ((1440, "light"), (1440, "dark"), (500, "dark")):
        tab.resize(width, 900)
        if theme == "dark" and tab.run(lightness) > 600:
            tab.press("t")
        tab.picture(tmp_path / f"{theme}{width}.png")
        assert tab.run("return document.documentElement.scrollWidth <= innerWidth")
    assert tab.run(lightness) < 150
    tab.resize(1440, 900)
    print(f"{tab.version}: pictures in {tmp_path}")


def test_in_a_frame_of_360_pixels(tab, recording, tmp_path):
    """An iframe's `srcdoc`, as a notebook keeps it; and as narrow as a telephone."""
    path = tmp_path / "frame.html"
    start = '<!doctype html><meta charset="utf-8"><div style="width: 360px">'
    path.write_text(start + frame(recording), encoding="utf-8")
    tab.open(path.as_uri(), "return document.querySelector('iframe') !== null")
    tab.enter(0)
    try:
        tab.until("return document.documentElement.dataset.ready !== undefined")
        assert tab.run("return [innerWidth, document.documentElement.scrollWidth <= 360]") == [360, True]
        assert texts(tab, ".where") == [f"step 0 of {TURNS}"]
        tab.run(f"{HERE} root.querySelector('[aria-label=\"Step forth\"]').click()")
        assert texts(tab, ".where") == [f"step 1 of {TURNS}"]
    finally:
        tab.enter(None)


@pytest.fixture
def served() -> Iterator[tuple[Loop, Any]]:
    loop = Loop()
    server = ViewServer(loop.load, "train.retro", run=run_again)
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield loop, server
    server.close()
    thread.join()


def test_the_local_server_is_followed_and_runs_again(tab, served):
    loop, server = served
    tab.open(server.url)
    tab.press("End")
    assert tab.run(CURSOR)[0] == loop.turns - 1
    loop.turns = 5
    tab.until(f"{HERE} return viewer.step.number === 4")
    loop.closed = True
    tab.press("i")
    tab.until(f"{HERE} return root.querySelectorAll('.whatif input').length > 1")
    tab.run(f"""{HERE}
        const label = all(".whatif label").find((each) => each.textContent.includes("learning_rate"));
        label.querySelector("input").value = "1.0";
        all(".whatif button").find((each) => each.textContent === "run again").click()""")
    tab.until(f"{HERE} return !root.querySelector('.whatif').open")
    expected: Recording = handmade.recorded(5, learning_rate=1.0)
    np.testing.assert_array_equal(tab.run(f"{HERE} return Array.from(viewer.recording.loss)"), expected.loss)
