"""Evil texts in every panel and dialog: they are shown as text, run nothing, and break nothing."""

import shlex
import threading
from typing import Any

import handmade
import numpy as np
import pytest
from conftest import Watched
from test_maps import result_of
from test_page_in_browser import until
from test_viewer_data import hostile

from retrograd.errors import RefusedError
from retrograd.recording import Recording
from retrograd.views.data import Extra
from retrograd.views.page import page
from retrograd.views.server import ViewServer
from retrograd.views.sweeping import Sweeps

EVIL = {
    "script": "</script><script>alert(1)</script>",
    "img": '"><img src=x onerror=alert(1)>',
    "control": "\u202e\u0000\x1b[2J\u2066",
    "shell": "$(touch evil); `id`'\"",
    "long": "x" * 1_000_000,
}
SHADOW = "document.querySelector('#retrograd').shadowRoot"


@pytest.fixture(params=EVIL.values(), ids=EVIL.keys())
def evil(request: Any) -> str:
    return request.param


def beside(evil: str) -> Extra:
    """Return findings, comparisons and a second curve in which every text is the evil one."""
    finding = {"name": evil, "severity": "error", "fact": evil, "why": evil, "fix": evil, "file": evil, "line": 14}
    finding |= {"step": 1, "event": 3}
    comparison = {"step": 1, "event": 3, "what": evil, "recorded": 1.0, "recomputed": 2.0, "error": 1.0}
    comparison |= {"tolerance": 0.1, "agrees": False, "why": evil, "method": evil}
    return Extra(evil, [finding] * 20, [comparison] * 3, (evil, [1.0, 2.0]))


def no_markup(watched: Watched) -> None:
    tab = watched.page
    assert tab.locator("img").count() == 0
    assert tab.locator("script[id]").count() == 2  # the viewer and the recording
    assert len([url for url in watched.requests if not url.startswith("blob:")]) == 1
    for sign in ("\u202e", "\u2066", "\x00", "\x1b"):
        assert not tab.evaluate(f"{SHADOW}.textContent.includes({sign!r})".replace("\\x", "\\u00"))


def test_findings_comparisons_and_overlay_are_text(opened, evil):
    watched = opened(page(hostile(evil), beside(evil)), fragment="#step=1&event=3")
    tab = watched.page
    tab.locator(".remarks .more > summary").click()
    for summary in tab.locator(".remarks li summary").all()[:2]:
        summary.click()
    tab.locator(".mark").first.click(force=True)
    assert tab.locator(".pane.event dl").inner_text()
    assert tab.evaluate(f"{SHADOW}.querySelector('.live').textContent.length > 0")
    no_markup(watched)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1440


def test_all_entries_are_shown_under_an_evil_name(opened, evil):
    watched = opened(page(hostile(evil)))
    tab = watched.page
    tab.evaluate(
        """() => {
            const viewer = document.querySelector("#retrograd").retrograd;
            viewer.entries.open(viewer.step, viewer.program.start[0]);
        }"""
    )
    assert "entries from" in tab.locator(".entries .answer").inner_text()
    no_markup(watched)


