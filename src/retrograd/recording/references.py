"""Going through what a program refers to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retrograd.recording.parts import Event, Program, Reference


def flat(given: Any) -> Iterator[Any]:
    """Go through what stands in tuples and lists, at any depth: an operation's output slots, or what it gave.

    A slot is None where a result is no tensor.
    """
    if isinstance(given, (tuple, list)):
        for part in given:
            yield from flat(part)
    else:
        yield given


def slots_in(encoded: Any) -> Iterator[int]:
    """Go through the slots in an operation's arguments."""
    if isinstance(encoded, dict):
        if "slot" in encoded:
            yield encoded["slot"]
            return
        encoded = list(encoded.values())
    if isinstance(encoded, (list, tuple)):
        for part in encoded:
            yield from slots_in(part)


def constants_in(encoded: Any) -> Iterator[int]:
    """Go through the constants in an operation's arguments."""
    if isinstance(encoded, dict):
        if "constant" in encoded:
            yield encoded["constant"]
            return
        encoded = list(encoded.values())
    if isinstance(encoded, (list, tuple)):
        for part in encoded:
            yield from constants_in(part)


def constants_at(program: Program, event: Event) -> Iterator[int]:
    """Go through the constants that an event's own operations are given."""
    for operation in program.operations[slice(*event.operations)]:
        if operation.event == event.number:
            yield from constants_in((operation.arguments, dict(operation.keywords)))


def unstable_buffers(program: Program) -> set[int]:
    """Return the buffers that operations made or wrote which are not reproducible."""
    results = (reference for number in program.unstable for reference in program.operations[number].results)
    return {reference.buffer for reference in results if reference.buffer >= 0}


def in_another_order(program: Program) -> list[int]:
    """Return the operations that add in another order from run to run.

    The other ones among the unstable hand out memory with whatever it holds.
    """
    return [number for number in program.unstable if not hands_out_memory(program.operations[number].name)]


def hands_out_memory(name: str) -> bool:
    """Return whether an operation, such as `aten::empty.memory_format`, returns memory as it finds it."""
    return name.partition("::")[2].partition(".")[0] in _MEMORY


_MEMORY = frozenset(
    {
        *("empty", "new_empty", "empty_like", "empty_strided", "new_empty_strided", "empty_permuted"),
        "resize_",
    }
)


def references_in(program: Program) -> Iterator[Reference]:
    """Go through all references of a program, in a fixed order."""
    yield from (
        *program.start,
        *program.end,
        *program.losses,
        *(reference for _, reference in program.gradients),
    )
    for operation in program.operations:
        yield from operation.results
    for event in program.events:
        yield from (*event.inputs, *event.outputs)
        if event.node is not None:
            yield from (r for r in (*event.node.gradients_in, *event.node.gradients_out) if r is not None)


def reference_to(program: Program, name: str) -> Reference | None:
    """Return a parameter at the start of the step, or for `w.grad` the gradient after its last accumulation."""
    if name.endswith(".grad"):
        return next((r for slot, r in program.gradients if f"{program.slots[slot].name}.grad" == name), None)
    return next(
        (r for r in program.start if program.slots[r.slot].parameter and program.slots[r.slot].name == name),
        None,
    )
