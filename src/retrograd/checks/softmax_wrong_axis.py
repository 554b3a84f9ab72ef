"""softmax-wrong-axis: softmax runs over the samples, or the queries, instead of the classes or the keys."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from retrograd.checks.calls import VIEWS, short
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.losses import axis, compared
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Reference

WHY = "Probabilities must sum to one over what is chosen among. Over another axis the samples compete with each other."
BY_HAND = {"div": "sum", "truediv": "sum", "sub": "logsumexp"}
"""What ends a softmax that is written by hand, and what its second argument is."""
CHOICES = frozenset(["nll_loss", "cross_entropy", "kl_div", "gather", "__getitem__", "mse_loss", "take_along_dim"])


def find(evidence: Evidence) -> Iterator[Finding]:
    """Compare the axis of each softmax before a loss with the axis along which its result is used."""
    seen: set[int | None] = set()
    for turn in evidence.samples[:1]:
        shape = turn.shape
        for call in shape.calls:
            root = shape.root(call)
            for event in shape.behind(root) if root is not None else ():
                if not event.inputs or event.line in seen or along(turn, event) is None:
                    continue
                wrong = _wrong(evidence, turn, event)
                if wrong:
                    seen.add(event.line)
                    yield _finding(evidence, turn, event, *wrong)


def _wrong(evidence: Evidence, turn: Turn, event: Event) -> tuple[int, str] | None:
    """Return the axis that would be right, or -1, and how the result is used."""
    dim = along(turn, event)
    size = turn.shape.slot(event.inputs[0]).shape
    if dim is None or len(size) < 2:
        return None
    if size[dim] == 1:
        return (1 if len(size) == 2 and dim == 0 else len(size) - 1), f"axis {dim} has length 1, so every entry is 1"
    for user, ours in _users(turn, event):
        name = short(user)
        if name in ("matmul", "bmm", "__matmul__", "mm") and ours and user.inputs[0].buffer == event.outputs[0].buffer:
            same = turn.shape.slot(user.inputs[0]).shape == size
            if same and dim != len(size) - 1 and turn.shape.slot(user.inputs[0]).stride == _contiguous(size):
                return len(size) - 1, f"`{name}` then sums over axis {len(size) - 1}"
        if name == "einsum" and ours and (summed := _summed(evidence, user, event)) is not None and summed != dim:
            return summed, f"`einsum` then sums over axis {summed}"
        if name in CHOICES and len(size) == 2 and dim == 0 and _chooses(turn, user):
            return 1, f"`{name}` then looks for the class along axis 1"
        if name == "nll_loss" and len(size) > 2 and (classes := _axis_of(turn, event, user.inputs[0], 1)) != dim:
            if classes is not None:
                return classes, f"`{name}` looks for the class along what is axis {classes} here"
        if name == "logsumexp" and dim == 0 and (over := _weighed(turn, event, user)) is not None:
            return over, f"`{name}` then adds what stands along axis {over}, and axis 0 are the samples"
        if name == "sum" and dim == 0 and (over := _mixed(evidence, turn, event, user)) is not None:
            return over, f"`{name}` then mixes what stands along axis {over}, and axis 0 are the samples"
    return None


def along(turn: Turn, event: Event) -> int | None:
    """Return the axis of a softmax, also of one that is written by hand: `e / e.sum(1)`, `z - z.logsumexp(1)`."""
    if short(event) in ("softmax", "log_softmax"):
        return axis(turn, event)
    total = BY_HAND.get(short(event))
    if total is None or len(event.inputs) != 2:
        return None
    maker = turn.shape.makers.get(event.inputs[1].buffer)
    made = turn.shape.events[maker] if maker is not None else None
    whole, sums = (turn.shape.slot(reference).shape for reference in event.inputs)
    if made is None or short(made) != total or made.inputs[0].buffer != event.inputs[0].buffer:
        return None
    if total == "sum" and not _is_exp(turn, event.inputs[0]):
        return None
    shape = (1,) * (len(whole) - len(sums)) + sums
    over = [place for place, (a, b) in enumerate(zip(whole, shape, strict=True)) if a != b == 1]
    return over[0] if len(over) == 1 else None


def _is_exp(turn: Turn, reference: Reference) -> bool:
    maker = turn.shape.makers.get(reference.buffer)
    return maker is not None and short(turn.shape.events[maker]) == "exp"


def _axis_of(turn: Turn, event: Event, reference: Reference, axis: int) -> int | None:
    """Return which axis of a softmax's result became an axis of a view of it: the one with the same stride."""
    ours, theirs = turn.shape.slot(event.outputs[0]), turn.shape.slot(reference)
    if ours.storage != theirs.storage or len(theirs.shape) <= axis:
        return None
    wanted = (theirs.shape[axis], theirs.stride[axis])
    same = [place for place, pair in enumerate(zip(ours.shape, ours.stride, strict=True)) if pair == wanted]
    return same[0] if len(same) == 1 and wanted[0] > 1 else None


