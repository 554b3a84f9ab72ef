"""lr-decayed-to-zero: the learning rate is practically zero long before the end."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from retrograd.checks.calls import short
from retrograd.checks.code import SCHEDULERS, line_of_node, makings, number
from retrograd.checks.course import gradients, moves
from retrograd.checks.cures import outermost_loop
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.sources import indent
from retrograd.checks.turns import Turn
from retrograd.recording import Line

FALL = 1000
"""So many times smaller than the largest step, for the same gradient, is called nothing. (AutoTrainer and smdebug use
fixed sizes; a ratio needs no unit.)"""
SHARE = 0.3
"""Of the run, that goes on with nothing."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Compare the size of the steps with the size of the gradients, over the run."""
    turns = [turn for turn in evidence.steps if turn.step.finished]
    if len(turns) < 10:
        return
    chosen = [turns[round(p * (len(turns) - 1) / 39)] for p in range(40)] if len(turns) > 40 else turns
    sizes = [(turn, *_sizes(evidence, turn)) for turn in chosen]
    known = [(turn, step, gradient) for turn, step, gradient in sizes if np.isfinite(step) and gradient > 0]
    if len(known) < 5:
        return
    largest = max(step for _, step, _ in known)
    at = next(gradient for _, step, gradient in known if step == largest)
    small = [turn.number for turn, step, gradient in known if step * FALL < largest and gradient * 30 > at]
    last = known[-1]
    if not small or last[0].number not in small or small[0] > (1 - SHARE) * turns[-1].number:
        return
    turn, step, gradient = last
    line = _line(evidence, turn)
    yield evidence.finding(
        "lr-decayed-to-zero",
        "warning",
        line,
        f"the largest update changed the parameters by {number(largest)}; from step {small[0]} of "
        f"{turns[-1].number} on "
        f"it was less than a thousandth of that ({number(step)} in step {turn.number}), while the gradient had still "
        f"{number(gradient / at)} of its size",
        "The rest of the run changes nothing, whatever its gradients say.",
        _fix(evidence, line, turns[-1].number)
        or "Let the rate decay once an epoch instead of once a batch, or more slowly.",
        confidence=0.85,
        events=[(turn, moved.event) for moved in list(moves(turn))[:1]],
    )


def _sizes(evidence: Evidence, turn: Turn) -> tuple[float, float]:
    """Return the norm of all changes of parameters in a step, and of their gradients."""
    if len([call for call in turn.shape.calls if short(call) == "grad"]) > 1:
        return float("nan"), 0.0  # derivatives of derivatives, too: which one is the gradient is not known
    wanted = gradients(evidence, turn)
    step = gradient = 0.0
    for moved in moves(turn):
        before, after = evidence.numbers(turn, moved.before), evidence.numbers(turn, moved.after)
        given = evidence.norm(turn, wanted.get(moved.thing))
        if before is None or after is None or given is None or before.shape != after.shape:
            return float("nan"), 0.0
        step += float(np.sum((after.astype("f8") - before.astype("f8")) ** 2))
        gradient += given**2
    return float(np.sqrt(step)), float(np.sqrt(gradient))


def _line(evidence: Evidence, turn: Turn) -> Line | None:
    names = {name for made in makings(evidence, SCHEDULERS) for name in evidence.sources.targets(made.line)}
    for file, tree in evidence.sources.trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "step":
                if ast.unparse(node.func.value) in names:
                    return line_of_node(file, node)
    for file, tree in evidence.sources.trees():
        for node in ast.walk(tree):
            target = ""
            if isinstance(node, ast.AugAssign) and isinstance(node.op, (ast.Mult, ast.Div)):
                target = ast.unparse(node.target)
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
                target = ast.unparse(node.targets[0])
            if target.rpartition(".")[2].strip("'\"]").rpartition("'")[2].rpartition('"')[2] in (
                "lr",
                "learning_rate",
                "rate",
                "eta",
                "step_size",
                "alpha",
            ):
                return line_of_node(file, node)
    moved = next(iter(moves(turn)), None)
    return evidence.line_of(moved.event) if moved is not None else None


def _fix(evidence: Evidence, line: Line | None, steps: int) -> str:
    """Return the diff that steps the schedule once an epoch; with one loop only, that lets the rate fall to a tenth."""
    statement, outer = evidence.sources.statement(line), outermost_loop(evidence, line)
    if line is None or statement is None or outer is None or statement.end_lineno != statement.lineno:
        return ""
    loop = evidence.sources.around(line.file, statement, ast.For, ast.While)
    if loop is not outer and isinstance(loop, (ast.For, ast.While)) and statement is loop.body[-1]:
        text = indent(evidence.sources.line_text(line.file, loop.lineno)) + ast.unparse(statement)
        return evidence.sources.diff(line.file, {statement.lineno: [text]})
    for made in makings(evidence, frozenset({"ExponentialLR"})):
        factors = [*made.call.args[1:2], *(keyword.value for keyword in made.call.keywords if keyword.arg == "gamma")]
        if len(factors) == 1:
            # steps * log(factor) = log(1 / 10)
            return evidence.sources.replaced(made.file, factors[0], f"{0.1 ** (1 / max(steps, 1)):.4g}")
    return ""
