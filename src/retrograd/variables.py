"""What a step is made of, by the person's names: numbers that can be others, tensors that live on, what comes in.

    variables = variables_of(recording, 5)
    variables.constant("learning_rate").numbers     # its places among the program's constants
    [tensor.name for tensor in variables.tensors if tensor.role == "parameter"]

Replays and sweeps ask this before they execute a step on other values. Nothing here needs PyTorch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from retrograd.errors import NameUnknownError, NotKeptError
from retrograd.recording import Event, Operation, Phase, Program, Recording, Reference, Step, constants_in

Role = Literal["parameter", "gradient", "state", "held", "outside"]
"""What a tensor that a step starts from is to the loop:

parameter   a leaf that backward reaches
gradient    the .grad of a tensor
state       any other tensor that a step changes or puts another in the place of: a buffer, an optimizer's state
held        the same in all steps, as the notebook's x and y
outside     it came from outside of the loop in this very step, as a batch does
"""

_NUMBER_ARGUMENTS = {
    "add": 1, "sub": 1, "rsub": 1, "mul": 1, "div": 1, "pow": 0, "fmod": 1, "remainder": 1, "lerp": 2, "addcmul": 3,
    "addcdiv": 3, "clamp": 1, "clamp_min": 1, "clamp_max": 1, "fill": 1, "masked_fill": 2, "where": 1, "eq": 1,
    "ne": 1, "lt": 1, "le": 1, "gt": 1, "ge": 1, "true_divide": 1, "leaky_relu": 1, "threshold": 1,
}  # fmt: skip
"""Operations whose whole numbers, from this argument on, are arithmetic and not places, sizes or dimensions."""


@dataclass(frozen=True, slots=True)
class NamedConstant:
    """A number of the person's in a step's operations."""

    name: str
    """The person's variable, or, where none is known, the line and the number: `line 13: 0.02`."""
    known: bool
    """Whether the name is a variable's."""
    value: int | float | complex
    """In this step."""
    line: int | None
    """Index into `Recording.lines`, of the first place."""
    phase: Phase
    numbers: tuple[int, ...]
    """All its places among the program's constants, such as one in the update of w and one in that of b."""
    follows: tuple[int, ...]
    """Constants of backward nodes that have the same number because a forward operation has it: `5 * x` multiplies
    the gradient by 5, too. They go along with it."""
    derived: tuple[int, ...]
    """Constants of such nodes that autograd made of it in another way, as the exponent of `x ** 3` becomes 2. Another
    number here needs the derivative's own rule for them."""


@dataclass(frozen=True, slots=True)
class NamedTensor:
    """A tensor that a step starts from."""

    name: str
    """The person's variable, or `slot 7` where none is known."""
    known: bool
    role: Role
    slot: int
    """Its slot in the program."""
    dtype: str
    shape: tuple[int, ...]
    changed: bool
    """The step writes to it, or leaves another tensor in its place."""


@dataclass(frozen=True, slots=True)
class Variables:
    """What a step is made of."""

    step: int
    constants: tuple[NamedConstant, ...]
    """In the order of the operations."""
    tensors: tuple[NamedTensor, ...]
    """In the order of `program.start`."""

    def constant(self, name: str) -> tuple[NamedConstant, ...]:
        """Return the constants that a name means: a variable, `line 13`, or `line 13: 0.02`.

        Several have the name if it stood for several numbers in the step.

        Raises:
            NameUnknownError: None has; the message says which there are.
        """
        found = tuple(constant for constant in self.constants if constant.name == name)
        if not found and name.startswith("line "):
            found = tuple(constant for constant in self.constants if constant.name.partition(":")[0] == name)
            if len(found) > 1:
                known = ", ".join(repr(constant.name) for constant in found)
                raise NameUnknownError(f"{name} has several numbers; say which one: {known}")
        if not found:
            raise NameUnknownError(f"no number in step {self.step} is called {name!r}; {_there_are(self.constants)}")
        return found

    def tensor(self, name: str) -> NamedTensor:
        """Return the tensor of this name.

        Raises:
            NameUnknownError: There is none; the message says which there are.
        """
        for tensor in self.tensors:
            if tensor.name == name:
                return tensor
        raise NameUnknownError(
            f"step {self.step} does not start from a tensor called {name!r}; {_there_are(self.tensors)}"
        )


