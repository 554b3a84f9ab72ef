"""grad-cleared-before-step: a gradient was cleared before any update had used it."""

from __future__ import annotations

import ast
import bisect
import itertools
from collections import Counter
from collections.abc import Iterator

from retrograd.checks.acts import Act
from retrograd.checks.calls import short
from retrograd.checks.code import listed, optimizers
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.turns import Turn
from retrograd.recording import Line

WHY = (
    "What backward computed was thrown away before the update could use it, so the parameters move by less than was "
    "paid for, or not at all."
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for gradients that arrived, were cleared, and were then missing in the update."""
    missed: dict[int, tuple[Turn, Act, Act, Act]] = {}
    partly: dict[int, tuple[Turn, Act, int, int]] = {}
    for thing, life in evidence.lives.items():
        found = _missing(life) or looked_for(evidence, life)
        if found is not None:
            missed[thing] = found
            continue
        part = _dropped(evidence, life)
        if part is not None:
            partly[thing] = part
    if missed:
        turn, added, cleared, update = min(missed.values(), key=lambda found: found[0].number)
        events = turn.shape.events
        names = [evidence.name_of_thing(thing) for thing in missed]
        line = evidence.line_of(events[cleared.event])
        yield evidence.finding(
            "grad-cleared-before-step",
            "error",
            line,
            f"in step {turn.number} the gradients of {listed(names)} were cleared between the backward that made them "
            "and the update, which found nothing",
            WHY,
            _moved(evidence, line, evidence.line_of(events[update.event])),
            confidence=0.98,
            others=[
                (evidence.line_of(events[added.event]), "makes the gradient"),
                (evidence.line_of(events[update.event]), "updates without it"),
            ],
            events=[(turn, events[act.event]) for act in (added, cleared, update)],
        )
    elif partly:
        turn, cleared, dropped, updates = next(iter(partly.values()))
        names = [evidence.name_of_thing(thing) for thing in partly]
        event = turn.shape.events[cleared.event]
        yield evidence.finding(
            "grad-cleared-before-step",
            "error",
            evidence.line_of(event),
            f"of {dropped + updates} gradients of {listed(names)}, {dropped} were cleared before any update had used "
            f"them; each of the {updates} updates used the last one only",
            WHY,
            "Clear the gradients only after the update has used them: move the clearing behind the step, into the "
            "same `if`.",
            confidence=0.95,
            events=[(turn, event)],
        )


def looked_for(evidence: Evidence, life: list[tuple[Turn, Act]]) -> tuple[Turn, Act, Act, Act] | None:
    """Return the accumulation, the clearing, and where the person's code then read `.grad` and found None, if that is
    what became of all gradients of a leaf that is never updated."""
    if any(act.deed in ("update", "rebind", "scale", "idle") for _, act in life):
        return None
    for (turn, added), (other, cleared) in itertools.pairwise(life):
        if (added.deed, cleared.deed) != ("accumulate", "clear") or other is not turn:
            continue
        for event in turn.shape.events[cleared.event + 1 :]:
            if event.name == "Tensor.grad.__get__" and not event.outputs:
                node = evidence.sources.node(evidence.line_of(event))
                ours = isinstance(node, ast.Attribute) and node.attr == "grad"
                if ours and turn.shape.storage(event.inputs[0]) == added.leaf:
                    return turn, added, cleared, Act("idle", added.leaf, event.number)
    return None


def _missing(life: list[tuple[Turn, Act]]) -> tuple[Turn, Act, Act, Act] | None:
    """Return the accumulation, the clearing and the update, if every update of the leaf came to nothing."""
    added: Act | None = None
    cleared: Act | None = None
    found: tuple[Turn, Act, Act, Act] | None = None
    for turn, act in life:
        if act.deed == "accumulate":
            added, cleared = act, None
        elif act.deed == "clear":
            if short(turn.shape.events[act.event]) == "mul_":
                return None  # a bound of zero: clip-to-zero says so
            cleared = act if added is not None else cleared
        elif act.deed in ("update", "idle") and (act.own or act.deed == "idle"):
            if added is not None and (cleared is None or _had_a_copy(turn, cleared, act)):
                return None  # this update used its gradient
            if added is not None and cleared is not None and found is None:
                found = turn, added, cleared, act
            added = cleared = None
    return found


def _had_a_copy(turn: Turn, cleared: Act, update: Act) -> bool:
    """Return whether an update used a gradient although `.grad` was None: what was made of it before it was cleared."""
    return update.deed == "update" and turn.shape.events[cleared.event].name == "Tensor.grad.__set__"


def _dropped(evidence: Evidence, life: list[tuple[Turn, Act]]) -> tuple[Turn, Act, int, int] | None:
    """Return the clearing, how many gradients it dropped, and how many updates there were, if it does so regularly."""
    pending: list[tuple[int | None, int]] = []
    """The gradients that wait for an update: the lines of backward, and how many updates of leaves there had been."""
    dropped: Counter[int | None] = Counter()
    used: Counter[int | None] = Counter()
    between: list[int] = []
    since = 0
    place: tuple[Turn, Act] | None = None
    for turn, act in life:
        line = turn.shape.events[act.event].line
        if act.deed == "accumulate":
            pending.append((line, _updates_before(evidence, turn, act)))
        elif act.deed == "clear":
            # What moved other leaves was not thrown away: the loop takes turns.
            count = _updates_before(evidence, turn, act)
            pending = [(place, before) for place, before in pending if before == count]
            dropped.update(line for line, _ in pending)
            since += len(pending)
            place = place or ((turn, act) if pending else None)
            pending = []
        elif act.deed == "update" and act.own:
            used.update(line for line, _ in pending[-1:])
            between.append(since)
            since, pending = 0, []
    lines = [line for line in dropped if used[line]]
    if len(lines) != 1 or place is None or len(between) < 2:
        return None
    # A plan that leaves out gradients (they were not finite, say) does it now and then; a misplaced clearing always.
    regular = len(set(between)) == 1 and between[0] >= 1
    return (*place, dropped[lines[0]], used[lines[0]]) if regular else None


def _updates_before(evidence: Evidence, turn: Turn, act: Act) -> int:
    """Return how many updates of any leaf there were before an act."""
    key = "updates"
    if key not in evidence.shared:
        evidence.shared[key] = [(t.number, a.event) for t, _, a in evidence.acts if a.deed == "update"]
    return bisect.bisect_left(evidence.shared[key], (turn.number, act.event))


def _moved(evidence: Evidence, clear: Line | None, update: Line | None) -> str:
    if clear is None or update is None or clear.file != update.file or clear.number >= update.number:
        return "Clear the gradients before backward or after the update, not between them."
    text = evidence.sources.line_text(clear.file, clear.number)
    after = evidence.sources.line_text(update.file, update.number)
    if not optimizers(evidence) and "zero_grad" not in text:
        return "Clear the gradients before backward or after the update, not between them."
    return evidence.sources.diff(clear.file, {clear.number: [], update.number: [after, text]})
