"""target-dtype: targets have the wrong dtype for the loss, or lost their fractions to an integer dtype."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from retrograd.checks.calls import FLOATS, VIEWS, short
from retrograd.checks.code import line_of_node
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.losses import NAMED, REGRESSION, Compared, compared, failed
from retrograd.checks.sources import called
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Line, Slot

WHY = "Losses of quantities need floating-point targets; losses of classes need integers (torch.long)."
ROUNDED = "The model learns the rounded targets: what lies between two integers is gone."
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.MatMult)
INTEGERS = frozenset({"LongTensor", "IntTensor", "ShortTensor"})
"""Calls that make integers of whatever they are given, and that a recording does not see."""
TEXTS = (
    *("Found dtype", "expected scalar type", "not implemented for", "Expected floating point type", "dtype"),
    "can't be cast to the desired output type",
)


FEWEST = 12
"""Numbers of a quantity. Of fewer, what is left without fractions may be any small integers."""
MOST = 200
"""Steps, at the beginning, whose targets are looked at."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Explain errors about dtypes in a loss, and look for targets that were rounded."""
    yield from _refused(evidence)
    yield from _truncated(evidence)


def _refused(evidence: Evidence) -> Iterator[Finding]:
    error = evidence.error
    if error is None or not any(text in error[2] for text in TEXTS):
        return
    raised = error[1]
    call = failed(evidence)
    if call is None:
        return
    turn, event = call
    if event.kind == "call" or event.kind == "backward":
        found = next(iter(compared(evidence, [turn])), None)
        if found is None:
            return
        event = found.event
    name = short(event)
    named = name in NAMED or any(word in name for word in ("loss", "entropy", "nll", "mse"))
    if not named or len(event.inputs) < 2:
        return
    prediction, target = (turn.shape.slot(r) for r in event.inputs[:2])
    classes = name in ("cross_entropy", "nll_loss", "multi_margin_loss")
    if prediction.dtype == target.dtype and not (classes and len(target.shape) < len(prediction.shape)):
        return  # a target as large as the prediction holds the probability of each class
    made = evidence.producer(turn, event.inputs[1], event.number)
    made = evidence.origin(turn, event.inputs[1], event.number) or made
    line = _made_line(evidence, turn, event, made)
    who, cast = evidence.name(turn, event.inputs[1], event), "long" if classes else "float"
    yield evidence.finding(
        "target-dtype",
        "error",
        line or evidence.line_of(event) or raised,
        f"`{name}` got a prediction of dtype {prediction.dtype} and a target of dtype {target.dtype}"
        + (f" and shape {target.shape}, where the number of a class is an integer" if classes else ""),
        WHY,
        _converted(evidence, event, cast) or f"Use {who}.{cast}().",
        confidence=0.97,
        others=[(evidence.line_of(event), "computes the loss"), (raised, "raises the error")],
        events=[(turn, event)],
    )


def _converted(evidence: Evidence, event: Event, method: str) -> str:
    """Return the diff that converts the second argument of the call of a loss."""
    line = evidence.line_of(event)
    node = evidence.sources.node(line)
    if line is None or not isinstance(node, ast.Call) or len(node.args) < 2:
        return ""
    target = node.args[1]
    text = evidence.sources.text(line.file, target)
    whole = isinstance(target, (ast.Name, ast.Attribute, ast.Call, ast.Subscript))
    return evidence.sources.replaced(line.file, target, f"{text}.{method}()" if whole else f"({text}).{method}()")


def _made_line(evidence: Evidence, turn: Turn, event: Event, made: tuple[Turn, Event] | None) -> Line | None:
    """Return the line that made the target, if it says its dtype."""
    line = evidence.line_of(made[1]) if made is not None else None
    if line is None:
        return None
    text = evidence.sources.line_text(line.file, line.number)
    says = ("long", "int", "float", "double", "dtype", "tensor(", "arange", "argmax")
    return line if any(word in text for word in says) else None


