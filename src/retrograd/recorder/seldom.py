"""Steps that are not watched: in a long run one step in so many is recorded in full, and of the others next to nothing.

Between two full steps no mode is on. `Tensor.backward` is replaced meanwhile, so that each turn is counted, its loss
read, and what came from outside copied. The rest of such a turn follows by executing the program that the last full
step ran; whether that is so shows at the next full step, where it must arrive bit by bit.

    armed      a full step was written down; the next backward call takes the modes off
    resting    no mode is on
    waiting    the modes are on again; the first call of the next turn begins a full step
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from ctypes import string_at
from dataclasses import replace
from struct import Struct
from sys import _getframe
from threading import get_ident
from time import perf_counter
from types import FrameType, MethodType
from typing import Any, Literal, Protocol

import torch
from torch import Tensor
from torch.overrides import _get_current_function_mode

from retrograd.recorder.lines import own_frame
from retrograd.recorder.names import named_tensors, tensor_named
from retrograd.recorder.pattern import Pattern
from retrograd.recorder.session import Session
from retrograd.recorder.values import content, is_plain, is_small, summary
from retrograd.recording import Program, Reference, Slot, Step, offsets
from retrograd.store import Repeated

Mode = Literal["every", "sparse", "light"]
"""What is kept of a step: every value; or, of all but a few steps, what came from outside and the loss; or only the
loss and the norms of the gradients."""

RING = 10
"""So many full steps are recorded after something went wrong."""

_STEADY = 3
"""So many steps in a row must have run one program before any is left out."""

_FLOATS = {"float32": Struct("<f"), "float64": Struct("<d")}


class Hands(Protocol):
    """What is asked of the one who decides who watches."""

    mode: Any

    def start_again(self, pattern: Pattern) -> Callable[..., Any]:
        """Make a pattern ready for a turn after some that were not watched; return who takes its first call."""
        ...

    def watch_closely(self) -> Callable[..., Any]:
        """Let the close watch take the next call; return it."""
        ...

    def let_go(self, pattern: Pattern) -> None:
        """Forget the turn that a pattern has begun to take."""
        ...


class Seldom:
    """Lets turns pass unwatched."""

    def __init__(self, kept: Mode, every: int, session: Session, hands: Hands) -> None:
        self._light, self._every = kept == "light", every
        self._session, self._hands = session, hands
        self._state: Literal["off", "armed", "resting", "waiting"] = "off"
        self._steady = 0
        self._pattern: Pattern | None = None
        self._passing: _Passing | None = None
        self._left = 0
        """Turns that may still pass before the next full step."""
        self._full = 0
        """Full steps that are recorded all the same, because something went wrong."""
        self._ring: deque[Repeated | Step] = deque(maxlen=every)
        self._alarmed = False
        self._thread = get_ident()
        self._original = Tensor.backward

    # ------------------------------------------------------------ told by the one who watches

    def completed(self, pattern: Pattern) -> None:
        """Learn that a pattern took a whole turn."""
        self._steady = self._steady + 1 if pattern is self._pattern else 1
        self._pattern = pattern
        self._ring.clear()
        if self._full:
            self._full -= 1
        elif self._steady >= _STEADY and self._every > 1:
            self._arm(pattern)

    def departed(self) -> None:
        """Learn that the close watch took over."""
        self._steady = 0
        self._disarm()

    def rouse(self) -> None:
        """Put the mode back on, if it is off."""
        if self._state == "resting":
            self._state = "waiting"
            self._hands.mode.__enter__()

    def finish(self, failed: bool) -> None:
        """End the recording."""
        resting, pattern = self._state == "waiting", self._pattern
        self._disarm()
        if self._passing is None and self._session.steps > 2 * _STEADY and self._every > 1:
            self._explain("no turn repeated another exactly")
        if resting and failed:
            self._alarm()
        elif resting and pattern is not None:
            self._write_end(pattern)

    # ------------------------------------------------------------ the state

    def _arm(self, pattern: Pattern) -> None:
        if self._passing is None or self._passing.pattern is not pattern:
            self._passing = _Passing(pattern, self._light)
        if pattern.changed != pattern.fixed and not self._light:
            self._passing.reason = "numbers that its operations are given change from turn to turn"
        if self._passing.reason is not None:
            self._explain(self._passing.reason)
            return
        self._state = "armed"
        Tensor.backward = self._replacement()  # type: ignore[method-assign]

    def _disarm(self) -> None:
        self._state = "off"
        Tensor.backward = self._original  # type: ignore[method-assign]

    def _explain(self, reason: str) -> None:
        self._session.note("unseen", None, None, f"steps are recorded in full, as in the mode 'every': {reason}")

    def _replacement(self) -> Any:
        """Return what takes the place of `Tensor.backward`."""
        original, thread = self._original, self._thread

        def backward(self_: Tensor, *args: Any, **kwargs: Any) -> None:
            if get_ident() != thread:
                original(self_, *args, **kwargs)
            elif self._state == "resting":
                original(self_, *args, **kwargs)
                self._after(self_, _getframe(1))
            else:
                self._backward(self_, args, kwargs, _getframe(1))

        backward.__doc__ = original.__doc__
        return backward

    def _backward(self, tensor: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any], frame: FrameType) -> None:
        """Take a backward call while the mode is on."""
        if self._state == "waiting" and not self._is_on_top():
            self._original(tensor, *args, **kwargs)  # from within the mode's own call of this function
        elif self._state == "armed" and not self._begin(frame):
            self._disarm()
            Tensor.backward(tensor, *args, **kwargs)
        else:
            self._original(tensor, *args, **kwargs)
            self._after(tensor, frame)

    def _after(self, tensor: Tensor, frame: FrameType) -> None:
        """Write down what there is to say after a backward call."""
        try:
            self._passed(tensor, frame)
        except Exception as error:  # watching must never break the person's loop
            self._lose(f"a step was not written down: {error!r}")

    def _begin(self, frame: FrameType) -> bool:
        """Take the mode off, in a turn whose forward part was seen; return whether that was possible."""
        passing, mode = self._passing, self._hands.mode
        if passing is None or not self._is_on_top() or not passing.is_at_backward(mode):
            return False
        if not passing.finds_inputs(frame):
            self._explain(f"{passing.reason}")
            return False
        self._hands.let_go(passing.pattern)
        mode.__exit__(None, None, None)
        self._state, self._left = "resting", self._every - 1
        return True

    def _is_on_top(self) -> bool:
        return _get_current_function_mode() is self._hands.mode

    def _passed(self, loss: Tensor, frame: FrameType) -> None:
        passing, session = self._passing, self._session
        assert passing is not None  # there is one from the first armed state on
        if not passing.is_next(frame):
            self._lose("backward was called from another line than in the steps before")
            return
        if not passing.is_last():
            return
        now = perf_counter()
        number = passing.loss_of(loss)
        step = passing.step(session.steps, number, now - session.began, frame)
        sound = number - number == 0
        if self._light:
            self._ring.append(step)
            norms = passing.norms()
            sound = sound and math.isfinite(sum(norms))
            step = Repeated(step.number, None, "none", b"", (), step.seconds, number, norms)
        session.passed(step, now)
        self._left -= 1
        if not sound and not self._alarmed:
            self._alarm()
            self._wait()
        elif self._left <= 0 and self._state == "resting":
            self._wait()

    def _lose(self, reason: str) -> None:
        """Let a turn be a step of which nothing is known, and watch closely from here."""
        session = self._session
        session.note("unseen", session.steps, None, f"a step was not seen: {reason}")
        session.passed(Repeated(session.steps, None, "none", b"", (), perf_counter() - session.began), perf_counter())
        if self._state == "resting":
            self._hands.mode.__enter__()
        self._disarm()
        self._steady = 0
        self._hands.watch_closely()

    def _alarm(self) -> None:
        """Keep what leads to the present step, and record some steps in full."""
        self._alarmed, self._full = True, RING
        for step in self._ring if self._light else ():
            self._session.rewrite(step)
        self._ring.clear()

    def _wait(self) -> None:
        if self._state == "waiting":
            return
        self._state = "waiting"
        mode = self._hands.mode
        mode.__torch_function__ = MethodType(self._first, mode)
        mode.__enter__()

    def _first(self, mode: Any, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Take a call while waiting for the first one of a turn."""
        frame, kwargs = _getframe(1), kwargs or {}
        pattern = self._pattern
        assert pattern is not None  # nobody waits without one
        if not pattern.begins_with(func, frame):
            return func(*args, **kwargs)
        self._disarm()
        if not self._is_there(pattern):
            return self._hands.watch_closely()(func, args, kwargs, frame)
        return self._hands.start_again(pattern)(func, types, args, kwargs, frame)

    @staticmethod
    def _is_there(pattern: Pattern) -> bool:
        return all(weak() is not None for weak in _carried(pattern).values())

    # ------------------------------------------------------------ the end

    def _write_end(self, pattern: Pattern) -> None:
        """Write down what the last step left: where executing the steps since the last full one must arrive."""
        program = pattern.program
        tensors = {slot: weak() for slot, weak in _carried(pattern).items()}
        pairs = zip(program.start, pattern.bindings, strict=True)
        ends = [(r, b, tensors.get(r.slot)) for r, b in pairs if b is not None and r.buffer >= 0]
        found = [(r, b, tensor) for r, b, tensor in ends if tensor is not None]
        if not found:
            return
        slots: list[Slot] = []
        buffers, starts, contents, wholes = [], [], [], {}
        for number, (reference, _, tensor) in enumerate(found):
            slot, buffer = program.slots[reference.slot], program.buffers[reference.buffer]
            slots.append(_alone(slot, number))
            buffers.append(_alone(buffer, number))
            starts.append(Reference(number, number))
            contents.append(content(tensor) if buffer.whole else summary(tensor))
            if not buffer.whole:
                wholes[number] = content(tensor)
        refs = tuple(starts)
        end = Program(-1, tuple(slots), tuple(buffers), (), (), (), refs, refs, (), (), (), True)
        bindings = tuple(b for _, b, _ in found)
        self._session.ended(end, b"".join(contents), bindings, wholes)


