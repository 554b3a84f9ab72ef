"""Each node's vector-Jacobian product beside a directional derivative of its forward operation in float64.

For a node with the incoming gradient G and the outgoing gradient g, and any direction v of the argument,
⟨G, J v⟩ = ⟨g, v⟩, where J v is the derivative of the forward operation along v. J v is computed by forward mode, or by
central differences where PyTorch has no forward mode for an operation. Neither uses the node's backward formula.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd import forward_ad

from retrograd.derivatives.binding import dtypes_in
from retrograd.derivatives.matching import (
    Made,
    constant_of,
    inputs_of,
    is_own,
    left_by,
    made_by,
    outputs_of,
    seen_by,
    slots_in,
)
from retrograd.derivatives.rounding import FUNCTION, SPREAD, precision_of
from retrograd.errors import NotKeptError
from retrograd.recording import Event, Node, Operation, Reference, flat
from retrograd.verification.comparisons import EPS64, Comparison, Method, Place, with_tolerance
from retrograd.verification.formulas import Bounds, Scene, call_of

STEP = EPS64 ** (1 / 3)
"""Central differences lose least with a step of the cube root of the rounding unit, in units of the argument's size."""

Value = Any  # a tensor, a list of tensors, a number, None: what an ATen operation takes


@dataclass(frozen=True, slots=True)
class Local:
    """What a node differentiates: from the arguments behind its edges to the results before it."""

    function: Callable[[Sequence[Tensor]], list[Tensor | None]]
    inputs: Sequence[Tensor]
    """In float64, one for each edge with a gradient."""
    edges: Sequence[int]
    operations: int
    """How many ATen operations it runs."""
    line: int | None
    what: str
    asked: Mapping[int, int] = field(default_factory=dict)
    """For an edge that leads to what `torch.autograd.grad` was asked for: its slot."""


def products_in(
    scene: Scene, notes: Callable[[str], None], bounds: Bounds, functions: dict[int, Local], seed: int
) -> Iterator[Comparison]:
    """Compare each node with the derivative of its forward operation along a random direction.

    Args:
        scene: The step, with every value.
        notes: Is told what is not compared.
        bounds: How far off gradients may be, where a formula said so.
        functions: Gets what each node differentiates, by its event.
        seed: Of the directions.
    """
    generator = torch.Generator().manual_seed(seed)
    for event in scene.program.events:
        if event.kind != "backward" or event.node is None:
            continue
        try:
            local = _local(scene, event)
            if isinstance(local, str):
                notes(local)
                continue
            if local is not None:
                functions[event.number] = local
                yield from _product(scene, event, local, notes, bounds, generator)
        except NotKeptError:
            notes(f"{event.node.name}: not all of its numbers were kept")
        except Exception as error:  # an operation may refuse float64 or derivatives for any reason
            reason = str(error).partition("\n")[0][:100]
            notes(f"{event.node.name}: its forward operation cannot be differentiated numerically ({reason})")


# ---------------------------------------------------------------- what a node differentiates


def _local(scene: Scene, event: Event) -> Local | str | None:
    node = event.node
    assert node is not None  # the caller has looked
    made = made_by(scene.program).get(event.number)
    if made is not None:
        return _of_operation(scene, event, made)
    if is_own(node.name):
        return _of_function(scene, event)
    if node.forward is None:
        return f"{node.name}: its forward operation belongs to an earlier step"
    return f"{node.name}: which operation made it was not found"


