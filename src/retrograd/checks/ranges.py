"""Between which numbers what computes a prediction can lie, whatever the parameters are. No check of its own.

Intervals go through the calls: `3 * tanh(z)` lies between -3 and 3, `1 / (1 + exp(-z))` between 0 and 1.
"""

from __future__ import annotations

from types import NoneType

import numpy as np

from retrograd.checks.calls import VIEWS, short
from retrograd.checks.evidence import Evidence
from retrograd.checks.turns import Turn
from retrograd.recording import Event, Reference, constants_at

Range = tuple[float, float]

RANGES: dict[str, Range] = {
    "tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "relu": (0.0, np.inf), "softmax": (0.0, 1.0), "softplus": (0.0, np.inf),
    "relu6": (0.0, 6.0), "logsigmoid": (-np.inf, 0.0), "log_softmax": (-np.inf, 0.0), "expit": (0.0, 1.0),
    "softsign": (-1.0, 1.0), "exp": (0.0, np.inf), "relu_": (0.0, np.inf), "tanh_": (-1.0, 1.0),
    "sigmoid_": (0.0, 1.0), "hardsigmoid": (0.0, 1.0), "abs": (0.0, np.inf), "square": (0.0, np.inf),
    "sin": (-1.0, 1.0), "cos": (-1.0, 1.0), "sqrt": (0.0, np.inf), "exp2": (0.0, np.inf),
}  # fmt: skip
"""What an activation can give."""
CLAMPS = frozenset({"clamp", "clip", "hardtanh", "clamp_"})
"""Calls that are told the range."""
GROWING = {"log": np.log, "log1p": np.log1p, "exp": np.exp, "sqrt": np.sqrt}
"""Calls that keep the order of numbers: the ends of an interval become the ends of another."""
EVERYTHING: Range = (-np.inf, np.inf)
HOPS = 8


def bounded(evidence: Evidence, turn: Turn, reference: Reference, before: int) -> tuple[Turn, Event, Range] | None:
    """Return the last call that bounds a prediction, and the range of the prediction; None if nothing bounds it."""
    made = evidence.origin(turn, reference, before, through=VIEWS)
    if made is None:
        return None
    low, high = _of_event(evidence, *made, HOPS)
    if (low, high) == EVERYTHING:
        return None
    where, event = made
    for _ in range(HOPS):  # `3 * tanh(z)` is bounded by tanh
        if short(event) in RANGES or short(event) in CLAMPS or not event.inputs:
            break
        inner = evidence.origin(where, event.inputs[0], event.number, through=VIEWS)
        if inner is None or inner[0] is not where or _of_event(evidence, *inner, HOPS) == EVERYTHING:
            break
        where, event = inner
    return where, event, (low, high)


def _of(evidence: Evidence, turn: Turn, reference: Reference, before: int, hops: int) -> Range:
    made = evidence.origin(turn, reference, before, through=VIEWS) if hops else None
    if made is None or made[0] is not turn:
        return EVERYTHING
    return _of_event(evidence, *made, hops - 1)


def _of_event(evidence: Evidence, turn: Turn, event: Event, hops: int) -> Range:
    name = short(event)
    if name in CLAMPS:
        return _clamped(evidence, turn, event)
    if len(event.inputs) != 1:
        return RANGES.get(name, EVERYTHING)
    numbers = [evidence.argument(turn, {"constant": place}) for place in constants_at(turn.program, event)]
    given = _of(evidence, turn, event.inputs[0], event.number, hops)
    with np.errstate(all="ignore"):
        if name in GROWING:
            lowest = 0.0 if name in ("log", "sqrt") else -1.0 if name == "log1p" else -np.inf
            ends = (float(GROWING[name](max(end, lowest))) for end in given)
            return tuple(ends) if given[1] > lowest else EVERYTHING  # pyright: ignore[reportReturnType]
        return _shifted(name, given, numbers) or RANGES.get(name, EVERYTHING)


def _shifted(name: str, given: Range, numbers: list[object]) -> Range | None:
    """Return the range of a sum, a product or a quotient of something and one number, or of its negative."""
    low, high = given
    if name in ("neg", "__neg__"):
        return -high, -low
    if name == "reciprocal":
        return _inverse(given, 1.0)
    real = [number for number in numbers if isinstance(number, (int, float)) and not isinstance(number, bool)]
    if len(real) != 1:
        return None
    number = float(real[0])
    if name in ("pow", "__pow__"):
        return (0.0, np.inf) if number > 0 and number % 2 == 0 else None
    if name in ("add", "__add__", "__radd__"):
        return low + number, high + number
    if name in ("sub", "__sub__"):
        return low - number, high - number
    if name in ("rsub", "__rsub__"):
        return number - high, number - low
    if name in ("__rdiv__", "__rtruediv__"):
        return _inverse(given, number)
    if name in ("mul", "__mul__", "__rmul__") and number:
        ends = sorted((low * number, high * number))
        return ends[0], ends[1]
    if name in ("div", "truediv", "__truediv__") and number:
        ends = sorted((low / number, high / number))
        return ends[0], ends[1]
    return None


def _inverse(given: Range, number: float) -> Range | None:
    """Return the range of a number divided by what is positive."""
    low, high = given
    if low < 0 or number <= 0:
        return None
    return (number / high if np.isfinite(high) else 0.0), (number / low if low > 0 else np.inf)


def _clamped(evidence: Evidence, turn: Turn, event: Event) -> Range:
    operations = [o for o in turn.shape.operations(event) if "clamp" in o.name or "hardtanh" in o.name]
    bounds = [evidence.argument(turn, given) for given in operations[0].arguments[1:3]] if operations else []
    bounds += [None] * (2 - len(bounds))
    if not operations or any(not isinstance(bound, (int, float, NoneType)) for bound in bounds):
        return EVERYTHING
    return (-np.inf if bounds[0] is None else bounds[0]), (np.inf if bounds[1] is None else bounds[1])
