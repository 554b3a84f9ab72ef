"""shuffle-mismatch: inputs and targets are permuted differently."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from retrograd.checks.calls import short
from retrograd.checks.cures import one_order
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.losses import Compared, compared
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Reference, Slot

WHY = "Each input is paired with the target of some other sample, so there is nothing to learn but the targets' mean."


def find(evidence: Evidence) -> Iterator[Finding]:
    """Compare the indices through which the inputs and the targets of a loss were taken."""
    pairs = [p for p in compared(evidence, evidence.samples[:3]) if not p.turn.shape.slot(p.target).requires_grad]
    for pair in pairs:
        theirs = _indexed(evidence, pair.turn, [pair.target])
        ours = _indexed(evidence, pair.turn, _inputs(pair))
        if ours and not theirs and (lonely := _only_inputs(evidence, pair, ours)) is not None:
            yield lonely
            return
        if not theirs or not ours:
            continue
        mismatched = [(a, b) for a in ours for b in theirs if _differ(evidence, a, b)]
        if len(mismatched) < len(ours) * len(theirs):
            continue  # some of them agree
        (turn, event, index), (other_turn, other, other_index) = mismatched[0]
        one, two = evidence.array(turn, index), evidence.array(other_turn, other_index)
        assert one is not None
        assert two is not None
        line, before = evidence.line_of(other), evidence.line_of(event)
        if line is not None and before is not None and before.number > line.number:
            line, before = before, line
        yield evidence.finding(
            "shuffle-mismatch",
            "error",
            line,
            f"inputs and targets were taken with different indices: {_first(one)} … and {_first(two)} …; "
            f"{int((one == two).sum())} of {one.size} agree",
            WHY,
            one_order(evidence, before, line) or "Draw one permutation and index both with it.",
            confidence=0.95,
            others=[(before, "takes the other with another permutation")],
            events=[(turn, event), (other_turn, other)],
        )
        return


def _only_inputs(evidence: Evidence, pair: Compared, ours: list[tuple[Turn, Event, Reference]]) -> Finding | None:
    """Return a finding if the inputs went through a permutation of all samples, and the targets stand as they were."""
    turn, event, index = ours[0]
    order, target = evidence.array(turn, index), evidence.array(pair.turn, pair.target)
    rows = turn.shape.slot(event.inputs[0]).shape[0]
    if order is None or target is None or not np.array_equal(np.sort(order), np.arange(rows)):
        return None
    if not _draws(evidence, turn, index) or np.array_equal(order, np.arange(rows)) or len(np.unique(target)) < 2:
        return None
    whole = _whole(evidence, pair)
    if whole is None or whole[1].shape[:1] != (rows,) or len(_sources(pair)) != 1:
        return None
    if any(order_event is event for _, order_event in evidence.upstream(pair.turn, pair.target)):
        return None
    return evidence.finding(
        "shuffle-mismatch",
        "error",
        evidence.line_of(event),
        f"the inputs were put into another order, {_first(order)} …, and the targets were not; "
        f"{int((order == np.arange(rows)).sum())} of {rows} samples stayed where their target is",
        WHY,
        "Draw one permutation and index both with it.",
        confidence=0.93,
        others=[(evidence.line_of(pair.event), "compares them")],
        events=[(turn, event), (pair.turn, pair.event)],
    )


def _whole(evidence: Evidence, pair: Compared) -> tuple[Turn, Slot] | None:
    """Return the tensor that the targets are a part of, as it was before the loop."""
    turn, reference, before = pair.turn, pair.target, pair.event.number
    while (made := evidence.producer(turn, reference, before)) is not None and made[0] is pair.turn:
        if short(made[1]) not in ("__getitem__", "split", "chunk", "narrow") or not made[1].inputs:
            return None  # it was computed in the step
        turn, reference, before = made[0], made[1].inputs[0], made[1].number
    return turn, turn.shape.slot(reference)


def _sources(pair: Compared) -> set[int]:
    """Return the tensors from outside the step that the prediction is made of, besides parameters."""
    shape = pair.turn.shape
    outside = [shape.slot(r) for r in _inputs(pair) if shape.slot(r).external]
    return {slot.storage for slot in outside if not slot.requires_grad and len(slot.shape) and not slot.leaf} or {
        slot.storage for slot in outside if not slot.requires_grad
    }


def _inputs(pair: Compared) -> list[Reference]:
    """Return what the prediction is made of, besides parameters."""
    shape = pair.turn.shape
    maker = shape.makers.get(pair.prediction.buffer)
    behind = shape.behind(shape.events[maker]) if maker is not None else []
    used = [r for e in behind for r in e.inputs if r.buffer not in shape.dependent]
    return list(dict.fromkeys(used)) or [pair.prediction]


def _indexed(evidence: Evidence, turn: Turn, references: list[Reference]) -> list[tuple[Turn, Event, Reference]]:
    """Return the nearest events that took samples by an index: with the index."""
    found = {}
    for reference in references:
        for maker_turn, event in evidence.upstream(turn, reference, 40):
            if short(event) in ("__getitem__", "index_select", "take") and len(event.inputs) >= 2:
                index = event.inputs[1]
                slot = maker_turn.shape.slot(index)
                if slot.dtype == "int64" and len(slot.shape) == 1 and slot.shape[0] > 1:
                    found[maker_turn.number, event.number] = (maker_turn, event, index)
                    break
    return list(found.values())


def _differ(evidence: Evidence, one: tuple[Turn, Event, Reference], two: tuple[Turn, Event, Reference]) -> bool:
    a, b = evidence.array(one[0], one[2]), evidence.array(two[0], two[2])
    if a is None or b is None or a.shape != b.shape or np.array_equal(a, b):
        return False
    draws = [_draws(evidence, turn, index) for turn, _, index in (one, two)]
    if not all(draws) or draws[0] & draws[1]:
        return False  # both come from one draw, as where the ids that were drawn are looked up again
    # The same samples in another order, or two draws from the same range.
    return bool(np.array_equal(np.sort(a), np.sort(b))) or one[1].inputs[0].buffer != two[1].inputs[0].buffer


def _draws(evidence: Evidence, turn: Turn, index: Reference) -> set[tuple[int, int]]:
    """Return the draws that an index comes from: turn and event."""
    behind = evidence.upstream(turn, index, 8)
    return {(t.number, e.number) for t, e in behind if short(e) in ("randperm", "randint", "multinomial")}


def _first(array: np.ndarray) -> str:
    return ", ".join(str(entry) for entry in array[:4])
