"""param-frozen: a parameter that should learn does not require grad."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from retrograd.checks.calls import FLOATS, short
from retrograd.checks.code import freezing_line, line_of_node, listed, number
from retrograd.checks.cures import outermost_loop
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.no_graph import explained
from retrograd.checks.sources import called
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Line

LAYERS = frozenset(["linear", "conv1d", "conv2d", "conv3d", "addmm", "matmul", "mm", "bilinear"])
FACTORIES = frozenset({"zeros", "ones", "full", "empty", "rand", "randn", "tensor", "eye", "linspace", "normal"})
"""Functions of torch that take `requires_grad`."""


def find(evidence: Evidence) -> Iterator[Finding]:
    """Look for a last layer that is frozen with its random numbers, while layers before it learn."""
    yield from (finding for finding in explained(evidence) if finding.name == "param-frozen")
    if len(evidence.steps) < 3 or not evidence.reached:
        return
    if not _is_said(evidence) and (forgotten := _forgotten(evidence)):
        yield forgotten
        return
    turn = evidence.steps[1]
    for call in turn.shape.calls:
        root = turn.shape.root(call)
        if root is None:
            continue
        layers = [e for e in turn.shape.behind(root) if short(e) in LAYERS and len(e.inputs) >= 2]
        if not layers:
            continue
        last = layers[-1]
        frozen = _frozen(evidence, turn, last)
        if not frozen or len(turn.shape.calls) > 1:
            continue
        if last.inputs[0].buffer not in turn.shape.dependent or _has_sister(turn, last, root):
            continue  # nothing before it learns; or something beside it does, as in LoRA
        if not any(_learns(evidence, turn, event) for event in turn.shape.behind(last)):
            continue  # what learns is an input: a picture that is to please the network
        yield _finding(evidence, turn, last, frozen)
        return


def _is_said(evidence: Evidence) -> bool:
    """Return whether the source says that something shall not learn."""
    said = ("requires_grad=False", "requires_grad = False", "requires_grad_(False)", "freeze")
    return any(word in text for word in said for text in evidence.recording.texts.values())


def _forgotten(evidence: Evidence) -> Finding | None:
    """Look for a tensor of which the loop asks the `.grad` beside those of parameters, and which never has one.

    A tensor of a module may be frozen on purpose, and the loop over all its parameters meets it: only tensors that
    have a plain name count, and those of which nothing says that they shall not learn.
    """
    first, second = evidence.steps[:2]
    for event in second.shape.events:
        if event.name != "Tensor.grad.__get__" or event.outputs or not event.inputs:
            continue
        slot, thing = second.shape.slot(event.inputs[0]), second.thing(event.inputs[0])
        if slot.requires_grad or not (slot.name or "").isidentifier() or thing in evidence.reached | evidence.updated:
            continue
        users = [e for e in second.shape.users.get(event.inputs[0].buffer, ()) if e.kind == "forward"]
        beside = [e for e in second.shape.events if e.name == event.name and e.line == event.line and e.outputs]
        if not users or not beside or thing not in first.things.values():
            continue
        line = evidence.line_of(users[0])
        made = _made_at(evidence, slot.name or "", line)
        if made is None:
            continue
        others = listed([_owner(evidence, second, read) for read in beside])
        return evidence.finding(
            "param-frozen",
            "warning",
            made,
            f"the loop asks for {slot.name}.grad as for the gradients of {others}, and it is always None: {slot.name} "
            f"has requires_grad False and stays what it was",
            "Only tensors with requires_grad=True get a gradient.",
            _as_leaf(evidence, made) or f"Make it with requires_grad=True, or call {slot.name}.requires_grad_().",
            confidence=0.85,
            others=[(evidence.line_of(event), f"asks for {slot.name}.grad"), (line, f"uses {slot.name}")],
            events=[(second, event)],
        )
    return None


def _owner(evidence: Evidence, turn: Turn, read: Event) -> str:
    return evidence.name_of_thing(turn.thing(read.inputs[0]))


def _as_leaf(evidence: Evidence, made: Line) -> str:
    """Return the diff that gives `requires_grad=True` to the function of torch that makes a tensor."""
    statement = evidence.sources.statement(made)
    call = statement.value if isinstance(statement, ast.Assign) else None
    if not isinstance(call, ast.Call) or called(call) not in FACTORIES:
        return ""
    text = evidence.sources.text(made.file, call).removesuffix(")")
    return evidence.sources.replaced(made.file, call, f"{text}, requires_grad=True)")


def _made_at(evidence: Evidence, name: str, near: Line | None) -> Line | None:
    """Return the line that first gives a name to something, in the file of another line."""
    tree = evidence.sources.file(near.file).tree if near is not None else ast.Module([], [])
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and name in {ast.unparse(target) for target in node.targets}:
            return line_of_node(near.file, node) if near is not None else None
    return None


def _learns(evidence: Evidence, turn: Turn, event: Event) -> bool:
    """Return whether a call gives gradients to something besides its first input, which is the data."""
    return any(turn.thing(reference) in evidence.reached for reference in event.inputs[1:])


def _frozen(evidence: Evidence, turn: Turn, layer: Event) -> list[str]:
    """Return the names of a layer's weights, if none of them ever got a gradient and none was loaded."""
    names = []
    for given in layer.inputs[1:]:
        maker = turn.shape.makers.get(given.buffer)
        made = turn.shape.events[maker] if maker is not None else None
        # `w + 0.1`, `2 * w`: a weight and a number are the weight.
        plain = made is not None and short(made) in ("add", "mul", "sub", "div", "neg", "t") and len(made.inputs) == 1
        reference = made.inputs[0] if made is not None and plain else given
        slot = turn.shape.slot(reference)
        thing = turn.things[slot.storage]
        if not slot.external or slot.dtype not in FLOATS or thing in evidence.reached | evidence.updated:
            return []
        if not slot.name or slot.requires_grad:
            return []
        loaded = any(
            short(t.shape.events[act.event]) == "copy_"
            for t, act in evidence.lives.get(thing, [])
            if act.deed == "write"
        )
        if loaded or _copied(evidence, thing):
            return []
        names.append(slot.name)
    return names


