"""Hooks that come late, and hooks that go.

PyTorch numbers all hooks of Python in one row, whoever registers them and wherever; each has a handle that removes it.
"""

from __future__ import annotations

from collections.abc import Callable

from torch.utils.hooks import RemovableHandle

Changes = tuple[int, int]
"""How many hooks were registered, and how often one was removed."""

take_off: Callable[[RemovableHandle], None] = RemovableHandle.remove
"""Remove a hook of the recorder's own, which is not counted."""


class HooksCounted:
    """The hooks that came and went since it was last settled: by the loop, or by code that nobody sees."""

    def __init__(self) -> None:
        self.known = RemovableHandle.next_id
        """The number that the next one would have got then."""
        self.removed = 0
        """How often one was removed since."""
        self._remove = take_off

    def begin(self) -> None:
        """Take the place of `RemovableHandle.remove`."""
        original = self._remove = RemovableHandle.remove

        def remove(handle: RemovableHandle) -> None:
            self.removed += 1
            original(handle)

        remove.__doc__ = original.__doc__
        RemovableHandle.remove = remove  # type: ignore[method-assign]

    def end(self) -> None:
        """Give it back."""
        RemovableHandle.remove = self._remove  # type: ignore[method-assign]

    @property
    def changes(self) -> Changes:
        """What came and went."""
        return RemovableHandle.next_id - self.known, self.removed

    def settle(self) -> None:
        """Count from here."""
        self.known, self.removed = RemovableHandle.next_id, 0
