"""A recorded step is a program: execute it again, on its own values or on others.

A program is turned into one straight line of Python: a local variable for each tensor, a call for each ATen
operation, deleted after its last use. It runs below autograd, for what autograd did is in the program already.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from retrograd.errors import NotKeptError, NotReproducibleError
from retrograd.recorder.values import checksum, content, summary
from retrograd.recording import (
    Operation,
    Program,
    Recording,
    Reference,
    Slot,
    Step,
    extent,
    flat,
    itemsize,
    offsets,
    value_of,
)

Tensors = dict[int, Tensor]
"""Tensors by the number of their slot."""

Witness = Callable[[int, Slot, Tensor], None]
"""Is shown every buffer when it is complete: its number, the slot that shows it, and the tensor."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What executing the programs gave, beside what was recorded."""

    steps: int
    """Steps whose programs were executed."""
    compared: int
    """Recorded values that were computed again."""
    differences: tuple[str, ...]
    """A sentence for each value that came out otherwise."""
    skipped: tuple[str, ...]
    """A sentence for each step that could not be executed."""

    @property
    def holds(self) -> bool:
        """Whether everything that was recorded follows bitwise from the programs."""
        return not self.differences and not self.skipped


def execute(
    program: Program,
    start: Mapping[int, Tensor],
    *,
    constants: Mapping[int, complex] | None = None,
    generators: Sequence[bytes] = (),
    dtype: torch.dtype | None = None,
    device: torch.device | str | None = None,
    witness: Witness | None = None,
    drawn: dict[int, bytes] | None = None,
) -> Tensors:
    """Execute a program on tensors, which are written to in place as the loop did.

    Args:
        program: What to do.
        start: A tensor for each slot of `program.start`.
        constants: Other numbers for some of the program's constants.
        generators: States of random generators, one for each of `program.draws`; missing ones draw on.
        dtype: Makes new floating-point tensors in this dtype instead of the recorded one.
        device: Makes new tensors on this device instead of the recorded one.
        witness: Is shown every buffer as soon as it is complete.
        drawn: Gets the states in which the program leaves the generators, by their numbers.

    Returns:
        The tensors of `program.end`, by slot.

    Raises:
        NotReproducibleError: Something took part in the step that no ATen operation shows.
    """
    if not program.executable:
        raise NotReproducibleError(
            "this step cannot be executed again: something took part in it that no ATen operation shows; "
            "the recording's notes say what"
        )
    numbers = {**{c.number: c.value for c in program.constants}, **(constants or {})}
    run = _compiled(program, witness is not None)
    kinds = _Kinds(dtype, None if device is None else torch.device(device))
    randomness = _Randomness(program, generators, kinds.device)
    if witness is not None:
        for reference in program.start:
            if reference.buffer >= 0:
                witness(reference.buffer, program.slots[reference.slot], start[reference.slot])
    with below_autograd(), randomness.kept():
        end = run(start, numbers, kinds, randomness, witness)
        if drawn is not None:
            drawn.update(randomness.states())
        return end


def start_of(recording: Recording, step: Step, only: Sequence[Reference] | None = None) -> Tensors:
    """Return the tensors that a step began with, made anew from the recording.

    Args:
        recording: What was recorded.
        step: One of its steps.
        only: Some of `program.start`, if not all of them are wanted.

    Raises:
        NotKeptError: A large tensor was not kept whole in this step, nor in one that it came unchanged from.
    """
    assert step.program is not None
    wanted = step.program.start if only is None else only
    return _tensors(step.program, wanted, lambda reference: _start_bytes(recording, step, reference))


def reconstruct(recording: Recording, number: int) -> Step:
    """Return a step with every value of it, computed again where it was not kept.

    Args:
        recording: What was recorded.
        number: The step, from 0; -1 for what came before the first one.

    Raises:
        NotKeptError: There is no earlier step to compute it from.
        NotReproducibleError: The way to it leads over a step that cannot be executed.
    """
    base = number
    while not _can_begin_at(recording, base):
        base -= 1
        if base < -1:
            raise NotKeptError(f"step {number} cannot be computed again: no step before it was kept whole")
    course = _Course(recording, _steps_on_the_way(recording, base, number))
    with recorded_threads(recording):
        for position in range(base, number):
            course.run(recording.source.step(position), None)
        step = _executed(recording, course, number)
        if recording.source.step(number).layout == "inputs":
            _check_arrival(recording, course, number)
        return step


