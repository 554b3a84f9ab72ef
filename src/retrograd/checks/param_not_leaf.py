"""param-not-leaf: what the loop treats as a parameter is the result of a tracked operation."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from retrograd.checks.acts import Act
from retrograd.checks.calls import short
from retrograd.checks.code import line_of_node, listed
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.fixes import in_place
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Line, Reference

WHY = (
    "backward() fills `.grad` of leaves only: of tensors that were made by hand, not computed. A result has a "
    "grad_fn, and its .grad stays None."
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for a `.grad` that was None because its tensor is a result, and for parameters replaced by results."""
    error = evidence.error
    if error is not None and _is_about_leaf(error[2]):
        yield from _crashed(evidence, error[1])
        return
    yield from _replaced(evidence)
    yield from _passed_over(evidence)


def _is_about_leaf(text: str) -> bool:
    return "NoneType" in text or "non-leaf" in text or "can't optimize" in text


def empty_read(evidence: Evidence) -> tuple[Turn, Event] | None:
    """Return the last time that a `.grad` was read and was None."""
    for turn in reversed(evidence.turns):
        for event in reversed(turn.shape.events):
            if event.name == "Tensor.grad.__get__" and event.inputs and not event.outputs:
                return turn, event
        if turn.shape.calls:
            return None
    return None


def _crashed(evidence: Evidence, raised: Line | None) -> Iterator[Finding]:
    error = evidence.error
    found = empty_read(evidence)
    if error is not None and "non-leaf" in error[2] and "optimize" in error[2]:
        yield from _not_optimizable(evidence, raised)
        return
    if found is None:
        return
    turn, read = found
    made = result_of(evidence, turn, read.inputs[0], read.number)
    if made is None:
        return
    maker_turn, maker = made
    line = evidence.line_of(maker)
    name = evidence.name(turn, read.inputs[0], read)
    text = evidence.sources.text(line.file, evidence.sources.node(line)) if line else short(maker)
    yield evidence.finding(
        "param-not-leaf",
        "error",
        line,
        f"{name} is the result of `{text}`, so {name}.grad is None",
        WHY,
        _fix(evidence, line, name),
        others=[(evidence.line_of(read), "reads its .grad, which is None"), (raised, "raises the error")],
        events=[(maker_turn, maker), (turn, read)],
    )


def result_of(evidence: Evidence, turn: Turn, reference: Reference, before: int) -> tuple[Turn, Event] | None:
    """Return the tracked operation whose result a tensor is; None if it is a leaf."""
    found = evidence.origin(turn, reference, before)
    if found is None:
        return None
    maker_turn, maker = found
    if not maker.inputs or not maker_turn.shape.tracked[maker.number] or short(maker) in ("detach", "requires_grad_"):
        return None
    reached = {maker_turn.thing(r) for e in maker_turn.shape.behind(maker) for r in e.inputs}
    if not reached & evidence.reached:
        return None
    return maker_turn, maker


def _not_optimizable(evidence: Evidence, raised: Line | None) -> Iterator[Finding]:
    yield evidence.finding(
        "param-not-leaf",
        "error",
        raised,
        "the optimiser was given a tensor that is the result of a tracked operation, so it would never get a .grad",
        WHY,
        "Compute the initial numbers first, then call requires_grad_().",
    )


def _replaced(evidence: Evidence) -> Iterator[Finding]:
    """Look for `w = w - learning_rate * w.grad` with gradients tracked: the graph of each step holds all before it."""
    found = []
    for turn, _, act in evidence.acts:
        event = turn.shape.events[act.event]
        if act.deed == "rebind" and _is_tracked(turn, event) and not _is_returned(turn, act):
            later = evidence.turn(turn.number + 1)
            thing = turn.thing(event.outputs[0])
            if later is not None and any(later.things[s.storage] == thing for s in later.program.slots if s.external):
                found.append((turn, event))
    found = [(turn, event) for turn, event in found if _grad_was_read(turn, event)]
    counts = [sum(e.kind in ("backward", "accumulate") for e in t.shape.events) for t in evidence.steps]
    if len({turn.number for turn, _ in found}) < 2 or counts[-1] <= counts[0]:
        return
    turn, event = found[0]
    line = evidence.line_of(event)
    names = [evidence.name(turn, event.inputs[0], event)]
    yield evidence.finding(
        "param-not-leaf",
        "error",
        line,
        f"{listed(names)} was replaced by the result of a tracked operation in {len(found)} updates; backward went "
        f"through {counts[0]} nodes in the first step and {counts[-1]} in the last",
        WHY,
        f"Write in place under torch.no_grad(): `{names[0]} -= learning_rate * {names[0]}.grad`.",
        events=[(turn, event)],
    )


