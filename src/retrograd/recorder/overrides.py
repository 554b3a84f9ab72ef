"""Parts of PyTorch that take another way while a function mode is active are told that none is.

`nn.MultiheadAttention` and `nn.TransformerEncoder` leave their fast kernels when `has_torch_function` says that
someone overrides PyTorch's functions. The recorder's mode does not, and other kernels round otherwise. Functions of
`torch.compile` run as they are written while a recording is running.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import FrameType, FunctionType
from typing import Any

import torch
from torch import Tensor
from torch.nn import Parameter

from retrograd.importing import when_imported
from retrograd.recorder.lines import is_own


class OverridesSeen:
    """Answers for the arguments alone, as without a recording."""

    def __init__(self) -> None:
        self._asked: Any = None  # a built-in function of torch without a type
        self._stance: Any = None  # torch's context manager for how compiled functions run; it has no public type
        self._forget: Callable[[], None] = lambda: None

    def begin(self) -> None:
        """Take the place of `torch.overrides.has_torch_function`."""
        self._asked = torch.overrides.has_torch_function
        torch.overrides.has_torch_function = _has_override
        # Dynamo gives up on functions while operations are watched, and would trace the recorder itself when not.
        # Most loops never need it. It takes a second to be imported, and 70 MB.
        self._forget = when_imported("torch._dynamo", self._be_eager)

    def end(self) -> None:
        """Give it back."""
        torch.overrides.has_torch_function = self._asked
        self._forget()
        if self._stance is not None:
            self._stance.__exit__(None, None, None)

    def _be_eager(self) -> None:
        self._stance = torch.compiler.set_stance("force_eager")


def own_function(func: Any, frame: FrameType) -> Any:
    """Return the function of PyTorch's that asks a mode, also where one of the person's has taken its name.

    PyTorch's functions in Python hand themselves to the mode by their names. A function that stands in such a place
    and calls PyTorch's, as `F.relu = mine` does, would be run twice.

    Args:
        func: What the mode is given.
        frame: Who called the mode.
    """
    asking = frame.f_back if frame.f_code is _HANDLING else None
    if asking is None or not isinstance(func, FunctionType) or not is_own(func.__code__):
        return func
    code = asking.f_code
    return func if code is func.__code__ or code.co_freevars else FunctionType(code, asking.f_globals, code.co_name)


_HANDLING = torch.overrides.handle_torch_function.__code__


def _has_override(arguments: Iterable[Any]) -> bool:
    """Return whether one of the arguments is of a class that overrides PyTorch's functions."""
    for argument in arguments:
        kind = type(argument)
        own = getattr(kind, "__torch_function__", None)
        if kind not in (Tensor, Parameter) and own is not None and own is not torch._C._disabled_torch_function_impl:
            return True
    return False


def has_usual_functions(kind: type[Tensor]) -> bool:
    """Return whether a class of tensors leaves PyTorch's functions as they are."""
    own = kind.__torch_function__
    usual = Tensor.__torch_function__
    return own is torch._C._disabled_torch_function_impl or getattr(own, "__func__", own) is usual.__func__
