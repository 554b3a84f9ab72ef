"""What rounding does on the way through a whole step: each operation's, at random, or all of it added up.

How far off an operation may be is what its definition or formula said (`Bounds`). Where there is none, nothing is known
but that it gives what is right for numbers close to those that it took.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Protocol, TypeGuard

import numpy as np
import torch
from torch import Tensor

from retrograd.derivatives.rounding import SPREAD, Precision
from retrograd.verification.doubled import inner, is_number, shared
from retrograd.verification.draws import Draws
from retrograd.verification.formulas import Bounds

_ONE = torch.ones((), dtype=torch.float64)


class Rounding(Protocol):
    """What is done to tensors on their way through a step."""

    def taken(self, tensor: Tensor, edge: tuple[int, int]) -> Tensor:
        """Return what an operation takes, given the node's event and its edge."""
        ...

    def given(self, result: Tensor, taken: Sequence[Tensor], place: tuple[int | None, int]) -> Tensor:
        """Return what an operation gives, given its number, if it is one, and the place among its results."""
        ...


class AtRandom:
    """Each operation's result, and each gradient passed on, is changed as a dtype may have rounded it."""

    def __init__(self, bounds: Bounds, precision: Precision, draws: Draws) -> None:
        self._bounds, self._precision, self._draws = bounds, precision, draws

    def taken(self, tensor: Tensor, edge: tuple[int, int]) -> Tensor:
        """Return a tensor such that the gradient that comes back over it is as if it had been rounded."""
        bound = self._bounds.gradients.get(edge)
        if bound is None:
            return tensor + self._relative(tensor, self._precision.eps) if is_number(tensor) else tensor
        if not tensor.requires_grad or not _fits(bound, tensor):
            return tensor
        off = shared(bound)
        other = tensor.view_as(tensor)
        other.register_hook(lambda g: torch.addcmul(g, self._draws.uniform(g.shape), off, value=1 / SPREAD))
        return other

    def given(self, result: Tensor, taken: Sequence[Tensor], place: tuple[int | None, int]) -> Tensor:
        """Return a result as if it had been rounded."""
        if not is_number(result) or _shares(result, taken):
            return result
        bound = self._bounds.results.get(place)  # type: ignore[arg-type]
        if not _fits(bound, result):
            return result + self._relative(result, _unit(result, taken, self._precision))
        # A bound holds for `SPREAD` standard deviations of a sum, but for one rounding of a single operation.
        draws = self._draws.uniform(result.shape)
        relative = result * torch.add(_ONE, draws, alpha=self._precision.eps)
        return torch.addcmul(relative, draws, shared(bound), value=1 / SPREAD)

    def _relative(self, tensor: Tensor, size: float) -> Tensor:
        """Return at most this share of each entry; of a complex one in any direction."""
        draws = self._draws.uniform(tensor.shape)
        if tensor.is_complex():
            draws = torch.complex(draws, self._draws.uniform(tensor.shape))
        return tensor * (draws * size)


class AddedUp:
    """How far off all roundings together may bring the loss: each one's bound, times the loss's slope at it."""

    def __init__(self, bounds: Bounds, precision: Precision) -> None:
        self._bounds, self._precision = bounds, precision
        self._squares = 0.0

    @property
    def total(self) -> float:
        """The root of the sum of the squares, after backward: signs are random, and bounds those of many deviations."""
        return sqrt(self._squares)

    def taken(self, tensor: Tensor, edge: tuple[int, int]) -> Tensor:
        """Return what an operation takes, and wait for its gradient if nothing is known of its rounding."""
        if edge in self._bounds.gradients or not tensor.requires_grad:
            return tensor
        other = tensor.view_as(tensor)
        self._wait(other, tensor.detach().abs() * self._precision.eps)
        return other

    def given(self, result: Tensor, taken: Sequence[Tensor], place: tuple[int | None, int]) -> Tensor:
        """Return what an operation gives, and wait for its gradient."""
        if not result.requires_grad or _shares(result, taken):
            return result
        bound = self._bounds.results.get(place)  # type: ignore[arg-type]
        if _fits(bound, result):
            self._wait(result, shared(bound))
        elif bound is None or not np.isfinite(bound).all():
            # Inside of it numbers of the size of what it takes may cancel.
            sizes = (float(one.detach().abs().max()) for one in taken if one.numel() and is_number(one))
            size = max(float(result.detach().abs().max()) if result.numel() else 0.0, *sizes, 0.0)
            off = size * _unit(result, taken, self._precision)
            self._wait(result, torch.full(result.shape, off, dtype=torch.float64))
        return result

    def _wait(self, tensor: Tensor, off: Tensor) -> None:
        def add(gradient: Tensor | None) -> None:
            if gradient is not None:  # the loss depends on another result of the operation only
                change = gradient.abs() * off
                self._squares += float(inner(change, change))

        tensor.register_hook(add)


def _unit(result: Tensor, taken: Sequence[Tensor], precision: Precision) -> float:
    """Return the rounding of an operation that adds up several terms for each entry, in units of its result."""
    sizes = sorted((t.numel() for t in taken if is_number(t)), reverse=True)[:2]
    entries = max(result.numel(), 1)
    terms = max(sizes[0] / entries if sizes else 1, sqrt(sizes[0] * sizes[1] / entries) if len(sizes) > 1 else 1, 1)
    return precision.eps + sqrt(terms) * precision.adding


def _fits(bound: np.ndarray | None, tensor: Tensor) -> TypeGuard[np.ndarray]:
    """Return whether there is a finite bound for each entry, and not only zeros."""
    if bound is None or bound.shape != tensor.shape or not bound.size:
        return False
    return bool(np.isfinite(bound.sum())) and (any(bound.strides) or bool(bound.flat[0]))


def _shares(result: Tensor, taken: Sequence[Tensor]) -> bool:
    address = result.untyped_storage().data_ptr()
    return any(tensor.untyped_storage().data_ptr() == address for tensor in taken)
