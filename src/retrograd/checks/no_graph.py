"""Why a loss "does not require grad": the explanation of autograd's most frequent error. Several checks share it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from retrograd.checks.code import line_of_node, listed
from retrograd.checks.cuts import cut, left_torch, no_grad_line, without
from retrograd.checks.evidence import Evidence, Turn, short
from retrograd.checks.finding import Finding
from retrograd.recording import Event, Line


def explained(evidence: Evidence) -> list[Finding]:
    """Return what explains the error "element 0 of tensors does not require grad", if the recording ended with it."""
    error = evidence.error
    if error is None or "does not require grad and does not have a grad_fn" not in error[2]:
        return []
    turn = evidence.steps[-1] if evidence.steps else None
    if turn is None or not turn.shape.calls:
        return []
    call = turn.shape.calls[-1]
    return list(_explained(evidence, turn, call, error[1]))


def _explained(evidence: Evidence, turn: Turn, call: Event, raised: Line | None) -> Iterator[Finding]:
    shape = turn.shape
    found = evidence.origin(turn, call.inputs[0], call.number) if call.inputs else None
    root = found[1] if found and found[0] is turn else None
    loss = evidence.name(turn, call.inputs[0]) if call.inputs else "the loss"
    others = [(raised, "raises the error")]
    if root is None:
        return
    behind = shape.behind(root)
    lost = _rebound(evidence, turn, behind)
    if lost is not None:
        name, maker_turn, maker = lost
        yield evidence.finding(
            "param-lost-grad",
            "error",
            evidence.line_of(maker),
            f"`{name}` was bound to a new tensor that wants no gradient, made by `{short(maker)}` outside of the graph "
            f"in step {maker_turn.number}; so {loss} of step {turn.number} has no graph",
            "After `w = …` under no_grad (or with detach, .data) the name stands for another tensor than "
            "the parameter.",
            _in_place(evidence, evidence.line_of(maker), name),
            confidence=0.95,
            others=others,
            events=[(maker_turn, maker), (turn, call)],
        )
        return
    outside = sorted(s for s in shape.used(root) if _float(turn, s))
    untracked = [e for e in behind if not shape.tracked[e.number] and e.kind in ("other", "forward", "update")]
    if untracked:
        first = untracked[0]
        switched = no_grad_line(evidence, turn, first)
        line = evidence.line_of(switched) if switched is not None else evidence.line_of(first)
        yield evidence.finding(
            "forward-no-grad",
            "error",
            _decorator(evidence, line, evidence.line_of(first)),
            f"{len(untracked)} of the {len(behind)} calls that {loss} was made of ran while gradients were "
            f"switched off",
            "Under no_grad autograd writes nothing down, so there is no way from the loss back to the parameters.",
            "Take the forward pass out of the no_grad block.",
            others=[(evidence.line_of(first), "computes without a graph"), *others],
            events=[(turn, first), (turn, call)],
        )
        return
    for storage in outside:
        stopped = cut(shape, storage, root)
        if stopped.event is None:
            continue
        line = evidence.line_of(stopped.event)
        if stopped.kind == "detached":
            name = ".data" if "data" in stopped.event.name else "detach()"
            yield evidence.finding(
                "graph-detached-mid",
                "error",
                line,
                f"{loss} was made behind `{name}`, so nothing in it wants a gradient",
                "Behind the cut the numbers go on, but no gradient can come back.",
                without(evidence, line),
                others=others,
                events=[(turn, stopped.event), (turn, call)],
            )
            return
        if stopped.kind == "step":
            yield evidence.finding(
                "nondiff-op",
                "error",
                line,
                f"{loss} was made of what `{short(stopped.event)}` gave, which has no derivative",
                "A step has the derivative zero wherever it has one: autograd ends there. Use something smooth.",
                others=others,
                events=[(turn, stopped.event), (turn, call)],
            )
            return
    everything = {s.storage for s in turn.program.slots if s.external and s.dtype.startswith(("float", "bfloat"))}
    read = left_torch(shape, everything, call.number)
    made = [e for e in behind if short(e) in ("tensor", "as_tensor", "from_numpy", "Tensor", "stack", "scalar_tensor")]
    if made and (read is not None or not outside):
        line = evidence.line_of(read) if read is not None else evidence.line_of(made[0])
        yield evidence.finding(
            "graph-broken",
            "error",
            line,
            f"{loss} was made by `{short(made[-1])}` from plain numbers"
            + (f", after `{short(read)}` had taken them out of torch" if read is not None else ""),
            "A number knows nothing of the graph it came from: a tensor made of it is a new beginning.",
            "Compute with the tensors themselves; torch.stack makes one tensor of several.",
            others=[(evidence.line_of(made[-1]), "makes a tensor of numbers"), *others],
            events=[(turn, made[-1]), (turn, call)],
        )
        return
    frozen = [turn.program.slots[n].name for n in _outside_slots(turn, outside) if turn.program.slots[n].name]
    state = _freezing(evidence)
    yield evidence.finding(
        "param-frozen",
        "error",
        state or evidence.line_of(behind[0]) if behind else raised,
        f"nothing that {loss} was made of wants a gradient: "
        f"{listed([name for name in frozen if name] or ['its inputs'])}",
        "A tensor takes part in the graph only if it, or something it was made of, has requires_grad.",
        "Set requires_grad on the parameters that should learn.",
        confidence=0.85,
        others=[(evidence.line_of(root), "makes the loss"), *others],
        events=[(turn, call)],
    )


def _float(turn: Turn, storage: int) -> bool:
    return any(s.storage == storage and s.dtype.startswith(("float", "bfloat")) for s in turn.program.slots)


def _outside_slots(turn: Turn, storages: list[int]) -> list[int]:
    return [s.number for s in turn.program.slots if s.external and s.storage in storages]


def _rebound(evidence: Evidence, turn: Turn, behind: list[Event]) -> tuple[str, Turn, Event] | None:
    """Return the name, turn and event by which something that the loss is made of replaced a parameter."""
    known: dict[str, int] = {}
    for earlier in evidence.steps:
        if earlier.number >= turn.number:
            break
        for slot in earlier.program.slots:
            if slot.parameter and slot.name:
                known[slot.name] = earlier.things[slot.storage]
    shape = turn.shape
    for event in behind:
        for reference in event.inputs:
            slot = shape.slot(reference)
            thing = turn.things[slot.storage]
            if not slot.external or thing in known.values():
                continue
            found = evidence.earlier(turn, reference)
            if found is None:
                continue
            made = evidence.origin(*found)
            if made is None or not made[1].inputs:
                continue
            took = {made[0].thing(r) for e in made[0].shape.behind(made[1]) for r in e.inputs}
            names = [name for name, parameter in known.items() if parameter in took]
            targets = evidence.sources.targets(evidence.line_of(made[1]))
            if slot.name in names or (names and set(targets) & set(names)):
                return slot.name or targets[0], *made
    return None


def _in_place(evidence: Evidence, line: Line | None, name: str) -> str:
    if line is None:
        return f"Write in place: `{name} -= learning_rate * {name}.grad` under torch.no_grad()."
    text = evidence.sources.line_text(line.file, line.number)
    start = f"{name} = {name} - "
    if start in text:
        return evidence.sources.diff(line.file, {line.number: [text.replace(start, f"{name} -= ", 1)]})
    return f"Write in place: `{name} -= learning_rate * {name}.grad` under torch.no_grad()."


def _decorator(evidence: Evidence, switched: Line | None, first: Line | None) -> Line | None:
    """Return the line of `@torch.no_grad()` if that switched gradients off, else the line that did."""
    line = first
    if line is None:
        return switched
    sources = evidence.sources
    function = sources.around(line.file, sources.file(line.file).covering(line), ast.FunctionDef)
    if isinstance(function, ast.FunctionDef):
        for decorator in function.decorator_list:
            if any(word in ast.unparse(decorator) for word in ("no_grad", "inference_mode", "set_grad_enabled")):
                return line_of_node(line.file, decorator)
    return switched or first


def _freezing(evidence: Evidence) -> Line | None:
    """Return the line that sets requires_grad to False, if the source has one."""
    for file, tree in evidence.sources.trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith(".requires_grad"):
                return line_of_node(file, node)
            if isinstance(node, ast.Call) and ast.unparse(node).endswith("requires_grad_(False)"):
                return line_of_node(file, node)
    return None
