"""A loop that really runs, its file, `retrograd view` and a browser: three processes and what the person sees."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from test_page_in_browser import cursor, until

pytest.importorskip("torch")

from retrograd.store import load

LOOP = """
import os, sys, time
import torch

torch.manual_seed(0)
x, y = torch.ones(5), torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
while not os.path.exists(sys.argv[1]):
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        b -= 0.1 * b.grad
    w.grad.zero_()
    b.grad.zero_()
    print(repr(loss.item()), flush=True)
    time.sleep(0.1)
"""
"""It goes on until a file appears, and says each loss."""

RECORDING = "document.querySelector('#retrograd').retrograd.recording"
GROWTH = "document.querySelector('#retrograd').shadowRoot.querySelector('.growth').textContent"


@dataclass
class Running:
    """A loop that is recorded, and the page that follows it."""

    tab: Any
    loop: subprocess.Popen[str]
    folder: Path
    first: float
    """The loss of the first step, which the loop has printed already."""

    @property
    def file(self) -> Path:
        return self.folder / "slow.retro"

    def count(self) -> int:
        return self.tab.evaluate(f"{RECORDING}.head.count")

    def wait_for(self, count: int) -> None:
        until(self.tab, f"{RECORDING}.head.count >= {count}")

    def end(self) -> list[float]:
        """Let the loop end, and return the losses that it has printed."""
        (self.folder / "stop").touch()
        said, _ = self.loop.communicate(timeout=120)
        return [float(line) for line in said.splitlines()]

    def losses(self) -> list[float]:
        return self.tab.evaluate(f"Array.from({RECORDING}.loss)")


@contextmanager
def started(*arguments: Any) -> Iterator[subprocess.Popen[str]]:
    """Run `retrograd` beside the test, and never longer than it."""
    command = [sys.executable, "-m", "retrograd", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()  # type: ignore[union-attr] # a pipe


@pytest.fixture
def running(chromium: Any, tmp_path: Path) -> Iterator[Running]:
    (tmp_path / "slow.py").write_text(LOOP)
    file = tmp_path / "slow.retro"
    with ExitStack() as stack:
        loop = stack.enter_context(started("run", "-o", file, tmp_path / "slow.py", tmp_path / "stop"))
        first = float(loop.stdout.readline())  # type: ignore[union-attr] # a pipe; the step is over, so there is a file
        view = stack.enter_context(started("view", "--no-browser", file))
        page = chromium.new_page(viewport={"width": 1440, "height": 900})
        stack.callback(page.close)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(view.stdout.readline().strip())  # type: ignore[union-attr] # a pipe
        page.wait_for_selector("html[data-ready]", timeout=60_000)
        yield Running(page, loop, tmp_path, first)
    assert not complaints


def test_steps_appear_and_all_that_the_person_set_up_stays(running):
    tab = running.tab
    running.wait_for(4)
    until(tab, f"{GROWTH} === 'recording'")
    tab.evaluate("document.querySelector('#retrograd').retrograd.goStep(2, 9)")
    tab.keyboard.press("l")
    tab.locator(".event summary").click()
    tab.get_by_role("button", name="Event back").focus()
    running.wait_for(running.count() + 3)
    assert cursor(tab) == (2, 9)
    assert tab.get_by_role("button", name="log", exact=True).get_attribute("aria-pressed") == "true"
    assert tab.locator("details.operations").get_attribute("open") is not None
    until(tab, "document.querySelector('#retrograd').shadowRoot.activeElement.ariaLabel === 'Event back'")
    tab.keyboard.press("End")
    before = cursor(tab)[0]
    running.wait_for(running.count() + 3)
    assert cursor(tab)[0] > before  # who looks at the last step goes on with it


def test_nothing_is_lost_when_the_loop_ends(running):
    running.wait_for(3)
    losses = [running.first, *running.end()]
    running.wait_for(len(losses))
    assert running.losses() == losses
    until(running.tab, f"{GROWTH} === ''")


def test_nothing_is_lost_when_the_loop_is_killed(running):
    running.wait_for(3)
    running.loop.send_signal(signal.SIGKILL)
    said, _ = running.loop.communicate()
    printed = [running.first, *map(float, said.split())]
    kept = load(running.file).loss.tolist()
    running.wait_for(len(kept))
    assert running.losses() == kept == printed[: len(kept)]
    assert len(kept) >= 3
    tab = running.tab
    tab.keyboard.press("End")
    assert cursor(tab)[0] == len(kept) - 1
    until(tab, f"{GROWTH}.startsWith('nothing new')")


def test_who_types_is_not_interrupted(running):
    tab = running.tab
    running.wait_for(3)
    tab.keyboard.press("/")
    shown = running.count()
    tab.keyboard.type("w.grad", delay=50)
    written = len(load(running.file).steps)
    tab.wait_for_timeout(2500)  # longer than the page's pause between two questions
    assert len(load(running.file).steps) > written
    assert running.count() == shown
    assert tab.locator(".search input").input_value() == "w.grad"
    tab.keyboard.press("Escape")
    running.wait_for(shown + 3)
