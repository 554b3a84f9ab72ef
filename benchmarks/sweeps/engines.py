"""Runs a second: the engines beside the person's own loop, C++ and JAX, interleaved in one thread."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import torch
from costs.tables import say, table

from retrograd.engines.batch import run_together
from retrograd.engines.loop import run_in_turn
from retrograd.engines.pool import run_compiled
from sweeps.native import by_hand_in_avx512, vectorised
from sweeps.problem import Runs, by_hand, shuffled

HERE = Path(__file__).resolve().parent
LOOP = "the loop itself"
COMPILED = "**engine `compiled`**"

Timing = tuple[float, int]
"""Seconds of the processor, and how many steps all runs took together."""


@dataclass
class Variant:
    """One way to make runs, and what was measured of it."""

    runs: int
    measure: Callable[[], Timing]
    seconds: list[float] = field(default_factory=list)
    """For each run, in each round."""
    turns: int = 0


def engines(count: int, rounds: int, jax: str | None, folder: Path) -> str:
    """Return the table: each variant makes runs of the same problem in each round, in an order that is drawn anew."""
    torch.set_num_threads(1)
    runs = shuffled(count)
    variants = _ours(runs, folder) | (_of_jax(runs, jax, folder) if jax is not None else {})
    for name in variants:
        say(f"warming up: {name}")
        variants[name].measure()
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        for variant in random.sample(list(variants.values()), len(variants)):
            took, variant.turns = variant.measure()
            variant.seconds.append(took / variant.runs)
    header = ("", "runs a second", "ns a step of a run", "times the loop", "time beside `compiled`")
    base, own = variants[LOOP].seconds, variants[COMPILED].seconds
    return table(header, [_row(name, variant, base, own) for name, variant in variants.items()])


def _row(name: str, variant: Variant, base: list[float], own: list[float]) -> list[str]:
    took = median(variant.seconds)
    times = median(one / other for one, other in zip(base, variant.seconds, strict=True))
    beside = median(other / one for one, other in zip(own, variant.seconds, strict=True))
    each = took * variant.runs / variant.turns * 1e9
    return [name, f"{1 / took:,.0f}", f"{each:,.1f}", f"{times:,.0f}", f"{beside:,.2f}"]


def _timed(function: Callable[[], int]) -> Callable[[], Timing]:
    def measure() -> Timing:
        began = time.process_time()
        turns = function()
        return time.process_time() - began, turns

    return measure


def _ours(runs: Runs, folder: Path) -> dict[str, Variant]:
    few, some, count = min(40, runs.work.count), min(10_000, runs.work.count), runs.work.count
    work = runs.work

    def loop() -> int:
        return sum(by_hand(runs.w[..., n], runs.b[..., n], float(runs.lr[n])) for n in range(few))

    found: dict[str, tuple[int, Callable[[], int] | None]] = {
        LOOP: (few, loop),
        "engine `loop`": (few, lambda: int(run_in_turn(work.part(0, few)).steps.sum())),
        "engine `batch`": (some, lambda: int(run_together(work.part(0, some)).steps.sum())),
        COMPILED: (count, lambda: int(run_compiled(work).steps.sum())),
        "C++ by hand, AVX-512": (count, by_hand_in_avx512(runs, folder)),
        "C++, vectorised by g++ with libmvec": (count, vectorised(runs, folder)),
    }
    return {name: Variant(many, _timed(function)) for name, (many, function) in found.items() if function is not None}


def _of_jax(runs: Runs, python: str, folder: Path) -> dict[str, Variant]:
    path = folder / "runs.npz"
    runs.save(path)
    kinds = {
        "JAX, number by number, with the same pool of lanes": ("scalars", runs.work.count),
        "JAX, `jit(vmap(scan))`, with the same pool of lanes": ("scan", min(20_000, runs.work.count)),
    }

    def measured(kind: str, many: int) -> Timing:
        settings = {**os.environ, "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false", "OMP_NUM_THREADS": "1"}
        command = [python, str(HERE / "with_jax.py"), str(path), kind, str(many)]
        printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=settings).stdout
        took, turns = printed.split()
        return float(took), int(turns)

    return {
        name: Variant(many, lambda kind=kind, many=many: measured(kind, many)) for name, (kind, many) in kinds.items()
    }
