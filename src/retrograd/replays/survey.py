"""One look at all steps of a recording: what can be changed, what differs from step to step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from retrograd.optimizers import optimizer_steps
from retrograd.recording import (
    Operation,
    Program,
    Recording,
    Step,
    flat,
    slots_in,
)
from retrograd.variables import constants_of


class Survey:
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
        self.bindings: list[tuple[Any, ...]] = []
        """Where each step's tensors come from."""
        self.varied: dict[int, set[int]] = {}
        """Constants that are not the same in all steps, by the `id` of the program."""
        seen: dict[tuple[int, tuple[Any, ...]], None] = {}
        known: set[int] = set()
        for step in self._all():
            program = step.program
            if 0 <= step.number < self.count:
                self.bindings.append(step.bindings)
                self.programs.append(0 if program is None else id(program))
                self.deeds.append((-1, -1 - step.number) if program is None else deeds_of(program))
            if program is None:
                continue
            if step.constants:
                self.varied.setdefault(id(program), set()).update(step.constants)
            if id(program) not in known and step.number >= 0:
                self.like[id(program)] = alike.setdefault(deeds_of(program)[0], program)
                self.first[id(program)] = step
                self._options(program)
            if id(program) not in known or step.constants:
                known.add(id(program))
                self._constants(step, program)
            key = (id(program), step.bindings)
            first = step.number <= 0 or any(binding and binding[0] > step.number for binding in step.bindings)
            if first or key not in seen:
                if not first:
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
            if slot.name and is_entry(step.number, binding):
                self.entries.setdefault(slot.name, (slot.dtype, slot.shape))
                if binding is None and step.number > 0:
                    self.fresh.add(slot.name)


def is_entry(number: int, binding: tuple[int, int] | None) -> bool:
    """Return whether a tensor comes into the loop in this step: from outside, or from before the first step."""
    return binding is None or binding[0] > number


def deeds_of(program: Program) -> tuple[int, int]:
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
