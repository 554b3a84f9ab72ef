"""Many turns of many runs in one compiled loop, with a pool of lanes that is filled up as runs finish.

A fixed number of lanes is at work at any time. Whenever enough of them have finished, what they found is written out
and the next runs take their places; so nothing is compiled twice, and no lane waits for the slowest.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retrograd.engines.batch import Batches, begun_with, probe_together
from retrograd.engines.course import Turn
from retrograd.engines.kernels import Function, compiled, no_compiler
from retrograd.engines.runs import GREW, NONFINITE, REACHED, USED_UP, Answer, Progress, Stop, no_answer, unwatched
from retrograd.engines.scalars import NotScalarError, Scalars, chained, taken_apart
from retrograd.engines.standing_in import below_autograd
from retrograd.engines.work import Work
from retrograd.errors import NotSweepableError

LANES = 8192
"""So many runs are at work at any time: their numbers fit into a core's own cache."""

TURNS = 32
"""So many turns are made before finished lanes are looked for."""

FRESH = 8
"""Lanes are filled up when one in so many has finished."""


def run_fused(work: Work, progress: Progress = unwatched, told: Callable[[str], None] | None = None) -> Answer:
    """Make all runs.

    Args:
        work: The runs.
        progress: Is told what has ended.
        told: Is told what takes long, such as compiling.

    Raises:
        NotSweepableError: The turn cannot be taken apart, or there is no compiler.
    """
    kernel = kernel_for(work, told)
    with below_autograd(), torch.no_grad():
        return _Pool(work, kernel).run(progress)


@dataclass(frozen=True)
class Kernel:
    """The compiled turns."""

    scalars: Scalars
    run: Function
    fresh: tuple[tuple[int, int], ...]
    """Which slots of the turn the state consists of, and how many entries each has."""


def kernel_for(work: Work, told: Callable[[str], None] | None = None) -> Kernel:
    """Return the compiled turns of a course; those that were compiled before in this process at once.

    Raises:
        NotSweepableError: They cannot be compiled; the message says why.
    """
    if work.history or work.parameters:
        raise NotSweepableError("histories and parameters are kept by the engines loop and batch only")
    scalars, fresh = scalars_of(work)
    obstacle = no_compiler()
    if obstacle is not None:
        raise NotSweepableError(obstacle)
    key = (scalars, work.stop, _dtype(work))
    with _LOCK:
        if key not in _KERNELS:
            if told is not None:
                told("compiling, which takes some seconds the first time")
            _KERNELS[key] = _compiled(scalars, fresh, work)
    return _KERNELS[key]


_KERNELS: dict[Any, Kernel] = {}
_LOCK = threading.Lock()


def scalars_of(work: Work) -> tuple[Scalars, tuple[tuple[int, int], ...]]:
    """Return the turn that stands for all further ones, taken apart, and which slots its state consists of.

    Raises:
        NotScalarError: It cannot be taken apart.
    """
    course = work.course
    if course.turn is None:
        raise NotScalarError("no recorded turn stands for all further ones")
    if course.outside or course.varying:
        raise NotScalarError("each turn takes in something of its own")
    batches = Batches(work)
    flow = batches.flow(len(course.opening))
    constant = _constants(work, batches)
    fixed: list[Tensor | None] = [constant.get(slot) for slot in flow.inputs]
    fixed += [None] * len(flow.numbers)
    key = ("scalars", flow.text, tuple(None if f is None else f.numpy().tobytes() for f in fixed), _dtype(work))
    cache = course.turn.program.cache
    if key not in cache:
        state = tuple((slot, prod(_shape(course.turn, slot))) for slot in flow.inputs if slot not in constant)
        cache[key] = taken_apart(flow, fixed), state
    return cache[key]


def _shape(turn: Turn, slot: int) -> tuple[int, ...]:
    return turn.program.slots[slot].shape


