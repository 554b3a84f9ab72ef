"""A turn whose structure is known: which tensors it expects, and where it copies what to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from torch import Tensor

from retrograd.contents import content, summary
from retrograd.recorder.building import Built
from retrograd.recorder.draft import Watch
from retrograd.recorder.lines import own_frame
from retrograd.recorder.loops import BackwardCall, backward_call
from retrograd.recorder.turn import Turn
from retrograd.recording import Program, Reference, Step, unstable_buffers

Weak = Callable[[], Tensor | None]
"""Who holds a tensor, if it is still there."""

SUMMARISED_A_STEP = 1 << 22
"""Large tensors that do not outlive their step are summarised so often that it comes to about this many bytes a step.
The summaries of the steps between follow by executing the program."""


class Pattern:
    """A known turn, ready to be expected again."""

    def __init__(self, turn: Turn, built: Built, step: Step, before: Program) -> None:
        """Prepare for a turn like this one, after a step that ran the program `before`."""
        assert step.program is not None  # it was watched closely
        self.program, self.before, self.bindings = step.program, before, step.bindings
        self.turn, self.built, self.step, self.calls = turn, built, step, turn.calls
        self.functions: list[Watch] = []
        """One for each call."""
        self.backward: BackwardCall = backward_call(turn.happened[turn.losses[-1][0]].chain)
        self.misses = 0
        self._tensors()
        self._copies()
        self._present_turn()

    def _tensors(self) -> None:
        self.weak: list[Callable[[], Tensor | None]] = list(self.turn.things.weak)
        """Which object each tensor of the turn is now. Weak, for no tensor may live longer than without us."""
        self.last_thing = things_left(self.turn, self.built)
        self.end = {reference.slot: reference.buffer for reference in self.program.end}

    def _copies(self) -> None:
        self.kept = [buffer.number for buffer in self.program.buffers if buffer.kept]
        self.length = len(self.kept)
        self.places = {buffer: place for place, buffer in enumerate(self.kept)}
        """Where in `out` each buffer is, by its number in the program."""
        self.expected = self._expected()
        """Where in `out` the content stands that each carried buffer should begin with."""
        self.out: list[Any] = [b""] * (self.length + len(self.expected))
        self.caught: dict[int, int] = {}
        """The call at which each buffer was copied; -1 for those carried over from the step before."""
        self.unstable = unstable_buffers(self.program)
        """What operations left that are not reproducible; it is kept whole."""
        self.passing = self._passing()
        """Large buffers that neither begin the turn nor outlive it, by number: how many bytes they have."""
        self.summarised_every = 1 + sum(self.passing.values()) // SUMMARISED_A_STEP
        self.blanks: dict[int, bytes] = {}
        """What stands in `out` for gradients that are looked at only in turns with such summaries."""
        self.taken: set[int] = set()
        """Constants that are taken from the calls, or are expected to be what they were."""
        self.fixed = dict(self.step.constants)
        """Constants that are these, and not the program's own, unless a call has others."""

    def _present_turn(self) -> None:
        self.summarises = [True]
        """Whether the passing buffers are summarised."""
        self.changed: dict[int, Any] = {}
        """Constants that are not the program's own."""
        self.drawn: list[bytes] = []
        """States of generators."""
        self.wholes: dict[int, bytes] = {}
        """All bytes of large buffers that nothing could compute again."""
        self.ghosts: list[int] = []
        """Which of the things that it starts from are not what the step before left."""
        self.began = [0]
        """How many nodes of graphs there had been before."""

    @property
    def from_outside(self) -> int:
        """How many of the tensors that it starts from came from outside."""
        return sum(binding is None for binding in self.bindings)

    @property
    def repeats_itself(self) -> bool:
        """Whether the step before runs the same program."""
        return self.before is self.program

    def begins_with(self, func: Any, frame: FrameType) -> bool:
        """Return whether a call is the turn's first: the same function, from the same line of the person's code."""
        first = self.calls[0]
        if not (first.func is func or first.func == func) or first.place != (frame.f_code, frame.f_lasti):
            return False
        place = self.turn.happened[first.event].place
        if place == first.place:
            return True
        # PyTorch's own code called; many lines of the person's may lead there.
        own = own_frame(frame)
        return own is not None and (own.f_code, own.f_lasti) == place

    def is_possible(self) -> bool:
        """Return whether all that happened in the turn can be met again in its calls."""
        turn, program = self.turn, self.program
        events = {called.event for called in self.calls}
        covered = all(h.parent is not None or number in events for number, h in enumerate(turn.happened))
        calls = {called.event for called in self.calls if called.walk is None}
        drawn = all(program.operations[operation].event in calls for operation, _ in program.draws)
        near = drawn and all(binding is None or binding[0] == 1 for binding in self.bindings)
        return turn.repeatable and covered and near and program.executable and bool(self.calls)

    def is_covered(self) -> bool:
        """Return whether the functions copy each buffer, and take each constant that has varied so far."""
        varied = self.program.cache.get("varied", set())
        return set(self.kept) <= set(self.caught) and varied <= self.taken

    def moves(self) -> list[tuple[int, int]]:
        """Return which objects of the next turn are which of this one, where they are not the same."""
        if not self.repeats_itself:
            return []
        found = []
        for reference, binding in zip(self.program.start, self.bindings, strict=True):
            begin = self.first_thing(reference.slot)
            last = self.last_thing.get(binding[1]) if binding else None
            if begin is not None and last is not None and begin != last:
                found.append((begin, last))
        return found

    def first_thing(self, slot: int) -> int | None:
        """Return the object that stands for a slot at the beginning of the turn."""
        things = self.turn.things
        for thing, raw in enumerate(things.slots):
            if self.built.slots.get(raw) == slot and not things.made[thing]:
                return thing
        return None

    # ------------------------------------------------------------ its tensors, as they are now

    def prime(self, weak_of: Callable[[int], Weak], data_of: Callable[[int], Any]) -> None:
        """Take the objects and contents that the step before left, by their slots in its program."""
        for reference, binding in zip(self.program.start, self.bindings, strict=True):
            if binding is None:
                continue
            thing = self.first_thing(reference.slot)
            if thing is not None:
                self.weak[thing] = weak_of(binding[1])
            place = self.expected.get(reference.buffer)
            if place is not None:
                self.out[place] = data_of(binding[1]) or b""

    def prime_from_memory(self) -> None:
        """Take the contents that the carried tensors have now."""
        for reference, tensor in self._carried_now():
            place = self.expected.get(reference.buffer)
            if place is not None:
                whole = self.program.buffers[reference.buffer].whole
                self.out[place] = content(tensor) if whole else summary(tensor)

    def keep_whole(self) -> int:
        """Keep all bytes of the large tensors that the turn starts from; return how many these are."""
        total = 0
        for reference, tensor in self._carried_now():
            if reference.buffer >= 0 and not self.program.buffers[reference.buffer].whole:
                self.wholes[reference.buffer] = content(tensor)
                total += self.program.buffers[reference.buffer].nbytes
        return total

    def _carried_now(self) -> Iterator[tuple[Reference, Tensor]]:
        for reference, binding in zip(self.program.start, self.bindings, strict=True):
            thing = None if binding is None else self.first_thing(reference.slot)
            tensor = None if thing is None else self.weak[thing]()
            if tensor is not None:
                yield reference, tensor

    def weak_at_end(self, slot: int) -> Weak:
        """Return who holds a tensor when the turn is over."""
        thing = self.last_thing.get(slot)
        return gone if thing is None else self.weak[thing]

    def data_at_end(self, slot: int) -> Any:
        """Return what a tensor holds when the turn is over, as `out` keeps it."""
        place = self.places.get(self.end.get(slot, -1))
        return b"" if place is None else self.out[place]

    # ------------------------------------------------------------ how it is laid out

    def _expected(self) -> dict[int, int]:
        expected: dict[int, int] = {}
        for reference, binding in zip(self.program.start, self.bindings, strict=True):
            if binding is None:
                continue
            buffer = self.end.get(binding[1], -1) if self.repeats_itself else -1
            place = self.places.get(buffer)
            expected[reference.buffer] = self.length + len(expected) if place is None else place
        return expected

    def _passing(self) -> dict[int, int]:
        program = self.program
        lasting = {r.buffer for r in (*program.start, *program.end, *program.losses)}
        lasting |= {reference.buffer for _, reference in program.gradients} | self.unstable
        return {b.number: b.nbytes for b in program.buffers if b.kept and not b.whole and b.number not in lasting}


def gone() -> None:
    """Stand for the weak reference to an object that is not known."""


def things_left(turn: Turn, built: Built) -> dict[int, int]:
    """Return which object stands for each slot after a turn.

    Several objects may be the same tensor, as `w` and `w[:]` are. The one that outlives the turn counts, and among
    those one that was there before it. An object may be another tensor by now: `w.data = …` gives it other memory.
    """
    found: dict[int, tuple[bool, bool, int]] = {}
    things = turn.things
    for thing, raw in enumerate(things.slots):
        tensor = things.weak[thing]()
        now = raw if tensor is None else turn.number_of(tensor)
        if now in built.slots:
            candidate = (tensor is not None, not things.made[thing], thing)
            slot = built.slots[now]
            found[slot] = max(found.get(slot, candidate), candidate)
    return {slot: thing for slot, (_, _, thing) in found.items()}
