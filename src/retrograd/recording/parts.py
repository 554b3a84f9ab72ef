"""The parts of a recording, from small to large. Plain data: what is done with it stands elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Kind = Literal["forward", "call", "backward", "accumulate", "update", "clear", "read", "state", "error", "other"]
"""What an event is: a forward operation, the call of backward, a backward node, an accumulation into .grad, an
in-place write to a leaf, a gradient zeroed or set to None, a value that left torch, a change of state
(no_grad, requires_grad, detach), an exception, or anything else (a factory, a write to a plain tensor)."""

Phase = Literal["forward", "backward", "accumulate", "update", "clear", "other"]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the person's own code, and the part of it that was at work."""

    file: str
    number: int
    """From 1."""
    column: int
    """From 0, in characters of the line."""
    end_number: int
    end_column: int
    function: str
    """`<module>` at the top level of a script."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What is kept of a tensor that is too large to be kept whole."""

    count: int
    nonfinite: int
    """How many entries are infinite or not a number; -1 if no summary was made in this step."""
    minimum: float
    maximum: float
    mean: float
    norm: float
    """Euclidean."""
    checksum: int
    """Sum of all bits, modulo 2⁶⁴: equal tensors have equal checksums. Their memory is read as 8-byte integers, with
    zeros behind it; or each entry as an integer, if other things lie between the entries."""
    sample: np.ndarray
    """Up to SAMPLE_LENGTH entries at even distances in memory, the first one included."""


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor as it was at one moment."""

    name: str | None
    dtype: str
    """As PyTorch spells it, without `torch.`."""
    shape: tuple[int, ...]
    array: np.ndarray | None
    """All numbers, or None if only a summary was kept."""
    summary: Summary | None


@dataclass(frozen=True, slots=True)
class Slot:
    """A tensor of a program: one storage, seen with one shape. Two names for the same memory are two slots."""

    number: int
    storage: int
    """Slots with the same storage share memory."""
    dtype: str
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    """In entries, as PyTorch counts."""
    offset: int
    """Of the first entry from the start of the storage, in entries."""
    device: str
    external: bool
    """It existed before the step's first operation on it: state from the step before, or an input."""
    name: str | None
    """The person's variable, a module's parameter path, or `w.grad`; None if it never had a name."""
    leaf: bool
    """No operation that autograd tracked made it."""
    requires_grad: bool
    parameter: bool
    """A leaf that takes part in the backward pass of this step."""
    gradient_of: int | None
    """The slot whose .grad this is."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """The content of a storage between two writes, as far as slots showed it."""

    number: int
    storage: int
    start: int
    """First byte of the storage that is kept."""
    nbytes: int
    """Number of bytes from `start` that are meant, whether kept whole or as a summary."""
    dtype: str
    whole: bool
    """Kept byte by byte; otherwise as a Summary."""
    kept: bool
    """Also kept in the repeated steps of this program. The others follow by executing it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A slot at one moment."""

    slot: int
    buffer: int
    """-1 for memory that nothing had been written to yet."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A number in an operation's arguments. A step may have its own number in this place."""

    number: int
    value: int | float | complex
    name: str | None
    """The person's variable, such as `learning_rate`, if the expression on the line shows one."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An ATen operation. Its arguments are plain data; tensors, constants and types are small dictionaries.

    `{"slot": 3}`, `{"constant": 0}`, `{"dtype": "float32"}`, `{"device": "cpu"}`, `{"layout": "strided"}`,
    `{"memory_format": "contiguous_format"}`, `{"generator": 0}`, `{"list": [...]}`; else None, a bool or a string.
    """

    name: str
    """With its overload, as `aten::add_.Tensor`."""
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    outputs: tuple[Any, ...]
    """Slot numbers in the order of the results; a result that is a list is a tuple; None for no tensor."""
    results: tuple[Reference, ...]
    """What it made or wrote to, as it left it."""
    event: int
    """The event during which it ran."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the graph that backward walked."""

    name: str
    """As PyTorch names it: `AddBackward0`."""
    number: int
    """Its place in the order of execution, from 0."""
    forward: int | None
    """The event that created it, if that was in this step."""
    next: tuple[tuple[int, int] | None, ...]
    """For each input of the forward operation: (number of the node, which of its outputs), None where no gradient
    is wanted."""
    gradients_in: tuple[Reference | None, ...]
    gradients_out: tuple[Reference | None, ...]
    saved: tuple[tuple[str, Reference], ...] = ()
    """Tensors that the forward operation saved for this node, with PyTorch's names for them, as they were then.
    Empty where a hook on saved tensors would have been called to look at them."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    number: int
    """From 0 within its step."""
    kind: Kind
    phase: Phase
    line: int | None
    """Index into `Recording.lines`; None if no line of the person's code was at work."""
    name: str
    """The call as PyTorch names it (`torch.matmul`, `Tensor.sub_`), or the name of the node."""
    inputs: tuple[Reference, ...]
    outputs: tuple[Reference, ...]
    operations: tuple[int, int]
    """First and one past the last of the ATen operations that ran under it."""
    node: Node | None = None
    text: str = ""
    """What there is to say besides: the mode that was entered, the exception's text, an optimizer's options."""
    tracked: bool = True
    """Gradients were being tracked when it began."""
    callers: tuple[int, ...] = ()
    """The lines of the person's code that called the code around `line`, the nearest first; indices as there."""


