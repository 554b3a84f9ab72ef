"""shuffle-mismatch: inputs and targets are permuted differently."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from retrograd.checks.evidence import Evidence, Turn, short
from retrograd.checks.finding import Finding
from retrograd.checks.losses import Compared, compared
from retrograd.recording import Event, Reference

WHY = "Each input is paired with the target of some other sample, so there is nothing to learn but the targets' mean."


def find(evidence: Evidence) -> Iterator[Finding]:
    """Compare the indices through which the inputs and the targets of a loss were taken."""
    pairs = [p for p in compared(evidence, evidence.samples[:3]) if not p.turn.shape.slot(p.target).requires_grad]
    for pair in pairs:
        theirs = _indexed(evidence, pair.turn, [pair.target])
        ours = _indexed(evidence, pair.turn, _inputs(pair))
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
            "Draw one permutation and index both with it.",
            confidence=0.95,
            others=[(before, "takes the other with another permutation")],
            events=[(turn, event), (other_turn, other)],
        )
        return


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
    if not all(_is_drawn(evidence, turn, index) for turn, _, index in (one, two)):
        return False
    # The same samples in another order, or two draws from the same range.
    return bool(np.array_equal(np.sort(a), np.sort(b))) or one[1].inputs[0].buffer != two[1].inputs[0].buffer


def _is_drawn(evidence: Evidence, turn: Turn, index: Reference) -> bool:
    return any(short(e) in ("randperm", "randint", "multinomial") for _, e in evidence.upstream(turn, index, 8))


def _first(array: np.ndarray) -> str:
    return ", ".join(str(entry) for entry in array[:4])
