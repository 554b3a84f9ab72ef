"""What is on the screen at once: the notebook's whole graph, code that nothing covers, equations without scrolling."""

import itertools
from typing import Any

import handmade
import pytest
from test_page_in_browser import event_numbers

from retrograd.recording import Recording
from retrograd.views.data import Extra
from retrograd.views.page import page

COVERED = """() => [...document.querySelector('#retrograd').shadowRoot.querySelectorAll('.line')].filter((line) => {
  const value = line.querySelector('.value').getBoundingClientRect();
  return value.width > 0 && [...line.querySelector('code').getClientRects()].some((code) =>
    Math.min(code.right, value.right) - Math.max(code.left, value.left) > 1
    && Math.min(code.bottom, value.bottom) - Math.max(code.top, value.top) > 1);
}).map((line) => line.textContent)"""
"""Lines of which the value lies over the code."""


UNDER_LABEL = """() => {
  const time = document.querySelector('#retrograd').shadowRoot.querySelector('.time');
  const canvas = time.querySelector('canvas');
  const [outer, label] = [canvas, time.querySelector('.readout')].map((each) => each.getBoundingClientRect());
  const scale = canvas.width / outer.width;
  const box = [label.left - outer.left, label.top - outer.top, label.width, label.height].map((each) => each * scale);
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(...box);
  const curve = [0x0b, 0x5f, 0xa5];  // --accent, in light
  let found = 0;
  for (let at = 0; at < data.length; at += 4)
    if (data[at + 3] > 128 && curve.every((part, n) => Math.abs(data[at + n] - part) < 40)) found++;
  return found;
}"""
"""How many points of the curve lie under the loss beside the cursor."""


@pytest.fixture(scope="module")
def recording() -> Recording:
    return handmade.recorded(5)


@pytest.fixture(scope="module")
def text(recording: Recording) -> str:
    return page(recording, Extra("train.retro"))


def inside(tab: Any, outer: str, inner: str) -> list[str]:
    """Return what stands, even partly, outside of a box."""
    room = tab.locator(outer).bounding_box()
    found = []
    for each in tab.locator(inner).all():
        box = each.bounding_box()
        if not (
            box["x"] >= room["x"] - 1
            and box["y"] >= room["y"] - 1
            and box["x"] + box["width"] <= room["x"] + room["width"] + 1
            and box["y"] + box["height"] <= room["y"] + room["height"] + 1
        ):
            found.append(each.inner_text())
    return found


@pytest.mark.parametrize(("width", "height"), [(1030, 800), (1130, 800), (1280, 720), (1440, 900), (1920, 1080)])
def test_the_graph_of_the_notebook_is_seen_whole(opened, text, width, height):
    tab = opened(text, fragment="#step=3&event=4", viewport={"width": width, "height": height}).page
    assert tab.locator(".node").count() > 5
    assert inside(tab, ".graph .scroll", ".node") == []


@pytest.mark.parametrize("width", [360, 1360])
def test_no_curve_goes_through_the_loss_beside_the_cursor(opened, width):
    tab = opened(page(handmade.recorded(20)), viewport={"width": width, "height": 850}).page
    covered = []
    for _ in range(20):
        covered.append(tab.evaluate(UNDER_LABEL))
        tab.keyboard.press("PageDown")
    assert covered == [0] * 20


@pytest.mark.parametrize("width", [390, 1024, 1360])
@pytest.mark.parametrize("keys", [(), ("f",)])
def test_no_value_lies_over_the_code(opened, text, recording, width, keys):
    tab = opened(text, fragment="#step=3&event=0", viewport={"width": width, "height": 850}).page
    for key in keys:
        tab.keyboard.press(key)
    for event in range(len(recording.steps[3].program.events)):
        tab.evaluate(f"document.querySelector('#retrograd').retrograd.goStep(3, {event})")
        assert tab.evaluate(COVERED) == []


def test_no_code_is_cut_off(opened, text):
    tab = opened(text, viewport={"width": 1024, "height": 768}).page
    source = tab.locator(".source")
    assert source.evaluate("element => element.scrollWidth") <= source.evaluate("element => element.clientWidth")


