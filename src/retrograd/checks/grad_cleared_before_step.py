"""grad-cleared-before-step: a gradient was cleared before any update had used it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from retrograd.checks.code import listed, optimizers
from retrograd.checks.evidence import Act, Evidence, Turn
from retrograd.checks.finding import Finding
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
        found = _missing(life)
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


def _missing(life: list[tuple[Turn, Act]]) -> tuple[Turn, Act, Act, Act] | None:
    """Return the accumulation, the clearing and the update, if every update of the leaf came to nothing."""
    added: Act | None = None
    cleared: Act | None = None
    found: tuple[Turn, Act, Act, Act] | None = None
    for turn, act in life:
        if act.deed == "accumulate":
            added, cleared = act, None
        elif act.deed == "clear":
            cleared = act if added is not None else cleared
        elif act.deed in ("update", "idle") and (act.own or act.deed == "idle"):
            if added is not None and cleared is None:
                return None  # this update used its gradient
            if added is not None and cleared is not None and found is None:
                found = turn, added, cleared, act
            added = cleared = None
    return found


def _dropped(evidence: Evidence, life: list[tuple[Turn, Act]]) -> tuple[Turn, Act, int, int] | None:
    """Return the clearing, how many gradients it dropped, and how many updates there were, if it does so regularly."""
    pending: list[int | None] = []
    """The lines of backward whose gradients wait for an update."""
    dropped: Counter[int | None] = Counter()
    used: Counter[int | None] = Counter()
    between: list[int] = []
    since = 0
    place: tuple[Turn, Act] | None = None
    for turn, act in life:
        line = turn.shape.events[act.event].line
        if act.deed == "accumulate":
            pending.append(line)
        elif act.deed == "clear":
            dropped.update(pending)
            since += len(pending)
            place = place or ((turn, act) if pending else None)
            pending = []
        elif act.deed == "update" and act.own:
            used.update(pending[-1:])
            between.append(since)
            since, pending = 0, []
    lines = [line for line in dropped if used[line]]
    if len(lines) != 1 or place is None or len(between) < 2:
        return None
    # A plan that leaves out gradients (they were not finite, say) does it now and then; a misplaced clearing always.
    regular = len(set(between)) == 1 and between[0] >= 1
    return (*place, dropped[lines[0]], used[lines[0]]) if regular else None


def _moved(evidence: Evidence, clear: Line | None, update: Line | None) -> str:
    if clear is None or update is None or clear.file != update.file or clear.number >= update.number:
        return "Clear the gradients before backward or after the update, not between them."
    text = evidence.sources.line_text(clear.file, clear.number)
    after = evidence.sources.line_text(update.file, update.number)
    if not optimizers(evidence) and "zero_grad" not in text:
        return "Clear the gradients before backward or after the update, not between them."
    return evidence.sources.diff(clear.file, {clear.number: [], update.number: [after, text]})
