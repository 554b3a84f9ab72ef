"""One recording while it grows: turns come in, programs and steps go to the writer."""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

from retrograd.recorder.budget import Budget, thinned
from retrograd.recorder.building import Builder, Built, Geometry
from retrograd.recorder.lines import Place, is_foreign, line_at, text_of
from retrograd.recorder.seen import Storage, is_gone
from retrograd.recorder.turn import Turn
from retrograd.recording import Binding, Line, Note, NoteKind, Program, Step, in_another_order, loss_of
from retrograd.store import Repeated, Writer

Ended = tuple[Storage, int, dict[Geometry, tuple[int, bytes | None]]]
"""A storage that outlived a step: itself, the step, and the slots that showed it, with what they held at the end."""


class Session:
    """Turns watched closely become programs and steps."""

    def __init__(
        self,
        writer: Writer,
        progress: Callable[[int, float | None], None] | None = None,
        budget: Budget | None = None,
    ) -> None:
        self.writer = writer
        self.budget = budget
        """How many bytes may be written; None for as many as it takes."""
        self._progress = progress
        self.on_step: Callable[[Turn, Built, Step], None] | None = None
        """Told about every step that was watched closely from its beginning."""
        self.on_lost: Callable[[], None] | None = None
        """Told about every step that was watched closely and not written down as a program."""
        self.steps = 0
        """Turns of the loop that were written down."""
        self.programs: dict[bytes, Program] = {}
        self._last: Step | Repeated | None = None
        """The last step that only values were written down of."""
        self._began = perf_counter()
        self._thread = threading.get_ident()
        self._alive: dict[int, Ended] = {}
        self._files: set[str] = set()
        self._noted: set[tuple[str, int | None]] = set()
        self._places: dict[Place, int] = {}

    @property
    def seconds(self) -> float:
        """Since the recording began."""
        return perf_counter() - self._began

    def is_known(self, address: int, data: bytes) -> bool:
        """Return whether a step before ended with this content at this address."""
        ended = self._alive.get(address)
        return ended is not None and any(content == data for _, content in ended[2].values())

    def turn(self, turn: Turn, start: int | None, finished: bool) -> Step | None:
        """Write down a turn; return the step, unless it was none."""
        try:
            return self._turn(turn, start, finished)
        except Exception as error:  # watching must never break the person's loop
            self.note("unseen", self.steps, None, f"a step was not written down: {error!r}")
            if turn.backwards:
                lost = Step(self.steps, None, "none", b"", {}, (), (), {}, self.seconds, finished, None, ())
                self.writer.step(lost, True)
                self.steps += 1
            return None

    def _turn(self, turn: Turn, start: int | None, finished: bool) -> Step | None:
        last = len(turn.happened)
        if not last:
            return None
        if start:
            self._write(turn, 0, start, -1, True)
        if turn.backwards:
            step = self._write(turn, start or 0, last, self.steps, finished, is_step=True)
            self.steps += 1
            return step
        number = self.steps if self.steps or start is not None else -1
        self._write(turn, 0, last, number, finished)
        return None

    def _write(self, turn: Turn, first: int, last: int, number: int, finished: bool, is_step: bool = False) -> Step:
        built = Builder(turn, first, last, self.line).build()
        new = is_step and self.budget is not None and built.signature not in self.programs
        if new and not self.budget.affords(_ROOM_FOR_A_PART * _parts_of(built.program)):  # type: ignore[union-attr]
            return self._write_lightly(built, number, finished)
        program = self._intern(built)
        self._note_unstable(program, number)
        bindings = tuple(self._bind(number, turn, *start) for start in built.start)
        changed = {n: v for n, v in enumerate(built.constants) if not _same(v, program.constants[n].value)}
        program.cache.setdefault("varied", set()).update(changed)
        step = Step(
            *(number, program, built.layout, built.row, changed, bindings, built.generators, built.wholes),
            *(self.seconds, finished, None, ()),
        )
        self.writer.step(self._within_budget(step, is_step), is_step)
        if is_step:
            self._tell(step)
        for address, (storage, slots) in built.alive.items():
            self._alive[address] = (storage, number, slots)
        self._alive = {a: ended for a, ended in self._alive.items() if not is_gone(ended[0])}
        if self.on_step is not None and is_step and not first:
            self.on_step(turn, built, step)
        for event, text in turn.unseen:
            if first <= event < last:
                line = program.events[event - first].line
                self.note("unseen", number, line, f"{text} took part, which is not recorded")
        return step

    def repeated(
        self,
        program: Program,
        row: bytes,
        constants: dict[int, Any],
        bindings: tuple[Binding, ...],
        generators: list[bytes],
        wholes: dict[int, bytes],
    ) -> None:
        """Write down a step that ran a known program."""
        number, now = self.steps, perf_counter()
        step: Step | Repeated
        if constants or generators or wholes or self.budget is not None:
            step = Step(
                *(number, program, "kept", row, dict(constants), bindings, tuple(generators), dict(wholes)),
                *(now - self._began, True, None, ()),
            )
            step = self._within_budget(step, True)
            self.writer.step(step, True)
        else:
            step = Repeated(number, program, "kept", row, bindings, now - self._began)
            self.writer.repeated(step, now)
        self._last = step
        self.steps = number + 1
        if self._progress is not None:
            self._tell(step if isinstance(step, Step) else step.step())

    @property
    def began(self) -> float:
        """When the recording began, as `time.perf_counter` counts."""
        return self._began

    def passed(self, step: Step | Repeated, now: float) -> None:
        """Write down a turn that passed unwatched."""
        if isinstance(step, Step):
            step = self._within_budget(step, True, unwatched=True)
        elif self.budget is not None:
            self.budget.write(step)
        if isinstance(step, Repeated):
            self.writer.repeated(step, now)
        else:
            self.writer.step(step, True)
        self._last = step
        self.steps += 1
        if self._progress is not None:
            self._tell(step.step() if isinstance(step, Repeated) else step)

    def have_passed(self, steps: Sequence[Repeated | Step]) -> None:
        """Count turns that passed unwatched and that the writer takes over by itself."""
        self._last = steps[-1]
        self.steps += len(steps)
        if self.budget is not None:
            self.budget.write(*steps)

    @property
    def last(self) -> Step | None:
        """The last step that only values were written down of."""
        return self._last.step() if isinstance(self._last, Repeated) else self._last

    @property
    def tells(self) -> bool:
        """Whether somebody is told about each step."""
        return self._progress is not None

    def tell_last(self) -> None:
        """Tell about the last step that only values were written down of."""
        if self.last is not None:
            self._tell(self.last)

    def rewrite(self, step: Step | Repeated) -> None:
        """Write down more of a turn that passed unwatched."""
        self.writer.step(step.step() if isinstance(step, Repeated) else step, True)

    def ended(self, program: Program, row: bytes, bindings: tuple[Binding, ...], wholes: dict[int, bytes]) -> None:
        """Write down what the last turn left."""
        program = self.writer.program(program)
        step = Step(self.steps, program, "all", row, {}, bindings, (), wholes, self.seconds, True, None, ())
        self.writer.step(step, False)

    def _tell(self, step: Step) -> None:
        if self._progress is not None:
            loss = loss_of(step)
            self._progress(step.number + 1, None if loss != loss else loss)

    def last_is_unfinished(self) -> None:
        """Learn that the loop stopped in the turn that was written down last."""
        if self.last is not None:
            self.writer.step(replace(self.last, finished=False), True)

    def take_back(self) -> None:
        """Take back that the last step is over: its turn goes on."""
        self.steps -= 1

    def alive_are(self, ended: dict[int, Ended], as_well: bool = False) -> None:
        """Learn what the step before left, after steps that only values were written down of.

        Args:
            ended: What it left, by address.
            as_well: What is known already holds, too.
        """
        found = {
            address: (storage, self.steps - 1 if step < 0 else step, slots)
            for address, (storage, step, slots) in ended.items()
        }
        self._alive = self._alive | found if as_well else found

    def warned(self, message: Any) -> None:
        """Write down a warning that was shown, if it points to a line of the person's code."""
        place = (message.filename, message.lineno)
        self.writer.arrive()
        if threading.get_ident() == self._thread and not is_foreign(message.filename):
            line = self.writer.line(Line(*place, 0, message.lineno, 0, ""))
            self.note("warning", self.steps, line, f"{message.category.__name__}: {message.message}")

    def note(self, kind: NoteKind, step: int | None, line: int | None, text: str) -> None:
        """Add a note, once for each text and line: it holds from that step on."""
        if (text, line) not in self._noted:
            self._noted.add((text, line))
            self.writer.note(Note(kind, step, line, text))

    def _note_unstable(self, program: Program, number: int) -> None:
        for operation in in_another_order(program):
            event = program.events[program.operations[operation].event]
            forward = event.node.forward if event.node is not None else None
            line = event.line if forward is None else program.events[forward].line
            self.note(
                *("unstable", number, line),
                "backward adds in another order each time, for PyTorch has several threads; what came out is kept, and "
                "executing the step takes it. torch.use_deterministic_algorithms(True) or torch.set_num_threads(1) "
                "makes the loop reproducible",
            )

    def _within_budget(self, step: Step, is_step: bool, unwatched: bool = False) -> Step:
        """Return what may be written of a step."""
        budget = self.budget
        if budget is None:
            return step
        kept = step
        if is_step and not unwatched and not _holds_state(step) and not budget.keeps():
            kept = thinned(step, loss_of(step))
        elif step.wholes and not budget.affords(sum(map(len, step.wholes.values()))):
            kept = replace(step, wholes={})
        if kept is not step:
            self.note("unseen", step.number, None, budget.words)
        budget.write(kept)
        return kept

    def _write_lightly(self, built: Built, number: int, finished: bool) -> Step:
        """Write down no more of a step than its loss."""
        assert self.budget is not None  # the caller looked
        known = replace(built.program, number=-1)
        full = Step(number, known, built.layout, built.row, {}, (), (), {}, self.seconds, finished, None, ())
        step = replace(full, program=None, layout="none", row=b"", loss=loss_of(full))
        self.note("unseen", number, None, self.budget.words)
        self.budget.write(step)
        self.writer.step(step, True)
        self._tell(step)
        if self.on_lost is not None:
            self.on_lost()
        return step

    def _intern(self, built: Built) -> Program:
        known = self.programs.get(built.signature)
        if known is None:
            known = self.programs[built.signature] = self.writer.program(built.program)
        return known

    def _bind(
        self, number: int, turn: Turn, tensor: int, address: int, geometry: Geometry, content: bytes | None
    ) -> Binding:
        if tensor in turn.bindings and number >= 0:
            return turn.bindings[tensor]
        # The weak reference in `_alive` keeps the address from being used again, even if the memory is free by now.
        ended = self._alive.get(address)
        if ended is None or geometry not in ended[2]:
            return None
        slot, before = ended[2][geometry]
        return (number - ended[1], slot) if before == content or before is None or content is None else None

    def line(self, place: Place) -> int:
        """Return the number of a line of the person's code, writing it down when it is new."""
        number = self._places.get(place)
        if number is None:
            line = line_at(*place)
            if line.file not in self._files:
                self._files.add(line.file)
                self.writer.text(line.file, text_of(line.file))
            number = self._places[place] = self.writer.line(line)
        return number


_ROOM_FOR_A_PART = 40
"""Bytes that a slot, a buffer, an operation or an event takes in the file, packed, at most."""


def _parts_of(program: Program) -> int:
    return len(program.slots) + len(program.buffers) + len(program.operations) + len(program.events)


def _holds_state(step: Step) -> bool:
    """Return whether large tensors of the loop's own are whole in a step: it may be computed on from there."""
    if not step.wholes or step.program is None:
        return False
    pairs = zip(step.program.start, step.bindings, strict=True)
    return any(binding is not None and reference.buffer in step.wholes for reference, binding in pairs)


def _same(value: float | complex, other: float | complex) -> bool:
    """Return whether two numbers are the same bit by bit, so that NaN equals NaN and 0.0 is not -0.0."""
    if isinstance(value, float) and isinstance(other, float):
        return struct.pack("d", value) == struct.pack("d", other)
    return value == other and repr(value) == repr(other)