def _mixed(evidence: Evidence, turn: Turn, event: Event, user: Event) -> int | None:
    """Return the axis that weights are summed over, if what is left has one entry for each target."""
    before, after = (turn.shape.slot(r[0]).shape for r in (user.inputs, user.outputs))
    size = turn.shape.slot(event.outputs[0]).shape
    if len(before) != len(size) or before[0] != size[0] or user.inputs[0].buffer == event.outputs[0].buffer:
        return None
    kept = after if len(after) == len(before) else None
    over = [axis for axis in range(1, len(before)) if before[axis] > 1 and kept and kept[axis] == 1]
    over = over or [axis for axis in range(1, len(before)) if before[:axis] + before[axis + 1 :] == after]
    if len(over) != 1:
        return None
    for pair in compared(evidence, [turn]):
        shapes = [turn.shape.slot(r).shape for r in (pair.prediction, pair.target)]
        same = all(shape[:1] == size[:1] for shape in shapes)
        if same and size[0] not in size[1:] and user in turn.shape.behind(pair.event):
            return over[0]
    return None


def _weighed(turn: Turn, event: Event, user: Event) -> int | None:
    """Return the other axis along which log-weights of samples are added up.

    Weights of samples are computed from data with as many rows; a table of transitions, which may be summed over its
    rows as well as its columns, is a parameter.
    """
    shape = turn.shape
    size, before, after = (shape.slot(r[0]).shape for r in (event.outputs, user.inputs, user.outputs))
    data = (r for e in shape.behind(event) for r in e.inputs if shape.slot(r).external and not shape.slot(r).parameter)
    if len(size) != 2 or before != size or after not in ((size[0],), (size[0], 1)) or size[0] == size[1]:
        return None
    return 1 if any(shape.slot(r).shape[:1] == size[:1] for r in data) else None


def _summed(evidence: Evidence, user: Event, event: Event) -> int | None:
    """Return the only axis of a softmax's result that an einsum sums over, as its equation says in the source."""
    node = evidence.sources.node(evidence.line_of(user))
    equation = node.args[0] if isinstance(node, ast.Call) and node.args else None
    text = equation.value if isinstance(equation, ast.Constant) and isinstance(equation.value, str) else ""
    operands, arrow, kept = text.replace(" ", "").partition("->")
    letters = operands.split(",")
    place = [reference.buffer for reference in user.inputs].index(event.outputs[0].buffer)
    if not arrow or place >= len(letters) or "." in text:
        return None
    summed = [axis for axis, letter in enumerate(letters[place]) if letter not in kept]
    return summed[0] if len(summed) == 1 else None


def _contiguous(size: tuple[int, ...]) -> tuple[int, ...]:
    found, step = [], 1
    for n in reversed(size):
        found.append(step)
        step *= n
    return tuple(reversed(found))


def _chooses(turn: Turn, user: Event) -> bool:
    if short(user) != "__getitem__":
        return True
    places = [r.buffer for r in user.inputs[1:] if turn.shape.slot(r).dtype == "int64"]
    return len(set(places)) == len(places) > 0  # the same place along both axes is a diagonal


def _users(turn: Turn, event: Event) -> Iterator[tuple[Event, bool]]:
    """Go through what a softmax's result goes into, itself (True) or through views, logarithms and signs (False)."""
    waiting = [(r.buffer, True) for r in event.outputs]
    seen: set[int] = set()
    while waiting:
        buffer, ours = waiting.pop()
        for user in turn.shape.users.get(buffer, ()):
            if user.number <= event.number or user.number in seen or user.kind in ("backward", "call", "read"):
                continue
            seen.add(user.number)
            yield user, ours
            if short(user) in VIEWS | {"log", "neg", "mul", "add", "clamp"}:
                waiting += [(r.buffer, False) for r in user.outputs]


def _finding(evidence: Evidence, turn: Turn, event: Event, right: int, use: str) -> Finding:
    line = evidence.line_of(event)
    size = turn.shape.slot(event.inputs[0]).shape
    node = evidence.sources.node(line)
    fix = f"Use dim={right}."
    if line is not None and isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg == "dim":
                fix = evidence.sources.replaced(line.file, keyword.value, str(right)) or fix
    return evidence.finding(
        "softmax-wrong-axis",
        "error",
        line,
        f"`{short(event)}` of shape {size} runs over axis {along(turn, event)}; {use}",
        WHY,
        fix,
        confidence=0.95,
        events=[(turn, event)],
    )
