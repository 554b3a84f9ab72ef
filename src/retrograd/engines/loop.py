"""One run after another, turn by turn, with the recorded operations themselves: the loop as the person wrote it.

Slow, but bitwise the script's own numbers, and there from the first moment: nothing is traced or compiled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retrograd.engines.course import Turn
from retrograd.engines.devices import CPU
from retrograd.engines.runs import (
    GREW,
    NONFINITE,
    REACHED,
    USED_UP,
    Answer,
    Progress,
    Stop,
    no_answer,
    unwatched,
)
from retrograd.engines.training import places_of
from retrograd.engines.work import Beginning, Work, cast, copied, parameters_of
from retrograd.program import below_autograd, start_of, with_other_operations


def run_in_turn(work: Work, progress: Progress = unwatched) -> Answer:
    """Make all runs, one after another."""
    answer = no_answer(work.count)
    turns = Turns(work)
    history = np.full((work.count, work.stop.max_steps), np.nan) if work.history else None
    parameters: dict[str, list[np.ndarray]] = {}
    with as_recorded(work), below_autograd():
        for number in range(work.count):
            values = {name: float(column[number]) for name, column in work.values.items()}
            run = _Run(turns, work.beginnings[work.which[number]], values)
            losses = _follow(run, work.stop, progress)
            answer.steps[number] = len(losses)
            answer.final_loss[number], answer.first_loss[number] = losses[-1], losses[0]
            answer.lowest_loss[number] = min((loss for loss in losses if math.isfinite(loss)), default=math.nan)
            answer.ended[number] = ending(losses[-1], losses[0], len(losses), work.stop)
            if history is not None:
                history[number, : len(losses)] = losses
            for name, tensor in run.parameters().items() if work.parameters else ():
                parameters.setdefault(name, []).append(tensor.numpy().copy())
            if answer.ended[number] == USED_UP and work.stop.max_steps + 2 <= (work.course.limit() or math.inf):
                answer.turning[number], answer.shrinking[number], answer.falling[number] = _probe(run)
            progress(1, len(losses))
    stacked = {name: np.stack(rows) for name, rows in parameters.items()}
    return replace(answer, history=history, parameters=stacked)


def ending(loss: float, first: float, steps: int, stop: Stop) -> int:
    """Return how a run ended after a turn with this loss, or 0 if it goes on."""
    if not math.isfinite(loss):
        return NONFINITE
    if stop.until is not None and loss <= stop.until:
        return REACHED
    if stop.growth is not None and loss > stop.growth * first:
        return GREW
    return USED_UP if steps >= stop.max_steps else 0


def _follow(run: _Run, stop: Stop, progress: Progress) -> list[float]:
    losses: list[float] = []
    while not losses or not ending(losses[-1], losses[0], len(losses), stop):
        losses.append(run.turn())
        progress(0, 0)  # so that whoever watches can end it
    return losses


def _plain(_: int, own: Any) -> Any:
    return own._op  # an overload is a Python object that hands each call on to this


class Turns:
    """The functions that turns are, made once for all runs."""

    def __init__(self, work: Work) -> None:
        self.work, self.course = work, work.course
        self._functions: dict[int, Callable[..., Mapping[int, Tensor]]] = {}

    def function(self, turn: Turn) -> Callable[..., Mapping[int, Tensor]]:
        """Return what a turn is as a function of its tensors and constants."""
        number = turn.program.number
        if number not in self._functions:
            self._functions[number] = with_other_operations(turn.program, _plain, self.work.dtype, CPU)
        return self._functions[number]

    def constants(self, turn: Turn, position: int, values: Mapping[str, float]) -> dict[int, Any]:
        """Return the numbers of a turn."""
        step = turn.step
        if position < self.course.training.length and self.course.varying:
            recorded = self.course.training.recording.source.step(position)
            step = recorded if recorded.program is turn.program else step
        found: dict[int, Any] = {c.number: c.value for c in turn.program.constants} | dict(step.constants)
        for name, value in values.items():
            for number, factor in places_of(self.course.training, turn.step, name):
                found[number] = value * factor
        return found

    def give_state(self, position: int) -> None:
        """Let PyTorch's default generator be where it was in a recorded turn; beyond those it draws on."""
        training = self.course.training
        step = training.recording.source.step(position) if position < training.length else None
        if step is not None and step.program is not None:
            states = zip(step.program.draws, step.generators, strict=False)
            state = next((state for (_, generator), state in states if generator < 0), None)
            if state is not None:
                torch.set_rng_state(torch.from_numpy(np.frombuffer(state, np.uint8).copy()))

    def outside(self, position: int) -> Mapping[int, Tensor]:
        """Return what came from outside in a recorded turn."""
        recording = self.course.training.recording
        return start_of(recording, recording.source.step(position))


