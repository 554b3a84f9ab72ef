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

_NORM = "norm "

Row = tuple[str, str, str, str]
"""Name, shape, the values, the gradients."""


def parameter_lines(recording: Recording, first: Step | None, last: Step | None, screen: Screen) -> Iterator[str]:
    """Go through the lines of a table of all parameters: before the first step, and after the last one."""
    names = recording.parameters
    titles: Row = ("PARAMETERS", "", "first → last", "norm of gradient")
    rows = [_row(name, place, first, last, in_norms=False) for place, name in enumerate(names[:MOST_PARAMETERS])]
    wide = _widths(titles, rows)
    if sum(wide) + 8 > screen.width or all(values.startswith(_NORM) for _, _, values, _ in rows):
        titles = ("PARAMETERS", "", "norm, first → last", "norm of gradient")
        rows = [_row(name, place, first, last, in_norms=True) for place, name in enumerate(names[:MOST_PARAMETERS])]
        wide = _widths(titles, rows)
    wide[0] = max(min(wide[0], screen.width - sum(wide[1:]) - 8), 8)
    yield screen.paint("bold", f"{left(titles[0], wide[0] + wide[1] + 4)}  {left(titles[2], wide[2])}  {titles[3]}")
    for name, shape, values, gradients in rows:
        label = left(fit_end(name, wide[0]), wide[0])
        yield f"  {label}  {left(shape, wide[1])}  {left(values, wide[2])}  {gradients}"
    if len(names) > MOST_PARAMETERS:
        yield f"  … {len(names) - MOST_PARAMETERS} more"


def _widths(titles: Row, rows: Sequence[Row]) -> list[int]:
    # The first title reaches into the second column.
    return [max(map(width_of, column)) for column in zip((titles[0][:8], *titles[1:]), *rows, strict=True)]


def _row(name: str, place: int, first: Step | None, last: Step | None, in_norms: bool) -> Row:
    values = [_value(first, name, at_end=False), _value(last, name, at_end=True)]
    shape = next((shape_text(value.shape) for value in values if value is not None), "")
    gradients = [_gradient(step, name, place) for step in (first, last)]
    change = _norms(values) if in_norms else _numbers(values) or _NORM + _norms(values)
    return printable(name), shape, change, " → ".join(gradients)


def _value(step: Step | None, name: str, at_end: bool) -> Value | None:
    if step is None or step.program is None:
        return None
    reference = parameter_in(step.program, name, at_end=at_end)
    return None if reference is None else value_in(step, reference)


def _numbers(values: Sequence[Value | None]) -> str:
    """Return the numbers of a tensor at two moments, if they are very few."""
    arrays = [value.array for value in values if value is not None and value.array is not None]
    few = all(0 < array.size <= TINIEST and array.dtype.kind in "fiu" for array in arrays)
    if not few or len(arrays) < len(values):
        return ""
    return " → ".join(" ".join(map(number, array.ravel().tolist())) for array in arrays)


def _norms(values: Sequence[Value | None]) -> str:
    return " → ".join("?" if value is None else number(norm_of(value)) for value in values)


def _gradient(step: Step | None, name: str, place: int) -> str:
    if step is None:
        return "?"
    if step.program is None:
        return number(step.norms[place]) if place < len(step.norms) else "?"
    reference = reference_to(step.program, f"{name}.grad")
    value = None if reference is None else value_in(step, reference)
    return "none" if reference is None else "?" if value is None else number(norm_of(value))
