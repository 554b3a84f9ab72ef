"""A recording as a whole: its steps, programs and notes, and its numbers as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

import numpy as np

from retrograd.errors import NameUnknownError, NotKeptError
from retrograd.recording.parts import Line, Note, Program, Step
from retrograd.recording.references import reference_to
from retrograd.recording.rows import loss_of, value_of


class Source(Protocol):
    """Where a recording's parts come from: a file, or memory."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """How and with what it was recorded: versions, script, mode, threads."""
        ...

    @property
    def lines(self) -> Sequence[Line]:
        """The lines that events point to."""
        ...

    @property
    def texts(self) -> Mapping[str, str]:
        """The person's source files, whole."""
        ...

    @property
    def notes(self) -> Sequence[Note]:
        """What the recording does not hold, and errors."""
        ...

    @property
    def numbers(self) -> range:
        """The numbers of the steps, without what came before and after."""
        ...

    def programs(self) -> Sequence[Program]:
        """Return the distinct programs."""
        ...

    def step(self, number: int) -> Step:
        """Return a step; raise NotKeptError for one that is not there."""
        ...


@dataclass(frozen=True)
class Recording:
    """Everything that was written down, in order."""

    source: Source

    @property
    def facts(self) -> Mapping[str, Any]:
        """How and with what it was recorded: versions, script, mode, threads."""
        return self.source.facts

    @property
    def lines(self) -> Sequence[Line]:
        """The lines that events point to."""
        return self.source.lines

    @property
    def texts(self) -> Mapping[str, str]:
        """The person's source files, whole, by name."""
        return self.source.texts

    @property
    def notes(self) -> Sequence[Note]:
        """What the recording does not hold, and errors."""
        return self.source.notes

    @property
    def programs(self) -> Sequence[Program]:
        """The distinct programs of the steps."""
        return self.source.programs()

    @property
    def steps(self) -> Steps:
        """The turns of the loop that hold a backward call."""
        return Steps(self.source)

    @property
    def before(self) -> Step | None:
        """What happened before the first turn of the loop, if it was seen."""
        return self._outside(-1)

    @property
    def after(self) -> Step | None:
        """What happened after the last turn, if anything."""
        return self._outside(len(self.steps))

    def __repr__(self) -> str:
        """Return how long it is: all of it would fill the screen for minutes."""
        return f"<recording of {len(self.steps)} step{'' if len(self.steps) == 1 else 's'}>"

    def _repr_mimebundle_(self, **_: Any) -> Any:  # what IPython asks for and takes
        """Show the recording in a notebook."""
        # Views stand above recordings: this one is looked up by its name when a notebook asks.
        return import_module("retrograd.views.notebook").mimebundle(self)

    def _outside(self, number: int) -> Step | None:
        try:
            return self.source.step(number)
        except NotKeptError:
            return None

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of all leaves that took part in a backward pass, in the order in which they were met."""
        names = (slot.name for program in self.programs for slot in program.slots if slot.parameter)
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def loss(self) -> np.ndarray:
        """The loss of each step, shape (steps,), float64; NaN where backward was not called on one number."""
        return np.array([loss_of(step) for step in self.steps])

    def array(self, name: str) -> np.ndarray:
        """Return a parameter as it was at the start of each step, or a gradient as backward left it.

        Args:
            name: A parameter, such as `w`, or its gradient, `w.grad`.

        Returns:
            Shape (steps, *shape of the tensor). A step that did not use the parameter has NaN (0 for integers).

        Raises:
            NameUnknownError: No parameter has this name.
            NotKeptError: Only summaries were kept; `retrograd.program.reconstruct` computes the numbers again.
        """
        known = (*self.parameters, *(f"{parameter}.grad" for parameter in self.parameters))
        if name not in known:
            raise NameUnknownError(f"nothing was recorded under the name {name!r}; there are: {', '.join(known)}")
        rows = [_array_in(step, name) for step in self.steps]
        pattern = next(row for row in rows if row is not None)
        hole = np.full_like(pattern, np.nan if pattern.dtype.kind in "fc" else 0)
        return np.stack([hole if row is None else row for row in rows])

    def to_xarray(self) -> Any:  # xarray is imported only when it is asked for, so its type is not named here
        """Return an `xarray.Dataset` over the dimension `step`: loss, every parameter and every gradient kept whole."""
        import xarray

        data: dict[str, Any] = {"loss": ("step", self.loss)}
        for name in (*self.parameters, *(f"{parameter}.grad" for parameter in self.parameters)):
            try:
                array = self.array(name)
            except (NotKeptError, StopIteration):
                continue
            data[name] = (("step", *(f"{name}_{axis}" for axis in range(array.ndim - 1))), array)
        return xarray.Dataset(data, coords={"step": np.arange(len(self.steps))}, attrs={"retrograd": "recording"})


@dataclass(frozen=True)
class Steps(Sequence[Step]):
    """The steps of a recording; each is read when it is asked for."""

    source: Source

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.source.numbers)

    def __getitem__(self, index: Any) -> Any:  # an int gives a Step, a slice a list of them, as in every Sequence
        """Return a step; negative numbers count from the last."""
        numbers = self.source.numbers[index]
        return self.source.step(numbers) if isinstance(numbers, int) else [self.source.step(n) for n in numbers]

    def number(self, index: int) -> int:
        """Return the number of a step, from 0; negative ones count from the last.

        Raises:
            NotKeptError: There is no such step; the message says which there are.
        """
        count = len(self)
        if not -count <= index < count:
            known = f"the steps 0 to {count - 1}" if count > 1 else "only step 0" if count else "no steps"
            raise NotKeptError(f"there is no step {index}: the recording has {known}")
        return index % count

    def __iter__(self) -> Iterator[Step]:
        """Go through the steps in order."""
        return (self.source.step(number) for number in self.source.numbers)


def _array_in(step: Step, name: str) -> np.ndarray | None:
    reference = reference_to(step.program, name) if step.program else None
    if reference is None:
        return None
    array = value_of(step, reference).array
    if array is None:
        raise NotKeptError(
            f"{name} is large, so step {step.number} holds only its summary; "
            f"retrograd.program.reconstruct(recording, {step.number}) computes the numbers again"
        )
    return array
