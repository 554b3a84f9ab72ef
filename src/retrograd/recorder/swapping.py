"""`torch.utils.swap_tensors`, which modules use if they are told to, refuses tensors that have weak references.

The recorder's are of a class of their own, so that they can be passed over: they are right also after the swap, for
the object stays the same. What it is may be something else by then, so whoever watches is told.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor


class Held(weakref.ref[Tensor]):
    """A weak reference of the recorder's."""

    __slots__ = ()


class SwapsAllowed:
    """Lets tensors be swapped that nobody but the recorder refers to weakly."""

    def __init__(self, on_swap: Callable[[], None]) -> None:
        self._on_swap = on_swap
        self._module: Any = None

    def begin(self) -> None:
        """Take the place of `weakref` for the function that swaps: it uses that for nothing else."""
        self._module = torch.utils.weakref  # type: ignore[attr-defined]
        torch.utils.weakref = SimpleNamespace(**{**vars(weakref), "getweakrefs": self._others})  # type: ignore[attr-defined]

    def end(self) -> None:
        """Give it back."""
        torch.utils.weakref = self._module  # type: ignore[attr-defined]

    def _others(self, thing: Any) -> list[Any]:
        """Return the weak references to something that are not the recorder's; tell of it if some are."""
        found = weakref.getweakrefs(thing)
        others = [reference for reference in found if not isinstance(reference, Held)]
        if len(others) < len(found):
            self._on_swap()
        return others
