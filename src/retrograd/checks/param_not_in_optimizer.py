"""param-not-in-optimizer: a parameter gets gradients, others are updated, and this one never is.

And its sisters: stale-optimizer, where the optimiser holds other tensors than the ones that the loss is made of, and
the kind of step-missing where one of several optimisers never steps.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from retrograd.checks.calls import short
from retrograd.checks.code import Made, line_of_node, listed, method_calls, number, optimizers
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.param_not_leaf import behind_results
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Line

WHY = "A parameter that no update touches keeps its initial numbers, and the rest of the model has to live with them."
STALE = (
    "The optimiser keeps the tensors that it was given. A model that is built anew afterwards has other ones, which it "
    "never updates."
)


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for leaves that gradients arrive at again and again, and that nothing changes."""
    return (finding for finding in both(evidence) if finding.name == "param-not-in-optimizer")


def both(evidence: Evidence) -> Iterator[Finding]:
    """Look for leaves without an update, and tell those that the optimiser has other tensors for."""
    arrivals: dict[int, set[int]] = {}
    """The steps in which a gradient arrived: what is made anew in each step is no parameter."""
    for turn, thing, act in evidence.acts:
        if act.deed == "accumulate":
            arrivals.setdefault(thing, set()).add(turn.number)
    left_out = {
        thing
        for thing in evidence.reached - evidence.updated
        if len(arrivals[thing]) >= 2 and thing not in evidence.held and not _is_used(evidence, thing)
    }
    left_out -= behind_results(evidence)
    if left_out and (stale := _replaced(evidence, left_out)):
        yield _stale(evidence, left_out, stale)
        return
    left_out -= _made_anew(evidence, left_out)
    if not left_out:
        return
    rebound = {thing for _, thing, act in evidence.acts if act.deed == "rebind"}
    if not (evidence.reached & evidence.updated) or left_out <= rebound:
        return  # nothing is updated at all: other checks know why
    left_out -= {thing for thing in left_out if _was_loaded(evidence, thing)}
    if left_out and left_out <= evidence.cleared:
        yield _never_stepped(evidence, left_out)
    elif left_out:
        yield _left_out(evidence, left_out)


def _made_anew(evidence: Evidence, things: set[int]) -> set[int]:
    """Return the leaves that one line made in several steps: inputs of which a gradient is wanted, no parameters."""
    made: dict[int, dict[int, set[int]]] = {}
    """For each line and each step, what it made: a layer makes several leaves at once."""
    for turn in evidence.steps:
        for slot in turn.program.slots:
            if slot.leaf and slot.requires_grad and not slot.external and slot.gradient_of is None:
                event = turn.shape.first_of(slot.storage)
                if event is not None and event.line is not None:
                    made.setdefault(event.line, {}).setdefault(turn.number, set()).add(turn.things[slot.storage])
    again = (steps.values() for steps in made.values() if len(steps) > 1)
    return {thing for steps in again for together in steps for thing in together} & things


def _replaced(evidence: Evidence, left_out: set[int]) -> set[int]:
    """Return what the optimiser holds in vain that others stand for now: of the same shapes, or of as many axes."""
    since = min(number for thing in left_out for number in _arrivals(evidence, thing))
    idle = {thing for thing in evidence.held if not any(n >= since for n in _arrivals(evidence, thing))}
    shapes = {thing: _shape(evidence, thing) for thing in idle | left_out}
    if any(shapes[thing] == shapes[other] for thing in idle for other in left_out):
        return idle
    axes = [Counter(len(shapes[thing] or ()) for thing in things) for things in (idle, left_out)]
    return idle if axes[1] <= axes[0] else set()


def _arrivals(evidence: Evidence, thing: int) -> list[int]:
    """Return the steps in which a gradient arrived at a leaf."""
    return [turn.number for turn, act in evidence.lives.get(thing, ()) if act.deed == "accumulate"]


