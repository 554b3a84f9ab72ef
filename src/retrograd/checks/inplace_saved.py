"""inplace-saved: a value that backward needs was overwritten in place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retrograd.checks.evidence import Evidence, Turn, short
from retrograd.checks.finding import Finding
from retrograd.recording import Event

WHY = (
    "The derivative of an operation may need its input or its result as they were. Autograd counts the writes to each "
    "tensor and refuses when the value it had saved is gone."
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Explain autograd's error about an inplace operation: who wrote, and who had saved."""
    error = evidence.error
    if error is None or "modified by an inplace operation" not in error[2] or not evidence.steps:
        return
    _, raised, text = error
    turn = evidence.steps[-1]
    call = turn.shape.calls[-1]
    shape = tuple(int(n) for n in re.findall(r"\d+", (re.findall(r"\[([\d, ]*)\]\]?,? which", text) or [""])[0]))
    node = (re.findall(r"output \d+ of (\w+)", text) or [""])[0]
    writes = [w for w in _writes(turn, call) if _fits(turn, w, shape)] or list(_writes(turn, call))
    if not writes:
        yield evidence.finding(
            "inplace-saved",
            "error",
            raised,
            "a value that backward needs was overwritten in place",
            WHY,
            confidence=0.7,
        )
        return
    write = _best(turn, writes, node)
    saver = _saver(turn, write)
    name = evidence.name(turn, write.inputs[0], write)
    line, saved = evidence.line_of(write), evidence.line_of(saver) if saver else None
    what = evidence.sources.text(line.file, evidence.sources.statement(line)) if line else short(write)
    by = f"`{short(saver)}` on line {saved.number}" if saver and saved else "an operation before"
    yield evidence.finding(
        "inplace-saved",
        "error",
        line,
        f"`{what}` overwrote {name}, which {by} had saved for its backward",
        WHY,
        _fix(evidence, write),
        others=[(saved, "had saved the value"), (raised, "raises the error")],
        events=[(turn, write), *([(turn, saver)] if saver else []), (turn, call)],
    )


def _writes(turn: Turn, call: Event) -> Iterator[Event]:
    for event in turn.shape.events[: call.number]:
        if event.kind in ("clear", "state", "read", "call", "backward", "accumulate") or not event.inputs:
            continue
        if turn.shape.written(event) or short(event) == "__setitem__":
            yield event


def _fits(turn: Turn, write: Event, shape: tuple[int, ...]) -> bool:
    storages = {turn.shape.storage(r) for r in write.outputs}
    return any(s.storage in storages and s.shape in (shape, shape[::-1]) for s in turn.program.slots)


def _best(turn: Turn, writes: list[Event], node: str) -> Event:
    """Return the last write to something that was used, or made by the node that the error names, before it."""
    for write in reversed(writes):
        if _saver(turn, write) is not None:
            return write
    return writes[-1]


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
    if short(write).endswith("_") and f".{short(write)}(" in text and write.kind != "update":
        changed = text.replace(f".{short(write)}(", f".{short(write)[:-1]}(", 1)
        if "=" not in text.partition("(")[0]:
            name = changed.strip().partition(".")[0]
            changed = changed.replace(changed.strip(), f"{name} = {changed.strip()}")
        return evidence.sources.diff(line.file, {line.number: [changed]})
    if write.kind == "update":
        return "Update after the last backward that goes through these parameters."
    return "Write into a copy: `x = x.clone()` before, or compute a new tensor."
