"""Steps as rows of their table, and back."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, get_args

from retrograd.recording import Binding, Layout, Program, Step
from retrograd.store._format import check_size, from_json, natural, to_json

LAYOUTS: tuple[Layout, ...] = get_args(Layout)

_HEAD = struct.Struct("<13q2d")
"""What the checksum of a step begins with: all that is a number, and how long the rest is."""


class Repeated(NamedTuple):
    """A step that a known program ran, and of which nothing but values is special."""

    number: int
    program: Program | None
    layout: Layout
    row: bytes
    bindings: tuple[Binding, ...]
    seconds: float
    loss: float | None = None
    norms: tuple[float, ...] = ()

    def step(self) -> Step:
        """Return it as a step like any other."""
        return Step(
            *(self.number, self.program, self.layout, self.row, {}, self.bindings, (), {}, self.seconds, True),
            *(self.loss, self.norms),
        )


def repeated(step: Step) -> Repeated | None:
    """Return a step as one of a stretch, or None if something but its values is special."""
    if step.constants or step.generators or step.wholes or not step.finished:
        return None
    return Repeated(
        step.number, step.program, step.layout, step.row, step.bindings, step.seconds, step.loss, step.norms
    )


def is_turn(step: Step | Repeated) -> bool:
    """Return whether this is a turn of the loop: backward was called in it. The rest is before or after."""
    return step.number >= 0 and (step.program is None or bool(step.program.losses))


def light(step: Step) -> Step:
    """Return what is left of a step without its program and values."""
    return replace(step, program=None, layout="none", row=b"", constants={}, bindings=(), generators=(), wholes={})


def step_to_row(step: Step, bindings: int | None, wholes: Sequence[tuple[int, int]]) -> tuple[Any, ...]:
    """Return a row of the table `steps`.

    Args:
        step: Its program has the number that it has in the file.
        bindings: Where in the table `bindings` its bindings are.
        wholes: Pairs (buffer, where in the table `blobs` its content is).

    Raises:
        ValueError, TypeError, struct.error: It cannot be written.
    """
    check_size(step.row)
    row = (
        int(step.number),
        None if step.program is None else step.program.number,
        step.layout,
        step.row,
        to_json([[*pair] for pair in step.constants.items()]) if step.constants else None,
        bindings,
        b"".join(len(state).to_bytes(4, "little") + state for state in step.generators) or None,
        to_json(wholes) if wholes else None,
        _real(step.seconds),
        int(step.finished),
        None if step.loss is None else _real(step.loss),
        struct.pack(f"<{len(step.norms)}d", *step.norms) or None,
    )
    return (*row, _step_checksum(row))


def step_from_row(
    row: Sequence[Any],
    program_of: Callable[[int], Program],
    bindings_of: Callable[[int], tuple[Binding, ...]],
    blob_of: Callable[[int], bytes],
) -> Step:
    """Read a row of the table `steps`.

    Raises:
        ValueError, TypeError, OverflowError, struct.error: It is not what was written.
    """
    *fields, crc = row
    if crc != _step_checksum(fields):
        raise ValueError("its checksum is wrong")
    (
        number,
        program,
        layout,
        content,
        constants,
        bindings,
        generators,
        wholes,
        seconds,
        finished,
        loss,
        norms,
    ) = fields
    return Step(
        number=number,
        program=None if program is None else program_of(program),
        layout=layout,
        row=content,
        constants=_constants_from_json(constants) if constants else {},
        bindings=() if bindings is None else bindings_of(bindings),
        generators=_states(generators) if generators else (),
        wholes={natural(each): blob_of(natural(blob)) for each, blob in from_json(wholes)} if wholes else {},
        seconds=float(seconds),
        finished=bool(finished),
        loss=None if loss is None else float(loss),
        norms=struct.unpack(f"<{len(norms) // 8}d", norms) if norms else (),
    )


def _step_checksum(fields: Sequence[Any]) -> int:
    (
        number,
        program,
        layout,
        content,
        constants,
        bindings,
        generators,
        wholes,
        seconds,
        finished,
        loss,
        norms,
    ) = fields
    texts = (content, constants or b"", generators or b"", wholes or b"", norms or b"")
    parts = [part.encode() if isinstance(part, str) else part for part in texts]
    head = _HEAD.pack(
        number,
        -1 if program is None else program,
        LAYOUTS.index(layout),
        -1 if bindings is None else bindings,
        finished,
        loss is None,
        seconds == "nan",
        loss == "nan",
        *map(len, parts),
        0.0 if seconds == "nan" else seconds,
        0.0 if loss is None or loss == "nan" else loss,
    )
    crc = zlib.crc32(head)
    for part in parts:
        if part:
            crc = zlib.crc32(part, crc)
    return crc


def _real(number: float) -> float | str:
    # SQLite turns NaN into NULL, which says "no loss"; "not a number" is something else.
    return "nan" if math.isnan(number) else float(number)


def _constants_from_json(text: str) -> dict[int, int | float | complex]:
    constants = {natural(number): value for number, value in from_json(text)}
    if not all(isinstance(value, (int, float, complex)) for value in constants.values()):
        raise ValueError("a constant is no number")
    return constants


def _states(generators: bytes) -> tuple[bytes, ...]:
    states, place = [], 0
    while place < len(generators):
        length = int.from_bytes(generators[place : place + 4], "little")
        states.append(generators[place + 4 : place + 4 + length])
        place += 4 + length
    if place != len(generators):
        raise ValueError("the state of a generator is cut off")
    return tuple(states)
