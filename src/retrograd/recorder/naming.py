"""What a turn holds gets the names that it has in the person's code."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress
from types import FrameType
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from retrograd.contents import is_plain
from retrograd.recorder.names import described, named_numbers
from retrograd.recorder.turn import Turn
from retrograd.recording import constants_in


def name_tensors(turn: Turn, named: Iterable[tuple[str, Tensor]]) -> None:
    """Give the tensors that are known in a turn the first of their names."""
    with suppress(Exception):  # a name is a help, never a reason to disturb the loop
        for name, tensor in named:
            if is_plain(tensor) and turn.knows(tensor):
                sight = turn.sights[turn.see(tensor)]
                sight.name = sight.name or name


def name_constants(turn: Turn, event: int, own: FrameType) -> None:
    """Give the numbers that an event's operations worked with the names of the variables in the person's line."""
    fresh = {
        number: ran.name.partition(".")[0] in _ARITHMETIC
        for ran in turn.ran[-8:]
        if ran.event == event
        for number in constants_in((ran.arguments, ran.keywords))
    }
    if not fresh:
        return
    with suppress(Exception):  # as above
        for name, value in named_numbers(own.f_code, own.f_lasti, own):
            for number, is_factor in fresh.items():
                constant = turn.constants[number]
                # A whole number may as well be a dimension or a length, where nothing is computed with it.
                alike = type(value) is type(constant) and (isinstance(value, float) or is_factor)
                if alike and constant == value:
                    turn.constant_names.setdefault(number, name)


_ARITHMETIC = {f"aten::{name}{end}" for name in ("mul", "add", "sub", "div", "rsub", "pow") for end in ("", "_")}


class Optimizers:
    """The optimizers of a loop, numbered as they are met."""

    def __init__(self) -> None:
        self._numbers: WeakKeyDictionary[torch.optim.Optimizer, int] = WeakKeyDictionary()

    def at_work(self, own: FrameType) -> str:
        """Say which optimizer takes a step or clears gradients: which of all, its parameters and its options."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame is not own:
            optimizer = frame.f_locals.get("self") if frame.f_code.co_filename == _FILE else None
            if isinstance(optimizer, torch.optim.Optimizer):
                number = self._numbers.setdefault(optimizer, len(self._numbers))
                return f"optimizer {number}: {described(optimizer, own)}"
            frame = frame.f_back
        return ""


_FILE = torch.optim.Optimizer.profile_hook_step.__code__.co_filename
