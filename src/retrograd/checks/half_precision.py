"""half-precision: parameters in 16 bits cannot hold what the update needs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from retrograd.checks.calls import short
from retrograd.checks.code import line_of_node, number
from retrograd.checks.course import Moved, gradients, moves
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.nonfinite import first_nonfinite
from retrograd.checks.turns import Turn
from retrograd.recording import Line

HALVES = frozenset({"float16", "bfloat16"})
CURE = "Keep the parameters in float32, and let torch.autocast choose where 16 bits are enough."


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for 16-bit numbers that were the first not to be finite, and for updates that changed nothing."""
    first = first_nonfinite(evidence)
    if first is not None:
        slots = [first.turn.shape.slot(r) for r in (*first.event.inputs, *first.event.outputs)]
        if any(slot.dtype == "float16" for slot in slots):
            in_update = not first.backward and first.event.phase == "update"
            where = "the update" if in_update else f"the backward of `{short(first.forward)}`" if first.backward else (
                f"`{short(first.event)}`"
            )  # fmt: skip
            yield evidence.finding(
                "half-precision",
                "error",
                _cast_line(evidence) or evidence.line_of(first.event),
                f"in step {first.turn.number} the first number that is not finite came out of {where}, in float16",
                "float16 holds nothing above 65504 and nothing below 6e-8: squares of small gradients, "
                "and Adam's eps of "
                "1e-8, are zero in it, and 0 / 0 is NaN.",
                _fix(evidence) or CURE,
                confidence=0.97,
                others=[(evidence.line_of(first.event), "first gave a number that is not finite")],
                events=[(first.turn, first.event)],
            )
            return
    yield from _stuck(evidence)


def _stuck(evidence: Evidence) -> Iterator[Finding]:
    stuck, counted, example = 0, 0, None
    for turn in evidence.samples:
        wanted = gradients(evidence, turn)
        for moved in moves(turn):
            if turn.shape.slot(moved.before).dtype not in HALVES:
                continue
            before, after = evidence.array(turn, moved.before), evidence.array(turn, moved.after)
            gradient = evidence.array(turn, wanted.get(moved.thing))
            if before is None or after is None or gradient is None or not np.any(gradient):
                continue
            pulled = gradient != 0
            counted += int(pulled.sum())
            stuck += int((pulled & (before == after)).sum())
            example = example or (turn, moved)
    if example is None or counted == 0 or stuck < 0.5 * counted:
        return
    turn, moved = example
    yield evidence.finding(
        "half-precision",
        "error",
        _cast_line(evidence) or evidence.line_of(moved.event),
        f"{stuck} of {counted} updated entries with a gradient did not change: the step was smaller than half the "
        f"distance to the next {turn.shape.slot(moved.before).dtype} number "
        f"(|gradient| = {number(evidence.norm(turn, gradients(evidence, turn).get(moved.thing)))})",
        "Added to a 16-bit number, a small step is rounded away, in every step anew.",
        _fix(evidence) or CURE,
        confidence=0.93,
        others=[(evidence.line_of(moved.event), "adds a step that is rounded away")],
        events=[(turn, moved.event)],
    )


def _cast_line(evidence: Evidence) -> Line | None:
    """Return the line that made 16-bit numbers of the parameters, rather than of the data."""
    for turn in evidence.samples[:1]:
        for moved in moves(turn):
            line = _halved(evidence, turn, moved)
            if line is not None:
                return line
    return _written_cast(evidence)


def _halved(evidence: Evidence, turn: Turn, moved: Moved) -> Line | None:
    """Return where the numbers of a parameter came to have 16 bits, if the recording goes back so far."""
    made = evidence.origin(turn, moved.before, moved.event.number)
    for _ in range(8):
        if made is None:
            return None
        turn, event = made
        halves = [r for r in event.inputs if turn.shape.slot(r).dtype in HALVES]
        if not halves:
            out = [r for r in event.outputs if turn.shape.slot(r).dtype in HALVES]
            return evidence.line_of(event) if out else None
        made = evidence.origin(turn, halves[0], event.number)
    return None


def _written_cast(evidence: Evidence) -> Line | None:
    """Return the first cast to 16 bits in the source: one that is given a name of a parameter's, if there is one."""
    named = {
        slot.name.split(".")[0] for t in evidence.samples for slot in t.program.slots if slot.parameter and slot.name
    }
    casts = [
        line_of_node(file, node) for file, tree in evidence.sources.trees() for node in ast.walk(tree) if _casts(node)
    ]
    owners = [set(evidence.sources.targets(line)) for line in casts]
    of_parameters = [line for line, names in zip(casts, owners, strict=True) if names & named]
    of_whatever = [line for line, names in zip(casts, owners, strict=True) if not names]
    return next(iter((*of_parameters, *of_whatever, *casts)), None)


def _casts(node: ast.AST) -> bool:
    text = ast.unparse(node) if isinstance(node, ast.Call) else ""
    halves = text.endswith((".half()", ".bfloat16()")) or "torch.float16" in text or "torch.bfloat16" in text
    return halves and "autocast" not in text


def _fix(evidence: Evidence) -> str:
    """Return the diff that leaves out each cast to 16 bits of the only file that has some."""
    found = [(file, node) for file, tree in evidence.sources.trees() for node in ast.walk(tree)]
    casts = [(file, node) for file, node in found if isinstance(node, ast.Call) and _casts_itself(node)]
    wanted = [
        (file, node)
        for file, node in found
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("torch.float16", "torch.bfloat16", "torch.half")
    ]
    files = {file for file, _ in (*casts, *wanted)}
    inside = any(one in ast.walk(node) and one is not node for _, node in casts for _, one in casts)
    if len(files) != 1 or inside or any("autocast" in text for text in evidence.recording.texts.values()):
        return ""
    (file,) = files
    changes: list[tuple[ast.AST, str]] = [(node, "torch.float32") for _, node in wanted]
    changes += [(node, evidence.sources.text(file, _without_cast(node))) for _, node in casts]
    statements = [evidence.sources.around(file, node, ast.stmt) for _, node in casts]
    alone = [one for one in statements if _is_all(one) and evidence.sources.is_alone(file, one)]
    idle = {getattr(one, "lineno", 0) for one in alone}
    return evidence.sources.rewritten(file, changes, without=idle)


def _is_all(statement: ast.AST | None) -> bool:
    """Return whether a statement only casts: `net.half()`, `x, y = x.half(), y.half()`."""
    if isinstance(statement, ast.Expr):
        return _without_cast(statement.value) is not None
    if not isinstance(statement, ast.Assign):
        return False
    target, value = statement.targets[0], statement.value
    pairs = [(target, value)]
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = list(zip(target.elts, value.elts, strict=False))
    inner = [(name, _without_cast(one)) for name, one in pairs]
    return all(given is not None and ast.unparse(given) == ast.unparse(name) for name, given in inner)


def _without_cast(node: ast.AST) -> ast.expr | None:
    """Return what `x.half()` casts."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not _casts_itself(node):
        return None
    return node.func.value


def _casts_itself(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in ("half", "bfloat16") and not call.args
