r"""How curved the loss is along the recorded steps, and which learning rate that allows.

Near a minimum the loss is a quadratic form. Gradient descent multiplies the distance from the minimum along each
eigenvector of the Hessian by :math:`1 - \eta\lambda` in each step, so it settles only if
:math:`\eta < 2/\lambda_{\max}`.

The recorded forward pass is run with autograd on top, in float64, and differentiated twice: for few parameters column
by column, so that the eigenvalues are exact, and for many by products with vectors (Lanczos).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retrograd.contents import checksum
from retrograd.errors import BeyondRecordingError, NotKeptError, NotReproducibleError
from retrograd.forwards import begin_of, forward_of
from retrograd.program import Tensors, recorded_threads
from retrograd.recording import Operation, Program, Recording, Reference, Step, value_of

FEW = 256
"""Up to so many parameters the whole Hessian is computed."""

MOST_STEPS = 50
"""So many steps are looked at if none are named; fewer of a large model."""

MOST_ENTRIES = 10_000_000
"""Of a large model so many that their gradients have about as many entries as this, but two."""

MOST_PRODUCTS = 120
"""So many products of the Hessian with a vector are computed at most for one step."""

DIGITS = 1e-6
"""Lanczos ends when the largest eigenvalue is known to this part of itself."""


@dataclass(frozen=True, slots=True)
class Curvature:
    """The curvature of the loss at the start of one step."""

    step: int
    largest: float
    """The largest eigenvalue of the Hessian of the loss, over all parameters together."""
    limit: float
    """2 / largest: gradient descent with a larger learning rate leaves the minimum, if there is one. Infinite where
    the loss curves upwards in no direction; NaN where the curvature is."""
    learning_rate: float | None
    """That the step used, if its update is plain gradient descent, else None."""
    residual: float
    """An eigenvalue is no further from `largest` than this; 0 where the whole Hessian was computed."""
    parameters: int
    """How many numbers the Hessian has in a row."""


@dataclass(frozen=True, slots=True)
class Curvatures:
    """The curvature along the steps."""

    rows: tuple[Curvature, ...]
    skipped: tuple[str, ...]
    """A sentence for each step whose curvature is not known."""


def curvature_of(recording: Recording, steps: Iterable[int] | None = None) -> Curvatures:
    """Return the largest curvature of the loss at the start of recorded steps, and the learning rate it allows.

    The limit says something about a minimum. A loss that has none, such as the cross-entropy of data that can be told
    apart, may fall for ever with a learning rate far above it.

    Args:
        recording: What was recorded.
        steps: Which, negative numbers from the last; about fifty at even distances if none are named.

    Raises:
        NotKeptError: There is no such step.
    """
    count = len(recording.steps)
    if steps is None:
        most = min(count, MOST_STEPS, max(2, MOST_ENTRIES // _entries(recording)))
        steps = {round(n) for n in np.linspace(0, count - 1, most)} if count else ()
    wanted = sorted({recording.steps.number(number) for number in steps})
    rows: list[Curvature] = []
    skipped: list[str] = []
    checked: set[int] = set()
    with recorded_threads(recording):
        for number in wanted:
            try:
                step, start = begin_of(recording, number)
                if id(step.program) not in checked:
                    _check_gradient(recording, step, start)
                    checked.add(id(step.program))
                rows.append(_curvature(step, start))
            except (NotKeptError, NotReproducibleError, BeyondRecordingError, RuntimeError) as error:
                # The last is PyTorch's: an operation may refuse to be differentiated, or to run a second time.
                skipped.append(f"step {number}: {error}")
    return Curvatures(tuple(rows), tuple(skipped))


def _entries(recording: Recording) -> int:
    sizes = (sum(math.prod(s.shape) for s in program.slots if s.parameter) for program in recording.programs)
    return max(sizes, default=0) or 1


# ---------------------------------------------------------------- the loss as a function


def _curvature(step: Step, start: Tensors) -> Curvature:
    loss, leaves = _loss(step, start, torch.float64)
    gradients = torch.autograd.grad(loss, leaves, create_graph=True, allow_unused=True, materialize_grads=True)
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    sizes = [leaf.numel() for leaf in leaves]

    def product(vector: Tensor) -> Tensor:
        if not flat.requires_grad:
            return torch.zeros_like(vector)  # the loss is linear
        found = torch.autograd.grad(flat, leaves, vector, retain_graph=True, allow_unused=True)
        parts = zip(found, sizes, strict=True)
        return torch.cat([torch.zeros(size) if part is None else part.reshape(-1) for part, size in parts])

    count = flat.numel()
    largest, residual = _whole(product, count) if count <= FEW else _lanczos(product, count)
    limit = math.inf if largest <= 0 else 2 / largest
    return Curvature(step.number, largest, limit, rate_of(step), residual, count)


def _loss(step: Step, start: Tensors, dtype: torch.dtype | None) -> tuple[Tensor, list[Tensor]]:
    """Compute the loss of a step once more, so that it can be differentiated for the parameters."""
    program = step.program
    assert program is not None  # begin_of looked
    if len(program.losses) != 1:
        raise BeyondRecordingError(
            f"backward was called {len(program.losses)} times, so there is no single loss whose curvature it would be"
        )
    slots = [slot.number for slot in program.slots if slot.parameter]
    if not slots or any(slot not in start for slot in slots):
        raise BeyondRecordingError("the parameters are made in the step itself, so it does not start from them")
    kept: Tensors = {}
    for slot, tensor in start.items():
        real = tensor.is_floating_point() and dtype is not None
        kept[slot] = tensor.detach().to(dtype) if real else tensor.detach().clone()
    leaves = [kept[slot].requires_grad_() for slot in slots]
    loss = forward_of(step, kept, dtype)
    if loss.numel() != 1:
        raise BeyondRecordingError(f"backward was called on {loss.numel()} numbers, which have no single curvature")
    if not loss.requires_grad:
        raise BeyondRecordingError("the loss does not depend on the parameters by operations that can be repeated")
    return loss.reshape(()), leaves


def _check_gradient(recording: Recording, step: Step, start: Tensors) -> None:
    """Compare the first derivative, which was recorded, before the second is believed."""
    program = step.program
    assert program is not None
    loss, leaves = _loss(step, start, None)
    gradients = torch.autograd.grad(loss, leaves, allow_unused=True, materialize_grads=True)
    slots = [slot.number for slot in program.slots if slot.parameter]
    arrived = {
        event.inputs[0].slot: event.inputs[1]
        for event in program.events
        if event.kind == "accumulate" and len(event.inputs) > 1
    }
    for slot, gradient in zip(slots, gradients, strict=True):
        reference = arrived.get(slot) or next((r for leaf, r in program.gradients if leaf == slot), None)
        if reference is not None and not _agrees(step, reference, gradient):
            name = program.slots[slot].name or f"slot {slot}"
            raise NotReproducibleError(
                f"differentiating its forward pass again does not give the gradient of {name} that was recorded, so "
                f"the second derivative would be another one, too; does a function have its own backward?"
            )


def _agrees(step: Step, reference: Reference, gradient: Tensor) -> bool:
    try:
        value = value_of(step, reference)
    except NotKeptError:
        return True  # nothing to compare with
    half = math.sqrt(torch.finfo(gradient.dtype).eps)  # half of the digits: kernels may add in another order
    if value.array is not None:
        recorded = torch.from_numpy(np.array(value.array, order="C")).double()
        apart = (recorded - gradient.double()).norm().item()
        return not apart > half * max(recorded.norm().item(), gradient.double().norm().item())
    if value.summary is None:
        return True
    apart = abs(value.summary.norm - gradient.double().norm().item())
    return value.summary.checksum == checksum(gradient) or not apart > half * value.summary.norm


# ---------------------------------------------------------------- eigenvalues


def _whole(product: Callable[[Tensor], Tensor], count: int) -> tuple[float, float]:
    """Return the largest eigenvalue of the whole Hessian."""
    columns = [product(torch.nn.functional.one_hot(torch.tensor(n), count).double()) for n in range(count)]
    hessian = torch.stack(columns)
    if not hessian.isfinite().all():
        return math.nan, math.nan
    return torch.linalg.eigvalsh((hessian + hessian.T) / 2)[-1].item(), 0.0


def _lanczos(product: Callable[[Tensor], Tensor], count: int) -> tuple[float, float]:
    """Return the largest eigenvalue found by products with vectors, and how far an eigenvalue may be from it."""
    generator = torch.Generator().manual_seed(0)
    vector = torch.randn(count, generator=generator, dtype=torch.float64)
    basis: list[Tensor] = [vector / vector.norm()]
    diagonal: list[float] = []
    beside: list[float] = []
    largest, residual = math.nan, math.nan
    for _ in range(min(count, MOST_PRODUCTS)):
        following = product(basis[-1])
        if not following.isfinite().all():
            return math.nan, math.nan
        diagonal.append(torch.dot(following, basis[-1]).item())
        # Twice: rounding would let directions come back that are in the basis already.
        for _ in range(2):
            known = torch.stack(basis)
            following = following - known.T @ (known @ following)
        length = following.norm().item()
        small = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
        values, vectors = np.linalg.eigh(small)
        largest, residual = float(values[-1]), float(abs(length * vectors[-1, -1]))
        if residual <= DIGITS * max(abs(largest), np.finfo("f8").tiny):
            break
        beside.append(length)
        basis.append(following / length)
    return largest, residual


# ---------------------------------------------------------------- the learning rate


def rate_of(step: Step) -> float | None:
    """Return the learning rate of a step whose update is `w - rate * gradient` for all parameters, else None."""
    program = step.program
    if program is None:
        return None
    rates = {leaf: rate for leaf, rate in _updates(program, step)}
    wanted = {leaf for leaf, _ in program.gradients}
    found = set(rates.values())
    if not wanted or not wanted <= rates.keys() or len(found) != 1:
        return None
    (rate,) = found
    return rate


def _updates(program: Program, step: Step) -> Iterator[tuple[int, float | None]]:
    """Go through the updates of the leaves, each with its learning rate, None where it is no plain descent."""
    storage = {slot.number: slot.storage for slot in program.slots}
    gradients = {storage[reference.slot]: leaf for leaf, reference in program.gradients}
    leaves = {storage[leaf]: leaf for leaf, _ in program.gradients}
    scaled: dict[int, tuple[int, float]] = {}
    """Slots that hold a number times a gradient: whose, and the number."""
    after = max((event.number for event in program.events if event.kind == "call"), default=-1)

    def constant(encoded: Any) -> float | None:
        if isinstance(encoded, dict) and "constant" in encoded:
            number = encoded["constant"]
            value = step.constants.get(number, program.constants[number].value)
            return value if isinstance(value, (int, float)) else None
        return None

    def gradient(encoded: Any) -> tuple[int, float] | None:
        slot = encoded.get("slot") if isinstance(encoded, dict) else None
        if slot in scaled:
            return scaled[slot]
        return (gradients[storage[slot]], 1.0) if slot is not None and storage[slot] in gradients else None

    for operation in program.operations:
        if program.events[operation.event].number <= after or program.events[operation.event].node is not None:
            continue
        packet = operation.name.partition("::")[2].partition(".")[0]
        if packet == "mul" and len(operation.arguments) == 2:
            known, number = _either(operation, gradient), _either(operation, constant)
            if known is not None and number is not None and operation.outputs[0] is not None:
                scaled[operation.outputs[0]] = known[0], known[1] * number
        elif packet in ("sub", "sub_", "add", "add_") and len(operation.arguments) >= 2:
            target = operation.arguments[0]
            slot = target.get("slot") if isinstance(target, dict) else None
            if slot is None or storage[slot] not in leaves:
                continue
            leaf = leaves[storage[slot]]
            known = gradient(operation.arguments[1])
            alpha = constant(operation.keywords.get("alpha")) if "alpha" in operation.keywords else 1.0
            if known is None or known[0] != leaf or alpha is None:
                yield leaf, None
            else:
                yield leaf, known[1] * alpha * (1 if packet.startswith("sub") else -1)


def _either(operation: Operation, look: Callable[[Any], Any]) -> Any:  # whatever `look` finds
    return next((found for argument in operation.arguments if (found := look(argument)) is not None), None)
