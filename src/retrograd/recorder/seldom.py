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
from collections.abc import Callable
from sys import _getframe
from threading import get_ident
from time import perf_counter
from types import FrameType, MethodType
from typing import Any, Literal, Protocol

import torch
from torch import Tensor
from torch.overrides import _get_current_function_mode
from torch.utils.hooks import RemovableHandle

from retrograd.contents import MEMORY
from retrograd.recorder.ending import end_of
from retrograd.recorder.hooks import Changes, HooksCounted
from retrograd.recorder.lines import own_frame
from retrograd.recorder.loops import BackwardCall, backward_call, chain_of, is_in_loop, progress
from retrograd.recorder.modes import enter_beneath
from retrograd.recorder.overrides import own_function
from retrograd.recorder.passing import Passing, carried, looks_like
from retrograd.recorder.pattern import Pattern
from retrograd.recorder.session import Session
from retrograd.recorder.shortcut import short_way
from retrograd.recorder.tally import Tally
from retrograd.store import MAX_AGE, Repeated

Mode = Literal["every", "sparse", "light"]
"""What is kept of a step: every value; or, of all but a few steps, what came from outside and the loss; or only the
loss and the norms of the gradients."""

RING = 10
"""So many full steps are recorded after something went wrong."""

_STEADY = 3
"""So many steps in a row must have run one program before any is left out."""


_REPLACED = "Tensor.backward was replaced in a turn that nobody watched, and the turns from there were not seen"
_SWAPPED = "tensors were swapped (torch.utils.swap_tensors) in a turn that nobody watched"


