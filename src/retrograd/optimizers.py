"""What torch's optimizers make of their options: the numbers in the operations of a step.

The operations of `optimizer.step()` do not hold the learning rate but what the optimizer computed from it, such as
-lr / (1 - 0.9 ** 3) in the third step of Adam. So the optimizer is asked: one of the same class, with the options
wanted, takes a step with parameters of the same shapes, and the numbers in its operations are read off. With the
recorded options they must be the recorded ones, bit by bit; if not, nothing is believed.
"""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from retrograd.program import Tensors
from retrograd.recording import Event, Program, constants_in, slots_in

Options = Mapping[str, Any]
"""Options of an optimizer by their names: `lr`, `momentum`, …"""


@dataclass(frozen=True, slots=True)
class Group:
    """Parameters of an optimizer with the same options."""

    parameters: tuple[str, ...]
    options: Options


@dataclass(frozen=True, slots=True)
class OptimizerStep:
    """A call of `optimizer.step()` in a program."""

    kind: str
    """The class in `torch.optim`."""
    number: int
    """Which of the script's optimizers."""
    groups: tuple[Group, ...]
    operations: tuple[int, int]
    """First and one past the last of its operations."""
    learning: tuple[int, ...]
    """The slots of the parameters that had a gradient."""


def optimizer_steps(program: Program) -> tuple[OptimizerStep, ...]:
    """Return the calls of `step` by torch's own optimizers in a program, as far as they were recorded."""
    cache: dict[Any, tuple[OptimizerStep, ...]] = program.cache
    if "optimizers" not in cache:
        cache["optimizers"] = tuple(filter(None, (_step_at(program, event) for event in program.events)))
    return cache["optimizers"]


def _step_at(program: Program, event: Event) -> OptimizerStep | None:
    kind, _, method = event.name.rpartition(".")
    found = re.fullmatch(r"optimizer (\d+): (.*)", event.text)
    cls = getattr(torch.optim, kind, None)
    if method != "step" or found is None or cls is None or not issubclass(cls, torch.optim.Optimizer):
        return None
    groups = _groups(found.group(2))
    last = next((e for e in program.events[event.number :] if "_record_function_exit" in e.name), None)
    if groups is None or last is None:
        return None
    inside = program.events[event.number : last.number]
    reads = (e for e in inside if e.name == "Tensor.grad.__get__" and e.outputs)
    learning = tuple(dict.fromkeys(e.inputs[0].slot for e in reads))
    numbers = [n for n, o in enumerate(program.operations) if event.number <= o.event < last.number]
    span = (numbers[0], numbers[-1] + 1) if numbers else (0, 0)
    return OptimizerStep(kind, int(found.group(1)), groups, span, learning)


def _groups(text: str) -> tuple[Group, ...] | None:
    groups = []
    for part in text.split("; "):
        found = re.fullmatch(r"\[(.*?)\] (.*)", part)
        if found is None:
            return None
        try:
            call = ast.parse(f"dict({found.group(2)})", mode="eval").body
            keywords = call.keywords if isinstance(call, ast.Call) else []
            options = {keyword.arg or "": ast.literal_eval(keyword.value) for keyword in keywords}
        except (SyntaxError, ValueError):
            return None
        groups.append(Group(tuple(found.group(1).split(", ")), options))
    return tuple(groups)


def numbers_of(program: Program, step: OptimizerStep, start: Tensors, changes: Options) -> dict[int, complex] | None:
    """Return the constants of an optimizer's operations as they are with other options.

    Args:
        program: The program of a recorded step.
        step: One of `optimizer_steps(program)`.
        start: What the program starts from; the optimizer's counts of steps are read from it.
        changes: Options in the place of the recorded ones.

    Returns:
        Numbers by constant, or None if the optimizer would do other operations.
    """
    seen = _Seen()
    try:
        optimizer = _optimizer(program, step, start, changes)
        with torch.enable_grad(), seen:
            optimizer.step()
    except Exception:  # it may refuse options, or parameters that are not as it left them
        return None
    recorded = program.operations[slice(*step.operations)]
    if [operation.name for operation in recorded] != [name for name, _ in seen.calls]:
        return None
    numbers: dict[int, complex] = {}
    for operation, (_, values) in zip(recorded, seen.calls, strict=True):
        places = list(constants_in((operation.arguments, dict(operation.keywords))))
        if len(places) != len(values):
            return None
        numbers.update(zip(places, values, strict=True))
    return numbers


