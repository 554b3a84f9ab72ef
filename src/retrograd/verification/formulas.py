"""Each node and each operation of a step beside its row in the table, in NumPy and float64. No PyTorch here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from retrograd.derivatives.binding import Bound, ComplexError, dtypes_in, exactly, real
from retrograd.derivatives.formulas import compute
from retrograd.derivatives.functions.elementwise import TooLargeError
from retrograd.derivatives.functions.shapes import sum_to
from retrograd.derivatives.matching import (
    Made,
    calls_of,
    inputs_of,
    left_by,
    made_by,
    operation_row,
    outputs_of,
    seen_by,
)
from retrograd.derivatives.rounding import FUNCTION, PRECISIONS, Precision, Rounded, precision_of
from retrograd.derivatives.table import Derivative
from retrograd.errors import NotKeptError
from retrograd.recording import Event, Operation, Program, Reference, slots_in
from retrograd.verification.comparisons import Comparison, Place, compared
from retrograd.verification.scene import Scene, call_of, not_compared


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far off each entry of what a step computed may be."""

    gradients: dict[tuple[int, int], np.ndarray] = field(default_factory=dict)
    """By the node's event and the number of its edge; that of a result that the formula uses is in it."""
    results: dict[tuple[int, int], np.ndarray] = field(default_factory=dict)
    """By the number of the forward operation and the place of the result."""


def nodes_in(scene: Scene, notes: Callable[[str], None], bounds: Bounds) -> Iterator[Comparison]:
    """Compare the gradients out of each node with the formulas of its row.

    Args:
        scene: The step.
        notes: Is told what is not compared.
        bounds: Gets how far off each gradient may be.
    """
    matches = made_by(scene.program)
    for event in scene.program.events:
        made = matches.get(event.number)
        if made is None or made.derivative is None or event.node is None:
            continue
        try:
            yield from _node(scene, event, made, notes, bounds)
        except NotKeptError as error:
            notes(not_compared(event.node.name, error))
        except TooLargeError:
            notes(f"{event.node.name}: its formula needs too large an array in between; verified numerically only")
        except Exception as error:  # arguments that nobody thought of are no reason to leave out all other nodes
            notes(_not_computed(event.node.name, error))


def _node(scene: Scene, event: Event, made: Made, notes: Callable[[str], None], bounds: Bounds) -> Iterator[Comparison]:
    node, row = event.node, made.derivative
    assert node is not None  # the caller has looked
    assert row is not None
    precision = precision_of(dtypes_in(scene.program, [*node.gradients_in, *node.gradients_out]))
    given = scene.step, made.operation, row, scene.look, precision, node.gradients_in
    names = Bound(*given)
    if row.unless is not None and compute(row.unless, names):
        notes(_not_covered(node.name))
        return
    softer = Bound(*given, own=True) if _uses_result(row) else None
    slots = inputs_of(scene.program, made)
    edge = 0
    for formula in row.gradients.values():
        several = len(slots) if len(row.gradients) == 1 and len(slots) > 1 else 1
        wanted = [node.gradients_out[k] if k < len(node.gradients_out) else None for k in range(edge, edge + several)]
        if any(reference is not None for reference in wanted):
            result = compute(formula, names)
            looser = result if softer is None else compute(formula, softer)
            for part, reference in enumerate(wanted):
                slot = slots[edge + part]
                if reference is None or slot is None:
                    continue
                one = result[part] if isinstance(result, list) else result
                expected = _fitting(one, precision, scene.program.slots[slot].shape)
                bounds.gradients[event.number, edge + part] = expected.bounds()
                found = compared(_place_of(scene, event, made, slot), "formula", real(scene.look(reference)), expected)
                if softer is not None:
                    one = looser[part] if isinstance(looser, list) else looser
                    wider = _fitting(one, precision, scene.program.slots[slot].shape)
                    bounds.gradients[event.number, edge + part] = wider.bounds()
                if found is not None:
                    yield found if found.agrees else _blamed(scene, event, made, found)
        edge += several


def _uses_result(row: Derivative) -> bool:
    return any("result" in formula.source for formula in (*row.gradients.values(), *row.given.values()))


def _fitting(one: Any, precision: Precision, shape: tuple[int, ...]) -> Rounded:
    """Return what a formula gave, summed over what was broadcast."""
    return sum_to(one if isinstance(one, Rounded) else Rounded(one, precision), np.zeros(shape))


def _place_of(scene: Scene, event: Event, made: Made, slot: int) -> Place:
    argument = seen_by(scene.program, made.operation).get(slot, Reference(slot, -1))
    what = scene.gradient(call_of(scene.program, event), scene.name(argument))
    assert event.node is not None  # it is a node's event
    return Place(
        scene.step.number, event.number, scene.program.events[made.forward].line, f"{what} of {event.node.name}"
    )