@dataclass(frozen=True)
class Program:
    """What one kind of turn of the loop does; executable (see `retrograd.program`)."""

    number: int
    slots: tuple[Slot, ...]
    buffers: tuple[Buffer, ...]
    constants: tuple[Constant, ...]
    operations: tuple[Operation, ...]
    events: tuple[Event, ...]
    start: tuple[Reference, ...]
    """The external slots as they were before the step: what the program must be given."""
    end: tuple[Reference, ...]
    """Every slot that was still alive after the step, as it was then."""
    losses: tuple[Reference, ...]
    """The tensors that backward was called on."""
    gradients: tuple[tuple[int, Reference], ...]
    """For each parameter: its slot, and its gradient as it was after the last backward call."""
    draws: tuple[tuple[int, int], ...]
    """Operations before which a recorded state must be given to a random generator: (operation, generator);
    generator -1 is PyTorch's default one, the others are numbered as in the operations' arguments."""
    executable: bool
    """False if something took part that no ATen operation shows; the recording's notes say what."""
    unstable: tuple[int, ...] = ()
    """Operations whose result may differ from run to run on several threads, as index_put with accumulate does;
    executing the program takes their recorded outputs."""
    cache: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """Whatever is worth computing once a program, such as where in a row each buffer begins."""


Layout = Literal["all", "kept", "inputs", "none"]
"""Which buffers a step holds: every one, the kept ones, only what came from outside, or none at all."""

Binding = tuple[int, int] | None
"""Where an external slot came from: (steps back, slot there), or None if it came from outside."""


@dataclass(frozen=True, slots=True)
class Step:
    """One turn of the loop, or what came before the first (number -1) or after the last."""

    number: int
    """From 0."""
    program: Program | None
    """None in a light recording, which keeps no structure for most steps."""
    layout: Layout
    row: bytes
    """The buffers of the layout one after another."""
    constants: Mapping[int, int | float | complex]
    """The constants of the program that had another number in this step."""
    bindings: tuple[Binding, ...]
    """For each of the program's `start` references."""
    generators: tuple[bytes, ...]
    """The states of the random generators, one for each of the program's `draws`."""
    wholes: Mapping[int, bytes]
    """Buffers that are summaries in the row and are kept whole for this step all the same."""
    seconds: float
    """Since the recording began, at the end of this step."""
    finished: bool
    """False if the loop ended (an exception, a kill) in the middle."""
    loss: float | None
    """What backward was called on, in a step that keeps no row; elsewhere `loss_of` reads it from the row."""
    norms: tuple[float, ...]
    """Norm of each parameter's gradient, in the order of the program's parameters; only in light recordings."""


NoteKind = Literal["unseen", "error", "warning", "unstable", "proof"]


@dataclass(frozen=True, slots=True)
class Note:
    """Something the recording does not hold, or that a reader must know: what was not seen, and where."""

    kind: NoteKind
    step: int | None
    line: int | None
    text: str
