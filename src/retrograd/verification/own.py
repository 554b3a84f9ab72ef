"""What a person's own `torch.autograd.Function` computes: the recorded operations from what it took to what it gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt

import torch
from torch import Tensor

from retrograd.derivatives.binding import dtypes_in
from retrograd.derivatives.matching import inputs_of, is_own, left_by, made_by, outputs_of, seen_by, slots_in
from retrograd.derivatives.rounding import PRECISIONS, SPREAD, precision_of
from retrograd.recording import Event, Program, Reference, flat
from retrograd.verification.doubled import Local, inner, run_one, wide
from retrograd.verification.scene import Scene, call_of, edges_of


def of_own_function(scene: Scene, event: Event) -> Local | str | None:
    """Find what a person's own autograd Function computes: the operations between its arguments and its results."""
    node, program = event.node, scene.program
    assert node is not None  # the caller has looked
    results = _results_of(scene, event)
    arguments = _arguments_of(scene, event)
    edges = edges_of(node)
    missing = any(arguments[k] is None for k in edges) or any(
        results[k] is None for k, g in enumerate(node.gradients_in) if g is not None
    )
    if missing:
        return f"{node.name}: what it was given, or what it gave, was not found"
    if node.name == "BackwardHookFunctionBackward":
        return _of_module_hook(scene, event, arguments, edges)
    # A backward may give None. That says that the gradient is zero, and is compared as such.
    silent = [k for k, one in enumerate(arguments) if k not in edges and one is not None and _is_real(program, one)]
    edges = sorted([*edges, *silent])
    given = [one for k in edges if (one := arguments[k]) is not None]
    slice_ = _between(given, [r for r in results if r is not None], scene)
    if not slice_:
        return f"{node.name}: no recorded operation leads from what it was given to what it gave"
    begun = [scene.look(arguments[k]) for k in edges]  # type: ignore[arg-type]
    known: dict[int, Tensor] = {}
    for number in slice_:
        for slot, reference in seen_by(program, number).items():
            known.setdefault(slot, wide(scene.look(reference)))

    def function(inputs: Sequence[Tensor]) -> list[Tensor | None]:
        now = {slot: tensor.clone() for slot, tensor in known.items()}  # an operation may write to it
        for k, tensor in zip(edges, inputs, strict=True):
            now[arguments[k].slot] = tensor.clone()  # type: ignore[union-attr]  # for the same reason
        for number in slice_:
            run_one(scene, program.operations[number], now)
        return [None if r is None else now[r.slot] for r in results]

    line = program.events[program.operations[slice_[-1]].event].line
    return Local(function, [wide(array) for array in begun], edges, len(slice_), line, node.name)


def _of_module_hook(scene: Scene, event: Event, arguments: Sequence[Reference | None], edges: Sequence[int]) -> Local:
    """Return the function that PyTorch puts around a module with a full backward hook: it gives what it takes."""
    node, program = event.node, scene.program
    assert node is not None  # the caller has looked

    def function(inputs: Sequence[Tensor]) -> list[Tensor | None]:
        given = dict(zip(edges, inputs, strict=True))
        return [given.get(place) for place in range(len(node.gradients_in))]

    begun = [wide(scene.look(arguments[k])) for k in edges]  # type: ignore[arg-type]
    behind = [made_by(program).get(other.number) for other in program.events if _leads_to(other, node.number)]
    line = next((program.events[made.forward].line for made in behind if made is not None), None)
    return Local(function, begun, edges, 1, line, "the full backward hook of a module")


def _leads_to(event: Event, number: int) -> bool:
    return event.node is not None and any(edge is not None and edge[0] == number for edge in event.node.next)


def faulty_functions(scene: Scene, nodes: Sequence[Event], functions: Mapping[int, Local]) -> list[Event]:
    """Return the nodes of the person's own functions whose gradients are not those of their forward in float64."""
    return [
        event
        for event in nodes
        if event.node is not None and is_own(event.node.name) and event.number in functions
        if _off(scene, event, functions[event.number]) > 1
    ]


