"""What to call the things of a step: tensors, gradients, constants; and which event made or reads a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retrograd.errors import NotKeptError
from retrograd.recording import (
    Event,
    Program,
    Recording,
    Reference,
    Step,
    Value,
    constants_at,
    reference_to,
    value_of,
)
from retrograd.views.lines import expression_of, line_of
from retrograd.views.text import printable

MOST_EXPRESSION = 20
"""A longer expression is no name for a tensor any more."""


def value_in(step: Step, reference: Reference) -> Value | None:
    """Return the value behind a reference, or None if this step does not hold it."""
    try:
        return value_of(step, reference)
    except NotKeptError:
        return None


def parameter_in(program: Program, name: str, *, at_end: bool = False) -> Reference | None:
    """Return a parameter at the start of a step, or as the step made it; or at the end of the step."""
    slots = {slot.number for slot in program.slots if slot.parameter and slot.name == name}
    ends = (reference for reference in program.end if reference.slot in slots)
    made = (reference for event in program.events for reference in event.outputs if reference.slot in slots)
    return (next(ends, None) if at_end else None) or reference_to(program, name) or next(made, None)


def name_of(recording: Recording, program: Program, reference: Reference) -> str:
    """Return the person's name of a tensor, else the expression that made it, else nothing."""
    name = program.slots[reference.slot].name
    if name:
        return printable(name)
    return next((expression(recording, e) for e in program.events if _makes(e, reference)), "")


def _makes(event: Event, reference: Reference) -> bool:
    return event.node is None and any(output.slot == reference.slot for output in event.outputs)


def expression(recording: Recording, event: Event) -> str:
    """Return the part of the person's line that an event stands for."""
    line = line_of(recording, event.line)
    return expression_of(recording, line) if line is not None else ""


def gradients_of(
    recording: Recording, program: Program, event: Event
) -> tuple[list[tuple[str, Reference]], list[tuple[str, Reference]]]:
    """Return the gradients into and out of a backward node with names such as ∂loss/∂z."""
    node = event.node
    if node is None:
        return [], []
    loss = _loss(recording, program, event)
    into = [
        (f"∂{loss}/∂{_result(recording, program, event, place)}", reference)
        for place, reference in enumerate(node.gradients_in)
        if reference is not None
    ]
    out = [
        (f"∂{loss}/∂{_result(recording, program, following, place) if following else '?'}", reference)
        for following, place, reference in _edges(program, event)
    ]
    return into, out


def followers_of(program: Program, event: Event) -> list[list[Event]]:
    """Return the node that each gradient out of a backward node goes to, in a list that may be empty."""
    return [[following] if following else [] for following, _, _ in _edges(program, event)]


def _edges(program: Program, event: Event) -> Iterator[tuple[Event | None, int, Reference]]:
    """Go through the gradients out of a node: the node that each goes to, the place there, the gradient."""
    node = event.node
    assert node is not None  # the caller has looked
    by_number = {e.node.number: e for e in _of_call(program, event) if e.node is not None}
    for place, reference in enumerate(node.gradients_out):
        if reference is not None:
            edge = node.next[place] if place < len(node.next) else None
            yield (None, 0, reference) if edge is None else (by_number.get(edge[0]), edge[1], reference)


def _of_call(program: Program, event: Event) -> Iterator[Event]:
    """Go through the nodes of the same backward call: two calls in a step number their nodes anew."""
    calls = [e.number for e in program.events if e.kind == "call"]
    first = max((number for number in calls if number <= event.number), default=0)
    last = min((number for number in calls if number > event.number), default=len(program.events))
    return (e for e in program.events[first:last] if e.node is not None)


def _loss(recording: Recording, program: Program, event: Event) -> str:
    calls = [e for e in program.events[: event.number] if e.kind == "call" and e.inputs]
    name = name_of(recording, program, calls[-1].inputs[0]) if calls else ""
    return name if name.isidentifier() else "loss"


