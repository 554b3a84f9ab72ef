"""zero-init: all units of a layer begin with the same numbers, and stay the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from retrograd.checks.calls import short
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.sources import called
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Line, Reference

ROUNDING = 1e-4
"""Of the largest entry: equal units drift apart by no more, where a convolution adds up each in an order of its own."""
PRODUCTS = frozenset(["linear", "matmul", "mm", "__matmul__", "addmm", "conv2d", "conv1d"])


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for a weight, before another layer, whose units were equal at the start and are equal at the end."""
    if len(evidence.samples) < 2:
        return
    start, end = evidence.samples[0], evidence.samples[-1]
    yield from _factors(evidence, start, end)
    for event, reference, axis in _hidden(start):
        thing = start.thing(reference)
        array = evidence.array(start, reference)
        later = next((r for e, r, _ in _hidden(end) if end.thing(r) == thing), None)
        last = evidence.array(end, later) if later is not None else None
        if array is None or last is None or array.ndim < 2 or array.shape[axis] < 2:
            continue
        if thing not in evidence.reached or not (_equal(array, axis) and _equal(last, axis, ROUNDING)):
            continue
        name = evidence.name_of_thing(thing)
        units = array.shape[axis]
        what = "0" if not array.any() else f"equal ({float(array.flat[0]):.3g} first)"
        kept = "still all 0" if not last.any() else "still equal to each other"
        yield evidence.finding(
            "zero-init",
            "error",
            _made(evidence, start, thing) or evidence.line_of(event),
            f"the {units} units of {name} were all {what} at the start, and are {kept} in step {end.number}",
            "Units with the same numbers get the same gradients, so they stay the same: the layer is as "
            "good as one unit.",
            _fix(evidence, _made(evidence, start, thing))
            or "Begin with random numbers, as torch.randn or nn.Linear does.",
            confidence=0.95,
            others=[(evidence.line_of(event), "uses it")],
            events=[(start, event)],
        )
        return


def _factors(evidence: Evidence, start: Turn, end: Turn) -> Iterator[Finding]:
    """Look for two tensors of parameters that are factors of one product, both zero: each one's slope is the other."""
    zero = _zeros(evidence, start) & _zeros(evidence, end)
    for call in start.shape.calls[:1] if len(zero) > 1 else ():
        root = start.shape.root(call)
        for event in start.shape.behind(root) if root is not None else ():
            sides = [_shown(start, reference) & zero for reference in event.inputs[:2]]
            if short(event) not in PRODUCTS | {"mul", "bmm", "einsum"} or len(sides) < 2 or not all(sides):
                continue
            names = [evidence.name_of_thing(min(side)) for side in sides]
            made = next((line for side in sides if (line := _made(evidence, start, min(side))) is not None), None)
            yield evidence.finding(
                "zero-init",
                "error",
                made or evidence.line_of(event),
                f"{names[0]} and {names[1]} were all 0 at the start and are still all 0 in step {end.number}: in "
                f"`{short(event)}` the slope of each is the other one, so both gradients are exactly 0",
                "Zero times zero has no slope in any direction: no step ever leaves it.",
                "Begin one of the two with random numbers.",
                confidence=0.95,
                others=[(evidence.line_of(event), "multiplies them")],
                events=[(start, event)],
            )
            return


def _zeros(evidence: Evidence, turn: Turn) -> set[int]:
    """Return the leaves that are zero everywhere and got a gradient that is zero everywhere."""
    found = set()
    for slot, gradient in turn.program.gradients:
        thing = turn.things[turn.program.slots[slot].storage]
        start = next((r for r in turn.program.start if turn.thing(r) == thing), None)
        if start is not None and evidence.norm(turn, start) == 0 and evidence.norm(turn, gradient) == 0:
            found.add(thing)
    return found


def _shown(turn: Turn, reference: Reference) -> set[int]:
    """Return the things that a factor is made of, or shows, as `w.T` does."""
    maker = turn.shape.makers.get(reference.buffer)
    behind = turn.shape.behind(turn.shape.events[maker]) if maker is not None else []
    return {turn.thing(r) for r in (reference, *(r for e in behind for r in e.inputs))}


def _hidden(turn: Turn) -> Iterator[tuple[Event, Reference, int]]:
    """Go through the weights of products on whose results other products work, with the axis of their units."""
    shape = turn.shape
    for call in shape.calls[:1]:
        root = shape.root(call)
        behind = shape.behind(root) if root is not None else []
        products = [e for e in behind if short(e) in PRODUCTS and len(e.inputs) >= 2]
        for event in products:
            later = [e for e in products if e.number > event.number and event in shape.behind(e)]
            weight = event.inputs[1]
            if not later or not shape.slot(weight).parameter:
                continue
            yield event, weight, 0 if short(event) in ("linear", "conv1d", "conv2d") else 1


def _equal(array: np.ndarray, axis: int, tolerance: float = 0.0) -> bool:
    """Return whether all units of a weight are the same, but for a share of its largest entry."""
    apart = np.abs(array.astype("f8") - np.take(array, [0], axis=axis))
    return bool(np.all(apart <= tolerance * np.abs(array).max()))


def _made(evidence: Evidence, turn: Turn, thing: int) -> Line | None:
    """Return the line that wrote the first numbers of a parameter."""
    found = None
    for earlier in evidence.turns:
        if earlier.number > turn.number:
            break
        for event in earlier.shape.events:
            if event.kind in ("update", "backward", "accumulate", "state", "read") and earlier.number >= 0:
                continue
            if any(earlier.thing(r) == thing for r in event.outputs) and evidence.line_of(event) is not None:
                if earlier.number < turn.number or event.number == 0 or not event.inputs:
                    found = evidence.line_of(event)
    return found


def _fix(evidence: Evidence, line: Line | None) -> str:
    """Return the diff that begins with random numbers: `nn.init.zeros_(w)`, or `torch.full(shape, number)`."""
    call = evidence.sources.node(line)
    if line is None or not isinstance(call, ast.Call) or not call.args or not isinstance(call.func, ast.Attribute):
        return ""
    owner, given = ast.unparse(call.func.value), evidence.sources.text(line.file, call.args[0])
    if owner.endswith("init") and called(call) in ("zeros_", "ones_", "constant_"):
        return evidence.sources.replaced(line.file, call, f"{owner}.xavier_uniform_({given})")
    if owner == "torch" and called(call) == "full" and len(call.args) == 2:
        kept = [evidence.sources.text(line.file, keyword) for keyword in call.keywords]
        return evidence.sources.replaced(line.file, call, f"torch.randn({', '.join([given, *kept])})")
    if owner == "torch" and called(call) in ("zeros", "ones"):
        return evidence.sources.replaced(line.file, call.func, "torch.randn")
    return ""
