"""What a program needs besides tensors and numbers: dtypes and devices, and random generators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from retrograd.recording import Program


class Kinds:
    """Which dtypes and devices the operations are given."""

    def __init__(self, dtype: torch.dtype | None, device: torch.device | None) -> None:
        self.device = device
        self._dtype = dtype

    def dtype(self, name: str) -> torch.dtype:
        """Return a recorded dtype, or the one that stands in for it."""
        recorded = getattr(torch, name)
        return self._dtype if self._dtype and recorded.is_floating_point else recorded

    def place(self, name: str) -> torch.device:
        """Return a recorded device, or the one that stands in for it."""
        return self.device or torch.device(name)


class Randomness:
    """What is up to chance in a program: its random generators, and operations that are not reproducible."""

    def __init__(
        self,
        program: Program,
        states: Sequence[bytes],
        device: torch.device | None,
        results: Mapping[int, bytes] | None = None,
    ) -> None:
        self._draws = {
            operation: (number, state) for (operation, number), state in zip(program.draws, states, strict=False)
        }
        self._own: dict[int, torch.Generator] = {}
        self._results = results or {}

    def take(self, buffer: int, tensor: Tensor) -> None:
        """Let an operation that is not reproducible have given what was recorded, if that is known."""
        data = self._results.get(buffer)
        if data:
            recorded = torch.frombuffer(bytearray(data), dtype=tensor.dtype)
            tensor.copy_(recorded.as_strided(tensor.shape, tensor.stride()))

    def generator(self, number: int) -> torch.Generator:
        """Return a generator by its number in the program; -1 is PyTorch's default one."""
        if number < 0:
            return torch.default_generator
        return self._own.setdefault(number, torch.Generator())

    def before(self, operation: int) -> None:
        """Give the generator of an operation its recorded state."""
        if operation in self._draws:
            number, state = self._draws[operation]
            self.generator(number).set_state(torch.from_numpy(np.frombuffer(state, np.uint8).copy()))

    def states(self) -> dict[int, bytes]:
        """Return the present states of the generators that the program draws from."""
        numbers = {number for number, _ in self._draws.values()}
        return {number: bytes(self.generator(number).get_state().numpy()) for number in numbers}

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Leave the default generator as it was found, if the program brings its own state for it."""
        before = torch.get_rng_state() if self._draws else None
        try:
            yield
        finally:
            if before is not None:
                torch.set_rng_state(before)
