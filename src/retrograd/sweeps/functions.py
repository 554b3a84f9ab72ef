"""A training function in the place of a recording: it is called once, and recorded."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import torch

from retrograd.engines.training import LEARNING_RATES
from retrograd.errors import DimensionError
from retrograd.recorder import record
from retrograd.recording import Recording
from retrograd.sweeps.planning import SEED


def recorded_call(
    function: Callable[..., Any], firsts: Mapping[str, float], seed: int | None
) -> tuple[Recording, Mapping[str, float]]:
    """Call a training function once, with the first values of a sweep, and record what it does.

    The person's random numbers go on afterwards as if it had not been called.

    Args:
        function: Trains, and takes the numbers that are swept by their names. What else it takes has a value by itself
            (`functools.partial` gives it one).
        firsts: The first value of each number.
        seed: The first seed; the function gets it as its `seed`, if it takes one.

    Returns:
        The recording, and the numbers that the function was called with.

    Raises:
        DimensionError: The function does not take one of the numbers, or wants others besides.
    """
    called = getattr(function, "__name__", None) or getattr(getattr(function, "func", None), "__name__", "the function")
    signature = inspect.signature(function)
    given = {_parameter(called, signature, name): value for name, value in firsts.items()}
    if seed is not None and SEED in signature.parameters:
        given[SEED] = seed
    try:
        bound = signature.bind(**given)
    except TypeError as error:
        raise DimensionError(
            f"{called} cannot be called with {', '.join(given) or 'nothing'}: {error}. Sweep that number, too, or give "
            f"it a value: functools.partial({called}, …)"
        ) from None
    bound.apply_defaults()
    with torch.random.fork_rng(devices=()), record() as recording:
        function(*bound.args, **bound.kwargs)
    numbers = {
        name: value for name, value in bound.arguments.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }  # fmt: skip
    return recording, numbers


def _parameter(called: str, signature: inspect.Signature, name: str) -> str:
    """Return what a function calls a number: `learning_rate` may be its `lr`."""
    takes = signature.parameters
    if name in takes or any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in takes.values()):
        return name
    others = [other for other in LEARNING_RATES if other in takes]
    if name in LEARNING_RATES and len(others) == 1:
        return others[0]
    raise DimensionError(f"{called} takes no {name}; it takes {', '.join(takes) or 'nothing'}")
