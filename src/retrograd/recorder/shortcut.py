"""`loss.backward()` without the Python functions that stand between it and PyTorch's engine.

They take a sixth of a small loop's turn, more than there is to spare for a turn that is only counted. For a plain
loss and a call without arguments they come down to what stands here. Anything else takes PyTorch's own way.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextvars import copy_context
from logging import DEBUG
from types import TracebackType
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Variable, graph
from torch.overrides import has_torch_function_unary

KNOWN = ("2.13.",)
"""The versions of PyTorch whose functions were read. In others there is no short way."""


def short_way(original: Callable[..., Any], dtype: torch.dtype) -> Callable[[Tensor], bool] | None:
    """Return what does the same as `Tensor.backward` without arguments, or None if there is no such thing.

    Args:
        original: `Tensor.backward` as it was.
        dtype: Of the losses for which it is asked: others take PyTorch's own way.

    Returns:
        A function that returns False, and has done nothing, where PyTorch's own way must be taken.
    """
    inner = (original, torch.autograd.backward, graph._engine_run_backward)
    if not torch.__version__.startswith(KNOWN) or not dtype.is_floating_point or not all(map(_is_torch, inner)):
        return None
    run, ones_like, preserve = Variable._execution_engine.run_backward, torch.ones_like, torch.preserve_format
    keep, forget = torch._C._stash_obj_in_tls, torch._C._remove_obj_from_tls  # type: ignore[attr-defined]
    is_transformed, is_overridden = torch._C._are_functorch_transforms_active, has_torch_function_unary
    is_logged, debug, ordinary, context = graph.log.isEnabledFor, DEBUG, Tensor, copy_context

    def backward(loss: Tensor) -> bool:
        if (
            loss.__class__ is not ordinary
            or is_overridden(loss)  # before a mode of the person's sees the questions behind this one
            or loss.dtype is not dtype
            or loss.dim()
            or not loss.requires_grad
            or is_transformed()
            or is_logged(debug)
        ):
            return False
        # As in torch/autograd/graph.py: for what the engine's other threads may compile.
        keep("context", context())
        try:
            run(
                *((loss,), (ones_like(loss, memory_format=preserve),), False, False, ()),
                allow_unreachable=True,
                accumulate_grad=True,
            )
        except BaseException as error:
            error.__traceback__ = _the_long_way(original, error)
            raise
        finally:
            forget("context")
        return True

    return backward


def _is_torch(function: Any) -> bool:
    """Return whether a function is PyTorch's own, and not what somebody put in its place."""
    code = getattr(function, "__code__", None)
    return code is not None and code.co_filename.startswith(os.path.dirname(torch.__file__))


def _the_long_way(original: Callable[..., Any], error: BaseException) -> TracebackType | None:
    """Return the traceback that an error of the engine's has if it came PyTorch's own way."""
    inside = error.__traceback__ and error.__traceback__.tb_next  # from below the engine: a hook, a function
    frames = []
    try:
        original(torch.zeros(()))  # the engine refuses it at once: it needs no gradient
    except RuntimeError as refused:
        trace = refused.__traceback__ and refused.__traceback__.tb_next
        while trace is not None:
            frames.append(trace)
            trace = trace.tb_next
    for trace in reversed(frames):
        inside = TracebackType(inside, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)
    return inside
