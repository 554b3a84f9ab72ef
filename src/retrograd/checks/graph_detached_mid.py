"""graph-detached-mid: detach, .data or no_grad cuts the way from the loss to parameters that should learn."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.code import listed
from retrograd.checks.cuts import Cut, cut, idle_leaves, no_grad_line, without
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.no_graph import explained
from retrograd.checks.turns import Turn
from retrograd.recording import Line

WHY = "Behind the cut the numbers go on, but no gradient comes back: what lies before it keeps its initial numbers."


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for parameters that an optimiser holds, that the loss is made of, and that no gradient arrives at."""
    yield from (finding for finding in explained(evidence) if finding.name == "graph-detached-mid")
    cuts: dict[int | None, list[tuple[int, Turn, Cut]]] = {}
    for thing, turn, storage in (*idle_leaves(evidence), *_by_hand(evidence)):
        for call in turn.shape.calls:
            root = turn.shape.root(call)
            found = cut(turn.shape, storage, root) if root is not None else None
            if found is not None and found.kind in ("detached", "untracked"):
                assert found.event is not None  # these kinds have one
                cuts.setdefault(found.event.line, []).append((thing, turn, found))
    for together in cuts.values():
        yield finding_of(evidence, together)


def finding_of(evidence: Evidence, together: list[tuple[int, Turn, Cut]]) -> Finding:
    """Return the finding for parameters behind the same cut."""
    _, turn, found = together[0]
    event = found.event
    assert event is not None  # the caller has looked
    names = [evidence.name_of_thing(thing) for thing, _, _ in together]
    where, line = describe(evidence, turn, found)
    return evidence.finding(
        "graph-detached-mid",
        "error",
        line,
        f"{listed(names)} went into the loss, but {where}, so no gradient ever arrived there",
        WHY,
        without(evidence, line),
        confidence=0.92,
        others=[(evidence.line_of(e), "belongs to the way that was cut") for e in found.path[:1]],
        events=[(turn, event)],
    )


def describe(evidence: Evidence, turn: Turn, found: Cut) -> tuple[str, Line | None]:
    """Return in words what cuts, and its line."""
    assert found.event is not None  # the caller has looked
    line = evidence.line_of(found.event)
    if found.kind == "detached":
        name = ".data" if found.event.name.startswith("Tensor.data") else "detach()"
        return f"`{name}` on line {line.number if line else '?'} cut the way", line
    switched = no_grad_line(evidence, turn, found.event)
    line = (evidence.line_of(switched) if switched else None) or line
    return f"line {line.number if line else '?'} switched gradients off there", line


def _by_hand(evidence: Evidence) -> Iterator[tuple[int, Turn, int]]:
    """Go through leaves whose `.grad` the person's own line read after backward, and found empty."""
    for turn in evidence.steps[:20]:
        after = turn.shape.calls[0].number
        for event in turn.shape.events[after:]:
            line = evidence.line_of(event)
            if event.name != "Tensor.grad.__get__" or event.outputs or not event.inputs or line is None:
                continue
            thing = turn.thing(event.inputs[0])
            if ".grad" in evidence.sources.line_text(line.file, line.number) and thing not in evidence.reached:
                yield thing, turn, turn.shape.storage(event.inputs[0])
