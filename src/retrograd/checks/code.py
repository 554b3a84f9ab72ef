"""What the person's source says about optimisers, loops and calls: where a fact of the recording should be mended."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from retrograd.checks.evidence import Evidence
from retrograd.checks.sources import called
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Line

OPTIMIZERS = frozenset(
    [
        "SGD",
        "Adam",
        "AdamW",
        "RMSprop",
        "Adagrad",
        "Adadelta",
        "Adamax",
        "NAdam",
        "RAdam",
        "LBFGS",
        "ASGD",
        "Rprop",
        "SparseAdam",
        "Adafactor",
        "Muon",
    ]
)
SCHEDULERS = frozenset(
    [
        "StepLR",
        "MultiStepLR",
        "ConstantLR",
        "LinearLR",
        "ExponentialLR",
        "PolynomialLR",
        "CosineAnnealingLR",
        "ChainedScheduler",
        "SequentialLR",
        "ReduceLROnPlateau",
        "CyclicLR",
        "OneCycleLR",
        "CosineAnnealingWarmRestarts",
        "LambdaLR",
        "MultiplicativeLR",
    ]
)
LOOPS = (ast.For, ast.While)
FUNCTIONS = (ast.FunctionDef, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Made:
    """A call in the source that makes something."""

    file: str
    call: ast.Call
    line: Line


def line_of_node(file: str, node: ast.AST) -> Line:
    """Return a node of the source as a line."""
    last = getattr(node, "end_lineno", None) or getattr(node, "lineno", 0)
    return Line(
        file, getattr(node, "lineno", 0), getattr(node, "col_offset", 0), last, getattr(node, "end_col_offset", 0), ""
    )


def makings(evidence: Evidence, names: frozenset[str]) -> list[Made]:
    """Return the calls in the source of classes of these names."""
    found = [
        Made(file, node, line_of_node(file, node))
        for file, tree in evidence.sources.trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) in names
    ]
    return sorted(found, key=lambda made: made.line.number)


def optimizers(evidence: Evidence) -> list[Made]:
    """Return the calls that make optimisers."""
    return makings(evidence, OPTIMIZERS)


def stepping_optimizer(evidence: Evidence, leaf: int | None = None) -> Made | None:
    """Return the call that made the optimiser that steps in the loop; None if the loop steps by hand.

    A recording knows the class of the optimiser and the line of its `step`; the source, which name steps there.

    Args:
        evidence: The recording.
        leaf: The thing that the optimiser holds, where there are several; without it, or where none holds it, the
            first optimiser is meant.
    """
    steppings = [(turn, stepping) for turn in evidence.samples for stepping in turn.shape.steppings]
    if not steppings:
        return None
    holding = ((t, one) for t, one in steppings if leaf is not None and leaf in {t.things[s] for s in one.held})
    turn, stepping = next(holding, steppings[0])
    kind = turn.shape.events[stepping.first].name.removesuffix(".step")
    line = evidence.line(stepping.line)
    statement = evidence.sources.statement(line)
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)] if statement is not None else []
    steps = [(c.func.value, *c.args) for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr == "step"]
    names = {_last_name(part) for parts in steps for part in parts}  # `opt.step()`, `scaler.step(opt)`
    made = [one for one in optimizers(evidence) if called(one.call) == kind] or optimizers(evidence)
    here = [one for one in made if line is not None and one.file == line.file] or made
    named = [
        one for one in here if names & {target.rpartition(".")[2] for target in evidence.sources.targets(one.line)}
    ]
    return next(iter(named or here), None)


def _last_name(node: ast.AST) -> str:
    """Return `optimizer` for `self.optimizer`."""
    return ast.unparse(node).rpartition(".")[2]


def method_calls(evidence: Evidence, method: str) -> Iterator[tuple[str, ast.Call]]:
    """Go through the calls of a method of this name, in whatever object."""
    for file, tree in evidence.sources.trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
                yield file, node


def loop_of(evidence: Evidence, line: Line | None) -> tuple[str, ast.AST] | None:
    """Return the innermost loop around a line; if its function has none, the loop around the function's only caller."""
    for _ in range(4):
        if line is None:
            return None
        sources = evidence.sources
        node = sources.node(line) or sources.file(line.file).covering(line)
        while node is not None and not isinstance(node, (*LOOPS, *FUNCTIONS)):
            node = sources.parent(line.file, node)
        if isinstance(node, LOOPS):
            return line.file, node
        if not isinstance(node, ast.FunctionDef):
            return None
        callers = [(file, call) for file, call in calls_of(evidence, node.name) if not _inside(node, call)]
        plain = [(file, call) for file, call in callers if isinstance(call.func, ast.Name)]
        if isinstance(sources.parent(line.file, node), ast.Module) and plain:
            callers = plain  # `step(x)` calls this function, `optimizer.step()` does not
        line = line_of_node(*callers[0]) if callers else None
    return None


