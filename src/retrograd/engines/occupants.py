"""Runs side by side, one in each lane: where they are, and what they found so far."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import torch
from torch import Tensor


@dataclass(frozen=True)
class Occupants:
    """Lanes and who is in them; the lane is the last dimension of each tensor, and the first of the history."""

    runs: Tensor
    """Which run is in each lane; -1 for none."""
    state: Tensor
    """What its next turn begins with, shape (numbers, lanes)."""
    numbers: Tensor
    """Those that differ from run to run, shape (names, lanes)."""
    steps: Tensor
    first: Tensor
    final: Tensor
    lowest: Tensor
    still: Tensor
    """1 where a run goes on, else 0."""
    history: Tensor | None
    """The loss of each turn, shape (lanes, turns); None if it is not wanted."""

    @property
    def count(self) -> int:
        """How many lanes there are."""
        return len(self.runs)

    def at(self, lanes: Tensor | slice) -> Occupants:
        """Return some lanes: copies of those that are named one by one, or a stretch of the same memory."""
        found = {field.name: getattr(self, field.name)[..., lanes] for field in fields(self) if field.name != "history"}
        return Occupants(**found, history=None if self.history is None else self.history[lanes])

    def put(self, lanes: Tensor | slice, others: Occupants) -> None:
        """Let others take some lanes."""
        for field in fields(self):
            if field.name != "history":
                getattr(self, field.name)[..., lanes] = getattr(others, field.name)
        if self.history is not None and others.history is not None:
            self.history[lanes] = math.nan
            self.history[lanes, : others.history.shape[1]] = others.history

    def free(self, lanes: Tensor) -> None:
        """Let nobody be in some lanes."""
        self.runs[lanes] = -1
        self.still[lanes] = 0


def nobody(lanes: int, state: int, numbers: int, kind: torch.dtype, turns: int | None) -> Occupants:
    """Return lanes in which nobody is.

    Args:
        lanes: How many.
        state: How many numbers a turn begins with.
        numbers: How many differ from run to run.
        kind: What all of them are computed in.
        turns: Of so many turns the losses are kept; None if they are not.
    """
    first, final, lowest, still = (torch.zeros(lanes, dtype=kind) for _ in range(4))
    history = None if turns is None else torch.full((lanes, turns), math.nan, dtype=kind)
    return Occupants(
        torch.full((lanes,), -1), torch.zeros(state, lanes, dtype=kind), torch.ones(numbers, lanes, dtype=kind),
        torch.zeros(lanes, dtype=torch.int32), first, final, lowest, still, history,
    )  # fmt: skip
