"""The same recording is the same document in page, server and widget; an evil one does as little in each of them."""

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import handmade
import pytest
from test_hosts_in_browser import MODEL
from test_page_in_browser import cursor, until
from test_viewer_data import hostile

from retrograd.errors import DamagedFileError
from retrograd.recording import Recording
from retrograd.views.data import Extra, data_of, packed
from retrograd.views.page import page, viewer_source
from retrograd.views.server import ViewServer

FORM = {"constants": [{"name": "learning_rate", "value": 0.1}], "tensors": [], "steps": 3}

DOCUMENT = """() => {
    const host = [...document.querySelectorAll("#retrograd, #cell div")].find((each) => each.shadowRoot);
    const root = host.shadowRoot.querySelector(".rg").cloneNode(true);
    // What only one host has: the way to other numbers, whether the loop still runs; and its size.
    const own = "dialog.whatif, [aria-label='What if?'], dialog.sweep, [aria-label='Sweep'], .growth, footer.readout";
    root.querySelectorAll(own).forEach((each) => each.remove());
    for (const each of root.querySelectorAll("[style]")) each.removeAttribute("style");
    for (const each of root.querySelectorAll("canvas")) each.replaceWith("canvas");
    return root.innerHTML;
}"""

EVIL = {
    "script": "</script><script>alert(1)</script>",
    "img": '"><img src=x onerror=alert(1)>',
    "svg": "<svg/onload=alert(1)><math><mtext><style><img src=x onerror=alert(1)>",
    "control": "\u202e\u0000\x1b[2J\u2066",
    "template": "${alert(1)}`{{constructor.constructor('alert(1)')()}}",
}


@contextmanager
def shown_in_page(chromium: Any, recording: Recording, folder: Path) -> Iterator[Any]:
    path = folder / "alike.html"
    path.write_text(page(recording), encoding="utf-8")
    with watched(chromium) as tab:
        tab.goto(path.as_uri())
        yield tab


@contextmanager
def shown_by_server(chromium: Any, recording: Recording, folder: Path) -> Iterator[Any]:
    server = ViewServer(lambda: recording)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        with watched(chromium) as tab:
            tab.goto(server.url)
            yield tab
    finally:
        server.close()
        thread.join()


@contextmanager
def shown_by_widget(chromium: Any, recording: Recording, folder: Path) -> Iterator[Any]:
    path = folder / "notebook.html"
    path.write_text("<!doctype html><title>notebook</title>", encoding="utf-8")
    with watched(chromium) as tab:
        tab.goto(path.as_uri())
        data = base64.b64encode(packed(data_of(recording))).decode()
        tab.evaluate(MODEL, [viewer_source(), data, FORM])
        tab.evaluate("document.documentElement.dataset.ready = '1'")
        yield tab


