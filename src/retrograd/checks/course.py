"""How the loss went, and how the parameters moved. No check of its own: the checks that judge numbers ask this."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from retrograd.checks.alike import FEW, draws, one_batch, same_numbers
from retrograd.checks.code import line_of_node, stepping_optimizer
from retrograd.checks.evidence import Evidence
from retrograd.checks.losses import compared
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Line, Reference

LEAP = 1000
"""Times the first loss."""
BATCH = 8
"""Samples. The mean loss of fewer may be near 0 by chance."""


@dataclass(frozen=True, slots=True)
class Course:
    """The loss of a loop that learns from data with one loss."""

    initial: float
    """The mean of the first losses."""
    final: float
    """The median of the last fifth; infinite if the loss was not finite in the end."""
    lowest: float
    highest: float
    broke: int | None
    """The first step whose loss was not finite."""
    count: int

    @property
    def suffers(self) -> bool:
        """Whether the loop did not learn: the loss broke, or hardly went down, or came up again."""
        return self.broke is not None or self.final > 0.7 * self.initial


def course(evidence: Evidence, *, of_functions: bool = False) -> Course | None:
    """Return how the loss went; None where a loss that does not fall says nothing, as with two players or rewards.

    Args:
        evidence: The recording.
        of_functions: Nothing need be learnt from: a function of the parameters that the steps go down on counts, too.
    """
    losses = evidence.losses
    if len(losses) < 5 or any(len(turn.shape.calls) != 1 for turn in evidence.samples):
        return None
    roots = {(call.line, call.name) for turn in evidence.samples for call in turn.shape.calls}
    if len(roots) != 1 or not (_has_targets(evidence) or (of_functions and _is_function(evidence))):
        return None
    finite = losses[np.isfinite(losses)]
    if not finite.size or (finite < 0).any() or _targets_change(evidence):
        return None
    broke = int(np.flatnonzero(~np.isfinite(losses))[0]) if finite.size < losses.size else None
    few = max(1, min(3, len(losses) // 10)) if one_batch(evidence) else max(1, min(20, len(losses) // 5))
    last = losses[-max(1, len(losses) // 5) :]
    final = float(np.median(last)) if np.isfinite(last).all() else np.inf
    initial = float(np.mean(finite[:1] if one_batch(evidence) or _leaps(evidence, finite[:few]) else finite[:few]))
    return Course(initial, final, float(finite.min()), float(finite.max()), broke, len(losses))


def _leaps(evidence: Evidence, losses: np.ndarray) -> bool:
    """Return whether the loss came so far above the first one at once that samples of other batches do not explain it.

    In the mean of batches of some samples no loss is by chance a thousandth of the others.
    """
    pair = next(compared(evidence, evidence.samples[:1]), None)
    rows = pair.turn.shape.slot(pair.target).shape[:1] if pair is not None else ()
    return bool(rows) and rows[0] >= BATCH and 0 < LEAP * float(losses[0]) < float(losses.max())


def _targets_change(evidence: Evidence) -> bool:
    """Return whether the targets of the last steps are of another size than those of the first, and so the loss."""
    sizes = []
    for pair in compared(evidence):
        numbers = evidence.numbers(pair.turn, pair.target)
        if numbers is not None and numbers.size and numbers.dtype.kind == "f":
            sizes.append(float(np.mean(numbers.astype("f8") ** 2)))
    if len(sizes) < 4:
        return False
    middle = len(sizes) // 2
    early, late = sizes[:middle], sizes[middle:]
    if max(early) >= min(late) and max(late) >= min(early):
        return False  # they overlap: small batches, whose sizes come to as much
    return float(np.mean(late)) > 4 * float(np.mean(early)) or float(np.mean(early)) > 4 * float(np.mean(late))


def _has_targets(evidence: Evidence) -> bool:
    return next(compared(evidence, evidence.samples[:1]), None) is not None


def _is_function(evidence: Evidence) -> bool:
    """Return whether the loss is the same function of the parameters in all steps, and each of them goes down on it."""
    if any(map(draws, evidence.samples[:FEW])) or not same_numbers(evidence) or not one_batch(evidence):
        return False
    moved = [_against(evidence, turn, one) for turn in evidence.samples[:2] for one in moves(turn)]
    return bool(moved) and all(moved)


def _against(evidence: Evidence, turn: Turn, moved: Moved) -> bool:
    """Return whether a leaf was moved against its gradient."""
    given = gradients(evidence, turn).get(moved.thing)
    kept = evidence.together((turn, moved.before), (turn, moved.after), (turn, given))
    if kept is None:
        return False
    old, new, slope = kept
    with np.errstate(invalid="ignore", over="ignore"):  # a loop that has diverged is no reason to warn
        return float((new - old) @ slope) <= 0


def gradients(evidence: Evidence, turn: Turn) -> dict[int, Reference]:
    """Return the gradient of each leaf in a turn, by thing."""
    return {turn.things[turn.program.slots[slot].storage]: reference for slot, reference in turn.program.gradients}


@dataclass(frozen=True, slots=True)
class Moved:
    """An update of a leaf, in place or by a new tensor that takes its place."""

    thing: int
    becomes: int
    """The thing that stands for the leaf afterwards: the same one, if it was changed in place."""
    event: Event
    before: Reference
    after: Reference


def moves(turn: Turn) -> Iterator[Moved]:
    """Go through the updates of a turn."""
    for act in turn.shape.acts:
        if act.deed not in ("update", "rebind") or not act.own:
            continue
        event = turn.shape.events[act.event]
        before = next((r for r in event.inputs if turn.shape.storage(r) == act.leaf), None)
        outputs = [r for r in event.outputs if act.deed == "rebind" or turn.shape.storage(r) == act.leaf]
        if before is not None and outputs:
            yield Moved(turn.things[act.leaf], turn.thing(outputs[0]), event, before, outputs[0])


def vector(evidence: Evidence, turn: Turn, things: list[int]) -> np.ndarray | None:
    """Return the gradients of some leaves in a turn as one vector; None if one was not kept."""
    found = gradients(evidence, turn)
    parts = [evidence.numbers(turn, found.get(thing)) for thing in things]
    if not parts or any(part is None for part in parts):
        return None
    return np.concatenate([part.astype("f8").reshape(-1) for part in parts if part is not None])


def rate_line(evidence: Evidence, leaf: int | None = None) -> tuple[Line | None, str]:
    """Return the line that sets the learning rate, of a leaf if that is given, and the rate as it is written there."""
    made = stepping_optimizer(evidence, leaf)
    if made is not None:
        for keyword in made.call.keywords:
            if keyword.arg == "lr":
                return made.line, _valued(evidence, made.file, keyword.value)
        rate = _valued(evidence, made.file, made.call.args[1]) if len(made.call.args) > 1 else ""
        return made.line, rate
    for turn in evidence.samples[:2]:
        for moved in moves(turn):
            line = evidence.line_of(moved.event)
            found = _by_hand(evidence, turn, line)
            if line is not None:
                return found or (line, _factor(evidence, line))
    return None, ""


def _valued(evidence: Evidence, file: str, node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        assigned = _assigned(evidence, file, node.id)
        if assigned:
            return f"{assigned[1]}"
    return ast.unparse(node)


def _assigned(evidence: Evidence, file: str, name: str) -> tuple[Line, str] | None:
    for node in ast.walk(evidence.sources.file(file).tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                pairs = [(target, node.value)]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    pairs = list(zip(target.elts, node.value.elts, strict=False))
                for one, value in pairs:
                    if isinstance(one, ast.Name) and one.id == name and isinstance(value, ast.Constant):
                        return line_of_node(file, node), ast.unparse(value)
    return None


def _by_hand(evidence: Evidence, turn: Turn, line: Line | None) -> tuple[Line, str] | None:
    """Return where the variable is set that an update multiplies its gradient with."""
    if line is None:
        return None
    statement = evidence.sources.statement(line)
    names = [n.id for n in ast.walk(statement) if isinstance(n, ast.Name)] if statement is not None else []
    for name in names:
        found = _assigned(evidence, line.file, name)
        if found is not None:
            return found
    return None


def _factor(evidence: Evidence, line: Line) -> str:
    statement = evidence.sources.statement(line)
    numbers = [n for n in ast.walk(statement) if isinstance(n, ast.Constant)] if statement is not None else []
    return ast.unparse(numbers[0]) if numbers else ""
