"""graph-detached-mid: detach, .data or no_grad cuts the way from the loss to parameters that should learn."""

from __future__ import annotations

from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.code import listed
from retrograd.checks.cuts import Cut, cut, idle_leaves, no_grad_line, without
from retrograd.checks.drawn import cut_sample
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.loose import cut_terms
from retrograd.checks.no_graph import explained
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Line, Reference

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
    if not cuts:
        yield from _terms(evidence)


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


def _terms(evidence: Evidence) -> Iterator[Finding]:
    """Look for terms of a loss, and for samples of what is learned, that the gradients of other terms hide."""
    turn = evidence.steps[min(1, len(evidence.steps) - 1)] if evidence.steps else None
    for call in turn.shape.calls if turn is not None else ():
        root = turn.shape.root(call) if turn is not None else None
        if turn is None or root is None:
            continue
        for loose, found in cut_terms(turn, root):
            assert found.event is not None  # a cut of these kinds has one
            where, line = describe(evidence, turn, found)
            yield evidence.finding(
                "graph-detached-mid",
                "error",
                line,
                f"a term of {evidence.name(turn, call.inputs[0])} was computed from "
                f"{evidence.name_of_thing(turn.things[loose.leaf])}, but {where}: its gradient is always 0",
                "A term without a graph is a constant for backward. It changes the number of the loss, no gradient.",
                without(evidence, line),
                confidence=0.9,
                others=[(evidence.line_of(root), "adds it to the loss")],
                events=[(turn, found.event), (turn, loose.event)],
            )
            return
        if (drawn := cut_sample(turn, root)) is not None:
            yield _of_sample(evidence, turn, *drawn)
            return


def _of_sample(evidence: Evidence, turn: Turn, draw: Event, middle: Reference) -> Finding:
    return evidence.finding(
        "graph-detached-mid",
        "error",
        evidence.line_of(draw),
        f"`{short(draw)}` drew around {evidence.name(turn, middle, draw)} without a graph, and what was drawn went "
        "into the loss: from there no gradient comes back to what computed its mean and its spread",
        "A draw has no derivative. Written as mean + spread * noise, with noise of its own, it has one "
        "(reparametrisation).",
        "Draw noise alone: `rsample()`, or `mean + spread * torch.randn_like(spread)` outside of no_grad.",
        confidence=0.88,
        events=[(turn, draw)],
    )


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
