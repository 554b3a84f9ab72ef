"""nondiff-op: an operation without a useful derivative stands between the parameters and the loss."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.code import listed, number
from retrograd.checks.cures import straight_through
from retrograd.checks.cuts import cut, idle_leaves
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.no_graph import SMOOTH, explained
from retrograd.checks.turns import Turn
from retrograd.recording import Event

WHY = (
    "A step has the derivative zero wherever it has one, so the parameters before it learn nothing from the loss. "
    "Use something smooth, or a straight-through estimator: `x + (round(x) - x).detach()`."
)
NODES = frozenset(
    [
        "SignBackward0",
        "RoundBackward0",
        "RoundBackward1",
        "FloorBackward0",
        "CeilBackward0",
        "TruncBackward0",
        "SgnBackward0",
        "HeavisideBackward0",
        "FloorDivideBackward0",
        "DivBackward2",
    ]
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for nodes that turn gradients into zeros, and for parameters behind operations that make no node."""
    yield from (finding for finding in explained(evidence) if finding.name == "nondiff-op")
    yield from _zeroed(evidence)
    cuts: dict[int | None, list[tuple[int, Turn, Event]]] = {}
    for thing, turn, storage in idle_leaves(evidence):
        for call in turn.shape.calls:
            root = turn.shape.root(call)
            found = cut(turn.shape, storage, root) if root is not None else None
            if found is not None and found.kind == "step" and found.event is not None:
                cuts.setdefault(found.event.line, []).append((thing, turn, found.event))
    for together in cuts.values():
        _, turn, event = together[0]
        yield evidence.finding(
            "nondiff-op",
            "error",
            evidence.line_of(event),
            f"{listed([evidence.name_of_thing(thing) for thing, _, _ in together])} went into the loss through "
            f"`{short(event)}`, which has no derivative, so no gradient ever arrived there",
            WHY,
            events=[(turn, event)],
        )


def _zeroed(evidence: Evidence) -> Iterator[Finding]:
    stopped: dict[int | None, tuple[Turn, Event, Event, float]] = {}
    for turn in evidence.samples[:4]:
        for event in turn.shape.events:
            node = event.node
            if event.kind != "backward" or node is None or node.name not in NODES or node.forward is None:
                continue
            size = evidence.norm(turn, node.gradients_in[0] if node.gradients_in else None)
            if size:
                forward = turn.shape.events[node.forward]
                stopped.setdefault(forward.line, (turn, event, forward, size))
    for turn, event, forward, size in stopped.values():
        blind = _without_gradient(evidence, turn, forward)
        if not blind:
            continue
        yield evidence.finding(
            "nondiff-op",
            "error",
            evidence.line_of(forward),
            f"a gradient of norm {number(size)} arrived at `{short(forward)}` in step {turn.number}, and "
            f"zero came out: "
            f"the gradients of {listed([evidence.name_of_thing(t) for t in blind])} are exactly zero",
            WHY,
            straight_through(evidence, evidence.line_of(forward)) or SMOOTH,
            events=[(turn, forward), (turn, event)],
        )


def _without_gradient(evidence: Evidence, turn: Turn, forward: Event) -> list[int]:
    """Return the leaves before an event whose gradients are exactly zero in all sampled steps."""
    used = turn.shape.used(forward)
    leaves = [turn.things[s] for s in turn.shape.parameters if s in used]
    sizes: dict[int, float] = {}
    for other in evidence.samples[:4]:
        for act in other.shape.acts:
            event = other.shape.events[act.event]
            if act.deed == "accumulate" and event.kind == "accumulate" and len(event.inputs) > 1:
                thing = other.things[act.leaf]
                sizes[thing] = max(sizes.get(thing, 0.0), evidence.norm(other, event.inputs[1]) or 0.0)
            elif act.deed == "accumulate" and event.kind == "call":
                thing = other.things[act.leaf]
                for r in event.outputs:
                    owner = other.shape.slot(r).gradient_of
                    if owner is not None and other.program.slots[owner].storage == act.leaf:
                        sizes[thing] = max(sizes.get(thing, 0.0), evidence.norm(other, r) or 0.0)
    return [thing for thing in leaves if sizes.get(thing) == 0.0]