class Hands(Protocol):
    """What is asked of the one who decides who watches."""

    mode: Any
    hooks: HooksCounted

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
        self._passing: Passing | None = None
        self._tally: Tally | None = None
        """The turns since the last full step, while turns pass."""
        self._counted: Tally | None = None
        """The same, also when none passes any more."""
        self._last_call: BackwardCall | None = None
        """The last one of the turn whose end is waited for."""
        self._replacements: dict[Passing, Any] = {}
        self._full = 0
        """Full steps that are recorded all the same, because something went wrong."""
        self._alarmed = False
        self._tells = session.tells
        self._thread = get_ident()
        self._original = Tensor.backward
        self._within: list[bool] = []
        """Not empty while PyTorch's own function runs at the call of its replacement."""

    # ------------------------------------------------------------ told by the one who watches

    def completed(self, pattern: Pattern) -> None:
        """Learn that a pattern took a whole turn."""
        self._steady = self._steady + 1 if pattern is self._pattern else 1
        self._pattern = pattern
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
            self._stop_counting()
            if not self._is_replaced:
                self._session.note("unseen", self._session.steps, None, _REPLACED)
            self._state = "waiting"
            enter_beneath(self._hands.mode, self._hands.mode.outer)

    def swapped(self) -> bool:
        """Learn that a tensor is about to become another one; return whether that passes unwatched."""
        if self._state not in ("resting", "waiting"):
            return False
        self._session.writer.arrive()
        self._session.note("unseen", self._session.steps, None, _SWAPPED)
        if self._tally is not None:
            self._tally.limit = 0  # from the next turn on somebody watches
        return True

    def finish(self, failed: bool) -> None:
        """End the recording."""
        resting, pattern = self._state == "waiting", self._pattern
        self._disarm()
        if self._passing is None and self._session.steps > 2 * _STEADY and self._every > 1:
            self._explain("no turn repeated another exactly")
        if resting and failed:
            self._alarm()
        elif resting and pattern is not None:
            end = end_of(pattern)
            if end is not None:
                self._session.ended(*end)

    # ------------------------------------------------------------ the state

    def _arm(self, pattern: Pattern) -> None:
        if self._passing is None or self._passing.pattern is not pattern:
            self._passing = Passing(pattern, self._light)
        last = self._session.last
        if self._passing.reason is None and last is not None:
            self._passing.learn(last)
        if self._passing.reason is not None:
            self._explain(self._passing.reason)
            return
        if Tensor.backward is not self._original and not self._is_replaced:
            self._explain("Tensor.backward is a function of your own")
            return
        self._state = "armed"
        if self._passing not in self._replacements:
            self._replacements = {self._passing: self._replacement(self._passing)}
        Tensor.backward = self._replacements[self._passing]  # type: ignore[method-assign]

    def _disarm(self) -> None:
        self._state = "off"
        if self._is_replaced:
            Tensor.backward = self._original  # type: ignore[method-assign]

    @property
    def _is_replaced(self) -> bool:
        """Whether `Tensor.backward` is a function of this module, and not one that the person's code put there."""
        return Tensor.backward in self._replacements.values()

    def _explain(self, reason: str) -> None:
        self._session.note("unseen", None, None, f"steps are recorded in full, as in the mode 'every': {reason}")

    def _replacement(self, passing: Passing) -> Any:
        """Return what takes the place of `Tensor.backward`.

        In most turns nothing but this runs, with nothing of it in the processor's caches: each further function
        would take a twentieth of a small loop's turn.
        """
        original, thread, identity, above, clock = self._original, self._thread, get_ident, _getframe, perf_counter
        within, hooks, handle = self._within, self._hands.hooks, RemovableHandle
        registered, removed = passing.hooks
        shortly = short_way(original, getattr(torch, passing.loss_dtype)) or _refuse
        code, offset = passing.only_place or (None, 0)
        # What stands at that place is counted, if nothing else is kept of a turn; the rest is written down.
        counts = code is not None and (self._light or not passing.has_inputs)
        read, memory = passing.loss_bytes.unpack_from if passing.loss_bytes else _refuse, MEMORY
        writer, age, in_file = self._session.writer, MAX_AGE, self._session.writer.path is not None

        def backward(self_: Tensor, *args: Any, **kwargs: Any) -> None:
            if identity() != thread:
                return original(self_, *args, **kwargs)
            tally = self._tally
            if tally is None:
                return self._backward(self_, args, kwargs, above(1))
            if within:
                return original(self_, *args, **kwargs)
            if args or kwargs or not shortly(self_):
                self._run(self_, args, kwargs)
                return self._after(self_, above(1))
            frame = above(1)
            if not counts or frame.f_lasti != offset or frame.f_code is not code or not self_.is_cpu:
                return self._after(self_, frame)
            if hooks.removed != removed or handle.next_id - hooks.known != registered:
                return self._after(self_, frame)
            if registered or removed:
                hooks.settle()
            try:
                kept = tally.kept
                loss, now = read(memory, self_.data_ptr())[0], clock()
                if tally.norms is not None:
                    tally.norms.take(len(kept) >> 1)
                kept.extend((loss, now))
                # A loss that is no finite number, minus itself, is NaN.
                if loss - loss or len(kept) >= tally.limit or self._tells:
                    self._look(tally, loss, frame)
                if in_file and (not writer.awake or now - writer.since > age):
                    writer.tend(now)
            except Exception as error:  # watching must never break the person's loop
                self._lose(f"a step was not written down: {error!r}")

        backward.__doc__ = original.__doc__
        return backward

    def _look(self, tally: Tally, loss: float, frame: FrameType) -> None:
        """Look at a turn that was counted: is it the last one, or did something go wrong?"""
        if self._tells and tally.kept:
            self._session.writer.arrive()
            self._session.tell_last()
        if not math.isfinite(loss) and not self._alarmed:
            self._stop_counting()
            self._alarm()
            self._wait(frame)
        elif len(tally.kept) >= tally.limit:
            self._stop_counting()
            self._wait(frame)

    def _stop_counting(self) -> None:
        """Let what was counted become steps."""
        tally, self._tally = self._tally, None
        if tally is None:
            return
        self._session.writer.arrive()
        self._counted = tally
        if tally.unsound and not self._alarmed:
            self._alarm()

    def _backward(self, tensor: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any], frame: FrameType) -> None:
        """Take a backward call while the mode is on."""
        if self._state == "off" or (self._state == "waiting" and not self._is_on_top()):
            self._original(tensor, *args, **kwargs)  # from within the mode's own call of this function
        elif self._state == "armed" and not self._begin(frame):
            self._disarm()
            Tensor.backward(tensor, *args, **kwargs)
        else:
            self._run(tensor, args, kwargs)
            self._after(tensor, frame)

    def _run(self, tensor: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Call PyTorch's own function, which may call this replacement again: through a mode or a class of tensors."""
        self._within.append(True)
        try:
            self._original(tensor, *args, **kwargs)
        finally:
            self._within.pop()

    def _after(self, tensor: Tensor, frame: FrameType) -> None:
        """Write down what there is to say after a backward call."""
        try:
            if torch._C._is_torch_function_mode_enabled():  # type: ignore[attr-defined]
                with torch._C.DisableTorchFunction():  # type: ignore[attr-defined]
                    self._passed(tensor, frame)
            else:
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
        if self._hands.hooks.changes != passing.hooks:
            return False
        self._hands.hooks.settle()
        self._hands.let_go(passing.pattern)
        mode.__exit__(None, None, None)
        self._state = "resting"
        self._tally = self._counted = Tally(passing, self._session, self._light, self._every - 1)
        self._session.writer.arriving = self._tally.steps
        return True

    def _is_on_top(self) -> bool:
        return _get_current_function_mode() is self._hands.mode

    def _passed(self, loss: Tensor, frame: FrameType) -> None:
        passing, session = self._passing, self._session
        assert passing is not None  # there is one from the first armed state on
        if not passing.is_next(frame):
            self._lose("backward was called from another line than in the steps before", loss, frame)
            return
        if str(loss.dtype) != f"torch.{passing.loss_dtype}":
            self._lose("the loss has another dtype than in the steps before", loss)
            return
        usual = self._hooks_are(passing.hooks)
        if not passing.is_last():
            return
        tally, now = self._tally, perf_counter()
        assert tally is not None  # some turns pass
        number = passing.loss_of(loss)
        if self._light or not passing.has_inputs:
            if tally.norms is not None:
                tally.norms.take(len(tally.kept) >> 1)
            tally.kept.extend((number, now))
            session.writer.tend(now)
        else:
            session.passed(passing.step(session.steps, number, now - session.began, frame), now)
            tally.limit -= 2
        if not usual:
            tally.limit = 0  # from the next turn on the pattern sees what came
        self._look(tally, number, frame)

    def _hooks_are(self, expected: Changes) -> bool:
        """Return whether as many hooks came and went as in the turns before; note it if not."""
        hooks, session = self._hands.hooks, self._session
        if hooks.changes == expected:
            hooks.settle()
            return True
        session.writer.arrive()
        session.note("unseen", session.steps, None, "a hook was registered or removed in a turn that nobody watched")
        return False

    def _lose(self, reason: str, loss: Tensor | None = None, frame: FrameType | None = None) -> None:
        """Let a turn be a step of which no more than the loss is known, and watch closely from here.

        Args:
            reason: Why that is so.
            loss: What backward was called on.
            frame: Where that was, if it may be in the turn that was counted last.
        """
        session, passing = self._session, self._passing
        self._stop_counting()
        if passing is not None and frame is not None and passing.goes_on_at(frame):
            session.take_back()
        number = math.nan if loss is None or passing is None else passing.loss_of(loss)
        session.note("unseen", session.steps, None, f"a step was not seen: {reason}")
        lost = Repeated(session.steps, None, "none", b"", (), perf_counter() - session.began, number)
        session.passed(lost.step(), perf_counter())
        if self._state == "resting":
            enter_beneath(self._hands.mode, self._hands.mode.outer)
        self._disarm()
        self._steady = 0
        self._hands.watch_closely()

    def _alarm(self) -> None:
        """Keep what leads to the present step, and record some steps in full."""
        self._alarmed, self._full = True, RING
        for step in self._counted.again() if self._light and self._counted is not None else ():
            self._session.rewrite(step)

    def _wait(self, frame: FrameType) -> None:
        if self._state == "waiting":
            return
        self._state = "waiting"
        self._last_call = backward_call(chain_of(own_frame(frame)))
        mode = self._hands.mode
        # A function and no bound method, as all who take calls: to Python, a frame that calls the latter stands at
        # another instruction, and calls are told apart by theirs.
        mode.__torch_function__ = MethodType(lambda _, *call: self._first(_getframe(1), *call), mode)
        enter_beneath(mode, mode.outer)

    def _first(self, frame: FrameType, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Take a call while waiting for the first one of a turn."""
        kwargs, func = kwargs or {}, own_function(func, frame)
        pattern = self._pattern
        assert pattern is not None  # nobody waits without one
        assert self._last_call is not None  # the turn that waits for its end had one
        if not pattern.begins_with(func, frame) and not _is_in_another_turn(self._last_call, frame):
            return func(*args, **kwargs)
        self._disarm()
        if not self._is_there(pattern):
            return self._hands.watch_closely()(func, args, kwargs, frame)
        return self._hands.start_again(pattern)(func, types, args, kwargs, frame)

    @staticmethod
    def _is_there(pattern: Pattern) -> bool:
        """Return whether what the turn starts from is there, and looks as it did when it was watched last."""
        tensors = ((pattern.program.slots[slot], weak()) for slot, weak in carried(pattern).items())
        return all(tensor is not None and looks_like(tensor, slot) for slot, tensor in tensors)


def _is_in_another_turn(last: BackwardCall, frame: FrameType) -> bool:
    """Return whether a call stands in a further turn of the loop, which may begin otherwise than those before."""
    own = own_frame(frame)
    if own is None:
        return False
    chain = chain_of(own)
    return progress(chain, last) < 0 and is_in_loop(chain, last)


def _refuse(*_: Any) -> Any:
    """Stand for a short way where there is none."""
    return False
