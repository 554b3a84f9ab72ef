"""From what was asked to work for an engine: which run starts from what, with which numbers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import torch

from retrograd.conditions import refuse_decisions, refuse_numbers_from_values
from retrograd.engines.choice import Choice
from retrograd.engines.course import course_of
from retrograd.engines.devices import CPU
from retrograd.engines.options import PREFIX, option_called, options_in
from retrograd.engines.runs import Stop
from retrograd.engines.starts import Starts
from retrograd.engines.training import Training, recorded_numbers, spelled, training_in, where
from retrograd.engines.work import Beginning, Work, cast, parameters_of
from retrograd.errors import NameUnknownError, NotReproducibleError, NotSweepableError
from retrograd.program.writing import overload
from retrograd.recording import Recording
from retrograd.sweeps.grid import Grid

Start = Literal["same", "own"]
"""Whether all runs of a seed start from the same values, or each draws its own, one after another, as a script does
whose loop over learning rates makes its tensors anew."""

SEED = "seed"


@dataclass(frozen=True)
class Order:
    """What was asked for, whole. Equal orders give bitwise equal results."""

    grid: Grid
    spelled: Mapping[str, str]
    """What the loop calls each number of the grid."""
    start: Start
    stop: Stop
    dtype: str | None
    """As PyTorch spells it; None as recorded."""
    choice: Choice
    history: bool = False
    parameters: bool = False
    device: str = CPU

    def mark(self, recording: Recording) -> str:
        """Return what tells this sweep of this recording from any other."""
        plain = {
            "names": self.grid.names, "spelled": dict(self.spelled), "start": self.start, "stop": asdict(self.stop),
            "dtype": self.dtype, "device": self.device, "engine": self.choice.name,
            "history": self.history, "parameters": self.parameters,
            "programs": [_outline(step.program) for step in recording.steps[:3]],
            "facts": {key: recording.facts.get(key) for key in ("script", "torch", "threads")},
            "texts": dict(recording.texts),
        }  # fmt: skip
        digest = hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode())
        for column in self.grid.values:
            digest.update(column.tobytes())
        for step in recording.steps:
            digest.update(step.row + b"".join(step.wholes.values()))
        return digest.hexdigest()[:32]


def _outline(program: Any) -> Any:
    return None if program is None else [operation.name for operation in program.operations]


class Plan:
    """Makes the work of any part of a sweep."""

    def __init__(
        self, recording: Recording, grid: Grid, names: Mapping[str, str], start: Start | None, dtype: str | None,
        device: str = CPU,
    ) -> None:  # fmt: skip
        self.recording, self.grid = recording, grid
        self.training = training_in(recording)
        self.starts = Starts(self.training)
        several = len(self.training.beginnings) > 1
        self.start: Start = start or ("own" if several and self.starts.drawn else "same")
        """As asked for; else what the recorded script does."""
        self._dtype, self._device = None if dtype is None else getattr(torch, dtype), device
        self._names = names
        self._of_start = [name for name in names if self.starts.depends_on(names[name])]
        refuse_decisions(recording)
        _refuse_undefined(self.training)
        self.course = course_of(self.training, tuple(names.values()))
        refuse_numbers_from_values(recording, self.course.lines_of_numbers)
        self._known: dict[Any, Beginning] = {}
        self._sequences: dict[Any, tuple[int, Iterator[Any]]] = {}

    def work(self, first: int, last: int, stop: Stop, history: bool = False, parameters: bool = False) -> Work:
        """Return the runs from `first` to before `last`."""
        columns = self.grid.columns(first, last)
        if self.start == "own":
            firsts = which = np.arange(last - first)
        else:
            of_start = self.grid.numbers(first, last, {SEED, *self._of_start})
            _, firsts, which = np.unique(of_start, return_index=True, return_inverse=True)
        beginnings = []
        for run in firsts.tolist():
            seed = int(columns[SEED][run]) if SEED in columns else None
            own = {self._names[name]: float(columns[name][run]) for name in self._of_start}
            beginnings.append(self._same(seed, own) if self.start == "same" else self._own(seed, first + run))
        values = {self._names[name]: columns[name] for name in self._names}
        return Work(self.course, beginnings, which, values, stop, self._dtype, history, parameters, self._device)

    def parameters(self) -> dict[str, np.ndarray]:
        """Return the parameters that runs begin with, by the person's names, for their shapes and dtypes."""
        tensors = self.starts.recorded()
        return {
            name: cast(tensors[slot], self._dtype).numpy()
            for name, slot in parameters_of(self.course.at(0)).items()
        }  # fmt: skip

    def _same(self, seed: int | None, own: Mapping[str, float]) -> Beginning:
        key = (seed, *own.values())
        if key not in self._known:
            if len(self._known) > 4096:
                self._known.clear()
            if seed is None and not own:
                self._known[key] = Beginning(self.starts.recorded(), self.starts.recorded_generator, True)
            else:
                self._known[key] = Beginning(*self.starts.one(seed, own), seed in (None, self.starts.seed))
        return self._known[key]

    def _own(self, seed: int | None, run: int) -> Beginning:
        """Return a run's own draw: the script's seed once, then one training after another."""
        shape = self.grid.shape
        place = np.unravel_index(run, shape)
        numbered = [n for n, name in enumerate(self.grid.names) if name != SEED]
        position = (
            int(np.ravel_multi_index([place[n] for n in numbered], [shape[n] for n in numbered])) if numbered else 0
        )
        at, sequence = self._sequences.pop(seed, (0, iter(())))
        if at == 0 or at > position:
            at, sequence = 0, self._drawn(seed)
        beginning = None
        while at <= position:
            beginning, at = next(sequence), at + 1
        self._sequences[seed] = at, sequence
        assert beginning is not None
        return Beginning(*beginning)

    def _drawn(self, seed: int | None) -> Iterator[Any]:
        numbered = [(n, name) for n, name in enumerate(self.grid.names) if name != SEED]
        shape = [self.grid.shape[n] for n, _ in numbered]
        count = int(np.prod(shape)) if shape else 1

        def own() -> Iterator[dict[str, float]]:
            for position in range(count):
                place = np.unravel_index(position, shape) if shape else ()
                yield {
                    self._names[name]: float(self.grid.values[n][at])
                    for (n, name), at in zip(numbered, place, strict=True) if name in self._of_start
                }  # fmt: skip

        return self.starts.sequence(seed, own())


