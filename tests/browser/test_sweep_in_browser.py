"""The map of a sweep: its places say what became of their runs, open as recordings, and can be swept more finely."""

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from test_accessibility import AXE, violations
from test_page_in_browser import until
from test_sweeping import losses

import retrograd
from retrograd.recording import Recording
from retrograd.views.data import Extra
from retrograd.views.page import page
from retrograd.views.server import ViewServer

torch = pytest.importorskip("torch")

VIEWER = "document.querySelector('#retrograd').retrograd"
IN_SHADOW = "document.querySelector('#retrograd').shadowRoot.querySelector"


@pytest.fixture(scope="module")
def recording() -> Recording:
    with retrograd.record() as recording:
        losses(0.1, steps=8)
    return recording


@pytest.fixture
def tab(chromium: Any, recording: Recording) -> Iterator[Any]:
    server = ViewServer(lambda: recording, "train.retro")
    thread = threading.Thread(target=server.serve)
    thread.start()
    tab = chromium.new_page(viewport={"width": 1280, "height": 900})
    complaints: list[str] = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda message: complaints.append(message.text))
    try:
        tab.goto(server.url)
        tab.wait_for_selector("html[data-ready]")
        yield tab
    finally:
        tab.close()
        server.close()
        thread.join()
    # That a request was refused is the browser's own remark.
    assert [each for each in complaints if "422" not in each] == []


def swept(tab: Any, *, first: str = "0.01", last: str = "2", count: int = 6) -> None:
    tab.keyboard.press("m")
    tab.get_by_label("From, across").fill(first)
    tab.get_by_label("To, across").fill(last)
    tab.get_by_label("How many values, across").fill(str(count))
    tab.get_by_role("button", name="sweep", exact=True).click()
    tab.wait_for_selector(".field", timeout=120_000)


def test_each_place_says_what_became_of_its_run(tab):
    swept(tab)
    rates = np.geomspace(0.01, 2, 6)
    tab.locator(".field").focus()
    for _ in range(6):
        tab.keyboard.press("ArrowLeft")
    for rate in rates:
        said = tab.locator(".sweep .under").inner_text()
        assert said.startswith(f"learning_rate {rate:.4g}")
        loss = losses(rate, steps=8)[-1]
        assert f"last loss {loss:.4g}" in said or loss < 1e-3 or loss > 1e5
        tab.keyboard.press("ArrowRight")
    legend = tab.locator(".legend .count").all_inner_texts()
    assert sum(map(int, legend)) == 6


def test_a_place_opens_as_a_recording_and_a_link_leads_back(tab, recording):
    swept(tab)
    tab.locator(".field").focus()
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("Enter")
    until(tab, f"Boolean({VIEWER}.original)")
    rate = np.geomspace(0.01, 2, 6)[2]
    np.testing.assert_allclose(tab.evaluate(f"[...{VIEWER}.recording.loss]"), losses(rate, steps=8), rtol=1e-6)
    np.testing.assert_array_equal(tab.evaluate(f"[...{VIEWER}.recording.overlay.loss]"), recording.loss)
    assert f"learning_rate = {rate:.6g}" in tab.locator(".remarks").inner_text()
    tab.keyboard.press("m")  # the map is still there
    assert tab.locator(".field").is_visible()
    tab.keyboard.press("Escape")
    tab.get_by_role("button", name="back to the recorded run").click()
    np.testing.assert_array_equal(tab.evaluate(f"[...{VIEWER}.recording.loss]"), recording.loss)


