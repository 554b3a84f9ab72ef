"""Many turns of many runs in one compiled loop, with a pool of lanes that is filled up as runs finish.

A fixed number of lanes is at work at any time. Whenever enough of them have finished, what they found is written out
and the next runs take their places; so nothing is compiled twice, and no lane waits for the slowest. Each thread of
PyTorch's has such a pool.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from retrograd.engines.batch import (
    ENTRIES_AT_ONCE,
    Batches,
    Held,
    beginnings_of,
    parameters_in,
    probe_together,
    run_together,
)
from retrograd.engines.compiling import Kernel, kernel_for
from retrograd.engines.lanes import size_of
from retrograd.engines.looped import LANES_AT_MOST
from retrograd.engines.occupants import Occupants, nobody
from retrograd.engines.opening import Opened, opened
from retrograd.engines.runs import (
    GREW,
    NONFINITE,
    REACHED,
    USED_UP,
    Answer,
    Progress,
    Stop,
    joined,
    no_answer,
    unwatched,
)
from retrograd.engines.work import Work, dtype_of, parameters_of
from retrograd.program import below_autograd

FRESH = 8
"""Lanes are filled up when one in so many has finished."""

SHARE = 8
"""A thread gets so many times as many runs as it has lanes, makes them, and gets the next. How runs are shared out has
nothing to do with how many threads there are or which is fastest: the first turns of runs that begin together are
computed together, and PyTorch may round the last bit otherwise in the middle of a tensor than at its end."""


def run_compiled(work: Work, progress: Progress = unwatched) -> Answer:
    """Make all runs.

    Args:
        work: The runs.
        progress: Is told what has ended.

    Raises:
        NotSweepableError: The turn cannot be compiled.
    """
    if work.stop.max_steps < len(work.course.opening):
        return run_together(work, progress)  # the first turns are made operation by operation, and no others follow
    kernel = kernel_for(work)
    size = SHARE * kernel.lanes
    shares = [work.part(first, min(first + size, work.count)) for first in range(0, work.count, size)]
    watch = _Watch(progress)

    def made(share: Work) -> Answer:
        # What threads of PyTorch's own would share is too small to be split.
        torch.set_num_threads(1)
        with below_autograd(), torch.no_grad():
            return _Pool(share, kernel).run(watch)

    threads = torch.get_num_threads()
    try:
        if threads == 1 or len(shares) == 1:
            return joined((made(share) for share in shares), work.count)
        with ThreadPoolExecutor(min(threads, len(shares))) as several:
            jobs = [several.submit(made, share) for share in shares]
            try:
                return joined((job.result() for job in jobs), work.count)
            finally:
                watch.is_over = True
    finally:
        torch.set_num_threads(threads)


class _Watch:
    """Tells one person what several threads have done; and tells them when nobody wants to know the rest."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._lock = progress, threading.Lock()
        self.is_over = False

    def __call__(self, runs: int, turns: int) -> None:
        with self._lock:
            self._progress(runs, turns)