def _truncated(evidence: Evidence) -> Iterator[Finding]:
    for pair in compared(evidence, evidence.samples[:1]):
        if pair.name not in REGRESSION and not pair.name.startswith("binary"):
            continue
        yield from _unseen(evidence, pair)
        if (rounded := _rounded_unseen(evidence, pair)) is not None:
            yield rounded
            return
        for turn, event in evidence.upstream(pair.turn, pair.target):
            if short(event) in ("long", "int", "to", "type", "short") and event.inputs and event.outputs:
                before, after = turn.shape.slot(event.inputs[0]).dtype, turn.shape.slot(event.outputs[0]).dtype
                numbers = evidence.numbers(turn, event.inputs[0])
                if before not in FLOATS or after in FLOATS or numbers is None:
                    continue
                lost = float(np.mean(numbers != np.trunc(numbers))) if numbers.size else 0.0
                if lost > 0:
                    yield _finding(evidence, turn, event, evidence.line_of(event), lost, after)
                    return
            if short(event) in ("__setitem__", "copy_") and len(event.inputs) > 1:
                into, given = event.inputs[0], event.inputs[-1]
                numbers = evidence.numbers(turn, given)
                before, after = turn.shape.slot(given).dtype, turn.shape.slot(into).dtype
                if before in FLOATS and after not in FLOATS and numbers is not None and numbers.size:
                    lost = float(np.mean(numbers != np.trunc(numbers)))
                    if lost > 0:
                        yield _finding(evidence, turn, event, evidence.line_of(event), lost, after)
                        return
            if short(event) in ("tensor", "as_tensor") and event.outputs:
                if (rounded := _rounded_in_python(evidence, pair, (turn, event))) is not None:
                    yield rounded
                    return
                after = turn.shape.slot(event.outputs[0]).dtype
                line = evidence.line_of(event)
                node = evidence.sources.node(line)
                if after not in FLOATS and line is not None and node is not None:
                    given = _numbers(evidence, line.file, node)
                    fractions = [n for n in given if isinstance(n, float) and n % 1]
                    if fractions:
                        line = line_of_node(line.file, node)
                        yield _finding(evidence, turn, event, line, len(fractions) / len(given), after)
                        return


def _rounded(evidence: Evidence, pair: Compared, line: Line | None, event: tuple[Turn, Event]) -> Finding | None:
    """Return a finding if the targets are what is left of a quantity with fractions that left torch before the loop.

    All targets of as many samples must be the integers next to 0 of its numbers, in whatever order.
    """
    for before in evidence.turns[:1]:
        for read in before.shape.events:
            if read.kind != "read" or not read.inputs or before.shape.slot(read.inputs[0]).dtype not in FLOATS:
                continue
            numbers = evidence.array(before, read.inputs[0])
            if numbers is None or numbers.size < FEWEST or not np.any(numbers % 1):
                continue
            targets = _first_targets(evidence, pair, numbers.size)
            if targets is not None and np.array_equal(np.sort(targets), np.sort(np.trunc(numbers.reshape(-1)))):
                lost = float(np.mean(numbers != np.trunc(numbers)))
                return _finding(evidence, *event, line, lost, "integers")
    return None


def _rounded_in_python(evidence: Evidence, pair: Compared, event: tuple[Turn, Event]) -> Finding | None:
    """Look for targets made of a list, as integers or of what `int` gave."""
    line = evidence.line_of(event[1])
    statement = evidence.sources.statement(line)
    calls = {called(node) for node in ast.walk(statement)} if statement is not None else set()
    if event[0].shape.slot(event[1].outputs[0]).dtype in FLOATS and "int" not in calls:
        return None
    return _rounded(evidence, pair, line, event)


def _rounded_unseen(evidence: Evidence, pair: Compared) -> Finding | None:
    """Look for integers that were made of numbers out of the recorder's sight, as in what a loader calls."""
    slot = _outside(evidence, pair)
    if slot is None or slot.dtype in FLOATS:
        return None
    makers = [
        line_of_node(file, node)
        for file, tree in evidence.sources.trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) in ("tensor", "as_tensor", "stack", "long", "int", "to")
        if any(word in ast.unparse(node) for word in ("int64", "int32", "torch.long", "torch.int", ".long()", ".int()"))
    ]
    line = makers[0] if len({(one.file, one.number) for one in makers}) == 1 else evidence.line_of(pair.event)
    return _rounded(evidence, pair, line, (pair.turn, pair.event))


def _first_targets(evidence: Evidence, pair: Compared, count: int) -> np.ndarray | None:
    """Return the targets of the first steps, until there are so many; None if that is no whole number of steps."""
    found: list[np.ndarray] = []
    for other in compared(evidence, [t for t in evidence.steps[:MOST] if t.number >= pair.turn.number]):
        array = evidence.array(other.turn, other.target)
        if array is None:
            return None
        found.append(array.reshape(-1))
        size = sum(one.size for one in found)
        if size >= count:
            return np.concatenate(found) if size == count else None
    return None


