"""Turns that repeat: known patterns are expected, and only values are written down.

The close watch sees a turn until its structure is known. From then on a pattern takes the calls, at a small part of
the cost. Where a turn departs from every known pattern, the close watch takes over in the middle of it, with what
was copied so far put back in place.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from threading import get_ident
from types import FrameType, MethodType
from typing import Any

import torch
from torch.utils._python_dispatch import _get_current_dispatch_mode

from retrograd.recorder import calls
from retrograd.recorder.building import Built
from retrograd.recorder.close import CallMode, CloseWatch
from retrograd.recorder.expecting import pattern_of
from retrograd.recorder.lines import is_compiled, is_loading, own_frame
from retrograd.recorder.loops import Chain, chain_of, progress
from retrograd.recorder.modes import enter_beneath
from retrograd.recorder.overrides import own_function
from retrograd.recorder.parts import Unrepeatable
from retrograd.recorder.pattern import Pattern, gone, things_left
from retrograd.recorder.resuming import resumed_turn, survivors
from retrograd.recorder.seldom import Mode, Seldom
from retrograd.recorder.session import Session
from retrograd.recorder.turn import Turn
from retrograd.recording import Program, Step

GIVE_UP = 3
"""A pattern that was departed from so many times in a row is not expected any more."""

_STRAYED = (
    "code inside backward (a hook, or a function's own backward) that did something else than in the steps before"
)

WHOLE_STATE_EVERY = 1 << 20
"""A large state is kept whole so often that it takes about this many bytes a step."""


class Repeater:
    """Decides who watches the present turn: the close watch, or a pattern."""

    def __init__(
        self, close: CloseWatch, session: Session, mode: CallMode, kept: Mode = "every", every: int = 1
    ) -> None:
        self.mode, self.hooks, self._thread = mode, close.hooks, get_ident()
        self._seldom = None if kept == "every" else Seldom(kept, every, session, self)
        self._close, self._session = close, session
        self._patterns: dict[int, list[Pattern]] = {}
        """By the number of the program of the step before."""
        self._pattern: Pattern | None = None
        """The one that is expected now."""
        self._ended = False
        """The pattern is complete; the next call begins another turn, or this one goes on."""
        self._fresh = False
        """The step before was watched closely, so the session knows what it left."""
        self.stopped_in_turn = False
        """An exception ended the loop in the turn that was written down last."""
        self._wary = False
        """Code of the person's inside a backward call did something else than in the turns before."""
        self._before: Program | None = None
        self._whole_at = 0
        self.at_end = MethodType(lambda _, *call: self._end(sys._getframe(1), *call), mode)

    # ------------------------------------------------------------ after a turn that was watched closely

    def learn(self, turn: Turn, built: Built, step: Step) -> None:
        """Prepare to expect a turn like this one, after a step like the one before it."""
        before, self._before = self._before, step.program
        self._weak = {slot: turn.things.weak[thing] for slot, thing in things_left(turn, built).items()}
        self._data = {r.slot: built.contents[r.buffer] for r in built.program.end if r.buffer in built.contents}
        strays = self._wary and any(c.walk is not None and c.walk.person_within for c in turn.calls)
        if before is not None and step.finished and not turn.resumed and not strays:
            try:
                pattern = pattern_of(turn, built, step, before, self)
            except Unrepeatable:
                pattern = None
            if pattern is not None:
                self._expect_later(pattern, self._patterns.setdefault(before.number, []))
        available = step.program is not None and self._patterns.get(step.program.number)
        self._close.successor = self._take_over if available else None

    @staticmethod
    def _expect_later(pattern: Pattern, known: list[Pattern]) -> None:
        for other in (p for p in known if p.program is pattern.program and p.misses < GIVE_UP):
            if other.from_outside < pattern.from_outside:
                return  # a tensor was replaced once; the turns after that one may be like those before it again
        known[:] = [other for other in known if other.program is not pattern.program]
        known.insert(0 if pattern.repeats_itself else len(known), pattern)

    @property
    def is_close(self) -> bool:
        """Whether the close watch is at work."""
        return self._pattern is None

    def forget(self) -> None:
        """Expect nothing after this step: it was not written down as a step."""
        self._before = None
        self._close.successor = None

    def _take_over(self, func: Any, args: Any, kwargs: dict[str, Any], frame: FrameType) -> Any:
        """Take the first call of a turn from the close watch."""
        self._close.successor = None
        assert self._before is not None  # a successor is only offered after a step
        pattern = self._first_match(self._patterns.get(self._before.number, []), func, frame)
        if pattern is None or _get_current_dispatch_mode() is not self._close.mode or is_compiled(frame):
            return self._close.call(func, args, kwargs, frame)
        pattern.prime(lambda slot: self._weak.get(slot, gone), self._data.get)
        self._close.mode.__exit__(None, None, None)
        self._fresh = True
        return self._expect(pattern)(func, (), args, kwargs, frame)

    def _expect(self, pattern: Pattern) -> Callable[..., Any]:
        self._pattern, self._ended = pattern, False
        self._moves = pattern.moves()
        return self._listen(pattern.functions[0])

    def _listen(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Let a function take the next call, without the mode's own method in between."""
        self.mode.__torch_function__ = function  # type: ignore[method-assign]
        return function

    @staticmethod
    def _first_match(patterns: Iterable[Pattern], func: Any, frame: FrameType) -> Pattern | None:
        return next((p for p in patterns if p.misses < GIVE_UP and p.begins_with(func, frame)), None)

    # ------------------------------------------------------------ what a pattern's functions call

    def begin(self) -> None:
        """Begin a turn: reset what the last one left, and keep a large state whole now and then."""
        pattern = self._pattern
        assert pattern is not None  # its function called
        self._ended = False
        for held in (pattern.changed, pattern.drawn, pattern.wholes):
            if held:
                held.clear()
        if pattern.fixed:
            pattern.changed.update(pattern.fixed)
        if pattern.passing:
            pattern.summarises[0] = self._session.steps % pattern.summarised_every == 0
            if not pattern.summarises[0]:
                for place, blank in pattern.blanks.items():
                    pattern.out[place] = blank
        if self._session.steps >= self._whole_at:
            self._keep_whole(pattern)

    def _keep_whole(self, pattern: Pattern) -> None:
        total, steps = pattern.keep_whole(), self._session.steps
        self._whole_at = steps + 1 + total // WHOLE_STATE_EVERY if total else 1 << 62
        if self._session.budget is not None:  # as often in the second half of the loop as in the first
            self._whole_at = max(self._whole_at, 2 * steps)

    def complete(self) -> None:
        """Write a step down whose pattern is complete."""
        try:
            self._complete()
        except Exception as error:  # nothing of ours goes into the person's loop
            self._session.note("unseen", self._session.steps, None, f"a step was not written down: {error!r}")

    def _complete(self) -> None:
        pattern, session = self._pattern, self._session
        assert pattern is not None  # its function called
        bindings = pattern.bindings
        if pattern.ghosts:
            lost = set(pattern.ghosts)
            bindings = tuple(None if n in lost else binding for n, binding in enumerate(bindings))
            pattern.ghosts.clear()
        out = pattern.out
        row = b"".join(out if len(out) == pattern.length else out[: pattern.length])
        session.repeated(pattern.program, row, pattern.changed, bindings, pattern.drawn, pattern.wholes)
        for begin, last in self._moves:
            pattern.weak[begin] = pattern.weak[last]
        pattern.misses = 0
        self._before, self._ended, self._fresh = pattern.program, True, False
        if self._seldom is not None:
            self._seldom.completed(pattern)

    def _end(self, frame: FrameType, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Take the call after a complete pattern that does not repeat itself."""
        return self.miss(0, func, args, kwargs or {}, frame)

    def miss(self, number: int, func: Any, args: Any, kwargs: dict[str, Any], frame: FrameType) -> Any:
        """Take a call that the pattern did not expect."""
        pattern, func = self._pattern, own_function(func, frame)
        assert pattern is not None  # its function called
        if self._ended:
            others = (p for p in self._patterns.get(pattern.program.number, []) if p is not pattern)
            following = self._first_match(others, func, frame)
            if following is not None:
                following.prime(pattern.weak_at_end, pattern.data_at_end)
                return self._expect(following)(func, (), args, kwargs, frame)
        if calls.is_question(calls.name_of(func)) or is_loading(frame):
            return func(*args, **kwargs)
        if self._ended:  # the first of another turn, or one more of this
            number = 0 if self._has_left(pattern, frame) else len(pattern.calls)
        self._resume(number, pattern)
        return self._close.call(func, args, kwargs, frame)

    def late(self, number: int, func: Any, args: Any, kwargs: dict[str, Any], frame: FrameType, result: Any) -> Any:
        """Take a call whose result is not what the pattern expected: it ran already."""
        assert self._pattern is not None  # its function called
        self._resume(number, self._pattern)
        return self._close.ran(func, args, kwargs, frame, result)

    def strayed(self, number: int, func: Any, args: Any, kwargs: dict[str, Any], frame: FrameType, result: Any) -> Any:
        """Take a backward call that ran, and in which code of the person's did something else than expected."""
        assert self._pattern is not None  # its function called
        self._wary = True
        self._patterns.clear()
        self._resume(number, self._pattern)
        turn = self._close.turn
        turn.distrust()
        turn.cannot_see(_STRAYED)
        return self._close.ran(func, args, kwargs, frame, result)

    def failed(
        self,
        number: int,
        error: BaseException,
        func: Any,
        args: Any,
        kwargs: dict[str, Any],
        frame: FrameType,
    ) -> None:
        """Write down a call that raised an exception."""
        assert self._pattern is not None  # its function called
        self._resume(number, self._pattern)
        own = own_frame(frame)
        if own is not None:
            self._close.mode.guarded(self._close.write_failure, func, args, kwargs, own, error)

    def odd(self, buffer: int) -> None:
        """Note that a gradient had another shape than expected."""
        text = f"the gradient in buffer {buffer} had another shape than in the steps before"
        self._session.note("unseen", self._session.steps, None, text)

    # ------------------------------------------------------------ turns that pass unwatched

    def let_go(self, pattern: Pattern) -> None:
        """Forget the turn that a pattern has begun to take."""
        if pattern.wholes:
            self._whole_at = 0
        for held in (pattern.changed, pattern.drawn, pattern.wholes, pattern.ghosts):
            held.clear()
        self._ended, self._fresh = True, False

    def start_again(self, pattern: Pattern) -> Callable[..., Any]:
        """Make a pattern ready for a turn after some that were not watched; return who takes its first call."""
        pattern.prime_from_memory()
        return self._expect(pattern)

    def watch_closely(self) -> Callable[..., Any]:
        """Let the close watch take the next call; return it."""
        self._session.alive_are({})
        self._before, self._pattern, self._ended = None, None, False
        enter_beneath(self._close.mode, self._close.mode.outer)
        del self.mode.__torch_function__
        return self._close.call

    def swapped(self) -> None:
        """Learn that a tensor is about to become another one, which no call of PyTorch's shows."""
        try:
            with torch._C.DisableTorchFunction():  # type: ignore[attr-defined]
                self._swapped()
        except Exception as error:  # watching must never break the person's loop
            self._session.note("unseen", self._session.steps, None, f"tensors were swapped, unseen: {error!r}")

    def _swapped(self) -> None:
        pattern = self._pattern
        if get_ident() != self._thread or (self._seldom is not None and self._seldom.swapped()):
            return
        if pattern is not None:
            frame = own_frame(sys._getframe(3))
            over = self._ended and frame is not None and self._has_left(pattern, frame)
            self._resume(0 if over else self._place(pattern), pattern)
        self._close.turn.repeatable = False

    def _place(self, pattern: Pattern) -> int:
        """Return how many calls of the present turn the pattern took."""
        return len(pattern.calls) if self._ended else pattern.functions.index(self.mode.__torch_function__)

    def rouse(self) -> None:
        """Put the mode back on, if it is off: the recording ends."""
        if self._seldom is not None:
            self._seldom.rouse()

    # ------------------------------------------------------------ departures

    @staticmethod
    def _has_left(pattern: Pattern, frame: FrameType) -> bool:
        own = own_frame(frame)
        return own is not None and progress(chain_of(own), pattern.backward, of_this_turn=False) < 0

    def _resume(self, number: int, pattern: Pattern) -> None:
        """Give the turn to the close watch, as if it had seen it from the beginning."""
        if self._seldom is not None:
            self._seldom.departed()
        if number or not self._ended:
            pattern.misses += 1
        if number == 0:
            # Nothing of this turn was seen yet: it begins under the close watch.
            if not self._fresh:
                self._session.alive_are(survivors(pattern, self._session.steps - 1))
        else:
            if self._ended:
                self._session.take_back()
            turn = resumed_turn(pattern, number, self._session.is_known)
            self._session.alive_are(turn.before, as_well=self._fresh)
            self._close.go_on_with(turn.turn, turn.sequence, pattern.began[0])
        self._after(pattern, number)

    def _after(self, pattern: Pattern, number: int) -> None:
        for held in (pattern.changed, pattern.drawn, pattern.wholes, pattern.ghosts):
            held.clear()
        self._before = pattern.before if number else pattern.program
        self._pattern, self._ended = None, False
        enter_beneath(self._close.mode, self._close.mode.outer)
        del self.mode.__torch_function__  # back to the mode's own method, which asks the close watch

    def finish(self, stopped_at: Chain | None = None) -> None:
        """End the recording: an unfinished turn goes to the close watch, which ends it.

        Args:
            stopped_at: Where the person's code stood when an exception ended the loop.
        """
        pattern = self._pattern
        if self._seldom is not None:
            self._seldom.finish(failed=stopped_at is not None)
        if pattern is None:
            return
        if self._ended:
            if stopped_at is not None and progress(stopped_at, pattern.backward, of_this_turn=False) >= 0:
                self._session.last_is_unfinished()
                self.stopped_in_turn = True
            return
        self._resume(self._place(pattern), pattern)
