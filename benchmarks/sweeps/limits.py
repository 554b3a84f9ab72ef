"""What a person waits for: the first result, the compiler, a million runs, and a trial of a tuner."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from costs.tables import say, table

from retrograd.store import save
from sweeps.problem import recorded

HERE = Path(__file__).resolve().parent


def first(rounds: int, folder: Path) -> str:
    """Return how long the notebook's six rates take, and how long compiling does."""
    path = _recording(folder)
    six = [_asked("first", path) for _ in range(rounds)]
    cold, cached = [], []
    for _ in range(rounds):
        with TemporaryDirectory() as cache:
            cold.append(_asked("compiled", path, cache=cache))
            cached.append(_asked("compiled", path, cache=cache))
    rows = [
        ["the six rates, once retrograd is imported: PyTorch's own import and the result", _seconds(six, 0)],
        ["the same without PyTorch's import", _seconds(six, 1)],
        ["engine `compiled`, the six rates, nothing compiled before", _seconds(cold, 0)],
        ["the same in another process, compiled before", _seconds(cached, 0)],
        ["the same once more in that process", _seconds(cached, 1)],
    ]
    return table(("", "seconds"), rows)


def million(rounds: int, folder: Path, most: int = 1_000_000) -> str:
    """Return how long very many runs take with two threads, and how far memory grows."""
    path = _recording(folder)
    rows = []
    for count in (most // 4, most // 2, most):
        found = [_asked("million", path, str(count)) for _ in range(rounds)]
        size, grown = (median(one[place] for one in found) / 1e6 for place in (1, 2))
        rows.append([f"{count:,}", _seconds(found, 0), f"{size:.0f} MB", f"{grown:.0f} MB", f"{grown / size:.1f}"])
    header = ("runs", "seconds", "the result", "memory grows by", "times the result")
    return table(header, rows)


def tuners(rounds: int, python: str | None) -> str:
    """Return how long a trial takes that does nothing."""
    if python is None:
        return "Not measured: `--tuners PYTHON` names an interpreter that has Optuna and Ray Tune."
    rows = []
    for name in ("optuna", "optuna-sqlite", "ray"):
        say(name)
        command = [python, str(HERE / "with_tuners.py"), name]
        found = [
            subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
            for _ in range(1 if name == "ray" else rounds)
        ]
        version, trials = found[0].splitlines()[-1].split()[:2]
        took = median(float(text.splitlines()[-1].split()[2]) for text in found)
        rows.append([f"{version.replace('_', ' ')}", trials, f"{took * 1000:.2f} ms"])
    return table(("a trial that does nothing", "trials", "each"), rows)


def _recording(folder: Path) -> Path:
    path = folder / "loop.retro"
    if not path.exists():
        save(recorded(), path)
    return path


def _asked(question: str, path: Path, *rest: str, cache: str | None = None) -> list[float]:
    """Return what fresh.py prints, from a process of its own."""
    say(" ".join([question, *rest]))
    settings = {**os.environ} if cache is None else {**os.environ, "XDG_CACHE_HOME": cache}
    command = [sys.executable, str(HERE / "fresh.py"), question, str(path), *rest]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=settings).stdout
    return [float(number) for number in printed.split()]


def _seconds(found: list[list[float]], place: int) -> str:
    return f"{median(one[place] for one in found):.2f}"