class Evil(Sweeps):
    """Answers every question about sweeps with evil names and reasons."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def form(self, recording: Recording) -> dict[str, Any]:
        return {"numbers": [{"name": self.text[:200], "value": 1.0}], "seeds": True}

    def sweep(self, recording: Recording, request: Any) -> bytes:
        raise RefusedError(self.text)


def refuse(*arguments: Any, **named: Any) -> Recording:
    raise RefusedError(evil_of(arguments[0]))


def evil_of(recording: Recording) -> str:
    return next(iter(recording.texts))


def test_what_if_and_sweep_show_evil_names_and_reasons_as_text(chromium, evil):
    recording = hostile(evil)
    server = ViewServer(lambda: recording, evil, run=refuse, sweeps=Evil(evil))
    thread = threading.Thread(target=server.serve)
    thread.start()
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    watched = Watched(context.new_page())
    tab = watched.page
    try:
        tab.goto(server.url)
        tab.wait_for_selector("html[data-ready]")
        tab.keyboard.press("i")
        tab.locator(".whatif button[type=submit]").click()
        until(tab, f"{SHADOW}.querySelector('.whatif .answer').textContent.length > 2")
        tab.keyboard.press("Escape")
        tab.keyboard.press("m")
        tab.locator(".go").click()
        until(tab, f"{SHADOW}.querySelector('.sweep > .answer').textContent.length > 2")
        assert tab.locator("img").count() == 0
        assert all(url.startswith((server.url, "blob:")) for url in watched.requests)
        # That a request was refused is the browser's own remark.
        assert [each for each in watched.complaints if "422" not in each] == []
    finally:
        context.close()
        server.close()
        thread.join()


def test_a_map_with_evil_axes_is_text_and_its_command_one_word(opened, evil):
    result = result_of((evil, "b"), {evil: [1.0, 2.0], "b": [10.0, 20.0]}, [[1, 2], [1, 4]], [[3, 9], [4, 9]],
                       [[0.1, 0.2], [0.3, float("nan")]])  # fmt: skip
    watched = opened(page(handmade.recorded(2), Extra(evil, sweep=result)))
    tab = watched.page
    tab.keyboard.press("m")
    tab.locator(".field").focus()
    tab.keyboard.press("Enter")
    words = shlex.split(tab.locator(".command").inner_text())
    assert words[:2] == ["retrograd", "sweep"]
    assert words[3] == "--set"
    assert (words[5], words[7]) == ("--set", "--max-steps")
    no_markup(watched)


INFINITE, NOT = float("inf"), float("nan")


@pytest.mark.parametrize(
    "overlay",
    [
        [],
        [NOT, INFINITE, -INFINITE],
        [1e308, -1e308, 5e-324, 0.0],
        [0.5] * 5000,
        [10.0**power for power in range(-300, 300, 7)],
    ],
)
def test_another_runs_curve_may_hold_any_numbers_and_have_any_length(opened, overlay):
    with np.errstate(all="ignore"):
        text = page(handmade.recorded(4), Extra("", overlay=("another", overlay)))
    tab = opened(text).page
    for key in ("l", "+", "End", "0", "l", "-", "Home", "p", "End"):
        tab.keyboard.press(key)
    tab.keyboard.press("p")
    shown = float(tab.locator(".plot .readout").inner_text().removeprefix("loss ").replace("−", "-"))
    assert shown == pytest.approx(handmade.recorded(4).loss[3], rel=1e-3)
    place = tab.locator(".dot").bounding_box()
    plot = tab.locator(".plot").bounding_box()
    assert place is None or plot["y"] - 6 <= place["y"] <= plot["y"] + plot["height"] + 6


def test_a_map_may_hold_any_numbers(opened):
    """Places that are far apart, below 0, equal, or alone; losses and limits that are no numbers."""
    values = [-1e308, -1.0, 0.0, 5e-324, 1e-300, 1.0, 1e308]
    outcome = [[number % 6 for number in range(7)]] * 7
    steps = [[2**53 if number == 3 else 0 for number in range(7)]] * 7
    losses = [[NOT, INFINITE, -INFINITE, 1e308, -0.0, 5e-324, 1.0]] * 7
    result = result_of(("a", "b"), {"a": values, "b": values}, outcome, steps, losses)
    for extra in (result, result.isel(a=[0]), result.isel(a=[5], b=[5]), result.isel(b=3, drop=True)):
        watched = opened(page(handmade.recorded(2), Extra("x", sweep=extra)))
        tab = watched.page
        tab.keyboard.press("m")
        tab.locator(".field").focus()
        for key in ("ArrowLeft", "ArrowUp", "Enter", "Shift+ArrowRight", "Shift+ArrowDown"):
            tab.keyboard.press(key)
        shown = tab.locator(".field").bounding_box()
        assert shown["width"] > 180
        assert "NaN" not in tab.locator(".ticks.across").inner_text()
        assert tab.locator(".command").inner_text().startswith("retrograd sweep x ")
