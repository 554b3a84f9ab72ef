"""same-batch: every step takes the same samples, though there are more."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import numpy as np

from retrograd.checks.calls import short
from retrograd.checks.code import LOOPS, backward_line, line_of_node, loop_of, makings, within
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.fixes import before_loop, with_keyword
from retrograd.checks.losses import compared
from retrograd.checks.sources import called
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Line, Reference

WHY = "The model learns these samples by heart and never sees the others; the training loss looks fine all the same."
GO_ON = "Go through the data: `for x, y in loader:`, or a slice that depends on the step."
FEWEST = 4
"""Steps that took the same samples."""
TAKING = frozenset({"__getitem__", "narrow", "index_select"})
"""Calls that take some rows."""
DRAWS = frozenset({"randint", "randperm", "randn", "rand", "multinomial"})
"""Calls that draw numbers."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for a batch that is taken anew in every step and is always the same."""
    if len(evidence.steps) < FEWEST:
        return
    yield from _restarted(evidence)
    yield from _reseeded(evidence)
    turns = evidence.steps
    targets = {pair.turn.number: pair for pair in compared(evidence, [turns[1], turns[-1]])}
    if len(targets) < 2:
        return
    taken: list[tuple[Turn, Event, Reference]] = []
    for turn in (turns[1], turns[len(turns) // 2], turns[-1]):
        found = _taken_here(evidence, turn)
        if found is None:
            return
        taken.append((turn, *found))
    arrays = [evidence.array(turn, r) for turn, _, r in taken]
    firsts = [a for a in arrays if a is not None]
    if len(firsts) < len(arrays) or any(not np.array_equal(firsts[0], a) for a in firsts[1:]):
        return
    turn, event, reference = taken[0]
    rows, all_rows = turn.shape.slot(reference).shape[0], turn.shape.slot(event.inputs[0]).shape[0]
    unseen = _never_taken(evidence, turn, event)
    if not unseen:
        return
    yield _finding(
        evidence,
        evidence.line_of(event),
        f"every step took the same {rows} of {all_rows} samples anew, and nothing ever took one of the other {unseen}",
        [(turn, event)],
        _drawn_rows(evidence, evidence.line_of(event)) or GO_ON,
    )


def _taken_here(evidence: Evidence, turn: Turn) -> tuple[Event, Reference] | None:
    """Return the event in this turn that takes some rows of a larger tensor for the loss."""
    shape = turn.shape
    for call in shape.calls:
        root = shape.root(call)
        for event in shape.events[: call.number] if root is not None else ():
            if short(event) not in TAKING or not event.inputs or not event.outputs:
                continue
            whole, part = shape.slot(event.inputs[0]), shape.slot(event.outputs[0])
            used = any(u.kind == "forward" for u in shape.users.get(event.outputs[0].buffer, ()))
            if (
                used
                and event.inputs[0].buffer not in shape.dependent
                and whole.external
                and len(whole.shape) == len(part.shape)
                and len(whole.shape) > 1
                and whole.shape[1:] == part.shape[1:]
                and 1 <= part.shape[0] < whole.shape[0]
            ):
                return event, event.outputs[0]
    return None


def _never_taken(evidence: Evidence, turn: Turn, taking: Event) -> int:
    """Return how many rows no step took; 0 if somebody took some of them on their own, as one who splits the data."""
    data, ours_of = turn.thing(taking.inputs[0]), turn.shape.slot(taking.inputs[0])
    ours = _rows(evidence, turn, taking)
    if ours is None:
        return 0
    trained = set(ours)
    for other in evidence.turns:
        for event in other.shape.events:
            if (
                short(event) not in TAKING
                or not event.inputs
                or not event.outputs
                or other.thing(event.inputs[0]) != data
            ):
                continue
            slot = other.shape.slot(event.inputs[0])
            if (slot.shape, slot.offset) != (ours_of.shape, ours_of.offset):
                continue  # what was split off before, such as a part for validation, is no part of these samples
            whole, part = slot.shape, other.shape.slot(event.outputs[0]).shape
            if part not in ((*part[:1], *whole[1:]), whole[1:]):
                continue  # it takes columns
            rows = _rows(evidence, other, event)
            if rows is None or rows.isdisjoint(ours):
                return 0
            trained |= rows
    return turn.shape.slot(taking.inputs[0]).shape[0] - len(trained)


def _rows(evidence: Evidence, turn: Turn, event: Event) -> set[int] | None:
    """Return which rows of its first input a call takes; None if that is not known."""
    whole, part = turn.shape.slot(event.inputs[0]), turn.shape.slot(event.outputs[0])
    if part.storage == whole.storage and whole.stride and whole.stride[0]:
        first = (part.offset - whole.offset) // whole.stride[0]
        if part.shape == whole.shape[1:]:
            return {first}
        apart = part.stride[0] // whole.stride[0] if part.shape else 0
        return set(range(first, first + part.shape[0] * apart, apart)) if apart > 0 else None
    index = evidence.array(turn, event.inputs[1]) if len(event.inputs) > 1 else None
    if index is None or index.ndim != 1 or index.dtype.kind not in "ib":
        return None
    chosen = np.flatnonzero(index) if index.dtype.kind == "b" else index % whole.shape[0]
    return {int(row) for row in chosen}


def _restarted(evidence: Evidence) -> Iterator[Finding]:
    """Look for `next(iter(loader))` in the loop, and for the same batch in every step."""
    found = backward_line(evidence)
    loop = loop_of(evidence, found[2]) if found else None
    for file, tree in evidence.sources.trees():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and called(node) == "next" and node.args):
                continue
            if called(node.args[0]) != "iter":
                continue
            line = line_of_node(file, node)
            inside = evidence.sources.around(file, node, *LOOPS) is not None
            if not inside or (loop is not None and loop[0] == file and not within(loop[1], line)):
                continue
            if not _same_targets(evidence):
                continue
            yield _finding(
                evidence,
                line,
                f"`{ast.unparse(node)}` begins a new pass in each of {len(evidence.steps)} steps and took the same "
                "samples in all of them",
                [],
                _shuffled(evidence, node.args[0]) or GO_ON,
            )
            return


def _reseeded(evidence: Evidence) -> Iterator[Finding]:
    """Look for samples that are drawn in every step, and come out the same because the seed is set there, too."""
    seeds = [
        line_of_node(file, node)
        for file, tree in evidence.sources.trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) in ("manual_seed", "seed")
    ]
    turns = [evidence.steps[1], evidence.steps[len(evidence.steps) // 2], evidence.steps[-1]]
    drawn = [_drawn(turn) for turn in turns]
    if not seeds or not all(drawn) or not _same_targets(evidence):
        return
    (turn, event), *others = [(turn, event) for turn, event in zip(turns, drawn, strict=True) if event is not None]
    numbers = evidence.array(turn, event.outputs[0])
    if numbers is None or len(np.unique(numbers)) < 2:
        return
    again = [evidence.array(t, e.outputs[0]) for t, e in others]
    if any(array is None or not np.array_equal(numbers, array) for array in again):
        return
    yield _finding(
        evidence,
        evidence.line_of(event),
        f"`{short(event)}` drew the same {numbers.size} numbers in each of {len(evidence.steps)} steps, for the seed "
        "is set anew every time, and all steps took the same samples",
        [(turn, event)],
        (before_loop(evidence, seeds[0]) if len(seeds) == 1 else "") or "Set the seed once, before the loop.",
        [(line, "sets the seed") for line in seeds],
    )


def _drawn(turn: Turn) -> Event | None:
    """Return the first draw of a step that became no parameter, besides dropout and the like."""
    shape = turn.shape
    initial: set[int] = set()
    for leaf, slot in shape.parameters.items():
        if not turn.program.slots[slot].external:
            first = shape.first_of(leaf)
            initial |= {e.number for e in shape.behind(first)} if first is not None else set()
    draws = (e for e in shape.events if short(e) in DRAWS and e.outputs and e.kind != "backward")
    return next((e for e in draws if e.number not in initial), None)


def _same_targets(evidence: Evidence) -> bool:
    arrays = [evidence.array(pair.turn, pair.target) for pair in compared(evidence)]
    firsts = [a for a in arrays if a is not None]
    return len(firsts) > 1 and all(np.array_equal(firsts[0], a) for a in firsts[1:])


def _finding(
    evidence: Evidence,
    line: Line | None,
    fact: str,
    events: list[tuple[Turn, Event]],
    fix: str = GO_ON,
    others: Sequence[tuple[Line, str]] = (),
) -> Finding:
    return evidence.finding(
        "same-batch",
        "warning",
        line,
        fact,
        WHY,
        fix,
        confidence=0.85,
        others=others,
        events=events,
    )


def _drawn_rows(evidence: Evidence, line: Line | None) -> str:
    """Return the diff that draws rows: for `x[:8], y[:8]`, which one statement takes."""
    statement = evidence.sources.statement(line)
    if line is None or statement is None:
        return ""
    subscripts = [node for node in ast.walk(statement) if isinstance(node, ast.Subscript)]
    taken = [(n.value, n.slice) for n in subscripts if isinstance(n.slice, ast.Slice) and isinstance(n.value, ast.Name)]
    if len(taken) < 2 or len({ast.unparse(part) for _, part in taken}) != 1:
        return ""
    data, part = taken[0]
    if part.lower is not None or part.step is not None:
        return ""
    count = evidence.sources.text(line.file, part.upper)
    draw = f"rows = torch.randint(len({ast.unparse(data)}), ({count},))"
    return evidence.sources.rewritten(line.file, [(part, "rows") for _, part in taken], {statement.lineno: [draw]})


def _shuffled(evidence: Evidence, begin: ast.expr) -> str:
    """Return the diff that shuffles the loader which `iter(loader)` begins anew."""
    given = ast.unparse(begin.args[0]) if isinstance(begin, ast.Call) and begin.args else ""
    made = [m for m in makings(evidence, frozenset({"DataLoader"})) if given in evidence.sources.targets(m.line)]
    return with_keyword(evidence, made[0], "shuffle", "True") if len(made) == 1 else ""
