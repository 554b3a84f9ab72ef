"""A call of the person's taken apart while it is watched closely, so that a later one can be compared with it."""

from __future__ import annotations

from types import FrameType
from typing import Any

from torch import Tensor

from retrograd.contents import is_plain
from retrograd.recorder.lines import is_own
from retrograd.recorder.overrides import has_usual_functions
from retrograd.recorder.parts import (
    Called,
    Mark,
    PlainPart,
    TensorPart,
    Unrepeatable,
    parts_of_call,
    tensor_parts,
)
from retrograd.recorder.turn import Turn
from retrograd.recording import Reference


def take_apart(
    turn: Turn, event: int, func: Any, args: Any, kwargs: dict[str, Any], frame: FrameType, nodes: int, mark: Mark
) -> Called | None:
    """Add a call to a turn; None if nothing can be compared with it.

    Args:
        turn: The turn.
        event: The event that the call is.
        func: What is called.
        args: Its arguments.
        kwargs: Those with a keyword.
        frame: Who called: the person's own code, or PyTorch's for it.
        nodes: How many nodes of graphs there are.
        mark: How much the turn held before the call.
    """
    if not turn.calls:
        turn.began_at = nodes
    try:
        parts = [*parts_of_call(func, args, kwargs)]
    except Unrepeatable:
        turn.repeatable = False
        return None
    tensors = tuple(_tensor_part(turn, path, value) for path, value in parts if isinstance(value, Tensor))
    plain = tuple(PlainPart(path, value) for path, value in parts if not isinstance(value, Tensor))
    place = (frame.f_code, frame.f_lasti)
    called = Called(event, func, place, tensors, plain, mark, _hops(frame), nodes - turn.began_at)
    turn.calls.append(called)
    return called


def take_result_apart(
    turn: Turn, called: Called | None, args: Any, kwargs: dict[str, Any], result: Any, wrote: list[int]
) -> None:
    """Add what came out of a call; `wrote` are the tensors that it wrote to."""
    if called is None:
        return
    results = tensor_parts(result, "r")
    called.results = tuple(_tensor_part(turn, path, value, made=True) for path, value in results)
    arguments = (*tensor_parts(args, "args"), *tensor_parts(kwargs, "kwargs"))
    written = [(path, value) for path, value in arguments if is_plain(value) and turn.see(value) in wrote]
    called.written = tuple(_tensor_part(turn, path, value) for path, value in written)


def _tensor_part(turn: Turn, path: str, tensor: Tensor, made: bool = False) -> TensorPart:
    if not is_plain(tensor):
        turn.repeatable = False
        return TensorPart(path, -1, Reference(-1, -1))
    if not has_usual_functions(type(tensor)):
        turn.repeatable = False  # each question of a pattern's, as for the shape, would go through the person's class
    reference = turn.look(tensor)
    return TensorPart(path, turn.things.number(tensor, reference.slot, made), reference)


def _hops(frame: FrameType) -> int:
    """Return how many frames the person's own lies above this one."""
    hops = 0
    while not is_own(frame.f_code) and frame.f_back is not None:
        hops, frame = hops + 1, frame.f_back
    return hops