class _Run:
    """One run, as far as it has come."""

    def __init__(self, turns: Turns, beginning: Beginning, values: Mapping[str, float]) -> None:
        self._turns, self._values, self._position = turns, values, 0
        dtype = turns.work.dtype
        # Turns write in place, and what is the same for all runs may be among what they write to.
        self._begun = copied(beginning.tensors, dtype)
        self._left: Mapping[int, Tensor] = {}
        self._constants: dict[int, dict[int, Any]] = {}
        self._as_recorded = beginning.as_recorded
        if beginning.generator is not None:
            torch.set_rng_state(beginning.generator)

    def turn(self) -> float:
        """Run the next turn and return its loss."""
        course, turns = self._turns.course, self._turns
        turn = course.at(self._position)
        outside = {}
        if self._position and any(kind == "outside" for _, (kind, _) in turn.origins):
            found = turns.outside(self._position)
            places = course.outside_at(self._position)
            outside = {slot: cast(found[there], turns.work.dtype) for slot, there in places.items()}
        start = {}
        for slot, (kind, there) in turn.origins:
            start[slot] = {"start": self._begun, "turn": self._left, "outside": outside}[kind][there]
        if course.varying or turn.program.number not in self._constants:
            self._constants[turn.program.number] = turns.constants(turn, self._position, self._values)
        constants = self._constants[turn.program.number]
        if course.optimized:
            constants = constants | course.options.numbers(turn.program, start, self._values)
        if self._as_recorded and turn.program.draws:
            turns.give_state(self._position)
        self._left = turns.function(turn)(start, constants)
        self._position += 1
        return float(self._left[turn.program.losses[-1].slot])

    def parameters(self) -> dict[str, Tensor]:
        """Return the parameters as they are now, by the person's names."""
        turn = self._turns.course.at(self._position)
        where = {slot: origin for slot, origin in turn.origins}
        found = {}
        for name, slot in parameters_of(turn).items():
            kind, there = where[slot]
            found[name] = (self._left if kind == "turn" else self._begun)[there]
        return found


def _probe(run: _Run) -> tuple[float, float, float]:
    """Look two turns further: does an update take back the one before it, is it smaller, does the loss still fall?"""
    places = [torch.cat([t.detach().flatten() for t in run.parameters().values()]).clone()]
    losses = []
    for _ in range(2):
        losses.append(run.turn())
        places.append(torch.cat([t.flatten() for t in run.parameters().values()]).clone())
    one, two = places[1] - places[0], places[2] - places[1]
    resolution = torch.finfo(one.dtype).eps if one.is_floating_point() else 1.0
    return probed(one.unsqueeze(-1), two.unsqueeze(-1), places[0].unsqueeze(-1), *losses, resolution=resolution)


def probed(one: Tensor, two: Tensor, place: Tensor, loss: Any, after: Any, *, resolution: float) -> Any:
    """Return turning, shrinking and falling, as `Answer` has them, from two updates, shape (parameters, runs)."""
    one, two = one.double(), two.double()
    first, second = one.norm(dim=0), two.norm(dim=0)
    turning = (one * two).sum(0) / (first * second)
    # Just below the limit of stability rounding itself keeps up a swing, of far more than one rounding.
    roundings = torch.where(turning < 0, resolution**-0.5, 4.0)
    settled = first <= roundings * resolution * place.double().norm(dim=0)
    turning[settled] = math.nan
    size = torch.as_tensor(resolution * abs(loss), dtype=torch.float64)
    falling = (loss - after) / torch.where(size == 0, 1.0, size)  # a loss of 0 has nothing left to fall by
    if one.shape[1] == 1 and not isinstance(loss, Tensor):
        return float(turning), float(second / first), float(falling)
    return turning.numpy(), (second / first).numpy(), falling.numpy()


_TOO_SMALL_TO_SPLIT = 2048
"""PyTorch splits operations of 32768 entries and more among threads, and some sums of fewer."""


@contextmanager
def as_recorded(work: Work) -> Iterator[None]:
    """Compute with as many threads as the loop did, for sums are split among them; and leave the generator alone."""
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    slots = work.course.at(0).program.slots
    small = all(prod(slot.shape) <= _TOO_SMALL_TO_SPLIT for slot in slots)
    # Threads that have nothing to split still wait for one another, for milliseconds where cores are short.
    torch.set_num_threads(1 if small else int(work.course.training.recording.facts.get("threads", threads)))
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_rng_state(state)
