"""The time of a turn under each variant beside that of the bare loop, in interleaved rounds."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from costs.loops import Loop
from costs.tables import beside, milliseconds, say
from costs.variants import BARE, Variant, variants

CLOCKS = {"CPU": time.thread_time, "wall": time.perf_counter, "CPU, all threads": time.process_time}


class Stopwatch:
    """Reads the clocks when the loop comes to certain turns."""

    def __init__(self, *turns: int) -> None:
        self.readings: list[list[float]] = []
        self._turns, self._turn = turns, 0

    def __call__(self) -> None:
        """Take notice of a turn."""
        if self._turn in self._turns:
            self.readings.append([clock() for clock in CLOCKS.values()])
        self._turn += 1


@dataclass(frozen=True)
class Sample:
    """How long one loop took under one variant."""

    seconds: list[float]
    """For a turn, by each of `CLOCKS`."""
    ending: float
    """Seconds from the last turn until the person goes on."""


Round = dict[str, Sample]
"""A sample of each variant, by its title."""


def sample(variant: Variant, loop: Loop) -> Sample:
    """Run a loop under a variant."""
    turns = max(loop.turns // variant.share, loop.fewest)
    watch = Stopwatch(loop.warm_up, loop.warm_up + turns)
    gc.collect()  # of what the sample before left; it stays enabled
    with TemporaryDirectory() as folder:
        with variant.enter(Path(folder, "loop.retro")):
            loop.run(loop.warm_up + turns, watch)
        ended = time.perf_counter()
    begin, end = watch.readings
    return Sample([(b - a) / turns for a, b in zip(begin, end, strict=True)], ended - end[1])


def measure(loop: Loop, rounds: int) -> list[Round]:
    """Run a loop under each variant once in every round, in a new order each time."""
    done: list[Round] = []
    for variant in variants():
        sample(variant, replace(loop, turns=1, warm_up=1, fewest=1))  # first uses take seconds
    for number in range(rounds):
        say(f"{loop.title}: round {number + 1} of {rounds}")
        order = random.Random(number).sample(variants(), len(variants()))
        done.append({variant.title: sample(variant, loop) for variant in order})
    return done


def ratios(rounds: Sequence[Round]) -> list[list[str]]:
    """Return a row for each variant: its ratios to the bare loop by each clock, and how long its end took."""
    rows = []
    for title in [variant.title for variant in variants()]:
        pairs = [(done[title], done[BARE.title]) for done in rounds]
        by_clock = [[(one.seconds[n], bare.seconds[n]) for one, bare in pairs] for n in range(len(CLOCKS))]
        ending = milliseconds(median(one.ending for one, _ in pairs))
        rows.append([title, *map(beside, by_clock), ending])
    return rows
