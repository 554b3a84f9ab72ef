"""The compiled turn of a course: taken apart into single numbers if it is small, else as loops over its tensors."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retrograd.engines.batch import Batches, beginnings_of
from retrograd.engines.constants import settled
from retrograd.engines.course import Turn
from retrograd.engines.flow import Flow
from retrograd.engines.forms import KINDS
from retrograd.engines.kernels import Body, Function, Wanted, compiled
from retrograd.engines.looped import looped
from retrograd.engines.lowering import nested
from retrograd.engines.opening import opened
from retrograd.engines.plans import planned
from retrograd.engines.runs import Meanwhile, idle
from retrograd.engines.scalars import NotScalarError, chained, taken_apart
from retrograd.engines.toolchain import no_compiler
from retrograd.engines.unrolled import unrolled
from retrograd.engines.work import Work, dtype_of
from retrograd.errors import NotSweepableError

LANES = 8192
"""At most so many runs are at work at any time."""

ENTRIES = 1 << 18
"""So many numbers their states may have together: they fit into a core's own cache."""

TURNS = 32
"""At most so many turns are made before finished lanes are looked for."""

OPERATIONS = 1 << 31
"""At most so many operations in one call, about a second: a call cannot be interrupted."""


@dataclass(frozen=True)
class Kernel:
    """The compiled turns."""

    run: Function
    state: tuple[tuple[int, int], ...]
    """Which slots of the turn the state consists of, and how many entries each has."""
    settled: Mapping[int, Tensor]
    """What else the turn begins with: it is the same in all runs and turns, by slot."""
    outside: tuple[int, ...]
    """Slots that come from outside in each turn, so that lanes that are computed together must be at the same turn."""
    constants: Tensor
    memory: int
    """How many numbers it needs to work with."""
    lanes: int
    turns: int
    """How many lanes and turns are made in one call."""
    form: str
    """How it is written, in a person's words."""


@dataclass(frozen=True)
class _Written:
    body: Body
    constants: Tensor
    memory: int
    operations: int
    form: str


def kernel_for(work: Work, meanwhile: Meanwhile = idle) -> Kernel:
    """Return the compiled turns of a course; those that were compiled before in this process at once.

    Args:
        work: Runs of the course.
        meanwhile: What is done while something is compiled.

    Raises:
        NotSweepableError: They cannot be compiled; the message says why.
    """
    course = work.course
    if course.turn is None:
        raise NotSweepableError("no recorded turn stands for all further ones")
    if course.optimized:
        raise NotSweepableError("the optimizer has other numbers in each turn")
    if course.varying:
        raise NotSweepableError(f"{course.varying[0]}: a number there is another in each turn")
    if dtype_of(work) not in KINDS:
        raise NotSweepableError(f"{dtype_of(work)} has no form in C++ here")
    obstacle = no_compiler()
    if obstacle is not None:
        raise NotSweepableError(obstacle)
    batches = Batches(work)
    flow = batches.flow(len(course.opening))
    same = _settled(work, batches, flow)
    values = tuple((slot, tensor.numpy().tobytes()) for slot, tensor in same.items())
    key = ("kernel", flow.text, values, work.stop, dtype_of(work), work.history)
    cache: dict[Any, Kernel] = course.turn.program.cache
    with _LOCK:
        if key not in cache:
            cache[key] = _compiled(work, flow, same, meanwhile)
    return cache[key]


_LOCK = threading.Lock()


def _settled(work: Work, batches: Batches, flow: Flow) -> dict[int, Tensor]:
    """Return what each turn begins with and leaves as it was, in all runs alike."""
    turn = work.course.turn
    assert turn is not None
    few = torch.arange(min(2, work.count))
    held = opened(work, batches, beginnings_of(work), few).held
    origins = dict(turn.origins)
    same = {slot: t for slot, (t, marked) in held.items() if not marked and origins[slot][0] != "outside"}
    return settled(flow, same, origins)


def _compiled(work: Work, flow: Flow, same: Mapping[int, Tensor], meanwhile: Meanwhile) -> Kernel:
    turn = work.course.turn
    assert turn is not None
    outside = tuple(slot for slot, (kind, _) in turn.origins if kind == "outside")
    state = tuple((s, prod(turn.program.slots[s].shape)) for s in flow.inputs if s not in same and s not in outside)
    written = _written(work, flow, same, state, outside)
    function = compiled(written.body, Wanted(work.stop, dtype_of(work), work.history), meanwhile)
    lanes = LANES
    while lanes > 64 and lanes * sum(count for _, count in state) > ENTRIES:
        lanes //= 2
    turns = max(1, min(TURNS, OPERATIONS // (lanes * written.operations)))
    return Kernel(
        function, state, same, outside, written.constants, written.memory, lanes, turns, written.form
    )  # fmt: skip


def _written(
    work: Work, flow: Flow, same: Mapping[int, Tensor], state: tuple[tuple[int, int], ...], outside: tuple[int, ...]
) -> _Written:
    turn = work.course.turn
    assert turn is not None
    fixed = [same.get(slot) for slot in flow.inputs] + [None] * len(flow.numbers)
    numbers = len(flow.numbers)
    if not outside:
        try:
            return _as_single_numbers(turn, flow, fixed, state)
        except NotScalarError:
            pass
    nests = nested(flow, fixed, [slot in outside for slot in flow.inputs] + [False] * numbers, dtype_of(work))
    left = dict(zip(flow.outputs, nests.outputs, strict=True))
    origins = dict(turn.origins)
    carried, place = [], 0
    for slot, count in state:
        kind, there = origins[slot]
        if kind == "turn":
            carried.append((left[there], (place, count)))
        place += count
    loops = looped(planned(nests), carried, place, numbers)
    return _Written(loops.body, nests.constants, loops.memory, max(1, nests.work), "loops over tensors")


def _as_single_numbers(
    turn: Turn, flow: Flow, fixed: list[Tensor | None], state: tuple[tuple[int, int], ...]
) -> _Written:
    scalars = taken_apart(flow, fixed)
    origins = dict(turn.origins)
    spans = dict(zip(flow.outputs, chained(scalars), strict=True))
    begins = dict(
        zip((slot for slot, _ in state), pairwise(np.cumsum([0, *(n for _, n in state)]).tolist()), strict=True)
    )
    places: list[int | None] = []
    for slot, count in state:
        kind, there = origins[slot]
        places += range(*spans[there]) if kind == "turn" else [None] * (begins[slot][1] - begins[slot][0])
        assert len(places) == begins[slot][1], count
    body = unrolled(scalars, tuple(places), len(flow.numbers))
    return _Written(body, torch.zeros(1), 1, max(1, len(scalars.steps)), "single numbers")