def calls_of(evidence: Evidence, name: str) -> Iterator[tuple[str, ast.Call]]:
    """Go through the calls of a function or method of this name."""
    for file, tree in evidence.sources.trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) == name:
                yield file, node


def lifted(evidence: Evidence, line: Line | None, loop: tuple[str, ast.AST] | None) -> Line | None:
    """Return the line in a loop from which a line elsewhere was reached: itself, or the call of its function."""
    start = line
    for _ in range(4):
        if line is None or loop is None:
            return start
        if line.file == loop[0] and within(loop[1], line):
            return line
        node = evidence.sources.file(line.file).covering(line)
        function = evidence.sources.around(line.file, node, ast.FunctionDef)
        if not isinstance(function, ast.FunctionDef):
            return start
        name = function.name
        if name == "__init__":
            holder = evidence.sources.around(line.file, function, ast.ClassDef)
            name = holder.name if isinstance(holder, ast.ClassDef) else name
        callers = [(file, call) for file, call in calls_of(evidence, name) if not _inside(function, call)]
        inside = [(f, c) for f, c in callers if f == loop[0] and within(loop[1], line_of_node(f, c))]
        chosen = inside or callers
        line = line_of_node(*chosen[0]) if chosen else None
    return start


def freezing_line(evidence: Evidence) -> Line | None:
    """Return the first line that sets requires_grad to False, if the source has one."""
    for file, tree in evidence.sources.trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith(".requires_grad"):
                return line_of_node(file, node)
            if isinstance(node, ast.Call) and _is_freezing(node):
                return line_of_node(file, node)
    return None


def _is_freezing(call: ast.Call) -> bool:
    given = [keyword.value for keyword in call.keywords if keyword.arg == "requires_grad"]
    given += call.args[:1] if called(call) == "requires_grad_" else []
    return any(isinstance(value, ast.Constant) and value.value is False for value in given)


def within(node: ast.AST, line: Line) -> bool:
    """Return whether a line stands in a node's lines."""
    first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
    return first <= line.number <= last


def _inside(outer: ast.AST, node: ast.AST) -> bool:
    return getattr(outer, "lineno", 0) <= getattr(node, "lineno", -1) <= (getattr(outer, "end_lineno", 0) or 0)


def backward_line(evidence: Evidence, turn: Turn | None = None) -> tuple[Turn, Event, Line] | None:
    """Return a backward call: of this turn, or the first one."""
    for candidate in [turn] if turn is not None else evidence.steps:
        for event in candidate.shape.calls:
            line = evidence.line_of(event)
            if line is not None:
                return candidate, event, line
    return None


def listed(names: list[str], most: int = 4) -> str:
    """Return `a, b and 3 more`."""
    names = list(dict.fromkeys(names))
    if len(names) <= most:
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "nothing"
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"


def number(value: float | None) -> str:
    """Return a number with three significant digits."""
    return "?" if value is None else f"{value:.3g}"
