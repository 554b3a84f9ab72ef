"""Everything that a check may ask of a recording. Who writes a check reads this file first.

A `Turn` is one turn of the loop; `turn.shape` (a `Structure`) says what its program says: its `events`, which event
made or took a buffer, what lies `behind` an event. A *thing* is a tensor's memory for as long as it lives, so a
parameter is the same thing in all turns. What happened to a parameter and its gradient is a list of `Act`s.

Which lines of the source take part, and what to write there instead, is asked of `sources`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np

from retrograd.checks import turns, values
from retrograd.checks.acts import Act
from retrograd.checks.finding import Finding, Place, Severity
from retrograd.checks.sources import Sources
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Line, Recording, Reference, loss_of


class Evidence:
    """A recording, as checks look at it."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.sources = Sources(recording.texts)
        self.lines = list(recording.lines)
        self._turns = turns.turns(recording)
        self.shared: dict[str, Any] = {}
        """What one check worked out and others ask for again."""

    # ------------------------------------------------------------ the loop

    @cached_property
    def turns(self) -> list[Turn]:
        """What came before the loop, its steps, what came after: those that were written down with their structure."""
        return list(self._turns.values())

    @cached_property
    def steps(self) -> list[Turn]:
        """The turns that called backward."""
        return [turn for turn in self.turns if turn.shape.calls]

    @cached_property
    def samples(self) -> list[Turn]:
        """A few steps spread over the recording, the first and the last finished one among them."""
        steps = [turn for turn in self.steps if turn.step.finished]
        places = sorted({round(share * (len(steps) - 1)) for share in (0, 0.02, 0.1, 0.25, 0.5, 0.75, 1)})
        return [steps[place] for place in places] if steps else []

    def turn(self, number: int) -> Turn | None:
        """Return a turn by the number of its step."""
        return self._turns.get(number)

    @cached_property
    def losses(self) -> np.ndarray:
        """The loss of each step."""
        return np.array([loss_of(turn.step) for turn in self.steps])

    @cached_property
    def error(self) -> tuple[int | None, Line | None, str] | None:
        """The step, the line and the text of the exception that ended the recording."""
        noted = [note for note in self.recording.notes if note.kind == "error"]
        return (noted[-1].step, self.line(noted[-1].line), noted[-1].text) if noted else None

    # ------------------------------------------------------------ lines and names

    def line(self, number: int | None) -> Line | None:
        """Return a line by its number in the recording."""
        return self.lines[number] if number is not None and 0 <= number < len(self.lines) else None

    def line_of(self, event: Event) -> Line | None:
        """Return the line of an event."""
        return self.line(event.line)

    def name(self, turn: Turn, reference: Reference, event: Event | None = None) -> str:
        """Return what the person calls a tensor; else the expression that made it; else its shape."""
        slot = turn.shape.slot(reference)
        if slot.name:
            return slot.name
        found = self.origin(turn, reference, event.number if event else None)
        if found:
            line = self.line_of(found[1])
            names = self.sources.targets(line)
            if names:
                return names[0]
            text = self.sources.text(line.file, self.sources.node(line)) if line else ""
            if text and len(text) <= 40:
                return f"`{text}`"
        return self._names.get(turn.thing(reference)) or f"a tensor of shape {slot.shape}"

    def name_of_thing(self, thing: int) -> str:
        """Return a name that a thing had at some time."""
        return self._names.get(thing, "a tensor without a name")

    @cached_property
    def _names(self) -> dict[int, str]:
        named: dict[int, str] = {}
        for turn in self.turns:
            for slot in turn.program.slots:
                if slot.name:
                    named.setdefault(turn.things[slot.storage], slot.name)
        return named

    # ------------------------------------------------------------ where numbers come from

    def origin(
        self, turn: Turn, reference: Reference, before: int | None = None, *, through: frozenset[str] = frozenset()
    ) -> tuple[Turn, Event] | None:
        """Return the event that made the numbers of a reference, in this turn or an earlier one.

        Args:
            turn: The turn of the reference.
            reference: What is asked for.
            before: Only events with a smaller number count.
            through: Calls that are gone through, such as VIEWS: what went into them is asked for instead.
        """
        return turns.origin(turn, reference, before, through=through)

    def producer(self, turn: Turn, reference: Reference, before: int | None = None) -> tuple[Turn, Event] | None:
        """Return the event that computed the numbers of a reference, behind all views and copies."""
        return turns.producer(turn, reference, before)

    def upstream(self, turn: Turn, reference: Reference, most: int = 80) -> list[tuple[Turn, Event]]:
        """Return the events that a reference's numbers come from, over turns, nearest first; not through leaves."""
        return turns.upstream(turn, reference, most)

    # ------------------------------------------------------------ numbers, as far as they were kept

    def array(self, turn: Turn, reference: Reference | None) -> np.ndarray | None:
        """Return the numbers of a reference; None if they were not kept whole."""
        return values.array(turn, reference)

    def numbers(self, turn: Turn, reference: Reference | None) -> np.ndarray | None:
        """Return all numbers of a reference, or the sample of its summary, flat."""
        return values.numbers(turn, reference)

    def together(self, *given: tuple[Turn, Reference | None]) -> list[np.ndarray] | None:
        """Return numbers of tensors of one size at common places, flat; None if one was not kept."""
        return values.together(*given)

    def extremes(self, turn: Turn, reference: Reference) -> tuple[float, float] | None:
        """Return the smallest and the largest finite number of a reference, exactly or from its summary."""
        return values.extremes(turn, reference)

    def nonfinite(self, turn: Turn, reference: Reference | None) -> int:
        """Return how many numbers of a reference are infinite or NaN, as far as was counted."""
        return values.nonfinite(turn, reference)

    def norm(self, turn: Turn, reference: Reference | None) -> float | None:
        """Return the Euclidean norm of a reference."""
        return values.norm(turn, reference)

    def same(self, turn: Turn, reference: Reference, other: Turn, its: Reference) -> bool | None:
        """Return whether two references have the same numbers; None if they were not kept in the same way."""
        return values.same(turn, reference, other, its)

    def argument(self, turn: Turn, given: Any) -> Any:  # what operations take has no common type
        """Return the number, text or list that an operation's argument was in this step."""
        return values.argument(turn, given)

    # ------------------------------------------------------------ the life of gradients

    @cached_property
    def acts(self) -> list[tuple[Turn, int, Act]]:
        """What happened to all leaves in all turns, in order: the turn, the thing, what happened."""
        return [(turn, turn.things[act.leaf], act) for turn in self.turns for act in turn.shape.acts]

    @cached_property
    def lives(self) -> dict[int, list[tuple[Turn, Act]]]:
        """The same by leaf."""
        found: dict[int, list[tuple[Turn, Act]]] = {}
        for turn, thing, act in self.acts:
            found.setdefault(thing, []).append((turn, act))
        return found

    @cached_property
    def reached(self) -> set[int]:
        """The leaves that a gradient arrived at."""
        return {thing for _, thing, act in self.acts if act.deed == "accumulate"}

    @cached_property
    def updated(self) -> set[int]:
        """The leaves that were changed in place after a gradient had arrived, with it or otherwise."""
        arrived: set[int] = set()
        found: set[int] = set()
        for _, thing, act in self.acts:
            if act.deed == "accumulate":
                arrived.add(thing)
            elif act.deed == "update" or (act.deed == "write" and thing in arrived):
                found.add(thing)
        return found

    @cached_property
    def held(self) -> set[int]:
        """The things that some optimiser holds, as its `step` showed."""
        return {turn.things[s] for turn in self.turns for stepping in turn.shape.steppings for s in stepping.held}

    @cached_property
    def cleared(self) -> set[int]:
        """The things whose gradients some optimiser clears, as its `zero_grad` showed."""
        return {turn.things[s] for turn in self.turns for s in turn.shape.cleared}

    # ------------------------------------------------------------ what was found

    def finding(
        self,
        name: str,
        severity: Severity,
        line: Line | None,
        fact: str,
        why: str,
        fix: str = "",
        *,
        confidence: float = 0.95,
        others: Iterable[tuple[Line | None, str]] = (),
        events: Iterable[tuple[Turn, Event]] = (),
    ) -> Finding:
        """Return a finding at a line."""
        places = tuple(
            dict.fromkeys(Place(other.file, other.number, role) for other, role in others if other is not None)
        )
        file, number = (line.file, line.number) if line is not None else ("", 0)
        seen = tuple((turn.number, event.number) for turn, event in events)
        return Finding(name, severity, file, number, fact, why, fix, confidence, places, seen)
