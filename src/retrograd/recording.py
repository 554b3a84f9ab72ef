"""What a recording is. Nothing here knows PyTorch, files or screens.

A recording is a sequence of steps. What one turn of the loop *does* (its operations, events, tensors) is
the same turn after turn, so it is stored once, as a `Program`; a `Step` is a program's number and the
bytes of its values. The vocabulary, from small to large:

    Slot        a tensor of a program: one place in memory, seen with one shape
    Buffer      the content of such a place between two writes to it
    Reference   a slot at one moment: which buffer it showed then
    Value       the numbers behind a reference in one step: an array, or a summary of a large one
    Operation   an ATen operation, from slots to slots: the executable part
    Event       one thing that happened, as the person wrote it: the readable part
    Program     all of these for one kind of turn
    Step        one turn: a program and a row of bytes
    Recording   all steps, what came before and after them, the sources, and what could not be seen
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from math import prod
from typing import Any, Literal, Protocol

import numpy as np

from retrograd.errors import DamagedFileError, NameUnknownError, NotKeptError

Kind = Literal["forward", "call", "backward", "accumulate", "update", "clear", "read", "state", "error", "other"]
"""What an event is: a forward operation, the call of backward, a backward node, an accumulation into .grad, an
in-place write to a leaf, a gradient zeroed or set to None, a value that left torch, a change of state
(no_grad, requires_grad, detach), an exception, or anything else (a factory, a write to a plain tensor)."""

Phase = Literal["forward", "backward", "accumulate", "update", "clear", "other"]

SAMPLE_LENGTH = 16
"""A summary keeps this many entries of the tensor, evenly spaced."""

NUMPY_DTYPES = {
    "float64": "f8",
    "float32": "f4",
    "float16": "f2",
    "int64": "i8",
    "int32": "i4",
    "int16": "i2",
    "int8": "i1",
    "uint8": "u1",
    "uint16": "u2",
    "uint32": "u4",
    "uint64": "u8",
    "bool": "?",
    "complex64": "c8",
    "complex128": "c16",
    "bfloat16": "u2",
}
"""How NumPy reads the bytes of a torch dtype. bfloat16 is unknown there: its bits are read and widened."""


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

    def __iter__(self) -> Iterator[Step]:
        """Go through the steps in order."""
        return (self.source.step(number) for number in self.source.numbers)


def summary_nbytes(buffer: Buffer) -> int:
    """Return how many bytes the summary of a buffer takes in a row."""
    size = itemsize(buffer.dtype)
    return SUMMARY_HEAD.itemsize + size * min(SAMPLE_LENGTH, buffer.nbytes // size)


SUMMARY_HEAD = np.dtype(
    [
        ("count", "<i8"),
        ("nonfinite", "<i8"),
        ("minimum", "<f8"),
        ("maximum", "<f8"),
        ("mean", "<f8"),
        ("norm", "<f8"),
        ("checksum", "<u8"),
    ]
)
"""How a summary begins in a row; its sample follows."""


def itemsize(dtype: str) -> int:
    """Return the bytes of one entry."""
    return np.dtype(NUMPY_DTYPES[dtype]).itemsize


def extent(shape: Sequence[int], stride: Sequence[int], size: int) -> int:
    """Return the bytes from the first to the last entry of a strided tensor whose entries have `size` bytes."""
    return (sum((n - 1) * step for n, step in zip(shape, stride, strict=True)) + 1) * size if prod(shape) else 0


def offsets(program: Program, layout: Layout, bindings: Sequence[Binding] = ()) -> dict[int, int]:
    """Return where in a row each buffer of the layout begins, in bytes; the key -1 holds the row's length."""
    cache: dict[Any, dict[int, int]] = program.cache
    fresh = tuple(binding is None for binding in bindings) if layout == "inputs" else ()
    if (layout, fresh) not in cache:
        outside = {reference.buffer for reference, new in zip(program.start, fresh, strict=False) if new}
        places, position = {}, 0
        for buffer in program.buffers:
            if layout == "all" or (layout == "kept" and buffer.kept) or buffer.number in outside:
                places[buffer.number] = position
                position += buffer.nbytes if buffer.whole else summary_nbytes(buffer)
        places[-1] = position
        cache[layout, fresh] = places
    return cache[layout, fresh]


