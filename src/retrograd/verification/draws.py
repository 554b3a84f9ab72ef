"""Random signs and random numbers, cheap in large amounts: parts of one pool, from places that are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor

POOL = 1 << 20
"""Numbers in the pool."""

FEW = 1 << 12
"""So many numbers are drawn for themselves."""


class Draws:
    """Where a step's random numbers come from."""

    def __init__(self, seed: int) -> None:
        self._generator = torch.Generator().manual_seed(seed)
        self._pool: Tensor | None = None
        self._signs: Tensor | None = None

    def uniform(self, shape: Sequence[int]) -> Tensor:
        """Return numbers between -1 and 1, in float64. Nobody may change them."""
        if prod(shape) <= FEW:
            return torch.rand(tuple(shape), generator=self._generator, dtype=torch.float64) * 2 - 1
        if self._pool is None:
            self._pool = torch.rand(POOL, generator=self._generator, dtype=torch.float64) * 2 - 1
        return self._part(self._pool, shape)

    def signs(self, shape: Sequence[int]) -> Tensor:
        """Return a direction of 1 and -1, in which no entry is larger than another. Nobody may change it."""
        if prod(shape) <= FEW:
            return self.uniform(shape).sign()
        if self._signs is None:
            self._signs = self.uniform((POOL,)).sign()
        return self._part(self._signs, shape)

    def _part(self, pool: Tensor, shape: Sequence[int]) -> Tensor:
        count = prod(shape)
        if count > POOL // 2:
            pool = pool.repeat(2 + count // POOL)
        begin = int(torch.randint(len(pool) - count, (), generator=self._generator))
        return pool[begin : begin + count].reshape(tuple(shape))
