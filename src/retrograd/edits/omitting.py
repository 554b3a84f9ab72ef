"""Leaving out what events did in place, and whatever follows from that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from retrograd.edits.draft import Draft, remaining, with_moved
from retrograd.errors import BeyondRecordingError
from retrograd.recording import Event, Operation, Reference, flat, slots_in


def leave_out(draft: Draft) -> None:
    """Leave out the events that are to be gone.

    Raises:
        BeyondRecordingError: Others need the result of what is left out.
    """
    now = {reference.slot: reference.buffer for reference in draft.start}
    known = set(now)
    instead: dict[int, int] = {}
    """For a content that is not made any more: the one that stays there."""
    lost: dict[int, str] = {}
    """Slots that are not made any more: by what they were."""
    kept: list[tuple[int, Operation]] = []
    for place, operation in draft.operations:
        made = {slot for slot in flat(operation.outputs) if slot is not None}
        if operation.event in draft.gone:
            for reference in operation.results:
                if reference.slot in now and reference.buffer >= 0:
                    instead.setdefault(reference.buffer, now[reference.slot])
            lost |= dict.fromkeys(made - known, draft.events[operation.event].name)
            continue
        _check(operation, lost, draft.events[operation.event])
        known |= made
        kept.append((place, with_moved(operation, {}, lambda reference: _instead(reference, instead))))
        now.update({reference.slot: _instead(reference, instead).buffer for reference in operation.results})
    draft.operations = kept
    draft.events = [_without(event, draft.gone, lost, instead) for event in draft.events]
    draft.end = [_instead(r, instead) for r in draft.end if r.slot not in lost]
    draft.gradients = [(leaf, _instead(r, instead)) for leaf, r in draft.gradients]
    for _, reference in remaining(draft):
        if not any(r.slot == reference.slot for r in draft.end):
            draft.end.append(Reference(reference.slot, now.get(reference.slot, reference.buffer)))


def _check(operation: Operation, lost: Mapping[int, str], event: Event) -> None:
    for slot in {*slots_in(operation.arguments), *slots_in(dict(operation.keywords))} & lost.keys():
        raise BeyondRecordingError(
            f"{lost[slot]} cannot be left out: {event.name} needs its result. What works in place can be left out"
        )


def _without(event: Event, gone: set[int], lost: Mapping[int, str], instead: Mapping[int, int]) -> Event:
    """Return an event that knows nothing of what is not made any more."""
    inputs = tuple(_instead(r, instead) for r in event.inputs if r.slot not in lost)
    if event.number in gone:
        said = "left out in this replay"
        return replace(event, inputs=inputs, outputs=(), kind="state", phase="other", text=said)
    outputs = tuple(_instead(r, instead) for r in event.outputs if r.slot not in lost)
    return replace(event, inputs=inputs, outputs=outputs)


def _instead(reference: Reference, buffers: Mapping[int, int]) -> Reference:
    return Reference(reference.slot, buffers[reference.buffer]) if reference.buffer in buffers else reference