def variables_of(recording: Recording, number: int) -> Variables:
    """Return what a step is made of.

    Args:
        recording: What was recorded.
        number: The step, from 0. The first step often differs from the others (there are no gradients yet), so what
            holds for the loop is better seen in a later one.

    Raises:
        NotKeptError: There is no such step, or it was recorded without its program.
    """
    step = recording.source.step(number)
    if step.program is None:
        raise NotKeptError(f"step {number} was recorded lightly: what it is made of was not kept")
    return Variables(number, constants_of(recording, step), tensors_of(recording, step))


# ---------------------------------------------------------------- numbers


def constants_of(recording: Recording, step: Step) -> tuple[NamedConstant, ...]:
    """Return the numbers of the person's in a step: those of forward and update, but not autograd's own."""
    program = step.program
    assert program is not None
    uses = _uses(program)
    groups: dict[tuple[Any, ...], list[int]] = {}
    names: dict[tuple[Any, ...], tuple[str, bool]] = {}
    for constant in program.constants:
        operation, place = uses.get(constant.number, (None, 0))
        if operation is None:
            continue
        event = program.events[operation.event]
        value = step.constants.get(constant.number, constant.value)
        if event.node is not None or event.kind == "call" or not _is_arithmetic(constant.name, value, operation, place):
            continue
        name = constant.name or _place_name(recording, event, value)
        key = (name, repr(value), None if constant.name else event.line)
        groups.setdefault(key, []).append(constant.number)
        names[key] = (name, constant.name is not None)
    return tuple(_constant(step, names[key], numbers, uses) for key, numbers in groups.items())


def _constant(
    step: Step, name: tuple[str, bool], numbers: list[int], uses: dict[int, tuple[Operation, int]]
) -> NamedConstant:
    program = step.program
    assert program is not None
    value = step.constants.get(numbers[0], program.constants[numbers[0]].value)
    events = {uses[number][0].event for number in numbers}
    follows: list[int] = []
    derived: list[int] = []
    for constant in program.constants:
        operation, place = uses.get(constant.number, (None, 0))
        node = program.events[operation.event].node if operation is not None else None
        if operation is None or node is None or node.forward not in events:
            continue
        own = step.constants.get(constant.number, constant.value)
        if own == value and type(own) is type(value):
            follows.append(constant.number)
        elif _is_arithmetic(None, own, operation, place):
            derived.append(constant.number)
    event = program.events[uses[numbers[0]][0].event]
    return NamedConstant(*name, value, event.line, event.phase, tuple(numbers), tuple(follows), tuple(derived))


def _uses(program: Program) -> dict[int, tuple[Operation, int]]:
    """Return the operation that each constant is an argument of, and which one; -1 for one with a keyword."""
    cache: dict[Any, dict[int, tuple[Operation, int]]] = program.cache
    if "uses" not in cache:
        uses: dict[int, tuple[Operation, int]] = {}
        for operation in program.operations:
            for place, argument in enumerate(operation.arguments):
                for number in constants_in(argument):
                    uses[number] = operation, place
            for number in constants_in(dict(operation.keywords)):
                uses[number] = operation, -1
        cache["uses"] = uses
    return cache["uses"]


def _is_arithmetic(name: str | None, value: complex, operation: Operation, place: int) -> bool:
    """Return whether a number is one to compute with; the others are places, sizes and dimensions."""
    if name is not None or isinstance(value, (float, complex)):
        return True
    packet = operation.name.partition("::")[2].partition(".")[0]
    packet = packet.removeprefix("_foreach_").rstrip("_")
    first = _NUMBER_ARGUMENTS.get(packet)
    return first is not None and (place >= first or place < 0)


