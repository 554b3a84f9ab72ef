"""The viewer in a browser: how large a page is, how soon it can be used, how long a move of the cursor takes.

    python benchmarks/viewer.py

It needs Chromium and playwright, as the browser tests do. What is measured and what came out is in README.md.
"""

from __future__ import annotations

import gzip
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from costs import loops

import retrograd
from retrograd.views.data import Extra
from retrograd.views.page import page, viewer_source

EXAMPLES = Path(__file__).parents[1] / "examples"
OPENINGS, MOVES = 5, 200


def notebook(steps: int) -> retrograd.Recording:
    """Record the notebook's loop."""
    with retrograd.record() as recording:
        loops.notebook(steps, lambda: None)
    return recording


def gpt(folder: Path) -> retrograd.Recording:
    """Record the example with a GPT."""
    command = [sys.executable, "-m", "retrograd", "run", "-o", folder / "gpt.retro", EXAMPLES / "gpt.py"]
    subprocess.run(command, check=True, capture_output=True)
    return retrograd.load(folder / "gpt.retro")


# A move is the work of one key and the layout that follows from it; drawing itself is the browser's.
MOVE = """
([moves, toSteps]) => {
    const viewer = document.querySelector("#retrograd").retrograd;
    const times = [];
    for (let n = 0; n < moves; n++) {
        const began = performance.now();
        if (toSteps) viewer.go((viewer.index + 7) % viewer.recording.steps.length, viewer.at);
        else viewer.turn(1);
        viewer.root.getBoundingClientRect();
        viewer.root.querySelector(".panes").offsetHeight;
        times.push(performance.now() - began);
    }
    return times;
}
"""


def moved(tab: Any, to_steps: bool) -> tuple[list[float], float]:
    """Move the cursor; return how long each move took, and the processor time of one, both in milliseconds."""
    session = tab.context.new_cdp_session(tab)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def used() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(1000 * metric["value"] for metric in metrics if metric["name"] == "TaskDuration")

    before = used()
    times = tab.evaluate(MOVE, [MOVES, to_steps])
    return times, (used() - before) / MOVES


def main() -> None:
    """Print a table."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        print("There is no Chromium on this machine, so nothing is measured.")
        return
    print(f"the viewer: {len(gzip.compress(viewer_source().encode(), 9)) / 1000:.1f} kB packed")
    print(f"the load is {os.getloadavg()[0]:.1f}")
    columns = f"{'a move to':>16}{'median':>10}{'1 of 20':>10}{'processor':>11}"
    print(f"{'recording':<22}{'page':>10}{'usable after':>14}{columns}")
    with TemporaryDirectory() as name, sync_playwright() as driver:
        folder = Path(name)
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for title, make in (
            ("notebook, 1000 steps", lambda: notebook(1000)),
            ("notebook, 10000 steps", lambda: notebook(10_000)),
            ("gpt, 20 steps", lambda: gpt(folder)),
        ):
            path = folder / "page.html"
            path.write_text(page(make(), Extra(title)), encoding="utf-8")
            opened: list[float] = []
            found: dict[bool, list[tuple[list[float], float]]] = {False: [], True: []}
            for opening in range(OPENINGS + 1):
                tab = browser.new_page(viewport={"width": 1440, "height": 900})
                tab.goto(path.as_uri())
                tab.wait_for_selector("html[data-ready]")
                usable = float(tab.get_attribute("html", "data-ready") or "nan")
                taken = {to_steps: moved(tab, to_steps) for to_steps in found}
                if opening:  # the first one finds nothing compiled
                    opened.append(usable)
                    for to_steps, each in taken.items():
                        found[to_steps].append(each)
                tab.close()
            size = path.stat().st_size / 1e6
            start = f"{title:<22}{size:>7.2f} MB{statistics.median(opened):>11.0f} ms"
            for to_steps, each in found.items():
                moves = sorted(time for times, _ in each for time in times)
                processor = statistics.median(used for _, used in each)
                where = "another step" if to_steps else "the next event"
                print(
                    f"{start:<46}{where:>16}{statistics.median(moves):>7.1f} ms"
                    f"{moves[-len(moves) // 20]:>7.1f} ms{processor:>8.1f} ms"
                )
                start = ""
        browser.close()


if __name__ == "__main__":
    main()
