"""entries_of(): all entries of one tensor, computed again where only a summary of it was kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from torch import Tensor

from retrograd.contents import content
from retrograd.errors import NotKeptError, NotReproducibleError, RetrogradError
from retrograd.program.course import Check
from retrograd.program.execution import recorded_threads
from retrograd.program.proofs import check_arrival, course_to
from retrograd.recording import Recording, Reference, Slot, Step, value_of


def entries_of(recording: Recording, number: int, reference: Reference) -> np.ndarray:
    """Return all entries of a tensor as it was in a step.

    What was kept whole is read. For the rest the step is executed again, after those before it, and what comes out
    must have the sum of all bits that was recorded of it.

    Args:
        recording: What was recorded.
        number: The step, from 0; -1 for what came before the first one.
        reference: The tensor.

    Raises:
        NotKeptError: There is no earlier step to compute it from.
        NotReproducibleError: The step cannot be executed, or gives something else than was recorded.
    """
    step = recording.source.step(number)
    kept = _kept(step, reference)
    if kept is not None:
        return kept
    if step.program is None or reference.buffer < 0:
        raise NotKeptError(f"step {number} holds nothing from which these entries could be computed")
    whole = _executed(recording, step, reference)
    array = value_of(replace(step, wholes={**step.wholes, reference.buffer: whole}), reference).array
    assert array is not None  # it is whole
    return array


def _kept(step: Step, reference: Reference) -> np.ndarray | None:
    try:
        return value_of(step, reference).array
    except NotKeptError:
        return None


def _executed(recording: Recording, step: Step, reference: Reference) -> bytes:
    """Return the buffer of a tensor, which executing the step fills."""
    assert step.program is not None  # the caller has looked
    check = Check(step)
    contents: list[bytes] = []

    def witness(buffer: int, slot: Slot, tensor: Tensor) -> None:
        check.witness(buffer, slot, tensor)
        contents.append(content(tensor))

    try:
        with recorded_threads(recording):
            course = course_to(recording, step.number)
            course.run(step, witness, frozenset({reference.buffer}))
            if step.layout == "inputs":
                check_arrival(recording, course, step.number)
    except RetrogradError:
        raise
    except Exception as error:  # an operation may refuse for any reason
        raise NotReproducibleError(f"an operation cannot be executed again: {error!r}") from error
    if check.differences:
        raise NotReproducibleError(check.differences[0])
    whole = max(contents, key=len, default=b"")  # another slot shows a part of it only
    if len(whole) < step.program.buffers[reference.buffer].nbytes:
        raise NotReproducibleError(f"executing step {step.number} does not give all entries of this tensor")
    return whole
