"""What a replay was asked to change, checked against what the recording has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retrograd.errors import BeyondRecordingError, NameUnknownError, ShapeError
from retrograd.optimizers import OptimizerStep
from retrograd.recording import (
    Slot,
    Step,
)
from retrograd.replays.dtypes import is_real
from retrograd.replays.survey import Survey

MOST_SHOWN = 8
"""An error names so many numbers of a line."""

MOST_NAMES = 16
"""An error names so many numbers, and so many tensors."""


class Asked:
    """Changes, sorted by what they stand for."""

    def __init__(self, survey: Survey, changes: Mapping[str, Any], dtype: str | None, count: int) -> None:
        self.survey, self.dtype, self.count = survey, dtype, count
        self.numbers: dict[str, Any] = {}
        """For a constant's name the number, or a list with one for each step."""
        self.options: dict[str, Any] = {}
        """The same for options of optimizers."""
        self.tensors: dict[str, Any] = {}
        """And for tensors that come into the loop."""
        for name, value in changes.items():
            self._sort_in(name, value)

    def _sort_in(self, name: str, value: Any) -> None:
        survey = self.survey
        known = self._constant_names(name)
        if known:
            for each in known:
                self._check_derived(each)
                self.numbers[each] = self._numbers(name, value)
        elif name in survey.entries:
            self.tensors[name] = self._tensors(name, value)
        elif name in survey.options:
            several = isinstance(survey.options[name], tuple)
            self.options[name] = tuple(value) if several else self._numbers(name, value)
        else:
            raise NameUnknownError(self._cannot_change(name))

    def _constant_names(self, name: str) -> list[str]:
        known = self.survey.constants
        if name in known:
            return [name]
        found = [each for each in known if name.startswith("line ") and each.partition(":")[0] == name]
        if len({tuple(sorted((p, *n) for p, n in known[each].items())) for each in found}) > 1:
            # One place may have another number in each step, and so several names; then the line is enough.
            places = [{(p, n) for p, numbers in known[each].items() for n in numbers} for each in found]
            if any(not (places[0] & other) for other in places[1:]):
                options = ", ".join(map(repr, found[:MOST_SHOWN])) + " …" * (len(found) > MOST_SHOWN)
                raise NameUnknownError(f"{name} has several numbers; say which one: {options}")
        return found

    def _check_derived(self, name: str) -> None:
        if self.survey.derived.get(name):
            raise BeyondRecordingError(
                f"{name} is used in the forward pass, and backward uses numbers that autograd computed from it, which "
                f"a replay does not compute again; edit the script and record it"
            )

    def _cannot_change(self, name: str) -> str:
        survey = self.survey
        # A line may have another number in each step, as those of Adam have; the line is enough to ask for them.
        names = dict.fromkeys(each.partition(":")[0] if each.startswith("line ") else each for each in survey.constants)
        options = (option for option in survey.options if "." not in option)
        numbers, tensors = sorted((*names, *options), key=_is_line), [*survey.entries]
        there_are = f"Numbers that can be changed: {_listed(numbers)}. Tensors that can be given: {_listed(tensors)}"
        if any(slot.name == name for program in self.survey.recording.programs for slot in program.slots):
            return f"{name} is computed by the loop, so it cannot be given. {there_are}"
        meant = get_close_matches(name, [*numbers, *tensors], 1)
        question = f" Did you mean {meant[0]}?" if meant else ""
        return f"nothing in the recording is called {name!r}.{question} {there_are}"

    def _numbers(self, name: str, value: Any) -> Any:
        """Return a number, or a list with one for each step."""
        entries = value.tolist() if isinstance(value, (Tensor, np.ndarray)) else value
        entries = list(entries) if isinstance(entries, (list, tuple, range)) else entries
        several = entries if isinstance(entries, list) else [entries]
        for entry in several:
            if isinstance(entry, bool) or not isinstance(entry, (int, float, complex)):
                raise ShapeError(f"{name} is a number in the recording; {entry!r} is none")
        if isinstance(entries, list) and len(entries) < self.count:
            raise ShapeError(f"{name} was given {len(entries)} numbers for {self.count} steps; give one for each step")
        return entries

    def _tensors(self, name: str, value: Any) -> list[Tensor] | Tensor:
        dtype, shape = self.survey.entries[name]
        try:
            whole = _tensor(value)
        except (TypeError, ValueError, RuntimeError):
            whole = None  # tensors of several shapes, perhaps
        if whole is not None and whole.shape == shape:
            return self._cast(name, whole, dtype)
        if (whole is None and isinstance(value, (list, tuple))) or (whole is not None and whole.shape[1:] == shape):
            if name not in self.survey.fresh:
                raise ShapeError(f"{name} comes in only once, with the shape {shape}; {_several_in(whole)}")
            several = self._several(name, value)
            for entry in several:
                if entry.shape != shape:
                    raise ShapeError(f"{name} has the shape {shape} in the recording, not {tuple(entry.shape)}")
            if len(several) < self.count:
                raise ShapeError(f"{name} was given {len(several)} times for {self.count} steps; give one for each")
            return [self._cast(name, entry, dtype) for entry in several]
        given = "something that is no tensor" if whole is None else f"{tuple(whole.shape)}"
        raise ShapeError(
            f"{name} has the shape {shape} in the recording, not {given}, and the operations of the recording are made "
            f"for this shape. Give one of this shape, or edit the script and record it"
        )

    def _several(self, name: str, value: Any) -> list[Tensor]:
        try:
            return [_tensor(entry) for entry in value]
        except (TypeError, ValueError, RuntimeError):
            raise ShapeError(f"{name} is a tensor in the recording; {short(value)} is none") from None

    def _cast(self, name: str, value: Tensor, dtype: str) -> Tensor:
        wanted = getattr(torch, self.dtype if self.dtype and is_real(dtype) else dtype)
        if not torch.can_cast(value.dtype, wanted):
            raise ShapeError(f"{name} holds {dtype}; {str(value.dtype).removeprefix('torch.')} would be cut off")
        return value.to(wanted)

    def constants(self, step: Step, number: int) -> dict[int, complex]:
        """Return the numbers that a step has from the changes."""
        found: dict[int, complex] = {}
        for name, value in self.numbers.items():
            for place in self.survey.constants[name].get(id(step.program), ()):
                if isinstance(value, list):
                    if 0 <= number < len(value):
                        found[place] = value[number]
                else:
                    found[place] = value
        return found

    def options_of(self, taken: OptimizerStep, number: int) -> dict[str, Any]:
        """Return the changed options of an optimizer in a step."""
        options: dict[str, Any] = {}
        for name, value in self.options.items():
            whose, _, option = name.rpartition(".")
            if whose in ("", f"optimizer {taken.number}"):
                options[option] = value[number] if isinstance(value, list) else value
        return options

    def given(self, slot: Slot, number: int) -> Tensor | None:
        """Return what was given for a tensor in a step."""
        value = self.tensors[slot.name or ""]
        return value[number] if isinstance(value, list) else value


def _is_line(name: str) -> bool:
    return name.startswith("line ")


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMES
    shown = ", ".join(names[:MOST_NAMES]) or "none"
    return shown if more <= 0 else f"{shown} and {more} more, which retrograd.replays.changeable lists"


def _several_in(whole: Tensor | None) -> str:
    if whole is None:
        return "what was given is no array: its rows differ in length, or something in it is no number"
    return f"what was given is several, {tuple(whole.shape)}"


def _tensor(value: Any) -> Tensor:
    return value.detach() if isinstance(value, Tensor) else torch.as_tensor(np.asarray(value))


def short(value: Any) -> str:
    """Return a value in a few words."""
    if isinstance(value, (Tensor, np.ndarray)):
        return repr(value.item()) if value.size == 1 or value.shape == () else f"a tensor {tuple(value.shape)}"  # type: ignore[operator]
    if isinstance(value, (list, tuple)):
        return f"{len(value)} values"
    return repr(value)
