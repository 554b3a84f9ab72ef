"""How the steps that run one program are executed: worked out once for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from retrograd.program.copying import Copying
from retrograd.recording import (
    Layout,
    Program,
    Recording,
    Reference,
    extent,
    itemsize,
    offsets,
)
from retrograd.replays.dtypes import in_dtype, is_real


@dataclass(slots=True)
class Plan:
    """How to execute the steps that run one program."""

    program: Program
    """In the dtype of the replay."""
    copying: dict[Layout, Copying] = field(default_factory=dict)
    """For each layout the program, ready to run and to copy what the layout holds."""
    truths: list[tuple[int, str]] = field(default_factory=list)
    """What the script asks and goes by, by its event: tensors read as true or false or as whole numbers, and where."""
    large: list[tuple[int, Reference]] = field(default_factory=list)
    """What a step starts from that is not kept whole as a rule, and its place among the start."""
    usual: dict[int, int | float | complex] = field(default_factory=dict)
    """The program's own constants."""
    reads: bool = False
    """The script reads floating-point numbers."""


def plan_of(recording: Recording, program: Program, dtype: str | None) -> Plan:
    """Return how to execute a program, perhaps in another dtype."""
    converted = in_dtype(program, dtype) if dtype else program
    plan = Plan(converted)
    plan.usual = {constant.number: constant.value for constant in converted.constants}
    plan.large = [
        (place, reference)
        for place, reference in enumerate(converted.start)
        if reference.buffer >= 0 and not converted.buffers[reference.buffer].whole
    ]
    for event in program.events:
        if event.kind != "read" or not event.inputs:
            continue
        reference = event.inputs[0]
        method = event.name.rpartition(".")[2]
        slot = program.slots[reference.slot]
        if method in _TRUTHS or (method in _NUMBERS and not is_real(slot.dtype)):
            plan.truths.append((event.number, _where(recording, event)))
        else:
            plan.reads = True
    return plan


_TRUTHS = frozenset({"__bool__", "is_nonzero", "__contains__", "equal", "allclose"})
_NUMBERS = frozenset({"item", "tolist", "__int__", "__index__"})


def _where(recording: Recording, event: Any) -> str:
    if event.line is None:
        return f"the script ({event.name})"
    return f"line {recording.lines[event.line].number}"


def copying_of(plan: Plan, layout: Layout) -> Copying:
    """Return the program, ready to run and to copy what a layout holds."""
    if layout not in plan.copying:
        plan.copying[layout] = Copying(plan.program, _sizes_in(plan.program, layout))
    return plan.copying[layout]


def _sizes_in(program: Program, layout: Layout) -> dict[tuple[int, int], int]:
    """Return which buffers to copy through which slots: how many bytes, or -1 for a summary."""
    places = offsets(program, layout)
    sizes: dict[tuple[int, int], int] = {}
    for slot in program.slots:
        size = extent(slot.shape, slot.stride, itemsize(slot.dtype))
        for buffer in program.buffers:
            same = buffer.storage == slot.storage and buffer.nbytes == size and buffer.dtype == slot.dtype
            if same and buffer.number in places:
                sizes[buffer.number, slot.number] = buffer.nbytes if buffer.whole else -1
    return sizes