def _constants(work: Work, batches: Batches) -> dict[int, Tensor]:
    """Return what each turn begins with and leaves as it was, in all runs alike: the data, and gradients of 0."""
    course = batches.course
    assert course.turn is not None
    flow = batches.flow(len(course.opening))
    few = torch.arange(min(2, work.count))
    held = _opened(work, batches, begun_with(work), few).held
    candidates = {slot: tensor for slot, (tensor, marked) in held.items() if not marked}
    origins = dict(course.turn.origins)
    while True:
        fixed = [candidates.get(slot) for slot in flow.inputs] + [None] * len(flow.numbers)
        scalars = taken_apart(flow, fixed)
        left = dict(zip(flow.outputs, chained(scalars), strict=True))
        changed = set()
        for slot, tensor in candidates.items():
            kind, there = origins[slot]
            if kind == "turn" and list(scalars.outputs[slice(*left[there])]) != tensor.reshape(-1).tolist():
                changed.add(slot)
        if not changed:
            return candidates
        candidates = {slot: tensor for slot, tensor in candidates.items() if slot not in changed}


def _dtype(work: Work) -> torch.dtype:
    kinds = [t.dtype for t in work.beginnings[0].tensors.values() if t.is_floating_point()]
    return work.dtype or (kinds[0] if kinds else torch.get_default_dtype())


# ---------------------------------------------------------------- compiling


def _compiled(scalars: Scalars, fresh: tuple[tuple[int, int], ...], work: Work) -> Kernel:
    carried = _carried(scalars, fresh, work)
    return Kernel(scalars, compiled(scalars, carried, work.stop, _dtype(work), len(work.values)), fresh)


def _carried(scalars: Scalars, fresh: tuple[tuple[int, int], ...], work: Work) -> tuple[int, ...]:
    """Return for each entry of the state where the turn leaves the next one."""
    turn = work.course.turn
    assert turn is not None
    origins = dict(turn.origins)
    flow = Batches(work).flow(len(work.course.opening))
    spans = dict(zip(flow.outputs, chained(scalars), strict=True))
    places: list[int] = []
    for slot, count in fresh:
        first, last = spans[origins[slot][1]]
        assert last - first == count
        places += range(first, last)
    return tuple(places)


# ---------------------------------------------------------------- the pool


class _Pool:
    """The lanes and who is in them."""

    def __init__(self, work: Work, kernel: Kernel) -> None:
        self._work, self._kernel = work, kernel
        self._batches = Batches(work)
        self._begun = begun_with(work)
        kind = _dtype(work)
        columns = [np.ascontiguousarray(column) for column in work.values.values()]
        self._values = torch.from_numpy(np.stack(columns) if columns else np.zeros((0, work.count))).to(kind)
        self._state = torch.zeros(kernel.scalars.inputs - len(columns), LANES, dtype=kind)
        self._numbers = torch.ones(len(columns), LANES, dtype=kind)
        self._first, self._final, self._lowest, self._still = (torch.zeros(LANES, dtype=kind) for _ in range(4))
        self._steps = torch.zeros(LANES, dtype=torch.int32)
        self._runs = torch.full((LANES,), -1)
        """Which run is in each lane; -1 for none."""
        self._next = 0
        self._answer = no_answer(work.count)
        self._used_up: list[tuple[np.ndarray, Tensor]] = []

    def run(self, progress: Progress) -> Answer:
        """Make all runs."""
        while True:
            idle = self._still == 0
            free = int(idle.sum())
            if self._next < self._work.count:
                if free * FRESH >= LANES:
                    self._empty(idle, progress)
                    self._fill(idle)
            elif free == LANES:
                break
            self._kernel.run(
                self._state, self._numbers, self._first, self._steps, self._final, self._lowest, self._still,
                LANES, TURNS,
            )  # fmt: skip
        self._empty(self._still == 0, progress)
        self._look_further()
        return self._answer

    def _empty(self, idle: Tensor, progress: Progress) -> None:
        """Write out what finished lanes found."""
        done = (idle & (self._runs >= 0)).nonzero().squeeze(-1)
        if not len(done):
            return
        runs, answer = self._runs[done].numpy(), self._answer
        answer.steps[runs] = self._steps[done].numpy()
        answer.final_loss[runs] = self._final[done].double().numpy()
        answer.lowest_loss[runs] = self._lowest[done].double().numpy()
        answer.first_loss[runs] = self._first[done].double().numpy()
        answer.ended[runs] = ending_of(answer, runs, self._work.stop)
        used_up = answer.ended[runs] == USED_UP
        if used_up.any():
            lanes = done[torch.from_numpy(used_up)]
            self._used_up.append((runs[used_up], self._state[:, lanes]))
        progress(len(runs), int(answer.steps[runs].sum()))
        self._runs[done] = -1

    def _fill(self, idle: Tensor) -> None:
        """Let the next runs take the idle lanes; their first turns are made at once, operation by operation."""
        lanes = idle.nonzero().squeeze(-1)[: self._work.count - self._next]
        runs = torch.arange(self._next, self._next + len(lanes))
        self._next += len(lanes)
        opened = _opened(self._work, self._batches, self._begun, runs)
        self._state[:, lanes] = self._rows(opened, len(lanes))
        self._numbers[:, lanes] = self._values[:, runs]
        self._first[lanes], self._final[lanes], self._lowest[lanes] = opened.first, opened.final, opened.lowest
        self._steps[lanes], self._runs[lanes] = opened.steps, runs
        self._still[lanes] = opened.going.to(self._still.dtype)

    def _rows(self, opened: _Opened, count: int) -> Tensor:
        rows = []
        for slot, _ in self._kernel.fresh:
            tensor, marked = opened.held[slot]
            whole = tensor if marked else tensor.unsqueeze(-1).expand(*tensor.shape, count)
            rows.append(whole.reshape(-1, count))
        return torch.cat(rows)

    def _look_further(self) -> None:
        """See how runs move that used up their steps."""
        turn = self._work.course.turn
        assert turn is not None
        shapes = [_shape(turn, slot) for slot, _ in self._kernel.fresh]
        constants = {slot: (tensor, False) for slot, tensor in _constants(self._work, self._batches).items()}
        for runs, entries in self._used_up:
            held, place = dict(constants), 0
            for (slot, count), shape in zip(self._kernel.fresh, shapes, strict=True):
                held[slot] = entries[place : place + count].reshape(*shape, len(runs)), True
                place += count
            numbers = list(self._values[:, torch.from_numpy(runs)])
            found = probe_together(self._batches, len(self._work.course.opening), held, numbers)
            for column, values in zip(
                (self._answer.turning, self._answer.shrinking, self._answer.falling), found, strict=True
            ):
                column[runs] = values