def _unseen(evidence: Evidence, pair: Compared) -> Iterator[Finding]:
    """Look for integers made of what the source computes with fractions, by a call that leaves no event."""
    slot = _outside(evidence, pair)
    if slot is None or slot.dtype in FLOATS or not slot.name:
        return
    for file, tree in evidence.sources.trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
                continue
            given = _made_integer(node.value)
            names = {ast.unparse(target) for target in node.targets}
            if slot.name not in names or given is None or not _has_fractions(tree, given):
                continue
            yield evidence.finding(
                "target-dtype",
                "warning",
                line_of_node(file, node.value),
                f"the targets became {slot.dtype}, and `{evidence.sources.text(file, _written(tree, given))}`, "
                "which they are made of, has fractions",
                ROUNDED,
                evidence.sources.replaced(file, node.value.func, "torch.FloatTensor")
                if called(node.value) in INTEGERS
                else "Keep the targets in floating point.",
                confidence=0.85,
                others=[(evidence.line_of(pair.event), "computes the loss")],
                events=[(pair.turn, pair.event)],
            )
            return


def _outside(evidence: Evidence, pair: Compared) -> Slot | None:
    """Return the tensor from outside that the targets are, or were cast from."""
    slot = pair.turn.shape.slot(pair.target)
    if evidence.origin(pair.turn, pair.target) is None:
        return slot
    behind = evidence.upstream(pair.turn, pair.target, 6)
    if any(short(event) not in VIEWS | {"__getitem__"} or not event.inputs for _, event in behind):
        return None
    turn, event = behind[-1]
    return turn.shape.slot(event.inputs[0]) if evidence.origin(turn, event.inputs[0], event.number) is None else None


def _made_integer(call: ast.Call) -> ast.expr | None:
    """Return what a call outside of torch makes integers of: `LongTensor(a)`, `a.astype(int)`."""
    if called(call) in INTEGERS and call.args:
        return call.args[0]
    if isinstance(call.func, ast.Attribute) and call.func.attr == "astype" and call.args:
        wanted = ast.unparse(call.args[0]).strip("'\"").rpartition(".")[2]
        return call.func.value if wanted.startswith(("int", "long", "i8", "i4")) else None
    return None


def _written(tree: ast.AST, node: ast.expr) -> ast.expr:
    """Return what is assigned to a name, if that happens once in a file; anything else stays."""
    if not isinstance(node, ast.Name):
        return node
    bound = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == node.id and isinstance(n.ctx, ast.Store)]
    values = [n.value for n in ast.walk(tree) if isinstance(n, ast.Assign) and n.targets == bound]
    return values[0] if len(bound) == 1 and values else node


def _has_fractions(tree: ast.AST, node: ast.expr, names: int = 3) -> bool:
    """Return whether an expression is arithmetic with a number that is no integer, or a division.

    Args:
        tree: The file.
        node: The expression.
        names: So many times what was assigned to a name is looked at.
    """
    written = _written(tree, node) if names else node
    left = names - (written is not node)
    if isinstance(written, ast.BinOp) and isinstance(written.op, ARITHMETIC):
        parts = [written.left, written.right]
        return isinstance(written.op, ast.Div) or any(_has_fractions(tree, part, left) for part in parts)
    if called(written) in ("array", "asarray", "tensor") and isinstance(written, ast.Call) and written.args:
        return _has_fractions(tree, written.args[0], left)
    if isinstance(written, ast.UnaryOp):
        return _has_fractions(tree, written.operand, left)
    if isinstance(written, (ast.List, ast.Tuple)):
        return any(_has_fractions(tree, entry, left) for entry in written.elts)
    return isinstance(written, ast.Constant) and isinstance(written.value, float) and bool(written.value % 1)


def _numbers(evidence: Evidence, file: str, node: ast.AST) -> list[object]:
    """Return the constants in a call, and those of lists that are written elsewhere under a name it uses."""
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    written = [
        statement.value
        for statement in ast.walk(evidence.sources.file(file).tree)
        if isinstance(statement, ast.Assign) and isinstance(statement.value, (ast.List, ast.Tuple))
        if names & {target.id for target in statement.targets if isinstance(target, ast.Name)}
    ]
    return [n.value for part in (node, *written) for n in ast.walk(part) if isinstance(n, ast.Constant)]


def _finding(evidence: Evidence, turn: Turn, event: Event, line: Line | None, lost: float, dtype: str) -> Finding:
    return evidence.finding(
        "target-dtype",
        "error",
        line,
        f"{lost:.0%} of the targets lost their fraction when they became {dtype}",
        ROUNDED,
        _kept(evidence, line) or "Keep the targets in floating point.",
        confidence=0.95,
        events=[(turn, event)],
    )


def _kept(evidence: Evidence, line: Line | None) -> str:
    """Return the diff that leaves `.long()` or `.to(torch.int64)` out."""
    node = evidence.sources.node(line)
    if line is None or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return ""
    given = [ast.unparse(argument) for argument in node.args]
    named = node.func.attr in ("long", "int", "short") and not given
    if not named and not (node.func.attr in ("to", "type") and len(given) == 1 and given[0].startswith("torch.int")):
        return ""
    return evidence.sources.replaced(line.file, node, evidence.sources.text(line.file, node.func.value))
