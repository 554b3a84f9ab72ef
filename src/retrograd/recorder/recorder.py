"""Watching a loop: what the person calls, what runs beneath, and where one turn ends and the next begins."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from retrograd.recorder import calls
from retrograd.recorder.graph import BackwardWatch, leaves_behind, nodes_behind, saved_by
from retrograd.recorder.lines import is_own, own_frame
from retrograd.recorder.loops import (
    BackwardCall,
    Chain,
    backward_call,
    chain_of,
    is_direct,
    progress,
    turn_start,
)
from retrograd.recorder.names import described, named_numbers, named_tensors
from retrograd.recorder.operations import OperationMode, plain_tensors_in, references_of, tensors_in
from retrograd.recorder.parts import Called, PlainPart, TensorPart, Unrepeatable, parts_of, tensor_parts
from retrograd.recorder.turn import Happened, Turn
from retrograd.recorder.values import content, is_plain, is_small
from retrograd.recording import Kind, Reference

TurnEnded = Callable[[Turn, int | None, bool], object]
"""Called with a turn, the first event of the loop in it (if it was the first turn), and whether it was finished."""


class CloseWatch:
    """Sees every call and every operation of a turn. This is how a turn of an unknown structure is recorded."""

    def __init__(self, on_turn: TurnEnded, is_known: Callable[[int, bytes], bool]) -> None:
        self.mode = OperationMode(self._orphan, is_known)
        self.backward: BackwardCall | None = None
        """The last backward call of this turn."""
        self._on_turn = on_turn
        self._sequence: dict[int, int] = {}
        """Which event made the node with this number."""
        self._first = True
        self._optimizers: WeakKeyDictionary[torch.optim.Optimizer, int] = WeakKeyDictionary()
        self._mark = self.mode.turn.mark()
        self.successor: Callable[..., Any] | None = None
        """Who takes over with the first call of the next turn, if its structure is known."""

    @property
    def turn(self) -> Turn:
        """The present turn."""
        return self.mode.turn

    def call(self, func: Any, args: Any, kwargs: dict[str, Any], frame: FrameType) -> Any:
        """Run a call of the person's, and write down what happened."""
        name = calls.name_of(func)
        if calls.is_question(name) or self.mode.muted or torch._C._get_tracing_state() is not None:
            return func(*args, **kwargs)
        own = own_frame(frame)
        if own is None:
            self.mode.muted += 1
            try:
                return func(*args, **kwargs)
            finally:
                self.mode.muted -= 1
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
        called = self.mode.guarded(self._take_apart, event, func, args, kwargs, frame, before)
        reads = calls.is_read(name)
        self.mode.muted += reads  # what torch computes to show a value is no part of the loop
        try:
            if name in calls.BACKWARDS:
                result = self._differentiate(func, args, kwargs, own, called)
            else:
                result = func(*args, **kwargs)
        except BaseException as error:
            self.mode.guarded(self.failed, error, own)
            raise
        finally:
            self.mode.muted -= reads
        self.mode.guarded(self._look_at_graph, name, args, result, before)
        self._sequence.update(dict.fromkeys(range(before, torch.autograd._get_sequence_nr()), event))  # type: ignore[attr-defined]
        self.mode.guarded(self._end, event, name, args, kwargs, result, own)
        self.mode.guarded(self._take_result_apart, called, args, kwargs, result)
        return result

    def _take_apart(
        self, event: int, func: Any, args: Any, kwargs: dict[str, Any], frame: FrameType, nodes: int
    ) -> Called | None:
        turn = self.turn
        if not turn.calls:
            turn.began_at = nodes
        mark = self._mark
        try:
            parts = [*parts_of(args, "args"), *parts_of(kwargs, "kwargs")]
        except Unrepeatable:
            turn.repeatable = False
            return None
        tensors = tuple(self._tensor_part(path, value) for path, value in parts if isinstance(value, Tensor))
        plain = tuple(PlainPart(path, value) for path, value in parts if not isinstance(value, Tensor))
        place = (frame.f_code, frame.f_lasti)
        hops, above = 0, frame
        while not is_own(above.f_code) and above.f_back is not None:
            hops, above = hops + 1, above.f_back
        called = Called(event, func, place, tensors, plain, mark, hops, nodes - turn.began_at)
        turn.calls.append(called)
        return called

    def _take_result_apart(self, called: Called | None, args: Any, kwargs: dict[str, Any], result: Any) -> None:
        if called is None:
            return
        turn = self.turn
        results = tensor_parts(result, "r")
        called.results = tuple(self._tensor_part(path, value, made=True) for path, value in results)
        arguments = (*tensor_parts(args, "args"), *tensor_parts(kwargs, "kwargs"))
        written = [(path, v) for path, v in arguments if is_plain(v) and turn.see(v) in self.mode.wrote]
        called.written = tuple(self._tensor_part(path, value) for path, value in written)

    def _tensor_part(self, path: str, tensor: Tensor, made: bool = False) -> TensorPart:
        turn = self.turn
        if not is_plain(tensor):
            turn.repeatable = False
            return TensorPart(path, -1, Reference(-1, -1))
        reference = turn.look(tensor)
        return TensorPart(path, turn.things.number(tensor, reference.slot, made), reference)

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

    def write_failure(self, func: Any, args: Any, kwargs: dict[str, Any], own: FrameType, error: BaseException) -> None:
        """Write down a call that ran already and raised an exception."""
        self._begin(calls.name_of(func), args, kwargs, own, chain_of(own))
        self.failed(error, own)

    def _start_of_loop(self) -> int:
        happened = self.turn.happened
        assert self.backward is not None  # asked by the caller
        start = turn_start([event.chain for event in happened], self.backward)
        if start is None:
            # There is no loop: the step begins where the graph does.
            start = min(self._sequence.values(), default=0)
        return start

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
        mode.event = None
        happened = turn.happened[event]
        written = [tensor for tensor in plain_tensors_in((args, kwargs)) if turn.see(tensor) in mode.wrote]
        happened.outputs = tuple(dict.fromkeys(references_of(turn, (result, written))))
        happened.wrote = tuple(dict.fromkeys(mode.wrote))
        if name == "Tensor.grad.__get__" and happened.outputs:
            turn.sights[happened.outputs[0].slot].gradient_of = happened.inputs[0].slot
        if name == _PROFILED and args and str(args[0]).startswith("Optimizer."):
            happened.name = str(args[0]).partition("#")[2]
            happened.text = self._optimizer_at_work(own)
        if name == "torch._C._set_grad_enabled":
            happened.text = "gradients are tracked again" if args[0] else "no gradients from here (no_grad)"
        self._name_constants(event, own)

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
        call = len(self.turn.happened) - 1
        self.turn.backwards += 1
        leaves: list[Tensor] = []
        watch = BackwardWatch(self.mode, call, self.turn.happened[call].place, self._sequence.get)
        self.mode.guarded(self._before_backward, args, kwargs, own, call, leaves, watch)
        try:
            result = func(*args, **kwargs)
        finally:
            walk = self.mode.guarded(watch.take_off)
            if called is not None:
                called.walk = walk
            self.backward = backward_call(self.turn.happened[call].chain, is_direct(sys._getframe(2)))
        self.mode.guarded(self._gradients, leaves, call)
        if func is torch.autograd.grad:
            self.mode.guarded(self._returned_gradients, args, kwargs, result, call)
        return result

    def _before_backward(
        self,
        args: Any,
        kwargs: dict[str, Any],
        own: FrameType,
        call: int,
        leaves: list[Tensor],
        watch: BackwardWatch,
    ) -> None:
        turn = self.turn
        roots = [*tensors_in(args[0] if args else kwargs.get("tensors", kwargs.get("outputs", kwargs.get("self"))))]
        nodes = nodes_behind(roots)
        leaves += leaves_behind(nodes)
        turn.losses += [(call, reference) for reference in references_of(turn, roots)]
        for reference in references_of(turn, leaves):
            turn.sights[reference.slot].parameter = True
        self._name(own)
        if self._first:
            self._keep_whole(leaves, own)
        watch.put_on(nodes)

    def _keep_whole(self, leaves: list[Tensor], own: FrameType) -> None:
        """Keep large tensors whole that the first step may start from: they were made before it."""
        turn = self.turn
        named = (tensor for _, tensor in named_tensors(own))
        for tensor in (*leaves, *named):
            if is_plain(tensor) and turn.knows(tensor) and not is_small(tensor) and tensor.grad_fn is None:
                reference = turn.look(tensor)
                if reference.buffer >= 0 and turn.contents[reference.buffer].full is None:
                    turn.contents[reference.buffer].full = content(tensor)

    def _gradients(self, leaves: list[Tensor], call: int) -> None:
        for leaf in leaves:
            found = references_of(self.turn, (leaf, leaf.grad))
            if len(found) == 2:
                self._is_gradient(found[0].slot, found[1], call)

    def _returned_gradients(self, args: Any, kwargs: dict[str, Any], result: Any, call: int) -> None:
        wanted = args[1] if len(args) > 1 else kwargs["inputs"]
        for leaf, gradient in zip([wanted] if isinstance(wanted, Tensor) else wanted, result, strict=False):
            found = references_of(self.turn, (leaf, gradient))
            if len(found) == 2 and leaf.is_leaf:
                self.turn.sights[found[0].slot].parameter = True
                self._is_gradient(found[0].slot, found[1], call)

    def _is_gradient(self, leaf: int, gradient: Any, call: int) -> None:
        self.turn.sights[gradient.slot].gradient_of = leaf
        self.turn.gradients[leaf] = (call, gradient)

    def failed(self, error: BaseException, own: FrameType) -> None:
        """Write down that a call raised an exception."""
        place = (own.f_code, own.f_lasti)
        text = f"{type(error).__name__}: {error}"
        self.turn.happened.append(
            Happened("error", "other", place, type(error).__name__, text=text, chain=chain_of(own))
        )
        self.mode.event, self.turn.repeatable = None, False

    def _orphan(self, name: str) -> int:
        """Make an event for an operation that no call of the person's was seen for."""
        self.turn.repeatable = False
        own = own_frame(sys._getframe(2))
        place = None if own is None else (own.f_code, own.f_lasti)
        self.turn.happened.append(Happened("other", "other", place, name, chain=chain_of(own)))
        return len(self.turn.happened) - 1

    def _name(self, own: FrameType) -> None:
        """Give the tensors that are known in this turn the names that they have now."""
        turn = self.turn
        with suppress(Exception):  # a name is a help, never a reason to disturb the loop
            for name, tensor in named_tensors(own):
                if is_plain(tensor) and turn.knows(tensor):
                    sight = turn.sights[turn.see(tensor)]
                    sight.name = sight.name or name

    def _optimizer_at_work(self, own: FrameType) -> str:
        """Say which optimizer takes a step or clears gradients: which of all, its parameters and its options."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame is not own:
            optimizer = frame.f_locals.get("self") if frame.f_code.co_filename == _OPTIMIZER else None
            if isinstance(optimizer, torch.optim.Optimizer):
                number = self._optimizers.setdefault(optimizer, len(self._optimizers))
                return f"optimizer {number}: {described(optimizer, own)}"
            frame = frame.f_back
        return ""

    def _name_constants(self, event: int, own: FrameType) -> None:
        turn = self.turn
        fresh = {
            number: ran.name.partition(".")[0] in _ARITHMETIC
            for ran in turn.ran[-8:]
            if ran.event == event
            for number in _constants_of((ran.arguments, ran.keywords))
        }
        if not fresh:
            return
        with suppress(Exception):  # as above
            for name, value in named_numbers(own.f_code, own.f_lasti, own):
                for number, is_factor in fresh.items():
                    constant = turn.constants[number]
                    # A whole number may as well be a dimension or a length, where nothing is computed with it.
                    alike = type(value) is type(constant) and (isinstance(value, float) or is_factor)
                    if alike and constant == value:
                        turn.constant_names.setdefault(number, name)


_ARITHMETIC = {f"aten::{name}{end}" for name in ("mul", "add", "sub", "div", "rsub", "pow") for end in ("", "_")}

_PROFILED = "torch._ops.profiler._record_function_enter_new"
"""What an optimizer calls when it begins a step or clears gradients: the profiler shows it."""

_OPTIMIZER = torch.optim.Optimizer.profile_hook_step.__code__.co_filename


def _constants_of(encoded: Any) -> list[int]:
    if isinstance(encoded, dict):
        if "constant" in encoded:
            return [encoded["constant"]]
        encoded = list(encoded.values())
    return [c for part in encoded for c in _constants_of(part)] if isinstance(encoded, (list, tuple)) else []


class CallMode(TorchFunctionMode):
    """Hands every call of the person's to whoever watches at the moment."""

    def __init__(self, watch: Callable[[Any, Any, dict[str, Any], FrameType], Any]) -> None:
        super().__init__()
        self.watch = watch

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run the call under the present watch."""
        return self.watch(func, args, kwargs or _NO_KEYWORDS, sys._getframe(1))


_NO_KEYWORDS: dict[str, Any] = {}
