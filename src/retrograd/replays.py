"""replay(recording, learning_rate=0.5): what the loop would have done with other numbers.

The programs of the recording are executed again, turn after turn, each on what the turn before left. What was changed
takes the place of what came from outside: a number in the operations, a tensor that the loop began with, the data.
The result is a recording, so whatever works on recordings works on it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from ctypes import string_at
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retrograd.edits import Edited, edited
from retrograd.errors import BeyondRecordingError, NameUnknownError, NotKeptError, NotReproducibleError, ShapeError
from retrograd.optimizers import OptimizerStep, are_those, numbers_of, optimizer_steps, states_of
from retrograd.program import Tensors, execute, recorded_threads, start_of
from retrograd.recorder.values import WHOLE_NBYTES, content, summary
from retrograd.recording import (
    Buffer,
    Event,
    Layout,
    Note,
    Operation,
    Program,
    Recording,
    Reference,
    Slot,
    Step,
    extent,
    flat,
    itemsize,
    loss_of,
    offsets,
    value_of,
)
from retrograd.store import Memory
from retrograd.variables import constants_of, slots_in

Changes = Mapping[str, Any]
"""By the person's names: a number or a tensor; or a list, one for each step."""


def replay(
    recording: Recording,
    changes: Changes | None = None,
    /,
    *,
    steps: int | None = None,
    until: float | None = None,
    dtype: str | torch.dtype | None = None,
    clear: bool | None = None,
    without: str | Sequence[str] = (),
    **named: Any,  # a number, a tensor, anything that NumPy makes an array of, or a list of these
) -> Recording:
    """Run the loop again from its recording, with some things changed, and return what happens as a recording.

    Without a change it is the recording again, bit by bit. With changes it is what the script would do if it were
    edited so, also bit by bit, as long as the script would take the same way through its code.

    Args:
        recording: What was recorded.
        changes: What to change, for names that are no Python names: `{"model.0.weight": W, "line 13: 0.02": 0.05}`.
        named: The same, as keywords: `learning_rate=0.5, w=torch.zeros(5, 3)`. A number takes another's place
            wherever the loop computes with it. A tensor takes the place of one that the loop began with, or of one
            that comes from outside in each step. A list holds one value for each step.
        steps: How many; as many as were recorded if not given. More are possible if the last steps repeated the
            steps before them and nothing came from outside.
        until: Stops after the first step whose loss is not larger.
        dtype: Computes in `float64`, say, instead of the recorded kind of floating-point numbers.
        clear: False never clears a gradient, True clears all of them at the end of each step.
        without: Lines that are left out, as `line 29`. What they do must be in place, as an update or a clipping is.

    Raises:
        NameUnknownError: Nothing that can be changed has this name; the message says what can.
        ShapeError: A tensor has another shape than the one that it stands for.
        BeyondRecordingError: The recording does not say what the script would do.
        NotKeptError: A step was recorded without its program, or without what it starts from.
        NotReproducibleError: A step cannot be executed again.
    """
    return _Replay(recording, {**(changes or {}), **named}, steps, until, dtype, clear, without).run()