class _Pool:
    """The lanes, who is in them, and who waits for one."""

    def __init__(self, work: Work, kernel: Kernel) -> None:
        self._work, self._kernel = work, kernel
        self._batches = Batches(work)
        self._beginnings = beginnings_of(work)
        kind, lanes = dtype_of(work), min(kernel.lanes, _rounded_up(work.count))
        columns = [np.ascontiguousarray(column) for column in work.values.values()]
        self._values = torch.from_numpy(np.stack(columns) if columns else np.zeros((0, work.count))).to(kind)
        self._memory = torch.zeros(kernel.memory, dtype=kind)
        self._outside = self._from_outside(kind)
        size, most = sum(count for _, count in kernel.state), work.stop.max_steps if work.history else None
        self._at_work = nobody(lanes, size, len(columns), kind, most)
        self._waiting = self._at_work.at(slice(0))
        """Runs that have made their first turns, and will go on when there is a lane for them."""
        self._opened = 0
        """So many runs have made their first turns."""
        history = None if most is None else np.full((work.count, most), np.nan)
        self._answer = replace(no_answer(work.count), history=history, parameters=self._room(kind))
        self._used_up: list[tuple[np.ndarray, Tensor]] = []
        flow = self._batches.flow(len(work.course.opening))
        self._probed_at_once = max(16, ENTRIES_AT_ONCE // size_of(flow))

    def _room(self, kind: torch.dtype) -> dict[str, np.ndarray]:
        """Return arrays for the parameters that runs end with, if they are wanted."""
        turn, count = self._work.course.turn, self._work.count
        assert turn is not None
        return {
            name: torch.empty(count, *turn.program.slots[slot].shape, dtype=kind).numpy()
            for name, slot in (parameters_of(turn) if self._work.parameters else {}).items()
        }

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

    def run(self, watch: _Watch) -> Answer:
        """Make all runs."""
        while not watch.is_over:
            idle = self._idle()
            free = int(idle.sum())
            if self._opened < self._work.count or self._waiting.count:
                if free * FRESH >= self._at_work.count:
                    self._empty(idle, watch)
                    self._fill(idle, watch)
            elif free == self._at_work.count:
                break
            elif 2 * free >= self._at_work.count and not self._kernel.outside:
                self._empty(idle, watch)
                self._draw_together(~idle)
            self._turn()
            watch(0, 0)  # so that whoever watches can end it
        self._empty(self._at_work.still == 0, watch)
        self._look_further(everything=True)
        return self._answer

    def _turn(self) -> None:
        own, kernel = self._at_work, self._kernel
        history = self._memory if own.history is None else own.history
        kernel.run(
            own.state, own.numbers, own.first, own.steps, own.final, own.lowest, own.still,
            kernel.constants, self._outside, history, self._memory, own.count, kernel.turns,
        )  # fmt: skip

    def _idle(self) -> Tensor:
        idle = self._at_work.still == 0
        if not self._kernel.outside:
            return idle
        together = idle.view(-1, LANES_AT_MOST).all(1, keepdim=True)
        return together.expand(-1, LANES_AT_MOST).reshape(-1)

    def _empty(self, idle: Tensor, watch: _Watch) -> None:
        """Write out what finished lanes found."""
        done = (idle & (self._at_work.runs >= 0)).nonzero().squeeze(-1)
        ended = self._at_work.at(done)
        if self._work.parameters and ended.count:
            turn = self._work.course.turn
            assert turn is not None
            self._write_parameters(ended.runs, parameters_in(turn, self._held(ended.state), ended.count))
        self._write(ended, watch)
        self._at_work.free(done)

    def _write_parameters(self, runs: Tensor, parameters: Mapping[str, Tensor]) -> None:
        for name, tensor in parameters.items():
            self._answer.parameters[name][runs.numpy()] = tensor.movedim(-1, 0).numpy()

    def _write(self, done: Occupants, watch: _Watch) -> None:
        if not done.count:
            return
        runs, answer = done.runs.numpy(), self._answer
        answer.steps[runs] = done.steps.numpy()
        answer.final_loss[runs] = done.final.double().numpy()
        answer.lowest_loss[runs] = done.lowest.double().numpy()
        answer.first_loss[runs] = done.first.double().numpy()
        answer.ended[runs] = ending_of(answer, runs, self._work.stop)
        if answer.history is not None and done.history is not None:
            answer.history[runs, : done.history.shape[1]] = done.history.double().numpy()
        used_up = answer.ended[runs] == USED_UP
        if used_up.any():
            self._used_up.append((runs[used_up], done.state[:, torch.from_numpy(used_up)]))
            self._look_further()
        watch(len(runs), int(answer.steps[runs].sum()))

    def _fill(self, idle: Tensor, watch: _Watch) -> None:
        """Let the next runs take the idle lanes."""
        lanes = idle.nonzero().squeeze(-1)
        while len(lanes):
            if not self._waiting.count:
                if self._opened == self._work.count:
                    return
                self._open(watch)
            count = min(len(lanes), self._waiting.count)
            self._at_work.put(lanes[:count], self._waiting.at(slice(count)))
            self._waiting = self._waiting.at(slice(count, None))
            lanes = lanes[count:]

    def _open(self, watch: _Watch) -> None:
        """Make the first turns of as many runs as there are lanes, operation by operation; most of them go on."""
        runs = torch.arange(self._opened, min(self._opened + self._kernel.lanes, self._work.count))
        self._opened += len(runs)
        begun = opened(self._work, self._batches, self._beginnings, runs)
        kind = self._values.dtype
        losses = begun.losses[: self._work.stop.max_steps].t().to(kind) if self._work.history else None
        there = Occupants(
            runs, self._rows(begun, len(runs)), self._values[:, runs], begun.steps, begun.losses[0], begun.final,
            begun.lowest, begun.going.to(kind), losses,
        )  # fmt: skip
        ended = (~begun.going).nonzero().squeeze(-1)
        self._write_parameters(runs[ended], {name: tensor[..., ended] for name, tensor in begun.parameters.items()})
        self._write(there.at(ended), watch)
        self._waiting = there.at(begun.going.nonzero().squeeze(-1))

    def _draw_together(self, going: Tensor) -> None:
        """Leave out lanes in which nobody is, when nobody waits for one."""
        lanes = going.nonzero().squeeze(-1)
        own = self._at_work
        self._at_work = nobody(
            _rounded_up(len(lanes)), len(own.state), len(own.numbers), own.state.dtype,
            None if own.history is None else own.history.shape[1],
        )  # fmt: skip
        self._at_work.put(slice(len(lanes)), own.at(lanes))

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

    def _held(self, entries: Tensor) -> dict[int, Held]:
        """Return what the next turn of some runs begins with, from their state."""
        turn = self._work.course.turn
        assert turn is not None
        held: dict[int, Held] = {slot: (tensor, False) for slot, tensor in self._kernel.settled.items()}
        place = 0
        for slot, count in self._kernel.state:
            shape = turn.program.slots[slot].shape
            held[slot] = entries[place : place + count].reshape(*shape, entries.shape[-1]), True
            place += count
        return held

    def _probe(self, runs: np.ndarray, entries: Tensor) -> None:
        course, held = self._work.course, self._held(entries)
        position = self._work.stop.max_steps if self._kernel.outside else len(course.opening)
        held |= self._batches.outside(position)
        numbers = list(self._values[:, torch.from_numpy(runs)])
        found = probe_together(self._batches, position, held, numbers)
        for column, values in zip(
            (self._answer.turning, self._answer.shrinking, self._answer.falling), found, strict=True
        ):
            column[runs] = values


def _rounded_up(lanes: int) -> int:
    return -(-lanes // LANES_AT_MOST) * LANES_AT_MOST


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