def _left_out(evidence: Evidence, left_out: set[int]) -> Finding:
    names = [evidence.name_of_thing(thing) for thing in left_out]
    turn, event = _arrival(evidence, min(left_out))
    size = evidence.norm(turn, event.inputs[1] if len(event.inputs) > 1 else None)
    updates = [
        (t, t.shape.events[act.event])
        for t, thing, act in evidence.acts
        if act.deed == "update" and thing in evidence.reached
    ]
    step_line = evidence.line_of(updates[0][1]) if updates else None
    made = optimizers(evidence)
    hidden = _hidden_list(evidence) if names[0].startswith("a tensor without") else None
    line = hidden or (made[0].line if len(made) == 1 else _maker(evidence, made, step_line)) or step_line
    return evidence.finding(
        "param-not-in-optimizer",
        "error",
        line,
        f"{listed(names)} got gradients in every step (|gradient| = {number(size)} in step {turn.number}) and never "
        f"changed, while {listed([evidence.name_of_thing(t) for t in evidence.reached & evidence.updated])} did",
        WHY,
        _as_module(evidence, hidden) or "Keep the layers in an nn.ModuleList, so that parameters() finds them."
        if hidden
        else _given(evidence, made, names) or f"Give {listed(names)} to the optimiser, too."
        if made
        else f"Update {listed(names)}, too.",
        confidence=0.9,
        others=[(step_line, "updates the others"), *((m.line, "makes the optimiser") for m in made)],
        events=[(turn, event)],
    )


def _never_stepped(evidence: Evidence, left_out: set[int]) -> Finding:
    """Return the finding for parameters of an optimiser that clears their gradients, and never steps."""
    turn, event = _arrival(evidence, min(left_out))
    size = evidence.norm(turn, event.inputs[1] if len(event.inputs) > 1 else None)
    line, made = evidence.line_of(turn.shape.calls[-1]), optimizers(evidence)
    functions = (call.func for _, call in method_calls(evidence, "step"))
    stepped = {ast.unparse(function.value) for function in functions if isinstance(function, ast.Attribute)}
    idle = [m for m in made if (names := evidence.sources.targets(m.line)) and not stepped & set(names)]
    name = evidence.sources.targets(idle[0].line)[0] if len(idle) == 1 else ""
    names = [evidence.name_of_thing(thing) for thing in left_out]
    return evidence.finding(
        "step-missing",
        "error",
        line,
        f"{listed(names)} got gradients in every step (|gradient| = {number(size)} in step {turn.number}), an "
        f"optimiser cleared them, and its step() was never called, while others changed",
        WHY,
        (evidence.sources.inserted(line.file, line.number, f"{name}.step()") if name and line is not None else "")
        or "Call step() of each optimiser after backward.",
        confidence=0.95,
        others=[(m.line, "makes the optimiser that never steps") for m in idle],
        events=[(turn, event)],
    )


def _stale(evidence: Evidence, left_out: set[int], stale: set[int]) -> Finding:
    turn, event = _arrival(evidence, min(left_out))
    made = optimizers(evidence)
    creation = _creation(evidence, min(left_out))
    line = creation or (made[0].line if made else None)
    names = [evidence.name_of_thing(thing) for thing in left_out]
    return evidence.finding(
        "stale-optimizer",
        "error",
        line,
        f"the optimiser holds {len(stale)} tensors that no gradient arrived at from step {turn.number} on, while "
        f"{listed(names)} got gradients and were never updated",
        STALE,
        _moved(evidence, made, line) or "Make the optimiser after the model has its final parameters.",
        others=[*((m.line, "makes the optimiser") for m in made), (evidence.line_of(event), "computes gradients")],
        events=[(turn, event)],
    )


def _moved(evidence: Evidence, made: list[Made], line: Line | None) -> str:
    """Return the diff that makes the optimiser behind a line, if both stand at the top level of a file."""
    if line is None or len(made) != 1 or made[0].file != line.file or made[0].line.number >= line.number:
        return ""
    sources = evidence.sources
    statements = [sources.statement(made[0].line), sources.statement(line)]
    if any(s is None or s.col_offset or s.end_lineno != s.lineno for s in statements):
        return ""
    numbers = [s.lineno for s in statements if s is not None]
    texts = [sources.line_text(line.file, number) for number in numbers]
    return sources.diff(line.file, {numbers[0]: [], numbers[1]: [texts[1], texts[0]]})


def _given(evidence: Evidence, made: list[Made], names: list[str]) -> str:
    """Return the diff that gives parameters to the only optimiser, by their names or by those of their modules."""
    first = made[0].call.args[0] if len(made) == 1 and made[0].call.args else None
    if first is None or not all(name.replace(".", "").replace("_", "").isalnum() for name in names):
        return ""
    owners = [name.rpartition(".")[0] for name in names]
    added = [f"*{owner}.parameters()" if owner else name for owner, name in zip(owners, names, strict=True)]
    held = evidence.sources.text(made[0].file, first)
    inside = held[1:-1] if isinstance(first, ast.List) else f"*{held}"
    return evidence.sources.replaced(made[0].file, first, f"[{', '.join([inside, *dict.fromkeys(added)])}]")


