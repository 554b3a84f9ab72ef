"""softmax-wrong-axis: softmax runs over the samples, or the queries, instead of the classes or the keys."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from retrograd.checks.evidence import VIEWS, Evidence, Turn, short
from retrograd.checks.finding import Finding
from retrograd.checks.losses import axis
from retrograd.recording import Event

WHY = "Probabilities must sum to one over what is chosen among. Over another axis the samples compete with each other."
CHOICES = frozenset(["nll_loss", "cross_entropy", "kl_div", "gather", "__getitem__", "mse_loss", "take_along_dim"])


def find(evidence: Evidence) -> Iterator[Finding]:
    """Compare the axis of each softmax before a loss with the axis along which its result is used."""
    seen: set[int | None] = set()
    for turn in evidence.samples[:1]:
        shape = turn.shape
        for call in shape.calls:
            root = shape.root(call)
            for event in shape.behind(root) if root is not None else ():
                if short(event) not in ("softmax", "log_softmax") or not event.inputs or event.line in seen:
                    continue
                wrong = _wrong(evidence, turn, event)
                if wrong:
                    seen.add(event.line)
                    yield _finding(evidence, turn, event, *wrong)


def _wrong(evidence: Evidence, turn: Turn, event: Event) -> tuple[int, str] | None:
    """Return the axis that would be right, or -1, and how the result is used."""
    dim = axis(turn, event)
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
        if name in CHOICES and len(size) == 2 and dim == 0 and _chooses(turn, user):
            return 1, f"`{name}` then looks for the class along axis 1"
        if name in ("nll_loss",) and len(size) > 2 and dim != 1:
            return 1, f"`{name}` looks for the class along axis 1"
    return None


def _contiguous(size: tuple[int, ...]) -> tuple[int, ...]:
    found, step = [], 1
    for n in reversed(size):
        found.append(step)
        step *= n
    return tuple(reversed(found))


def _chooses(turn: Turn, user: Event) -> bool:
    if short(user) != "__getitem__":
        return True
    return any(turn.shape.slot(r).dtype == "int64" for r in user.inputs[1:])


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
        f"`{short(event)}` of shape {size} runs over axis {axis(turn, event)}; {use}",
        WHY,
        fix,
        confidence=0.95,
        events=[(turn, event)],
    )