def test_a_region_is_swept_more_finely_and_the_wider_map_comes_back(tab):
    swept(tab)
    room = tab.locator(".field").bounding_box()
    middle = room["y"] + room["height"] / 2
    tab.mouse.move(room["x"] + room["width"] * 2.5 / 6, middle)
    tab.mouse.down()
    tab.mouse.move(room["x"] + room["width"] * 3.5 / 6, middle)
    tab.mouse.up()
    assert tab.locator(".sweep .under").inner_text() == "2 × 1 places chosen"
    tab.get_by_role("button", name="finer sweep of this region").click()
    tab.get_by_role("button", name="back to the wider map").wait_for(timeout=120_000)
    rates = np.geomspace(0.01, 2, 6)
    edges = np.sqrt(rates[1] * rates[2]), np.sqrt(rates[3] * rates[4])
    tab.locator(".field").focus()
    for key, rate in (("ArrowLeft", edges[0]), ("ArrowRight", edges[1])):
        for _ in range(6):
            tab.keyboard.press(key)
        assert tab.locator(".sweep .under").inner_text().startswith(f"learning_rate {rate:.4g}:")
    tab.get_by_role("button", name="back to the wider map").click()
    assert [tab.locator(".ticks.across span").first.inner_text()] == ["0.01"]


def test_what_cannot_be_swept_is_said(tab):
    tab.keyboard.press("m")
    tab.get_by_label("From, across").fill("-3")
    tab.get_by_role("button", name="sweep", exact=True).click()
    until(tab, f"{IN_SHADOW}('.sweep .answer').textContent.includes('greater than 0')")
    assert tab.locator(".field").count() == 0


def test_a_sweep_is_stopped_and_another_one_begins(tab):
    tab.keyboard.press("m")
    tab.get_by_label("Number up").select_option("")
    tab.get_by_label("From, across").fill("0.01")
    tab.get_by_label("To, across").fill("0.4")
    tab.get_by_label("At most so many steps").fill("30000000")  # a day
    tab.get_by_role("button", name="sweep", exact=True).click()
    tab.get_by_role("button", name="stop", exact=True).click(timeout=60_000)
    until(tab, f"{IN_SHADOW}('.sweep .answer').textContent.startsWith('stopped after 0 of 30 runs')")
    assert tab.get_by_role("button", name="stop", exact=True).count() == 0
    tab.get_by_label("At most so many steps").fill("8")
    tab.get_by_role("button", name="sweep", exact=True).click()
    tab.wait_for_selector(".field", timeout=120_000)


def mapped(recording: Recording, name: str = "learning_rate") -> str:
    result = retrograd.sweep(recording, learning_rate=[0.1, 0.3, 3.0], max_steps=8)
    return page(recording, Extra("train.retro", sweep=result.rename({"learning_rate": name})))


def test_a_page_alone_gives_the_commands(opened, recording):
    watched = opened(mapped(recording))
    tab = watched.page
    tab.keyboard.press("m")
    tab.locator(".field").focus()
    tab.keyboard.press("Enter")
    assert tab.locator(".command").inner_text() == (
        "retrograd sweep train.retro --learning-rate 0.1,0.3,3 --max-steps 8 --open learning_rate=0.3"
    )
    tab.keyboard.press("Shift+ArrowRight")
    tab.get_by_role("button", name="finer sweep of this region").click()
    assert tab.locator(".command").inner_text().startswith("retrograd sweep train.retro --learning-rate 0.173205:3:3 ")
    assert len([url for url in watched.requests if not url.startswith("blob:")]) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_map(opened, recording, scheme):
    if not AXE.exists():
        pytest.skip("axe-core is not installed; `make viewer-check` installs it")
    tab = opened(mapped(recording), color_scheme=scheme, reduced_motion="reduce").page
    tab.keyboard.press("m")
    tab.locator(".field").focus()
    tab.keyboard.press("Enter")
    assert violations(tab) == []


@pytest.mark.parametrize("width", [360, 1280, 3840])
@pytest.mark.parametrize("height", [780, 2160])
def test_a_map_fits_every_screen(opened, recording, width, height):
    tab = opened(mapped(recording), viewport={"width": width, "height": height}).page
    tab.keyboard.press("m")
    dialog, field = (tab.locator(place).bounding_box() for place in ("dialog.sweep", ".field"))
    assert dialog["x"] >= 0
    assert dialog["x"] + dialog["width"] <= width
    assert dialog["y"] >= 0
    assert dialog["y"] + dialog["height"] <= height
    assert field["width"] > 240
    assert field["x"] + field["width"] <= dialog["x"] + dialog["width"]