def value_of(step: Step, reference: Reference) -> Value:
    """Return the numbers behind a reference in this step.

    Raises:
        NotKeptError: This step does not hold the buffer, though the program computes it.
    """
    if step.program is None:
        raise NotKeptError(f"step {step.number} was recorded lightly: only its loss and gradient norms were kept")
    slot = step.program.slots[reference.slot]
    if reference.buffer < 0:
        return Value(slot.name, slot.dtype, slot.shape, None, None)
    buffer = step.program.buffers[reference.buffer]
    if reference.buffer in step.wholes:
        return Value(slot.name, slot.dtype, slot.shape, _strided(slot, buffer, step.wholes[reference.buffer]), None)
    place = offsets(step.program, step.layout, step.bindings).get(reference.buffer)
    if place is None:
        raise _not_kept(step, slot)
    nbytes = buffer.nbytes if buffer.whole else summary_nbytes(buffer)
    content = step.row[place : place + nbytes]
    if len(content) != nbytes:
        raise DamagedFileError(f"step {step.number} is {place + nbytes - len(step.row)} bytes short")
    if buffer.whole:
        return Value(slot.name, slot.dtype, slot.shape, _strided(slot, buffer, content), None)
    summary = _summary(buffer, content)
    if summary.nonfinite < 0:
        raise _not_kept(step, slot)
    return Value(slot.name, slot.dtype, slot.shape, None, summary)


def _not_kept(step: Step, slot: Slot) -> NotKeptError:
    return NotKeptError(
        f"step {step.number} does not hold {slot.name or f'slot {slot.number}'} itself; it follows by executing "
        f"the step's program: retrograd.program.reconstruct(recording, {step.number})"
    )


def loss_of(step: Step) -> float:
    """Return what backward was called on in a step (at last, if several times); NaN if it was not one number."""
    if step.loss is not None:
        return step.loss
    program = step.program
    for reference in reversed(program.losses) if program else ():
        try:
            array = value_of(step, reference).array
        except NotKeptError:
            continue
        if array is not None and array.size == 1 and array.dtype.kind != "c":
            return float(array.reshape(()))
    return float("nan")


def _strided(slot: Slot, buffer: Buffer, content: bytes) -> np.ndarray:
    dtype = np.dtype(NUMPY_DTYPES[slot.dtype])
    first = slot.offset * dtype.itemsize - buffer.start
    strides = tuple(stride * dtype.itemsize for stride in slot.stride)
    if not prod(slot.shape):
        return np.zeros(slot.shape, dtype)
    if not 0 <= first <= first + extent(slot.shape, slot.stride, dtype.itemsize) <= len(content):
        raise DamagedFileError(f"slot {slot.number} reaches outside of its buffer {buffer.number}")
    array = np.ndarray(slot.shape, dtype, content, first, strides)
    return (array.astype("u4") << 16).view("f4") if slot.dtype == "bfloat16" else array


def _summary(buffer: Buffer, content: bytes) -> Summary:
    head = np.frombuffer(content, SUMMARY_HEAD, 1)[0]
    sample = np.frombuffer(content, NUMPY_DTYPES[buffer.dtype], offset=SUMMARY_HEAD.itemsize)
    if buffer.dtype == "bfloat16":
        sample = (sample.astype("u4") << 16).view("f4")
    entries = sample[: min(SAMPLE_LENGTH, int(head["count"]))]
    numbers = {name: head[name].item() for name in SUMMARY_HEAD.names or ()}
    return Summary(**numbers, sample=entries)


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


def flat(outputs: Any) -> Iterator[int | None]:
    """Go through the slots in an operation's outputs; None stands for a result that is no tensor."""
    for output in outputs:
        if isinstance(output, tuple):
            yield from flat(output)
        else:
            yield output


def references_in(program: Program) -> Iterator[Reference]:
    """Go through all references of a program, in a fixed order."""
    yield from (
        *program.start,
        *program.end,
        *program.losses,
        *(reference for _, reference in program.gradients),
    )
    for operation in program.operations:
        yield from operation.results
    for event in program.events:
        yield from (*event.inputs, *event.outputs)
        if event.node is not None:
            yield from (r for r in (*event.node.gradients_in, *event.node.gradients_out) if r is not None)


def reference_to(program: Program, name: str) -> Reference | None:
    """Return a parameter at the start of the step, or for `w.grad` the gradient after its last accumulation."""
    if name.endswith(".grad"):
        return next((r for slot, r in program.gradients if f"{program.slots[slot].name}.grad" == name), None)
    return next(
        (r for r in program.start if program.slots[r.slot].parameter and program.slots[r.slot].name == name),
        None,
    )