def _blamed(scene: Scene, event: Event, made: Made, found: Comparison) -> Comparison:
    """Say who changed what a node had saved, if someone did."""
    program = scene.program
    begin = min((n for n, o in enumerate(program.operations) if o.event == event.number), default=None)
    taken = {**seen_by(program, made.operation), **left_by(program, made.operation)}
    storages = {program.slots[slot].storage: reference for slot, reference in taken.items()}
    for number in range(made.operation + 1, begin if begin is not None else made.operation + 1):
        for reference in program.operations[number].results:
            storage = program.slots[reference.slot].storage
            before = seen_by(program, number).get(reference.slot)
            if storage in storages and before is not None and before.buffer != reference.buffer:
                name = scene.name(storages[storage])
                line = program.events[program.operations[number].event].line
                return replace(found, line=line, why=f"{name} was overwritten here, after the forward pass had used it")
    return found


def operations_in(scene: Scene, notes: Callable[[str], None], bounds: Bounds) -> Iterator[Comparison]:
    """Compare what each operation outside of backward gave with its definition: the loss, the update, the clear.

    Args:
        scene: The step.
        notes: Is told what is not compared.
        bounds: Gets how far off what a node's operation gave may be.
    """
    differentiated = {made.operation for made in made_by(scene.program).values()}
    undefined: dict[str, None] = {}
    """Operations without a definition, in their order."""
    for number, operation in enumerate(scene.program.operations):
        event = scene.program.events[operation.event]
        row = operation_row(operation)
        if event.node is not None or event.kind == "call":
            continue
        if row is None:
            if _computes(scene.program, operation):
                undefined[operation.name.partition(".")[0]] = None
            continue
        references = [
            None if s is None else left_by(scene.program, number).get(s) for s in outputs_of(scene.program, number)
        ]
        precision = precision_of(dtypes_in(scene.program, references))
        names = Bound(scene.step, number, row, scene.look, precision)
        try:
            if row.unless is not None and compute(row.unless, names):
                notes(_not_covered(operation.name))
                continue
            for place, (expected, reference) in enumerate(_expected(scene, row, references, names)):
                if expected is None or reference is None:
                    continue
                if number in differentiated:
                    bounds.results[number, place] = expected.bounds()
                where = Place(scene.step.number, event.number, event.line, scene.name(reference))
                found = compared(where, "definition", real(scene.look(reference)), expected)
                if found is not None:
                    yield found
        except ComplexError:
            undefined[f"{operation.name.partition('.')[0]} of complex numbers"] = None
        except NotKeptError as error:
            notes(not_compared(operation.name, error))
        except TooLargeError:
            notes(f"{operation.name}: its formula needs too large an array in between")
        except Exception as error:  # as in `nodes_in`
            notes(_not_computed(operation.name, error))
    if undefined:
        notes(f"without a definition, and only executed again: {', '.join(undefined)}")


def _not_covered(name: str) -> str:
    return f"{name}: its formula does not cover the way in which it was called, so it is not compared with it"


def _not_computed(name: str, error: Exception) -> str:
    reason = str(error).partition("\n")[0][:100]
    return f"{name}: its formula cannot be computed with these arguments ({reason}); please report it"


def _computes(program: Program, operation: Operation) -> bool:
    """Return whether an operation computes numbers from others, and does not only look at them, move or draw some."""
    word = operation.name.partition("::")[2].partition(".")[0]
    if word.endswith("_like") or word in _PLAIN:
        return False
    taken = [
        slot for slot in slots_in([*operation.arguments, *operation.keywords.values()]) if _is_number(program, slot)
    ]
    storages = {program.slots[slot].storage for slot in taken}
    given = [reference.slot for reference in operation.results if _is_number(program, reference.slot)]
    return bool(taken) and any(word.endswith("_") or program.slots[slot].storage not in storages for slot in given)


def _is_number(program: Program, slot: int) -> bool:
    return program.slots[slot].dtype in PRECISIONS


_PLAIN = {"copy_", "bernoulli", "bernoulli_", "exponential_", "multinomial", "normal", "normal_", "uniform_"}


def _expected(
    scene: Scene, row: Derivative, references: Sequence[Reference | None], names: Bound
) -> Iterator[tuple[Rounded | None, Reference | None]]:
    """Go through what an operation gives by its definition, None if that is not compared, and what it gave."""
    for formula, reference in zip(row.results, references, strict=False):
        if not _is_compared(scene, reference):
            yield None, reference
            continue
        given = compute(formula, names)
        if isinstance(given, list):
            yield from ((_given(scene, one, part), part) for one, part in zip(given, references, strict=False))
            return
        yield _given(scene, given, reference), reference


