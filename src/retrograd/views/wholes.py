"""All entries of a large tensor, for a viewer that asks for them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from math import prod
from typing import Any

import numpy as np

from retrograd.errors import NotKeptError, RefusedError, RetrogradError
from retrograd.recording import Recording, Reference

MOST_ENTRIES = 4_000_000
"""More are not sent to a browser."""

Compute = Callable[[Recording, int, Reference], np.ndarray]
"""What `retrograd.program.entries_of` is."""


def computed(recording: Recording, number: int, reference: Reference) -> np.ndarray:
    """Return what `retrograd.program.entries_of` does, which is looked up when it is needed first."""
    # It needs PyTorch. A recording is shown without, so no import of it stands here.
    return import_module("retrograd.program").entries_of(recording, number, reference)


def entries(recording: Recording, request: Any, compute: Compute = computed) -> bytes:
    """Return all entries of a tensor as little-endian float64; of a complex one their sizes.

    Args:
        recording: What was recorded.
        request: What came from the viewer: {"step": number, "slot": number, "buffer": number}.
        compute: Finds the entries.

    Raises:
        RefusedError: The request is not one, or asks for what cannot be had; the message says what and why.
    """
    step, reference = _checked(request)
    try:
        program = recording.source.step(step).program
    except NotKeptError:
        program = None
    if program is None or reference.slot >= len(program.slots) or reference.buffer >= len(program.buffers):
        raise RefusedError(f"there is no tensor {reference.slot}, {reference.buffer} in step {step}")
    count = prod(program.slots[reference.slot].shape)
    if count > MOST_ENTRIES:
        raise RefusedError(f"it has {count} entries; at most {MOST_ENTRIES} are shown in a browser")
    try:
        array = compute(recording, step, reference)
    except RetrogradError as error:
        raise RefusedError(str(error)) from error
    return (np.abs(array) if array.dtype.kind == "c" else array).astype("<f8").tobytes()


def _checked(request: Any) -> tuple[int, Reference]:
    match request:
        case {"step": int(step), "slot": int(slot), "buffer": int(buffer)} if min(slot, buffer) >= 0:
            return step, Reference(slot, buffer)
        case _:
            raise RefusedError('expected {"step": number, "slot": number, "buffer": number}')