def _off(scene: Scene, event: Event, local: Local) -> float:
    """Return how far off what a node passes on is all in all, in units of what its operations may round."""
    node = event.node
    assert node is not None  # the caller has looked
    inputs = [tensor.detach().requires_grad_() for tensor in local.inputs]
    arriving = zip(local.function(inputs), node.gradients_in, strict=True)
    total = torch.zeros((), dtype=torch.float64)
    for result, gradient in arriving:
        if result is not None and gradient is not None:
            total = total + inner(result, wide(scene.look(gradient)))
    exact = torch.autograd.grad(total, inputs, allow_unused=True, materialize_grads=True)
    passed = [node.gradients_out[edge] for edge in local.edges]
    recorded = [torch.zeros_like(g) if r is None else wide(scene.look(r)) for r, g in zip(passed, exact, strict=True)]
    precision = precision_of(dtypes_in(scene.program, [*node.gradients_in, *passed]))
    error = sum(float(inner(one - other, one - other)) for one, other in zip(recorded, exact, strict=True))
    size = sum(float(inner(one, one)) for one in exact)
    return sqrt(error) / (SPREAD * local.operations * precision.eps * sqrt(size) + precision.tiny)


def _results_of(scene: Scene, event: Event) -> list[Reference | None]:
    """Return the results of a person's own function, from what the operations behind it took."""
    node, program = event.node, scene.program
    assert node is not None  # the caller has looked
    call = call_of(program, event)
    found: list[Reference | None] = [None] * len(node.gradients_in)
    for other in program.events[call.number : event.number]:
        made = made_by(program).get(other.number)
        if other.node is None or made is None:
            continue
        for edge, slot in zip(other.node.next, inputs_of(program, made), strict=False):
            if edge is not None and edge[0] == node.number and slot is not None and edge[1] < len(found):
                found[edge[1]] = seen_by(program, made.operation).get(slot)
    if node.number == 0 and call.inputs and found and found[0] is None:
        found[0] = call.inputs[0]
    return found


def _arguments_of(scene: Scene, event: Event) -> list[Reference | None]:
    node, program = event.node, scene.program
    assert node is not None  # the caller has looked
    call = call_of(program, event)
    by_number = {}
    for other in program.events[call.number + 1 :]:
        if other.kind == "call":
            break
        if other.node is not None:
            by_number[other.node.number] = other
    found: list[Reference | None] = []
    for edge in node.next:
        behind = None if edge is None else by_number.get(edge[0])
        if edge is None or behind is None:
            found.append(None)
        elif behind.kind == "accumulate":
            found.append(_as_used(scene, behind.inputs[0], call))
        else:
            made = made_by(program).get(behind.number)
            outputs = [] if made is None else outputs_of(program, made.operation)
            slot = outputs[edge[1]] if edge[1] < len(outputs) else None
            found.append(None if made is None or slot is None else left_by(program, made.operation).get(slot))
    return found


def _as_used(scene: Scene, leaf: Reference, call: Event) -> Reference:
    """Return a leaf as the step began with it, rather than as it is after the update."""
    return next((r for r in scene.program.start if r.slot == leaf.slot), leaf)


def _is_real(program: Program, reference: Reference) -> bool:
    return program.slots[reference.slot].dtype in PRECISIONS


def _between(begun: Sequence[Reference], ended: Sequence[Reference], scene: Scene) -> list[int]:
    """Return the operations that lead from some tensors to others."""
    program = scene.program
    given, wanted = {r.slot for r in begun}, {r.slot for r in ended}
    last = {r.slot: r for r in ended}
    first = next(
        (n for n, o in enumerate(program.operations) if program.events[o.event].kind == "call"), len(program.operations)
    )
    # What was written in place is the same tensor before and after.
    needed, found = {r.slot for r in ended if r not in begun}, []
    for number in reversed(range(first)):
        made = {slot for slot in flat(program.operations[number].outputs) if slot is not None}
        if program.operations[number].name == "aten::detach.default" and made <= set(
            slots_in(program.operations[number])
        ):
            continue  # the same tensor, which autograd does not follow inside of a person's own function anyway
        late = {slot for slot in made & needed if slot in last and left_by(program, number).get(slot) != last[slot]}
        if late:
            continue  # it wrote to the result later on
        if made & needed:
            for slot in made:
                last.pop(slot, None)
            found.append(number)
            needed = (needed - made) | (set(slots_in(program.operations[number])) - given)
    reached = set(given)
    forwards = []
    for number in reversed(found):
        if reached & set(slots_in(program.operations[number])):
            reached |= {slot for slot in flat(program.operations[number].outputs) if slot is not None}
            forwards.append(number)
    return forwards if wanted <= reached else []
