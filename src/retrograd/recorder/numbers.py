"""Which constants of a program are a number that the person's call was given, where that is certain."""

from __future__ import annotations

from itertools import pairwise

from retrograd.recorder.coinciding import coinciding
from retrograd.recorder.parts import Called
from retrograd.recorder.pattern import Pattern
from retrograd.recording import Event, Operation, constants_in

_POWERS = ("aten::pow", "aten::norm", "aten::linalg_vector_norm", "aten::std", "aten::var", "aten::lerp")
"""Operations whose backward works with other numbers than they were given themselves, such as p - 1."""


class Numbers:
    """Ties the numbers of a turn's calls to the constants of its program."""

    def __init__(self, pattern: Pattern) -> None:
        self._pattern, self._program = pattern, pattern.program
        raw = {inner: outer for outer, inner in pattern.built.constants_of.items()}
        self._values = {number: pattern.turn.constants[raw[number]] for number in raw}
        """What each constant was in the turn that the pattern was made of."""
        self._nodes_made_behind = {call.event: following.nodes_made for call, following in pairwise(pattern.calls)}
        self.coinciding = coinciding(pattern.program)

    def of(self, called: Called, value: complex, path: str) -> list[int]:
        """Return the constants that are the number at a path of the call; none if that is not certain."""
        numbers = (p for p in called.plain if "len(" not in p.path)
        alike = [p.path for p in numbers if type(p.value) is type(value) and p.value == value]
        found = self.like(called, value)
        if len(alike) > 1:
            # One operation takes them in the order in which the call does, as `torch._foreach_mul_` its factors.
            single = len(self._operations(self._program.events[called.event])) == 1
            found = [found[alike.index(path)]] if single and len(found) == len(alike) else []
        return found if self._explains(called, found) else []

    def like(self, called: Called, value: complex) -> list[int]:
        """Return the constants at the call that equal a number; none if they may be something else."""
        # What a node multiplies by in backward may be a number that its forward operation was given.
        used = self._used_in([self._program.events[called.event], *self._nodes_of(called)])
        values = [(number, self._values[number]) for number in used]
        alike = sorted(n for n, v in values if isinstance(value, type(v)) and v == value)
        # A whole number may also be a dimension or a step: only one that stands alone is certain.
        if len(alike) == 1 or isinstance(value, float):
            return alike
        self._pattern.taken.update(alike)
        return []

    def _explains(self, called: Called, numbers: list[int]) -> bool:
        """Return whether backward has no number that may follow from the call's in a way that is not known."""
        if not self._makes_nodes(called):
            return True
        operations = self._operations(self._program.events[called.event])
        if any(operation.name.startswith(_POWERS) for operation in operations):
            return False
        used = self._used_in(self._nodes_of(called))
        return all(n in numbers or not isinstance(self._program.constants[n].value, float) for n in used)

    def _makes_nodes(self, called: Called) -> bool:
        """Return whether the call made nodes of the graph, or may have."""
        return self._nodes_made_behind.get(called.event) != called.nodes_made

    def _nodes_of(self, called: Called) -> list[Event]:
        return [event for event in self._program.events if event.node and event.node.forward == called.event]

    def _operations(self, event: Event) -> tuple[Operation, ...]:
        return self._program.operations[slice(*event.operations)]

    def _used_in(self, events: list[Event]) -> set[int]:
        operations = (operation for event in events for operation in self._operations(event))
        return {n for each in operations for n in constants_in((each.arguments, dict(each.keywords)))}
