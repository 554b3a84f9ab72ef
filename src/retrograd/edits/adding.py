"""Adding to a gradient that is still there: what becomes of a step when the one before it did not clear."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from retrograd.edits.draft import Draft, is_forgotten, new_buffer, with_moved
from retrograd.recording import Event, Operation, Reference


def add_to_what_is_held(draft: Draft, held: Collection[int]) -> None:
    """Let gradients that the step made be added to those of some leaves, which the step before left."""
    for event in draft.program.events:
        made = event.kind == "accumulate" and len(event.inputs) == 2 and event.inputs[0].slot in held
        if made and not is_forgotten(draft, event.inputs[0].slot, range(event.number)):
            _add(draft, event)


def _add(draft: Draft, event: Event) -> None:
    """Put an addition in the place of what made a new gradient."""
    leaf, (made, arrived) = event.inputs[0].slot, (event.outputs[0], event.inputs[1])
    before = next((r for r in draft.start if draft.slots[r.slot].gradient_of == leaf), None)
    if before is None:
        before = _held(draft, leaf, made)
    after = Reference(before.slot, new_buffer(draft, draft.slots[before.slot]))
    first, last = event.operations
    added = Operation(
        "aten::add_.Tensor",
        ({"slot": before.slot}, {"slot": arrived.slot}),
        {},
        (before.slot,),
        (after, after),
        event.number,
    )
    kept = [(n, o) for n, o in draft.operations if not first <= n < last or o.event != event.number]
    place = next((n for n, (old, _) in enumerate(kept) if old >= first), len(kept))
    draft.operations = [*kept[:place], (first, added), *kept[place:]]
    draft.events[event.number] = replace(event, inputs=(*event.inputs, before), outputs=(after,))
    _put_in_place(draft, event.number, made, after)


def _held(draft: Draft, leaf: int, made: Reference) -> Reference:
    """Let the step begin with a gradient of a leaf that is like the one it made."""
    name = draft.slots[leaf].name
    slot = replace(
        draft.slots[made.slot],
        number=len(draft.slots),
        storage=1 + max(slot.storage for slot in draft.slots),
        offset=0,
        external=True,
        name=f"{name}.grad" if name else None,
        leaf=True,
        gradient_of=leaf,
        parameter=False,
    )
    draft.slots.append(slot)
    reference = Reference(slot.number, new_buffer(draft, slot))
    draft.start.append(reference)
    draft.taken[slot.number] = leaf
    return reference


def _put_in_place(draft: Draft, event: int, old: Reference, new: Reference) -> None:
    """Let everything behind an event use another tensor."""
    storage, begin = draft.slots[new.slot].storage, draft.buffers[new.buffer].start

    def moved(reference: Reference) -> Reference:
        if reference.slot != old.slot:
            return reference
        if reference.buffer == old.buffer:
            return new
        if reference.buffer >= 0:
            # A write to the gradient behind the event: a clipping, a clear.
            buffer = draft.buffers[reference.buffer]
            draft.buffers[reference.buffer] = replace(buffer, storage=storage, start=begin)
        return Reference(new.slot, reference.buffer)

    draft.operations = [
        (n, o if o.event <= event else with_moved(o, {old.slot: new.slot}, moved)) for n, o in draft.operations
    ]
    for number, behind in enumerate(draft.events):
        if number > event and behind.node is None:
            inputs, outputs = tuple(map(moved, behind.inputs)), tuple(map(moved, behind.outputs))
            draft.events[number] = replace(behind, inputs=inputs, outputs=outputs)
    draft.end = list(dict.fromkeys(map(moved, draft.end)))
    draft.gradients = [(leaf, moved(reference)) for leaf, reference in draft.gradients]