def _steps_on_the_way(recording: Recording, base: int, number: int) -> Iterator[Step]:
    """Go through the steps from one to another, and on to the next that was recorded in full."""
    for position in range(base, len(recording.steps) + 1):
        try:
            step = recording.source.step(position)
        except NotKeptError:
            return
        yield step
        if position >= number and step.layout != "inputs":
            return


def _check_arrival(recording: Recording, course: _Course, number: int) -> None:
    """Execute on to the next step that was recorded in full.

    Raises:
        NotReproducibleError: It began otherwise.
    """
    for position in range(number + 1, len(recording.steps) + 1):
        try:
            step = recording.source.step(position)
        except NotKeptError:
            return  # it is still being written, or was interrupted
        if step.layout != "inputs":
            difference = course.difference_at(step)
            if difference is not None:
                raise NotReproducibleError(
                    f"step {number} cannot be computed again: the steps before do not lead to step {position}, where "
                    f"{difference} is another; something changed it that was not seen"
                )
            return
        course.run(step, None)


def _executed(recording: Recording, course: _Course, number: int) -> Step:
    """Return a step with all that executing it gives."""
    step = recording.source.step(number)
    assert step.program is not None
    contents: dict[int, bytes] = {}

    def witness(buffer: int, slot: Slot, tensor: Tensor) -> None:
        held = step.program.buffers[buffer]  # type: ignore[union-attr]
        data = content(tensor) if held.whole else summary(tensor)
        if buffer not in contents or len(data) > len(contents[buffer]):  # another slot shows a part of it only
            contents[buffer] = data

    course.run(step, witness)
    for reference in step.program.start:
        held = step.program.buffers[reference.buffer]
        if held.whole and len(contents[reference.buffer]) < held.nbytes:
            contents[reference.buffer] = _start_bytes(recording, step, reference)
    missing = [buffer.number for buffer in step.program.buffers if buffer.number not in contents]
    for buffer in missing:
        raise NotReproducibleError(f"executing step {number} did not produce its buffer {buffer}")
    row = b"".join(contents[buffer.number] for buffer in step.program.buffers)
    return replace(step, layout="all", row=row)


def prove(recording: Recording) -> Proof:
    """Execute every step from the one before it, and compare everything that was recorded, bit by bit."""
    course = _Course(recording, _all_steps(recording))
    steps, compared = 0, 0
    differences: list[str] = []
    skipped: list[str] = []
    with recorded_threads(recording):
        for step in _all_steps(recording):
            if step.program is None:
                skipped.append(f"step {step.number}: it was not written down, so there is no program to execute")
                continue
            check = _Check(step)
            try:
                course.run(step, check.witness)
            except (NotReproducibleError, NotKeptError) as error:
                skipped.append(f"step {step.number}: {error}")
                continue
            except Exception as error:  # an operation may refuse for any reason: that is a finding, no crash
                skipped.append(f"step {step.number}: an operation cannot be executed again: {error!r}")
                continue
            steps += step.number in recording.source.numbers
            compared += check.compared
            differences += check.differences
    return Proof(steps, compared, tuple(differences), tuple(skipped))


def _all_steps(recording: Recording) -> Iterator[Step]:
    if recording.before:
        yield recording.before
    yield from recording.steps
    if recording.after:
        yield recording.after


