"""Views that are one slot of a program only by chance, and the numbers that made them so."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.recording import Operation, Program, constants_in, flat, slots_in

Makers = dict[int, list[Operation | None]]
"""The operations that gave each slot; None for one that was there before."""


def coinciding(program: Program) -> set[int]:
    """Return the constants of operations that gave the same view as others, though nothing makes them do so.

    Where two slices begin at the same entry, as random ones may, they are one slot. In a turn where they begin
    elsewhere they would be two, so such constants may not be taken from the calls. A view that leads back to a slot,
    as `flatten` after `view` does, coincides with it wherever that begins.
    """
    makers: Makers = {slot.number: [None] for slot in program.slots if slot.external}
    for operation in program.operations:
        for slot in _views_made(operation):
            makers.setdefault(slot, []).append(operation)
    found: set[int] = set()
    for slot, made in makers.items():
        ways = [_way(program, makers, operation, slot) for operation in made if operation] if len(made) > 1 else []
        apart = [way for way, leads_back in ways if not leads_back]
        bound = [way for way, leads_back in ways if leads_back]
        bound += apart if len(apart) + (made[0] is None) > 1 else []
        found |= {number for way in bound for operation in way for number in _numbers(operation)}
    return found


def _views_made(operation: Operation) -> list[int]:
    given = set(_given(operation))
    return [slot for slot in flat(operation.outputs) if slot is not None and slot not in given]


def _way(program: Program, makers: Makers, operation: Operation, slot: int) -> tuple[list[Operation], bool]:
    """Return the operations through which a view was made, and whether they begin at the slot that they lead to."""
    way, storage, back, leads_back = [operation], program.slots[slot].storage, [operation], False
    seen = {slot}
    while back:
        for before in _given(back.pop()):
            leads_back |= before == slot
            if before not in seen and program.slots[before].storage == storage:
                seen.add(before)
                earlier = [maker for maker in makers.get(before, []) if maker]
                way, back = way + earlier, back + earlier
    return way, leads_back


def _given(operation: Operation) -> Iterator[int]:
    return slots_in((operation.arguments, dict(operation.keywords)))


def _numbers(operation: Operation) -> Iterator[int]:
    return constants_in((operation.arguments, dict(operation.keywords)))
