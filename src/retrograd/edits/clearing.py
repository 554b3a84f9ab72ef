"""Putting in a clear, at the end of a step."""

from __future__ import annotations

from retrograd.edits.draft import Draft, new_buffer, remaining
from retrograd.recording import Event, Operation, Reference


def clear_what_is_left(draft: Draft) -> None:
    """Set to zero each gradient that the step would leave."""
    for _, reference in remaining(draft):
        last = next((r for r in draft.end if r.slot == reference.slot), None)
        if last is None:
            continue
        after = Reference(last.slot, new_buffer(draft, draft.slots[last.slot]))
        number, place = len(draft.events), len(draft.program.operations)
        argument = {"slot": last.slot}
        operation = Operation("aten::zero_.default", (argument,), {}, (last.slot,), (after, after), number)
        draft.operations.append((place + number, operation))
        draft.events.append(Event(number, "clear", "clear", None, "Tensor.zero_", (last,), (after,), (place, place)))
        draft.end[draft.end.index(last)] = after
