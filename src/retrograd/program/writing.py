"""A program as Python source: one straight line of calls of ATen operations.

A local variable stands for each tensor, deleted after its last use, and a call for each operation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from retrograd.errors import NotReproducibleError
from retrograd.program.surroundings import Kinds, Randomness
from retrograd.recording import Operation, Program, Reference, Slot, flat, slots_in

Tensors = dict[int, Tensor]
"""Tensors by the number of their slot."""

Witness = Callable[[int, Slot, Tensor], None]
"""Is shown every buffer when it is complete: its number, the slot that shows it, and the tensor."""

StandIn = Callable[[int, Any], Callable[..., Any]]
"""Is given the number of an operation and PyTorch's own function for it; returns what is called."""

Compiled = Callable[[Mapping[int, Tensor], Mapping[int, Any], Kinds, Randomness, Any], Tensors]


class Writing:
    """Writes the Python function that a program is."""

    def __init__(self, program: Program, shown: frozenset[int] | None = None, stand_in: StandIn | None = None) -> None:
        """Prepare to write a program.

        Args:
            program: What to write.
            shown: The buffers that a witness is shown; None for all of them.
            stand_in: What is called for each operation, if not PyTorch's own function.
        """
        self._program, self._shown = program, shown
        # An overload is a Python object that hands each call on to the function in it.
        self._stand_in = stand_in or (lambda _, own: own._op)
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
        self._begin()
        last = self._last_uses()
        draws, unstable = {operation for operation, _ in self._program.draws}, set(self._program.unstable)
        for number, operation in enumerate(self._program.operations):
            if number in draws:
                self._lines.append(f"random.before({number})")
            self._call(number, operation)
            for reference in operation.results if number in unstable else ():
                if reference.buffer >= 0:
                    self._need(reference.slot)
                    self._lines.append(f"random.take({reference.buffer}, t{reference.slot})")
            for reference in operation.results:
                self._show(reference)
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

    def _begin(self) -> None:
        """Write what comes before the first operation."""

    def _show(self, reference: Reference) -> None:
        """Write that the witness is shown what an operation left."""
        if reference.buffer >= 0 and (self._shown is None or reference.buffer in self._shown):
            self._need(reference.slot)
            self._lines.append(f"witness({reference.buffer}, slots[{reference.slot}], t{reference.slot})")

    def _define(self, slot: int) -> None:
        self._defined[slot] = self._program.slots[slot].storage

    def _call(self, number: int, operation: Operation) -> None:
        for slot in slots_in((operation.arguments, dict(operation.keywords))):
            self._need(slot)
        name = f"f{number}"
        self._names[name] = self._stand_in(number, overload(operation.name))
        arguments = [self._written(argument) for argument in operation.arguments]
        arguments += [f"{key}={self._written(value)}" for key, value in operation.keywords.items()]
        outputs = operation.outputs
        # A view that exists already is made anew: with other constants it may begin elsewhere.
        given = set(slots_in((operation.arguments, dict(operation.keywords))))
        fresh = [slot for slot in flat(outputs) if slot is not None and not (slot in self._defined and slot in given)]
        targets = ", ".join(targets_of(output, set(fresh)) for output in outputs)
        call = f"{name}({', '.join(arguments)})"
        several = len(overload(operation.name)._schema.returns) > 1
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
                *slots_in((operation.arguments, dict(operation.keywords))),
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


def overload(name: str) -> Any:  # an OpOverload, which torch makes at run time
    """Return PyTorch's function for an operation, such as `aten::add_.Tensor`."""
    namespace, _, rest = name.partition("::")
    packet, _, variant = rest.rpartition(".")
    try:
        return getattr(getattr(getattr(torch.ops, namespace), packet), variant)
    except AttributeError:
        raise NotReproducibleError(
            f"{name} is no operation of PyTorch's own, and nothing has defined it in this process, so no step with it "
            "can be executed here. Do it in Python, in a process that imports what defines the operation"
        ) from None


def targets_of(output: Any, fresh: set[int]) -> str:
    """Write what a result is assigned to: `t5`, `[t5, t6]`, or `_` for a slot that is not among the fresh ones."""
    if isinstance(output, tuple):
        return f"[{', '.join(targets_of(part, fresh) for part in output)}]"
    return f"t{output}" if output in fresh else "_"
