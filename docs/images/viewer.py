"""Take the pictures of the viewer: `python docs/images/viewer.py` records examples and photographs their pages.

It needs Chromium and playwright, as the browser tests do. Each picture is written beside this script.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / "examples"


@dataclass(frozen=True, slots=True)
class Picture:
    """What is on a picture."""

    name: str
    example: str
    fragment: str
    width: int = 1360
    height: int = 850
    scheme: str = "light"
    keys: tuple[str, ...] = ()
    sweep: tuple[str, ...] = ()
    """What is swept, for the map in the page."""


PICTURES = [
    Picture("viewer", "twenty_steps.py", "#step=3&event=9"),
    Picture("viewer-dark", "twenty_steps.py", "#step=3&event=13", scheme="dark"),
    Picture("viewer-narrow", "twenty_steps.py", "#step=3&event=1", width=390, height=844),
    Picture("viewer-predict", "twenty_steps.py", "#step=3&event=4", keys=("p",)),
    Picture("viewer-gpt", "gpt.py", "#step=3&event=150"),
    Picture("viewer-finding", "../tests/corpus/faulty/grad_not_cleared_a.py", "#step=1&event=7"),
    Picture(
        "viewer-sweep",
        "convergence.py",
        "",
        keys=("m",),
        sweep=("--learning-rate", "0.001:10:40", "--seeds", "24"),
    ),
]


def main() -> None:
    """Record each example once, write its page, and take its pictures."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("There is no Chromium on this machine; on Debian: apt-get install chromium")
    with TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for picture in PICTURES:
            page = Path(folder) / f"{Path(picture.example).stem}.html"
            if not page.exists():
                _write(page, picture)
            size = {"width": picture.width, "height": picture.height}
            tab = browser.new_page(viewport=size, color_scheme=picture.scheme)
            tab.goto(page.as_uri() + picture.fragment)
            tab.wait_for_selector("html[data-ready]")
            for key in picture.keys:
                tab.keyboard.press(key)
            tab.wait_for_timeout(300)  # until colours have faded over
            tab.screenshot(path=HERE / f"{picture.name}.png")
            tab.close()
        browser.close()


def _write(page: Path, picture: Picture) -> None:
    file = page.with_suffix(".retro")
    command = [sys.executable, "-m", "retrograd"]
    subprocess.run([*command, "run", "-o", file, EXAMPLES / picture.example], check=True, capture_output=True)
    made = ["sweep", file, *picture.sweep, "--page", page] if picture.sweep else ["page", "-o", page, file]
    subprocess.run([*command, *made], check=True, capture_output=True)


if __name__ == "__main__":
    main()
