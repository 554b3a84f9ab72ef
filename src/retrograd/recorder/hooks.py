"""Hooks that come late. PyTorch numbers all hooks of Python in one row, whoever registers them and wherever."""

from __future__ import annotations

from torch.utils.hooks import RemovableHandle


class HooksCounted:
    """How many hooks were registered since it was last settled: by the loop, or by code that nobody sees."""

    def __init__(self) -> None:
        self.known = RemovableHandle.next_id
        """The number that the next one would have got then."""

    @property
    def new(self) -> int:
        """How many have come."""
        return RemovableHandle.next_id - self.known

    def settle(self) -> None:
        """Count from here."""
        self.known = RemovableHandle.next_id