def are_those(numbers: Mapping[int, complex], program: Program, own: Mapping[int, complex]) -> bool:
    """Return whether numbers are the ones of a step that has its `own` in place of some of the program's."""
    return all(_bits(own.get(n, program.constants[n].value)) == _bits(value) for n, value in numbers.items())


def _bits(value: complex) -> Any:  # something that equals for equal bits
    return struct.pack("d", value) if isinstance(value, float) else (type(value), value)


def _optimizer(program: Program, step: OptimizerStep, start: Tensors, changes: Options) -> torch.optim.Optimizer:
    names = {slot.name: slot for slot in program.slots if slot.name is not None}
    cls = getattr(torch.optim, step.kind)
    groups, parameters = [], []
    for group in step.groups:
        made = []
        for name in group.parameters:
            slot = names.get(name)
            shape, dtype = ((), "float32") if slot is None else (slot.shape, slot.dtype)
            parameter = torch.zeros(shape, dtype=getattr(torch, dtype), requires_grad=True)
            if slot is not None and slot.number in step.learning:
                parameter.grad = torch.zeros_like(parameter)
            made.append(parameter)
        groups.append({"params": made})
        parameters += made
    optimizer = cls(groups, lr=0.0)
    for group, recorded in zip(optimizer.param_groups, step.groups, strict=True):
        group.update({**recorded.options, **{key: value for key, value in changes.items() if key in group}})
    for slot, number, key in states_of(program, step):
        if number < len(parameters) and parameters[number].grad is not None:
            shape, dtype = program.slots[slot].shape, getattr(torch, program.slots[slot].dtype)
            value = torch.zeros(shape, dtype=dtype) if shape else start[slot].clone()
            optimizer.state[parameters[number]][key] = value
    for parameter in parameters:
        state = optimizer.state.get(parameter, {})
        if state and state.keys() <= _COUNTS:
            del optimizer.state[parameter]  # it was made in this step, which begins without it
    return optimizer


def states_of(program: Program, step: OptimizerStep) -> Iterator[tuple[int, int, str]]:
    """Go through what a program starts from of an optimizer: slot, number of the parameter, and what it is."""
    key = ("states", step.operations)
    if key not in program.cache:
        operations = program.operations[slice(*step.operations)]
        used = {slot for o in operations for slot in slots_in((o.arguments, dict(o.keywords)))}
        named = ((r.slot, re.fullmatch(_STATE, program.slots[r.slot].name or "")) for r in program.start)
        program.cache[key] = [(slot, int(m.group(1)), m.group(2)) for slot, m in named if m and slot in used]
    yield from program.cache[key]


_COUNTS = frozenset({"step", "mu_product"})
"""State that is made from Python numbers, and so looks as if the step that makes it had begun with it."""

_STATE = re.compile(r".*\.state\[(\d+)\]\.(\w+)")
"""What the recorder calls an optimizer's state: `optimizer.state[0].exp_avg`."""


class _Seen(TorchDispatchMode):
    """Notes operations with the numbers in their arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, list[complex]]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation, and note it."""
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if func.namespace != "profiler" and not _is_read(func):
            name = f"{func.namespace}::{func.overloadpacket.__name__}.{func._overloadname}"
            self.calls.append((name, [*_numbers_in((*args, *kwargs.values()))]))
        return result


def _is_read(func: Any) -> bool:
    # What torch computes to hand a value out is muted in a recording.
    return func.overloadpacket.__name__ in ("_local_scalar_dense", "is_nonzero")


def _numbers_in(values: Any) -> Iterator[complex]:
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _numbers_in(value)
        elif isinstance(value, (int, float, complex)) and not isinstance(value, (bool, Tensor)):
            yield value
