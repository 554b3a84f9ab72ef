"""Recording a program that runs again with autograd on top: its events, in place of a person's calls.

The close watch sees calls and finds their lines, names and turns. Here all of that is known; what is new is what runs
beneath, and the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef

from retrograd.recorder.graph import BackwardWatch, leaves_behind, nodes_behind, saved_by
from retrograd.recorder.operations import OperationMode
from retrograd.recorder.seen import Happened, Storage
from retrograd.recorder.session import Session
from retrograd.recorder.turn import Turn, address_of
from retrograd.recording import Event, Program, Recording, Step, constants_in
from retrograd.store import Writer

_BY_NAME = ("call", "read", "state")
"""Kinds of events that are what they are by their name; the others depend on what is written to."""


class Rewatch:
    """Writes down steps whose events are announced one by one."""

    def __init__(self, recording: Recording) -> None:
        self._writer = Writer(None, {"mode": "every"})
        for line in recording.lines:
            self._writer.new_line(line)
        self._session = _Session(self._writer)
        self._mode = OperationMode(self._orphan, self._session.is_known)
        self._sequence: dict[int, int] = {}
        """Which event made the node with this number."""

    @property
    def recording(self) -> Recording:
        """What was written down: programs, notes and steps."""
        return self._writer.recording

    @property
    def _turn(self) -> Turn:
        return self._mode.turn

    @contextmanager
    def watching(self) -> Iterator[None]:
        """See the operations that run."""
        with self._mode:
            yield

    def left(self, program: Program, tensors: Mapping[int, Tensor]) -> None:
        """Learn what was there before the first step: the tensors that `program` left."""
        ended: dict[int, Any] = {}
        for number, tensor in tensors.items():
            slot = program.slots[number]
            storage = Storage(0, StorageWeakRef(tensor.untyped_storage()))
            slots = ended.setdefault(address_of(tensor), (storage, -1, {}))[2]
            slots[slot.dtype, slot.offset, slot.shape, slot.stride] = number, None
        self._session.alive_are(ended)

    def name(self, tensor: Tensor, name: str) -> None:
        """Give a tensor the name that the person has for it."""
        if self._turn.knows(tensor):
            self._turn.sights[self._turn.see(tensor)].name = name

    @contextmanager
    def event(self, event: Event, inputs: Sequence[Tensor], outputs: Callable[[], Iterable[Tensor]]) -> Iterator[None]:
        """Write down one event, which happens meanwhile.

        Args:
            event: As it was recorded.
            inputs: What it takes.
            outputs: Returns what it gave, when it is over.
        """
        mode, turn = self._mode, self._turn
        kind = event.kind if event.kind in _BY_NAME else "other"
        seen = tuple(map(turn.look, inputs))
        turn.happened.append(_happened(event, kind, inputs=seen, tracked=torch.is_grad_enabled()))
        number = mode.event = len(turn.happened) - 1
        mode.wrote.clear()
        before = torch.autograd._get_sequence_nr()  # type: ignore[attr-defined]
        yield
        made = torch.autograd._get_sequence_nr()  # type: ignore[attr-defined]
        self._sequence.update(dict.fromkeys(range(before, made), number))
        results = [*outputs()]
        mode.event = None
        happened = turn.happened[number]
        wrote = [tensor for tensor in inputs if turn.see(tensor) in mode.wrote]
        happened.outputs = tuple(dict.fromkeys(map(turn.look, (*results, *wrote))))
        happened.wrote = tuple(dict.fromkeys(mode.wrote))
        if event.name == "Tensor.grad.__get__" and results:
            turn.sights[happened.outputs[0].slot].gradient_of = happened.inputs[0].slot
        for tensor in (*results, *inputs):
            turn.refresh(tensor)
        if event.kind != "call":
            self._look_at_saved(results, before)

    def _look_at_saved(self, results: Iterable[Tensor], first: int) -> None:
        turn = self._turn
        for result in results:
            with torch._C._DisableTorchDispatch():  # a saved result is unpacked by an operation
                for number, saved in saved_by(result, first):
                    turn.saved[number] = tuple((name, turn.look(entry)) for name, entry in saved if turn.knows(entry))

    @contextmanager
    def backward(
        self, roots: list[Tensor], asked: Sequence[Tensor], got: Callable[[], Sequence[Tensor]]
    ) -> Iterator[None]:
        """Watch a backward call, which happens meanwhile; its event has begun.

        Args:
            roots: What it is called on.
            asked: The leaves that `torch.autograd.grad` gives gradients for.
            got: Returns those gradients, when it is over.
        """
        turn = self._turn
        call = len(turn.happened) - 1
        turn.backwards += 1
        watch = BackwardWatch(self._mode, call, turn.happened[call].place, self._sequence.get)
        nodes = nodes_behind(roots)
        leaves = [*leaves_behind(nodes)]
        turn.losses += [(call, turn.look(root)) for root in roots]
        for leaf in leaves:
            turn.sights[turn.see(leaf)].parameter = True
        watch.put_on(nodes)
        try:
            yield
        finally:
            watch.take_off()
        pairs = [(leaf, leaf.grad) for leaf in leaves if leaf.grad is not None]
        for leaf, gradient in (*pairs, *zip(asked, got(), strict=False)):
            seen, reference = turn.see(leaf), turn.look(gradient)
            turn.sights[reference.slot].gradient_of = seen
            turn.gradients[seen] = call, reference

    def constants(self, names: Sequence[str | None]) -> None:
        """Give the constants of the last operation the person's names."""
        ran = self._turn.ran[-1] if self._turn.ran else None
        numbers = () if ran is None else constants_in((ran.arguments, ran.keywords))
        self._turn.constant_names.update((n, name) for n, name in zip(numbers, names, strict=False) if name)

    def left_out(self, event: Event, inputs: Sequence[Tensor]) -> None:
        """Write down that an event is left out."""
        seen = tuple(map(self._turn.look, inputs))
        self._turn.happened.append(replace(_happened(event, "state", inputs=seen), text="left out in this replay"))

    def failed(self, event: Event, error: Exception) -> None:
        """Write down that an event raised an exception."""
        self._mode.event = None
        happened = _happened(event, "error")
        happened.name, happened.text = type(error).__name__, f"{type(error).__name__}: {error}"
        self._turn.happened.append(happened)
        self._session.note("error", self._session.steps, event.line, happened.text)

    def finish(self, finished: bool) -> Step | None:
        """End the step, and return it."""
        turn = self._mode.begin()
        self._sequence.clear()
        return self._session.turn(turn, None, finished)

    def _orphan(self, name: str) -> int:
        return max(len(self._turn.happened) - 1, 0)


class _Session(Session):
    """Lines are known by their index already."""

    def line(self, place: Any) -> int:  # a place of `_happened`
        """Return the number of a line."""
        return place[1]


def _happened(event: Event, kind: Any, **more: Any) -> Happened:
    """Return an event as it begins, with the lines that it has in the recording for places."""
    place: Any = None if event.line is None else (None, event.line)
    chain: Any = [(0, (None, line)) for line in (*event.callers[::-1], event.line)]
    return Happened(kind, "other", place, event.name, text=event.text, chain=tuple(chain), **more)