def changeable(recording: Recording) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the numbers, and of the tensors, that a replay can change."""
    survey = _Survey(recording)
    return (*survey.constants, *survey.options), tuple(survey.entries)


# ---------------------------------------------------------------- what there is


class _Survey:
    """One look at all steps: what can be changed, what differs from step to step, how long tensors are needed."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.count = len(recording.steps)
        self.before = recording.before
        self.constants: dict[str, dict[int, set[int]]] = {}
        """For each name: the program's `id`, and all places there that go along."""
        self.derived: dict[str, dict[int, set[int]]] = {}
        """The same for numbers that autograd made of it in another way."""
        self.entries: dict[str, tuple[str, tuple[int, ...]]] = {}
        """What comes into the loop: dtype and shape by name."""
        self.fresh: set[str] = set()
        """The names of what comes from outside in later steps, too."""
        self.options: dict[str, Any] = {}
        """Options of torch's optimizers, such as `lr`: what they are in the first step that tells."""
        self.first: dict[int, Step] = {}
        """The first step of each program, by its `id`."""
        self.like: dict[int, Program] = {}
        """For each program, by its `id`, the first that has the same operations. At the end of the last step a
        function's variables are gone, so its program may have none of their names."""
        alike: dict[int, Program] = {}
        self.programs: list[int] = []
        """The `id` of each step's program; 0 where there is none."""
        self.deeds: list[tuple[int, int]] = []
        """What each step computes; one of the two is equal where programs differ only in what is read or left."""
        self.varied: dict[int, set[int]] = {}
        """Constants that are not the same in all steps, by the `id` of the program."""
        seen: dict[tuple[int, tuple[Any, ...]], None] = {}
        known: set[int] = set()
        for step in self._all():
            program = step.program
            if 0 <= step.number < self.count:
                self.programs.append(0 if program is None else id(program))
                self.deeds.append((-1, -1 - step.number) if program is None else _deeds(program))
            if program is None:
                continue
            if step.constants:
                self.varied.setdefault(id(program), set()).update(step.constants)
            if id(program) not in known and step.number >= 0:
                self.like[id(program)] = alike.setdefault(_deeds(program)[0], program)
                self.first[id(program)] = step
                self._options(program)
            if id(program) not in known or step.constants:
                known.add(id(program))
                self._constants(step, program)
            key = (id(program), step.bindings)
            first = step.number <= 0 or any(binding and binding[0] > step.number for binding in step.bindings)
            if first or key not in seen:
                seen[key] = None
                self._entries(step, program)

    def _all(self) -> Iterator[Step]:
        if self.before is not None:
            yield self.before
        yield from self.recording.steps

    def _constants(self, step: Step, program: Program) -> None:
        for constant in constants_of(self.recording, step):
            places = self.constants.setdefault(constant.name, {}).setdefault(id(program), set())
            places.update(constant.numbers, constant.follows)
            if constant.derived:
                self.derived.setdefault(constant.name, {}).setdefault(id(program), set()).update(constant.derived)

    def _options(self, program: Program) -> None:
        for taken in optimizer_steps(program):
            for name, value in (pair for group in taken.groups for pair in group.options.items()):
                if not isinstance(value, bool):
                    self.options.setdefault(name, value)
                    self.options.setdefault(f"optimizer {taken.number}.{name}", value)

    def _entries(self, step: Step, program: Program) -> None:
        if step.number < 0:
            return
        for reference, binding in zip(program.start, step.bindings, strict=True):
            slot = program.slots[reference.slot]
            if slot.name and _is_entry(step.number, binding):
                self.entries.setdefault(slot.name, (slot.dtype, slot.shape))
                if binding is None and step.number > 0:
                    self.fresh.add(slot.name)


def _is_entry(number: int, binding: tuple[int, int] | None) -> bool:
    """Return whether a tensor comes into the loop in this step: from outside, or from before the first step."""
    return binding is None or binding[0] > number


# ---------------------------------------------------------------- running


@dataclass(slots=True)
class _Plan:
    """How to execute the steps that run one program."""

    program: Program
    """In the dtype of the replay."""
    wanted: dict[Layout, dict[tuple[int, int], int]] = field(default_factory=dict)
    """For each layout, buffer and slot: how many bytes to copy, or -1 for a summary."""
    truths: list[tuple[int, str]] = field(default_factory=list)
    """What the script asks and goes by, by its event: tensors read as true or false or as whole numbers, and where."""
    reads: bool = False
    """The script reads floating-point numbers."""


