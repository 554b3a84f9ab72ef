"""How fast sweeps are: runs a second beside the person's own loop, C++, JAX and tuners, and what a person waits for.

`python benchmarks/sweeping.py` prints the tables; `--only engines` measures one of them, and `--write` puts them into
README.md, which says how to read them. `--jax PYTHON` and `--tuners PYTHON` name interpreters that have JAX, and Optuna
with Ray Tune: none of them is a dependency of retrograd.

sweeps/problem.py      the notebook's problem
sweeps/engines.py      runs a second, interleaved
sweeps/native.py       the opponents in C++: avx512.cpp and vectorised.cpp
sweeps/with_jax.py     those in JAX
sweeps/limits.py       the first result, compiling, a million runs, a trial of a tuner
sweeps/fresh.py        what processes of their own do for it
sweeps/with_tuners.py  trials
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from costs.tables import write
from sweeps.engines import engines
from sweeps.limits import first, million, tuners

PARTS: dict[str, Callable[[argparse.Namespace, Path], str]] = {
    "engines": lambda given, folder: engines(given.runs, given.rounds, given.jax, folder),
    "first": lambda given, folder: first(given.rounds, folder),
    "million": lambda given, folder: million(given.rounds, folder),
    "tuners": lambda given, _: tuners(given.rounds, given.tuners),
}
"""What can be measured, each under three minutes on a machine with nothing else to do."""


def machine(rounds: int) -> str:
    """Return under which circumstances a table was made."""
    return (
        f"Python {platform.python_version()}, PyTorch {torch.__version__}, {date.today()}; {rounds} "
        f"round{'s' * (rounds != 1)}; {os.cpu_count()} cores, and {os.getloadavg()[0]:.0f} processes that wanted them."
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure sweeps.")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="some of the tables")
    parser.add_argument("--jax", metavar="PYTHON", help="an interpreter that has JAX")
    parser.add_argument("--tuners", metavar="PYTHON", help="an interpreter that has Optuna and Ray Tune")
    parser.add_argument("--runs", type=int, default=100_000, help="of the table `engines`")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="put the tables into README.md, too")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        for part in given.only:
            measured = f"{PARTS[part](given, Path(folder))}\n\n{machine(given.rounds)}"
            print(measured, end="\n\n", flush=True)
            if given.write:
                write(f"sweeping {part}", measured)


if __name__ == "__main__":
    main()
