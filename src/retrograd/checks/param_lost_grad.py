"""param-lost-grad: see its page."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.code import number
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.fixes import in_place
from retrograd.checks.no_graph import explained
from retrograd.checks.turns import Turn
from retrograd.recording import Event

WHY = (
    "The name stands for another tensor than the parameter from then on. It wants no gradient, so it keeps the numbers "
    "that it has; what else learns makes the loss fall all the same."
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Explain a loss without a graph, if this is why; else look for a parameter that is lost while others learn."""
    found = [finding for finding in explained(evidence) if finding.name == "param-lost-grad"]
    yield from found
    if found:
        return
    for turn, thing, act in evidence.acts:
        event = turn.shape.events[act.event]
        if act.deed == "rebind" and not turn.shape.tracked[event.number]:
            name = evidence.name_of_thing(thing)
            later = _goes_on_without(evidence, turn, event, thing)
            if later is not None:
                yield _finding(evidence, turn, event, name, later)
                return


def _goes_on_without(evidence: Evidence, turn: Turn, event: Event, parameter: int) -> Turn | None:
    """Return the next step if its loss is made of the untracked result, and of the parameter no more."""
    later = evidence.turn(turn.number + 1)
    if later is None or not event.outputs:
        return None
    made = turn.thing(event.outputs[0])
    roots = [root for call in later.shape.calls if (root := later.shape.root(call)) is not None]
    used = {storage for root in roots for storage in later.shape.used(root)}
    if parameter in {later.things[storage] for storage in used}:
        return None
    lost = (s for s in later.program.slots if s.external and later.things[s.storage] == made and not s.requires_grad)
    return later if any(slot.storage in used for slot in lost) else None


def _finding(evidence: Evidence, turn: Turn, event: Event, name: str, later: Turn) -> Finding:
    line = evidence.line_of(event)
    losses = evidence.losses
    return evidence.finding(
        "param-lost-grad",
        "error",
        line,
        f"`{name}` was bound to a new tensor that wants no gradient, made by `{short(event)}` outside of the graph in "
        f"step {turn.number}; from step {later.number} on no gradient comes to it, while the loss went from "
        f"{number(losses[0])} to {number(losses[-1])}",
        WHY,
        in_place(evidence, line) or f"Write in place: `{name} -= learning_rate * {name}.grad` under torch.no_grad().",
        confidence=0.95,
        events=[(turn, event)],
    )
