"""The close watch: what the person calls, what runs beneath, and where one turn ends and the next begins."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import chain as joined
from types import FrameType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from retrograd.contents import is_plain
from retrograd.recorder import calls
from retrograd.recorder.differentiation import Differentiation, keep_whole
from retrograd.recorder.dissection import take_apart, take_result_apart
from retrograd.recorder.graph import BackwardWatch, saved_by
from retrograd.recorder.hooks import HooksCounted
from retrograd.recorder.lines import is_compiled, own_frame
from retrograd.recorder.loops import (
    BackwardCall,
    Chain,
    backward_call,
    chain_of,
    is_direct,
    progress,
    turn_start,
)
from retrograd.recorder.modes import how_many
from retrograd.recorder.names import named_in, named_tensors
from retrograd.recorder.naming import Optimizers, name_constants, name_tensors
from retrograd.recorder.operations import OperationMode, plain_tensors_in, references_of
from retrograd.recorder.overrides import own_function
from retrograd.recorder.parts import Called, tensor_parts
from retrograd.recorder.seen import Happened
from retrograd.recorder.turn import Turn
from retrograd.recorder.warnings import module_of, standing_in
from retrograd.recording import Kind

TurnEnded = Callable[[Turn, int | None, bool], object]
"""Called with a turn, the first event of the loop in it (if it was the first turn), and whether it was finished."""


class CloseWatch:
    """Sees every call and every operation of a turn. This is how a turn of an unknown structure is recorded."""

    def __init__(self, on_turn: TurnEnded, is_known: Callable[[int, bytes], bool]) -> None:
        self.mode = OperationMode(self._orphan, is_known)
        self.backward: BackwardCall | None = None
        """The last backward call of this turn."""
        self.successor: Callable[..., Any] | None = None
        """Who takes over with the first call of the next turn, if its structure is known."""
        self.hooks = HooksCounted()
        """Since the last backward call."""
        self.compiled = False
        """A function of `torch.compile` was called."""
        self._on_turn = on_turn
        self._sequence: dict[int, int] = {}
        """Which event made the node with this number."""
        self._first = True
        self._module: dict[str, Any] | None = None
        """The global variables of the code that called last. (A frame would keep its tensors alive.)"""
        self._optimizers = Optimizers()
        self._mark = self.mode.turn.mark()

    @property
    def turn(self) -> Turn:
        """The present turn."""
        return self.mode.turn

    # ------------------------------------------------------------ a call

    def ran(self, func: Any, args: Any, kwargs: dict[str, Any], frame: FrameType, result: Any) -> Any:
        """Write down a call that ran already, as far as that is possible."""

        def known(*args: Any, **kwargs: Any) -> Any:
            return result

        own = own_frame(frame)
        name = calls.name_of(func)
        return result if own is None else self._watched(known, args, kwargs, name, own, chain_of(own), frame)

    def call(self, func: Any, args: Any, kwargs: dict[str, Any], frame: FrameType) -> Any:
        """Run a call of the person's, and write down what happened."""
        if torch._C._get_tracing_state() is not None:
            with torch._C._DisableTorchDispatch():  # sizes are tensors of the trace, which no mode may look at
                return func(*args, **kwargs)
        func = own_function(func, frame)
        name = calls.name_of(func)
        if calls.is_question(name) or self.mode.muted:
            return func(*args, **kwargs)
        own = own_frame(frame)
        if own is None:
            self.mode.muted += 1
            try:
                return func(*args, **kwargs)
            finally:
                self.mode.muted -= 1
        self._module = own.f_globals
        self.compiled = self.compiled or is_compiled(frame)
        chain = chain_of(own)
        if self.backward is not None:
            where = progress(chain, self.backward)
            if where < 0:
                self.mode.guarded(self._name, own)
                self.mode.guarded(self.finish, True)
                if self.successor is not None:
                    return self.successor(func, args, kwargs, frame)
            elif where > 0:
                self.backward = replace(self.backward, passed=True)
        return self._watched(func, args, kwargs, name, own, chain, frame)

    def _watched(
        self,
        func: Any,
        args: Any,
        kwargs: dict[str, Any],
        name: str,
        own: FrameType,
        chain: Chain,
        frame: FrameType,
    ) -> Any:
        event = self.mode.guarded(self._begin, name, args, kwargs, own, chain)
        if event is None:
            return func(*args, **kwargs)
        before = torch.autograd._get_sequence_nr()  # type: ignore[attr-defined]
        called = self.mode.guarded(take_apart, self.turn, event, func, args, kwargs, frame, before, self._mark)
        reads = calls.is_read(name)
        self.mode.muted += reads  # what torch computes to show a value is no part of the loop
        try:
            if name in calls.BACKWARDS:
                result = self._differentiate(func, args, kwargs, own, called)
            else:
                result = standing_in(module_of(frame))(func, args, kwargs)
        except BaseException as error:
            self.mode.guarded(self.failed, error, own)
            raise
        finally:
            self.mode.muted -= reads
        self.mode.guarded(self._look_at_graph, name, args, result, before)
        self._sequence.update(dict.fromkeys(range(before, torch.autograd._get_sequence_nr()), event))  # type: ignore[attr-defined]
        self.mode.guarded(self._end, event, name, args, kwargs, result, own)
        self.mode.event = None
        self.mode.guarded(take_result_apart, self.turn, called, args, kwargs, result, self.mode.wrote)
        return result

    def _begin(self, name: str, args: Any, kwargs: dict[str, Any], own: FrameType, chain: Chain) -> int:
        mode, turn = self.mode, self.turn
        self._mark = turn.mark()
        inputs = references_of(turn, (args, kwargs))
        place = (own.f_code, own.f_lasti)
        kind: Kind = "other"
        if name in calls.BACKWARDS:
            kind = "call"
        elif calls.is_read(name):
            kind = "read"
        elif calls.is_state(name):
            kind = "state"
        tracked = torch.is_grad_enabled()
        turn.happened.append(Happened(kind, "other", place, name, inputs, chain=chain, tracked=tracked))
        mode.event = len(turn.happened) - 1
        mode.wrote.clear()
        return mode.event

    def _end(self, event: int, name: str, args: Any, kwargs: dict[str, Any], result: Any, own: FrameType) -> None:
        mode, turn = self.mode, self.turn
        happened = turn.happened[event]
        written = [tensor for tensor in plain_tensors_in((args, kwargs)) if turn.see(tensor) in mode.wrote]
        happened.outputs = tuple(dict.fromkeys(references_of(turn, (result, written))))
        happened.wrote = tuple(dict.fromkeys(mode.wrote))
        if name == "Tensor.grad.__get__" and happened.outputs:
            turn.sights[happened.outputs[0].slot].gradient_of = happened.inputs[0].slot
        if name == _PROFILED and args and str(args[0]).startswith("Optimizer."):
            happened.name = str(args[0]).partition("#")[2]
            happened.text = self._optimizers.at_work(own)
        if name in calls.BACKWARDS:
            happened.text = calls.graph_kept(name, args, kwargs)
        if name == "torch._C._set_grad_enabled":
            happened.text = "gradients are tracked again" if args[0] else "no gradients from here (no_grad)"
        name_constants(turn, event, own)

    def _look_at_graph(self, name: str, args: Any, result: Any, first: int) -> None:
        """Look at what is known above autograd only: which results are leaves, and what their nodes saved."""
        turn = self.turn
        for _, tensor in (*tensor_parts(result, "r"), *tensor_parts(args, "args")):
            if is_plain(tensor) and turn.knows(tensor):
                turn.refresh(tensor)
        for _, tensor in tensor_parts(result, "r") if name not in calls.BACKWARDS else ():
            with torch._C._DisableTorchDispatch():  # a saved result is unpacked by an operation
                for number, saved in saved_by(tensor, first):
                    plain = [(field, entry) for field, entry in saved if is_plain(entry) and turn.knows(entry)]
                    turn.saved[number] = tuple((field, turn.look(entry)) for field, entry in plain)

    def _differentiate(
        self, func: Any, args: Any, kwargs: dict[str, Any], own: FrameType, called: Called | None
    ) -> Any:
        turn, call = self.turn, len(self.turn.happened) - 1
        hooks = BackwardWatch(self.mode, call, turn.happened[call].place, self._sequence.get)
        differentiation = Differentiation(turn, hooks)
        hooks_before = self.hooks.changes
        self.mode.guarded(self._before_backward, differentiation, args, kwargs, own)
        self.hooks.settle()
        self.mode.differentiating, self.mode.person_within = own, hooks_before[0] > 0
        try:
            result = func(*args, **kwargs)
        finally:
            self.mode.differentiating = None
            walk = self.mode.guarded(differentiation.end)
            if called is not None and walk is not None:
                walk.person_within = walk.person_within or self.mode.person_within
                called.walk, called.hooks = walk, hooks_before
            self.backward = backward_call(turn.happened[call].chain, is_direct(sys._getframe(2)))
        self.mode.guarded(differentiation.look_at_gradients)
        if turn.happened[call].name == "torch.autograd.grad":
            self.mode.guarded(differentiation.look_at_result, args, kwargs, result)
        return result

    def _before_backward(
        self, differentiation: Differentiation, args: Any, kwargs: dict[str, Any], own: FrameType
    ) -> None:
        leaves = differentiation.begin(args, kwargs)
        self._name(own)
        if self._first:
            keep_whole(self.turn, joined(leaves, (tensor for _, tensor in named_tensors(own))))

    def failed(self, error: BaseException, own: FrameType) -> None:
        """Write down that a call raised an exception."""
        place = (own.f_code, own.f_lasti)
        text = f"{type(error).__name__}: {error}"
        self.turn.happened.append(
            Happened("error", "other", place, type(error).__name__, text=text, chain=chain_of(own))
        )
        self.mode.event, self.turn.repeatable = None, False

    def write_failure(self, func: Any, args: Any, kwargs: dict[str, Any], own: FrameType, error: BaseException) -> None:
        """Write down a call that ran already and raised an exception."""
        self._begin(calls.name_of(func), args, kwargs, own, chain_of(own))
        self.failed(error, own)

    def _orphan(self, name: str) -> int:
        """Make an event for an operation that no call of the person's was seen for."""
        self.turn.repeatable = False
        own = own_frame(sys._getframe(2))
        place = None if own is None else (own.f_code, own.f_lasti)
        self.turn.happened.append(Happened("other", "other", place, name, chain=chain_of(own)))
        return len(self.turn.happened) - 1

    # ------------------------------------------------------------ a turn

    def finish(self, finished: bool) -> None:
        """End the present turn."""
        start = None
        if self._first and self.backward is not None:
            self._first = False
            start = self._start_of_loop()
        turn = self.mode.begin()
        self._on_turn(turn, start, finished)
        self.backward = None
        self._sequence.clear()

    def _start_of_loop(self) -> int:
        happened = self.turn.happened
        assert self.backward is not None  # asked by the caller
        start = turn_start([event.chain for event in happened], self.backward)
        if start is None:
            # There is no loop: the step begins where the graph does.
            start = min(self._sequence.values(), default=0)
        return start

    def go_on_with(self, turn: Turn, made: dict[int, int], began: int) -> None:
        """Take over a turn that began otherwise.

        Args:
            turn: What is known of it.
            made: Which event made the node with this number, counted from the turn's beginning.
            began: How many nodes there had been when the turn began.
        """
        self.mode.begin()
        self.mode.turn = turn
        self._sequence = {began + node: event for node, event in made.items()}
        if turn.losses:
            self.backward = backward_call(turn.happened[turn.losses[-1][0]].chain)

    def name_at_end(self) -> None:
        """Name what the person's module holds when the recording ends: without a backward call nobody else does."""
        if self._module is not None and self.backward is None:
            name_tensors(self.turn, named_in([self._module]))

    def _name(self, own: FrameType) -> None:
        """Give the tensors that are known in this turn the names that they have now."""
        name_tensors(self.turn, named_tensors(own))


_PROFILED = "torch._ops.profiler._record_function_enter_new"
"""What an optimizer calls when it begins a step or clears gradients: the profiler shows it."""


class CallMode(TorchFunctionMode):
    """Hands every call of the person's to whoever watches at the moment."""

    def __init__(self, watch: Callable[[Any, Any, dict[str, Any], FrameType], Any]) -> None:
        super().__init__()
        self.watch = watch
        self.outer = how_many(self)
        """The modes that were there before the recording."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run the call under the present watch."""
        return self.watch(func, args, kwargs or _NO_KEYWORDS, sys._getframe(1))


_NO_KEYWORDS: dict[str, Any] = {}
