"""The steps of a replay whose graphs are built anew, one on what the other left.

First each kind of step is executed above autograd as it is: what it gives must be what was recorded, bit by bit. So
where something takes part that the operations do not show, such as a hook, the replay is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from retrograd.errors import BeyondRecordingError
from retrograd.forwards import begin_of
from retrograd.program import Tensors
from retrograd.program.course import Check
from retrograd.program.surroundings import Kinds
from retrograd.recorder.rewatching import Rewatch
from retrograd.recording import Program, Recording, Step
from retrograd.replays.above_autograd import AboveAutograd, StoppedError
from retrograd.replays.leaving_out import LeftOut


class Rebuilding:
    """Executes steps above autograd, without what is left out, and records them."""

    def __init__(self, recording: Recording, left_out: LeftOut, clear: bool, dtype: str | None) -> None:
        self._recording, self._left_out, self._clear = recording, left_out, clear
        self._kinds = Kinds(None if dtype is None else getattr(torch, dtype), None)
        self._watch = Rewatch(recording)
        self._checked: set[int] = set()
        self._cut: dict[tuple[int, int], Tensor] = {}
        """What steps left without a graph, beside the same with one, by step and slot."""

    @property
    def written(self) -> Recording:
        """The programs and notes so far."""
        return self._watch.recording

    def begin(self, before: Program, left: Tensors) -> None:
        """Learn what there was before the first step."""
        self._watch.left(before, left)

    def step(
        self, number: int, model: Step, program: Program, start: Tensors, constants: Mapping[int, Any]
    ) -> tuple[Step, Tensors]:
        """Execute a step; return it, and the tensors that it leaves.

        Args:
            number: The step.
            model: The recorded step that says what it does.
            program: The model's, perhaps in another dtype.
            start: What it starts from.
            constants: The numbers that are not the program's own.

        Raises:
            BeyondRecordingError: It is not known what the script would do.
        """
        if id(model.program) not in self._checked:
            self._check(model)
            self._checked.add(id(model.program))
        numbers = {constant.number: constant.value for constant in program.constants} | dict(constants)
        run = AboveAutograd(replace(model, program=program), numbers, self._kinds, self._left_out, self._watch)
        pairs = zip(program.start, model.bindings, strict=True)
        places = {r.slot: (number - binding[0], binding[1]) for r, binding in pairs if binding is not None}
        run.begin(start, {slot: self._cut[place] for slot, place in places.items() if place in self._cut})
        finished = True
        try:
            run.execute(self._clear)
        except StoppedError:
            finished = False
        tracked, cut = run.end()
        step = self._watch.finish(finished)
        if step is None:
            raise BeyondRecordingError(f"step {number} could not be written down")
        self._cut = {place: tensor for place, tensor in self._cut.items() if place[0] >= number - 1}
        self._cut |= {(number, slot): tensor for slot, tensor in cut.items()}
        return step, tracked

    def _check(self, model: Step) -> None:
        step, start = begin_of(self._recording, model.number)
        assert step.program is not None  # begin_of looked
        check = Check(step)
        numbers = {constant.number: constant.value for constant in step.program.constants} | dict(step.constants)
        run = AboveAutograd(step, numbers, Kinds(None, None), check=check)
        try:
            run.begin(start, {})
            run.execute()
            differences = check.differences
        except (RuntimeError, StoppedError, BeyondRecordingError) as error:
            differences = [f"step {step.number}: {error}"]
        if differences:
            raise BeyondRecordingError(
                f"autograd would build another graph, so the step must be executed with autograd on top, and that does "
                f"not give what was recorded ({differences[0]}). Edit the script and record it"
            )
