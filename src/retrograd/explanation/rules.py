"""A formula with the person's names and the recorded numbers put in."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from retrograd.derivatives import Derivative
from retrograd.derivatives.binding import Bound, ComplexError, dtypes_in, real
from retrograd.derivatives.formulas import Formula, compute, names_in
from retrograd.derivatives.functions.elementwise import TooLargeError, plain
from retrograd.derivatives.functions.shapes import sum_to
from retrograd.derivatives.matching import (
    left_by,
    operation_row,
    outputs_of,
)
from retrograd.derivatives.mathml import mathml_of
from retrograd.derivatives.rounding import Rounded, precision_of
from retrograd.derivatives.settling import settled
from retrograd.derivatives.working import worked
from retrograd.derivatives.writing import meanings_of, text_of
from retrograd.errors import NotKeptError
from retrograd.explanation.naming import Naming, Scene, short
from retrograd.explanation.parts import Example, Rule
from retrograd.recording import Program, Reference

MOST_EXAMPLES = 3
"""So many entries of a tensor are worked with their numbers."""


class Rules:
    """Makes rules of the formulas of one step."""

    def __init__(self, naming: Naming, program: Program) -> None:
        self._naming, self._program = naming, program

    def written_out(
        self, number: int, row: Derivative, formula: Formula, depth: int, begin: int, used: set[int]
    ) -> tuple[Formula, Scene]:
        """Return a formula in which arguments that were made for it alone are replaced by how they were made."""
        references = list(left_by(self._program, number).values())
        bound = self._naming.bound(number, row, references)
        tree = ast.parse(settled(formula, self._naming.settling(bound)).source, mode="eval").body
        names: dict[str, Any] = {}
        words = self._naming.words(bound, row, {})
        explained = self._naming.explained(bound, row, formula, {})
        tree, names, words = self._inlined(tree, bound, words, number, depth, begin, used)
        return Formula(ast.unparse(tree)), Scene(names, words, explained)

    def _inlined(
        self,
        tree: ast.expr,
        bound: Bound,
        words: Mapping[str, str],
        number: int,
        depth: int,
        begin: int,
        used: set[int],
    ) -> tuple[ast.expr, dict[str, Any], dict[str, str]]:
        """Give each name of a formula a name of its own, and replace those that have a formula themselves."""
        values: dict[str, Any] = {}
        spelled: dict[str, str] = {}
        replaced: dict[str, ast.expr] = {}
        for name in names_in(Formula(ast.unparse(tree))):
            own = f"{name}_{number}"
            reference = bound.reference(name)
            maker = None if reference is None else self._maker(reference, number)
            if maker is not None and maker < begin and not depth:
                maker = None
            if maker is not None and reference is not None:
                row = operation_row(self._program.operations[maker])
                assert row is not None  # _maker has looked
                inner = self._naming.bound(maker, row, [reference])
                part = ast.parse(settled(row.results[0], self._naming.settling(inner)).source, mode="eval").body
                part, more, said = self._inlined(
                    part, inner, self._naming.words(inner, row, {}), maker, depth - (maker < begin), begin, used
                )
                used.add(maker)
                values |= more
                spelled |= said
                replaced[name] = part
                continue
            values[own] = Later(bound, name)
            spelled[own] = words.get(name, name)
            replaced[name] = ast.Name(own)
        return _Replacing(replaced).visit(tree), values, spelled

    def _maker(self, reference: Reference, before: int) -> int | None:
        """Return the operation that made a nameless tensor on its way to an update, if there is a row for it."""
        if self._program.slots[reference.slot].name:
            return None
        for number in range(before - 1, -1, -1):
            operation = self._program.operations[number]
            if reference.slot in outputs_of(self._program, number):
                row = operation_row(operation)
                whole = row is not None and not row.given and not self.is_list(number)
                return number if whole and self._program.events[operation.event].node is None else None
        return None

    def rule(
        self,
        target: str,
        reference: Reference,
        formula: Formula,
        scene: Scene,
        remarks: list[str],
        part: int | None = None,
    ) -> Rule:
        """Return a rule: the formula in the person's names, and some entries with their numbers."""
        known = self._naming.settling(scene.names) if isinstance(scene.names, Bound) else {}
        final = settled(formula, known)
        try:
            examples, said = self._examples(final, scene.names, reference, part)
        except ComplexError:
            examples, said = [], ["complex numbers are not put in; the values are shown as they were recorded"]
        except (NotKeptError, KeyError):
            examples, said = [], ["not all of the numbers were kept in this step; reconstruct computes them"]
        except TooLargeError:
            examples, said = [], ["the numbers in between are too many to be shown"]
        except Exception as error:  # arguments that nobody thought of: the rule stands without numbers
            examples, said = [], [f"its numbers could not be put in ({str(error).partition(chr(10))[0][:60]})"]
        return Rule(
            target,
            reference,
            text_of(final, scene.words),
            mathml_of(final, scene.words),
            (*scene.explained, *meanings_of(final)),
            (*remarks, *said),
            tuple(examples),
        )

    def told(
        self,
        target: str,
        reference: Reference,
        formula: Formula,
        words: Mapping[str, str],
        references: Mapping[str, Reference],
    ) -> Rule:
        """Return a rule about tensors that are given by hand."""
        precision = precision_of(dtypes_in(self._program, [reference]))
        names = {name: Told(self._naming.look, found, precision) for name, found in references.items()}
        return self.rule(target, reference, formula, Scene(names, words, []), [])

    def _examples(
        self, formula: Formula, names: Mapping[str, Any], reference: Reference, part: int | None
    ) -> tuple[list[Example], list[str]]:
        remarks: list[str] = ["there are no entries"] if not self._naming.size(reference) else []
        names = Opened(names)
        result = compute(formula, names)
        if part is not None:
            result = result[part]
            formula = Formula(f"({formula.source})[{part}]")
        recorded = real(self._naming.look(reference))
        have = np.shape(plain(result))
        if np.prod(have) > recorded.size or (have != recorded.shape and np.prod(have) == recorded.size):
            axes = _copied(have, recorded.shape)
            if axes:
                remarks.append(_copies_text(axes, have, recorded.shape))
            blank = np.zeros(recorded.shape)
            formula = Formula(f"sum_to({formula.source}, there)")
            names = Opened({"there": blank}, names)
            result = sum_to(result, blank)
        value = np.broadcast_to(plain(result), recorded.shape)
        examples = []
        for index in _chosen(recorded):
            try:
                working = worked(formula, names, index, short)
            except (IndexError, ValueError, TypeError, KeyError):
                working = ""
            examples.append(Example(index, working, float(value[index]), float(recorded[index])))
        return examples, remarks

    def is_list(self, number: int) -> bool:
        """Return whether an operation gives a list of tensors."""
        return any(isinstance(output, tuple) for output in self._program.operations[number].outputs)