class _Course:
    """The loop as it is executed again: what each step leaves for the steps after it."""

    def __init__(self, recording: Recording, steps: Iterable[Step]) -> None:
        """Prepare to execute these steps, which follow each other."""
        self._recording = recording
        self._left: dict[tuple[int, int], Tensor] = {}
        self._last_use = _last_uses(steps)
        self._generators: dict[int, bytes] = {}
        """The states in which the steps so far left the random generators."""

    def run(self, step: Step, witness: Witness | None) -> None:
        """Execute a step on what the steps before it left, or else on what was recorded."""
        program = step.program
        if program is None:
            raise NotKeptError("it was recorded lightly, so there is no program to execute")
        start = self._start(step)
        states = step.generators
        if program.draws and not states:  # it passed unwatched: it drew on where the step before had left off
            states = [self._generators[number] for _, number in program.draws if number in self._generators]
        given, drawn = step.constants, self._generators
        end = execute(program, start, constants=given, generators=states, witness=witness, drawn=drawn)
        for slot, tensor in end.items():
            if self._last_use.get((step.number, slot), -1) > step.number:
                self._left[step.number, slot] = tensor
        for key in [key for key in self._left if self._last_use[key] <= step.number]:
            del self._left[key]

    def difference_at(self, step: Step) -> str | None:
        """Return the name of something that a step began with otherwise than the steps before left it."""
        if step.program is None:
            return None
        check = _Check(step)
        for reference, binding in zip(step.program.start, step.bindings, strict=True):
            known = binding and self._left.get((step.number - binding[0], binding[1]))
            if known is not None and reference.buffer >= 0:
                slot = step.program.slots[reference.slot]
                check.witness(reference.buffer, slot, known)
                if check.differences:
                    return slot.name or f"slot {slot.number}"
        return None

    def _start(self, step: Step) -> Tensors:
        program = step.program
        assert program is not None  # run() has looked
        start: Tensors = {}
        fresh: list[Reference] = []
        for reference, binding in zip(program.start, step.bindings, strict=True):
            known = binding and self._left.get((step.number - binding[0], binding[1]))
            if known is None:
                fresh.append(reference)
            else:
                start[reference.slot] = known
        return start | start_of(self._recording, step, fresh)


def _can_begin_at(recording: Recording, number: int) -> bool:
    """Return whether everything that a step starts from was kept."""
    step = recording.source.step(number)
    if step.program is None or not step.program.executable:
        return False
    try:
        for reference in step.program.start:
            _start_bytes(recording, step, reference)
    except NotKeptError:
        return False
    return len(step.generators) == len(step.program.draws)


def _last_uses(steps: Iterable[Step]) -> dict[tuple[int, int], int]:
    uses: dict[tuple[int, int], int] = {}
    for step in steps:
        for binding in step.bindings:
            if binding is not None:
                uses[step.number - binding[0], binding[1]] = step.number
    return uses


class _Check:
    """Compares what a step recorded with what executing it gives."""

    def __init__(self, step: Step) -> None:
        assert step.program is not None
        self._step, self._places = step, offsets(step.program, step.layout, step.bindings)
        self.compared = 0
        self.differences: list[str] = []
        self._seen: set[tuple[int, int]] = set()
        self._loss = step.program.losses[-1] if step.loss is not None and step.program.losses else None

    def witness(self, number: int, slot: Slot, tensor: Tensor) -> None:
        """Compare one buffer."""
        step, place = self._step, self._places.get(number)
        assert step.program is not None
        if self._loss == Reference(slot.number, number) and place is None:
            self.compared += 1
            if struct.pack("d", step.loss) != struct.pack("d", tensor.item()):
                self.differences.append(f"step {step.number}: its loss is not what executing the step gives")
        if place is None or (number, slot.number) in self._seen:
            return
        self._seen.add((number, slot.number))
        buffer = step.program.buffers[number]
        if not buffer.whole and number not in step.wholes and not self._is_summarised(slot, number):
            return
        self.compared += 1
        if number in step.wholes:
            same = step.wholes[number] == content(tensor)
        elif buffer.whole:
            data = content(tensor)
            first = place + slot.offset * itemsize(slot.dtype) - buffer.start
            same = step.row[first : first + len(data)] == data
        else:
            recorded = value_of(step, Reference(slot.number, number)).summary
            same = recorded is not None and recorded.checksum == checksum(tensor)
        if not same:
            name = slot.name or f"slot {slot.number}"
            self.differences.append(f"step {step.number}: {name} is not what executing the step gives")

    def _is_summarised(self, slot: Slot, number: int) -> bool:
        try:
            value_of(self._step, Reference(slot.number, number))
        except NotKeptError:
            return False
        return True


