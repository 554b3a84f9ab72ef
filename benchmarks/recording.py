"""What recording costs: time beside the bare loop, costs that come once, sizes, and how soon a file is open.

`python benchmarks/recording.py` prints the tables; `--only notebook gpt` measures a part of them, and `--write` puts
them into README.md, which says how to read them. To measure something else beside the recorder, add a line to
`variants` in costs/variants.py.

costs/loops.py       the two loops
costs/variants.py    what they run under
costs/ratios.py      a turn under each variant beside a bare one
costs/once.py        what is paid once
costs/sizes.py       disk and memory
costs/afterwards.py  what comes when a recording is over
costs/tables.py      numbers as text
costs/processes.py   fresh processes
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from statistics import median

import torch
from costs.afterwards import bare_turn, opening, proving, remains
from costs.loops import GPT, LOOPS, NOTEBOOK, Loop
from costs.once import first_times, once
from costs.ratios import CLOCKS, measure, ratios
from costs.sizes import peak_memory, sizes
from costs.tables import milliseconds, table, write
from costs.variants import BARE

import retrograd

QUESTIONS = {"first_times": first_times, "bare_turn": bare_turn, "peak_memory": peak_memory}
"""What this script asks fresh processes of itself."""


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    rounds: int
    repeats: int
    """Of what runs in processes of its own."""
    quick: bool


FULL, QUICK = Effort(9, 5, False), Effort(2, 1, True)
TITLES = [loop.title for loop in LOOPS.values()]


def shortened(loop: Loop, effort: Effort) -> Loop:
    """Return a loop with fewer turns if it shall be quick."""
    turns = {NOTEBOOK: 200, GPT: 2}[loop]
    return replace(loop, turns=turns, fewest=min(turns, loop.fewest)) if effort.quick else loop


def beside_the_bare_loop(loop: Loop, effort: Effort) -> str:
    """Measure a loop under every variant."""
    short = shortened(loop, effort)
    done = measure(short, effort.rounds)
    bare = milliseconds(median(one[BARE.title].seconds[0] for one in done))
    head = f"**{loop.title[0].upper()}{loop.title[1:]}**, {short.turns} turns, {effort.rounds} rounds; a bare one takes"
    return f"{head} {bare} ms.\n\n" + table(["ratio to the bare loop", *CLOCKS, "its end, ms"], ratios(done))


def paid_once(effort: Effort) -> str:
    """Measure what is paid once."""
    return table(["once, ms", *TITLES], once(effort.repeats))


def taken(effort: Effort) -> str:
    """Measure disk and memory."""
    return table(["size", *TITLES], sizes(200 if effort.quick else 1000, 2 if effort.quick else 16, effort.repeats))


def afterwards(effort: Effort) -> str:
    """Measure what comes when a recording is over."""
    loops = [shortened(loop, effort) for loop in LOOPS.values()]
    rows = [
        ["bare in a process that recorded, beside one that never did", *remains(effort.repeats)],
        ["`retrograd show` beside `import numpy`", opening(1000, 3 * effort.repeats), ""],
        [
            "reading the file and proving every step, beside the bare loop",
            *(proving(loop, effort.rounds) for loop in loops),
        ],
    ]
    return table(["afterwards", *TITLES], rows)


# Small files and small processes first: the ratios leave a large one behind.
PARTS: dict[str, Callable[[Effort], str]] = {
    "size": taken,
    "once": paid_once,
    "notebook": lambda effort: beside_the_bare_loop(NOTEBOOK, effort),
    "gpt": lambda effort: beside_the_bare_loop(GPT, effort),
    "afterwards": afterwards,
}


def machine() -> str:
    """Return what was measured on, in words."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    processor = f"{platform.machine()} with {torch.backends.cpu.get_cpu_capability()}"
    return (
        f"{cores} CPU cores ({processor}, {platform.system()}), Python {platform.python_version()}, "
        f"PyTorch {torch.__version__} with one thread, retrograd {retrograd.__version__}; {date.today()}"
    )


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description="Measure what recording costs.")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=[*PARTS], help="some of the tables")
    parser.add_argument("--quick", action="store_true", help="two rounds, which show that it works; not to be quoted")
    parser.add_argument("--write", action="store_true", help="put the tables into README.md, too")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.child:
        question, *rest = arguments.child
        print(json.dumps(QUESTIONS[question](*rest)))
        return
    effort = QUICK if arguments.quick else FULL
    for part in (name for name in PARTS if name in arguments.only):
        few = " Too few rounds to quote (`--quick`)." if effort.quick else ""
        measured = f"{PARTS[part](effort)}\n\n{machine()}.{few}"
        print(measured, end="\n\n", flush=True)
        if arguments.write:
            write(part, measured)


if __name__ == "__main__":
    main()
