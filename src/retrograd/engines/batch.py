"""Many runs at once, turn by turn: every operation of the turn is called once for all runs that still go on."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retrograd.engines.course import Turn
from retrograd.engines.devices import CPU, on_device, refuse_missing
from retrograd.engines.flow import Flow, flow_of
from retrograd.engines.lanes import Lanes, in_lanes, size_of
from retrograd.engines.loop import probed
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
from retrograd.engines.training import where
from retrograd.engines.work import Work, cast, dtype_of, left_for, parameters_of
from retrograd.errors import NotSweepableError
from retrograd.program import below_autograd, start_of

Compile = Callable[[torch.fx.GraphModule], Callable[..., Sequence[Tensor]]]
"""Makes a graph faster, or leaves it as it is."""

ENTRIES_AT_ONCE, LANES_AT_ONCE = 1 << 20, 1 << 15
"""So many numbers, and so many runs, are worked on together: about what a core's own cache holds."""

ENTRIES_ON_A_GPU, LANES_ON_A_GPU = 1 << 26, 1 << 18
"""The same on a GPU, where starting an operation takes longer than most of what it does (not measured)."""


def run_together(
    work: Work, progress: Progress = unwatched, compiled: Compile | None = None, lanes: int | None = None
) -> Answer:
    """Make all runs, as many together as memory caches like.

    Args:
        work: The runs.
        progress: Is told what has ended.
        compiled: Makes the turn faster.
        lanes: How many runs go together; chosen by their size if not given.

    Raises:
        NotSweepableError: The turn cannot be run for many runs at once.
    """
    if work.course.optimized:
        raise NotSweepableError("the optimizer has other numbers in each turn, so the turns are run one by one")
    if work.course.varying:
        raise NotSweepableError(
            f"{work.course.varying[0]}: a number there is another in each turn, so the turns are run one by one"
        )
    refuse_missing(work.device)
    batches = Batches(work, compiled)
    width = lanes or _width(work.device, size_of(batches.flow(0)))
    parts = (work.part(first, min(first + width, work.count)) for first in range(0, work.count, width))
    return joined((_together(batches, part, progress) for part in parts), work.count)