def _start_bytes(recording: Recording, step: Step, reference: Reference) -> bytes:
    """Return the content of a slot at the start of a step, from it or from the step that it came unchanged from."""
    program = step.program
    if reference.buffer < 0 and program is not None:
        slot = program.slots[reference.slot]
        return bytes(extent(slot.shape, slot.stride, itemsize(slot.dtype)))
    while program is not None:
        buffer = program.buffers[reference.buffer]
        if reference.buffer in step.wholes:
            return step.wholes[reference.buffer]
        place = offsets(program, step.layout, step.bindings).get(reference.buffer)
        if buffer.whole and place is not None:
            return step.row[place : place + buffer.nbytes]
        binding = step.bindings[program.start.index(reference)]
        if binding is None:
            break
        step = recording.source.step(step.number - binding[0])
        program = step.program
        reference = next((r for r in program.start if r.slot == binding[1]), reference) if program else reference
        if program is None or reference not in program.start or reference not in program.end:
            break  # it was made or changed there
    raise NotKeptError(f"step {step.number} does not hold all of what it started from")


def _tensors(program: Program, references: Sequence[Reference], content_of: Callable[[Reference], bytes]) -> Tensors:
    """Make tensors from bytes; slots that share a storage share memory again."""
    by_storage: dict[int, list[Reference]] = {}
    for reference in references:
        by_storage.setdefault(program.slots[reference.slot].storage, []).append(reference)
    return {
        slot: tensor
        for together in by_storage.values()
        for slot, tensor in _sharing(program, together, [content_of(reference) for reference in together])
    }


def _sharing(program: Program, references: list[Reference], contents: list[bytes]) -> Iterator[tuple[int, Tensor]]:
    begins = [_begin(program, reference) for reference in references]
    first = min(begins)
    # Kernels may look at the alignment of an address, so it is kept: PyTorch allocates at multiples of 64.
    first -= first % 64
    memory = torch.empty(max(b + len(c) for b, c in zip(begins, contents, strict=True)) - first, dtype=torch.uint8)
    for begin, data in zip(begins, contents, strict=True):
        if data:
            memory[begin - first :][: len(data)] = torch.from_numpy(np.frombuffer(data, np.uint8).copy())
    for reference in references:
        slot = program.slots[reference.slot]
        dtype = getattr(torch, slot.dtype)
        offset = (slot.offset * itemsize(slot.dtype) - first) // itemsize(slot.dtype)
        tensor = torch.empty(0, dtype=dtype).set_(memory.untyped_storage(), max(offset, 0), slot.shape, slot.stride)
        yield slot.number, tensor


def _begin(program: Program, reference: Reference) -> int:
    slot = program.slots[reference.slot]
    return program.buffers[reference.buffer].start if reference.buffer >= 0 else slot.offset * itemsize(slot.dtype)


class _Kinds:
    """Which dtypes and devices the operations are given."""

    def __init__(self, dtype: torch.dtype | None, device: torch.device | None) -> None:
        self.device = device
        self._dtype = dtype

    def dtype(self, name: str) -> torch.dtype:
        """Return a recorded dtype, or the one that stands in for it."""
        recorded = getattr(torch, name)
        return self._dtype if self._dtype and recorded.is_floating_point else recorded

    def place(self, name: str) -> torch.device:
        """Return a recorded device, or the one that stands in for it."""
        return self.device or torch.device(name)