def _refuse_undefined(training: Training) -> None:
    """Refuse turns with operations that nothing defines in this process, such as those of an extension in C++."""
    programs = {turn.program.number: turn.program for turn in training.turns if turn.program is not None}
    for program in programs.values():
        for operation in program.operations:
            try:
                overload(operation.name)
            except NotReproducibleError:
                event = program.events[operation.event]
                raise NotSweepableError(
                    f"{where(training.recording, event.line)}{operation.name} is no operation of PyTorch's own, and "
                    "nothing has defined it in this process. Sweep in Python (retrograd.sweep), in a process that has "
                    "imported what defines it"
                ) from None


def names_in(recording: Recording, wanted: Mapping[str, Any]) -> dict[str, str]:
    """Return what the loop calls each of these numbers.

    Raises:
        NameUnknownError: It has no such number.
        NotSweepableError: Two of them are the same number.
    """
    training = training_in(recording)
    found = {name: _own_name(training, name) for name in wanted}
    for name, own in found.items():
        for other, same in found.items():
            if name < other and own == same:
                raise NotSweepableError(f"{name} and {other} are the same number of the loop, {own}")
    return found


def _own_name(training: Training, name: str) -> str:
    try:
        return spelled(training, name)
    except NameUnknownError as error:
        option = option_called(training, name)
        if option is not None:
            return option
        options = options_in(training)
        if not options:
            raise
        raise NameUnknownError(f"{error}. The optimizer has these options: {', '.join(options)}") from None


def recorded_rates(recording: Recording) -> list[float]:
    """Return the learning rates that the recording's trainings had, each once."""
    training = training_in(recording)
    if _own_name(training, "learning_rate").startswith(PREFIX):
        return [options_in(training)["lr"]]
    return list(dict.fromkeys(recorded_numbers(training, spelled(training, "learning_rate"))))
