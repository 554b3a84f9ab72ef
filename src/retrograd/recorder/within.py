"""What code of the person's does inside a backward call: a hook, or the backward of a function of one's own.

No call of it is seen while a pattern takes the backward call. The operations that run are, and they must be those of
the turn that the pattern was made of.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from retrograd.recorder.operations import full_name, tensors_in
from retrograd.recorder.parts import Called
from retrograd.recorder.pattern import Pattern
from retrograd.recording import Operation, constants_in, flat, slots_in


class Within(TorchDispatchMode):
    """Compares the operations of a backward call with those of a pattern."""

    def __init__(self, pattern: Pattern, called: Called) -> None:
        super().__init__()
        self.strayed = False
        """Something else ran."""
        self.muted = False
        """What runs now is the recorder's own."""
        first, last = pattern.program.events[called.event].operations
        self._pattern, self._expected = pattern, pattern.program.operations[first:last]
        slots = ((pattern.built.slots.get(raw), thing) for thing, raw in enumerate(pattern.turn.things.slots))
        self._things = {slot: thing for slot, thing in slots if slot is not None}
        self._place = 0
        self._addresses: dict[int, int] = {}
        """Where each slot lies in this turn."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Say that nobody has to keep Dynamo away from this mode; else the first operation imports it."""
        return False

    def run(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """Run the backward call."""
        self._place, self.strayed = 0, False
        self._addresses.clear()
        with self:
            result = func(*args, **kwargs)
        self.strayed = self.strayed or self._place != len(self._expected)
        return result

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation, and compare it."""
        kwargs = kwargs or {}
        watched = not self.muted and not self.strayed and func.namespace != "profiler"
        expected = self._next(func, args, kwargs) if watched else None
        result = func(*args, **kwargs)
        if expected is not None:
            self._lie(flat(expected.outputs), result)
        return result

    def _next(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Operation | None:
        try:
            operation = self._expected[self._place]
            given = (operation.arguments, dict(operation.keywords))
            if operation.name == full_name(func) and self._are(constants_in(given), (args, kwargs)):
                self._place += 1
                self._lie(slots_in(given), (args, kwargs))
                return operation
        except Exception:  # watching must never break the person's loop
            pass
        self.strayed = True
        return None

    def _are(self, constants: Iterator[int], given: Any) -> bool:
        """Return whether the numbers that an operation is given are those of the turn."""
        pattern = self._pattern
        own = pattern.step.constants
        expected = [
            pattern.changed.get(number, own.get(number, pattern.program.constants[number].value))
            for number in constants
        ]
        return [repr(value) for value in expected] == [repr(value) for value in _numbers_in(given)]

    def _lie(self, slots: Iterator[int | None], values: Any) -> None:
        """Compare where tensors lie, or learn it from those that were not met yet."""
        try:
            for slot, tensor in zip([s for s in slots if s is not None], tensors_in(values), strict=True):
                address = tensor.data_ptr()
                if self._addresses.setdefault(slot, self._address_of(slot, address)) != address:
                    self.strayed = True
        except Exception:  # as above
            self.strayed = True

    def _address_of(self, slot: int, otherwise: int) -> int:
        thing = self._things.get(slot)
        tensor = None if thing is None else self._pattern.weak[thing]()
        return otherwise if tensor is None else tensor.data_ptr()


def _numbers_in(values: Any) -> Iterator[complex]:
    if isinstance(values, (list, tuple)):
        for value in values:
            yield from _numbers_in(value)
    elif isinstance(values, dict):
        yield from _numbers_in([*values.values()])
    elif isinstance(values, (int, float, complex)) and not isinstance(values, (bool, Tensor)):
        yield values