class _Randomness:
    """The random generators of a program: the default one, and its own."""

    def __init__(self, program: Program, states: Sequence[bytes], device: torch.device | None) -> None:
        self._draws = {
            operation: (number, state) for (operation, number), state in zip(program.draws, states, strict=False)
        }
        self._own: dict[int, torch.Generator] = {}
        self._uses = bool(program.draws)

    def generator(self, number: int) -> torch.Generator:
        """Return a generator by its number in the program; -1 is PyTorch's default one."""
        if number < 0:
            return torch.default_generator
        return self._own.setdefault(number, torch.Generator())

    def before(self, operation: int) -> None:
        """Give the generator of an operation its recorded state."""
        if operation in self._draws:
            number, state = self._draws[operation]
            self.generator(number).set_state(torch.from_numpy(np.frombuffer(state, np.uint8).copy()))

    def states(self) -> dict[int, bytes]:
        """Return the present states of the generators that the program draws from."""
        numbers = {number for number, _ in self._draws.values()}
        return {number: bytes(self.generator(number).get_state().numpy()) for number in numbers}

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Leave the default generator as it was found, if the program brings its own state for it."""
        before = torch.get_rng_state() if self._draws else None
        try:
            yield
        finally:
            if before is not None:
                torch.set_rng_state(before)


@contextmanager
def below_autograd() -> Iterator[None]:
    """Compute without a graph."""
    # Some kernels ask whether gradients are wanted (oneDNN's recurrent layers do), and most of a loop runs with them.
    with torch.enable_grad(), torch._C._AutoDispatchBelowAutograd():
        yield


@contextmanager
def recorded_threads(recording: Recording) -> Iterator[None]:
    """Compute with as many threads as the loop did: sums are split among them, and so rounded."""
    before = torch.get_num_threads()
    torch.set_num_threads(int(recording.facts.get("threads", before)))
    try:
        yield
    finally:
        torch.set_num_threads(before)


StandIn = Callable[[int, Any], Callable[..., Any]]
"""Is given the number of an operation and PyTorch's own function for it; returns what is called."""


def with_other_operations(
    program: Program, stand_in: StandIn, dtype: torch.dtype | None = None
) -> Callable[[Mapping[int, Tensor], Mapping[int, Any]], Tensors]:
    """Return a program as a function of its start and its constants. The losses are among what that returns.

    Such a function can be traced, or be given tensors where the recording has numbers.

    Args:
        program: What to do.
        stand_in: What is called for each operation.
        dtype: Makes new floating-point tensors in this dtype instead of the recorded one.
    """
    ends = {reference.slot: reference for reference in (*program.losses, *program.end)}
    whole = replace(program, end=tuple(ends.values()), draws=(), cache={})
    run = _Writing(whole, False, stand_in).function()
    kinds, randomness = _Kinds(dtype, None), _Randomness(whole, (), None)
    return lambda start, constants: run(start, constants, kinds, randomness, None)


Compiled = Callable[[Mapping[int, Tensor], Mapping[int, Any], _Kinds, _Randomness, Witness | None], Tensors]


def _compiled(program: Program, observed: bool) -> Compiled:
    key = ("compiled", observed)
    if key not in program.cache:
        program.cache[key] = _Writing(program, observed).function()
    return program.cache[key]