def _as_module(evidence: Evidence, line: Line) -> str:
    statement = evidence.sources.statement(line)
    value = statement.value if isinstance(statement, ast.Assign) else None
    if not isinstance(value, (ast.List, ast.ListComp)):
        return ""
    return evidence.sources.replaced(line.file, value, f"nn.ModuleList({evidence.sources.text(line.file, value)})")


def _creation(evidence: Evidence, thing: int) -> Line | None:
    """Return the line that made a leaf, before the loop."""
    for turn in evidence.turns:
        for slot in turn.program.slots:
            if turn.things[slot.storage] == thing and not slot.external:
                for event in turn.shape.events:
                    if any(turn.shape.storage(r) == slot.storage for r in event.outputs):
                        return _called_from(evidence, evidence.line_of(event))
    return None


def _called_from(evidence: Evidence, line: Line | None) -> Line | None:
    """Return the last line at the top level that made an object of the class whose `__init__` a line stands in."""
    if line is None:
        return None
    node = evidence.sources.file(line.file).covering(line)
    holder = evidence.sources.around(line.file, node, ast.ClassDef, ast.FunctionDef)
    if isinstance(holder, ast.FunctionDef) and holder.name == "__init__":
        holder = evidence.sources.around(line.file, evidence.sources.parent(line.file, holder), ast.ClassDef)
    if not isinstance(holder, (ast.ClassDef, ast.FunctionDef)):
        return line
    calls = [
        line_of_node(file, call)
        for file, tree in evidence.sources.trees()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == holder.name
    ]
    return max(calls, key=lambda found: found.number, default=line)


def _arrival(evidence: Evidence, thing: int) -> tuple[Turn, Event]:
    turn, act = next((turn, act) for turn, act in evidence.lives[thing] if act.deed == "accumulate")
    return turn, turn.shape.events[act.event]


def _shape(evidence: Evidence, thing: int) -> tuple[int, ...] | None:
    for turn in evidence.turns:
        for slot in turn.program.slots:
            if slot.leaf and turn.things[slot.storage] == thing:
                return slot.shape
    return None


def _is_used(evidence: Evidence, thing: int) -> bool:
    """Return whether the loop uses the gradient for something else: it belongs to an input, perhaps."""
    for turn in evidence.steps[:50]:
        shape = turn.shape
        own = {s for s, leaf in shape.gradients.items() if turn.things.get(leaf) == thing}
        for event in shape.events:
            if event.kind in ("accumulate", "backward", "call", "clear") or event.name.startswith("Tensor.grad."):
                continue
            if "foreach" in event.name or event.kind == "state":
                continue  # clipping takes all there are
            if any(shape.storage(r) in own for r in event.inputs) and not _is_norm(turn, event.number):
                return True
    return False


def _is_norm(turn: Turn, number: int) -> bool:
    if number < turn.shape.calls[-1].number:
        return False  # it goes into a loss, as a gradient penalty does
    return short(turn.shape.events[number]) in ("norm", "vector_norm", "linalg_vector_norm", "mul_")


def _was_loaded(evidence: Evidence, thing: int) -> bool:
    """Return whether numbers from elsewhere were copied into a leaf: it is a trained one, and may well "
    "stay as it is."""
    return any(
        short(turn.shape.events[act.event]) == "copy_"
        for turn, act in evidence.lives.get(thing, [])
        if act.deed == "write"
    )


def _maker(evidence: Evidence, made: list[Made], step: Line | None) -> Line | None:
    """Return the line of the optimiser that is stepped at a line."""
    if step is None or not made:
        return None
    text = evidence.sources.line_text(step.file, step.number)
    for candidate in made:
        names = evidence.sources.targets(candidate.line)
        if any(f"{name}.step" in text for name in names):
            return candidate.line
    return made[0].line


def _hidden_list(evidence: Evidence) -> Line | None:
    """Return the line of a plain list of layers in a module, which parameters() does not look into."""
    for file, tree in evidence.sources.trees():
        for node in ast.walk(tree):
            value = node.value if isinstance(node, ast.Assign) else None
            target = ast.unparse(node.targets[0]) if isinstance(node, ast.Assign) else ""
            if isinstance(value, (ast.List, ast.ListComp, ast.Dict, ast.DictComp)) and target.startswith("self."):
                inside = [n for n in ast.walk(value) if isinstance(n, ast.Call)]
                if inside:
                    return line_of_node(file, node)
    return None
