"""A program as a function of its tensors and its numbers, with other functions in the place of its operations.

Such a function can be traced, or be given tensors where the recording has numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from retrograd.program import Tensors, _below_autograd, _Kinds, _Randomness, _Writing
from retrograd.recording import Program

below_autograd = _below_autograd

StandIn = Callable[[int, Any], Callable[..., Any]]
"""Is given the number of an operation and PyTorch's own function for it; returns what is called."""


def with_other_operations(
    program: Program, stand_in: StandIn, dtype: torch.dtype | None = None
) -> Callable[[Mapping[int, Tensor], Mapping[int, Any]], Tensors]:
    """Return a program as a function of its start and its constants. The losses are among what that returns.

    Args:
        program: What to do.
        stand_in: What is called for each operation.
        dtype: Makes new floating-point tensors in this dtype instead of the recorded one.
    """
    ends = {reference.slot: reference for reference in (*program.losses, *program.end)}
    whole = replace(program, end=tuple(ends.values()), draws=(), cache={})
    writing = _Writing(whole, False)
    writing._names = _Names(writing._names, stand_in)
    run = writing.function()
    kinds, randomness = _Kinds(dtype, None), _Randomness(whole, (), None)
    return lambda start, constants: run(start, constants, kinds, randomness, None)


class _Names(dict[str, Any]):
    """The names that the written function knows; `f7` is what is called for operation 7."""

    def __init__(self, names: Mapping[str, Any], stand_in: StandIn) -> None:
        super().__init__(names)
        self._stand_in = stand_in

    def __setitem__(self, name: str, thing: Any) -> None:
        own = name[:1] == "f" and name[1:].isdigit()
        super().__setitem__(name, self._stand_in(int(name[1:]), thing) if own else thing)