def _alone(part: Any, number: int) -> Any:  # a slot or a buffer with a storage of its own
    changes: dict[str, Any] = {"number": number, "storage": number}
    if isinstance(part, Slot):
        changes["gradient_of"] = None
    return replace(part, **changes)


class _Passing:
    """What must be known of a program so that its turns can pass unwatched."""

    def __init__(self, pattern: Pattern, light: bool) -> None:
        self.pattern, self._light = pattern, light
        program = pattern.program
        self._calls = [n for n, called in enumerate(pattern.calls) if called.walk is not None]
        places = [pattern.turn.happened[pattern.calls[n].event].place for n in self._calls]
        self._places = [place for place in places if place is not None]
        self._program, self._bindings = program, pattern.bindings
        self._count = 0
        self.reason: str | None = None
        """Why they cannot."""
        fresh = [r for r, binding in zip(program.start, pattern.bindings, strict=True) if binding is None]
        self._inputs = {r.buffer: program.slots[r.slot] for r in fresh if r.buffer >= 0}
        self._names: dict[int, str] = {}
        """The variables that hold the inputs."""
        self._order = [buffer for buffer in offsets(program, "inputs", pattern.bindings) if buffer >= 0]
        leaves = (pattern.first_thing(r.slot) for r in program.start if program.slots[r.slot].parameter)
        self._norm_of = [thing for thing in leaves if thing is not None]
        self._loss = _FLOATS.get(program.slots[program.losses[-1].slot].dtype)
        self.reason = self._obstacle(program)

    def _obstacle(self, program: Program) -> str | None:
        pattern = self.pattern
        if any(pattern.calls[n].func is not Tensor.backward for n in self._calls):
            return "the loop calls torch.autograd itself, and not a tensor's backward()"
        if not pattern.repeats_itself or pattern.moves():
            return "its tensors are other objects in every turn, so a later turn cannot be tied to this one"
        lost = [slot for slot, weak in _carried(pattern).items() if weak() is None]
        if lost:
            return f"{program.slots[lost[0]].name or 'a tensor'} is another object in every turn"
        if self._light:
            return None
        if program.cache.get("varied"):
            numbers = ", ".join(program.constants[n].name or "a number" for n in sorted(program.cache["varied"]))
            return f"what its operations are given changes from turn to turn ({numbers})"
        if len({generator for _, generator in program.draws}) < len(program.draws):
            return "it seeds a random generator in every turn"
        return None

    def is_at_backward(self, mode: Any) -> bool:
        """Return whether the pattern expects its first backward call now."""
        return mode.__torch_function__ == self.pattern.functions[self._calls[0]]

    def finds_inputs(self, frame: FrameType) -> bool:
        """Find the variables that hold what came from outside in this turn; return whether there are such."""
        self._count = 0
        own = own_frame(frame)
        if not self._inputs or self._light or self._names:
            return True
        names: dict[int, list[str]] = {}
        for name, tensor in named_tensors(own):
            names.setdefault(id(tensor), []).append(name)
        for buffer, slot in self._inputs.items():
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

    def is_last(self) -> bool:
        """Count a backward call; return whether it was the turn's last."""
        self._count = (self._count + 1) % len(self._places)
        return not self._count

    def loss_of(self, loss: Tensor) -> float:
        """Return what backward was called on."""
        if self._loss is not None and loss.is_cpu and loss.numel() == 1:
            return self._loss.unpack(string_at(loss.data_ptr(), self._loss.size))[0]
        return float(loss.detach()) if loss.numel() == 1 and not loss.is_complex() else math.nan

    def step(self, number: int, loss: float, seconds: float, frame: FrameType) -> Repeated | Step:
        """Return a step that holds what came from outside."""
        if not self._inputs:
            return Repeated(number, self._program, "inputs", b"", self._bindings, seconds, loss)
        parts = self._parts(frame)
        if parts is None:
            return Repeated(number, None, "none", b"", (), seconds, loss)
        row = b"".join(parts[buffer][0] for buffer in self._order)
        wholes = {buffer: whole for buffer, (_, whole) in parts.items() if whole is not None}
        if not wholes:
            return Repeated(number, self._program, "inputs", row, self._bindings, seconds, loss)
        return Step(number, self._program, "inputs", row, {}, self._bindings, (), wholes, seconds, True, loss, ())

    def _parts(self, frame: FrameType) -> dict[int, tuple[bytes, bytes | None]] | None:
        """Return what a row keeps of each tensor that came from outside, and all of it if that is a summary."""
        own = own_frame(frame)
        parts: dict[int, tuple[bytes, bytes | None]] = {}
        for buffer, slot in self._inputs.items():
            name = self._names.get(buffer)
            tensor = None if own is None or name is None else tensor_named(name, own)
            if tensor is None or not is_plain(tensor) or (tuple(tensor.shape), tensor.stride()) != _looks(slot):
                return None
            whole = content(tensor)
            parts[buffer] = (whole, None) if is_small(tensor) else (summary(tensor), whole)
        return parts

    def norms(self) -> tuple[float, ...]:
        """Return the norm of each parameter's gradient."""
        leaves = [self.pattern.weak[thing]() for thing in self._norm_of]
        gradients = [None if leaf is None else leaf.grad for leaf in leaves]
        there = [gradient for gradient in gradients if gradient is not None]
        found = iter(torch._foreach_norm(there) if there else ())  # type: ignore[attr-defined]
        return tuple([math.nan if gradient is None else next(found).item() for gradient in gradients])


def _looks(slot: Slot) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return slot.shape, slot.stride


def _carried(pattern: Pattern) -> dict[int, Callable[[], Tensor | None]]:
    """Return who holds each tensor that a turn starts from and the turn before left."""
    found = {}
    for reference, binding in zip(pattern.program.start, pattern.bindings, strict=True):
        thing = pattern.first_thing(reference.slot)
        if binding is not None and thing is not None:
            found[reference.slot] = pattern.weak[thing]
    return found
