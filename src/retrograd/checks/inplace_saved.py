"""inplace-saved: a value that backward needs was overwritten in place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.fixes import before
from retrograd.checks.turns import Turn
from retrograd.recording import Event

WHY = (
    "The derivative of an operation may need its input or its result as they were. Autograd counts the writes to each "
    "tensor and refuses when the value it had saved is gone."
)

OUT_OF_PLACE = frozenset(
    (
        *("abs", "neg", "add", "sub", "mul", "div", "pow", "square", "sqrt", "rsqrt", "exp", "log", "log1p", "sin"),
        *("cos", "tan", "tanh", "sigmoid", "relu", "clamp", "clamp_min", "clamp_max", "clip", "round", "floor", "ceil"),
        *("trunc", "sign", "reciprocal", "lerp", "addcmul", "addcdiv", "addmm", "masked_fill", "masked_scatter"),
        *("index_add", "index_fill", "index_copy", "index_put", "scatter", "scatter_add", "tril", "triu", "renorm"),
        *("nan_to_num", "erf", "hypot", "fmod", "remainder", "cumsum", "cumprod"),
    )
)
"""What Tensor has in place and as a method that returns a new tensor, with the same arguments. Of `zero_`, `fill_`,
`copy_`, `normal_` and the like there is none."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Explain autograd's error about an inplace operation: who made the value, who saved it, who wrote over it."""
    error = evidence.error
    if error is None or "modified by an inplace operation" not in error[2] or not evidence.steps:
        return
    _, raised, text = error
    turn = evidence.steps[-1]
    found = _saved_here(turn) or _saved_before(turn, text)
    if found is None:
        fact = "a value that backward needs was overwritten in place"
        yield evidence.finding("inplace-saved", "error", raised, fact, WHY, confidence=0.7)
        return
    saver, writes = found
    write = writes[0]
    line, saved = evidence.line_of(write), evidence.line_of(saver) if saver else None
    what = evidence.sources.text(line.file, evidence.sources.statement(line)) if line else short(write)
    by = f"`{short(saver)}` on line {saved.number}" if saver and saved else "an operation before"
    name = evidence.name(turn, write.inputs[0], write)
    made = evidence.producer(turn, write.inputs[0], saver.number if saver else write.number)
    made_by = evidence.line_of(made[1]) if made is not None else None
    more = f", the first of {len(writes)} writes" if len(writes) > 1 else ""
    yield evidence.finding(
        "inplace-saved",
        "error",
        line,
        f"`{what}` overwrote {name}{more}, which {by} had saved for its backward",
        WHY,
        _fix(evidence, write),
        confidence=0.98,
        others=[
            (made_by, f"made {name}"),
            (saved, "had saved the value"),
            *((evidence.line_of(other), "writes once more") for other in writes[1:]),
            (raised, "raises the error"),
        ],
        events=[(turn, write), *([(turn, saver)] if saver else []), (turn, turn.shape.calls[-1])],
    )


def _saved_here(turn: Turn) -> tuple[Event, list[Event]] | None:
    """Return the call whose node was at work when autograd refused, and what wrote to its saved values since then."""
    shape = turn.shape
    last = next((event for event in reversed(shape.events) if event.kind == "backward"), None)
    if last is None or last.node is None or last.node.forward is None:
        return None
    saver = shape.events[last.node.forward]
    saved = {shape.storage(reference) for _, reference in last.node.saved}
    writes = [
        event
        for event in _writes(turn, shape.calls[-1])
        if event.number > saver.number and saved & {shape.storage(r) for r in event.inputs[:1]}
    ]
    return (saver, writes) if writes else None


def _saved_before(turn: Turn, text: str) -> tuple[Event | None, list[Event]] | None:
    """Return the same where the graph is from an earlier step, by the shape that the error names."""
    call = turn.shape.calls[-1]
    size = tuple(int(n) for n in re.findall(r"\d+", (re.findall(r"\[([\d, ]*)\]\]?,? which", text) or [""])[0]))
    writes = [w for w in _writes(turn, call) if _fits(turn, w, size)] or list(_writes(turn, call))
    if not writes:
        return None
    used = [write for write in writes if _saver(turn, write) is not None]
    write = (used or writes)[-1]
    return _saver(turn, write), [write]


def _writes(turn: Turn, call: Event) -> Iterator[Event]:
    for event in turn.shape.events[: call.number]:
        if event.kind in ("clear", "state", "read", "call", "backward", "accumulate") or not event.inputs:
            continue
        if turn.shape.written(event) or short(event) == "__setitem__":
            yield event


def _fits(turn: Turn, write: Event, shape: tuple[int, ...]) -> bool:
    storages = {turn.shape.storage(r) for r in write.outputs}
    return any(s.storage in storages and s.shape in (shape, shape[::-1]) for s in turn.program.slots)


def _saver(turn: Turn, write: Event) -> Event | None:
    """Return the last tracked call before a write that used or made what it overwrote."""
    shape = turn.shape
    storages = {shape.storage(r) for r in write.outputs} & {shape.storage(r) for r in write.inputs}
    for event in reversed(shape.events[: write.number]):
        if event.kind != "forward" or short(event) in ("__getitem__", "view", "reshape", "detach"):
            continue
        if storages & {shape.storage(r) for r in (*event.inputs, *event.outputs)}:
            return event
    return None


def _fix(evidence: Evidence, write: Event) -> str:
    line = evidence.line_of(write)
    if line is None:
        return ""
    text = evidence.sources.line_text(line.file, line.number)
    found = re.match(r"^(\s*)([\w.]+)\s*([-+*/@])=\s*(.+)$", text)
    if found and write.kind != "update":
        margin, name, sign, value = found.groups()
        return evidence.sources.diff(line.file, {line.number: [f"{margin}{name} = {name} {sign} {value}"]})
    plain = short(write)[:-1]
    if short(write) == f"{plain}_" and plain in OUT_OF_PLACE and f".{plain}_(" in text and write.kind != "update":
        changed = text.replace(f".{plain}_(", f".{plain}(", 1)
        if "=" not in text.partition("(")[0]:
            name = changed.strip().partition(".")[0]
            changed = changed.replace(changed.strip(), f"{name} = {changed.strip()}")
        return evidence.sources.diff(line.file, {line.number: [changed]})
    if write.kind == "update":
        return "Update after the last backward that goes through these parameters."
    target = text.strip().partition("[")[0]
    if short(write) == "__setitem__" and target.isidentifier():
        return before(evidence, line, f"{target} = {target}.clone()")
    return "Write into a copy: `x = x.clone()` before, or compute a new tensor."