def _copied(evidence: Evidence, thing: int) -> bool:
    """Return whether the numbers were copied from another tensor before the loop, as load_state_dict does."""
    for turn in evidence.turns[:1]:
        for event in turn.shape.events:
            if short(event) == "copy_" and event.outputs and turn.thing(event.outputs[0]) == thing:
                return True
    return False


def _has_sister(turn: Turn, layer: Event, root: Event) -> bool:
    """Return whether gradients also go around a layer: what it gives is added to something that learns."""
    made = {r.buffer for r in layer.outputs}
    for event in turn.shape.behind(root):
        if event.number > layer.number and any(r.buffer in made for r in event.inputs):
            beside = (r for r in event.inputs if not turn.shape.slot(r).parameter)  # a bias is no layer
            if any(r.buffer in turn.shape.dependent and r.buffer not in made for r in beside):
                return True
            made |= {r.buffer for r in event.outputs}
    return False


def _finding(evidence: Evidence, turn: Turn, layer: Event, names: list[str]) -> Finding:
    line = freezing_line(evidence) or evidence.line_of(layer)
    learn = [evidence.name_of_thing(thing) for thing in evidence.reached]
    losses = evidence.losses
    return evidence.finding(
        "param-frozen",
        "warning",
        line,
        f"{listed(names)}, the last layer, has requires_grad False and the random numbers that it was made with; only "
        f"{listed(learn)} learned; the loss went from {number(float(losses[0]))} to {number(float(losses[-1]))}",
        "A frozen layer at the end, with random weights, is a target that nobody chose: the layers before "
        "must adapt to it.",
        _thawed(evidence, line, names) or "Freeze the pretrained part only, before the new layer is attached.",
        confidence=0.85,
        others=[(evidence.line_of(layer), "uses the frozen layer")],
        events=[(turn, layer)],
    )


def _thawed(evidence: Evidence, line: Line | None, names: list[str]) -> str:
    """Return the diff that lets a layer learn again, right behind the loop or the line that froze it."""
    owners = {name.rpartition(".")[0] for name in names}
    statement = evidence.sources.statement(line)
    if line is None or statement is None or len(owners) != 1 or not (owner := owners.pop()):
        return ""
    outer = outermost_loop(evidence, line) or statement
    model, _, layer = owner.partition(".")
    thawed = f'{model}.get_submodule("{layer}").requires_grad_()' if layer else f"{model}.requires_grad_()"
    return evidence.sources.inserted(line.file, outer.end_lineno or line.number, thawed, like=outer.lineno)
