"""A real Chromium, or a reason why not. Every test here is marked `browser`."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Watched:
    """A page, and all that it asked for, said on its console, or raised."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("dialog", lambda dialog: (self.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))


@pytest.fixture
def opened(chromium: Any, tmp_path: Path) -> Iterator[Callable[..., Watched]]:
    """Open a page's text from a file; when the test ends, nobody may have complained."""
    seen: list[Watched] = []
    contexts = []

    def open_(text: str, *, fragment: str = "", **context: Any) -> Watched:
        path = tmp_path / f"page{len(seen)}.html"
        path.write_text(text, encoding="utf-8")
        contexts.append(chromium.new_context(**({"viewport": {"width": 1440, "height": 900}} | context)))
        watched = Watched(contexts[-1].new_page())
        seen.append(watched)
        watched.page.goto(path.as_uri() + fragment)
        watched.page.wait_for_selector("html[data-ready]", timeout=60_000)
        return watched

    yield open_
    complaints = [complaint for watched in seen for complaint in watched.complaints]
    for context in contexts:
        context.close()
    assert not complaints, complaints
