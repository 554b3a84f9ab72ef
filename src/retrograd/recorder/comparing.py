"""A call compared with what was seen before: the function, where it stands, each tensor, each number."""

from __future__ import annotations

from typing import Any

import torch

from retrograd.recorder.draft import Draft
from retrograd.recorder.numbers import Numbers
from retrograd.recorder.parts import MAKERS, Called, PlainPart, TensorPart, Unrepeatable
from retrograd.recorder.pattern import Pattern


class Comparing:
    """Writes what must be true of a call before it may run."""

    def __init__(self, pattern: Pattern, draft: Draft) -> None:
        self._pattern, self._draft = pattern, draft
        self._numbers = Numbers(pattern)
        self._known = _carried_things(pattern)
        """Objects that are known at this point of the turn."""

    def call(self, called: Called) -> None:
        """Compare the function, the instruction, and how many arguments there are."""
        number, (code, offset) = self._draft.number, called.place
        self._draft.name(f"F{number}", called.func)
        self._draft.name(f"C{number}", code)
        counts = {part.path: part.value for part in called.plain if part.path in _COUNTS}
        self._draft.unless(
            f"(func is F{number} or func == F{number}) and frame.f_lasti == {offset} and frame.f_code is C{number} "
            f"and len(args) == {counts['len(args)']} and "
            + (f"kwargs and len(kwargs) == {counts['len(kwargs)']}" if counts["len(kwargs)"] else "not kwargs")
        )
        if called.hops:
            own = f"frame{'.f_back' * called.hops}"
            place = self._pattern.turn.happened[called.event].place
            assert place is not None  # a call of the person's has one
            self._draft.name(f"O{number}", place[0])
            self._draft.unless(f"{own}.f_lasti == {place[1]} and {own}.f_code is O{number}")

    def arguments(self, called: Called) -> None:
        """Compare the arguments."""
        for part in called.plain:
            if part.path not in _COUNTS:
                self._plain(part, called)
        for part in called.tensors:
            self._tensor(part)

    def meet(self, part: TensorPart, called: Called) -> None:
        """Know a tensor of the result, or one that the call left in its arguments, from here on."""
        made = part.thing not in self._known
        self._known.add(part.thing)
        if part.path.startswith("r"):
            self._draft.add(f"weak[{part.thing}] = ref({part.path})")
        if made and called.func in MAKERS:
            self._looks_alike(part)

    def numbers_of_tensors(self, called: Called) -> None:
        """Take the numbers that PyTorch reads out of tensors itself, as for the ends of a slice."""
        program = self._pattern.program
        first, last = program.events[called.event].operations
        slots = [
            operation.arguments[0]["slot"]
            for operation in program.operations[first:last]
            if operation.name.startswith("aten::_local_scalar_dense") and operation.event == called.event
        ]
        if not slots or called.walk is not None or self._pattern.turn.happened[called.event].kind == "read":
            return
        known = self._pattern.built.slots
        numbered = {known[part.reference.slot]: part for part in called.tensors if part.reference.slot >= 0}
        values = {slot: self._number_in(numbered[slot]) for slot in slots if slot in numbered}
        if set(values) != set(slots) or len(set(values.values())) != len(values):
            raise Unrepeatable
        for slot, value in values.items():
            numbers = self._numbers.like(called, value)
            self._draft.add(f"x = {numbered[slot].path}.item()")
            self._take("x", numbers)
            if not numbers:
                self._draft.unless(f"x == {self._draft.constant(value)}")

    def _number_in(self, part: TensorPart) -> Any:
        turn = self._pattern.turn
        held, sight = turn.contents[part.reference.buffer], turn.sights[part.reference.slot]
        if held.data is None or not held.whole:
            raise Unrepeatable
        return torch.frombuffer(bytearray(held.data), dtype=getattr(torch, sight.dtype))[0].item()

    def _plain(self, part: PlainPart, called: Called) -> None:
        value, path = part.value, part.path
        if value is None or isinstance(value, bool):
            self._draft.unless(f"{path} is {value}")
        elif path.startswith("len("):
            self._draft.unless(f"{path} == {value}")
        elif isinstance(value, (int, float, complex)):
            self._number(path, value, called)
        elif isinstance(value, str):
            self._draft.unless(f"{path} == {value!r}")
        else:
            name = self._draft.constant(value)
            self._draft.unless(f"{path} is {name} or {path} == {name}")

    def _number(self, path: str, value: complex, called: Called) -> None:
        kind = self._draft.constant(type(value))
        numbers = self._numbers.of(called, value, path)
        if numbers:
            self._draft.unless(f"{path}.__class__ is {kind}")
            self._take(path, numbers)
        else:
            self._draft.unless(f"{path}.__class__ is {kind} and {path} == {self._draft.constant(value)}")

    def _take(self, path: str, numbers: list[int]) -> None:
        """Take a number as constants of the program, where it is another than the program's own."""
        pattern, draft = self._pattern, self._draft
        pattern.taken.update(numbers)
        for number in numbers:
            usual = pattern.step.constants.get(number, pattern.program.constants[number].value)
            if number in self._numbers.coinciding:
                draft.unless(f"{path} == {draft.constant(usual)}")
                continue
            kind = draft.constant(type(usual))
            same = f"{path} != {draft.constant(usual)}"
            if usual == 0 and isinstance(usual, float):
                same += f" or str({kind}({path})) != {str(usual)!r}"  # -0.0 equals 0.0, but is another number
            draft.add(f"if {same}:", f"    changed[{number}] = {kind}({path})")

    def _tensor(self, part: TensorPart) -> None:
        draft, path = self._draft, part.path
        if part.thing in self._known:
            draft.unless(f"weak[{part.thing}]() is {path}")
            return
        self._known.add(part.thing)
        self._looks_alike(part)
        draft.add(f"weak[{part.thing}] = ref({path})")

    def _looks_alike(self, part: TensorPart) -> None:
        sight, path = self._pattern.turn.sights[part.reference.slot], part.path
        name = self._draft.constant((sight.shape, getattr(torch, sight.dtype), sight.stride))
        self._draft.unless(
            f"({path}.shape, {path}.dtype, {path}.stride()) == {name} and {path}.is_leaf is {sight.leaf}"
        )


_COUNTS = ("len(args)", "len(kwargs)")


def _carried_things(pattern: Pattern) -> set[int]:
    """Return the objects that the step before left to this one."""
    pairs = zip(pattern.program.start, pattern.bindings, strict=True)
    carried = {reference.slot for reference, binding in pairs if binding is not None}
    things, slots = pattern.turn.things, pattern.built.slots
    return {n for n, made in enumerate(things.made) if not made and slots.get(things.slots[n]) in carried}