class _Writing:
    """Writes the Python function that a program is."""

    def __init__(self, program: Program, observed: bool, stand_in: StandIn | None = None) -> None:
        self._program, self._observed = program, observed
        self._stand_in = stand_in or (lambda _, own: own)
        self._names: dict[str, Any] = {
            "slots": program.slots,
            "as_strided": torch.ops.aten.as_strided.default,
        }
        self._lines: list[str] = []
        self._defined: dict[int, int] = {}
        """The tensors that exist by now, with their storages."""
        self._keep = {reference.slot for reference in program.end}

    def function(self) -> Compiled:
        """Return the function."""
        for reference in self._program.start:
            self._lines.append(f"t{reference.slot} = start[{reference.slot}]")
            self._define(reference.slot)
        last = self._last_uses()
        draws = {operation for operation, _ in self._program.draws}
        for number, operation in enumerate(self._program.operations):
            if number in draws:
                self._lines.append(f"random.before({number})")
            self._call(number, operation)
            for reference in operation.results if self._observed else ():
                if reference.buffer >= 0:
                    self._need(reference.slot)
                    self._lines.append(f"witness({reference.buffer}, slots[{reference.slot}], t{reference.slot})")
            for slot in last.get(number, ()):
                if slot in self._defined and slot not in self._keep:
                    del self._defined[slot]
                    self._lines.append(f"del t{slot}")
        for slot in self._keep:
            self._need(slot)
        ends = ", ".join(f"{slot}: t{slot}" for slot in sorted(self._keep) if slot in self._defined)
        body = "\n    ".join([*self._lines, f"return {{{ends}}}"])
        source = f"def step(start, c, kinds, random, witness):\n    {body}"
        exec(compile(source, f"{__file__}:generated", "exec"), self._names)
        return self._names["step"]

    def _define(self, slot: int) -> None:
        self._defined[slot] = self._program.slots[slot].storage

    def _call(self, number: int, operation: Operation) -> None:
        for slot in _slots_in((operation.arguments, dict(operation.keywords))):
            self._need(slot)
        name = f"f{number}"
        self._names[name] = self._stand_in(number, _overload(operation.name))
        arguments = [self._written(argument) for argument in operation.arguments]
        arguments += [f"{key}={self._written(value)}" for key, value in operation.keywords.items()]
        outputs = operation.outputs
        fresh = [slot for slot in flat(outputs) if slot is not None and slot not in self._defined]
        targets = ", ".join(_target(output, set(fresh)) for output in outputs)
        call = f"{name}({', '.join(arguments)})"
        several = len(_overload(operation.name)._schema.returns) > 1
        if not fresh:
            self._lines.append(call)
        else:
            self._lines.append(f"{targets}{',' if several and len(outputs) == 1 else ''} = {call}")
        for slot in fresh:
            self._define(slot)

    def _need(self, slot: int) -> None:
        """Make sure that a tensor exists: it may be a view that came about without an operation."""
        if slot in self._defined:
            return
        wanted = self._program.slots[slot]
        base = next((known for known, storage in self._defined.items() if storage == wanted.storage), None)
        if base is None:
            if slot in self._keep:
                self._keep = self._keep - {slot}
                return
            raise NotReproducibleError(f"the program uses {wanted.name or f'slot {slot}'} before anything makes it")
        shift = f"t{base}.storage_offset() - {self._program.slots[base].offset}"
        self._lines.append(f"t{slot} = as_strided(t{base}, {wanted.shape}, {wanted.stride}, {wanted.offset} + {shift})")
        self._define(slot)

    def _last_uses(self) -> dict[int, list[int]]:
        last: dict[int, int] = {}
        storages: dict[int, int] = {}
        for number, operation in enumerate(self._program.operations):
            shown = [reference.slot for reference in operation.results]
            for slot in (
                *_slots_in((operation.arguments, dict(operation.keywords))),
                *flat(operation.outputs),
                *shown,
            ):
                if slot is not None:
                    last[slot] = number
                    storages[self._program.slots[slot].storage] = number
        # A view without an operation needs another tensor of its storage, so all of them live as long as the last.
        ends: dict[int, list[int]] = {}
        for slot in last:
            ends.setdefault(storages[self._program.slots[slot].storage], []).append(slot)
        return ends

    def _written(self, argument: Any) -> str:
        if not isinstance(argument, dict):
            return repr(argument)
        (key, value), *_ = argument.items()
        if key == "slot":
            return f"t{value}"
        if key == "constant":
            return f"c[{value}]"
        if key == "list":
            return f"[{', '.join(self._written(entry) for entry in value)}]"
        if key == "dtype":
            return f"kinds.dtype({value!r})"
        if key == "device":
            return f"kinds.place({value!r})"
        if key == "generator":
            return f"random.generator({value})"
        name = f"{key}_{value}"
        self._names[name] = getattr(torch, value)
        return name


def _overload(name: str) -> Any:  # an OpOverload, which torch makes at run time
    namespace, _, rest = name.partition("::")
    packet, _, overload = rest.rpartition(".")
    return getattr(getattr(getattr(torch.ops, namespace), packet), overload)


def _slots_in(encoded: Any) -> Iterator[int]:
    if isinstance(encoded, dict):
        if "slot" in encoded:
            yield encoded["slot"]
            return
        encoded = list(encoded.values())
    if isinstance(encoded, (list, tuple)):
        for part in encoded:
            yield from _slots_in(part)


def _target(output: Any, fresh: set[int]) -> str:
    if isinstance(output, tuple):
        return f"[{', '.join(_target(part, fresh) for part in output)}]"
    return f"t{output}" if output in fresh else "_"
