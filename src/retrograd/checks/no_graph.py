"""Why a loss "does not require grad": the explanation of autograd's most frequent error. Several checks share it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from retrograd.checks.calls import short
from retrograd.checks.code import freezing_line, line_of_node, listed
from retrograd.checks.cuts import cut, left_torch, no_grad_line, without
from retrograd.checks.evidence import Evidence
from retrograd.checks.finding import Finding
from retrograd.checks.fixes import in_place
from retrograd.checks.sources import indent
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Line

SMOOTH = (
    "Make the loss of something smooth (logits, probabilities, tanh), and use the step for counting only; or pass the "
    "gradient straight through: `x + (torch.sign(x) - x).detach()`."
)


@dataclass(frozen=True, slots=True)
class _Dead:
    """A loss without a graph."""

    evidence: Evidence
    turn: Turn
    call: Event
    """The backward call that raised the error."""
    root: Event
    """The event that made the loss."""
    behind: list[Event]
    """The events whose results went into the loss."""
    raised: Line | None

    @property
    def loss(self) -> str:
        """What the person calls it."""
        return self.evidence.name(self.turn, self.call.inputs[0])

    @property
    def outside(self) -> list[int]:
        """The storages of the floating-point tensors that came into the turn and went into the loss."""
        floats = {slot.storage for slot in self.turn.program.slots if _is_float(slot.dtype)}
        return sorted(self.turn.shape.used(self.root) & floats)

    def finding(
        self,
        name: str,
        line: Line | None,
        fact: str,
        why: str,
        fix: str,
        *,
        confidence: float = 0.95,
        others: tuple[tuple[Line | None, str], ...] = (),
        events: tuple[tuple[Turn, Event], ...] = (),
    ) -> Finding:
        """Return a finding that also names the line that raised the error."""
        others = (*others, (self.raised, "raises the error"))
        events = (*events, (self.turn, self.call))
        return self.evidence.finding(
            name, "error", line, fact, why, fix, confidence=confidence, others=others, events=events
        )


def explained(evidence: Evidence) -> list[Finding]:
    """Return what explains the error "element 0 of tensors does not require grad", if the recording ended with it."""
    error = evidence.error
    if error is None or "does not require grad and does not have a grad_fn" not in error[2]:
        return []
    turn = evidence.steps[-1] if evidence.steps else None
    call = turn.shape.calls[-1] if turn is not None else None
    if turn is None or call is None or not call.inputs:
        return []
    made = evidence.origin(turn, call.inputs[0], call.number)
    if made is None or made[0] is not turn:
        return []
    dead = _Dead(evidence, turn, call, made[1], turn.shape.behind(made[1]), error[1])
    explanations = (explain(dead) for explain in (_lost, _untracked, _cut_off, _of_numbers, _frozen))
    return [next(finding for finding in explanations if finding is not None)]


def _lost(dead: _Dead) -> Finding | None:
    """The parameter's name was bound to another tensor."""
    evidence = dead.evidence
    lost = _rebound(dead)
    if lost is None:
        return None
    name, turn, maker = lost
    line = evidence.line_of(maker)
    return dead.finding(
        "param-lost-grad",
        line,
        f"`{name}` was bound to a new tensor that wants no gradient, made by `{short(maker)}` outside of the graph "
        f"in step {turn.number}; so {dead.loss} of step {dead.turn.number} has no graph",
        "After `w = …` under no_grad (or with detach, .data) the name stands for another tensor than the parameter.",
        in_place(evidence, line) or f"Write in place: `{name} -= learning_rate * {name}.grad` under torch.no_grad().",
        events=((turn, maker),),
    )


def _untracked(dead: _Dead) -> Finding | None:
    """Gradients were switched off."""
    evidence, turn = dead.evidence, dead.turn
    tracked = turn.shape.tracked
    unseen = [e for e in dead.behind if not tracked[e.number] and e.kind in ("other", "forward", "update")]
    if not unseen:
        return None
    first = unseen[0]
    switched = no_grad_line(evidence, turn, first)
    line = evidence.line_of(switched if switched is not None else first)
    return dead.finding(
        "forward-no-grad",
        _decorator(evidence, line, evidence.line_of(first)),
        f"{len(unseen)} of the {len(dead.behind)} calls that {dead.loss} was made of ran while gradients were "
        f"switched off",
        "Under no_grad autograd writes nothing down, so there is no way from the loss back to the parameters.",
        _tracked(evidence, evidence.line_of(first)) or "Take the forward pass out of the no_grad block.",
        others=((evidence.line_of(first), "computes without a graph"),),
        events=((turn, first),),
    )


def _cut_off(dead: _Dead) -> Finding | None:
    """A detach, or an operation without a derivative, stands between the parameters and the loss."""
    for storage in dead.outside:
        stopped = cut(dead.turn.shape, storage, dead.root)
        if stopped.event is None or stopped.kind not in ("detached", "step"):
            continue
        line, events = dead.evidence.line_of(stopped.event), ((dead.turn, stopped.event),)
        if stopped.kind == "detached":
            name = ".data" if "data" in stopped.event.name else "detach()"
            return dead.finding(
                "graph-detached-mid",
                line,
                f"{dead.loss} was made behind `{name}`, so nothing in it wants a gradient",
                "Behind the cut the numbers go on, but no gradient can come back.",
                without(dead.evidence, line),
                events=events,
            )
        return dead.finding(
            "nondiff-op",
            line,
            f"{dead.loss} was made of what `{short(stopped.event)}` gave, which has no derivative",
            "A step has the derivative zero wherever it has one: autograd ends there.",
            SMOOTH,
            events=events,
        )
    return None


