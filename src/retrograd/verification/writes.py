"""Writes to a part of a tensor, as `y[1] = …` is one: what autograd calls CopySlices, and the views that it makes anew.

Autograd sees such a write as a function of the whole tensor: what it was, with one part replaced by what the operation
makes of that part and of its other arguments.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from retrograd.derivatives.matching import (
    Made,
    inputs_of,
    left_by,
    made_by,
    operation_row,
    seen_by,
)
from retrograd.recording import Event, Reference, Slot
from retrograd.verification.doubled import Local, opened, overload_of, wide
from retrograd.verification.scene import Scene, call_of, edges_of


def of_write(scene: Scene, event: Event) -> Local | str | None:
    """Find what a node called CopySlices differentiates: from the whole tensor as it was to the whole as it is."""
    node, program = event.node, scene.program
    assert node is not None  # the caller has looked
    written = _write_of(scene, event)
    if written is None:
        return f"{node.name}: which operation wrote was not found"
    made, view = written
    operation, slots = program.operations[made.operation], inputs_of(program, made)
    edges = [edge for edge in edges_of(node) if edge < len(slots) and slots[edge] is not None]
    if not edges:
        return None
    found = _whole_before(scene, made.operation, view, node.gradients_in[0])
    if found is None:
        return f"{node.name}: what the whole tensor was before the write is not recorded"
    base, whole = found
    seen = {slot: wide(scene.look(reference)) for slot, reference in seen_by(program, made.operation).items()}
    inputs = [whole if edge == 0 else seen[slots[edge]] for edge in edges]  # type: ignore[index]
    others = [n for n, a in enumerate(operation.arguments) if isinstance(a, dict) and "slot" in a]

    def function(arguments: Sequence[Tensor]) -> list[Tensor | None]:
        given = dict(zip(edges, arguments, strict=True))
        replaced: dict[tuple[int, ...], Tensor] = {(others[k],): t for k, t in given.items() if k}
        result = _laid_out(given.get(0, whole), base)
        replaced[others[0],] = _part(result, base, program.slots[view])
        args = [opened(scene, a, seen, replaced, (n,)) for n, a in enumerate(operation.arguments)]
        kwargs = {name: opened(scene, a, seen, {}, (name,)) for name, a in operation.keywords.items()}
        overload_of(operation)(*args, **kwargs)
        return [result]

    return Local(function, inputs, edges, 1, program.events[made.forward].line, node.name)


def of_view(scene: Scene, event: Event) -> Local | str | None:
    """Find what a node called AsStrided differentiates: a view of a tensor that was written to, made anew."""
    node, program = event.node, scene.program
    assert node is not None  # the caller has looked
    for other in program.events[call_of(program, event).number : event.number]:
        edges = [] if other.node is None else [k for k, e in enumerate(other.node.next) if e == (node.number, 0)]
        if not edges:
            continue
        made = made_by(program).get(other.number)
        if made is None:
            written = _write_of(scene, other)
            made = None if written is None else written[0]
        slots = [] if made is None else inputs_of(program, made)
        view = slots[edges[0]] if edges[0] < len(slots) else None
        gradient = node.gradients_out[0] if node.gradients_out else None
        found = None if made is None or view is None else _whole_before(scene, made.operation, view, gradient)
        if made is None or view is None or found is None:
            continue
        base, whole = found

        def function(
            arguments: Sequence[Tensor], base: Slot = base, part: Slot = program.slots[view]
        ) -> list[Tensor | None]:
            return [_part(_laid_out(arguments[0], base), base, part)]

        line = program.events[made.forward].line
        return Local(function, [whole], edges_of(node), 1, line, node.name)
    return f"{node.name}: which tensor it looks at was not found"


def _write_of(scene: Scene, event: Event) -> tuple[Made, int] | None:
    """Return the operation that wrote, and the slot of the part that it wrote to, if there is only one."""
    node, program = event.node, scene.program
    if node is None or node.name != "CopySlices" or node.forward is None or node.forward >= len(program.events):
        return None
    found: list[tuple[Made, int]] = []
    for number in range(*program.events[node.forward].operations):
        operation = program.operations[number]
        first = operation.arguments[0] if operation.arguments else None
        word = operation.name.partition("::")[2].partition(".")[0]
        if word.endswith("_") and isinstance(first, dict) and "slot" in first:
            found.append((Made(event.number, node.forward, number, operation_row(operation)), first["slot"]))
    return found[0] if len(found) == 1 else None


def _whole_before(scene: Scene, operation: int, view: int, gradient: Reference | None) -> tuple[Slot, Tensor] | None:
    """Return the tensor that a view is a part of, as it was before an operation.

    Args:
        scene: The step.
        operation: The number of the operation.
        view: The slot of the part.
        gradient: That of the whole, which has its shape.
    """
    program = scene.program
    if gradient is None:
        return None
    storage, shape = program.slots[view].storage, program.slots[gradient.slot].shape
    alike = {s.number for s in program.slots if s.storage == storage and s.shape == shape}
    known = next((reference for reference in program.start if reference.slot in alike), None)
    patches: list[Reference] = []
    """Parts that were written to since the whole was looked at."""
    for number in range(operation):
        seen, left = seen_by(program, number), left_by(program, number)
        for reference in (*seen.values(), *left.values()):
            if reference.slot in alike and reference.buffer >= 0:
                known, patches = reference, []
        if not alike & left.keys():
            patches += [r for s, r in left.items() if program.slots[s].storage == storage and seen.get(s, r) != r]
    if known is None:
        return None
    # Views may have the same shape, as a square's transpose has: the whole was there first.
    base = program.slots[min(alike)]
    whole = _laid_out(wide(scene.look(Reference(base.number, known.buffer))), base)
    for patch in patches:
        _part(whole, base, program.slots[patch.slot]).copy_(wide(scene.look(patch)))
    return base, whole


def _laid_out(tensor: Tensor, slot: Slot) -> Tensor:
    """Return a copy of a tensor that lies in memory as a slot does."""
    return torch.empty_strided(slot.shape, slot.stride, dtype=tensor.dtype).copy_(tensor)


def _part(tensor: Tensor, whole: Slot, part: Slot) -> Tensor:
    return tensor.as_strided(part.shape, part.stride, part.offset - whole.offset)
