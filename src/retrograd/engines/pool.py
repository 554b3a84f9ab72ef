"""Many turns of many runs in one compiled loop, with a pool of lanes that is filled up as runs finish.

A fixed number of lanes is at work at any time. Whenever enough of them have finished, what they found is written out
and the next runs take their places; so nothing is compiled twice, and no lane waits for the slowest.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from retrograd.engines.batch import ENTRIES_AT_ONCE, Batches, begun_with, probe_together
from retrograd.engines.compiling import Kernel, kernel_for
from retrograd.engines.lanes import size_of
from retrograd.engines.looped import LANES_AT_MOST
from retrograd.engines.opening import Opened, opened
from retrograd.engines.runs import GREW, NONFINITE, REACHED, USED_UP, Answer, Progress, Stop, no_answer, unwatched
from retrograd.engines.work import Work, dtype_of
from retrograd.program import below_autograd

FRESH = 8
"""Lanes are filled up when one in so many has finished."""


def run_compiled(work: Work, progress: Progress = unwatched, told: Callable[[str], None] | None = None) -> Answer:
    """Make all runs.

    Args:
        work: The runs.
        progress: Is told what has ended.
        told: Is told what takes long, such as compiling.

    Raises:
        NotSweepableError: The turn cannot be compiled.
    """
    kernel = kernel_for(work, told)
    with below_autograd(), torch.no_grad():
        return _Pool(work, kernel).run(progress)


class _Pool:
    """The lanes and who is in them."""

    def __init__(self, work: Work, kernel: Kernel) -> None:
        self._work, self._kernel = work, kernel
        self._batches = Batches(work)
        self._begun = begun_with(work)
        kind, lanes = dtype_of(work), min(kernel.lanes, -(-work.count // LANES_AT_MOST) * LANES_AT_MOST)
        self._lanes = lanes
        columns = [np.ascontiguousarray(column) for column in work.values.values()]
        self._values = torch.from_numpy(np.stack(columns) if columns else np.zeros((0, work.count))).to(kind)
        self._state = torch.zeros(sum(count for _, count in kernel.state), lanes, dtype=kind)
        self._numbers = torch.ones(len(columns), lanes, dtype=kind)
        self._first, self._final, self._lowest, self._still = (torch.zeros(lanes, dtype=kind) for _ in range(4))
        self._steps = torch.zeros(lanes, dtype=torch.int32)
        self._memory = torch.zeros(kernel.memory, dtype=kind)
        self._outside = self._from_outside(kind)
        most = work.stop.max_steps
        self._history = torch.full((lanes, most) if work.history else (1, 1), math.nan, dtype=kind)
        self._runs = torch.full((lanes,), -1)
        """Which run is in each lane; -1 for none."""
        self._next = 0
        history = np.full((work.count, most), np.nan) if work.history else None
        self._answer = replace(no_answer(work.count), history=history)
        self._used_up: list[tuple[np.ndarray, Tensor]] = []
        flow = self._batches.flow(len(work.course.opening))
        self._probed_at_once = max(16, ENTRIES_AT_ONCE // size_of(flow))

    def _from_outside(self, kind: torch.dtype) -> Tensor:
        """Return what comes from outside in each turn, shape (turns, numbers)."""
        rows = []
        for position in range(self._work.stop.max_steps if self._kernel.outside else 0):
            found = self._batches.outside(position)
            parts = [found[slot][0].reshape(-1) for slot in self._kernel.outside if slot in found]
            rows.append(torch.cat(parts) if parts else torch.empty(0))
        if not rows:
            return torch.zeros(1, dtype=kind)
        size = max(map(len, rows))
        return torch.stack([row.to(kind) if len(row) else torch.zeros(size, dtype=kind) for row in rows])

    def run(self, progress: Progress) -> Answer:
        """Make all runs."""
        while True:
            idle = self._idle()
            free = int(idle.sum())
            if self._next < self._work.count:
                if free * FRESH >= self._lanes:
                    self._empty(idle, progress)
                    self._fill(idle)
            elif free == self._lanes:
                break
            self._kernel.run(
                self._state, self._numbers, self._first, self._steps, self._final, self._lowest, self._still,
                self._kernel.constants, self._outside, self._history, self._memory, self._lanes, self._kernel.turns,
            )  # fmt: skip
        self._empty(self._still == 0, progress)
        self._look_further(everything=True)
        return self._answer

    def _idle(self) -> Tensor:
        idle = self._still == 0
        if not self._kernel.outside:
            return idle
        together = idle.view(-1, LANES_AT_MOST).all(1, keepdim=True)
        return together.expand(-1, LANES_AT_MOST).reshape(-1)

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
        if answer.history is not None:
            answer.history[runs] = self._history[done].double().numpy()
        used_up = answer.ended[runs] == USED_UP
        if used_up.any():
            lanes = done[torch.from_numpy(used_up)]
            self._used_up.append((runs[used_up], self._state[:, lanes]))
            self._look_further()
        progress(len(runs), int(answer.steps[runs].sum()))
        self._runs[done] = -1

    def _fill(self, idle: Tensor) -> None:
        """Let the next runs take the idle lanes; their first turns are made at once, operation by operation."""
        lanes = idle.nonzero().squeeze(-1)[: self._work.count - self._next]
        runs = torch.arange(self._next, self._next + len(lanes))
        self._next += len(lanes)
        begun = opened(self._work, self._batches, self._begun, runs)
        self._state[:, lanes] = self._rows(begun, len(lanes))
        self._numbers[:, lanes] = self._values[:, runs]
        self._first[lanes], self._final[lanes], self._lowest[lanes] = begun.losses[0], begun.final, begun.lowest
        self._steps[lanes], self._runs[lanes] = begun.steps, runs
        self._still[lanes] = begun.going.to(self._still.dtype)
        if self._work.history:
            self._history[lanes] = math.nan
            count = min(len(begun.losses), self._work.stop.max_steps)
            self._history[lanes, :count] = begun.losses[:count].t().to(self._history.dtype)

    def _rows(self, begun: Opened, count: int) -> Tensor:
        rows = []
        for slot, _ in self._kernel.state:
            tensor, marked = begun.held[slot]
            whole = tensor if marked else tensor.unsqueeze(-1).expand(*tensor.shape, count)
            rows.append(whole.reshape(-1, count))
        return torch.cat(rows)

    def _look_further(self, *, everything: bool = False) -> None:
        """See how runs move that used up their steps, as soon as there are enough of them, or at the end."""
        waiting = sum(len(runs) for runs, _ in self._used_up)
        course = self._work.course
        limit = course.limit() or math.inf
        if self._work.stop.max_steps + 2 > limit:
            self._used_up.clear()
        if not self._used_up or not (everything or waiting >= self._probed_at_once):
            return
        runs = np.concatenate([runs for runs, _ in self._used_up])
        entries = torch.cat([entries for _, entries in self._used_up], 1)
        self._used_up.clear()
        for first in range(0, len(runs), self._probed_at_once):
            last = first + self._probed_at_once
            self._probe(runs[first:last], entries[:, first:last])

    def _probe(self, runs: np.ndarray, entries: Tensor) -> None:
        course = self._work.course
        assert course.turn is not None
        held = {slot: (tensor, False) for slot, tensor in self._kernel.settled.items()}
        place = 0
        for slot, count in self._kernel.state:
            shape = course.turn.program.slots[slot].shape
            held[slot] = entries[place : place + count].reshape(*shape, len(runs)), True
            place += count
        position = self._work.stop.max_steps if self._kernel.outside else len(course.opening)
        held |= self._batches.outside(position)
        numbers = list(self._values[:, torch.from_numpy(runs)])
        found = probe_together(self._batches, position, held, numbers)
        for column, values in zip(
            (self._answer.turning, self._answer.shrinking, self._answer.falling), found, strict=True
        ):
            column[runs] = values


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
