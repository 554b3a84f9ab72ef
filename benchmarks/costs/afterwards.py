"""What a recording costs when it is over: the bare loop again, opening the file, proving it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from costs.loops import LOOPS, Loop, notebook
from costs.processes import in_child
from costs.ratios import sample
from costs.tables import beside, milliseconds, say
from costs.variants import BARE
from retrograd import load, record
from retrograd.program import prove


def bare_turn(name: str, recorded: str) -> float:
    """Return the least CPU seconds of a bare turn in a process that "recorded" before, or "never" did."""
    loop = replace(LOOPS[name], turns=LOOPS[name].turns // 2)
    if recorded == "recorded":
        with TemporaryDirectory() as folder, record(Path(folder, "before.retro")):
            loop.run(loop.warm_up, lambda: None)
    return min(sample(BARE, loop).seconds[0] for _ in range(5))


def remains(repeats: int) -> list[str]:
    """Return the ratio of the bare loop in processes that recorded to the one in processes that never did."""
    say("what stays after a recording")
    cells = []
    for name in LOOPS:
        pairs = [[in_child("bare_turn", name, how) for how in ("recorded", "never")] for _ in range(repeats)]
        cells.append(beside([(one, other) for one, other in pairs]))
    return cells


def opening(turns: int, repeats: int) -> str:
    """Return how long `retrograd show` takes beside `import numpy`, both with the start of Python."""
    say("retrograd show")
    with TemporaryDirectory() as folder:
        file = str(Path(folder, "loop.retro"))
        with record(file):
            notebook(turns, lambda: None)
        show, numpy = ["-m", "retrograd", "show", file], ["-c", "import numpy"]
        for arguments in (show, numpy):
            _seconds(arguments)
        pairs = [(_seconds(show), _seconds(numpy)) for _ in range(repeats)]
    took = [milliseconds(median(times)) for times in zip(*pairs, strict=True)]
    return f"{beside(pairs)}: {took[0]} ms beside {took[1]} ms"


def _seconds(arguments: Sequence[str]) -> float:
    """Return the processor time that Python takes with these arguments."""
    # As installed: what Python compiled once is kept. NumPy's always is.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True, env=environment)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime


def proving(loop: Loop, rounds: int) -> str:
    """Return how long proving every step takes beside the bare loop."""
    say(f"{loop.title}: proving it")
    pairs, verdict = [], ""
    for _ in range(rounds + 1):
        bare = sample(BARE, loop).seconds[1]
        with TemporaryDirectory() as folder:
            with record(Path(folder, "loop.retro")):
                loop.run(loop.turns, lambda: None)
            began = time.perf_counter()
            proof = prove(load(Path(folder, "loop.retro")))
            pairs.append(((time.perf_counter() - began) / loop.turns, bare))
        wrong = len(proof.differences) + len(proof.skipped)
        verdict = f"{wrong} findings" if wrong else "bitwise equal"
    return f"{beside(pairs[1:])}, {verdict}"
