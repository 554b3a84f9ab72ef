"""graph-held: losses are kept with their graphs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from retrograd.checks.code import backward_line, line_of_node, loop_of, within
from retrograd.checks.evidence import FLOATS, Evidence, Turn, short
from retrograd.checks.finding import Finding
from retrograd.recording import Event, Reference

WHY = (
    "A loss leads to its graph, and the graph to every value that was saved for backward. What is kept in "
    "a list or a sum "
    "keeps all of that alive, so the memory grows with every step."
)
FEWEST = 3


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for sums over steps that are tracked, and for tracked results that are appended to lists."""
    yield from _sums(evidence)
    yield from _lists(evidence)


def _sums(evidence: Evidence) -> Iterator[Finding]:
    found: dict[int, list[tuple[Turn, Event]]] = {}
    for turn in evidence.steps[:200]:
        shape = turn.shape
        roots = [root for call in shape.calls if (root := shape.root(call)) is not None]
        wanted = {e.number for root in roots for e in shape.behind(root)}
        for event in shape.events:
            if short(event) not in ("add", "add_", "__iadd__", "__add__", "__radd__", "radd"):
                continue
            if event.number in wanted or not shape.tracked[event.number] or len(event.inputs) < 2:
                continue
            if event.line is None or event.kind == "update" or not event.outputs:
                continue
            if prod(shape.slot(event.outputs[0]).shape) != 1:
                continue  # a state that is carried on, not a sum
            if not any(r.buffer in shape.dependent for r in event.inputs):
                continue
            if any(_from_before(evidence, turn, r, event.line) for r in event.inputs):
                found.setdefault(event.line, []).append((turn, event))
    for held in found.values():
        if len({turn.number for turn, _ in held}) < FEWEST:
            continue
        turn, event = held[0]
        line = evidence.line_of(event)
        added = next((r for r in event.inputs if r.buffer in turn.shape.dependent), event.inputs[-1])
        name = evidence.name(turn, added, event)
        nodes = sum(e.kind == "backward" for e in turn.shape.events)
        fix = ""
        if line is not None:
            text = evidence.sources.line_text(line.file, line.number)
            if name.isidentifier() and text.rstrip().endswith(name):
                fix = evidence.sources.diff(line.file, {line.number: [f"{text.rstrip()}.item()"]})
        yield evidence.finding(
            "graph-held",
            "error",
            line,
            f"{name} is added up with its graph: after {len(held)} steps the sum holds their graphs, "
            f"{nodes} nodes each",
            WHY,
            fix or "Add up numbers: `.item()`, or `.detach()`.",
            events=[(turn, event)],
        )


def _from_before(evidence: Evidence, turn: Turn, reference: Reference, line: int) -> bool:
    if not turn.shape.slot(reference).external and reference.buffer in turn.shape.makers:
        return False
    made = evidence.origin(turn, reference)
    return made is not None and made[0] is not turn and made[1].line == line


def _lists(evidence: Evidence) -> Iterator[Finding]:
    steps = evidence.steps
    if len(steps) < FEWEST:
        return
    found = backward_line(evidence)
    loop = loop_of(evidence, found[2]) if found else None
    for file, call, value in _kept(evidence):
        if loop is None or file != loop[0] or not within(loop[1], line_of_node(file, call)):
            continue
        if _is_local(evidence, file, call, loop[1]):
            continue
        turn = steps[min(1, len(steps) - 1)]
        event = _made(evidence, turn, file, value, call)
        if event is None or not _has_graph(turn, event):
            continue
        name = ast.unparse(value)
        line = line_of_node(file, call)
        yield evidence.finding(
            "graph-held",
            "error",
            line,
            f"`{evidence.sources.text(file, call)}` keeps {name} with its graph in each of {len(steps)} steps",
            WHY,
            evidence.sources.replaced(file, value, f"{name}.item()"),
            confidence=0.93,
            others=[(evidence.line_of(event), "makes the value")],
            events=[(turn, event)],
        )
        return


def _kept(evidence: Evidence) -> Iterator[tuple[str, ast.AST, ast.expr]]:
    """Go through the values that the source puts into lists and dictionaries, as names or calls."""
    for file, tree in evidence.sources.trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr in ("append", "extend", "add") and len(node.args) == 1:
                    yield from ((file, node, value) for value in _values(node.args[0]))
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
                yield from ((file, node, value) for value in _values(node.value) if isinstance(value, ast.Name))
            elif isinstance(node, ast.AugAssign) and isinstance(node.value, ast.List):
                yield from ((file, node, value) for value in _values(node.value))


def _values(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, (ast.Tuple, ast.List)):
        for entry in node.elts:
            yield from _values(entry)
    elif isinstance(node, ast.Dict):
        for entry in node.values:
            yield from _values(entry)
    elif isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.BinOp)):
        yield node


def _is_local(evidence: Evidence, file: str, call: ast.AST, loop: ast.AST) -> bool:
    """Return whether the list is made anew in the loop, or emptied there."""
    holder = None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
        holder = ast.unparse(call.func.value)
    elif isinstance(call, ast.Assign) and isinstance(call.targets[0], ast.Subscript):
        holder = ast.unparse(call.targets[0].value)
    elif isinstance(call, ast.AugAssign):
        holder = ast.unparse(call.target)
    if holder is None:
        return True
    for node in ast.walk(loop):
        if isinstance(node, ast.Assign) and holder in _assigned(node):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if ast.unparse(node.func.value) == holder and node.func.attr in ("clear", "pop", "popleft"):
                return True
        if isinstance(node, ast.Delete) and any(holder in ast.unparse(target) for target in node.targets):
            return True
    tree = evidence.sources.file(file).tree
    return any(
        isinstance(node, ast.Assign) and holder in _assigned(node) and "deque" in ast.unparse(node.value)
        for node in ast.walk(tree)
    )


def _assigned(node: ast.Assign) -> set[str]:
    """Return what an assignment binds; `a, b = [], []` binds both."""
    parts = [e for t in node.targets for e in (t.elts if isinstance(t, (ast.Tuple, ast.List)) else [t])]
    return {ast.unparse(part) for part in parts}


def _made(evidence: Evidence, turn: Turn, file: str, value: ast.expr, call: ast.AST) -> Event | None:
    """Return the event whose result an expression stands for, on the line where it is kept."""
    at = getattr(call, "lineno", 0)
    best: Event | None = None
    for event in turn.shape.events:
        line = evidence.line_of(event)
        if line is None or line.file != file or event.kind in ("backward", "accumulate", "read"):
            continue
        if isinstance(value, ast.Name):
            if value.id in evidence.sources.targets(line) and line.number < at:
                best = event
        elif evidence.sources.node(line) is value:
            best = event
    if isinstance(value, ast.Name) and best is None:
        named = [r for c in turn.shape.calls for r in c.inputs if turn.shape.slot(r).name == value.id]
        maker = turn.shape.makers.get(named[0].buffer) if named else None
        best = None if maker is None else turn.shape.events[maker]
    return best


def _has_graph(turn: Turn, event: Event) -> bool:
    shape = turn.shape
    if not shape.tracked[event.number] or short(event) in ("detach", "item", "tolist", "numpy"):
        return False
    floats = any(shape.slot(r).dtype in FLOATS for r in event.outputs)
    depends = any(r.buffer in shape.dependent for r in event.inputs)
    later = {r.buffer for e in shape.behind(event) for r in e.inputs} & shape.dependent
    return floats and (depends or bool(later)) and short(event) not in ("argmax", "detach")
