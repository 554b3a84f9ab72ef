"""A large tensor, whole: from the server all entries, in a page what was kept and what is left out."""

import threading

import numpy as np
import pytest

pytest.importorskip("torch")

from test_entries import train
from test_page_in_browser import number, until

import retrograd
from retrograd.recording import Recording
from retrograd.views.page import page
from retrograd.views.server import ViewServer

SAID = "document.querySelector('#retrograd').shadowRoot.querySelector('.entries .answer').textContent"


@pytest.fixture(scope="module")
def recorded() -> tuple[Recording, list[np.ndarray]]:
    with retrograd.record() as recording:
        weights, _ = train()
    return recording, weights


def test_the_server_shows_all_entries(chromium, recorded):
    recording, weights = recorded
    server = ViewServer(lambda: recording)
    thread = threading.Thread(target=server.serve)
    thread.start()
    tab = chromium.new_page(viewport={"width": 1440, "height": 900})
    try:
        tab.goto(f"{server.url}#step=4&event=0")
        tab.wait_for_selector("html[data-ready]")
        card = tab.locator(".card").filter(has=tab.locator("strong", has_text="w")).first
        card.get_by_role("button", name="all entries").click()
        until(tab, f"{SAID}.startsWith('10000 entries from')")
        assert tab.locator(".entries h2").inner_text() == "w (100, 100)"  # as it is spelled
        for place in ([0, 0], [17, 99], [99, 3]):
            tab.locator(".entries input").fill(", ".join(map(str, place)))
            shown = number(tab.locator(".entries output").inner_text())
            assert np.float32(shown) == weights[4][tuple(place)]
        tab.locator(".entries input").fill("100, 0")
        assert tab.locator(".entries output").inner_text() == "expected 2 numbers below (100, 100)"
        size = tab.locator(".entries canvas").evaluate("canvas => [canvas.width, canvas.height]")
        assert size == [100, 100]
        box = tab.locator(".entries canvas").bounding_box()
        tab.mouse.move(box["x"] + box["width"] * 0.505, box["y"] + box["height"] * 0.205)
        name, _, value = tab.locator(".entries .under").inner_text().partition(" = ")
        assert name == "w[20, 50]"
        assert np.float32(number(value)) == weights[4][20, 50]
        tab.keyboard.press("Escape")
        assert not tab.locator(".entries").is_visible()
    finally:
        tab.close()
        server.close()
        thread.join()


def test_of_a_changed_run_no_entries_of_the_recorded_one_are_shown(chromium, recorded):
    recording, _ = recorded
    server = ViewServer(lambda: recording)
    thread = threading.Thread(target=server.serve)
    thread.start()
    tab = chromium.new_page(viewport={"width": 1440, "height": 900})
    try:
        tab.goto(f"{server.url}#step=4&event=0")
        tab.wait_for_selector("html[data-ready]")
        tab.keyboard.press("i")
        tab.locator(".whatif button", has_text="run again").click()
        until(tab, "Boolean(document.querySelector('#retrograd').retrograd.original)")
        tab.evaluate("document.querySelector('#retrograd').retrograd.goStep(4, 3)")
        card = tab.locator(".card").filter(has=tab.locator("strong", has_text="h")).first
        card.get_by_role("button", name="all entries").click()
        until(tab, f"{SAID}.startsWith('Of a changed run')")
    finally:
        tab.close()
        server.close()
        thread.join()


def test_a_page_says_what_is_left_out(opened, recorded):
    tab = opened(page(recorded[0]), fragment="#step=0&event=3").page
    card = tab.locator(".card").filter(has=tab.locator("strong", has_text="h")).first
    card.get_by_role("button", name="all entries").click()
    until(tab, f"{SAID}.startsWith('This page holds no more of it than its tile shows')")
    assert "retrograd view" in tab.locator(".entries .answer").inner_text()