@pytest.mark.parametrize("kind", ["accumulate", "update", "clear"])
def test_an_equation_is_seen_without_scrolling(opened, text, recording, kind):
    tab = opened(text, viewport={"width": 1360, "height": 850}).page
    for event in event_numbers(recording, 3, kind):
        tab.evaluate(f"document.querySelector('#retrograd').retrograd.goStep(3, {event})")
        assert tab.locator(".figure math").count()
        assert inside(tab, ".pane.event", ".figure math") == []


def test_the_graph_is_printed_whole(opened, text):
    tab = opened(text, fragment="#step=3&event=4", viewport={"width": 718, "height": 1000}).page  # A4, usual margins
    tab.emulate_media(media="print")
    assert inside(tab, ".pane.graph", ".node") == []


@pytest.mark.parametrize("pane", ["code", "graph", "event", "tensors"])
def test_what_the_presenter_shows_alone_fills_the_page(opened, text, pane):
    tab = opened(text, fragment="#step=3&event=4", viewport={"width": 1280, "height": 800}).page
    tab.keyboard.press("f")
    tab.keyboard.press(str(["code", "graph", "event", "tensors"].index(pane) + 1))
    box = tab.locator(f".pane.{pane}").bounding_box()
    assert box["width"] > 1200
    assert 760 < box["y"] + box["height"] <= 800


def test_a_sheet_of_paper_is_white_and_its_curve_is_not_squeezed(opened, text):
    tab = opened(text, viewport={"width": 1280, "height": 800}, color_scheme="light").page
    tab.set_viewport_size({"width": 718, "height": 1000})
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.evaluate(
        """() => {
            const canvas = document.querySelector("#retrograd").shadowRoot.querySelector(".plot canvas");
            return Math.abs(canvas.width / devicePixelRatio / canvas.clientWidth - 1) < 0.05;
        }"""
    )


def test_the_presenter_sees_the_current_line(opened, text, recording):
    last = len(recording.steps[3].program.events) - 1
    tab = opened(text, fragment=f"#step=3&event={last}", viewport={"width": 1360, "height": 700}).page
    for key in ("f", "1", "0"):
        tab.keyboard.press(key)
        assert inside(tab, ".source", ".line.now") == []


def test_in_a_narrow_notebook_no_pane_lies_over_another(opened, text):
    tab = opened(text, fragment="#step=3&event=9", viewport={"width": 720, "height": 850}).page
    # The height that the widget asks for is that of a wide one.
    tab.evaluate("() => { document.querySelector('#retrograd').retrograd.root.style.height = '780px'; }")
    boxes = sorted((pane.bounding_box() for pane in tab.locator(".pane").all()), key=lambda box: box["y"])
    assert len(boxes) == 4
    assert all(above["y"] + above["height"] <= below["y"] for above, below in itertools.pairwise(boxes))
    assert inside(tab, ".pane.event", ".pane.event dl.facts") == []
    name = tab.locator(".brand h1")
    assert name.evaluate("(each) => each.scrollWidth <= each.parentElement.clientWidth")


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1280, 800)])
def test_the_help_begins_at_its_beginning(opened, text, width, height):
    tab = opened(text, viewport={"width": width, "height": height}).page
    tab.keyboard.press("?")
    first = tab.locator("dialog.help dt").first
    assert inside(tab, "dialog.help", "dialog.help dt:first-of-type") == []
    assert first.bounding_box()["x"] + first.bounding_box()["width"] < width * 0.45
    tab.keyboard.press("Enter")
    assert not tab.locator("dialog.help").is_visible()


@pytest.mark.parametrize("key", ["", "f"])
def test_parts_stand_at_equal_distances(opened, text, key):
    tab = opened(text, viewport={"width": 1280, "height": 800}).page
    if key:
        tab.keyboard.press(key)
    above, time, panes = (tab.locator(each).bounding_box() for each in (".top", ".time", ".panes"))
    assert panes["y"] - time["y"] - time["height"] == pytest.approx(time["y"] - above["y"] - above["height"], abs=1)