@dataclass(frozen=True)
class _Opened:
    """Runs after their first turns, which are made operation by operation."""

    held: dict[int, tuple[Tensor, bool]]
    first: Tensor
    final: Tensor
    lowest: Tensor
    steps: Tensor
    going: Tensor


def _opened(work: Work, batches: Batches, whole: Mapping[int, tuple[Tensor, bool]], runs: Tensor) -> _Opened:
    stop, count = work.stop, len(runs)
    kind = _dtype(work)
    numbers = [torch.from_numpy(column[runs.numpy()]).to(kind) for column in work.values.values()]
    begun = {slot: (t.index_select(-1, runs) if marked else t, marked) for slot, (t, marked) in whole.items()}
    if not any(marked for _, marked in begun.values()) and not numbers:
        begun = {slot: (t.unsqueeze(-1).expand(*t.shape, count), True) for slot, (t, _) in begun.items()}
    left: Any = {}
    steps, going = torch.zeros(count, dtype=torch.int32), torch.ones(count, dtype=torch.bool)
    first = final = lowest = torch.empty(0)
    for position in range(len(work.course.opening)):
        loss, left = batches.run(position, batches.held(position, begun, left), numbers)
        if position == 0:
            first, final, lowest = loss, loss, loss
        steps = torch.where(going, steps + 1, steps)
        final = torch.where(going, loss, final)
        lowest = torch.where(going, torch.fmin(lowest, loss), lowest)
        on = loss.isfinite() & (steps < stop.max_steps)
        if stop.until is not None:
            on &= loss.double() > stop.until
        if stop.growth is not None:
            on &= loss <= stop.growth * first
        going = going & on
    held = batches.held(len(work.course.opening), begun, left)
    return _Opened(held, first, final, lowest, steps, going)


def ending_of(answer: Answer, runs: np.ndarray, stop: Stop) -> np.ndarray:
    """Return how finished runs ended, from their losses."""
    loss = answer.final_loss[runs]
    ended = np.full(len(runs), USED_UP, np.int8)
    with np.errstate(invalid="ignore"):
        if stop.growth is not None:
            ended[loss > stop.growth * answer.first_loss[runs]] = GREW
        if stop.until is not None:
            ended[loss <= stop.until] = REACHED
    ended[~np.isfinite(loss)] = NONFINITE
    return ended