@dataclass(frozen=True, slots=True)
class Later:
    """A name of another operation, looked up when it is used."""

    bound: Bound
    name: str

    def value(self) -> Any:
        """Return what it stands for."""
        return self.bound[self.name]


@dataclass(frozen=True, slots=True)
class Told:
    """A recorded tensor, looked up when it is used."""

    look: Any  # a function from a Reference to its numbers
    reference: Reference
    precision: Any

    def value(self) -> Any:
        """Return what it stands for."""
        return Rounded(real(self.look(self.reference)), self.precision)


class Opened(Mapping[str, Any]):
    """Several mappings as one; what waits in them is looked up when it is used."""

    def __init__(self, *mappings: Mapping[str, Any]) -> None:
        self._mappings = mappings

    def __getitem__(self, name: str) -> Any:
        for mapping in self._mappings:
            try:
                value = mapping[name]
            except KeyError:
                continue
            return value.value() if isinstance(value, (Later, Told)) else value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (name for mapping in self._mappings for name in mapping)

    def __len__(self) -> int:
        return sum(map(len, self._mappings))


class _Replacing(ast.NodeTransformer):
    def __init__(self, replaced: Mapping[str, ast.expr]) -> None:
        self._replaced = replaced

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._replaced.get(node.id, node)


def _chosen(array: np.ndarray) -> list[tuple[int, ...]]:
    """Return the entries to work: the first ones, and the largest."""
    if not array.size or array.dtype.kind not in "fiub":
        return []
    count = min(MOST_EXAMPLES, array.size)
    places = list(range(count)) if array.size <= MOST_EXAMPLES else list(range(count - 1))
    if array.size > MOST_EXAMPLES:
        sizes = np.nan_to_num(np.abs(array.astype(np.float64)), nan=np.inf)
        sizes.reshape(-1)[places] = -1
        places.append(int(sizes.argmax()))
    return [tuple(int(i) for i in np.unravel_index(place, array.shape)) for place in places]


def _copied(have: tuple[int, ...], want: tuple[int, ...]) -> list[int]:
    """Return the dimensions along which an array of shape `want` was copied to get `have`."""
    extra = len(have) - len(want)
    if extra < 0:
        return []
    return [axis for axis, n in enumerate(have) if axis < extra or (want[axis - extra] == 1 and n != 1)]


def _copies_text(axes: Sequence[int], have: tuple[int, ...], want: tuple[int, ...]) -> str:
    number = int(np.prod([have[axis] for axis in axes]))
    which = "dimension " + " and ".join(map(str, axes)) if len(axes) < 2 else "dimensions " + ", ".join(map(str, axes))
    copied = f"shape {want} was copied to {have} ({number} copies along {which})"
    return f"{copied}, so the gradients of the copies are added up"