def _of_operation(scene: Scene, event: Event, made: Made) -> Local | str | None:
    node, program = event.node, scene.program
    assert node is not None  # the caller has looked
    operation = program.operations[made.operation]
    overload = overload_of(operation)
    slots = inputs_of(program, made)
    edges, asked = [k for k in edges_of(node) if k < len(slots) and slots[k] is not None], {}
    wanted = {reference.slot for reference in asked_in(call_of(program, event))}
    for edge, (slot, gradient) in enumerate(zip(slots, node.gradients_out, strict=False)):
        if slot in wanted and gradient is not None and edge not in edges:
            asked[edge] = slot
    edges = sorted([*edges, *asked])
    if not edges:
        return None
    seen = {slot: _wide(scene.look(reference)) for slot, reference in seen_by(program, made.operation).items()}
    inputs = [seen[slots[k]] for k in edges]  # type: ignore[index]
    written = {
        n for n, a in enumerate(overload._schema.arguments) if a.alias_info is not None and a.alias_info.is_write
    }
    if operation.name.startswith("aten::native_batch_norm"):
        written |= {3, 4}  # the running mean and variance, which its schema does not say
    # An operation may take one tensor twice, as w * w does; then each place has its own edge.
    places = _places(operation, made, slots)

    def function(arguments: Sequence[Tensor]) -> list[Tensor | None]:
        replaced = {places[k]: argument for k, argument in zip(edges, arguments, strict=True)}
        args = [_opened(scene, a, seen, replaced, (n,)) for n, a in enumerate(operation.arguments)]
        kwargs = {name: _opened(scene, a, seen, replaced, (name,)) for name, a in operation.keywords.items()}
        if operation.name.startswith("aten::embedding.") and len(args) > 2 and args[2] >= 0:
            # The row of the padding is no variable: by definition it gets no gradient.
            fixed = torch.arange(len(args[0])).reshape(-1, 1) == args[2]
            args[0] = torch.where(fixed, seen[operation.arguments[0]["slot"]], args[0])
        # An operation that writes in place must leave what it was given as it is: it runs several times.
        args = [arg.clone() if n in written and isinstance(arg, Tensor) else arg for n, arg in enumerate(args)]
        return list(_tensors_in(overload(*args, **kwargs)))

    if torch.Tag.nondeterministic_seeded in overload.tags and not _is_settled(function, inputs):
        return f"{node.name}: its forward operation draws random numbers"
    line = program.events[made.forward].line
    return Local(function, inputs, edges, 1, line, node.name, asked)


def asked_in(call: Event) -> Sequence[Reference]:
    """Return the tensors for which a call of `torch.autograd.grad` gives gradients."""
    # What it was called on comes first. It gives one gradient for each tensor that it was asked for.
    return call.inputs[len(call.inputs) - len(call.outputs) :] if call.name == "torch.autograd.grad" else ()


def edges_of(node: Node) -> list[int]:
    """Return the edges over which a node passes a gradient on to another one."""
    following = [*node.next, *[None] * len(node.gradients_out)]
    return [k for k, gradient in enumerate(node.gradients_out) if gradient is not None and following[k] is not None]


