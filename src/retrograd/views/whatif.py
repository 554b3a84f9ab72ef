"""What if: what the viewer may change in a recording, and what comes of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np

from retrograd.errors import NotKeptError, RefusedError, RetrogradError
from retrograd.recording import Recording, reference_to, value_of
from retrograd.variables import variables_of
from retrograd.views.data import Extra, data_of, packed
from retrograd.views.numbers import json_array, json_number
from retrograd.views.text import printable

MOST_ENTRIES = 64
"""A tensor of more entries cannot be typed."""

MOST_STEPS = 100_000

Replay = Callable[..., Recording]
"""What `retrograd.replays.replay` is."""


def replay(recording: Recording, *arguments: Any, **named: Any) -> Recording:
    """Run a recording again, as `retrograd.replays.replay` does, which is looked up when it is needed first."""
    # It needs PyTorch. A recording is shown without, so no import of it stands here.
    return import_module("retrograd.replays").replay(recording, *arguments, **named)


def form_of(recording: Recording) -> dict[str, Any]:
    """Return what can be changed, with the numbers that it had: what the viewer asks for."""
    if not len(recording.steps):
        return {"constants": [], "tensors": [], "steps": 0}
    try:
        variables = variables_of(recording, 0)
    except RetrogradError:
        return {"constants": [], "tensors": [], "steps": len(recording.steps)}
    constants: dict[str, Any] = {}
    for constant in variables.constants:
        if constant.known and isinstance(constant.value, (int, float)):
            constants.setdefault(constant.name, json_number(constant.value))
    tensors = []
    for tensor in variables.tensors:
        wanted = tensor.known and tensor.role in ("parameter", "held") and math.prod(tensor.shape) <= MOST_ENTRIES
        entries = _entries(recording, tensor.slot) if wanted else None
        if entries is not None:
            tensors.append({"name": printable(tensor.name), "shape": list(tensor.shape), "value": entries})
    return {
        "constants": [{"name": printable(name), "value": value} for name, value in constants.items()],
        "tensors": tensors,
        "steps": len(recording.steps),
    }


def _entries(recording: Recording, slot: int) -> Any:  # nested lists, as deep as the tensor
    step = recording.steps[0]
    assert step.program is not None  # it has variables
    reference = next((r for r in step.program.start if r.slot == slot), None)
    reference = reference or reference_to(step.program, step.program.slots[slot].name or "")
    try:
        array = None if reference is None else value_of(step, reference).array
    except NotKeptError:
        return None
    return None if array is None or array.dtype.kind not in "fiu" else json_array(array)


def answer(recording: Recording, request: Any, run: Replay = replay) -> bytes:
    """Run a recording again as the viewer asks, and return it for the viewer, with the recorded losses laid over.

    Args:
        recording: What was recorded.
        request: What came from the viewer: {"changes": {name: number or nested list}, "steps": a number or None}.
        run: Runs it.

    Raises:
        RefusedError: The request is not one, or asks for what cannot be done; the message says what and why.
    """
    changes, steps = _checked(request)
    try:
        changed = run(recording, changes, steps=steps)
    except (RetrogradError, ValueError, TypeError, RuntimeError) as error:  # PyTorch raises the latter
        raise RefusedError(str(error)) from error
    said = ", ".join(f"{name} = {_said(value)}" for name, value in changes.items())
    title = "what if " + (said or "nothing were changed") + (f", {steps} steps" if steps else "")
    extra = Extra(title=title, overlay=("the recorded run", recording.loss.tolist()))
    return packed(data_of(changed, extra))


def _checked(request: Any) -> tuple[dict[str, Any], int | None]:
    if not isinstance(request, Mapping) or not isinstance(request.get("changes"), Mapping):
        raise RefusedError('expected {"changes": {name: value}, "steps": number}')
    steps = request.get("steps")
    if steps is not None and not (isinstance(steps, int) and not isinstance(steps, bool) and 0 < steps <= MOST_STEPS):
        raise RefusedError(f"expected between 1 and {MOST_STEPS} steps; got {printable(str(steps))[:40]}")
    return {str(name): _value(str(name), value) for name, value in request["changes"].items()}, steps


def _value(name: str, value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if isinstance(value, list):
        try:
            array = np.array(value, dtype="f8")
        except (ValueError, TypeError, RecursionError):
            array = None
        if array is not None and 0 < array.size <= MOST_ENTRIES:
            # A list at the top would be one value for each step.
            return array
    raise RefusedError(f"expected a number or a list of lists of numbers for {printable(name)[:80]}")


def _said(value: Any) -> str:
    return str(value) if not isinstance(value, np.ndarray) else f"a tensor of the shape {value.shape}"