def _is_compared(scene: Scene, reference: Reference | None) -> bool:
    if reference is None or reference.buffer < 0 or scene.program.slots[reference.slot].dtype not in PRECISIONS:
        return False
    real(scene.look(reference))  # raises an error for complex numbers
    return True


def _given(scene: Scene, expected: Any, reference: Reference | None) -> Rounded | None:
    """Return what a formula gave with the rounding of what the operation gave; None if that is not compared."""
    if reference is None or not _is_compared(scene, reference) or not scene.look(reference).size:
        return None
    precision = precision_of([scene.program.slots[reference.slot].dtype])
    if not isinstance(expected, Rounded):
        # Of whole numbers only, as 3 / 7: the result is rounded all the same.
        return Rounded(expected, precision).rounded(np.asarray(expected, np.float64), 0.0, FUNCTION)
    if expected.precision.eps < precision.eps:
        return Rounded(expected.value, precision, expected.error) * 1.0  # it was rounded to a coarser dtype
    return expected


def sums_in(scene: Scene, notes: Callable[[str], None]) -> Iterator[Comparison]:
    """Compare what arrives at each node and leaf with the sum of what was passed on to it; and each accumulation."""
    for nodes in calls_of(scene.program):
        passed: dict[tuple[int, int], list[Reference]] = {}
        unseen: set[tuple[int, int]] = set()
        for event in nodes:
            node = event.node
            assert node is not None  # calls_of gives nodes
            for edge, reference in zip(node.next, node.gradients_out, strict=False):
                if edge is not None and reference is not None:
                    passed.setdefault(edge, []).append(reference)
                elif edge is not None and not scene.program.executable:
                    unseen.add(edge)  # there may have been one that could not be recorded
        for event in nodes:
            assert event.node is not None  # calls_of gives nodes
            try:
                for place, reference in enumerate(event.node.gradients_in):
                    if reference is None or (event.node.number, place) not in passed:
                        continue
                    if (event.node.number, place) in unseen:
                        notes(f"what arrives at {_at(scene, event)}: not all that was passed on to it was recorded")
                    else:
                        yield from _arrived(scene, event, reference, passed[event.node.number, place])
                if event.kind == "accumulate" and event.inputs and event.node.gradients_in[:1] == (None,):
                    notes(f"what came to {scene.name(event.inputs[0])}.grad was not recorded, so it is not compared")
                elif event.kind == "accumulate":
                    yield from _accumulated(scene, event, notes)
            except NotKeptError as error:
                notes(not_compared(event.node.name, error))


def _at(scene: Scene, event: Event) -> str:
    assert event.node is not None  # it is a node's
    return f"{scene.name(event.inputs[0])}.grad" if event.kind == "accumulate" and event.inputs else event.node.name


def _arrived(scene: Scene, event: Event, reference: Reference, passed: list[Reference]) -> Iterator[Comparison]:
    if passed == [reference]:
        return
    assert event.node is not None  # the caller has looked
    precision = precision_of(dtypes_in(scene.program, [reference]))
    arrays = [exactly(scene.parts(one), precision) for one in passed]
    if not all(isinstance(array, Rounded) for array in arrays):
        return
    total = arrays[0]
    for array in arrays[1:]:
        total = total + array
    what, why = f"what arrives at {event.node.name}", "a hook may have changed it on its way"
    place = Place(scene.step.number, event.number, event.line, what, why)
    found = compared(place, "sum", scene.parts(reference), total)
    if found is not None:
        yield found if not found.agrees else replace(found, why="")


def _accumulated(scene: Scene, event: Event, notes: Callable[[str], None]) -> Iterator[Comparison]:
    if len(event.inputs) < 2 or not event.outputs:
        return
    leaf, arrived, *before = event.inputs
    precision = precision_of(dtypes_in(scene.program, [event.outputs[0]]))
    expected = exactly(scene.parts(arrived), precision)
    if not isinstance(expected, Rounded):
        return
    if before and before[0] != event.outputs[0]:
        expected = exactly(scene.parts(before[0]), precision) + expected
    elif before:
        notes(f"{scene.name(leaf)}.grad: what was there before was not recorded, so the addition is not compared")
        return
    place = Place(scene.step.number, event.number, event.line, f"{scene.name(leaf)}.grad")
    found = compared(place, "sum", scene.parts(event.outputs[0]), expected)
    if found is not None:
        yield found
