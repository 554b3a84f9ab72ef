"""graph-held: losses are kept with their graphs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from retrograd.checks.calls import FLOATS, short
from retrograd.checks.code import FUNCTIONS, backward_line, calls_of, line_of_node, loop_of, within
from retrograd.checks.evidence import Evidence
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
SCALES = frozenset({"mul", "__mul__", "__rmul__", "div", "truediv"})
"""Calls that give a term of a sum a factor."""


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
        event = _made(evidence, turn, file, value)
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


def _cut(turn: Turn, event: Event) -> str:
    return "item" if prod(turn.shape.slot(event.outputs[0]).shape) == 1 else "detach"


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
    elif isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.BinOp)):
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


def _made(
    evidence: Evidence, turn: Turn, file: str, value: ast.expr, place: int | None = None, hops: int = 4
) -> Event | None:
    """Return the event whose result an expression stands for, where it is kept: a number's is the one that reads it.

    Args:
        evidence: The recording.
        turn: A step.
        file: Where the expression stands.
        value: The expression.
        place: Which part of its result is meant, if that is a tuple.
        hops: So many assignments and functions are gone back through.
    """
    if isinstance(value, ast.Name):
        bound = _bound(evidence, file, value)
        made = _made(evidence, turn, file, *bound, hops - 1) if bound is not None and hops else None
        return made or _root_named(evidence, turn, file, value, bound[0] if bound is not None else None)
    at_work = [(e, evidence.line_of(e)) for e in turn.shape.events if e.kind not in ("backward", "accumulate")]
    here = [e for e, line in at_work if line and line.file == file and evidence.sources.node(line) is value]
    if here or not hops:
        return here[-1] if here else None
    returned = (_made(evidence, turn, *one, None, hops - 1) for one in _returned(evidence, value, place))
    return next((made for made in returned if made is not None), None)


def _bound(evidence: Evidence, file: str, name: ast.Name) -> tuple[ast.expr, int | None] | None:
    """Return what was assigned last, above and in the same function, to a name, and which part of it."""
    sources = evidence.sources
    scope = sources.around(file, name, *FUNCTIONS)
    found: list[tuple[ast.expr, int | None]] = []
    for node in ast.walk(scope or sources.file(file).tree):
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None or node.lineno >= name.lineno:
            continue
        if sources.around(file, node, *FUNCTIONS) is not scope:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            parts = [ast.unparse(part) for part in target.elts] if isinstance(target, ast.Tuple) else []
            if ast.unparse(target) == name.id:
                found.append((node.value, None))
            elif name.id in parts:
                place = parts.index(name.id)
                apart = node.value.elts[place] if isinstance(node.value, ast.Tuple) else None
                found.append((node.value, place) if apart is None else (apart, None))
    return max(found, key=lambda one: one[0].lineno, default=None)


def _returned(evidence: Evidence, call: ast.expr, place: int | None) -> Iterator[tuple[str, ast.expr]]:
    """Go through what the person's functions of the name that is called return, or one part of it."""
    for file, tree in evidence.sources.trees():
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef) or function.name != called(call):
                continue
            for node in ast.walk(function):
                if not isinstance(node, ast.Return) or node.value is None:
                    continue
                if evidence.sources.around(file, node, *FUNCTIONS) is not function:
                    continue
                if place is None:
                    yield file, node.value
                elif isinstance(node.value, ast.Tuple) and place < len(node.value.elts):
                    yield file, node.value.elts[place]


def _root_named(evidence: Evidence, turn: Turn, file: str, name: ast.Name, bound: ast.expr | None) -> Event | None:
    """Return what made the loss of this name, if the name still stands for it: nothing was assigned to it since."""
    sources = evidence.sources
    scope = sources.around(file, name, *FUNCTIONS)
    for call in turn.shape.calls:
        line = evidence.line_of(call)
        if line is None or line.file != file or sources.around(file, sources.statement(line), *FUNCTIONS) is not scope:
            continue
        if bound is not None and bound.lineno > line.number:
            continue
        named = [r for r in call.inputs if turn.shape.slot(r).name == name.id]
        maker = turn.shape.makers.get(named[0].buffer) if named else None
        if maker is not None:
            return turn.shape.events[maker]
    return None


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
