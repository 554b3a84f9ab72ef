"""Each node's vector-Jacobian product beside a directional derivative of its forward operation in float64.

For a node with the incoming gradient G and the outgoing gradient g, and any direction v of the argument,
⟨G, J v⟩ = ⟨g, v⟩, where J v is the derivative of the forward operation along v. J v is computed by forward mode, or by
central differences where PyTorch has no forward mode for an operation. Neither uses the node's backward formula.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import sqrt

import numpy as np
import torch
from torch import Tensor
from torch.autograd import forward_ad

from retrograd.derivatives.binding import dtypes_in
from retrograd.derivatives.matching import is_own
from retrograd.derivatives.rounding import FUNCTION, SPREAD, Precision, precision_of
from retrograd.errors import NotKeptError
from retrograd.recording import Event
from retrograd.verification.comparisons import EPS64, Comparison, Method, Place, with_tolerance
from retrograd.verification.doubled import Local, inner, is_number, parts, shared, wide
from retrograd.verification.draws import Draws
from retrograd.verification.formulas import Bounds
from retrograd.verification.nodes import function_of
from retrograd.verification.scene import Scene, not_compared

STEP = EPS64 ** (1 / 3)
"""Central differences lose least with a step of the cube root of the rounding unit, in units of the argument's size."""


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
    draws = Draws(seed)
    for event in scene.program.events:
        if event.kind != "backward" or event.node is None:
            continue
        try:
            local = function_of(scene, event)
            if isinstance(local, str):
                notes(local)
                continue
            if local is not None:
                functions[event.number] = local
            if event.node.name.startswith("CtcLossBackward"):
                notes(f"{event.node.name}: its gradient is right behind a log_softmax only, so the leaves are compared")
            elif local is not None:
                yield from _product(scene, event, local, notes, bounds, draws)
        except NotKeptError as error:
            notes(not_compared(event.node.name, error))
        except Exception as error:  # an operation may refuse float64 or derivatives for any reason
            reason = str(error).partition("\n")[0][:100]
            notes(f"{event.node.name}: its forward operation cannot be differentiated numerically ({reason})")


def _product(
    scene: Scene,
    event: Event,
    local: Local,
    notes: Callable[[str], None],
    bounds: Bounds,
    draws: Draws,
) -> Iterator[Comparison]:
    node = event.node
    assert node is not None  # the caller has looked
    if not any(node.gradients_in):
        raise NotKeptError("what arrived could not be recorded")
    directions = [_direction(tensor, draws) for tensor in local.inputs]
    method, changes = _changes(local, directions)
    if method is None:
        notes(f"{node.name}: its forward operation is not smooth here")
        return
    arriving = [None if r is None else wide(scene.look(r)) for r in node.gradients_in]
    known = all((event.number, edge) in bounds.gradients for edge in local.edges)
    left, left_size = 0.0, 0.0
    for gradient, change in zip(arriving, changes, strict=False):
        if gradient is not None and change is not None:
            left += float(inner(gradient, change))
            left_size += _size(gradient, change, known)
    right, right_size, squares = 0.0, 0.0, 0.0
    for edge, direction in zip(local.edges, directions, strict=True):
        reference = node.gradients_out[edge]
        passed = torch.zeros_like(direction) if reference is None else wide(scene.look(reference))
        right += float(inner(passed, direction))
        right_size += _size(passed, direction, known)
        if known:
            squares += _squares(bounds.gradients[event.number, edge])
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
        tolerance += _sensitivity(local, directions, arriving, left, precision, draws)
    loss = (2 * EPS64 * entries + (STEP**2 if method == "central differences" else 0)) * (left_size + right_size)
    silent = [str(edge + 1) for edge in local.edges if node.gradients_out[edge] is None]
    why = f"its backward gives None for argument {' and '.join(silent)}, as if the gradient were zero" if silent else ""
    place = Place(scene.step.number, event.number, local.line, f"{local.what} along a random direction", why)
    found = with_tolerance(place, method, np.array(right), np.array(left), np.array(tolerance + loss + precision.tiny))
    if found is not None:
        yield found


SAMPLES = 4
"""So often the arguments of an operation are changed at random, of whose rounding nothing else is known."""


def _sensitivity(
    local: Local,
    directions: Sequence[Tensor],
    arriving: Sequence[Tensor | None],
    left: float,
    precision: Precision,
    draws: Draws,
) -> float:
    """Return what rounding does in an operation that gives what is right for numbers close to those that it took."""
    found = 0.0
    for _ in range(SAMPLES):
        inputs = [tensor * (1 + precision.eps * draws.uniform(tensor.shape)) for tensor in local.inputs]
        _, changes = _changes(replace(local, inputs=inputs), directions)
        both = zip(arriving, changes, strict=False)
        product = sum(float(inner(g, c)) for g, c in both if g is not None and c is not None)
        found = max(found, abs(product - left)) if changes else found
    return SPREAD * found if np.isfinite(found) else 0.0


SMALL_SQUARES = 1e-280
"""Below, a sum of squares may have lost terms that underflowed."""


def _squares(bound: np.ndarray) -> float:
    """Return the sum of the squares; where these are too small for float64, that of something larger."""
    if not any(bound.strides):
        return float(bound.flat[0]) ** 2 * bound.size if bound.size else 0.0
    numbers = shared(bound).reshape(-1)
    return max(float(torch.dot(numbers, numbers)), SMALL_SQUARES)


def _size(one: Tensor, other: Tensor, roughly: bool) -> float:
    """Return the sum of the sizes of products; roughly, a number that is not smaller (Cauchy and Schwarz)."""
    if roughly:
        product = float(torch.linalg.vector_norm(one) * torch.linalg.vector_norm(other))
        if product > SMALL_SQUARES:
            return product
    return float((parts(one) * parts(other)).abs_().sum())


def _direction(tensor: Tensor, draws: Draws) -> Tensor:
    signs = draws.signs(tensor.shape)
    return torch.complex(signs, draws.signs(tensor.shape)) if tensor.is_complex() else signs


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
            (a - b) / (2 * length * size) if a is not None and b is not None and is_number(a) else None
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
