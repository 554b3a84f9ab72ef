"""Take the picture of the lesson: `python docs/images/lesson.py` runs a chapter and photographs its page.

It needs Chromium and playwright, as the browser tests do. The picture is written beside this script.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from retrograd.lessons.pages import made
from retrograd.lessons.topics import topic_called

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Write lesson.png."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("There is no Chromium on this machine; on Debian: apt-get install chromium")
    (page,) = made([topic_called("objects")], seed=0)
    with TemporaryDirectory() as folder, sync_playwright() as driver:
        file = Path(folder) / "lesson.html"
        file.write_text(page.text, encoding="utf-8")
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page(viewport={"width": 1240, "height": 2480})
        tab.goto(file.as_uri())
        tab.wait_for_selector("html[data-ready]")
        tab.click("#leaves .option[data-letter=b]")
        tab.click("#leaves button")
        tab.wait_for_selector(".viewer[data-state=ready]")
        for _ in range(2):
            tab.locator(".viewer [aria-label='Event forth']").first.click()
        tab.evaluate("document.activeElement.blur()")
        tab.wait_for_timeout(500)  # until colours have faded over
        tab.screenshot(path=HERE / "lesson.png")
        browser.close()


if __name__ == "__main__":
    main()
