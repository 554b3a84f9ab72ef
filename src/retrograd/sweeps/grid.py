"""The dimensions of a sweep: which numbers, which seeds, and which run is which combination of them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from retrograd.errors import DimensionError

POSITIVE = ("learning_rate", "lr", "eta", "step_size")
"""Numbers that make no sense at zero or below."""


@dataclass(frozen=True)
class Grid:
    """All combinations of the dimensions' values; the last dimension runs fastest."""

    names: tuple[str, ...]
    """The person's numbers, then `seed` if there are seeds."""
    values: tuple[np.ndarray, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """How many values each dimension has."""
        return tuple(len(column) for column in self.values)

    @property
    def count(self) -> int:
        """How many runs."""
        return math.prod(self.shape)

    def columns(self, first: int, last: int) -> dict[str, np.ndarray]:
        """Return the value of each dimension in the runs from `first` to before `last`."""
        places = np.unravel_index(np.arange(first, last), self.shape)
        return {name: self.values[n][places[n]] for n, name in enumerate(self.names)}

    def numbers(self, first: int, last: int, names: Collection[str]) -> np.ndarray:
        """Return a number for each run from `first` to before `last` that is the same where these dimensions are."""
        places = np.unravel_index(np.arange(first, last), self.shape)
        found = np.zeros(last - first, np.int64)
        for name, length, place in zip(self.names, self.shape, places, strict=True):
            found = found * length + place if name in names else found
        return found


def numbers(name: str, given: Any) -> np.ndarray:
    """Return the values of a dimension as float64.

    Args:
        name: What the dimension is called, for errors.
        given: A number, several, or text as the command line has it: `0.1,1,10`, or `1e-3:1e2:200` for so many values
            from the first to the second at equal ratios.

    Raises:
        DimensionError: There are none, or they make no sense.
    """
    if isinstance(given, str):
        given = _read(name, given)
    try:
        values = np.atleast_1d(np.asarray(list(given) if isinstance(given, Iterable) else given, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise DimensionError(f"{name}: {given!r} is no number and no row of numbers") from error
    if values.ndim != 1:
        raise DimensionError(f"{name}: a dimension is one row of numbers, but these have shape {values.shape}")
    if not len(values):
        raise DimensionError(f"{name}: there is no value, so there would be no run; give at least one")
    for value in values:
        if not math.isfinite(value):
            raise DimensionError(f"{name}: {value} is no value to train with; every value must be a finite number")
        if value <= 0 and name in POSITIVE:
            what = "learns nothing" if value == 0 else "climbs instead of descending"
            raise DimensionError(f"{name}: a rate of {value:g} {what}; every rate must be greater than 0")
    _refuse_repetitions(name, values.tolist())
    return values


def _read(name: str, text: str) -> np.ndarray | list[float]:
    parts = text.split(":")
    try:
        if len(parts) == 1:
            return [float(part) for part in text.split(",") if part.strip()]
        if len(parts) != 3:
            raise ValueError
        first, last, count = float(parts[0]), float(parts[1]), int(parts[2])
    except ValueError:
        raise DimensionError(
            f"{name}: {text!r} is neither a list as 0.1,1,10 nor a range as FROM:TO:COUNT, such as 1e-3:1e2:200"
        ) from None
    if count < 1:
        raise DimensionError(f"{name}: the range {text} is empty; COUNT must be at least 1")
    if not (math.isfinite(first) and math.isfinite(last)) or first <= 0 or last <= 0:
        raise DimensionError(
            f"{name}: a range runs at equal ratios, so both of its ends must be greater than 0: {text}"
        )
    if first > last or (first == last and count > 1):
        raise DimensionError(f"{name}: the range {text} is empty: it must go from the smaller to the larger number")
    values = np.geomspace(first, last, count)
    # Ten values a decade should hit 0.1 and 1 themselves, not their neighbours.
    rounded = np.array([float(f"{value:.15g}") for value in values])
    return rounded


def zoomed(given: Mapping[str, str], around: str, zoom: float) -> dict[str, str]:
    """Return ranges that are so many times narrower, round given values, with as many values as before.

    Args:
        given: For each dimension its values as text.
        around: A learning rate, or `NAME=VALUE,NAME=VALUE`.
        zoom: How many times narrower, measured in orders of magnitude.

    Raises:
        DimensionError: A dimension is no range, or there is no such dimension.
    """
    if not (math.isfinite(zoom) and zoom > 1):
        raise DimensionError(f"zoom: {zoom:g} makes nothing finer; give a number greater than 1")
    centres: dict[str, str] = {}
    for part in around.split(","):
        name, equals, value = part.rpartition("=")
        centres[name if equals else "learning_rate"] = value
    found = dict(given)
    for name, text in centres.items():
        parts = given.get(name, "").split(":")
        if len(parts) != 3:
            raise DimensionError(
                f"around: {name} is not swept over a range as 1e-3:1e2:200, so there is none to narrow"
            )
        _read(name, given[name])
        try:
            centre = float(text)
        except ValueError:
            centre = math.nan
        if not (math.isfinite(centre) and centre > 0):
            raise DimensionError(f"around: {text!r} is no value of {name}; give a number greater than 0")
        half = math.sqrt(float(parts[1]) / float(parts[0])) ** (1 / zoom)
        found[name] = f"{centre / half:.15g}:{centre * half:.15g}:{parts[2]}"
    return found


def seeds(given: Any) -> np.ndarray:
    """Return seeds as int64.

    Args:
        given: How many, counted from 0; or the seeds themselves; or text as `5` or `3,7,8`.

    Raises:
        DimensionError: There are none, or one is no seed.
    """
    if isinstance(given, str):
        try:
            whole = [int(part) for part in given.split(",")]
        except ValueError:
            raise DimensionError(f"seeds: {given!r} is neither how many (100) nor a list of them (3,7,8)") from None
        given = whole[0] if len(whole) == 1 and "," not in given else whole
    if isinstance(given, bool):
        raise DimensionError(f"seeds: {given} is no number of seeds")
    if isinstance(given, (int, np.integer)):
        if given < 1:
            raise DimensionError(f"seeds: {given} seeds would make no run; give at least 1")
        return np.arange(int(given))
    values: list[Any] = list(given)
    if not values:
        raise DimensionError("seeds: the list is empty, so there would be no run; give at least one seed")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 <= int(value) < 1 << 63:
            raise DimensionError(f"seeds: {value!r} is no seed; a seed is a whole number from 0 to 2**63 - 1")
    _refuse_repetitions("seeds", [int(value) for value in values])
    return np.array(values, np.int64)


def _refuse_repetitions(name: str, values: list[Any]) -> None:
    if len(set(values)) < len(values):
        twice = next(value for number, value in enumerate(values) if value in values[:number])
        raise DimensionError(f"{name}: {twice!r} is there twice, and both runs would be the same")


def grid_of(dimensions: Mapping[str, np.ndarray]) -> Grid:
    """Return the grid of these dimensions.

    Raises:
        DimensionError: There is no dimension.
    """
    if not dimensions:
        raise DimensionError(
            "there is nothing to sweep: give learning_rate=..., another number of the loop, or seeds=..."
        )
    return Grid(tuple(dimensions), tuple(dimensions.values()))