def _place_name(recording: Recording, event: Event, value: complex) -> str:
    if event.line is None:
        return f"event {event.number}: {value!r}"
    return f"line {recording.lines[event.line].number}: {value!r}"


# ---------------------------------------------------------------- tensors


def tensors_of(recording: Recording, step: Step) -> tuple[NamedTensor, ...]:
    """Return the tensors that a step starts from, each with what it is to the loop."""
    program = step.program
    assert program is not None
    lasting = _held(recording, step)
    tensors = []
    for reference in program.start:
        slot = program.slots[reference.slot]
        changed = not _is_same_after(program, reference)
        role: Role = "held" if lasting[reference.slot] else "outside"
        if slot.parameter:
            role = "parameter"
        elif slot.gradient_of is not None:
            role = "gradient"
        elif changed or lasting[reference.slot] is None:
            role = "state"
        name = slot.name or f"slot {slot.number}"
        tensors.append(NamedTensor(name, slot.name is not None, role, slot.number, slot.dtype, slot.shape, changed))
    return tuple(tensors)


def _is_same_after(program: Program, reference: Reference) -> bool:
    """Return whether a tensor that a program starts from holds the same when it ends, as far as that was seen."""
    ends: dict[int, int] = program.cache.setdefault("ends", {r.slot: r.buffer for r in program.end})
    # What is no more there at the end, as a batch, cannot have been left changed.
    return ends.get(reference.slot, reference.buffer) == reference.buffer


def _held(recording: Recording, step: Step) -> dict[int, bool | None]:
    """Return for each start slot True if no step has changed it, False if it came from outside, None for state."""
    program = step.program
    assert program is not None
    found: dict[int, bool | None] = {}
    waiting: list[tuple[int, int, int]] = []
    """Slot of the step that is asked about; the step that it comes from, and its slot there."""
    for reference, binding in zip(program.start, step.bindings, strict=True):
        if binding is None:
            found[reference.slot] = step.number <= 0 and _is_taken_over(recording, step, reference)
        else:
            waiting.append((reference.slot, step.number - binding[0], binding[1]))
    while waiting:
        number = max(at for _, at, _ in waiting)
        source = recording.source.step(number)
        following = [entry for entry in waiting if entry[1] != number]
        for slot, at, there in waiting:
            if at == number:
                known = _root(source, there)
                if isinstance(known, tuple):
                    following.append((slot, *known))
                else:
                    found[slot] = known
        waiting = following
    return found


def _root(step: Step, slot: int) -> bool | tuple[int, int] | None:
    """Follow a tensor that a step left: on to the step before, or to its origin as `_held` says it."""
    program = step.program
    if program is None:
        return None
    places: dict[int, int] = program.cache.setdefault("starts", {r.slot: n for n, r in enumerate(program.start)})
    place = places.get(slot)
    if place is None:
        return True if step.number < 0 else None  # it was made there
    if not _is_same_after(program, program.start[place]):
        return None
    binding = step.bindings[place]
    return step.number <= 0 if binding is None else (step.number - binding[0], binding[1])


def _is_taken_over(recording: Recording, step: Step, reference: Reference) -> bool:
    """Return whether the step after the first one starts from a tensor as the first one left it."""
    following = recording.source.step(step.number + 1) if len(recording.steps) > step.number + 1 else None
    if following is None or following.program is None:
        return step.program is not None and step.program.slots[reference.slot].name is not None
    return any(binding == (1, reference.slot) for binding in following.bindings)


def _there_are(named: Sequence[NamedConstant] | Sequence[NamedTensor]) -> str:
    if not named:
        return "there are none"
    return "there are: " + ", ".join(dict.fromkeys(entry.name for entry in named))
