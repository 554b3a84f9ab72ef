"""What an engine is given: a course, what the runs begin with, and their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from retrograd.engines.course import Course, Turn
from retrograd.engines.devices import CPU
from retrograd.engines.runs import Stop


@dataclass(frozen=True)
class Beginning:
    """What a run begins with."""

    tensors: Mapping[int, Tensor]
    """By slot of the first turn."""
    generator: Tensor | None = None
    """The state of PyTorch's default generator, for turns that draw."""
    as_recorded: bool = False
    """Whether each recorded turn draws what was drawn in it, even where something between turns draws, too."""


@dataclass(frozen=True)
class Work:
    """Runs to be made."""

    course: Course
    beginnings: Sequence[Beginning]
    which: np.ndarray
    """For each run, which of the beginnings it has, shape (runs,)."""
    values: Mapping[str, np.ndarray]
    """For each number that differs, its value in each run, shape (runs,), float64."""
    stop: Stop
    dtype: torch.dtype | None = None
    """What floating-point tensors are computed in; None as recorded."""
    history: bool = False
    """Whether the loss of each turn is wanted."""
    parameters: bool = False
    """Whether the parameters that each run ends with are wanted."""
    device: str = CPU
    """Where the engine `batch` computes; what is given here is on the CPU always."""

    @property
    def count(self) -> int:
        """How many runs."""
        return len(self.which)

    def part(self, first: int, last: int) -> Work:
        """Return the runs from `first` to before `last` only."""
        which = self.which[first:last]
        used, own = np.unique(which, return_inverse=True)
        return Work(
            self.course,
            [self.beginnings[number] for number in used],
            own,
            {name: values[first:last] for name, values in self.values.items()},
            self.stop, self.dtype, self.history, self.parameters, self.device,
        )  # fmt: skip


def cast(tensor: Tensor, dtype: torch.dtype | None) -> Tensor:
    """Return a tensor in the dtype that is computed in; whole numbers stay what they are."""
    return tensor.to(dtype) if dtype is not None and tensor.is_floating_point() else tensor


def copied(tensors: Mapping[int, Tensor], dtype: torch.dtype | None) -> dict[int, Tensor]:
    """Return copies that may be written to; tensors that share memory share memory again."""
    memory: dict[int, Tensor] = {}
    found: dict[int, Tensor] = {}
    for slot, tensor in tensors.items():
        place = tensor.untyped_storage().data_ptr()
        if place not in memory:
            entries = tensor.untyped_storage().nbytes() // tensor.element_size()
            whole = torch.empty(0, dtype=tensor.dtype).set_(tensor.untyped_storage(), 0, (entries,), (1,))
            memory[place] = cast(whole, dtype).clone()
        found[slot] = memory[place].as_strided(tensor.shape, tensor.stride(), tensor.storage_offset())
    return found


def parameters_of(turn: Turn) -> dict[str, int]:
    """Return the slots of the parameters that a turn begins with, by the person's names."""
    slots = (turn.program.slots[slot] for slot, _ in turn.origins)
    return {slot.name or f"slot {slot.number}": slot.number for slot in slots if slot.parameter}


def left_for(turn: Turn) -> tuple[int, ...]:
    """Return which slots a turn needs of the turn before it."""
    return tuple(dict.fromkeys(slot for _, (kind, slot) in turn.origins if kind == "turn"))


def dtype_of(work: Work) -> torch.dtype:
    """Return what floating-point tensors are computed in."""
    kinds = [tensor.dtype for tensor in work.beginnings[0].tensors.values() if tensor.is_floating_point()]
    return work.dtype or (kinds[0] if kinds else torch.get_default_dtype())
