"""step-missing: gradients arrive, and nothing ever updates a parameter."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.code import backward_line, line_of_node, listed, method_calls, number, optimizers
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.grad_cleared_before_step import looked_for
from retrograd.checks.param_not_in_optimizer import both
from retrograd.recording import Line

WHY = "The parameters stay what they were at the start: the loop computes gradients and learns nothing."
FEWEST = 3
"""Backward calls. Whoever calls it once or twice may only want to look at a gradient."""
FINITE = frozenset({"isfinite", "isnan", "isinf"})
"""Calls that ask whether an update may use a gradient, which is no use of it yet."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for a loop without any update, unless somebody reads its gradients."""
    yield from (finding for finding in both(evidence) if finding.name == "step-missing")
    steps = evidence.steps
    if len(steps) < FEWEST or not evidence.reached or evidence.error is not None:
        return
    if evidence.reached & evidence.updated or any(act.deed == "rebind" for _, _, act in evidence.acts):
        return
    if any(turn.shape.steppings for turn in steps) or _somebody_reads(evidence):
        return
    if any(looked_for(evidence, evidence.lives[thing]) for thing in evidence.reached):
        return  # there is an update, and grad-cleared-before-step says why it finds nothing
    made = optimizers(evidence)
    cleared = any(act.deed == "clear" for _, _, act in evidence.acts)
    if not made and not cleared:
        return
    found = backward_line(evidence)
    assert found is not None  # there are steps
    turn, event, line = found
    guarded = _guarded_step(evidence) if made else None
    gradient = next((r for _, r in turn.program.gradients), None)
    names = [evidence.name_of_thing(thing) for thing in evidence.reached]
    fact = (
        f"backward ran in {len(steps)} steps, |∂loss/∂{names[0]}| = {number(evidence.norm(turn, gradient))} in step "
        f"{turn.number}, and {listed(names)} never changed"
    )
    if guarded is not None:
        fact += "; the update stands behind a condition that was never true"
    optimizer = _name_of(evidence)
    step = f"{optimizer}.step()" if optimizer else "an update, such as `w -= learning_rate * w.grad` under no_grad"
    yield evidence.finding(
        "step-missing",
        "error",
        guarded or _not_called(evidence) or line,
        fact,
        WHY,
        "Let the condition come true."
        if guarded
        else evidence.sources.inserted(line.file, line.number, step)
        if optimizer
        else f"After backward there must be {step}.",
        others=[(line, "computes gradients"), *((m.line, "makes the optimiser") for m in made)],
        events=[(turn, event)],
    )


def _not_called(evidence: Evidence) -> Line | None:
    """Return the line that names an optimiser's `step` and does not call it."""
    name = _name_of(evidence)
    for file, tree in evidence.sources.trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and name and ast.unparse(node.value) == f"{name}.step":
                return line_of_node(file, node)
    return None


def _somebody_reads(evidence: Evidence) -> bool:
    """Return whether a gradient is used for anything: an attack on an input, a picture of it, a norm that is shown."""
    for turn in evidence.steps:
        shape = turn.shape
        for event in shape.events:
            if event.kind in ("accumulate", "backward", "call", "clear", "state"):
                continue
            if event.name.startswith("Tensor.grad.") or short(event) in FINITE:
                continue
            written = shape.written(event)
            if any(r.buffer >= 0 and shape.storage(r) in shape.gradients for r in event.inputs):
                if not any(storage in shape.gradients for storage in written):
                    return True
    return False


def _guarded_step(evidence: Evidence) -> Line | None:
    for file, call in method_calls(evidence, "step"):
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None  # always one, see method_calls
        if owner is None or "sched" in ast.unparse(owner).lower():
            continue
        condition = evidence.sources.around(file, call, ast.If)
        if condition is not None:
            return line_of_node(file, condition)
    return None


def _name_of(evidence: Evidence) -> str:
    for made in optimizers(evidence):
        names = evidence.sources.targets(made.line)
        if names:
            return names[0]
    return ""
