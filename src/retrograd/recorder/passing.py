"""What must be known of a program so that its turns can pass unwatched: where backward is called, what comes in."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from contextlib import suppress
from struct import Struct
from types import FrameType
from typing import Any

from torch import Tensor

from retrograd.contents import MEMORY, content, dtype_name, is_plain, is_small, summary
from retrograd.errors import NotKeptError
from retrograd.recorder.foretelling import Foretelling
from retrograd.recorder.hooks import Changes
from retrograd.recorder.lines import Place, own_frame
from retrograd.recorder.loops import chain_of, progress
from retrograd.recorder.names import named_tensors, tensor_named
from retrograd.recorder.parts import MAKERS
from retrograd.recorder.pattern import Pattern
from retrograd.recording import Program, Slot, Step, offsets
from retrograd.store import Repeated

FLOATS = {"float32": Struct("<f"), "float64": Struct("<d")}
"""How the bytes of a loss are read."""


class Passing:
    """What must be known of a program so that its turns can pass unwatched."""

    def __init__(self, pattern: Pattern, light: bool) -> None:
        self.pattern, self._light = pattern, light
        program = pattern.program
        self._calls = [n for n, called in enumerate(pattern.calls) if called.walk is not None]
        places = [pattern.turn.happened[pattern.calls[n].event].place for n in self._calls]
        self._places = [place for place in places if place is not None]
        self._hooks = [pattern.calls[n].hooks for n in self._calls]
        self.program, self.bindings = program, pattern.bindings
        self._count = 0
        self.reason: str | None = None
        """Why they cannot."""
        self._numbers: Foretelling | None = None
        """What is known of numbers that change; None if nothing is."""
        self._full = 0
        """The last step that was recorded in full."""
        fresh = [r for r, binding in zip(program.start, pattern.bindings, strict=True) if binding is None]
        self._inputs = {r.buffer: program.slots[r.slot] for r in fresh if r.buffer >= 0}
        self._given = _made_within(pattern, self._inputs)
        """Inputs that PyTorch's own code makes of numbers, such as the 1 that `foreach=True` counts by: their bytes."""
        self._names: dict[int, str] = {}
        """The variables that hold the inputs."""
        self._order = [buffer for buffer in offsets(program, "inputs", pattern.bindings) if buffer >= 0]
        leaves = (pattern.first_thing(r.slot) for r in program.start if program.slots[r.slot].parameter)
        self._leaves = [thing for thing in leaves if thing is not None]
        self.loss_dtype = program.slots[program.losses[-1].slot].dtype
        self.loss_bytes = FLOATS.get(self.loss_dtype)
        self.reason = self._obstacle(program)
        if self.reason is None:
            with suppress(NotKeptError, ArithmeticError, LookupError):
                self._numbers = Foretelling(program, pattern.step)

    def learn(self, step: Step) -> None:
        """Look at the numbers of a full step: those of the turns after it must follow from them."""
        program, numbers, self._full = self.program, self._numbers, step.number
        given = {buffer: self.pattern.out[self.pattern.places[buffer]] for buffer in self._given}
        if given != self._given and any(self._given.values()):
            self.reason = "PyTorch makes other tensors of numbers in every turn"
        self._given = given
        known = False
        with suppress(NotKeptError, ArithmeticError, LookupError):
            known = numbers is not None and numbers.learn(step)
        varied = program.cache.get("varied", set()) - set(numbers.foretold if numbers is not None else ())
        if known and not varied:
            return
        self._numbers = None
        if not self._light:
            names = ", ".join(sorted({program.constants[n].name or "a number" for n in varied}))
            self.reason = f"what its operations are given changes from turn to turn ({names or 'a number'})"

    @property
    def can_be_executed(self) -> bool:
        """Whether the turns follow from their program, and from nothing that comes from outside."""
        return self._numbers is not None and not self._inputs

    def executable(self, number: int, seconds: float, loss: float) -> Repeated | Step:
        """Return a step in which nothing comes from outside, as it is executed: with the numbers of its turn."""
        if self._numbers is None or not self._numbers.foretold:
            return Repeated(number, self.program, "inputs", b"", self.bindings, seconds, loss)
        return self._with_numbers(number, b"", {}, seconds, loss)

    def _with_numbers(self, number: int, row: bytes, wholes: dict[int, bytes], seconds: float, loss: float) -> Step:
        constants = self._numbers.constants(number - self._full) if self._numbers is not None else {}
        return Step(
            *(number, self.program, "inputs", row, constants, self.bindings, (), wholes, seconds, True, loss, ())
        )

    def _obstacle(self, program: Program) -> str | None:
        pattern = self.pattern
        if any(pattern.calls[n].func is not Tensor.backward for n in self._calls):
            return "the loop calls torch.autograd itself, and not a tensor's backward()"
        if not pattern.repeats_itself or pattern.moves():
            return "its tensors are other objects in every turn, so a later turn cannot be tied to this one"
        lost = [slot for slot, weak in carried(pattern).items() if weak() is None]
        if lost:
            return f"{program.slots[lost[0]].name or 'a tensor'} is another object in every turn"
        if self._light:
            return None
        if program.unstable:
            return "an operation of it is not reproducible on several threads"
        if len({generator for _, generator in program.draws}) < len(program.draws):
            return "it seeds a random generator in every turn"
        return None

    @property
    def has_inputs(self) -> bool:
        """Whether something comes from outside in every turn."""
        return bool(self._inputs)

    @property
    def only_place(self) -> Place | None:
        """Where backward is called, if that is one place and what it is called on can be read at once."""
        return self._places[0] if len(self._places) == 1 and self.loss_bytes is not None else None

    def is_at_backward(self, mode: Any) -> bool:
        """Return whether the pattern expects its first backward call now."""
        return mode.__torch_function__ == self.pattern.functions[self._calls[0]]

    def finds_inputs(self, frame: FrameType) -> bool:
        """Find the variables that hold what came from outside in this turn; return whether there are such."""
        self._count = 0
        own = own_frame(frame)
        if self._inputs.keys() <= self._given.keys() or self._light or self._names:
            return True
        names: dict[int, list[str]] = {}
        for name, tensor in named_tensors(own):
            names.setdefault(id(tensor), []).append(name)
        for buffer, slot in self._inputs.items():
            if buffer in self._given:
                continue
            thing = self.pattern.first_thing(slot.number)
            tensor = None if thing is None else self.pattern.weak[thing]()
            # `batch` holds each batch in turn; `batches[3]` only this one.
            found = sorted(names.get(id(tensor), ()), key=lambda name: not name.isidentifier())
            if tensor is None or own is None or not found or tensor_named(found[0], own) is not tensor:
                self.reason = (
                    f"a tensor of shape {slot.shape} comes from outside in every turn, and no variable holds it"
                )
                return False
            self._names[buffer] = found[0]
        return True

    def is_next(self, frame: FrameType) -> bool:
        """Return whether a backward call stands where the turn's next one should."""
        code, offset = self._places[self._count]
        if frame.f_lasti == offset and frame.f_code is code:
            return True
        own = own_frame(frame)
        return own is not None and (own.f_code, own.f_lasti) == (code, offset)

    @property
    def hooks(self) -> Changes:
        """The hooks that come and go before the turn's next backward call."""
        return self._hooks[self._count]

    def goes_on_at(self, frame: FrameType) -> bool:
        """Return whether a backward call stands in the turn that the last one was counted in."""
        chain = chain_of(own_frame(frame))
        return not self._count and progress(chain, self.pattern.backward, of_this_turn=False) > 0

    def is_last(self) -> bool:
        """Count a backward call; return whether it was the turn's last."""
        self._count = (self._count + 1) % len(self._places)
        return not self._count

    def loss_of(self, loss: Tensor) -> float:
        """Return what backward was called on."""
        form = self.loss_bytes
        if form is not None and loss.is_cpu and loss.numel() == 1 and str(loss.dtype) == f"torch.{self.loss_dtype}":
            return form.unpack_from(MEMORY, loss.data_ptr())[0]
        return float(loss.detach()) if loss.numel() == 1 and not loss.is_complex() else math.nan

    def step(self, number: int, loss: float, seconds: float, frame: FrameType) -> Repeated | Step:
        """Return a step that holds what came from outside."""
        if not self._inputs:
            return self.executable(number, seconds, loss)
        parts = self._parts(frame)
        if parts is None:
            return Repeated(number, None, "none", b"", (), seconds, loss)
        row = b"".join(parts[buffer][0] for buffer in self._order)
        wholes = {buffer: whole for buffer, (_, whole) in parts.items() if whole is not None}
        if not wholes and (self._numbers is None or not self._numbers.foretold):
            return Repeated(number, self.program, "inputs", row, self.bindings, seconds, loss)
        return self._with_numbers(number, row, wholes, seconds, loss)

    def _parts(self, frame: FrameType) -> dict[int, tuple[bytes, bytes | None]] | None:
        """Return what a row keeps of each tensor that came from outside, and all of it if that is a summary."""
        own = own_frame(frame)
        parts: dict[int, tuple[bytes, bytes | None]] = {}
        for buffer, slot in self._inputs.items():
            if buffer in self._given:
                parts[buffer] = (self._given[buffer], None)
                continue
            name = self._names.get(buffer)
            tensor = None if own is None or name is None else tensor_named(name, own)
            if tensor is None or not looks_like(tensor, slot):
                return None
            whole = content(tensor)
            parts[buffer] = (whole, None) if is_small(tensor) else (summary(tensor), whole)
        return parts

    def leaves(self) -> list[Callable[[], Tensor | None]]:
        """Return who holds the parameters, as far as gradients arrive there."""
        return [self.pattern.weak[thing] for thing in self._leaves]


def _made_within(pattern: Pattern, inputs: Collection[int]) -> dict[int, bytes]:
    """Return the small ones among the inputs that PyTorch's own code makes of numbers, with no bytes yet."""
    made = {
        pattern.built.buffers.get(part.reference.buffer, -1)
        for called in pattern.calls
        if called.func in MAKERS and called.hops
        for part in called.results
    }
    small = {buffer for buffer in made & {*inputs} if pattern.program.buffers[buffer].whole}
    return dict.fromkeys(small & pattern.places.keys(), b"")


def looks_like(tensor: Tensor, slot: Slot) -> bool:
    """Return whether a tensor has the bytes that a slot has: none but those can be kept for it."""
    looks = dtype_name(tensor.dtype), tuple(tensor.shape), tensor.stride()
    return is_plain(tensor) and looks == (slot.dtype, slot.shape, slot.stride)


def carried(pattern: Pattern) -> dict[int, Callable[[], Tensor | None]]:
    """Return who holds each tensor that a turn starts from and the turn before left."""
    found = {}
    for reference, binding in zip(pattern.program.start, pattern.bindings, strict=True):
        thing = pattern.first_thing(reference.slot)
        if binding is not None and thing is not None:
            found[reference.slot] = pattern.weak[thing]
    return found
