"""The first number that is not finite. No check of its own: the checks of zeros under log, sqrt, where ask this."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from retrograd.checks.calls import FLOATS, short
from retrograd.checks.evidence import Evidence
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Reference

MASKS = frozenset(
    [
        "masked_fill",
        "masked_fill_",
        "__setitem__",
        "full",
        "full_like",
        "fill_",
        "empty",
        "empty_like",
        "new_empty",
        "tril",
        "triu",
    ]
)
"""Calls that put -inf where nothing is to be looked at."""


@dataclass(frozen=True, slots=True)
class First:
    """Where numbers stopped to be finite."""

    turn: Turn
    event: Event
    forward: Event
    """The forward event; for a node, the one that made it."""
    backward: bool
    hidden: bool
    """The loss was still finite."""


def first_nonfinite(evidence: Evidence) -> First | None:
    """Return the earliest event with finite inputs and an output that is not, if it ended in a loss or a parameter."""
    if "first_nonfinite" not in evidence.shared:
        evidence.shared["first_nonfinite"] = _search(evidence)
    return evidence.shared["first_nonfinite"]


def _search(evidence: Evidence) -> First | None:
    losses = evidence.losses
    broken = next(
        (place for place, loss in enumerate(losses) if not np.isfinite(loss) and _is_number(evidence, place)), None
    )
    if broken is None:
        last = evidence.steps[-1] if evidence.steps else None
        if last is None or not any(evidence.nonfinite(last, r) for _, r in last.program.gradients):
            return None
        broken = len(losses)
    for place in (broken - 1, broken):
        if 0 <= place < len(evidence.steps):
            found = _in(evidence, evidence.steps[place], hidden=place < broken)
            if found is not None:
                return found
    return None


def _is_number(evidence: Evidence, place: int) -> bool:
    """Return whether the loss of a step was one number, rather than unknown."""
    turn = evidence.steps[place]
    return any(evidence.nonfinite(turn, reference) for reference in turn.program.losses)


def _in(evidence: Evidence, turn: Turn, hidden: bool) -> First | None:
    shape = turn.shape
    roots = [root for call in shape.calls if (root := shape.root(call)) is not None]
    wanted = {e.number for root in roots for e in _spread(evidence, turn, root)}
    last = shape.calls[-1].number if shape.calls else 0
    for event in shape.events:
        if event.kind == "backward" and event.node is not None and event.node.forward is not None:
            given, made = event.node.gradients_in, event.node.gradients_out
            if _finite(evidence, turn, given) and not _finite(evidence, turn, made):
                return First(turn, event, shape.events[event.node.forward], True, hidden)
        elif (not hidden and event.number in wanted and short(event) not in MASKS and event.inputs) or (
            event.number > last and event.inputs and event.outputs and event.kind in ("update", "other", "forward")
        ):
            if _finite(evidence, turn, event.inputs) and not _finite(evidence, turn, event.outputs):
                return First(turn, event, event, False, hidden)
    return None


def _spread(evidence: Evidence, turn: Turn, root: Event) -> list[Event]:
    """Return the events by which what is not finite came into a loss.

    `1 / (1 + exp(-x))` is finite where exp is not: what happened there is no reason for anything later.
    """
    behind = {event.number: event for event in turn.shape.behind(root)}
    waiting, found = [root], dict[int, Event]()
    while waiting:
        event = waiting.pop()
        if event.number in found or event.number not in behind:
            continue
        found[event.number] = event
        bad = {reference.buffer for reference in event.inputs if evidence.nonfinite(turn, reference)}
        waiting += [maker for maker in behind.values() if bad & {reference.buffer for reference in maker.outputs}]
    return list(found.values())


def _finite(evidence: Evidence, turn: Turn, references: tuple[Reference | None, ...]) -> bool:
    return not any(evidence.nonfinite(turn, reference) for reference in references)


def has_zero(evidence: Evidence, turn: Turn, reference: Reference) -> bool:
    """Return whether a tensor has an entry that is zero, as far as was kept."""
    array = evidence.array(turn, reference)
    if array is not None:
        return bool((array == 0).any())
    extremes = evidence.extremes(turn, reference)
    return extremes is not None and extremes[0] <= 0 <= extremes[1] and 0 in extremes


def masked_later(turn: Turn, event: Event) -> Event | None:
    """Return the call that leaves entries of an event's result out afterwards."""
    made = {r.buffer for r in event.outputs}
    for other in turn.shape.events[event.number + 1 :]:
        if other.kind in ("call", "backward"):
            return None
        if any(r.buffer in made for r in other.inputs):
            if short(other) in ("where", "masked_fill", "masked_select", "nan_to_num", "nansum", "nanmean"):
                return other
            if short(other) == "__getitem__" and any(turn.shape.slot(r).dtype == "bool" for r in other.inputs[1:]):
                return other
            made |= {r.buffer for r in other.outputs}
    return None


def floats(turn: Turn, event: Event) -> Iterator[Reference]:
    """Go through the floating-point inputs of an event."""
    return (r for r in event.inputs if turn.shape.slot(r).dtype in FLOATS)
