"""graph-held: losses are kept with their graphs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from retrograd.checks.calls import FLOATS, short
from retrograd.checks.code import backward_line, calls_of, line_of_node, loop_of, within
from retrograd.checks.evidence import Evidence
from retrograd.checks.expressions import made_by_expression
from retrograd.checks.finding import Finding
from retrograd.checks.sources import called
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Reference

WHY = (
    "A loss leads to its graph, and the graph to every value that was saved for backward. What is kept in "
    "a list or a sum "
    "keeps all of that alive, so the memory grows with every step."
)
FEWEST = 3


ENDS = frozenset(
    {"torch.detach", "Tensor.detach", "Tensor.detach_", "Tensor.data.__get__", "Tensor.item", "Tensor.tolist"}
)
"""Calls whose result has no graph."""
KEEPING = frozenset({"append", "extend", "add", "insert", "appendleft", "put", "push"})
"""Methods that put their last argument into a list, a queue or a set."""
SCALES = frozenset({"mul", "__mul__", "__rmul__", "div", "truediv"})
"""Calls that give a term of a sum a factor."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for sums over steps that are tracked, and for tracked results that are appended to lists."""
    yield from _sums(evidence)
    yield from _lists(evidence)
    yield from _collected(evidence)


def _sums(evidence: Evidence) -> Iterator[Finding]:
    found: dict[int, list[tuple[Turn, Event]]] = {}
    for turn in evidence.steps[:200]:
        shape = turn.shape
        roots = [root for call in shape.calls if (root := shape.root(call)) is not None]
        wanted = {e.number for root in roots for e in shape.behind(root)}
        for event in shape.events:
            joins = short(event) in ("cat", "concat", "concatenate", "hstack")
            if not joins and short(event) not in ("add", "add_", "__iadd__", "__add__", "__radd__", "radd"):
                continue
            if event.number in wanted or not shape.tracked[event.number] or len(event.inputs) < 2:
                continue
            if event.line is None or event.kind == "update" or not event.outputs:
                continue
            if not joins and prod(shape.slot(event.outputs[0]).shape) != 1:
                continue  # a state that is carried on, not a sum
            if _added(evidence, turn, event) is None:
                continue
            if any(_from_before(evidence, turn, r, event.line) for r in event.inputs):
                found.setdefault(event.line, []).append((turn, event))
    for held in found.values():
        if len({turn.number for turn, _ in held}) < FEWEST:
            continue
        turn, event = held[0]
        line = evidence.line_of(event)
        name = evidence.name(turn, _added(evidence, turn, event) or event.inputs[-1], event)
        nodes = sum(e.kind == "backward" for e in turn.shape.events)
        fix = ""
        if line is not None:
            statement = evidence.sources.statement(line)
            parts = [] if statement is None else list(ast.walk(statement))
            kept = [n for n in parts if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)]
            fix = evidence.sources.replaced(line.file, kept[-1], f"{name}.item()") if kept else ""
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


def _added(evidence: Evidence, turn: Turn, event: Event) -> Reference | None:
    """Return the term of a sum that has a graph, without a factor before it."""
    shape = turn.shape
    scaled = [shape.events[shape.makers[r.buffer]] for r in event.inputs if r.buffer in shape.makers]
    terms = [*event.inputs, *(r for e in scaled if short(e) in SCALES for r in e.inputs)]
    return next((r for r in terms if r.buffer in shape.dependent and not _is_cut(evidence, turn, r, event)), None)


def _is_cut(evidence: Evidence, turn: Turn, reference: Reference, event: Event) -> bool:
    """Return whether a tensor was detached on the line that adds it up, or before under a name that stands there."""
    here = evidence.line_of(event)
    statement = evidence.sources.statement(here)
    names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)} if statement is not None else set()
    passing = (turn.shape.events[number] for number in turn.shape.detached.get(reference.buffer, ()))
    for line in (evidence.line_of(other) for other in passing if other.number < event.number):
        same = here is not None and line is not None and (line.file, line.number) == (here.file, here.number)
        if same or names & set(evidence.sources.targets(line)):
            return True
    return False


