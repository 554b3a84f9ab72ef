"""update-not-applied: an update is computed and its result goes nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.acts import Act
from retrograd.checks.code import listed, number
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.fixes import in_place
from retrograd.checks.turns import Turn

WHY = "The expression is about another tensor; the parameter that the next step starts from is untouched."


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for leaves of which new tensors are made with their gradients, and which never change."""
    lost: dict[int, tuple[Turn, Act]] = {}
    for thing, life in evidence.lives.items():
        if thing in evidence.updated:
            continue
        again = {turn.number for turn, act in life if act.deed == "accumulate"}
        made = [(turn, act) for turn, act in life if act.deed == "rebind"]
        if len(again) >= 2 and len({turn.number for turn, _ in made}) >= 2 and _is_dropped(evidence, made[0]):
            lost[thing] = made[0]
    if not lost:
        return
    thing, (turn, act) = min(lost.items(), key=lambda item: (item[1][0].number, item[1][1].event))
    event = turn.shape.events[act.event]
    line = evidence.line_of(event)
    name = evidence.name_of_thing(thing)
    before = next((r for r in event.inputs if turn.things[turn.shape.storage(r)] == thing), None)
    steps = len({turn.number for turn, act in evidence.lives[thing] if act.deed == "accumulate"})
    names = [evidence.name_of_thing(other) for other in lost]
    did = f"made a new tensor from {name} and its gradient" if before else f"changed a copy of {name} by its gradient"
    size = f" (|{name}| = {number(evidence.norm(turn, before))})" if before else ""
    yield evidence.finding(
        "update-not-applied",
        "error",
        line,
        f"`{evidence.sources.text(line.file, evidence.sources.node(line)) if line else event.name}` {did}; "
        f"{listed(names)} stayed the same in all {steps} steps{size}",
        WHY,
        (in_place(evidence, line) if before is not None else "")
        or f"Write into the tensor under torch.no_grad(): `{name} -= learning_rate * {name}.grad`, or "
        f"`{name}.copy_(…)`.",
        events=[(turn, event)],
    )


def _is_dropped(evidence: Evidence, made: tuple[Turn, Act]) -> bool:
    """Return whether what was made of the leaf and its gradient is used by no later forward."""
    turn, act = made
    thing = turn.thing(turn.shape.events[act.event].outputs[0])
    return not any(
        other.things[storage] == thing
        for other in evidence.turns
        if other.number > turn.number
        for storage in (slot.storage for slot in other.program.slots if slot.external or slot.parameter)
    )