class _Replay:
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
        self.editing = clear is not None or bool(self.without)
        self.edits: dict[Any, Edited] = {}
        """Edited programs, by the original and the leaves whose gradients were still there."""
        self.latest: Edited | None = None
        """That of the step before."""
        self.dropped: set[int] = self._dropped()
        """Lines, by their index, that are left out."""
        self.survey = _Survey(recording)
        self.dtype = _dtype_name(dtype)
        recorded = self.survey.count
        if steps is not None and (steps < 0 or int(steps) != steps):
            raise BeyondRecordingError(f"a replay has 0 steps or more, not {steps!r}")
        self.count = recorded if steps is None else int(steps)
        self.changes = changes
        self.numbers: dict[str, Any] = {}
        self.options: dict[str, Any] = {}
        self._asked: dict[Any, dict[int, complex] | None] = {}
        """What optimizers make of options, by program, optimizer, options and counts of steps."""
        self.predicted = False
        """Optimizers' numbers are computed for the steps that were not recorded."""
        self.tensors: dict[str, Any] = {}
        for name, value in changes.items():
            self._sort_in(name, value)
        self.plans: dict[int, _Plan] = {}
        self.left: dict[tuple[int, int], Tensor] = {}
        self.used: dict[tuple[int, int], int] = {}
        self.notes: list[Note] = []
        self.period = 0
        self.models = recorded
        """So many of the recorded steps say what a step does; the ones after them repeat the last of these."""
        if self.count > recorded:
            self.period = self._period()
        self.generators: dict[int, bytes] = {}
        """The states in which the last step left the generators."""
        self.chained = False
        """The last step that drew random numbers went on drawing where the one before it had stopped."""
        self.parted = False
        """A note says that the script would have gone another way."""

    # ------------------------------------------------------------ what is asked for

    def _dropped(self) -> set[int]:
        wanted: set[int] = set()
        for name in self.without:
            found = {n for n, line in enumerate(self.recording.lines) if name == f"line {line.number}"}
            if not found:
                raise NameUnknownError(f"nothing was recorded on {name!r}; say which line is left out, as in 'line 29'")
            wanted |= found
        return wanted

    def _is_left_out(self, event: Event) -> bool:
        if event.node is None and event.line in self.dropped:
            return True
        return self.clear is False and event.kind == "clear"

    def _sort_in(self, name: str, value: Any) -> None:
        survey = self.survey
        known = self._constant_names(name)
        if known:
            for each in known:
                self._check_derived(each)
                self.numbers[each] = self._numbers(name, value)
        elif name in survey.entries:
            self.tensors[name] = self._tensors(name, value)
        elif name in survey.options:
            several = isinstance(survey.options[name], tuple)
            self.options[name] = tuple(value) if several else self._numbers(name, value)
        else:
            raise NameUnknownError(self._cannot_change(name))

    def _constant_names(self, name: str) -> list[str]:
        known = self.survey.constants
        if name in known:
            return [name]
        found = [each for each in known if name.startswith("line ") and each.partition(":")[0] == name]
        if len({tuple(sorted((p, *n) for p, n in known[each].items())) for each in found}) > 1:
            # One place may have another number in each step, and so several names; then the line is enough.
            places = [{(p, n) for p, numbers in known[each].items() for n in numbers} for each in found]
            if any(not (places[0] & other) for other in places[1:]):
                options = ", ".join(map(repr, found))
                raise NameUnknownError(f"{name} has several numbers; say which one: {options}")
        return found

    def _check_derived(self, name: str) -> None:
        if self.survey.derived.get(name):
            raise BeyondRecordingError(
                f"{name} is used in the forward pass, and backward uses numbers that autograd computed from it, which "
                f"a replay does not compute again; edit the script and record it"
            )

    def _cannot_change(self, name: str) -> str:
        survey = self.survey
        options = (option for option in survey.options if "." not in option)
        numbers = ", ".join((*survey.constants, *options)) or "none"
        tensors = ", ".join(survey.entries) or "none"
        if any(slot.name == name for program in self.recording.programs for slot in program.slots):
            why = f"{name} is computed by the loop, so it cannot be given"
        else:
            why = f"nothing in the recording is called {name!r}"
        return f"{why}. Numbers that can be changed: {numbers}. Tensors that can be given: {tensors}"

    def _numbers(self, name: str, value: Any) -> Any:
        """Return a number, or a list with one for each step."""
        entries = value.tolist() if isinstance(value, (Tensor, np.ndarray)) else value
        entries = list(entries) if isinstance(entries, (list, tuple, range)) else entries
        several = entries if isinstance(entries, list) else [entries]
        for entry in several:
            if isinstance(entry, bool) or not isinstance(entry, (int, float, complex)):
                raise ShapeError(f"{name} is a number in the recording; {entry!r} is none")
        if isinstance(entries, list) and len(entries) < self.count:
            raise ShapeError(f"{name} was given {len(entries)} numbers for {self.count} steps; give one for each step")
        return entries

    def _tensors(self, name: str, value: Any) -> list[Tensor] | Tensor:
        dtype, shape = self.survey.entries[name]
        try:
            whole = _tensor(value)
        except (TypeError, ValueError, RuntimeError):
            whole = None  # tensors of several shapes, perhaps
        if whole is not None and whole.shape == shape:
            return self._cast(name, whole, dtype)
        if isinstance(value, (list, tuple)) or (whole is not None and whole.shape[1:] == shape):
            if name not in self.survey.fresh:
                raise ShapeError(f"{name} comes in only once, with the shape {shape}; several were given")
            several = [_tensor(entry) for entry in value]
            for entry in several:
                if entry.shape != shape:
                    raise ShapeError(f"{name} has the shape {shape} in the recording, not {tuple(entry.shape)}")
            if len(several) < self.count:
                raise ShapeError(f"{name} was given {len(several)} times for {self.count} steps; give one for each")
            return [self._cast(name, entry, dtype) for entry in several]
        given = "something that is no tensor" if whole is None else f"{tuple(whole.shape)}"
        raise ShapeError(
            f"{name} has the shape {shape} in the recording, not {given}; the operations of the recording are made "
            f"for this shape"
        )

    def _cast(self, name: str, value: Tensor, dtype: str) -> Tensor:
        wanted = getattr(torch, self.dtype if self.dtype and _is_real(dtype) else dtype)
        if not torch.can_cast(value.dtype, wanted):
            raise ShapeError(f"{name} holds {dtype}; {str(value.dtype).removeprefix('torch.')} would be cut off")
        return value.to(wanted)

    # ------------------------------------------------------------ more steps than were recorded

    def _period(self) -> int:
        """Return after how many steps the recorded ones repeat."""
        count = self.survey.count
        wanted = f"{self.count} steps were asked for, {count} were recorded"
        last = self.recording.steps[-1] if count else None
        if last is None or not last.finished:
            raise BeyondRecordingError(f"{wanted}, and the last of them was not finished, so none can follow")
        deeds = self.survey.deeds
        for period in range(1, count // 2 + 1):
            pairs = ((k, deeds[k], deeds[k + period]) for k in range(count - period - 1, -1, -1))
            differing = (k + 1 for k, one, other in pairs if one[0] != other[0] and one[1] != other[1])
            start = next(differing, 0)
            if start <= max(count - 2 * period, 0) and (period == 1 or start <= count // 2):
                # After the last step the loop's variables may be gone, so it may not leave what a next one needs.
                self.models = count - (self.survey.programs[-1] != self.survey.programs[-1 - period])
                self._check_period(period, start, wanted)
                return period
        raise BeyondRecordingError(
            f"{wanted}, and the recorded ones do not repeat one another, so it is not known what would follow. "
            f"Record a longer run"
        )

    def _check_period(self, period: int, start: int, wanted: str) -> None:
        count = self.models
        for number in range(count - period, count):
            step = self.recording.steps[number]
            program = step.program
            assert program is not None  # steps without a program do not repeat one another
            for reference, binding in zip(program.start, step.bindings, strict=True):
                name = program.slots[reference.slot].name or f"slot {reference.slot}"
                if binding is None and name not in self.tensors:
                    raise BeyondRecordingError(
                        f"{wanted}, and {name} comes from outside in each of them, so there is none for more. "
                        f"Give it for all steps, or record a longer run"
                    )
                if binding is not None and number - binding[0] < start and not _is_entry(number, binding):
                    raise BeyondRecordingError(
                        f"{wanted}, and {name} comes from a step that has no like among the last"
                    )
            self._check_seeds(step, program, number, period, wanted)
            given = {**self._constants(step, number), **self._foretold(step, program, number)}
            before = self.recording.steps[number - period]
            if {n: v for n, v in step.constants.items() if n not in given} != {
                n: v for n, v in before.constants.items() if n not in given
            }:
                raise BeyondRecordingError(
                    f"{wanted}, and {self._which_vary(step, before, given)} from step to step, "
                    f"so the numbers for more are not known. Give one for each step"
                )

    def _check_seeds(self, step: Step, program: Program, number: int, period: int, wanted: str) -> None:
        """A generator that is seeded in the middle of a step must have been seeded alike the last time."""
        before = self.recording.steps[number - period]
        numbers = [generator for _, generator in program.draws]
        for n, generator in enumerate(numbers):
            if generator in numbers[:n] and step.generators[n] != before.generators[n]:
                raise BeyondRecordingError(f"{wanted}, and each of them seeds its random numbers in another way")

    def _which_vary(self, step: Step, before: Step, given: Mapping[int, complex]) -> str:
        differing = {
            n
            for n in {**step.constants, **before.constants}
            if n not in given and step.constants.get(n) != before.constants.get(n)
        }
        names = [c.name for c in constants_of(self.recording, step) if differing & {*c.numbers, *c.follows, *c.derived}]
        if not names:
            return "places in the data differ"
        return f"{', '.join(dict.fromkeys(names))} {'differs' if len(names) == 1 else 'differ'}"

    def _foretold(self, step: Step, program: Program, number: int) -> dict[int, complex]:
        """Return the numbers of optimizers, if they can be computed for steps that were not recorded."""
        found: dict[int, complex] = {}
        program = self.survey.like[id(program)]
        for taken in optimizer_steps(program):
            numbers = self._ask(program, taken, self._counts(step, program, taken), {})
            options = self._options_of(taken, number)
            if numbers is not None and ("lr" in options or are_those(numbers, program, step.constants)):
                found |= numbers
                self.predicted = True
        return found

    def _model(self, number: int) -> Step:
        """Return the recorded step that says what a step does."""
        count = self.models
        if number >= count and self.period:
            number = count - self.period + (number - count) % self.period
        return self.recording.source.step(number)

    # ------------------------------------------------------------ all steps

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
                if self.until is not None and loss_of(step) <= self.until:
                    self.count = number + 1
                    break
            self._after(memory, began)
        programs = {id(program): program for program in recording.programs}
        for key, plan in self.plans.items():
            programs[key] = plan.program
        memory.programs().extend(programs.values())
        memory.notes.extend(self.notes)
        return Recording(memory)

    def _described(self) -> str:
        parts = [f"{name} = {_short(value)}" for name, value in self.changes.items()]
        parts += [f"dtype = {self.dtype}"] if self.dtype else []
        parts += [f"{self.count} steps"] if self.count != self.survey.count else []
        parts += [] if self.clear is None else ["clear at the end" if self.clear else "never clear"]
        parts += [f"without {name}" for name in self.without]
        parts += [f"until {self.until!r}"] if self.until is not None else []
        return ", ".join(parts) or "nothing changed"

    def _last_uses(self) -> None:
        for number in range(self.count):
            for binding in self._model(number).bindings:
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
        return self._execute(step, step, start, step.bindings, 0.0, self._constants(step, -1), _Plan(program))

    def _step(self, number: int, began: float) -> Step:
        model = self._model(number)
        if model.program is None:
            raise NotKeptError(
                f"step {number} was recorded lightly: its program was not kept, so it cannot be replayed"
            )
        shown = self._edited(number, model, model.program) if self.editing else model
        assert shown.program is not None
        start, bindings = self._start(number, model, shown)
        plan = self._plan(shown.program)
        computed = self._optimized(model.program, number, start)
        constants = {**model.constants, **self._constants(model, number), **computed}
        step = self._execute(model, replace(shown, number=number), start, bindings, began, constants, plan)
        gone = [
            key for key in self.left if self.used.get(key, -2) <= number and not (self.editing and key[0] == number)
        ]
        for key in gone:
            del self.left[key]
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
            self.edits[key] = edited(program, self._is_left_out, held, self.clear is True)
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
            constants = {**after.constants, **self._constants(after, after.number)}
            plan = self._plan(after.program)
            memory.keep(self._execute(after, after, start, bindings, began, constants, plan), False)
        except (NotKeptError, NotReproducibleError, RuntimeError) as error:
            self.notes.append(Note("unseen", None, None, f"what came after the last step was not replayed: {error}"))

    def _constants(self, step: Step, number: int) -> dict[int, complex]:
        """Return the numbers that a step has from the changes."""
        found: dict[int, complex] = {}
        for name, value in self.numbers.items():
            for place in self.survey.constants[name].get(id(step.program), ()):
                if isinstance(value, list):
                    if 0 <= number < len(value):
                        found[place] = value[number]
                else:
                    found[place] = value
        return found

    # ------------------------------------------------------------ optimizers

    def _optimized(self, program: Program, number: int, start: Tensors) -> dict[int, complex]:
        """Return the numbers that optimizers make of changed options, and those of steps that were not recorded."""
        if not self.options and not (self.predicted and number >= self.models):
            return {}
        found: dict[int, complex] = {}
        program = self.survey.like.get(id(program), program)
        for taken in optimizer_steps(program):
            options = self._options_of(taken, number)
            if options or number >= self.models:
                self._check_optimizer(program, taken)
                numbers = self._ask(program, taken, start, options)
                if numbers is None:
                    given = ", ".join(f"{name}={value!r}" for name, value in options.items())
                    raise BeyondRecordingError(f"with {given} {taken.kind} does other operations than were recorded")
                found |= numbers
        return found

    def _options_of(self, taken: OptimizerStep, number: int) -> dict[str, Any]:
        options: dict[str, Any] = {}
        for name, value in self.options.items():
            whose, _, option = name.rpartition(".")
            if whose in ("", f"optimizer {taken.number}"):
                options[option] = value[number] if isinstance(value, list) else value
        return options

    def _check_optimizer(self, program: Program, taken: OptimizerStep) -> None:
        step = self.survey.first[id(program)]
        numbers = self._ask(program, taken, self._counts(step, program, taken), {})
        if numbers is None or not are_those(numbers, program, step.constants):
            raise BeyondRecordingError(
                f"the numbers in the operations of {taken.kind} are not those that it makes of its recorded options, "
                f"so what it would make of others is not known. They can be given by their lines"
            )

    def _counts(self, step: Step, program: Program, taken: OptimizerStep) -> Tensors:
        counts = {slot for slot, *_ in states_of(program, taken) if not program.slots[slot].shape}
        return start_of(self.recording, step, [r for r in program.start if r.slot in counts])

    def _ask(
        self, program: Program, taken: OptimizerStep, start: Tensors, options: dict[str, Any]
    ) -> dict[int, complex] | None:
        slots = (slot for slot, *_ in states_of(program, taken) if not program.slots[slot].shape)
        counts = tuple(start[slot].item() for slot in slots)
        key = id(program), taken.operations, counts, tuple(options.items())
        if key not in self._asked:
            self._asked[key] = numbers_of(program, taken, start, options)
        return self._asked[key]

    # ------------------------------------------------------------ what a step starts from

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
            entry = _is_entry(number, binding) if number < self.models else binding is None
            value = self._given(slot, number) if entry and slot.name in self.tensors else None
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
            start |= self._cast_all(program, fresh, start_of(self.recording, model, original))
        for slot, value in changed:
            start[slot.number].copy_(value)
        return start, tuple(bindings)

    def _given(self, slot: Slot, number: int) -> Tensor | None:
        value = self.tensors[slot.name or ""]
        return value[number] if isinstance(value, list) else value

    def _cast_all(self, program: Program, references: Sequence[Reference], start: Tensors) -> Tensors:
        if not self.dtype:
            return start
        dtype = getattr(torch, self.dtype)
        cast: dict[int, Tensor] = {}
        for reference in references:
            slot, tensor = program.slots[reference.slot], start[reference.slot]
            if not _is_real(slot.dtype):
                continue
            memory = tensor.untyped_storage()
            if memory.data_ptr() not in cast:
                whole = torch.empty(0, dtype=tensor.dtype).set_(memory)  # type: ignore[call-overload]
                cast[memory.data_ptr()] = whole.to(dtype)
            whole = cast[memory.data_ptr()]
            start[reference.slot] = whole.as_strided(slot.shape, slot.stride, tensor.storage_offset())
        return start

    # ------------------------------------------------------------ executing

    def _plan(self, program: Program) -> _Plan:
        known = self.plans.get(id(program))
        if known is None:
            converted = _in_dtype(program, self.dtype) if self.dtype else program
            known = self.plans[id(program)] = _Plan(converted)
            for event in program.events:
                if event.kind != "read" or not event.inputs:
                    continue
                reference = event.inputs[0]
                method = event.name.rpartition(".")[2]
                slot = program.slots[reference.slot]
                if method in _TRUTHS or (method in _NUMBERS and not _is_real(slot.dtype)):
                    known.truths.append((event.number, _where(self.recording, event)))
                else:
                    known.reads = True
        return known

    def _execute(
        self,
        model: Step,
        like: Step,
        start: Tensors,
        bindings: tuple[Any, ...],
        began: float,
        constants: Mapping[int, complex],
        plan: _Plan,
    ) -> Step:
        program = plan.program
        layout = like.layout if like.layout in ("all", "kept") else "kept"
        wanted = plan.wanted.get(layout)
        if wanted is None:
            wanted = plan.wanted[layout] = _wanted(program, layout)
        contents: dict[int, bytes] = {}

        def witness(number: int, slot: Slot, tensor: Tensor) -> None:
            # The first slot that shows all of a buffer is the one that the recorder looked at.
            if number not in contents and (size := wanted.get((number, slot.number))) is not None:
                if size >= 0:
                    contents[number] = string_at(tensor.data_ptr(), size) if tensor.is_cpu else content(tensor)
                else:
                    contents[number] = summary(tensor)

        wholes = {
            reference.buffer: content(start[reference.slot])
            for reference, binding in zip(program.start, bindings, strict=True)
            if reference.buffer >= 0
            and not program.buffers[reference.buffer].whole
            and (binding is None or reference.buffer in model.wholes)
        }
        generators = self._states(model, like.number, program)
        try:
            end = execute(
                program, start, constants=constants, generators=generators, witness=witness, drawn=self.generators
            )
        except RuntimeError as error:
            raise BeyondRecordingError(f"step {like.number} cannot be executed with these changes: {error}") from error
        for slot, tensor in end.items():
            if self.editing or self.used.get((like.number, slot), -2) > like.number:
                self.left[like.number, slot] = tensor
        places = offsets(program, layout, bindings)
        missing = [number for number in places if number >= 0 and number not in contents]
        if missing:
            raise NotReproducibleError(f"executing step {like.number} did not produce its buffer {missing[0]}")
        row = b"".join([contents[number] for number in places if number >= 0])
        usual = {constant.number: constant.value for constant in program.constants}
        other = {n: v for n, v in constants.items() if v != usual[n] or type(v) is not type(usual[n])}
        step = replace(
            like,
            program=program,
            layout=layout,
            row=row,
            constants=other,
            bindings=bindings,
            generators=generators,
            wholes=wholes,
            seconds=time.perf_counter() - began if began else like.seconds,
            loss=None,
            norms=(),
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

    # ------------------------------------------------------------ what cannot be followed

    def _compare_truths(self, plan: _Plan, model: Step, step: Step) -> None:
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
                f"{where} reads {_short(replayed)} here, where the recording has {_short(recorded)}: from here on the "
                f"script may do something else than was recorded"
            )
            self.notes.append(Note("unseen", step.number, event.line, text))
            return


def _deeds(program: Program) -> tuple[int, int]:
    """Return what tells programs apart that compute something else: what all operations do, and what those do that
    losses and the next step need. What is only read, and what nobody holds any more after the loop, is in one of them
    only.
    """
    if "deeds" not in program.cache:
        operations, slots = _needed(program)
        everything = {slot.number for slot in program.slots}
        program.cache["deeds"] = (_deed(program, program.operations, everything), _deed(program, operations, slots))
    return program.cache["deeds"]


def _deed(program: Program, operations: Sequence[Operation], slots: set[int]) -> int:
    computed = [(o.name, o.arguments, sorted(o.keywords.items()), o.outputs) for o in operations]
    geometry = [(s.number, s.storage, s.dtype, s.shape, s.stride) for s in program.slots if s.number in slots]
    return hash(repr((computed, program.start, geometry)))


def _needed(program: Program) -> tuple[list[Operation], set[int]]:
    """Return the operations that losses, and what outlives the step, are computed by, and the slots they use."""
    # Of what lives on, one slot for each storage: a view that was only printed counts as alive with its base.
    first: dict[int, int] = {}
    for reference in program.end:
        first.setdefault(program.slots[reference.slot].storage, reference.slot)
    slots = {*first.values(), *(reference.slot for reference in (*program.start, *program.losses))}
    storages = {program.slots[slot].storage for slot in slots}
    needed: list[Operation] = []
    for operation in reversed(program.operations):
        made = {slot for slot in flat(operation.outputs) if slot is not None}
        used = {*slots_in(operation.arguments), *slots_in(dict(operation.keywords)), *made}
        written = operation.name.partition("::")[2].partition(".")[0].endswith("_")
        if made & slots or (written and {program.slots[slot].storage for slot in used} & storages):
            needed.append(operation)
            slots |= used
            storages |= {program.slots[slot].storage for slot in used}
    return needed[::-1], slots


_TRUTHS = frozenset({"__bool__", "is_nonzero", "__contains__", "equal", "allclose"})
_NUMBERS = frozenset({"item", "tolist", "__int__", "__index__"})


def _where(recording: Recording, event: Any) -> str:
    if event.line is None:
        return f"the script ({event.name})"
    return f"line {recording.lines[event.line].number}"


def _wanted(program: Program, layout: Layout) -> dict[tuple[int, int], int]:
    """Return which buffers to copy through which slots: how many bytes, or -1 for a summary."""
    places = offsets(program, layout)
    wanted: dict[tuple[int, int], int] = {}
    for slot in program.slots:
        size = extent(slot.shape, slot.stride, itemsize(slot.dtype))
        for buffer in program.buffers:
            same = buffer.storage == slot.storage and buffer.nbytes == size and buffer.dtype == slot.dtype
            if same and buffer.number in places:
                wanted[buffer.number, slot.number] = buffer.nbytes if buffer.whole else -1
    return wanted


# ---------------------------------------------------------------- another dtype


def _dtype_name(dtype: str | torch.dtype | None) -> str | None:
    if dtype is None:
        return None
    name = str(dtype).removeprefix("torch.")
    if not _is_real(name):
        raise NameUnknownError(f"{name} is no floating-point dtype; there are: {', '.join(_REALS)}")
    return name


_REALS = ("float64", "float32", "bfloat16", "float16")


def _is_real(dtype: str) -> bool:
    return dtype in _REALS


def _in_dtype(program: Program, dtype: str) -> Program:
    """Return a program that computes in another kind of floating-point numbers."""

    def slot_in(slot: Slot) -> Slot:
        return replace(slot, dtype=dtype) if _is_real(slot.dtype) else slot

    def buffer_in(buffer: Buffer) -> Buffer:
        if not _is_real(buffer.dtype):
            return buffer
        size, other = itemsize(buffer.dtype), itemsize(dtype)
        nbytes = buffer.nbytes // size * other
        whole = nbytes <= WHOLE_NBYTES
        return replace(buffer, dtype=dtype, start=buffer.start // size * other, nbytes=nbytes, whole=whole)

    def operation_in(operation: Operation) -> Operation:
        return replace(
            operation,
            arguments=tuple(encoded_in(argument) for argument in operation.arguments),
            keywords={key: encoded_in(value) for key, value in operation.keywords.items()},
        )

    def encoded_in(encoded: Any) -> Any:
        if isinstance(encoded, dict):
            if "dtype" in encoded:
                return {"dtype": dtype} if _is_real(encoded["dtype"]) else encoded
            return {key: encoded_in(value) for key, value in encoded.items()}
        return [encoded_in(entry) for entry in encoded] if isinstance(encoded, list) else encoded

    mixed: dict[int, set[bool]] = {}
    for slot in program.slots:
        mixed.setdefault(slot.storage, set()).add(_is_real(slot.dtype))
    if any(len(kinds) > 1 for kinds in mixed.values()):
        raise BeyondRecordingError(f"the loop looks at the bits of its numbers, which {dtype} has others of")
    return replace(
        program,
        slots=tuple(map(slot_in, program.slots)),
        buffers=tuple(map(buffer_in, program.buffers)),
        operations=tuple(map(operation_in, program.operations)),
        cache={},
    )


# ---------------------------------------------------------------- odds and ends


def _tensor(value: Any) -> Tensor:
    return value.detach() if isinstance(value, Tensor) else torch.as_tensor(np.asarray(value))


def _short(value: Any) -> str:
    if isinstance(value, (Tensor, np.ndarray)):
        return repr(value.item()) if value.size == 1 or value.shape == () else f"a tensor {tuple(value.shape)}"  # type: ignore[operator]
    if isinstance(value, (list, tuple)):
        return f"{len(value)} values"
    return repr(value)
