"""The parameters of a recording as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from retrograd.recording import Recording, Step, Value, reference_to
from retrograd.views.events import parameter_in, value_in
from retrograd.views.numbers import norm_of, number, shape_text
from retrograd.views.text import Screen, fit_end, left, printable, width_of

MOST_PARAMETERS = 12
TINIEST = 3
"""A parameter of at most so many entries is shown by its numbers."""


Row = tuple[str, str, str, str]
"""Name, shape, the values, the gradients."""


def parameter_lines(recording: Recording, first: Step | None, last: Step | None, screen: Screen) -> Iterator[str]:
    """Go through the lines of a table of all parameters: before the first step, and after the last one."""
    names = recording.parameters
    titles = ("PARAMETERS", "", "first → last", "gradient")
    rows: list[Row] = []
    wide: list[int] = []
    for in_numbers in (True, False):
        rows = [_row(name, place, first, last, in_numbers) for place, name in enumerate(names[:MOST_PARAMETERS])]
        wide = [max([width_of(row[column]) for row in rows] + [8 * (column == 0)]) for column in range(4)]
        wide[2] = max(wide[2], width_of(titles[2]))
        if sum(wide) + 8 <= screen.width:
            break
    wide[0] = max(min(wide[0], screen.width - sum(wide[1:]) - 8), 8)
    yield screen.paint("bold", f"{left(titles[0], wide[0] + wide[1] + 4)}  {left(titles[2], wide[2])}  {titles[3]}")
    for name, shape, values, gradients in rows:
        label = left(fit_end(name, wide[0]), wide[0])
        yield f"  {label}  {left(shape, wide[1])}  {left(values, wide[2])}  {gradients}"
    if len(names) > MOST_PARAMETERS:
        yield f"  … {len(names) - MOST_PARAMETERS} more"


def _row(name: str, place: int, first: Step | None, last: Step | None, in_numbers: bool) -> Row:
    values = [_value(first, name, at_end=False), _value(last, name, at_end=True)]
    shape = next((shape_text(value.shape) for value in values if value is not None), "")
    gradients = [_gradient(step, name, place) for step in (first, last)]
    return printable(name), shape, _change(values, in_numbers), _joined(gradients)


def _value(step: Step | None, name: str, at_end: bool) -> Value | None:
    if step is None or step.program is None:
        return None
    reference = parameter_in(step.program, name, at_end=at_end)
    return None if reference is None else value_in(step, reference)


def _change(values: Sequence[Value | None], in_numbers: bool) -> str:
    """Return a tensor at two moments: its numbers if they are wanted and very few, else its norm."""
    arrays = [value.array for value in values if value is not None and value.array is not None]
    few = all(0 < array.size <= TINIEST and array.dtype.kind in "fiu" for array in arrays)
    if in_numbers and few and len(arrays) == len(values):
        return " → ".join(" ".join(map(number, array.ravel().tolist())) for array in arrays)
    return _joined(["?" if value is None else number(norm_of(value)) for value in values])


def _gradient(step: Step | None, name: str, place: int) -> str:
    if step is None:
        return "?"
    if step.program is None:
        return number(step.norms[place]) if place < len(step.norms) else "?"
    reference = reference_to(step.program, f"{name}.grad")
    value = None if reference is None else value_in(step, reference)
    return "none" if reference is None else "?" if value is None else number(norm_of(value))


def _joined(norms: Sequence[str]) -> str:
    return ("" if set(norms) <= {"?", "none"} else "norm ") + " → ".join(norms)
