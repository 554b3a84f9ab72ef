"""What the names in a row's formulas stand for in a recorded step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from retrograd.derivatives.formulas import compute
from retrograd.derivatives.matching import (
    Argument,
    arguments_of,
    constant_of,
    left_by,
    outputs_of,
    parameters_of,
    seen_by,
)
from retrograd.derivatives.rounding import FUNCTION, PRECISIONS, Precision, Rounded
from retrograd.derivatives.table import Derivative
from retrograd.errors import NotKeptError
from retrograd.recording import Program, Reference, Step

Look = Callable[[Reference], np.ndarray]
"""Returns the numbers of a tensor; raises NotKeptError where there are none."""


class ComplexError(NotKeptError):
    """Complex numbers take part, and formulas are for real ones."""


class Bound(Mapping[str, Any]):  # arrays, numbers, lists and None, as formulas take them
    """The names of an operation's arguments, results and gradients. Each is looked up when a formula uses it.

    A result that stands in a formula counts as exact, or with `own` as rounded by the operation that gave it.
    """

    def __init__(
        self,
        step: Step,
        number: int,
        row: Derivative,
        look: Look,
        precision: Precision,
        gradients: Sequence[Reference | None] = (),
        own: bool = False,
    ) -> None:
        program = step.program
        assert program is not None  # it has operations
        self._step, self._program, self._row, self._look, self._precision = step, program, row, look, precision
        operation = program.operations[number]
        self._arguments: dict[str, Argument] = {a.name: a for a in arguments_of(operation, row.source)}
        self._results = [
            None if slot is None else left_by(program, number).get(slot) for slot in outputs_of(program, number)
        ]
        self._seen = seen_by(program, number)
        self._gradients, self._own = gradients, own
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = self._found(name)
        return self._known[name]

    def __contains__(self, name: object) -> bool:
        return name in self._arguments or name in self._row.given

    def __iter__(self) -> Iterator[str]:
        return iter((*self._arguments, *self._row.given))

    def __len__(self) -> int:
        return len(self._arguments) + len(self._row.given)

    def _found(self, name: str) -> Any:
        if name in self._arguments:
            value = self._arguments[name].value
            if value is None and name in _tensors_of(self._row.source):
                raise NotKeptError(f"step {self._step.number} does not say what {name} was")
            return self._value(value)
        if name in self._row.given:
            return compute(self._row.given[name], self)
        if name == "Gs":
            return [self._gradient(place) for place in range(len(self._gradients))]
        for letter, found, count in (
            ("result", self._result, len(self._results)),
            ("G", self._gradient, len(self._gradients)),
        ):
            place = name.removeprefix(letter)
            if name.startswith(letter) and (not place or place.isdigit()) and int(place or 0) < count:
                return found(int(place or 0))
        raise KeyError(name)

    def _result(self, place: int) -> Any:
        found = self._array(self._results[place])
        if self._own and isinstance(found, Rounded):
            return found.rounded(found.value, 0.0, FUNCTION)
        return found

    def _gradient(self, place: int) -> Any:
        reference = self._gradients[place]
        if not any(self._gradients):
            raise NotKeptError(f"step {self._step.number} does not say what gradient arrived")
        if reference is None:
            # Nothing depends on this result, so its gradient is zero.
            result = self._results[place]
            shape = () if result is None else self._program.slots[result.slot].shape
            return Rounded(np.zeros(shape), self._precision)
        return self._array(reference)

    def _value(self, value: Any) -> Any:
        if isinstance(value, dict):
            (kind, inner), *_ = value.items()
            if kind == "slot":
                return self._array(self._seen.get(inner))
            if kind == "constant":
                return constant_of(self._step, inner)
            if kind == "list":
                return [self._value(part) for part in inner]
            return inner
        return value

    def _array(self, reference: Reference | None) -> Any:
        if reference is None or reference.buffer < 0:
            raise NotKeptError(f"step {self._step.number} does not say what an operation was given")
        return exactly(real(self._look(reference)), self._precision)

    def argument(self, name: str) -> Argument:
        """Return an argument as it was given."""
        return self._arguments[name]

    def reference(self, name: str) -> Reference | None:
        """Return the tensor that a name stands for, if it is one."""
        if name in self._arguments:
            value = self._arguments[name].value
            slot = value.get("slot") if isinstance(value, dict) else None
            return None if slot is None else self._seen.get(slot)
        place = name.removeprefix("result")
        if name.startswith("result") and (not place or place.isdigit()) and int(place or 0) < len(self._results):
            return self._results[int(place or 0)]
        return None

    def plain(self) -> dict[str, Any]:
        """Return the arguments that are no tensors: numbers, None, words, lists of numbers."""
        found: dict[str, Any] = {}
        for name, argument in self._arguments.items():
            if not any(_holds_slot(part) for part in (argument.value,)):
                found[name] = self._value(argument.value)
        for name, formula in self._row.given.items():
            try:
                value = compute(formula, self)
            except (NotKeptError, KeyError, NameError):
                continue
            if isinstance(value, (int, float)):
                found[name] = value
        return found


@cache
def _tensors_of(signature: str) -> frozenset[str]:
    """Return the arguments that must be tensors; one that is not there could not be recorded."""
    return frozenset(name for kind, name, _, _ in parameters_of(signature) if kind[:6] == "Tensor" and "?" not in kind)


def _holds_slot(value: Any) -> bool:
    if isinstance(value, dict):
        return "slot" in value or any(_holds_slot(part) for part in value.get("list", ()))
    return False


def real(array: np.ndarray) -> np.ndarray:
    """Return numbers that a formula takes.

    Raises:
        ComplexError: They are complex.
    """
    if array.dtype.kind == "c":
        raise ComplexError("formulas are for real numbers")
    return array


def exactly(array: np.ndarray, precision: Precision) -> Any:
    """Return recorded numbers as formulas take them: floating-point ones as `Rounded`, the others as they are."""
    return Rounded(array, precision) if array.dtype.kind == "f" else array


def dtypes_in(program: Program, references: Sequence[Reference | None]) -> list[str]:
    """Return the floating-point dtypes of some tensors."""
    dtypes = (program.slots[reference.slot].dtype for reference in references if reference is not None)
    return [dtype for dtype in dtypes if dtype in PRECISIONS]
