"""A recorded forward pass with autograd on top: what a step computed before backward, to differentiate it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from retrograd.errors import NotKeptError, NotReproducibleError
from retrograd.program import Tensors, execute, start_of
from retrograd.program.surroundings import Kinds, Randomness
from retrograd.program.writing import Writing, overload, targets_of
from retrograd.recording import Operation, Program, Recording, Step, flat, slots_in


def begin_of(recording: Recording, number: int) -> tuple[Step, Tensors]:
    """Return a step with what it began with, computed from an earlier one where it was not kept.

    Raises:
        NotKeptError: There is no such step, or no earlier one to compute it from.
        NotReproducibleError: The way to it leads over a step that cannot be executed.
    """
    step = recording.source.step(number)
    if step.program is None:
        raise NotKeptError("it was recorded lightly, so there is no program to execute")
    for base in range(number, -2, -1):
        try:
            return step, _start_from(recording, base, step)
        except NotKeptError:
            continue  # a step between may need what came about before this base
    raise NotKeptError(f"step {number} cannot be computed again: no step before it was kept whole")


def _start_from(recording: Recording, base: int, step: Step) -> Tensors:
    """Return what a step began with, computed from what an earlier one began with."""
    left: dict[tuple[int, int], Tensor] = {}
    for number in range(base, step.number):
        before = recording.source.step(number)
        if before.program is None:
            raise NotKeptError(f"step {number} before it was recorded lightly, so there is no program to execute")
        start = _start(recording, before, left)
        end = execute(before.program, start, constants=before.constants, generators=before.generators)
        left.update({(number, slot): tensor for slot, tensor in end.items()})
    return {slot: tensor.clone() if left else tensor for slot, tensor in _start(recording, step, left).items()}


def _start(recording: Recording, step: Step, left: dict[tuple[int, int], Tensor]) -> Tensors:
    assert step.program is not None  # begin_of looked
    start, fresh = {}, []
    for reference, binding in zip(step.program.start, step.bindings, strict=True):
        known = None if binding is None else left.get((step.number - binding[0], binding[1]))
        if known is None:
            fresh.append(reference)
        else:
            start[reference.slot] = known
    return start | start_of(recording, step, fresh)


def forward_of(step: Step, start: Tensors, dtype: torch.dtype | None = None) -> Tensor:
    """Compute the loss of a step with autograd watching, as the loop did before it called backward.

    Args:
        step: Its program calls backward once.
        start: A tensor for each slot of `program.start`; those that shall be differentiated for require gradients.
        dtype: Makes new floating-point tensors in this dtype instead of the recorded one.

    Raises:
        NotReproducibleError: Something took part in the step that no ATen operation shows.
    """
    program = step.program
    assert program is not None
    if not program.executable:
        raise NotReproducibleError("something took part in this step that no ATen operation shows")
    key = "forward"
    if key not in program.cache:
        program.cache[key] = _Forward(program).forward()
    numbers = {**{c.number: c.value for c in program.constants}, **step.constants}
    randomness = Randomness(program, step.generators, None)
    with torch.enable_grad(), randomness.kept():
        return program.cache[key](dict(start), numbers, Kinds(dtype, None), randomness, None)


class _Forward(Writing):
    """Writes the Python function that computes the loss of a program."""

    def __init__(self, program: Program) -> None:
        super().__init__(program, frozenset())
        self._detached: set[int] = set()
        """Slots of which there is also a tensor without a graph."""
        self._edges: Iterator[bool | None] = iter(())
        """For each tensor that the next call takes, whether gradients go back through it; None if that is not known."""

    def forward(self) -> Callable[..., Tensor]:
        """Return a function that computes the loss, above autograd: what leads to it, with no_grad where it was."""
        program = self._program
        call = next(event for event in program.events if event.kind == "call")
        for reference in program.start:
            self._lines.append(f"t{reference.slot} = start[{reference.slot}]")
            self._define(reference.slot)
        draws = {operation for operation, _ in program.draws}
        modes = [event for event in program.events[: call.number] if event.name == "torch._C._set_grad_enabled"]
        self._names |= {"grad": torch._C._set_grad_enabled}
        for number, operation in enumerate(program.operations):
            while modes and modes[0].number < operation.event:
                self._lines.append(f"grad({not modes.pop(0).text.startswith('no gradients')})")
            event = program.events[operation.event]
            if operation.event >= call.number or event.node is not None:
                break
            if number in draws:
                self._lines.append(f"random.before({number})")
            if operation.name == "aten::detach.default" and operation.outputs[0] == operation.arguments[0]["slot"]:
                # Autograd itself detaches what it saves, in the person's call; it will do so again.
                if event.kind != "forward":
                    self._call_detach(operation)
                continue
            self._edges = iter(edges_of(program, operation))
            self._call(number, operation)
            self._detached -= {slot for slot in flat(operation.outputs) if slot is not None}
        loss = program.losses[0].slot
        self._need(loss)
        body = "\n    ".join([*self._lines, "grad(True)", f"return t{loss}"])
        source = f"def forward(start, c, kinds, random, witness):\n    {body}"
        exec(compile(source, f"{__file__}:generated", "exec"), self._names)
        return self._names["forward"]

    def _call_detach(self, operation: Operation) -> None:
        # The same memory, and so the same slot; only the graph tells the two tensors apart.
        slot = operation.outputs[0]
        self._need(slot)
        self._lines.append(f"d{slot} = t{slot}.detach()")
        self._detached.add(slot)

    def _call(self, number: int, operation: Operation) -> None:
        # Results may be tensors that are known already, as those of in-place operations: they have another graph now.
        for slot in slots_in((operation.arguments, dict(operation.keywords))):
            self._need(slot)
        name, called = f"f{number}", overload(operation.name)
        self._names[name] = called
        arguments = [self._written(argument) for argument in operation.arguments]
        arguments += [f"{key}={self._written(value)}" for key, value in operation.keywords.items()]
        made = {slot for slot in flat(operation.outputs) if slot is not None}
        call = f"{name}({', '.join(arguments)})"
        if made:
            targets = ", ".join(targets_of(output, made) for output in operation.outputs)
            alone = len(called._schema.returns) > 1 and len(operation.outputs) == 1
            call = f"{targets}{',' if alone else ''} = {call}"
        self._lines.append(call)
        for slot in made:
            self._define(slot)

    def _written(self, argument: Any) -> str:
        if isinstance(argument, dict) and "slot" in argument:
            slot, tracked = argument["slot"], next(self._edges, None)
            return f"d{slot}" if slot in self._detached and not tracked else f"t{slot}"
        return super()._written(argument)


def edges_of(program: Program, operation: Operation) -> list[bool | None]:
    """Return for each tensor that an operation takes whether the recorded graph leads back to it."""
    packet = operation.name.partition("::")[2].partition(".")[0].replace("_", "")
    count = len(list(slots_in(operation.arguments)))
    for event in program.events:
        node = event.node
        if node is None or node.forward != operation.event or len(node.next) != count:
            continue
        if node.name.lower().startswith(f"{packet}backward"):
            return [edge is not None for edge in node.next]
    return [None] * count