def _is_settled(function: Callable[[Sequence[Tensor]], list[Tensor | None]], inputs: Sequence[Tensor]) -> bool:
    """Return whether an operation that may draw at random does not do so as it was called."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        one, other = function(inputs), function(inputs)
    return all(a is None or b is None or torch.equal(a, b) for a, b in zip(one, other, strict=True))


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
    from retrograd.derivatives.matching import parameters_of

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


def _of_function(scene: Scene, event: Event) -> Local | str | None:
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
    wanted = [r.slot for r in results if r is not None]
    slice_ = _between({arguments[k].slot for k in edges if arguments[k] is not None}, wanted, scene, event)  # type: ignore[union-attr]
    if not slice_:
        return f"{node.name}: no recorded operation leads from what it was given to what it gave"
    begun = [scene.look(arguments[k]) for k in edges]  # type: ignore[arg-type]
    known: dict[int, Tensor] = {}
    for number in slice_:
        for slot, reference in seen_by(program, number).items():
            known.setdefault(slot, _wide(scene.look(reference)))

    def function(inputs: Sequence[Tensor]) -> list[Tensor | None]:
        now = dict(known)
        for k, tensor in zip(edges, inputs, strict=True):
            now[arguments[k].slot] = tensor  # type: ignore[union-attr]
        for number in slice_:
            run_one(scene, program.operations[number], now)
        return [None if r is None else now[r.slot] for r in results]

    line = program.events[program.operations[slice_[-1]].event].line
    return Local(function, [_wide(array) for array in begun], edges, len(slice_), line, node.name)


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


def _between(given: set[int], wanted: Sequence[int], scene: Scene, event: Event) -> list[int]:
    """Return the operations that lead from some tensors to others."""
    program = scene.program
    first = next(
        (n for n, o in enumerate(program.operations) if program.events[o.event].kind == "call"), len(program.operations)
    )
    needed, found = set(wanted) - given, []
    for number in reversed(range(first)):
        made = {slot for slot in flat(program.operations[number].outputs) if slot is not None}
        if program.operations[number].name == "aten::detach.default" and made <= set(
            slots_in(program.operations[number])
        ):
            continue  # the same tensor, which autograd does not follow inside of a person's own function anyway
        if made & needed:
            found.append(number)
            needed = (needed - made) | (set(slots_in(program.operations[number])) - given)
    reached = set(given)
    forwards = []
    for number in reversed(found):
        if reached & set(slots_in(program.operations[number])):
            reached |= {slot for slot in flat(program.operations[number].outputs) if slot is not None}
            forwards.append(number)
    return forwards if set(wanted) <= reached else []


# ---------------------------------------------------------------- operations in float64


def overload_of(operation: Operation) -> Any:  # an OpOverload, which torch makes at run time
    """Return the operation itself."""
    namespace, _, rest = operation.name.partition("::")
    packet, _, overload = rest.rpartition(".")
    return getattr(getattr(getattr(torch.ops, namespace), packet), overload)


def run_one(scene: Scene, operation: Operation, now: dict[int, Tensor]) -> None:
    """Run an operation in float64 on tensors by their slots, and add what it gives."""
    args = [_opened(scene, argument, now, {}, (n,)) for n, argument in enumerate(operation.arguments)]
    kwargs = {name: _opened(scene, argument, now, {}, (name,)) for name, argument in operation.keywords.items()}
    given = overload_of(operation)(*args, **kwargs)
    results = zip(flat(operation.outputs), _every(given), strict=False)
    now |= {slot: tensor for slot, tensor in results if slot is not None and isinstance(tensor, Tensor)}


def _opened(
    scene: Scene, value: Any, tensors: Mapping[int, Tensor], replaced: Mapping[tuple[Any, ...], Tensor], place: tuple
) -> Value:
    if not isinstance(value, dict):
        return value
    (kind, inner), *_ = value.items()
    if kind == "slot":
        return replaced.get(place, tensors[inner])
    if kind == "constant":
        return constant_of(scene.step, inner)
    if kind == "list":
        return [_opened(scene, part, tensors, replaced, (*place, n)) for n, part in enumerate(inner)]
    if kind == "dtype":
        dtype = getattr(torch, inner)
        return torch.float64 if dtype.is_floating_point else dtype
    if kind == "device":
        return torch.device("cpu")
    if kind == "generator":
        return None
    return getattr(torch, inner)


def _wide(array: np.ndarray) -> Tensor:
    """Return recorded numbers as a tensor of their own, floating-point ones in float64."""
    if array.dtype.kind == "f":
        return torch.from_numpy(np.array(array, np.float64))
    if array.dtype.kind == "c":
        return torch.from_numpy(np.array(array, np.complex128))
    return torch.from_numpy(np.array(array))


def _every(given: Any) -> Iterator[Any]:
    if isinstance(given, (tuple, list)):
        for part in given:
            yield from _every(part)
    else:
        yield given


def _tensors_in(given: Any) -> Iterator[Tensor | None]:
    return (part if isinstance(part, Tensor) else None for part in _every(given))


# ---------------------------------------------------------------- the comparison


def _product(
    scene: Scene,
    event: Event,
    local: Local,
    notes: Callable[[str], None],
    bounds: Bounds,
    generator: torch.Generator,
) -> Iterator[Comparison]:
    node = event.node
    assert node is not None  # the caller has looked
    directions = [_direction(tensor, generator) for tensor in local.inputs]
    method, changes = _changes(local, directions)
    if method is None:
        notes(f"{node.name}: its forward operation is not smooth here")
        return
    arriving = [None if r is None else _wide(scene.look(r)) for r in node.gradients_in]
    left, left_size = 0.0, 0.0
    for gradient, change in zip(arriving, changes, strict=False):
        if gradient is not None and change is not None:
            left += float((gradient * change).sum())
            left_size += float((gradient * change).abs().sum())
    right, right_size, squares, known = 0.0, 0.0, 0.0, True
    for edge, direction in zip(local.edges, directions, strict=True):
        reference = node.gradients_out[edge]
        assert reference is not None  # an edge has a gradient
        passed = _wide(scene.look(reference))
        right += float((passed * direction).sum())
        right_size += float((passed * direction).abs().sum())
        if (event.number, edge) in bounds:
            squares += float((bounds[event.number, edge] ** 2).sum())
        else:
            known = False
    if is_own(node.name) and left_size == 0 and right_size > 0:
        notes(
            f"{node.name}: the derivative of its forward is zero almost everywhere, so its backward is a surrogate "
            "that its author chose; not compared"
        )
        return
    precision = precision_of(dtypes_in(scene.program, [*node.gradients_in, *node.gradients_out]))
    entries = max(sum(tensor.numel() for tensor in local.inputs), *(g.numel() for g in arriving if g is not None), 1)
    if known:
        # Each entry's rounding is within its bound, and the signs of the direction are random.
        tolerance = SPREAD * sqrt(squares)
    else:
        rounding = FUNCTION * local.operations * precision.eps + min(entries, SPREAD * sqrt(entries)) * precision.adding
        tolerance = rounding * (left_size + right_size)
    loss = (2 * EPS64 * entries + (STEP**2 if method == "central differences" else 0)) * (left_size + right_size)
    place = Place(scene.step.number, event.number, local.line, f"{local.what} along a random direction")
    found = with_tolerance(place, method, np.array(right), np.array(left), np.array(tolerance + loss + precision.tiny))
    if found is not None:
        yield found


def _direction(tensor: Tensor, generator: torch.Generator) -> Tensor:
    """Return a direction of ±1, in which no entry is larger than another."""
    return torch.randint(0, 2, tensor.shape, generator=generator, dtype=torch.int64).double() * 2 - 1


def _changes(local: Local, directions: Sequence[Tensor]) -> tuple[Method | None, list[Tensor | None]]:
    """Return the derivatives of the results along the directions, and how they were computed."""
    try:
        with warnings.catch_warnings(), forward_ad.dual_level():
            warnings.simplefilter("ignore")  # PyTorch compiles its forward derivatives with what it calls deprecated
            dual = [
                forward_ad.make_dual(tensor.clone(), direction)
                for tensor, direction in zip(local.inputs, directions, strict=True)
            ]
            results = [None if y is None else forward_ad.unpack_dual(y).tangent for y in local.function(dual)]
        return "forward mode", results
    except (RuntimeError, NotImplementedError):
        return _differences(local, directions)


def _differences(local: Local, directions: Sequence[Tensor]) -> tuple[Method | None, list[Tensor | None]]:
    def at(length: float) -> list[Tensor | None]:
        sizes = [max(float(tensor.abs().max()) if tensor.numel() else 1.0, 1e-3) for tensor in local.inputs]
        size = min(sizes)
        moved = [
            [tensor + sign * length * size * v for tensor, v in zip(local.inputs, directions, strict=True)]
            for sign in (1, -1)
        ]
        ahead, behind = (local.function(tensors) for tensors in moved)
        return [
            (a - b) / (2 * length * size) if a is not None and b is not None and a.is_floating_point() else None
            for a, b in zip(ahead, behind, strict=True)
        ]

    with torch.no_grad():
        one, half = at(STEP), at(STEP / 2)
    for a, b in zip(one, half, strict=True):
        if (
            a is not None
            and b is not None
            and float((a - b).abs().max() if a.numel() else 0) > 1e-4 * float(b.abs().max() + 1e-300)
        ):
            return None, []
    return "central differences", half
