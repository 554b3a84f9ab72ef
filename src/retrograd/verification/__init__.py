"""verify(recording): what a loop computed, beside independent computations of the same.

execution.py     all steps executed again, and which bits come out otherwise
comparisons.py   a recorded tensor beside a recomputed one, and when they agree      <- read this first
scene.py         a step whose values are there
formulas.py      each node and each operation beside its row in the table of derivatives (NumPy, no PyTorch)
handing.py       what each operation took beside what the one behind it gave
numerically.py  each node beside a directional derivative of its forward operation in float64
doubled.py       recorded operations in float64
nodes.py         what a node differentiates: its forward operation in float64
own.py           the same for a person's own autograd Function
writes.py        and for a write to a part of a tensor
draws.py         random numbers
graph.py         what a backward call differentiated: nodes that are known as functions, and their leaves
whole.py         that as one function of its leaves, in float64
rounding.py      what rounding does on the way through it
slopes.py        its central differences
leaves.py        each leaf beside the whole step in float64
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from retrograd.derivatives.matching import is_own
from retrograd.errors import NotKeptError
from retrograd.recording import Event, Program, Recording, Reference, Step, in_another_order, value_of
from retrograd.verification.comparisons import Comparison, Place, Verification, with_tolerance

if TYPE_CHECKING:
    from retrograd.verification.execution import Executed

MOST_STEPS = 8
"""Of each program, so many steps are compared in full unless they are named: the first, the last, and some between."""

SEED = 20

__all__ = ["Comparison", "Verification", "verify"]


def verify(recording: Recording, steps: Iterable[int] | None = None) -> Verification:
    """Compare what a loop computed with independent computations.

    All steps are executed again, and every bit that they hold is compared. Some of them, and all in which a bit
    differs, are compared in full: each operation and each backward node with its formula, each node with a directional
    derivative of its forward operation, each leaf's gradient with the whole step in float64 and with differences.

    Args:
        recording: What was recorded.
        steps: Which steps to compare in full, negative numbers from the last. Without it, of each program the
            first, the last and some between.

    Raises:
        NotKeptError: There is no such step.
    """
    from retrograd.verification.execution import executions  # PyTorch is loaded now, and not when the module is

    chosen = _chosen(recording, steps)
    comparisons: list[Comparison] = []
    notes: dict[str, list[int]] = {}
    done: list[int] = []
    executed = 0
    for step, outcome in executions(recording, lambda step: step.number in chosen):
        if isinstance(outcome, str):
            if step.number in recording.source.numbers:
                notes.setdefault(f"not executed again: {outcome}", []).append(step.number)
            if step.number in chosen and step.program is not None:
                comparisons += _in_full(recording, step, notes)
                done.append(step.number)
            continue
        executed += step.number in recording.source.numbers
        if outcome.differing:
            comparisons += _differences(recording, step, outcome, notes)
        if step.number in chosen or (outcome.differing and step.number in recording.source.numbers):
            comparisons += _in_full(recording, outcome.step, notes)
            done.append(step.number)
    told = tuple(text + _where(numbers, len(recording.steps)) for text, numbers in notes.items())
    return Verification(tuple(comparisons), tuple(done), executed, told)


def _chosen(recording: Recording, steps: Iterable[int] | None) -> set[int]:
    if steps is not None:
        return {recording.steps.number(number) for number in steps}
    by_program: dict[int | None, list[int]] = {}
    for step in recording.steps:
        by_program.setdefault(None if step.program is None else step.program.number, []).append(step.number)
    found: set[int] = set()
    for numbers in by_program.values():
        places = np.linspace(0, len(numbers) - 1, min(MOST_STEPS, len(numbers))).round().astype(int)
        found |= {numbers[place] for place in places}
    return found


def _where(numbers: Sequence[int], count: int) -> str:
    distinct = sorted(set(numbers))
    if len(distinct) == 1:
        return f" (step {distinct[0]})"
    return " (every step)" if len(distinct) == count else f" ({len(distinct)} steps, first {distinct[0]})"


def _in_full(recording: Recording, step: Step, notes: dict[str, list[int]]) -> Iterator[Comparison]:
    from retrograd.verification.doubled import Local
    from retrograd.verification.formulas import Bounds, nodes_in, operations_in, sums_in
    from retrograd.verification.handing import handed_on_in
    from retrograd.verification.leaves import leaves_in
    from retrograd.verification.numerically import products_in
    from retrograd.verification.scene import Scene

    program = step.program
    assert program is not None  # the caller has looked
    surrogates: set[str] = set()

    def note(text: str) -> None:
        name, _, rest = text.partition(":")
        if "surrogate" in rest and is_own(name):
            surrogates.add(name)
        notes.setdefault(text, []).append(step.number)

    scene, bounds = Scene(recording, step, program), Bounds()
    functions: dict[int, Local] = {}
    parts = (
        operations_in(scene, note, bounds),
        nodes_in(scene, note, bounds),
        sums_in(scene, note),
        handed_on_in(scene, note),
        products_in(scene, note, bounds, functions, SEED + step.number),
        leaves_in(scene, note, bounds, functions, surrogates, SEED + step.number),
    )
    with np.errstate(all="ignore"):
        for comparison in chain.from_iterable(parts):
            if comparison.undecided:
                part = "some entries are" if comparison.entries else "it is"
                note(f"{comparison.what} ({comparison.method}): {part} not compared, for something may have overflowed")
            if comparison.entries:
                yield comparison


def _differences(
    recording: Recording, step: Step, outcome: Executed, notes: dict[str, list[int]]
) -> Iterator[Comparison]:
    """Name what executing the step gives otherwise than it was recorded."""
    from retrograd.derivatives.naming import called

    program = step.program
    assert program is not None  # it was executed
    if by_chance := in_another_order(program):
        for number in by_chance:
            event = program.events[program.operations[number].event]
            line = f"line {recording.lines[event.line].number}" if event.line is not None else "a line"
            notes.setdefault(f"{line} adds in another order each time on several threads: not reproducible", []).append(
                step.number
            )
        return
    for number, data in outcome.differing.items():
        event, reference = _maker(program, number)
        place = Place(
            step.number,
            -1 if event is None else event.number,
            _line_of(program, event),
            "a tensor" if reference is None else called(recording, program, reference),
            "executing the step again gives another number: the recording was altered, or something took part in the "
            "step that no operation shows",
        )
        yield _difference(step, number, data, reference, place)


def _maker(program: Program, buffer: int) -> tuple[Event | None, Reference | None]:
    """Return the event that left a content, and the tensor that shows it."""
    for operation in program.operations:
        for reference in operation.results:
            if reference.buffer == buffer:
                return program.events[operation.event], reference
    begun = next((reference for reference in program.start if reference.buffer == buffer), None)
    return None, begun


def _line_of(program: Program, event: Event | None) -> int | None:
    if event is None:
        return None
    if event.node is not None and event.node.forward is not None and event.node.forward < len(program.events):
        return program.events[event.node.forward].line
    return event.line


def _difference(step: Step, number: int, data: bytes, reference: Reference | None, place: Place) -> Comparison:
    blank = Comparison(
        *(place.step, place.event, place.line, place.what, "executed again", 1, ()),
        *(float("nan"), float("nan"), float("inf"), 0.0, False, place.why),
    )
    if reference is None or not data:
        return blank
    try:
        recorded = value_of(step, reference).array
        again = value_of(replace(step, wholes={**step.wholes, number: data}), reference).array
    except NotKeptError:
        return blank
    if recorded is None or again is None:
        return blank
    found = with_tolerance(place, "executed again", recorded, again.astype(np.float64), np.zeros(again.shape))
    return blank if found is None else replace(found, agrees=False)
