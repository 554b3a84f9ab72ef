"""sched-before-step: the learning-rate scheduler steps before the optimiser."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from retrograd.checks.code import SCHEDULERS, calls_of, line_of_node, makings
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.recording import Line

WHY = "The first value of the schedule is skipped, and every later one comes a step (or an epoch) too early."


def find(evidence: Evidence) -> Iterator[Finding]:
    """Compare where a scheduler and where the optimiser steps, in the block of the loop that holds both."""
    stepped = [(turn, s) for turn in evidence.steps[:3] for s in turn.shape.steppings]
    names = _schedulers(evidence)
    if not stepped or not names:
        return
    turn, stepping = stepped[0]
    update = evidence.line(stepping.line)
    if update is None:
        return
    for file, tree in evidence.sources.trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "step":
                continue
            if file != update.file or ast.unparse(node.func.value) not in names or node.args or node.keywords:
                continue
            line = line_of_node(file, node)
            if not any(_comes_before(evidence, here, there) for here, there in _together(evidence, line, update)):
                continue
            rates = makings(evidence, SCHEDULERS)
            owner = ast.unparse(node.func.value)
            yield evidence.finding(
                "sched-before-step",
                "error",
                line,
                f"`{owner}.step()` on line {line.number} runs before the optimiser's step on line {update.number}, "
                f"already in step {turn.number}",
                WHY,
                _moved(evidence, line, update),
                confidence=0.95,
                others=[(update, "steps the optimiser"), *((m.line, "makes the scheduler") for m in rates)],
                events=[(turn, turn.shape.events[stepping.first])],
            )
            return


def _schedulers(evidence: Evidence) -> set[str]:
    found = {name for made in makings(evidence, SCHEDULERS) for name in evidence.sources.targets(made.line)}
    return found | {name.partition("self.")[2] for name in found if name.startswith("self.")}


def _together(evidence: Evidence, line: Line, update: Line) -> Iterator[tuple[Line, Line]]:
    """Go through the pairs of lines by which both are reached: themselves, or calls of the functions they stand in."""
    for here in _reached_by(evidence, line):
        for there in _reached_by(evidence, update):
            if here.file == there.file:
                yield here, there


def _reached_by(evidence: Evidence, line: Line) -> Iterator[Line]:
    yield line
    chain = _chain(evidence, evidence.sources.statement(line), line.file)
    function = chain[-1][0] if chain else None
    if not isinstance(function, ast.FunctionDef) or function.name == "step" or _is_conditional(chain):
        return  # half of all methods named step are torch's
    for file, call in calls_of(evidence, function.name):
        yield line_of_node(file, call)


def _is_conditional(chain: list[tuple[ast.AST, ast.AST]]) -> bool:
    return any(isinstance(holder, (ast.If, ast.Try, ast.For, ast.While)) for holder, _ in chain)


def _comes_before(evidence: Evidence, line: Line, update: Line) -> bool:
    """Return whether both stand in the same loop or function, the first one unconditionally and before the second."""
    sources = evidence.sources
    ours = _chain(evidence, sources.statement(line), line.file)
    theirs = _chain(evidence, sources.statement(update), update.file)
    for depth, (parent, statement) in enumerate(ours):
        match = next((other for holder, other in theirs if holder is parent), None)
        if match is None:
            continue
        if depth and any(isinstance(other, (ast.If, ast.Try)) for _, other in ours[:depth]):
            return False
        if any(_asks_which_turn(holder, parent) for holder, _ in ours[:depth]):
            return False
        if not any(isinstance(holder, (ast.For, ast.While, ast.FunctionDef)) for holder, _ in ours[depth:]):
            return False
        body = getattr(parent, "body", [])
        return statement in body and match in body and body.index(statement) < body.index(match)
    return False


def _asks_which_turn(holder: ast.AST, loop: ast.AST) -> bool:
    """Return whether a condition is about the variable of a loop: `if epoch > 0`, so not in the first turn, say."""
    if not isinstance(holder, ast.If) or not isinstance(loop, ast.For):
        return False
    counted = {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
    return any(isinstance(node, ast.Name) and node.id in counted for node in ast.walk(holder.test))


def _chain(evidence: Evidence, statement: ast.AST | None, file: str) -> list[tuple[ast.AST, ast.AST]]:
    """Return (block, statement in it) from the inside to the outside, until a function ends it."""
    found = []
    while statement is not None and not isinstance(statement, (ast.FunctionDef, ast.Module)):
        parent = evidence.sources.parent(file, statement)
        if parent is None:
            break
        found.append((parent, statement))
        statement = parent
    return found


def _moved(evidence: Evidence, line: Line, update: Line) -> str:
    text = evidence.sources.line_text(line.file, line.number)
    after = evidence.sources.line_text(update.file, update.number)
    if len(text) - len(text.lstrip()) != len(after) - len(after.lstrip()):
        return "Step the scheduler after the optimiser."
    return evidence.sources.diff(line.file, {line.number: [], update.number: [after, text]})
