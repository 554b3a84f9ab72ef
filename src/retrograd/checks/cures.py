"""Changes that several checks of numbers propose, as diffs; an empty text where none is mechanical."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from retrograd.checks.code import FUNCTIONS, LOOPS
from retrograd.checks.evidence import Evidence
from retrograd.checks.sources import called, indent
from retrograd.recording import Line

SMALL = "1e-12"
"""Far below every number that matters in float32, and far above the smallest one that it has."""
_PLAIN = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)
_SMOOTH = {"softmax": "log_softmax", "sigmoid": "logsigmoid"}


def only_call(evidence: Evidence, names: Iterable[str]) -> tuple[str, ast.Call] | None:
    """Return the only call in the source of functions or classes of these names."""
    wanted = set(names)
    found = [
        (file, node)
        for file, tree in evidence.sources.trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) in wanted
    ]
    return found[0] if len(found) == 1 else None


def renamed(evidence: Evidence, line: Line | None, other: dict[str, str]) -> str:
    """Return the diff that calls another activation: on this line, or where its only layer is made.

    Args:
        evidence: What is diagnosed.
        line: The call of the activation.
        other: What stands for each name, as `relu` for `sigmoid` and `ReLU` for `Sigmoid`.
    """
    node = evidence.sources.node(line)
    if line is not None and isinstance(node, ast.Call) and called(node) in other:
        made = (line.file, node)
    else:
        made = only_call(evidence, other)
    if made is None:
        return ""
    file, call = made
    function, name = call.func, other[called(call)]
    value = function.value if isinstance(function, ast.Attribute) else None
    owner = ast.unparse(value) if value is not None else ""
    if owner in ("torch", "torch.nn.functional"):
        return evidence.sources.replaced(file, function, f"torch.nn.functional.{name}")
    if owner and called(call)[0].islower() and not call.args:  # a method of tensors: `z.sigmoid()`
        inner = evidence.sources.text(file, value)
        return evidence.sources.replaced(file, call, f"torch.nn.functional.{name}({inner})")
    if owner.startswith("self"):
        return ""
    return evidence.sources.replaced(file, function, f"{owner}.{name}" if owner else name)


def logs_kept_finite(evidence: Evidence, line: Line | None) -> str:
    """Return the diff after which no logarithm of a statement meets a zero.

    The logarithm of a softmax or sigmoid that stands in it becomes log_softmax or logsigmoid, which compute no
    probability; what other logarithms take is kept from below.
    """
    statement = evidence.sources.statement(line)
    if line is None or statement is None:
        return ""
    changes: list[tuple[ast.AST, str]] = []
    for call in ast.walk(statement):
        if not isinstance(call, ast.Call) or called(call) not in ("log", "log2", "log10"):
            continue
        function = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "torch"
        given = call.args[0] if function and call.args else getattr(call.func, "value", None)
        if given is None:
            return ""
        name, text = called(given), evidence.sources.text(line.file, given)
        if name in _SMOOTH and called(call) == "log" and text.startswith(("torch.", "F.")):
            module = "torch" if name == "softmax" else "torch.nn.functional"
            changes.append((call, f"{module}.{_SMOOTH[name]}{text[text.index('(') :]}"))
        else:
            changes.append((given, _from_below(given, text)))
    return evidence.sources.rewritten(line.file, changes)


def kept_from_zero(evidence: Evidence, line: Line | None, signed: bool) -> str:
    """Return the diff that divides by something that is nowhere zero.

    Args:
        evidence: What is diagnosed.
        line: The division.
        signed: Whether the denominator may be negative, too; then only its zeros are changed.
    """
    node = evidence.sources.node(line)
    if line is None or not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Div):
        return ""
    text = evidence.sources.text(line.file, node.right)
    safe = f"torch.where({text} == 0, 1.0, {text})" if signed else _from_below(node.right, text, "1e-6")
    return evidence.sources.replaced(line.file, node.right, safe)


def _from_below(node: ast.AST, text: str, bound: str = SMALL) -> str:
    return f"{text}.clamp_min({bound})" if isinstance(node, _PLAIN) else f"({text}).clamp_min({bound})"


def straight_through(evidence: Evidence, line: Line | None) -> str:
    """Return the diff after which `code = torch.round(x)` hands its gradient on as if it were not there."""
    sources, node, statement = evidence.sources, evidence.sources.node(line), evidence.sources.statement(line)
    if line is None or not isinstance(node, ast.Call) or not isinstance(statement, ast.Assign):
        return ""
    target = statement.targets[0]
    if statement.value is not node or not isinstance(target, ast.Name) or not sources.is_alone(line.file, statement):
        return ""
    function = sources.text(line.file, node.func)
    if function.startswith("torch.") and len(node.args) == 1:
        inner, step = sources.text(line.file, node.args[0]), f"{function}({target.id})"
    elif isinstance(node.func, ast.Attribute) and not node.args:
        inner, step = sources.text(line.file, node.func.value), f"{target.id}.{node.func.attr}()"
    else:
        return ""
    margin = indent(sources.line_text(line.file, line.number))
    passed = f"{margin}{target.id} = {target.id} + ({step} - {target.id}).detach()"
    first = [] if inner == target.id else [f"{margin}{target.id} = {inner}"]
    return sources.diff(line.file, {line.number: [*first, passed]})


def with_number(evidence: Evidence, line: Line | None, old: str, new: str) -> str:
    """Return the diff that writes another number: on a line, or where the only variable is set that has it."""
    if line is None or not old:
        return ""
    on_line = [node for node in _constants(evidence.sources.file(line.file).tree, old) if node.lineno == line.number]
    assigned = [
        node.value
        for node in ast.walk(evidence.sources.file(line.file).tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and ast.unparse(node.value) == old
    ]
    if on_line:
        return evidence.sources.replaced(line.file, on_line[0], new)
    return evidence.sources.replaced(line.file, assigned[0], new) if len(assigned) == 1 else ""


def _constants(tree: ast.AST, text: str) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and not isinstance(node.value, bool) and ast.unparse(node) == text:
            yield node


def outermost_loop(evidence: Evidence, line: Line | None) -> ast.For | ast.While | None:
    """Return the outermost loop around a line, inside its function."""
    found, node = None, evidence.sources.statement(line)
    while line is not None and node is not None and not isinstance(node, FUNCTIONS):
        found = node if isinstance(node, LOOPS) else found
        node = evidence.sources.parent(line.file, node)
    return found


def moved(evidence: Evidence, statement: ast.stmt | None, file: str, before: int, like: int) -> str:
    """Return the diff that moves a statement of one line to before another line, indented as a third one is."""
    if statement is None or not evidence.sources.is_alone(file, statement):
        return ""
    sources = evidence.sources
    text = indent(sources.line_text(file, like)) + sources.line_text(file, statement.lineno).strip()
    if before > len(sources.file(file).lines):
        last = len(sources.file(file).lines)
        if last == statement.lineno:
            return sources.diff(file, {last: [text]})
        return sources.diff(file, {statement.lineno: [], last: [sources.line_text(file, last), text]})
    if before == statement.lineno + 1:
        return sources.diff(file, {statement.lineno: [text]})
    return sources.diff(file, {statement.lineno: [], before: [text, sources.line_text(file, before)]})


def one_order(evidence: Evidence, first: Line | None, second: Line | None) -> str:
    """Return the diff after which two lines, `x[torch.randperm(n)]` and the like, take the same permutation."""
    sources = evidence.sources
    one, two = sources.statement(first), sources.statement(second)
    if first is None or second is None or one is None or two is None or first.file != second.file:
        return ""
    taken = [
        node
        for statement in dict.fromkeys([one, two])
        for node in ast.walk(statement)
        if isinstance(node, ast.Subscript) and called(node.slice) in ("randperm", "randint")
    ]
    if len(taken) != 2 or sources.parent(first.file, one) is not sources.parent(first.file, two):
        return ""
    drawn = sources.text(first.file, taken[0].slice)
    number = min(first.number, second.number)
    return sources.rewritten(first.file, [(node.slice, "order") for node in taken], {number: [f"order = {drawn}"]})


def into_loop(evidence: Evidence, line: Line | None, other: Line | None) -> str:
    """Return the diff that moves a line to the beginning of the loop behind it that another line stands in."""
    statement, loop = evidence.sources.statement(line), outermost_loop(evidence, other)
    if line is None or other is None or loop is None or line.file != other.file or statement is None:
        return ""
    if evidence.sources.parent(line.file, statement) is not evidence.sources.parent(line.file, loop):
        return ""
    first = loop.body[0]
    if first.lineno == loop.lineno:
        return ""
    return moved(evidence, statement, line.file, first.lineno, first.lineno) if line.number < loop.lineno else ""
