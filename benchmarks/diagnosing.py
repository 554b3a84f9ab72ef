"""What diagnosing costs on the notebook's loop, beside what recording it costs; and on a recording of 1000 steps.

    python benchmarks/diagnosing.py

In each round the bare loop, the recorded one and the diagnosis of that recording take turns, and processor time is
counted. The garbage collector is asked to collect before each sample. PyTorch and its own code are imported before.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from contextlib import nullcontext

import torch
from costs.loops import gpt, notebook

from retrograd import diagnose, record

ROUNDS = 5
STEPS = 1000
GPT_STEPS = 12


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time that something takes."""
    gc.collect()
    begin = time.process_time()
    work()
    return time.process_time() - begin


def round_of(loop: Callable[[int, Callable[[], None]], None], steps: int) -> tuple[float, float, float]:
    """Return the time of a loop, of the same loop recorded, and of diagnosing that recording."""
    kept = []

    def run(context: object) -> None:
        with context as recording:  # type: ignore[attr-defined]
            loop(steps, lambda: None)
        kept.append(recording)

    bare = seconds(lambda: run(nullcontext()))
    recorded = seconds(lambda: run(record()))
    diagnosed = seconds(lambda: diagnose(kept[-1]))
    return bare, recorded, diagnosed


def main() -> None:
    """Print a row for each loop."""
    torch.set_num_threads(1)
    round_of(notebook, 50)
    for name, loop, steps in (("notebook's loop", notebook, STEPS), ("GPT", gpt, GPT_STEPS)):
        rounds = [round_of(loop, steps) for _ in range(ROUNDS)]
        added = statistics.median(diagnosed / (recorded - bare) for bare, recorded, diagnosed in rounds)
        bare, recorded, diagnosed = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(
            f"{name}, {steps} steps: bare {bare:.3f} s, recorded {recorded:.3f} s, diagnosed in {diagnosed:.3f} s: "
            f"{added:.0%} of what recording added"
        )


if __name__ == "__main__":
    main()
