"""What each operation took beside what the one behind it in the graph gave: the chain rule holds if it is the same.

Autograd follows a tensor and not its numbers. Where these were changed in between without its knowledge, each node is
right, and together they are the gradient of something that was not computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from retrograd.derivatives.matching import Made, calls_of, inputs_of, left_by, made_by, outputs_of, seen_by
from retrograd.errors import NotKeptError
from retrograd.recording import Event, Program, Reference
from retrograd.verification.comparisons import Comparison, Place, with_tolerance
from retrograd.verification.scene import Scene, not_compared

WHY = "{} was overwritten here behind autograd's back, so backward differentiated something else than was computed"


def handed_on_in(scene: Scene, notes: Callable[[str], None]) -> Iterator[Comparison]:
    """Compare what went from one operation to the next, where something was written in between."""
    matches = made_by(scene.program)
    for nodes in calls_of(scene.program):
        by_number = {event.node.number: event for event in nodes if event.node is not None}
        for event in nodes:
            made = matches.get(event.number)
            if made is None or event.node is None:
                continue
            try:
                for gave, took, before in _changed(scene.program, event, made, by_number, matches):
                    yield from _compared(scene, event, made, gave, took, before)
            except NotKeptError as error:
                notes(not_compared(event.node.name, error))


def _changed(
    program: Program, event: Event, made: Made, by_number: Mapping[int, Event], matches: Mapping[int, Made]
) -> Iterator[tuple[Reference, Reference, int]]:
    """Go through what was given and taken and is not the same content, with the operation that gave it."""
    node = event.node
    assert node is not None  # the caller has looked
    for following, gradient, slot in zip(node.next, node.gradients_out, inputs_of(program, made), strict=False):
        if following is None or gradient is None or slot is None or following[0] not in by_number:
            continue
        before = matches.get(by_number[following[0]].number)
        given = [] if before is None else outputs_of(program, before.operation)
        if before is None or following[1] >= len(given):
            continue
        gave = left_by(program, before.operation).get(given[following[1]] or 0)
        took = seen_by(program, made.operation).get(slot)
        if gave is not None and took is not None and gave != took:
            yield gave, took, before.operation


def _compared(
    scene: Scene, event: Event, made: Made, gave: Reference, took: Reference, before: int
) -> Iterator[Comparison]:
    program, slots = scene.program, scene.program.slots
    if slots[gave.slot].shape != slots[took.slot].shape or slots[gave.slot].dtype != slots[took.slot].dtype:
        return
    expected = scene.parts(gave)
    line = _writer(program, before, made.operation, took)
    place = Place(
        *(scene.step.number, event.number, program.events[made.forward].line if line is None else line),
        *(f"what {program.operations[made.operation].name} took", WHY.format(scene.name(gave))),
    )
    found = with_tolerance(place, "definition", scene.parts(took), expected, np.broadcast_to(0.0, expected.shape))
    if found is not None and not found.agrees:
        yield found


def _writer(program: Program, begin: int, end: int, took: Reference) -> int | None:
    """Return the line of the last operation that wrote to a tensor's memory between two others."""
    storage = program.slots[took.slot].storage
    for number in range(end - 1, begin, -1):
        if any(program.slots[reference.slot].storage == storage for reference in program.operations[number].results):
            return program.events[program.operations[number].event].line
    return None