def _passed_over(evidence: Evidence) -> Iterator[Finding]:
    """Look for results whose `.grad` the loop asks for and goes on without: what they were made of learns nothing."""
    for turn, read, maker_turn, maker in _asked(evidence)[:1]:
        line = evidence.line_of(maker)
        name = next(iter(evidence.sources.targets(_outermost(evidence, line))), "") or evidence.name(
            turn, read.inputs[0], read
        )
        yield evidence.finding(
            "param-not-leaf",
            "error",
            line,
            f"{name} is the result of `{short(maker)}`, so {name}.grad is None in every step, and the update passes it "
            "over; the gradients arrive at what it was made of, which nothing changes",
            WHY,
            _fix(evidence, line, name),
            others=[(evidence.line_of(read), "reads its .grad, which is None")],
            events=[(maker_turn, maker), (turn, read)],
        )


def _outermost(evidence: Evidence, line: Line | None) -> Line | None:
    """Return the whole right side of the assignment that a line is a part of."""
    statement = evidence.sources.statement(line)
    value = statement.value if isinstance(statement, ast.Assign) else None
    return line_of_node(line.file, value) if line is not None and value is not None else line


def _asked(evidence: Evidence) -> list[tuple[Turn, Event, Turn, Event]]:
    """Return the reads of a `.grad` that was None, of a result from before the loop: each with what made the result."""
    found = []
    for turn in evidence.samples:
        for read in turn.shape.events:
            if read.name != "Tensor.grad.__get__" or not read.inputs or read.outputs:
                continue
            if turn.shape.slot(read.inputs[0]).leaf or not turn.shape.slot(read.inputs[0]).external:
                continue
            made = result_of(evidence, turn, read.inputs[0], read.number)
            if made is not None and made[0].number < 0 and not _sources(*made) & evidence.updated:
                found.append((turn, read, *made))
    return found if len({turn.number for turn, *_ in found}) > 1 else []


def _sources(turn: Turn, maker: Event) -> set[int]:
    return {turn.thing(r) for event in turn.shape.behind(maker) for r in event.inputs}


def behind_results(evidence: Evidence) -> set[int]:
    """Return the leaves behind results that the loop takes for its parameters."""
    return {thing for _, _, turn, maker in _asked(evidence) for thing in _sources(turn, maker)} & evidence.reached


def _is_tracked(turn: Turn, event: Event) -> bool:
    """Return whether autograd wrote an event down: what it took wants a gradient, as `w.data` does not."""
    wants = any(turn.shape.slot(reference).requires_grad for reference in event.inputs)
    return wants and turn.shape.tracked[event.number] and event.kind in ("forward", "other")


def _is_returned(turn: Turn, act: Act) -> bool:
    """Return whether the gradient came from `torch.autograd.grad`: then the new tensor is meant to have a graph."""
    arrivals = (a for a in turn.shape.acts if a.deed == "accumulate" and a.leaf == act.leaf and a.event < act.event)
    return any(turn.shape.events[arrival.event].kind == "call" for arrival in arrivals)


def _grad_was_read(turn: Turn, event: Event) -> bool:
    """Return whether the `.grad` of something that went into an event was read before."""
    taken = {turn.shape.storage(r) for r in event.inputs}
    reads = (e for e in turn.shape.events[: event.number] if e.name == "Tensor.grad.__get__")
    return any(turn.shape.storage(e.inputs[0]) in taken for e in reads)


def _fix(evidence: Evidence, line: Line | None, name: str) -> str:
    if line is None:
        return "Compute the initial numbers first, then call requires_grad_()."
    statement = evidence.sources.statement(line)
    value = statement.value if isinstance(statement, ast.Assign) else None
    text = evidence.sources.text(line.file, value)
    if value is not None and "requires_grad=True" in text:
        plain = text.replace(", requires_grad=True", "").replace("requires_grad=True", "")
        return evidence.sources.replaced(line.file, value, f"({plain}).requires_grad_()")
    if fixed := in_place(evidence, line):
        return fixed
    return "Compute the initial numbers first, then call requires_grad_()."