def _width(device: str, size: int) -> int:
    """Return how many runs go together, if one needs so many numbers at a time."""
    entries, most = (ENTRIES_AT_ONCE, LANES_AT_ONCE) if device == CPU else (ENTRIES_ON_A_GPU, LANES_ON_A_GPU)
    return max(16, min(most, entries // max(1, size)))


_TRACING = threading.Lock()

Held = tuple[Tensor, bool]
"""A tensor, and whether it has lanes."""


class Batches:
    """The turns of a course as graphs for many runs, each made when it is first needed."""

    def __init__(self, work: Work, compiled: Compile | None = None) -> None:
        self.course, self._compiled = work.course, compiled
        self.numbers, self.dtype, self.device = tuple(work.values), work.dtype, work.device
        self._work = work
        self._lanes: dict[tuple[int, tuple[bool, ...]], tuple[Lanes, Callable[..., Sequence[Tensor]]]] = {}

    def flow(self, position: int) -> Flow:
        """Return what a turn does for one run."""
        turn = self.course.at(position)
        wanted = self._wanted(position)
        key = ("flow", self.numbers, self.dtype, wanted, tuple(turn.step.constants.items()))
        flows: dict[Any, Flow] = turn.program.cache  # tracing takes a tenth of a second, so it is done once
        if key not in flows:
            recording = self.course.training.recording
            start = {slot: cast(t, self._work.dtype) for slot, t in start_of(recording, turn.step).items()}
            with _TRACING:
                flows[key] = flow_of(self.course.training, turn.step, start, self.numbers, wanted)
        if self.device != CPU:
            there = (*key, self.device)
            if there not in flows:
                flows[there] = replace(flows[key], graph=on_device(flows[key].graph, self.device), device=self.device)
            return flows[there]
        return flows[key]

    def _wanted(self, position: int) -> tuple[int, ...]:
        try:
            return left_for(self.course.at(position + 1))
        except NotSweepableError:
            return ()  # it is the last that can be run

    def run(self, position: int, held: Mapping[int, Held], numbers: Sequence[Tensor]) -> tuple[Tensor, dict[int, Held]]:
        """Run a turn; return the losses, and what it leaves."""
        flow = self.flow(position)
        marks = (*(held[slot][1] for slot in flow.inputs), *(True for _ in numbers))
        key = (id(flow), marks)
        if key not in self._lanes:
            program = self.course.at(position).program
            lanes = program.cache.setdefault(("lanes", *key), None) or in_lanes(flow, marks)
            program.cache["lanes", *key] = lanes
            steady = self._compiled is not None and position >= len(self.course.opening)
            self._lanes[key] = lanes, self._compiled(lanes.graph) if steady and self._compiled else lanes.graph
        lanes, function = self._lanes[key]
        try:
            loss, *left = function(*(held[slot][0] for slot in flow.inputs), *numbers)
        except NotSweepableError as error:
            raise NotSweepableError(f"{self._line_of(position, str(error))}{error}") from error
        return loss, dict(zip(flow.outputs, zip(left, lanes.outputs[1:], strict=True), strict=True))

    def _line_of(self, position: int, error: str) -> str:
        """Return the line of the operation that an error begins with."""
        program = self.course.at(position).program
        for operation in program.operations:
            if operation.name.replace("::", ".") == error.partition(" ")[0]:
                return where(self.course.training.recording, program.events[operation.event].line)
        return ""

    def outside(self, position: int) -> dict[int, Held]:
        """Return what comes from outside in a turn."""
        if not position or all(kind != "outside" for _, (kind, _) in self.course.at(position).origins):
            return {}
        recording = self.course.training.recording
        found = start_of(recording, recording.source.step(position))
        places = self.course.outside_at(position)
        return {slot: (cast(found[there], self.dtype).to(self.device), False) for slot, there in places.items()}

    def held(self, position: int, begun: Mapping[int, Held], left: Mapping[int, Held]) -> dict[int, Held]:
        """Return what a turn begins with, from what its run began with and what the turn before left."""
        return self.outside(position) | self.carried(position, begun, left)

    def carried(self, position: int, begun: Mapping[int, Held], left: Mapping[int, Held]) -> dict[int, Held]:
        """Return what of that does not come from outside."""
        origins = self.course.at(position).origins
        return {
            slot: (left if kind == "turn" else begun)[there] for slot, (kind, there) in origins if kind != "outside"
        }


def _together(batches: Batches, work: Work, progress: Progress) -> Answer:
    answer = no_answer(work.count)
    stop = work.stop
    begun = begun_with(work)
    numbers = [torch.from_numpy(column).to(dtype_of(work)).to(work.device) for column in work.values.values()]
    if not numbers and not any(marked for _, marked in begun.values()):
        begun = {slot: (t.unsqueeze(-1).expand(*t.shape, work.count), True) for slot, (t, _) in begun.items()}
    runs = np.arange(work.count)
    left: dict[int, Held] = {}
    history = np.full((work.count, stop.max_steps), np.nan) if work.history else None
    first = lowest = torch.empty(0)
    over = torch.zeros(work.count, dtype=torch.bool)
    kept: dict[str, np.ndarray] = {}
    with below_autograd():
        for position in range(stop.max_steps):
            held = batches.held(position, begun, left)
            loss, left = batches.run(position, held, numbers)
            losses = loss.cpu().double()  # who is done is found out on the CPU, wherever the turns are made
            if position == 0:
                first, lowest = losses, losses.clone()
                answer.first_loss[:] = losses.numpy()
            lowest = torch.fmin(lowest, losses)
            if history is not None:
                history[runs[~over.numpy()], position] = losses.numpy()[~over.numpy()]
            ended = _ended(losses, first, stop, position + 1)
            ended[over] = 0
            now = ended != 0
            if not bool(now.any()):
                progress(0, 0)  # so that whoever watches can end it
                continue
            done = now.numpy()
            answer.steps[runs[done]] = position + 1
            answer.final_loss[runs[done]] = losses.numpy()[done]
            answer.lowest_loss[runs[done]] = lowest.numpy()[done]
            answer.ended[runs[done]] = ended.numpy()[done]
            progress(int(done.sum()), int(done.sum()) * (position + 1))
            if work.parameters:
                _keep(kept, batches, position + 1, begun, left, runs, done, work.count)
            if position + 1 == stop.max_steps:
                _look_further(batches, position + 1, begun, left, numbers, answer, runs)
            over |= now
            if bool(over.all()):
                break
            if int(over.sum()) * 8 < len(over):
                continue  # copying what is left would cost more than a few lanes that nobody looks at
            going = (~over).nonzero().squeeze(-1)
            runs, over = runs[~over.numpy()], torch.zeros(len(going), dtype=torch.bool)
            first, lowest = first.index_select(0, going), lowest.index_select(0, going)
            there = going.to(work.device)
            left, begun = _chosen(left, there), _chosen(begun, there)
            numbers = [column.index_select(0, there) for column in numbers]
    return replace(answer, history=history, parameters=kept)


def _chosen(held: Mapping[int, Held], going: Tensor) -> dict[int, Held]:
    return {slot: (t.index_select(-1, going) if marked else t, marked) for slot, (t, marked) in held.items()}


def begun_with(work: Work) -> dict[int, Held]:
    """Return what the first turn begins with; what is the same in all runs gets no lanes."""
    begun = taken(beginnings_of(work), work.which)
    return {slot: (tensor.to(work.device), marked) for slot, (tensor, marked) in begun.items()}


def taken(beginnings: Mapping[int, Held], which: np.ndarray) -> dict[int, Held]:
    """Return what some runs begin with, from what there is to begin with."""
    places = torch.from_numpy(which)
    return {slot: (t.index_select(-1, places) if marked else t, marked) for slot, (t, marked) in beginnings.items()}


def beginnings_of(work: Work) -> dict[int, Held]:
    """Return what runs may begin with: one lane for each beginning, and none for what is the same in all."""
    found: dict[int, Held] = {}
    for slot, tensor in work.beginnings[0].tensors.items():
        column = [cast(beginning.tensors[slot], work.dtype) for beginning in work.beginnings]
        if all(other is column[0] or torch.equal(other, column[0]) for other in column[1:]):
            found[slot] = cast(tensor, work.dtype), False
        else:
            found[slot] = torch.stack(column, -1), True
    return found


def _ended(losses: Tensor, first: Tensor, stop: Stop, steps: int) -> Tensor:
    ended = torch.zeros(losses.shape, dtype=torch.int8)
    if steps >= stop.max_steps:
        ended.fill_(USED_UP)
    if stop.growth is not None:
        ended[losses > stop.growth * first] = GREW
    if stop.until is not None:
        ended[losses <= stop.until] = REACHED
    ended[~losses.isfinite()] = NONFINITE
    return ended


def parameters_in(turn: Turn, held: Mapping[int, Held], lanes: int | None) -> dict[str, Tensor]:
    """Return the parameters among what a turn begins with, each with lanes."""
    lanes = lanes or next(t.shape[-1] for t, marked in held.values() if marked)
    found = {}
    for name, slot in parameters_of(turn).items():
        tensor, marked = held[slot]
        found[name] = tensor if marked else tensor.unsqueeze(-1).expand(*tensor.shape, lanes)
    return found


def _keep(
    kept: dict[str, np.ndarray], batches: Batches, position: int, begun: Mapping[int, Held],
    left: Mapping[int, Held], runs: np.ndarray, done: np.ndarray, count: int,
) -> None:  # fmt: skip
    held = batches.carried(position, begun, left)
    for name, tensor in parameters_in(batches.course.at(position), held, len(runs)).items():
        array = tensor.movedim(-1, 0).cpu().numpy()
        if name not in kept:
            kept[name] = np.full((count, *array.shape[1:]), np.nan, array.dtype)
        kept[name][runs[done]] = array[done]


def _look_further(
    batches: Batches, position: int, begun: Mapping[int, Held], left: dict[int, Held], numbers: Sequence[Tensor],
    answer: Answer, runs: np.ndarray,
) -> None:  # fmt: skip
    """Look two turns further in runs that used up their steps; what for, `loop._probe` says."""
    if position + 2 > (batches.course.limit() or math.inf):
        return
    held = batches.held(position, begun, left)
    used_up = (answer.ended[runs] == USED_UP) & (answer.steps[runs] == position)
    found = probe_together(batches, position, held, numbers, begun)
    for column, values in zip((answer.turning, answer.shrinking, answer.falling), found, strict=True):
        column[runs[used_up]] = values[used_up]


def probe_together(
    batches: Batches, position: int, held: Mapping[int, Held], numbers: Sequence[Tensor],
    begun: Mapping[int, Held] | None = None,
) -> Any:  # fmt: skip
    """Run two turns more and return how the parameters move in them, as `probed` does."""
    turn, held = batches.course.at(position), dict(held)
    places, losses = [_flat(parameters_in(turn, held, len(numbers[0]) if numbers else None))], []
    for further in range(2):
        if further:
            held |= batches.outside(position + further)
        loss, left = batches.run(position + further, held, numbers)
        losses.append(loss.cpu().double())
        begins = begun if begun is not None else _as_begun(turn, held)
        turn = batches.course.at(position + further + 1)
        held = batches.carried(position + further + 1, begins, left)
        places.append(_flat(parameters_in(turn, held, len(loss))))
    resolution = torch.finfo(places[0].dtype).eps
    return probed(places[1] - places[0], places[2] - places[1], places[0], *losses, resolution=resolution)


def _as_begun(turn: Turn, held: Mapping[int, Held]) -> dict[int, Held]:
    return {there: held[slot] for slot, (kind, there) in turn.origins if kind == "start"}


def _flat(parameters: Mapping[str, Tensor]) -> Tensor:
    return torch.cat([tensor.reshape(-1, tensor.shape[-1]) for tensor in parameters.values()]).cpu()
