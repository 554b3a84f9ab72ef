"""What the names in a row of the table are called by the person, and what they stand for."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from retrograd.derivatives import Derivative
from retrograd.derivatives.binding import Bound, dtypes_in
from retrograd.derivatives.formulas import Formula, names_in
from retrograd.derivatives.matching import (
    left_by,
    made_by,
    outputs_of,
)
from retrograd.derivatives.naming import called
from retrograd.derivatives.rounding import precision_of
from retrograd.derivatives.settling import settled, shape_key
from retrograd.derivatives.writing import text_of
from retrograd.errors import NotKeptError
from retrograd.recording import Event, Program, Recording, Reference, Step, value_of


@dataclass(frozen=True, slots=True)
class Scene:
    """What a formula's names stand for, and how they are spelled."""

    names: Mapping[str, Any]
    words: Mapping[str, str]
    explained: Sequence[tuple[str, str]]


def gradient_name(loss: str, name: str) -> str:
    """Return the name of a gradient."""
    return f"∂{loss}/∂{name}" if re.fullmatch(r"[\w.\[\]]+", name) else f"∂{loss}/∂({name})"


def short(value: float) -> str:
    """Return a number with four significant digits; a whole one without a point."""
    if isinstance(value, (bool, np.bool_)):
        return "1" if value else "0"
    if isinstance(value, (int, np.integer)) or (np.isfinite(value) and value == int(value) and abs(value) < 1e6):
        return str(int(value)).replace("-", "−")
    return f"{value:.4g}".replace("e-0", "e-").replace("e+0", "e").replace("-", "−", 1 if value < 0 else 0)


class Naming:
    """One step, and the names of its tensors."""

    def __init__(self, recording: Recording, step: Step, program: Program) -> None:
        self._recording, self._step, self._program = recording, step, program

    def loss(self, event: Event) -> str:
        """Return the name of what backward was called on."""
        calls = [e for e in self._program.events[: event.number] if e.kind == "call" and e.inputs]
        name = called(self._recording, self._program, calls[-1].inputs[0]) if calls else ""
        return name if name.isidentifier() else "loss"

    def gradient_names(self, event: Event, forward: int) -> dict[str, str]:
        """Say what the G's of a node are."""
        node = event.node
        made = made_by(self._program)[event.number]
        assert node is not None  # the caller has looked
        outputs = outputs_of(self._program, made.operation)
        names: dict[str, str] = {}
        for place, reference in enumerate(node.gradients_in):
            slot = outputs[place] if place < len(outputs) else None
            if reference is not None and slot is not None:
                left = left_by(self._program, made.operation).get(slot, Reference(slot, -1))
                result = called(self._recording, self._program, left)
                names["G" if place == 0 else f"G{place}"] = gradient_name(self.loss(event), result)
        return names

    def words(self, bound: Bound, row: Derivative, gradients: Mapping[str, str]) -> dict[str, str]:
        """Return the person's names for the names of a row."""
        words: dict[str, str] = {}
        for name in (*bound, "result", "result1", "result2"):
            if name in row.given:
                continue
            reference = bound.reference(name)
            if reference is not None:
                words[name] = called(self._recording, self._program, reference)
            elif name in bound and (constant := self._constant(bound, name)):
                words[name] = constant
        return {**words, **({name: name for name in gradients})}

    def _constant(self, bound: Bound, name: str) -> str | None:
        value = bound.argument(name).value
        if isinstance(value, dict) and "constant" in value:
            constant = self._program.constants[value["constant"]]
            return constant.name or short(bound[name])
        return None

    def explained(
        self, bound: Bound, row: Derivative, formula: Formula, gradients: Mapping[str, str]
    ) -> list[tuple[str, str]]:
        """Say what else stands in a formula: its gradients, and the row's abbreviations."""
        known = self.settling(bound)
        final = settled(formula, known)
        words = self.words(bound, row, gradients)
        waiting, found = [*names_in(final)], {}
        while waiting:
            name = waiting.pop(0)
            if name in found:
                continue
            if name in gradients:
                found[name] = gradients[name]
            elif name in row.given:
                value = known.get(name)
                inner = settled(row.given[name], known)
                found[name] = short(value) if isinstance(value, (int, float)) else text_of(inner, words)
                if not isinstance(value, (int, float)):
                    waiting += names_in(inner)
            elif name not in words and name in known and isinstance(known[name], (int, float, str, list)):
                found[name] = str(known[name])
        return list(found.items())

    def settling(self, bound: Bound) -> dict[str, Any]:
        """Return what is decided: numbers without a name of the person's, None, words; a named number stays."""
        known = bound.plain()
        for name in bound:
            reference = bound.reference(name)
            if reference is not None:
                known[shape_key(name)] = self._program.slots[reference.slot].shape
        for name in list(known):
            if name in bound and self._is_named(bound, name):
                del known[name]
        return known

    def _is_named(self, bound: Bound, name: str) -> bool:
        try:
            value = bound.argument(name).value
        except KeyError:
            return False
        return isinstance(value, dict) and "constant" in value and bool(self._program.constants[value["constant"]].name)

    def bound(
        self,
        number: int,
        row: Derivative,
        references: Sequence[Reference | None],
        gradients: Sequence[Reference | None] = (),
    ) -> Bound:
        """Return what the names in a row stand for, where an operation is."""
        precision = precision_of(dtypes_in(self._program, references))
        return Bound(self._step, number, row, self.look, precision, gradients)

    def size(self, reference: Reference) -> int:
        """Return how many entries a tensor has."""
        return math.prod(self._program.slots[reference.slot].shape)

    def look(self, reference: Reference) -> np.ndarray:
        """Return the numbers of a tensor.

        Raises:
            NotKeptError: They are not there.
        """
        value = value_of(self._step, reference)
        if value.array is None:
            raise NotKeptError(f"of {value.name or 'a large tensor'} only a summary was kept")
        return value.array
