"""What a node differentiates, as a function in float64 of the arguments that it passes gradients on to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from retrograd.derivatives.matching import Made, inputs_of, is_own, made_by, parameters_of, seen_by
from retrograd.recording import Event, Operation
from retrograd.verification.doubled import Local, opened, overload_of, tensors_in, wide, written_by
from retrograd.verification.own import of_own_function
from retrograd.verification.scene import Scene, asked_in, call_of, edges_of
from retrograd.verification.writes import of_view, of_write


def function_of(scene: Scene, event: Event) -> Local | str | None:
    """Return what a node differentiates; a sentence if that is not known; None if it passes nothing on.

    Raises:
        NotKeptError: Numbers that it takes are not there.
    """
    node = event.node
    assert node is not None  # the caller has looked
    made = made_by(scene.program).get(event.number)
    if made is not None:
        return _of_operation(scene, event, made)
    if node.name == "CopySlices":
        return of_write(scene, event)
    if node.name == "AsStridedBackward0":
        return of_view(scene, event)
    if is_own(node.name):
        return of_own_function(scene, event)
    if node.forward is None:
        return f"{node.name}: its forward operation belongs to an earlier step"
    return f"{node.name}: which operation made it was not found"


def _of_operation(scene: Scene, event: Event, made: Made) -> Local | str | None:
    node, program = event.node, scene.program
    assert node is not None  # the caller has looked
    operation = program.operations[made.operation]
    overload = overload_of(operation)
    if (why := _surrogate(scene, operation, made)) is not None:
        return f"{node.name}: {why}, so it is a surrogate of the derivative; not compared"
    slots = inputs_of(program, made)
    edges, asked = [k for k in edges_of(node) if k < len(slots) and slots[k] is not None], {}
    wanted = {reference.slot for reference in asked_in(call_of(program, event))}
    for edge, (slot, gradient) in enumerate(zip(slots, node.gradients_out, strict=False)):
        if slot in wanted and gradient is not None and edge not in edges:
            asked[edge] = slot
    edges = sorted([*edges, *asked])
    if not edges:
        return None
    seen = {slot: wide(scene.look(reference)) for slot, reference in seen_by(program, made.operation).items()}
    inputs = [seen[slots[k]] for k in edges]  # type: ignore[index]
    written = written_by(overload)
    if operation.name.startswith("aten::native_batch_norm"):
        written |= {3, 4}  # the running mean and variance, which its schema does not say
    # An operation may take one tensor twice, as w * w does; then each place has its own edge.
    places = _places(operation, made, slots)

    def function(arguments: Sequence[Tensor]) -> list[Tensor | None]:
        replaced = {places[k]: argument for k, argument in zip(edges, arguments, strict=True)}
        args = [opened(scene, a, seen, replaced, (n,)) for n, a in enumerate(operation.arguments)]
        kwargs = {name: opened(scene, a, seen, replaced, (name,)) for name, a in operation.keywords.items()}
        if operation.name.startswith("aten::embedding.") and len(args) > 2 and args[2] >= 0:
            # The row of the padding is no variable: by definition it gets no gradient.
            fixed = torch.arange(len(args[0])).reshape(-1, 1) == args[2]
            args[0] = torch.where(fixed, seen[operation.arguments[0]["slot"]], args[0])
        # An operation that writes in place must leave what it was given as it is: it runs several times.
        args = [arg.clone() if n in written and isinstance(arg, Tensor) else arg for n, arg in enumerate(args)]
        return list(tensors_in(overload(*args, **kwargs)))

    if torch.Tag.nondeterministic_seeded in getattr(overload, "tags", ()) and not _is_settled(function, inputs):
        return f"{node.name}: its forward operation draws random numbers"
    line = program.events[made.forward].line
    return Local(function, inputs, edges, 1, line, node.name, made.operation, asked)


def _surrogate(scene: Scene, operation: Operation, made: Made) -> str | None:
    """Return why PyTorch's own backward is not the derivative of an operation, on purpose."""
    if operation.name.startswith("aten::embedding."):
        arguments = [*operation.arguments, *[False] * 5]
        if opened(scene, operation.keywords.get("scale_grad_by_freq", arguments[3]), {}, {}, ()) is True:
            return "scale_grad_by_freq divides each row's gradient by how often the row was used"
    if operation.name.startswith("aten::binary_cross_entropy."):
        p = scene.look(seen_by(scene.program, made.operation)[operation.arguments[0]["slot"]])
        if p.size and (p * (1 - p)).min() < 1e-12:
            return "its backward divides by p (1 - p), or by 1e-12 where that is less, as it is here"
    return None


def _is_settled(function: Callable[[Sequence[Tensor]], list[Tensor | None]], inputs: Sequence[Tensor]) -> bool:
    """Return whether an operation that may draw at random does not do so as it was called."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        before = torch.get_rng_state()
        function(inputs)
        return torch.equal(before, torch.get_rng_state())


def _places(operation: Operation, made: Made, slots: Sequence[int | None]) -> dict[int, tuple[Any, ...]]:
    """Return for each edge the place of its argument in the call."""
    found: dict[int, tuple[Any, ...]] = {}
    free = [*_slot_places(operation.arguments, ()), *_slot_places(dict(operation.keywords), ())]
    if made.derivative is None:
        ordered = free
    else:
        names = [argument for argument in made.derivative.gradients]
        order = {place: rank for rank, place in enumerate(_named_places(operation, made, names))}
        ordered = sorted((f for f in free if f[1] in order), key=lambda f: order[f[1]])
    for edge, slot in enumerate(slots):
        match = next((f for f in ordered if f[0] == slot), None)
        if match is not None:
            found[edge] = match[1]
            ordered = [f for f in ordered if f is not match]
    return found


def _named_places(operation: Operation, made: Made, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    assert made.derivative is not None  # the caller has looked
    parameters = [name for _, name, _, _ in parameters_of(made.derivative.source)]
    for name in names:
        place: Any = parameters.index(name)
        if name in operation.keywords:
            place = name
        value = operation.keywords[name] if name in operation.keywords else operation.arguments[place]
        if isinstance(value, dict) and "list" in value:
            yield from ((place, part) for part in range(len(value["list"])))
        else:
            yield (place,)


def _slot_places(value: Any, place: tuple[Any, ...]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    if isinstance(value, dict) and "slot" in value:
        yield value["slot"], place
    elif isinstance(value, dict) and "list" in value:
        for part, inner in enumerate(value["list"]):
            yield from _slot_places(inner, (*place, part))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _slot_places(inner, (*place, name))
    elif isinstance(value, (tuple, list)):
        for part, inner in enumerate(value):
            yield from _slot_places(inner, (*place, part))