def _from_before(evidence: Evidence, turn: Turn, reference: Reference, line: int) -> bool:
    maker = turn.shape.makers.get(reference.buffer)
    if maker is not None and short(turn.shape.events[maker]) in SCALES:
        return any(_from_before(evidence, turn, given, line) for given in turn.shape.events[maker].inputs)  # a mean
    if not turn.shape.slot(reference).external and maker is not None:
        return False
    made = evidence.origin(turn, reference)
    return made is not None and made[0] is not turn and made[1].line == line


def _lists(evidence: Evidence) -> Iterator[Finding]:
    steps = evidence.steps
    if len(steps) < FEWEST:
        return
    found = backward_line(evidence)
    loop = loop_of(evidence, found[2]) if found else None
    for file, call, value in (passed for kept in _kept(evidence) for passed in _passed(evidence, *kept)):
        if loop is None or file != loop[0] or not within(loop[1], line_of_node(file, call)):
            continue
        if _is_local(evidence, file, call, loop[1], len(steps)):
            continue
        turn = steps[min(1, len(steps) - 1)]
        event = made_by_expression(evidence, turn, file, value)
        if event is None or not _has_graph(evidence, turn, event):
            continue
        name = ast.unparse(value)
        line = line_of_node(file, call)
        yield evidence.finding(
            "graph-held",
            "error",
            line,
            f"`{evidence.sources.text(file, call)}` keeps {name} with its graph in each of {len(steps)} steps",
            WHY,
            evidence.sources.replaced(file, value, f"{name}.{_cut(turn, event)}()"),
            confidence=0.93,
            others=[(evidence.line_of(event), "makes the value")],
            events=[(turn, event)],
        )
        return


def _collected(evidence: Evidence) -> Iterator[Finding]:
    """Look at lists that are made of the results of steps at once: `[step() for _ in range(n)]`, `list(steps(n))`."""
    found = backward_line(evidence)
    if found is None or len(evidence.steps) < FEWEST:
        return
    turn = evidence.steps[1]
    function = evidence.sources.around(found[2].file, evidence.sources.statement(found[2]), ast.FunctionDef)
    if not isinstance(function, ast.FunctionDef):
        return
    for file, tree in evidence.sources.trees():
        for node in ast.walk(tree):
            for place, value in _results(evidence, file, node, function):
                event = made_by_expression(evidence, turn, place, value)
                if event is None or not _has_graph(evidence, turn, event):
                    continue
                yield evidence.finding(
                    "graph-held",
                    "error",
                    line_of_node(file, node),
                    f"`{evidence.sources.text(file, node)}` keeps what {len(evidence.steps)} steps gave, with graphs",
                    WHY,
                    f"Give back a number: `.{_cut(turn, event)}()`.",
                    confidence=0.93,
                    others=[(evidence.line_of(event), "makes the value")],
                    events=[(turn, event)],
                )
                return


