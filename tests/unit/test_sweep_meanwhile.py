"""While a compiler works, the loop itself makes some runs, and whoever watches is told what became of them."""

import os
import re
import shutil
import time
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("xarray")

import retrograd
from retrograd.engines import cache, toolchain

pytestmark = pytest.mark.skipif(toolchain.no_compiler() is not None, reason=f"{toolchain.no_compiler()}")

RATES = [0.05, 0.2, 1.0, 5.0]

SCRIPT = """
import torch
x, y = torch.ones(4), torch.zeros(3)
torch.manual_seed(0)
w = torch.randn(4, 3, requires_grad=True)
learning_rate = {rate}
for step in range(1, 201):
    loss = torch.nn.functional.binary_cross_entropy_with_logits(x @ w, y)
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
    w.grad = None
    if loss.item() <= 0.05:
        break
"""


def executed(text: str, file: Path) -> dict[str, object]:
    """Run a script, and return its variables."""
    file.write_text(text)
    variables: dict[str, object] = {}
    exec(compile(text, str(file), "exec"), variables)
    return variables


@pytest.fixture
def recording(tmp_path: Path) -> retrograd.Recording:
    """The loop, recorded."""
    with retrograd.record() as recording:
        executed(SCRIPT.format(rate=0.1), tmp_path / "train.py")
    return recording


@pytest.fixture
def slow_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A compiler that waits before it begins, for each of two kernels at most, and nothing compiled before."""
    real = next(filter(None, map(shutil.which, toolchain.CANDIDATES)))
    slow, begun = tmp_path / "slow", tmp_path / "begun"
    lines = ["#!/bin/sh", f"[ \"$1\" = --version ] || {{ echo $$ > '{begun}'; sleep 2; }}", f"exec '{real}' \"$@\""]
    slow.write_text("\n".join(lines) + "\n")
    slow.chmod(0o755)
    monkeypatch.setenv("CXX", str(slow))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for remembered in (toolchain._command, cache.folder):
        remembered.cache_clear()
    yield begun
    for remembered in (toolchain._command, cache.folder):
        remembered.cache_clear()


class Watching:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def __call__(self, done: int, count: int, turns: int) -> None:
        """Take note of how far it is."""

    def say(self, text: str) -> None:
        """Take note of words."""
        self.said.append(text)


def by_hand(rate: float, folder: Path) -> int:
    """Run the script with another rate, and return how many steps it took."""
    return executed(SCRIPT.format(rate=rate), folder / "other.py")["step"]


def test_first_results_come_from_the_loop_itself(recording, slow_compiler, tmp_path):
    watching = Watching()
    result = retrograd.sweep(recording, learning_rate=RATES, engine="compiled", progress=watching)
    assert slow_compiler.exists()
    assert watching.said[0].startswith("compiling")
    found = [re.search(r"compiling; learning_rate=(\S+): (\S+), (\d+) steps", text) for text in watching.said[1:]]
    assert {float(line[1]) for line in found} == set(RATES)
    assert float(found[1][1]) == RATES[2]  # far from the first one
    for line in found:
        steps = by_hand(float(line[1]), tmp_path)
        assert int(line[3]) == steps
        assert line[2] == ("converged" if steps < 200 else "slow")
    assert result.attrs["engine"] == "compiled"


def test_what_was_compiled_before_is_not_waited_for(recording, slow_compiler):
    retrograd.sweep(recording, learning_rate=RATES, engine="compiled")
    again = Watching()
    retrograd.sweep(recording, learning_rate=RATES, engine="compiled", progress=again)
    assert again.said == []


def test_whoever_watches_can_end_it_while_the_compiler_works(recording, slow_compiler, tmp_path):
    class Ended(Exception):
        pass

    class Ending(Watching):
        def __call__(self, done: int, count: int, turns: int) -> None:
            if slow_compiler.exists():
                raise Ended

    begun = time.monotonic()
    with pytest.raises(Ended):
        retrograd.sweep(recording, learning_rate=RATES, engine="compiled", progress=Ending())
    assert time.monotonic() - begun < 60
    with pytest.raises(ProcessLookupError):
        os.kill(int(slow_compiler.read_text()), 0)
    assert not list((tmp_path / "cache").rglob("*.so"))


def test_a_run_that_takes_longer_than_the_compiler_is_left(slow_compiler, tmp_path):
    text = SCRIPT.replace("range(1, 201)", "range(1, 400_001)").replace("<= 0.05", "<= 0")
    with retrograd.record(mode="sparse") as recording:
        executed(text.format(rate=0.1).replace("400_001", "301"), tmp_path / "train.py")
    watching = Watching()
    retrograd.sweep(recording, learning_rate=[0.1], max_steps=400_000, engine="compiled", progress=watching)
    assert watching.said[:1] != []
    assert not any("learning_rate" in text for text in watching.said)
