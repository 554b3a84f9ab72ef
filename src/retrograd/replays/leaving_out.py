"""What a replay leaves out: lines, calls or clears; and what stands in where others need the result."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from retrograd.checks.sources import Sources
from retrograd.errors import BeyondRecordingError, NameUnknownError
from retrograd.recording import Event, Program, Recording, flat, slots_in

StandIns = Mapping[int, Mapping[int, int]]
"""For an event that is left out: for each of its results the slot that is used instead."""

_NAME = re.compile(r"(?:line (?P<number>\d+))?(?:(?<=\d): )?(?P<call>[A-Za-z_]\w*)?")


class LeftOut:
    """Which events a replay leaves out."""

    def __init__(self, recording: Recording, names: Sequence[str], clear: bool | None) -> None:
        """Find what is meant.

        Args:
            recording: What is replayed.
            names: Lines as `line 29`, calls as `detach`, or a call in a line as `line 29: detach`.
            clear: False for every clear.

        Raises:
            NameUnknownError: Nothing was recorded there.
        """
        self._recording, self._clears = recording, clear is False
        self._sources = Sources(recording.texts)
        self._wanted = [self._parsed(name) for name in names]

    def _parsed(self, name: str) -> tuple[frozenset[int] | None, str | None]:
        """Return the lines that a name means, by their index, and the call; None for any."""
        match = _NAME.fullmatch(name)
        number, call = (match["number"], match["call"]) if match else (None, None)
        lines = None
        if number is not None:
            lines = frozenset(n for n, line in enumerate(self._recording.lines) if line.number == int(number))
        wanted = lines, call
        events = (event for program in self._recording.programs for event in program.events)
        if (number, call) == (None, None) or lines == frozenset() or not any(_is_meant(e, wanted) for e in events):
            raise NameUnknownError(
                f"nothing was recorded on {name!r}; say what is left out: a line as 'line 29', a call as 'detach', or "
                f"both as 'line 29: detach'. {self._there_are()}"
            )
        return wanted

    def _there_are(self) -> str:
        """Say on which lines something was recorded."""
        events = [event for program in self._recording.programs for event in program.events if event.node is None]
        numbers = sorted({self._recording.lines[event.line].number for event in events if event.line is not None})
        runs = [[n for _, n in run] for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
        shown = ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
        return f"Lines on which something was: {shown or 'none'}"

    def __bool__(self) -> bool:
        """Return whether anything is left out."""
        return self._clears or bool(self._wanted)

    def __call__(self, event: Event) -> bool:
        """Return whether an event is left out."""
        if self._clears and event.kind == "clear":
            return True
        return any(_is_meant(event, wanted) for wanted in self._wanted)

    def changes_graph(self, program: Program) -> bool:
        """Return whether autograd would build another graph without what is left out."""
        return any(event.kind in ("call", "forward", "state") for event in program.events if self(event))

    def stand_ins(self, program: Program) -> StandIns:
        """Return what is used instead of results that others need.

        Without a call, its argument is used. Without a line such as `h = torch.relu(h)`, `h` stays what it was.

        Raises:
            BeyondRecordingError: It is not known what the script would use.
        """
        needed = self._needed(program)
        found: dict[int, dict[int, int]] = {}
        for together in self._runs(program):
            numbers = {event.number for event in together}
            taken = {r.slot: None for event in together for r in event.inputs}
            made = _made_by(program, numbers)
            for event in together:
                # What is written in place, or detached, is in the same slot as before.
                for slot in _made_by(program, {event.number}) & needed - {r.slot for r in event.inputs}:
                    candidates = [s for s in taken if s not in made and _alike(program, s, slot)]
                    found.setdefault(event.number, {})[slot] = self._stand_in(program, event, slot, candidates)
        return found

    def _runs(self, program: Program) -> Iterator[list[Event]]:
        """Go through the events that are left out, those together that one execution of a line made."""
        others = [event for event in program.events if event.node is None]
        for (left_out, _), run in groupby(others, lambda event: (self(event), event.line)):
            if left_out:
                yield list(run)

    def _needed(self, program: Program) -> set[int]:
        """Return the slots that what is not left out uses."""
        kept = [event for event in program.events if event.node is None and not self(event)]
        numbers = {event.number for event in kept}
        used = {r.slot for event in kept for r in event.inputs} | {r.slot for r in program.losses}
        for operation in program.operations:
            if operation.event in numbers:
                used |= set(slots_in((operation.arguments, dict(operation.keywords))))
        return used

    def _stand_in(self, program: Program, event: Event, slot: int, candidates: list[int]) -> int:
        line = None if event.line is None else self._recording.lines[event.line]
        where = event.name if line is None else f"line {line.number}"
        whole = any(call is None for lines, call in self._wanted if lines and event.line in lines)
        if whole:
            targets = self._sources.targets(line)
            statement = self._sources.statement(line)
            read = {ast.unparse(node) for node in ast.walk(getattr(statement, "value", None) or ast.Pass())}
            if not targets or targets[-1] not in read:
                raise BeyondRecordingError(
                    f"{where} cannot be left out: others need what it computes, and without it there would be none. "
                    f"Edit the script and record it"
                )
            names = {None, targets[-1], program.slots[slot].name}
            candidates = [s for s in candidates if program.slots[s].name in names] or candidates
        if len(candidates) != 1:
            which = "several tensors" if candidates else "no tensor"
            raise BeyondRecordingError(
                f"{where} cannot be left out: it takes {which} of the shape that it gives, so it is not known what "
                f"would be used instead. Edit the script and record it"
            )
        return candidates[0]


def _is_meant(event: Event, wanted: tuple[frozenset[int] | None, str | None]) -> bool:
    lines, call = wanted
    if event.node is not None:
        return False
    return (lines is None or event.line in lines) and call in (None, event.name.rpartition(".")[2])


def _made_by(program: Program, numbers: set[int]) -> set[int]:
    """Return the slots that the operations of some events give."""
    operations = (operation for operation in program.operations if operation.event in numbers)
    return {slot for operation in operations for slot in flat(operation.outputs) if slot is not None}


def _alike(program: Program, one: int, other: int) -> bool:
    a, b = program.slots[one], program.slots[other]
    return (a.shape, a.stride, a.dtype, a.device) == (b.shape, b.stride, b.dtype, b.device)