def _result(recording: Recording, program: Program, event: Event, place: int) -> str:
    """Name what a node's forward operation gave: the tensor for which its incoming gradient is."""
    node = event.node
    if event.kind == "accumulate":
        return name_of(recording, program, event.inputs[0]) if event.inputs else "?"
    if node is None or node.forward is None or node.forward >= len(program.events):
        return "?"
    forward = program.events[node.forward]
    if _is_inside(program, event) or place >= len(forward.outputs):
        return f"(inside [{forward.number}])"
    name = name_of(recording, program, forward.outputs[place])
    if not name or len(name) > MOST_EXPRESSION:
        return f"[{forward.number}]"
    return name if name.replace(".", "").isidentifier() else f"({name})"


def _is_inside(program: Program, event: Event) -> bool:
    """Return whether another node of the same forward operation passes its gradient on to this one."""
    node = event.node
    assert node is not None  # the caller has looked
    siblings = (e.node for e in _of_call(program, event) if e.node and e.node.forward == node.forward)
    return any(edge is not None and edge[0] == node.number for sibling in siblings for edge in sibling.next)


def nodes_made_by(program: Program, event: Event) -> list[str]:
    """Return the names of the backward nodes that a forward operation created, in the order they run."""
    if event.node is not None:
        return []
    return [e.node.name for e in program.events if e.node and e.kind == "backward" and e.node.forward == event.number]


def constants_of(step: Step, event: Event) -> list[tuple[str, Any]]:
    """Return the named constants that took part in an event, with their numbers in this step."""
    program = step.program
    if program is None:
        return []
    named = [program.constants[number] for number in dict.fromkeys(constants_at(program, event))]
    return [(c.name, step.constants.get(c.number, c.value)) for c in named if c.name]


def operation_text(step: Step, number: int) -> str:
    """Return an ATen operation as a call: `%5 = aten::mul.Tensor(w.grad, 0.1)`."""
    program = step.program
    assert program is not None  # there is an operation
    operation = program.operations[number]
    arguments = [_argument(step, argument) for argument in operation.arguments]
    arguments += [f"{name}={_argument(step, argument)}" for name, argument in operation.keywords.items()]
    outputs = ", ".join(_outputs(program, operation.outputs))
    call = f"{operation.name}({', '.join(arguments)})"
    return f"{outputs} = {call}" if outputs else call


def _outputs(program: Program, outputs: Any) -> list[str]:  # slot numbers, in tuples where a result is a list
    if isinstance(outputs, (list, tuple)):
        return [name for output in outputs for name in _outputs(program, output)]
    return [] if outputs is None else [_slot(program, outputs)]


def _slot(program: Program, number: int) -> str:
    return printable(program.slots[number].name or f"%{number}")


def _argument(step: Step, argument: Any) -> str:  # as above
    program = step.program
    assert program is not None  # the caller has looked
    if not isinstance(argument, dict):
        return printable(str(argument))
    if "slot" in argument:
        return _slot(program, argument["slot"])
    if "constant" in argument:
        number = argument["constant"]
        return str(step.constants.get(number, program.constants[number].value))
    if "list" in argument:
        return "[" + ", ".join(_argument(step, entry) for entry in argument["list"]) + "]"
    return ", ".join(printable(str(entry)) for entry in argument.values())


def is_look(event: Event) -> bool:
    """Return whether the event only looks up a gradient, as `w.grad` does; its use is another event."""
    return event.name.endswith("grad.__get__")


def written_by(program: Program, event: Event, reference: Reference) -> Event | None:
    """Return the last event before this one that left the value which the reference shows."""
    for earlier in reversed(program.events[: event.number]):
        if not is_look(earlier) and any(output.buffer == reference.buffer for output in _left_by(earlier)):
            return earlier
    return None


def _left_by(event: Event) -> list[Reference]:
    passed = [r for r in event.node.gradients_out if r is not None] if event.node else []
    return [*(r for r in event.outputs if r not in event.inputs), *passed]


def readers_of(program: Program, event: Event, reference: Reference) -> list[Event]:
    """Return the events after this one that take the value which the reference shows."""
    return [
        later
        for later in program.events[event.number + 1 :]
        if not is_look(later) and any(taken.buffer == reference.buffer for taken in _taken_by(later))
    ]


def _taken_by(event: Event) -> list[Reference]:
    arrived = [r for r in event.node.gradients_in if r is not None] if event.node else []
    return [*event.inputs, *arrived]
