"""backward-twice: backward goes a second time through a graph whose saved values are gone."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.cures import into_loop
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.turns import Turn
from retrograd.recording import Event

WHY = (
    "backward() frees what the forward pass had saved. A graph can be gone through once; compute the "
    "forward pass again "
    "in each step, or detach what is carried over."
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Explain autograd's error about a second backward: which part of the graph is old, and which line made it."""
    error = evidence.error
    if error is None or "backward through the graph a second time" not in error[2] or not evidence.steps:
        return
    _, raised, _ = error
    turn = evidence.steps[-1]
    call = turn.shape.calls[-1]
    old = _old(evidence, turn, call)
    others = [(raised, "raises the error")]
    if old is not None:
        older, event = old
        where = "before the loop" if older.number < 0 else f"in step {older.number}"
        line = evidence.line_of(event)
        yield evidence.finding(
            "backward-twice",
            "error",
            line,
            f"what `{short(event)}` computed {where} went into the loss of step {turn.number} again, though an earlier "
            "backward had gone through it",
            WHY,
            (into_loop(evidence, line, evidence.line_of(call)) if older.number < 0 else "")
            or "Compute it anew in each step"
            + (", or carry it over with `.detach()`." if older.number >= 0 else ": move the line into the loop."),
            others=others,
            events=[(older, event), (turn, call)],
        )
        return
    earlier = turn.shape.calls[-2] if len(turn.shape.calls) > 1 else None
    line = evidence.line_of(earlier) if earlier else None
    yield evidence.finding(
        "backward-twice",
        "error",
        raised,
        "this is the second backward through the same graph"
        + (f"; the first one is on line {line.number}" if line else ""),
        WHY,
        _kept(evidence, turn, earlier, call)
        or "Add the losses and call backward once, or give the first call retain_graph=True.",
        others=[(line, "went through the graph first")],
        events=[(turn, call)],
    )


def _old(evidence: Evidence, turn: Turn, call: Event) -> tuple[Turn, Event] | None:
    """Return the tracked event of an earlier turn whose result went into a loss."""
    root = turn.shape.root(call)
    behind = turn.shape.behind(root) if root is not None else []
    references = [r for e in behind for r in e.inputs] or list(call.inputs)
    for reference in references:
        slot = turn.shape.slot(reference)
        if not slot.external or slot.parameter:
            continue
        found = evidence.origin(turn, reference)
        if found is None or found[0] is turn:
            continue
        older, event = found
        used = {older.thing(r) for e in older.shape.behind(event) for r in e.inputs}
        if older.shape.tracked[event.number] and used & evidence.reached and event.kind != "update":
            return found
    return None


def _kept(evidence: Evidence, turn: Turn, first: Event | None, second: Event) -> str:
    """Return the diff that lets the first backward keep what the second needs, where no update stands between."""
    if first is None or any(
        act.deed in ("update", "write") and first.number < act.event < second.number for act in turn.shape.acts
    ):
        return ""  # then the saved parameters would be others
    line = evidence.line_of(first)
    call = evidence.sources.node(line)
    if line is None or not isinstance(call, ast.Call) or call.args or call.keywords:
        return ""
    function = evidence.sources.text(line.file, call.func)
    return evidence.sources.replaced(line.file, call, f"{function}(retain_graph=True)")