def _results(evidence: Evidence, file: str, node: ast.AST, function: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    """Go through what one entry of a new list is, if each entry is what the function that trains returns or yields."""
    if isinstance(node, ast.ListComp) and called(node.elt) == function.name:
        yield file, node.elt
    over = node.args[0] if isinstance(node, ast.Call) and called(node) == "list" and len(node.args) == 1 else None
    if isinstance(node, ast.ListComp) and ast.unparse(node.elt) == ast.unparse(node.generators[0].target):
        over = node.generators[0].iter
    if called(over) != function.name:
        return
    for place, tree in evidence.sources.trees():
        if function in ast.walk(tree):
            yields = [part for part in ast.walk(function) if isinstance(part, ast.Yield) and part.value is not None]
            yield from ((place, part.value) for part in yields if part.value is not None)


def _cut(turn: Turn, event: Event) -> str:
    return "item" if prod(turn.shape.slot(event.outputs[0]).shape) == 1 else "detach"


def _kept(evidence: Evidence) -> Iterator[tuple[str, ast.AST, ast.expr]]:
    """Go through the values that the source puts into lists and dictionaries, as names or calls."""
    for file, tree in evidence.sources.trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr in KEEPING and len(node.args) == 1 + (node.func.attr == "insert"):
                    yield from ((file, node, value) for value in _values(node.args[-1]))
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
                yield from ((file, node, value) for value in _values(node.value) if isinstance(value, ast.Name))
            elif isinstance(node, ast.AugAssign) and isinstance(node.value, ast.List):
                yield from ((file, node, value) for value in _values(node.value))


def _passed(evidence: Evidence, file: str, node: ast.AST, value: ast.expr) -> Iterator[tuple[str, ast.AST, ast.expr]]:
    """Go on from a value that is kept in a function to what its callers gave it, as `meter.update(loss=loss)` does."""
    function = evidence.sources.around(file, node, ast.FunctionDef)
    if not isinstance(value, ast.Name) or not isinstance(function, ast.FunctionDef):
        yield file, node, value
        return
    given = function.args
    names = [argument.arg for argument in given.args if argument.arg != "self"]
    dictionary = given.kwarg.arg if given.kwarg is not None else ""
    spread = bool(dictionary) and value.id in {dictionary, *_looped_over(function, dictionary)}
    packed = given.vararg is not None and value.id == given.vararg.arg
    if value.id not in names and not spread and not packed:
        yield file, node, value
        return
    if any(isinstance(part, ast.Assign) and _holder(node) in _assigned(part) for part in ast.walk(function)):
        return  # a list of this call's own
    for place, call in calls_of(evidence, function.name):
        for keyword in call.keywords:
            if keyword.arg == value.id or (spread and keyword.arg not in names):
                yield place, call, keyword.value
        if packed:
            yield from ((place, call, argument) for argument in call.args[len(names) :])
        if value.id in names and names.index(value.id) < len(call.args):
            yield place, call, call.args[names.index(value.id)]


def _looped_over(function: ast.FunctionDef, dictionary: str) -> set[str]:
    """Return the names that stand for the values of a dictionary, in loops over its items."""
    loops = [node for node in ast.walk(function) if isinstance(node, ast.For)]
    over = [loop for loop in loops if ast.unparse(loop.iter) in (f"{dictionary}.items()", f"{dictionary}.values()")]
    return {name.id for loop in over for name in ast.walk(loop.target) if isinstance(name, ast.Name)}


def _values(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, (ast.Tuple, ast.List)):
        for entry in node.elts:
            yield from _values(entry)
    elif isinstance(node, ast.Dict):
        for entry in node.values:
            yield from _values(entry)
    elif isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.BinOp, ast.Subscript)):
        yield node


def _is_local(evidence: Evidence, file: str, call: ast.AST, loop: ast.AST, steps: int) -> bool:
    """Return whether the list is made anew in the loop, or emptied there, or lets go of the first values."""
    holder = _holder(call)
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
        isinstance(node, ast.Assign) and holder in _assigned(node) and _lets_go(node.value, steps)
        for node in ast.walk(tree)
    )


def _holder(call: ast.AST) -> str | None:
    """Return what a value is put into: `history` for `history.append(loss)`."""
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
        return ast.unparse(call.func.value)
    if isinstance(call, ast.Assign) and isinstance(call.targets[0], ast.Subscript):
        return ast.unparse(call.targets[0].value)
    return ast.unparse(call.target) if isinstance(call, ast.AugAssign) else None


def _lets_go(node: ast.expr, steps: int) -> bool:
    """Return whether a deque is so short that after so many steps it has let go of the first ones."""
    if called(node) != "deque" or not isinstance(node, ast.Call):
        return False
    length = next((k.value for k in node.keywords if k.arg == "maxlen"), node.args[1] if len(node.args) > 1 else None)
    if isinstance(length, ast.Constant):
        return isinstance(length.value, int) and length.value < steps
    return length is not None


def _assigned(node: ast.Assign) -> set[str]:
    """Return what an assignment binds; `a, b = [], []` binds both."""
    parts = [e for t in node.targets for e in (t.elts if isinstance(t, (ast.Tuple, ast.List)) else [t])]
    return {ast.unparse(part) for part in parts}


def _has_graph(evidence: Evidence, turn: Turn, event: Event) -> bool:
    """Return whether a way of floating-point numbers, tracked and cut nowhere, leads from parameters to a result."""
    shape = turn.shape
    leaves = set(shape.parameters)
    live: set[int] = set()
    for other in shape.behind(event):
        if not shape.tracked[other.number] or other.name in ENDS or other.kind == "read":
            continue
        given = [r for r in other.inputs if r.buffer in live or shape.storage(r) in leaves]
        if any(not _is_cut(evidence, turn, r, other) for r in given):
            live |= {r.buffer for r in other.outputs if shape.slot(r).dtype in FLOATS}
    return event.name not in ENDS and any(r.buffer in live for r in event.outputs)