def _of_numbers(dead: _Dead) -> Finding | None:
    """The loss is a tensor made of plain numbers."""
    evidence, turn = dead.evidence, dead.turn
    everything = {slot.storage for slot in turn.program.slots if slot.external and _is_float(slot.dtype)}
    read = left_torch(turn.shape, everything, dead.call.number)
    made = [event for event in dead.behind if short(event) in _OF_NUMBERS]
    if not made:
        return _by_factors(dead)
    if read is None and dead.outside:
        return None
    return dead.finding(
        "graph-broken",
        evidence.line_of(read if read is not None else made[0]),
        f"{dead.loss} was made by `{short(made[-1])}` from plain numbers"
        + (f", after `{short(read)}` had taken them out of torch" if read is not None else ""),
        "A number knows nothing of the graph it came from: a tensor made of it is a new beginning.",
        "Compute with the tensors themselves; torch.stack makes one tensor of several.",
        others=((evidence.line_of(made[-1]), "makes a tensor of numbers"),),
        events=((turn, made[-1]),),
    )


def _by_factors(dead: _Dead) -> Finding | None:
    """What parameters computed went into the loss as plain factors: `probabilities.tolist()`."""
    evidence, turn = dead.evidence, dead.turn
    # A loss of the step before that is printed in this one comes from outside, too, and is no leaf.
    wanting = (slot for slot in turn.program.slots if slot.external and slot.requires_grad)
    leaves = {slot.storage for slot in wanting if slot.leaf}
    read = left_torch(turn.shape, leaves, dead.root.number)
    if read is None or not read.inputs:
        return None
    took = evidence.name(turn, read.inputs[0], read)
    return dead.finding(
        "graph-broken",
        evidence.line_of(read),
        f"`{short(read)}` took {took} out of torch, and {dead.loss} was made without any tensor that wants a gradient",
        "A number knows nothing of the graph it came from: what is multiplied with it has no way back.",
        "Compute with the tensors themselves.",
        events=((turn, read),),
    )


_OF_NUMBERS = frozenset({"tensor", "as_tensor", "from_numpy", "Tensor", "stack", "scalar_tensor"})


def _frozen(dead: _Dead) -> Finding:
    """Nothing else: then no tensor that went in requires grad."""
    outside = dead.outside
    slots = [slot for slot in dead.turn.program.slots if slot.external and slot.storage in outside]
    names = [slot.name for slot in slots if slot.name]
    return dead.finding(
        "param-frozen",
        freezing_line(dead.evidence) or dead.evidence.line_of(dead.behind[0]),
        f"nothing that {dead.loss} was made of wants a gradient: {listed(names or ['its inputs'])}",
        "A tensor takes part in the graph only if it, or something it was made of, has requires_grad.",
        "Set requires_grad on the parameters that should learn.",
        confidence=0.85,
        others=((dead.evidence.line_of(dead.root), "makes the loss"),),
    )


def _is_float(dtype: str) -> bool:
    return dtype.startswith(("float", "bfloat"))


def _rebound(dead: _Dead) -> tuple[str, Turn, Event] | None:
    """Return the name, turn and event by which something that the loss is made of replaced a parameter."""
    known = _parameters_before(dead.evidence, dead.turn)
    for event in dead.behind:
        for reference in event.inputs:
            slot = dead.turn.shape.slot(reference)
            if not slot.external or dead.turn.things[slot.storage] in known:
                continue
            found = dead.turn.earlier(reference)
            made = dead.evidence.origin(*found) if found is not None else None
            if made is None or not made[1].inputs:
                continue
            took = {made[0].thing(r) for e in made[0].shape.behind(made[1]) for r in e.inputs}
            lost = [name for thing, name in known.items() if thing in took]
            targets = dead.evidence.sources.targets(dead.evidence.line_of(made[1]))
            if lost and (_replaces(dead.evidence, *made) or {slot.name, *targets} & set(lost)):
                return slot.name or (*targets, *lost)[0], *made
    return None


def _parameters_before(evidence: Evidence, turn: Turn) -> dict[int, str]:
    """Return the parameters of earlier steps, and what they were called."""
    return {
        earlier.things[slot.storage]: slot.name
        for earlier in evidence.steps
        if earlier.number < turn.number
        for slot in earlier.program.slots
        if slot.parameter and slot.name
    }


def _replaces(evidence: Evidence, turn: Turn, maker: Event) -> bool:
    """Return whether an event made, of a parameter and its gradient, what stands for the parameter from then on."""
    behind = {event.number for event in turn.shape.behind(maker)}
    return any(act.deed == "rebind" and act.event in behind for act in turn.shape.acts)


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


def _tracked(evidence: Evidence, line: Line | None) -> str:
    """Return the diff that takes away what switches gradients off around a line: a decorator or a block."""
    if line is None:
        return ""
    sources = evidence.sources
    node = sources.file(line.file).covering(line)
    block = sources.around(line.file, node, ast.With)
    while isinstance(block, ast.With) and "no_grad" not in ast.unparse(block.items[0]):
        block = sources.around(line.file, sources.parent(line.file, block), ast.With)
    if isinstance(block, ast.With):
        margin = len(indent(sources.line_text(line.file, block.body[0].lineno))) - block.col_offset
        body = range(block.body[0].lineno, (block.end_lineno or block.lineno) + 1)
        inner = {number: [sources.line_text(line.file, number)[margin:]] for number in body}
        return sources.diff(line.file, {block.lineno: [], **inner})
    function = sources.around(line.file, node, ast.FunctionDef)
    decorators = function.decorator_list if isinstance(function, ast.FunctionDef) else []
    wrong = [decorator for decorator in decorators if "no_grad" in ast.unparse(decorator)]
    return sources.removed(line.file, wrong[0].lineno) if wrong else ""
