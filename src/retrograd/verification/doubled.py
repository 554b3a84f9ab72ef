"""ATen operations as they were recorded, in float64 and on other tensors; and what a node differentiates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retrograd.derivatives.matching import constant_of
from retrograd.recording import Operation, flat
from retrograd.verification.scene import Scene

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
    operation: int | None = None
    """The number of the only one, if it is recorded."""
    asked: Mapping[int, int] = field(default_factory=dict)
    """For an edge that leads to what `torch.autograd.grad` was asked for: its slot."""


def overload_of(operation: Operation) -> Any:  # an OpOverload, which torch makes at run time
    """Return the operation itself, or what does the same in float64."""
    if operation.name.startswith("aten::mkldnn_rnn_layer"):
        return _lstm_layer
    namespace, _, rest = operation.name.partition("::")
    packet, _, overload = rest.rpartition(".")
    return getattr(getattr(getattr(torch.ops, namespace), packet), overload)


def written_by(overload: Any) -> set[int]:  # an OpOverload, or a function in place of one
    """Return the places of the arguments that an operation writes to."""
    if not isinstance(overload, torch._ops.OpOverload):
        return set()
    aliases = [argument.alias_info for argument in overload._schema.arguments]
    return {n for n, alias in enumerate(aliases) if alias is not None and alias.is_write}


def _lstm_layer(x: Tensor, *given: Value) -> tuple[Tensor, Tensor, Tensor]:
    """Return what one layer of an LSTM gives in one direction; PyTorch's own for the CPU knows float32 only."""
    *weights, h, c, backwards, _, _, _, _, has_biases = given[:12]
    begun = [h.reshape(1, *h.shape[-2:]), c.reshape(1, *c.shape[-2:])]
    weights = weights if has_biases else weights[:2]  # PyTorch puts in zeros of another shape
    steps = x.flip(0) if backwards else x
    y, h_end, c_end = torch.ops.aten.lstm.input(steps, begun, weights, has_biases, 1, 0.0, False, False, False)
    return y.flip(0) if backwards else y, h_end.reshape(h.shape), c_end.reshape(c.shape)


def run_one(scene: Scene, operation: Operation, now: dict[int, Tensor]) -> None:
    """Run an operation in float64 on tensors by their slots, and add what it gives."""
    args = [opened(scene, argument, now, {}, (n,)) for n, argument in enumerate(operation.arguments)]
    kwargs = {name: opened(scene, argument, now, {}, (name,)) for name, argument in operation.keywords.items()}
    given = overload_of(operation)(*args, **kwargs)
    results = zip(flat(operation.outputs), flat(given), strict=False)
    now |= {slot: tensor for slot, tensor in results if slot is not None and isinstance(tensor, Tensor)}


def opened(
    scene: Scene, value: Any, tensors: Mapping[int, Tensor], replaced: Mapping[tuple[Any, ...], Tensor], place: tuple
) -> Value:
    """Return an argument as an operation takes it, with other tensors at some places."""
    if not isinstance(value, dict):
        return value
    (kind, inner), *_ = value.items()
    if kind == "slot":
        return replaced.get(place, tensors[inner])
    if kind == "constant":
        return constant_of(scene.step, inner)
    if kind == "list":
        return [opened(scene, part, tensors, replaced, (*place, n)) for n, part in enumerate(inner)]
    if kind == "dtype":
        dtype = getattr(torch, inner)
        if dtype.is_complex:
            return torch.complex128
        return torch.float64 if dtype.is_floating_point else dtype
    if kind == "device":
        return torch.device("cpu")
    if kind == "generator":
        return None
    return getattr(torch, inner)


def wide(array: np.ndarray) -> Tensor:
    """Return recorded numbers as a tensor, floating-point ones in float64; it shares the memory of those that are."""
    if array.dtype.kind == "f":
        return torch.from_numpy(np.asarray(array, np.float64))
    if array.dtype.kind == "c":
        return torch.from_numpy(np.array(array, np.complex128))
    return torch.from_numpy(np.array(array))


def is_number(tensor: Tensor) -> bool:
    """Return whether a tensor holds real or complex numbers, and not whole ones."""
    return tensor.is_floating_point() or tensor.is_complex()


def inner(one: Tensor, other: Tensor) -> Tensor:
    """Return the sum of the products of entries; of complex ones the real parts' and the imaginary parts'.

    With that product the gradient of a complex tensor, as PyTorch has it, is that of its two parts.
    """
    return torch.dot(parts(one).reshape(-1), parts(other).reshape(-1))


def parts(tensor: Tensor) -> Tensor:
    """Return a complex tensor as pairs, along one more axis, and any other as it is."""
    return torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor


def shared(array: np.ndarray) -> Tensor:
    """Return numbers in float64 as a tensor, without a copy if PyTorch takes their memory."""
    backwards = any(stride < 0 for stride in array.strides)
    return torch.from_numpy(array.copy() if backwards or not array.flags.writeable else array)


def tensors_in(given: Any) -> Iterator[Tensor | None]:
    """Go through the tensors that an operation gives; None for each other result."""
    return (part if isinstance(part, Tensor) else None for part in flat(given))
