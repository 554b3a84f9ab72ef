"""The recorder's modes stand beneath those that the person's code enters while it is recorded, whenever they come.

At the end of a `with` block PyTorch takes off whatever mode is on top. One of the recorder's that came back in the
middle of the block would go then, and the person's would stay.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

_FLAGS = (
    "old_dispatch_mode_flags",
    "old_non_infra_dispatch_mode_flags",
    "old_without_ignore_compile_internals_dispatch_mode_flags",
)
"""What PyTorch's dispatch modes remember of the modes that were there before them."""


_STACKS: dict[bool, tuple[Any, Any, Any]] = {  # functions of PyTorch's without types: how many, take off, put on
    False: (
        torch._C._len_torch_function_stack,  # type: ignore[attr-defined]
        torch._C._pop_torch_function_stack,  # type: ignore[attr-defined]
        torch._C._push_on_torch_function_stack,  # type: ignore[attr-defined]
    ),
    True: (
        torch._C._len_torch_dispatch_stack,  # type: ignore[attr-defined]
        partial(torch._C._pop_torch_dispatch_stack, None),  # type: ignore[attr-defined]
        torch._C._push_on_torch_dispatch_stack,  # type: ignore[attr-defined]
    ),
}
"""Modes of functions, and those of operations."""


def how_many(mode: Any) -> int:  # a mode of either kind; they have no common class
    """Return how many modes of the same kind there are now."""
    return _STACKS[isinstance(mode, TorchDispatchMode)][0]()


def enter_beneath(mode: Any, outer: int) -> None:  # as above
    """Enter a mode above the first `outer` ones and beneath the others."""
    count, take_off, put_on = _STACKS[isinstance(mode, TorchDispatchMode)]
    others = [take_off() for _ in range(count() - outer)][::-1]
    mode.__enter__()
    for flag in _FLAGS if others and isinstance(mode, TorchDispatchMode) else ():
        own, following = getattr(mode, flag), getattr(others[0], flag)
        own[-1], following[-1] = following[-1], own[-1]
    for other in others:
        put_on(other)
