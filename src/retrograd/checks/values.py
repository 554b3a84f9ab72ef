"""The numbers behind a reference in one turn, as far as they were kept: whole, as a sample, or as a summary."""

from __future__ import annotations

from typing import Any

import numpy as np

from retrograd.checks.calls import FLOATS
from retrograd.checks.turns import Turn
from retrograd.errors import RetrogradError
from retrograd.recording import SAMPLE_LENGTH, Reference, Value, value_of


def array(turn: Turn, reference: Reference | None) -> np.ndarray | None:
    """Return the numbers of a reference; None if they were not kept whole."""
    value = _value(turn, reference)
    return None if value is None else value.array


def numbers(turn: Turn, reference: Reference | None) -> np.ndarray | None:
    """Return all numbers of a reference, or the sample of its summary, flat."""
    value = _value(turn, reference)
    if value is None:
        return None
    if value.array is not None:
        return value.array.reshape(-1)
    return None if value.summary is None else value.summary.sample


def together(*given: tuple[Turn, Reference | None]) -> list[np.ndarray] | None:
    """Return numbers of tensors of one size at common places, flat, as float64; None if one was not kept.

    A tensor may be kept whole in one step and as a sample in another: of the whole one, the entries of a sample are
    taken then.
    """
    found = [numbers(turn, reference) for turn, reference in given]
    kept = [one.astype("f8").reshape(-1) for one in found if one is not None and one.dtype.kind in "fiub"]
    if len(kept) < len(found) or not kept:
        return None
    fewest = min(one.size for one in kept)
    if fewest == SAMPLE_LENGTH:
        kept = [one[:: max(one.size // SAMPLE_LENGTH, 1)][:SAMPLE_LENGTH] for one in kept]
    return kept if len({one.size for one in kept}) == 1 else None


def extremes(turn: Turn, reference: Reference) -> tuple[float, float] | None:
    """Return the smallest and the largest finite number of a reference, exactly or from its summary."""
    value = _value(turn, reference)
    if value is None:
        return None
    summary = value.summary
    if value.array is None and summary is not None and np.isfinite([summary.minimum, summary.maximum]).all():
        return summary.minimum, summary.maximum
    known = numbers(turn, reference)
    if known is None or known.dtype.kind not in "fiub":
        return None
    finite = known[np.isfinite(known)] if known.dtype.kind == "f" else known
    return (float(finite.min()), float(finite.max())) if finite.size else None


def nonfinite(turn: Turn, reference: Reference | None) -> int:
    """Return how many numbers of a reference are infinite or NaN, as far as was counted."""
    if reference is None or turn.shape.slot(reference).dtype not in FLOATS:
        return 0
    value = _value(turn, reference)
    if value is not None and value.summary is not None and value.array is None and value.summary.nonfinite >= 0:
        return value.summary.nonfinite
    known = numbers(turn, reference)
    return 0 if known is None else int((~np.isfinite(known)).sum())


def norm(turn: Turn, reference: Reference | None) -> float | None:
    """Return the Euclidean norm of a reference."""
    value = _value(turn, reference)
    if value is None:
        return None
    if value.array is not None:
        return float(np.linalg.norm(value.array.astype("f8").reshape(-1)))
    return None if value.summary is None else value.summary.norm


def same(turn: Turn, reference: Reference, other: Turn, its: Reference) -> bool | None:
    """Return whether two references have the same numbers; None if they were not kept in the same way."""
    one, two = _value(turn, reference), _value(other, its)
    if one is None or two is None:
        return None
    if one.array is not None and two.array is not None:
        return np.array_equal(one.array, two.array)
    made = [v.summary for v in (one, two) if v.array is None and v.summary is not None and v.summary.nonfinite >= 0]
    return made[0].checksum == made[1].checksum if len(made) == 2 else None


def argument(turn: Turn, given: Any) -> Any:  # what operations take has no common type
    """Return the number, text or list that an operation's argument was in this step."""
    if isinstance(given, dict):
        if "constant" in given:
            number = given["constant"]
            return turn.step.constants.get(number, turn.program.constants[number].value)
        if "list" in given:
            return [argument(turn, entry) for entry in given["list"]]
    return given


def _value(turn: Turn, reference: Reference | None) -> Value | None:
    try:
        return None if reference is None else value_of(turn.step, reference)
    except RetrogradError:
        return None