@contextmanager
def watched(chromium: Any) -> Iterator[Any]:
    """Open a tab in which nothing may go wrong, and no dialog may open."""
    tab = chromium.new_page(viewport={"width": 1440, "height": 900})
    complaints: list[str] = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("dialog", lambda dialog: (complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
    try:
        yield tab
    finally:
        tab.close()
    assert not complaints


HOSTS: dict[str, Callable[..., Any]] = {"page": shown_in_page, "server": shown_by_server, "widget": shown_by_widget}


def viewer_of(tab: Any) -> Any:
    tab.wait_for_selector("html[data-ready]")
    return tab.evaluate_handle(
        "[...document.querySelectorAll('#retrograd, #cell div')].find((each) => each.retrograd).retrograd"
    )


def test_page_server_and_widget_are_the_same_document(chromium, tmp_path):
    recording = handmade.recorded(4)
    with ExitStack() as stack:
        tabs = [stack.enter_context(host(chromium, recording, tmp_path)) for host in HOSTS.values()]
        viewers = [viewer_of(tab) for tab in tabs]
        for step in (0, 2):
            for event in range(len(recording.steps[step].program.events)):
                for viewer in viewers:
                    viewer.evaluate(f"viewer => viewer.goStep({step}, {event})")
                one, *others = documents_at_rest(tabs)
                assert f"step {step} of 4" in one
                assert all(other == one for other in others)


def documents_at_rest(tabs: list[Any]) -> list[str]:
    """Return what the tabs show; tensors out of sight, which are others in each host, follow when the cursor rests."""
    for _ in range(40):
        documents = [tab.evaluate(DOCUMENT) for tab in tabs]
        if len(set(documents)) == 1:
            break
        tabs[0].wait_for_timeout(50)
    return documents


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("evil", EVIL)
def test_an_evil_recording_runs_nothing(chromium, tmp_path, host, evil):
    with HOSTS[host](chromium, hostile(EVIL[evil]), tmp_path) as tab:
        viewer = viewer_of(tab)
        for step in (0, 1):
            for event in range(18):
                viewer.evaluate(f"viewer => viewer.goStep({step}, {event})")
        viewer.evaluate("viewer => viewer.search.open()")
        tab.keyboard.type("a")
        tab.keyboard.press("Escape")
        assert tab.locator("img, .rg script, .rg iframe").count() == 0


@pytest.mark.parametrize("host", HOSTS)
def test_a_recording_without_steps_says_so(chromium, tmp_path, host):
    with HOSTS[host](chromium, Recording(handmade.Shelf({}, [], {})), tmp_path) as tab:
        viewer_of(tab)
        assert tab.locator(".where").inner_text() == "This recording holds no step."
        for key in ("ArrowRight", "End", "p", "f", "1", "/", "Escape", "Escape", "l", "+", "g", "u", "w", "c", " "):
            tab.locator(".rg").focus()
            tab.keyboard.press(key)


def test_a_finding_in_a_widget_leads_to_its_event(chromium, tmp_path):
    finding = {
        "name": "grad-not-cleared",
        "severity": "error",
        "fact": "f",
        "step": 2,
        "event": 7,
        "file": handmade.FILE,
        "line": 3,
    }
    path = tmp_path / "notebook.html"
    path.write_text("<!doctype html><title>notebook</title>", encoding="utf-8")
    with watched(chromium) as tab:
        tab.goto(path.as_uri())
        data = packed(data_of(handmade.recorded(4), Extra(findings=[finding])))
        tab.evaluate(MODEL, [viewer_source(), base64.b64encode(data).decode(), FORM])
        tab.get_by_role("button", name="grad-not-cleared", exact=True).click()
        assert tab.locator(".where").inner_text() == "step 2 of 4"
        assert tab.evaluate("[model.get('step'), model.get('event')]") == [2, 7]  # Python is told
        assert tab.locator(".line.found").get_attribute("data-line") == "3"
        tab.locator(".mark.error").click()
        assert tab.locator(".which").inner_text().startswith("event 7")


def test_a_file_that_cannot_be_read_is_said_and_what_is_shown_stays(chromium):
    damaged = threading.Event()

    def load() -> Recording:
        if damaged.is_set():
            raise DamagedFileError("train.retro ends in the middle of a page")
        return handmade.recorded(3, facts={"closed": False})

    server = ViewServer(load)
    thread = threading.Thread(target=server.serve)
    thread.start()
    tab = chromium.new_page(viewport={"width": 1440, "height": 900})
    try:
        tab.goto(server.url)
        tab.wait_for_selector("html[data-ready]")
        tab.keyboard.press("End")
        damaged.set()
        said = "document.querySelector('#retrograd').shadowRoot.querySelector('.growth').textContent"
        until(tab, f"{said}.includes('train.retro ends in the middle of a page')")
        tab.keyboard.press("ArrowLeft")
        assert cursor(tab)[0] == 2
        tab.reload()
        until(tab, "document.body.textContent.includes('train.retro ends in the middle of a page')")
    finally:
        tab.close()
        server.close()
        thread.join()
