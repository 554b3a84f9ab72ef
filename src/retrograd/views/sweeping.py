"""Sweeps in the viewer: the numbers it offers, a sweep that it asks for as a map, one run of it as a recording."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from retrograd.errors import RefusedError, RetrogradError
from retrograd.recording import Recording
from retrograd.views.data import Extra, data_of, packed
from retrograd.views.mapping import drawable
from retrograd.views.maps import SEED
from retrograd.views.plain import Plain
from retrograd.views.text import printable
from retrograd.views.whatif import form_of

if TYPE_CHECKING:
    import xarray

MOST_RUNS = 40_000
"""More runs are for the command line, which shows how long they take and keeps what is done."""

REMEMBERED = 8
"""So many maps can be gone back to."""

RATE = "learning_rate"


class Sweeps:
    """Answers what the viewer asks about sweeps of one recording. It remembers the last ones, so that runs open."""

    def __init__(self, watch: Callable[[Plain], None] | None = None) -> None:
        """Begin with no sweep; `watch` is told how far each is, very often."""
        self._watch, self._stopping = watch, threading.Event()
        self._made: dict[int, tuple[xarray.Dataset, Plain]] = {}
        self._count = 0
        self.progress: Plain = {"done": 0, "count": 0}
        """How far the present sweep is."""

    def form(self, recording: Recording) -> Plain:
        """Return the numbers that can be swept, with what they were; whether other seeds make other starts; an end.

        Where the loop itself does not say how many turns it makes at most, the end is as many as were recorded.
        """
        return {
            "numbers": [{"name": printable(name), "value": value} for name, value in _numbers(recording).items()],
            "seeds": _drawn(recording),
            "max_steps": _end(recording),
        }

    def sweep(self, recording: Recording, request: Any) -> bytes:
        """Run a sweep as the viewer asks, and return it as a map, written as JSON.

        Args:
            recording: What was recorded.
            request: What came from the viewer: {"numbers": {name: values as text}, "seeds": text or None, "until":
                number or None, "max_steps": number or None}.

        Raises:
            RefusedError: The request is not one, or asks for what cannot be done; the message says what and why.
        """
        wanted = _checked(recording, request)
        self.progress = {"done": 0, "count": 0}
        self._stopping.clear()
        try:
            result = import_module("retrograd.sweeps").sweep(recording, **wanted, progress=self._told)
        except (RetrogradError, ValueError, TypeError, RuntimeError) as error:  # PyTorch raises the latter
            raise RefusedError(str(error)) from error
        except (_Stopped, KeyboardInterrupt):
            done, count = self.progress["done"], self.progress["count"]
            raise RefusedError(f"stopped after {done} of {count} runs; nothing of them is kept") from None
        self._count += 1
        drawn = drawable(result)
        self._made[self._count] = result, drawn
        self._made.pop(self._count - REMEMBERED, None)
        return json.dumps(drawn | {"number": self._count}, allow_nan=False).encode()

    def stop(self) -> None:
        """End the present sweep, from another thread. What it has made is thrown away."""
        self._stopping.set()

    def run(self, recording: Recording, request: Any) -> bytes:
        """Return one run of a map as a recording for the viewer, with the recorded losses laid over.

        Args:
            recording: What was swept.
            request: What came from the viewer: {"sweep": number, "column": number, "row": number}.

        Raises:
            RefusedError: There is no such run, or it cannot be made again; the message says why.
        """
        result, where = self._place(request)
        try:
            arguments = import_module("retrograd.sweeps").run_of(recording, result, **where)
            run = import_module("retrograd.replays").replay(recording, **arguments)
        except (RetrogradError, ValueError, TypeError, RuntimeError) as error:
            raise RefusedError(str(error)) from error
        title = ", ".join(f"{printable(name)} = {value:.6g}" for name, value in where.items())
        extra = Extra(title=f"the run with {title}", overlay=("the recorded run", recording.loss.tolist()))
        return packed(data_of(run, extra))

    def _told(self, done: int, count: int, turns: int) -> None:
        self.progress = {"done": done, "count": count}
        if self._watch is not None:
            self._watch(self.progress)
        if self._stopping.is_set():
            raise _Stopped

    def _place(self, request: Any) -> tuple[xarray.Dataset, dict[str, float]]:
        match request:
            case {"sweep": int(number), "column": int(column), "row": int(row)} if number in self._made:
                result, drawn = self._made[number]
            case _:
                raise RefusedError("this map is gone; sweep again")
        names = [str(dim) for dim in result["steps"].dims if dim != SEED] + [SEED]
        axes = [axis["values"] for axis in drawn["axes"]]
        places = (column, row)[: len(axes)]
        if not all(0 <= at < len(values) for at, values in zip(places, axes, strict=True)):
            raise RefusedError("there is no such place on the map")
        where = {name: values[at] for name, values, at in zip(names, axes, places, strict=False)}
        if drawn["seed"] is not None:
            where[SEED] = drawn["seed"][row][column]
        return result, where


class _Stopped(Exception):
    """Somebody does not want the rest of a sweep."""


def _numbers(recording: Recording) -> dict[str, float]:
    """Return the numbers of the loop, first the learning rate."""
    planning, options = import_module("retrograd.sweeps.planning"), import_module("retrograd.engines.options")
    found: dict[str, float] = {}
    own = RATE
    try:
        own = planning.names_in(recording, {RATE: None})[RATE]
        found[RATE] = float(planning.recorded_rates(recording)[0])
    except RetrogradError:
        pass
    for constant in form_of(recording)["constants"]:
        if constant["name"] != own and isinstance(constant["value"], (int, float)):
            found.setdefault(constant["name"], float(constant["value"]))
    try:
        given = options.options_in(import_module("retrograd.engines.training").training_in(recording))
    except RetrogradError:
        given = {}
    for name, value in given.items():
        if name != "lr" and isinstance(value, (int, float)) and not isinstance(value, bool):
            found.setdefault(name, float(value))
    return found


def _drawn(recording: Recording) -> bool:
    """Return whether another seed would make another start."""
    try:
        training = import_module("retrograd.engines.training").training_in(recording)
        return bool(import_module("retrograd.engines.starts").Starts(training).drawn)
    except RetrogradError:
        return False


def _end(recording: Recording) -> int | None:
    """Return a number of steps for a loop whose own end is not known; None for others."""
    try:
        import_module("retrograd.sweeps.stopping").stop_of(recording, None, None, None, False, {})
    except RetrogradError:
        return len(recording.steps)
    return None


def _checked(recording: Recording, request: Any) -> dict[str, Any]:
    """Return what `sweep` is given."""
    if not isinstance(request, Mapping) or not isinstance(request.get("numbers"), Mapping):
        raise RefusedError('expected {"numbers": {name: "FROM:TO:COUNT"}, "seeds": …, "until": …, "max_steps": …}')
    spelled = {printable(name): name for name in _numbers(recording)}
    numbers = {spelled.get(str(name), str(name)): str(values) for name, values in request["numbers"].items()}
    seeds = request.get("seeds")
    wanted: dict[str, Any] = {"numbers": numbers, "seeds": None if seeds is None else str(seeds)}
    for name in ("until", "max_steps"):
        value = request.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise RefusedError(f"expected a number for {name}")
        wanted[name] = value
    if wanted["max_steps"] is not None:
        wanted["max_steps"] = int(wanted["max_steps"])
    _refuse_many(numbers, wanted["seeds"])
    return wanted


def _refuse_many(numbers: Mapping[str, str], seeds: str | None) -> None:
    grid = import_module("retrograd.sweeps.grid")
    # Counted before it is made: a row of 10¹² numbers would not fit into memory.
    typed = [text.rpartition(":")[2] for text in numbers.values()] + ([] if seeds is None or "," in seeds else [seeds])
    if any(text.strip().isdigit() and len(text.strip()) > 6 for text in typed):
        raise RefusedError(f"a sweep in the viewer has at most {MOST_RUNS} runs")
    if len(numbers) > 2:
        raise RefusedError(f"a map has two axes, but {', '.join(map(printable, numbers))} are asked for")
    try:
        count = math.prod(len(grid.numbers(printable(name), values)) for name, values in numbers.items())
        count *= 1 if seeds is None else len(grid.seeds(seeds))
    except RetrogradError as error:
        raise RefusedError(str(error)) from error
    if count > MOST_RUNS:
        raise RefusedError(
            f"these are {count} runs; beyond {MOST_RUNS}, use `retrograd sweep`, which keeps what is done"
        )
