"""The programs of a recording, executed turn after turn with what was changed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from numbers import Real
from typing import Any

import torch
from torch import Tensor

from retrograd.contents import content
from retrograd.edits import Edited, edited
from retrograd.errors import BeyondRecordingError, NotKeptError, NotReproducibleError
from retrograd.program import Tensors, recorded_threads, start_of
from retrograd.recording import (
    Note,
    Program,
    Recording,
    Reference,
    Slot,
    Step,
    loss_of,
    offsets,
    value_of,
)
from retrograd.replays.asked import Asked, short
from retrograd.replays.continuing import Continuing
from retrograd.replays.dtypes import cast_start, dtype_name
from retrograd.replays.ending import notes_on_the_end
from retrograd.replays.leaving_out import LeftOut
from retrograd.replays.optimizing import Optimizing
from retrograd.replays.plans import Plan, copying_of, plan_of
from retrograd.replays.rebuilding import Rebuilding
from retrograd.replays.survey import Survey, is_entry
from retrograd.store import Memory


def _is_count(steps: Any) -> bool:  # whatever was given for a number of steps
    return isinstance(steps, Real) and float(steps) >= 1 and float(steps).is_integer()


class Replay:
    """One replay."""

    def __init__(
        self,
        recording: Recording,
        changes: dict[str, Any],
        steps: int | None,
        until: float | None,
        dtype: str | torch.dtype | None,
        clear: bool | None,
        without: str | Sequence[str],
    ) -> None:
        self.recording, self.until = recording, until
        self.clear = clear
        self.without = (without,) if isinstance(without, str) else tuple(without)
        self.left_out = LeftOut(recording, self.without, clear)
        self.editing = clear is not None or bool(self.without)
        self.edits: dict[Any, Edited] = {}
        """Edited programs, by the original and the leaves whose gradients were still there."""
        self.latest: Edited | None = None
        """That of the step before."""
        self.survey = Survey(recording)
        self.dtype = dtype_name(dtype)
        rebuilds = any(self.left_out.changes_graph(program) for program in recording.programs)
        self.rebuilding = Rebuilding(recording, self.left_out, clear is True, self.dtype) if rebuilds else None
        """Executes the steps if autograd builds other graphs."""
        recorded = self.survey.count
        if steps is not None and not _is_count(steps):
            raise BeyondRecordingError(
                f"a replay has a whole number of steps, 1 or more, not {steps!r}; leave it out for as many as were "
                f"recorded, {recorded}"
            )
        self.count = recorded if steps is None else int(steps)
        self.as_recorded = steps is None and until is None
        """As many steps as were recorded, because nothing else was asked for."""
        self.changes = changes
        self.asked = Asked(self.survey, changes, self.dtype, self.count)
        self.optimizing = Optimizing(recording, self.survey, self.asked)
        self.plans: dict[int, Plan] = {}
        self.left: dict[tuple[int, int], Tensor] = {}
        self.used: dict[tuple[int, int], int] = {}
        self.notes: list[Note] = []
        following = Continuing(recording, self.survey, self.asked, self.optimizing, self.count)
        self.period, self.models = following.period, following.models
        self.generators: dict[int, bytes] = {}
        """The states in which the last step left the generators."""
        self.chained = False
        """The last step that drew random numbers went on drawing where the one before it had stopped."""
        self.parted = False
        """A note says that the script would have gone another way."""

    def _model(self, number: int) -> int:
        """Return the number of the recorded step that says what a step does."""
        count = self.models
        if number >= count and self.period:
            return count - self.period + (number - count) % self.period
        return number

    def run(self) -> Recording:
        """Execute all steps."""
        recording = self.recording
        facts = {
            **recording.facts,
            "began": datetime.now(UTC).isoformat(timespec="seconds"),
            "replayed": self._described(),
            "closed": True,
        }
        memory = Memory(facts=facts, lines=list(recording.lines), texts=dict(recording.texts))
        memory.notes.extend(note for note in recording.notes if note.step is None or note.step < self.count)
        began = time.perf_counter()
        self._last_uses()
        with recorded_threads(recording):
            if self.survey.before is not None:
                memory.keep(self._before(self.survey.before), False)
            for number in range(self.count):
                step = self._step(number, began)
                memory.keep(step, True)
                stopped = self.rebuilding is not None and not step.finished
                if stopped or (self.until is not None and loss_of(step) <= self.until):
                    self.count = number + 1
                    break
            if not self.rebuilding:
                self._after(memory, began)
        if self.changes and self.as_recorded and not self.parted:
            self.notes += notes_on_the_end(recording, lambda: Recording(memory).loss.tolist())
        programs = {id(program): program for program in recording.programs}
        for key, plan in self.plans.items():
            programs[key] = plan.program
        memory.programs().extend(programs.values())
        if self.rebuilding:
            memory.programs().extend(self.rebuilding.written.programs)
            self.notes.extend(self.rebuilding.written.notes)
        memory.notes.extend(self.notes)
        return Recording(memory)

    def _described(self) -> str:
        parts = [f"{name} = {short(value)}" for name, value in self.changes.items()]
        parts += [f"dtype = {self.dtype}"] if self.dtype else []
        parts += [f"{self.count} steps"] if self.count != self.survey.count else []
        parts += [] if self.clear is None else ["clear at the end" if self.clear else "never clear"]
        parts += [f"without {name}" for name in self.without]
        parts += [f"until {self.until!r}"] if self.until is not None else []
        return ", ".join(parts) or "nothing changed"

    def _last_uses(self) -> None:
        for number in range(self.count):
            for binding in self.survey.bindings[self._model(number)]:
                if binding is not None:
                    self.used[number - binding[0], binding[1]] = number
        after = self.recording.after
        for binding in after.bindings if after is not None else ():
            if binding is not None:
                self.used[after.number - binding[0], binding[1]] = after.number  # type: ignore[union-attr]

    def _before(self, step: Step) -> Step:
        """Execute what came before the first step; where that is not possible, it stays as it was recorded."""
        program = step.program
        if program is None or not program.executable:
            return step
        start = start_of(self.recording, step)
        return self._execute(
            step,
            step,
            start,
            step.bindings,
            0.0,
            self.asked.constants(step, -1),
            plan_of(self.recording, program, None),
        )

    def _step(self, number: int, began: float) -> Step:
        model = self.recording.source.step(self._model(number))
        if model.program is None:
            raise NotKeptError(
                f"step {number} was recorded lightly: only its loss and gradient norms were kept, and a replay needs "
                f"what it did. Record the script without --mode light"
            )
        if self.rebuilding:
            return self._rebuilt(number, model, self.rebuilding)
        shown = self._edited(number, model, model.program) if self.editing else model
        assert shown.program is not None
        start, bindings = self._start(number, model, shown)
        plan = self._plan(shown.program)
        computed = self.optimizing.optimized(model.program, number, start, number < self.models)
        constants = {**model.constants, **self.asked.constants(model, number), **computed}
        step = self._execute(
            model,
            shown if shown.number == number else replace(shown, number=number),
            start,
            bindings,
            began,
            constants,
            plan,
        )
        gone = [
            key for key in self.left if self.used.get(key, -2) <= number and not (self.editing and key[0] == number)
        ]
        for key in gone:
            del self.left[key]
        return step

    def _rebuilt(self, number: int, model: Step, rebuilding: Rebuilding) -> Step:
        """Execute a step above autograd."""
        program = model.program
        assert program is not None  # _step looked
        if number == 0 and self.survey.before is not None and self.survey.before.program is not None:
            left = {slot: tensor for (step, slot), tensor in self.left.items() if step == -1}
            rebuilding.begin(self.survey.before.program, left)
        start, _ = self._start(number, model, model)
        computed = self.optimizing.optimized(program, number, start, number < self.models)
        constants = {**model.constants, **self.asked.constants(model, number), **computed}
        step, left = rebuilding.step(number, model, self._plan(program).program, start, constants)
        self.left = {key: tensor for key, tensor in self.left.items() if self.used.get(key, -2) > number}
        self.left |= {(number, slot): tensor for slot, tensor in left.items()}
        return step

    def _edited(self, number: int, model: Step, program: Program) -> Step:
        """Return a step as it is with something left out, or with a clear put in."""
        before = self.latest
        bindings = {r.slot: binding for r, binding in zip(program.start, model.bindings, strict=True)}
        held: dict[int, int] = {}
        """For each leaf the slot of the gradient that the step before left."""
        for slot, binding in bindings.items():
            if before is not None and binding is not None and binding[0] == 1 and binding[1] in before.gradients:
                held[slot] = before.gradients[binding[1]]
        key = id(program), frozenset(held)
        if key not in self.edits:
            self.edits[key] = edited(program, self.left_out, held, self.clear is True)
        found = self.latest = self.edits[key]
        for slot, leaf in found.taken.items():
            if leaf in held:
                bindings[slot] = (1, held[leaf])
        return replace(
            model,
            program=found.program,
            layout="kept",
            bindings=tuple(bindings.get(reference.slot) for reference in found.program.start),
        )

    def _after(self, memory: Memory, began: float) -> None:
        """Execute what came after the last step, if the replay has the steps that it starts from."""
        after = self.recording.after
        if (
            after is None
            or self.count != self.survey.count
            or self.models != self.survey.count
            or after.program is None
        ):
            return
        try:
            start, bindings = self._start(after.number, after, after)
            constants = {**after.constants, **self.asked.constants(after, after.number)}
            plan = self._plan(after.program)
            memory.keep(self._execute(after, after, start, bindings, began, constants, plan), False)
        except (NotKeptError, NotReproducibleError, RuntimeError) as error:
            self.notes.append(Note("unseen", None, None, f"what came after the last step was not replayed: {error}"))

    def _start(self, number: int, model: Step, shown: Step) -> tuple[Tensors, tuple[Any, ...]]:
        """Return what a step starts from, and where that comes from; `shown` is the model, perhaps edited."""
        program = shown.program
        assert program is not None
        assert model.program is not None  # _step looked
        start: Tensors = {}
        bindings: list[Any] = []
        fresh: list[Reference] = []
        changed: list[tuple[Slot, Tensor]] = []
        for reference, binding in zip(program.start, shown.bindings, strict=True):
            slot = program.slots[reference.slot]
            entry = is_entry(number, binding) if number < self.models else binding is None
            value = self.asked.given(slot, number) if entry and slot.name in self.asked.tensors else None
            known = None if binding is None else self.left.get((number - binding[0], binding[1]))
            if value is not None:
                changed.append((slot, value))
            if known is None or (entry and self.dtype):
                fresh.append(reference)
                known = None
            else:
                start[reference.slot] = known
            bindings.append(None if value is not None or (entry and self.dtype) else binding)
        if fresh:
            given = {slot.number for slot, _ in changed}
            if model.number != number and any(reference.slot not in given for reference in fresh):
                raise BeyondRecordingError(f"step {number} needs something that no step before it left")
            slots = {reference.slot for reference in fresh}
            original = [reference for reference in model.program.start if reference.slot in slots]
            start |= cast_start(program, fresh, start_of(self.recording, model, original), self.dtype)
        for slot, value in changed:
            start[slot.number].copy_(value)
        return start, tuple(bindings)

    def _plan(self, program: Program) -> Plan:
        if id(program) not in self.plans:
            self.plans[id(program)] = plan_of(self.recording, program, self.dtype)
        return self.plans[id(program)]

    def _execute(
        self,
        model: Step,
        like: Step,
        start: Tensors,
        bindings: tuple[Any, ...],
        began: float,
        constants: Mapping[int, complex],
        plan: Plan,
    ) -> Step:
        program = plan.program
        layout = like.layout if like.layout in ("all", "kept") else "kept"
        wholes = {
            reference.buffer: content(start[reference.slot])
            for place, reference in plan.large
            if bindings[place] is None or reference.buffer in model.wholes
        }
        generators = self._states(model, like.number, program)
        try:
            end, contents = copying_of(plan, layout).execute(start, constants, generators, self.generators)
        except RuntimeError as error:
            raise BeyondRecordingError(f"step {like.number} cannot be executed with these changes: {error}") from error
        for slot, tensor in end.items():
            if self.editing or self.used.get((like.number, slot), -2) > like.number:
                self.left[like.number, slot] = tensor
        try:
            row = b"".join([contents[number] for number in offsets(program, layout, bindings) if number >= 0])
        except KeyError as missing:
            raise NotReproducibleError(f"executing step {like.number} did not produce its buffer {missing}") from None
        usual = plan.usual
        other = {n: v for n, v in constants.items() if v != usual[n] or type(v) is not type(usual[n])}
        seconds = time.perf_counter() - began if began else like.seconds
        step = Step(
            *(like.number, program, layout, row, other, bindings, generators, wholes),
            *(seconds, like.finished, None, ()),
        )
        if not self.parted and plan.truths:
            self._compare_truths(plan, model, step)
        return step

    def _states(self, model: Step, number: int, program: Program) -> tuple[bytes, ...]:
        """Return the states of the generators for a step: the recorded ones, or where the step before left them."""
        if not program.draws:
            return model.generators
        first = {generator: n for n, (_, generator) in reversed([*enumerate(program.draws)])}
        if number < self.models:
            recorded = {generator: model.generators[n] for generator, n in first.items()}
            self.chained = all(self.generators.get(generator) == state for generator, state in recorded.items())
            return model.generators
        if not self.chained:
            raise BeyondRecordingError(
                f"step {number} was not recorded, and it draws random numbers which other code draws from, too, such "
                f"as a data loader; what it would draw is not known"
            )
        states = dict(enumerate(model.generators)) | {n: self.generators[generator] for generator, n in first.items()}
        return tuple(states[n] for n in range(len(states)))

    def _compare_truths(self, plan: Plan, model: Step, step: Step) -> None:
        """Note where the script would have gone another way, once."""
        assert model.program is not None
        for number, where in plan.truths:
            before, event = model.program.events[number], plan.program.events[number]
            try:
                recorded = value_of(model, before.inputs[0]).array
                replayed = value_of(step, event.inputs[0]).array
            except NotKeptError:
                continue
            if recorded is None or replayed is None or recorded.tobytes() == replayed.tobytes():
                continue
            self.parted = True
            text = (
                f"{where} reads {short(replayed)} here, where the recording has {short(recorded)}: from here on the "
                f"script may do something else than was recorded"
            )
            self.notes.append(Note("unseen", step.number, event.line, text))
            return
