"""A turn of the loop as a graph without writes: tensors and numbers go in, the new tensors and the loss come out.

The recorded operations write in place and look at memory through views. Here they are traced once more into a graph
whose operations only return new tensors, so that each of them can be given many runs at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor, fx

from retrograd.engines.devices import CPU
from retrograd.engines.keeping import keep, kept, mark_of
from retrograd.engines.training import Places, Training, places_of, where
from retrograd.errors import NotSweepableError
from retrograd.program import with_other_operations
from retrograd.recording import Operation, Program, Recording, Step

aten = torch.ops.aten


@dataclass(frozen=True)
class Flow:
    """One turn as a graph without writes."""

    graph: fx.GraphModule
    """Takes the tensors of `inputs`, then the numbers of `numbers` as tensors of shape (); returns the loss, then the
    tensors of `outputs`."""
    inputs: tuple[int, ...]
    """Slots that the turn begins with."""
    numbers: tuple[str, ...]
    outputs: tuple[int, ...]
    """Slots that the turn leaves."""
    device: str = CPU
    """Where all of that is."""

    @property
    def text(self) -> str:
        """What it does, in a form that is the same for equal graphs."""
        return self.graph.code


def flow_of(
    training: Training, step: Step, start: Mapping[int, Tensor], numbers: Sequence[str], outputs: Sequence[int]
) -> Flow:
    """Return what a turn does.

    Args:
        training: What the turn belongs to.
        step: The turn.
        start: Tensors that it may begin with, by slot: their shapes, dtypes and strides count.
        numbers: The person's numbers that will differ from run to run.
        outputs: The slots that are wanted afterwards.

    Raises:
        NotSweepableError: It cannot be written as such a graph; the message says which line is the reason.
    """
    program = step.program
    assert program is not None
    _refuse_what_cannot_be_traced(training.recording, program)
    wanted = tuple(outputs)
    places = {name: places_of(training, step, name) for name in numbers}
    mark = mark_of(program, start, step.constants, places, wanted)
    graph = kept(mark)
    if graph is None:
        graph = _traced(training, step, start, places, wanted)
        keep(mark, graph)
    return Flow(graph, tuple(start), tuple(numbers), wanted)


def _traced(
    training: Training, step: Step, start: Mapping[int, Tensor], places: Mapping[str, Places], wanted: Sequence[int]
) -> fx.GraphModule:
    # These load much of PyTorch's compiler, which a graph that is kept does without.
    from torch.fx.experimental.proxy_tensor import make_fx
    from torch.fx.passes.shape_prop import ShapeProp

    program = step.program
    assert program is not None
    watch = _Watch(program)
    loss = program.losses[-1].slot  # backward may have been called several times
    dtype = next((t.dtype for t in start.values() if t.is_floating_point()), torch.get_default_dtype())

    def turn(*tensors: Tensor) -> list[Tensor]:
        own = {slot: tensor.clone() for slot, tensor in zip(start, tensors, strict=False)}
        constants: dict[int, Any] = {c.number: c.value for c in program.constants} | dict(step.constants)
        for own_places, tensor in zip(places.values(), tensors[len(start) :], strict=True):
            for number, factor in own_places:
                constants[number] = tensor if factor == 1 else tensor * factor
        end = run(own, constants)
        return [end[loss], *(end[slot] for slot in wanted)]

    run = with_other_operations(program, watch.operation, dtype, CPU)
    example = [*start.values(), *(torch.zeros((), dtype=dtype) for _ in places)]
    try:
        with torch.enable_grad(), torch._C._AutoDispatchBelowAutograd():
            graph = make_fx(torch.func.functionalize(turn))(*example)
            graph = make_fx(graph, decomposition_table=_decompositions())(*example)
    except NotSweepableError:
        raise
    except Exception as error:
        raise NotSweepableError(_failure(training.recording, program, watch.latest, error)) from error
    tidied = _tidied(graph)
    ShapeProp(tidied).propagate(*example)
    return tidied


class _Watch:
    """Stands between the program and the operations while it is traced: numbers may be tensors there."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.latest: Operation | None = None

    def operation(self, number: int, overload: Any) -> Callable[..., Any]:
        """Return what is called in the place of an operation."""
        recorded = self._program.operations[number]

        def call(*arguments: Any, **keywords: Any) -> Any:
            self.latest = recorded
            return _call(overload, arguments, keywords)

        return call


def _call(overload: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Call an operation; where a tensor stands in the place of a number, another form of it is called."""
    schema = overload._schema
    named = dict(zip((argument.name for argument in schema.arguments), arguments, strict=False)) | keywords
    numbers = {
        argument.name
        for argument in schema.arguments
        if str(argument.type) in ("number", "Scalar", "float", "Optional[number]", "Optional[float]")
        if isinstance(named.get(argument.name), Tensor)
    }
    if not numbers:
        own = _OWN_PARTS.get(schema.name)
        return (own or overload)(*arguments, **keywords)
    packet = overload._schema.name.partition("::")[2]
    inplace = packet.endswith("_") and not packet.endswith("__")
    kind = packet.removeprefix("_foreach_").removesuffix("_") if inplace else packet.removeprefix("_foreach_")
    rule = _WITH_TENSORS.get(kind)
    if rule is None:
        raise NotSweepableError(
            f"{overload._schema.name} takes this number as one for all runs; no form of it with a number for each run "
            "is known here"
        )
    if packet.startswith("_foreach_"):
        return _each(rule, named, inplace, schema)
    result = rule(**_plain(named))
    return named["self"].copy_(result) if inplace else result


def _each(rule: Callable[..., Tensor], named: dict[str, Any], inplace: bool, schema: Any) -> list[Tensor]:
    lists = {name: value for name, value in named.items() if isinstance(value, (list, tuple))}
    results = []
    for position, tensor in enumerate(named["self"]):
        own = {name: value[position] if name in lists else value for name, value in named.items()}
        result = rule(**_plain(own))
        results.append(tensor.copy_(result) if inplace else result)
    return results


def _plain(named: dict[str, Any]) -> dict[str, Any]:
    return {{"self": "a", "scalar": "other", "scalars": "other", "tensor1": "b", "tensor2": "c", "tensors1": "b"}.get(
        name, name): value for name, value in named.items()}  # fmt: skip


def _bce_with_logits(z: Tensor, y: Tensor, weight: Any = None, pos_weight: Any = None, reduction: int = 1) -> Tensor:
    # As PyTorch's kernel computes it; what stands in for it in a trace has two exponentials and another rounding.
    log_sigmoid = torch.minimum(z, torch.zeros_like(z)) - torch.log1p(torch.exp(-torch.abs(z)))
    if pos_weight is not None:
        log_sigmoid = log_sigmoid * ((pos_weight - 1) * y + 1)
    losses = (1 - y) * z - log_sigmoid
    losses = losses if weight is None else losses * weight
    return losses if reduction == 0 else losses.mean() if reduction == 1 else losses.sum()


_OWN_PARTS: dict[str, Callable[..., Any]] = {"aten::binary_cross_entropy_with_logits": _bce_with_logits}
"""Operations that are taken apart here, before tracing would do so in a worse way."""

_WITH_TENSORS: dict[str, Callable[..., Tensor]] = {
    "add": lambda a, other, alpha=1: a + other * alpha,
    "sub": lambda a, other, alpha=1: a - other * alpha,
    "rsub": lambda a, other, alpha=1: other - a * alpha,
    "mul": lambda a, other: a * other,
    "div": lambda a, other: a / other,
    "pow": lambda a, exponent: torch.pow(a, exponent),
    "addcmul": lambda a, b, c, value=1: a + b * c * value,
    "addcdiv": lambda a, b, c, value=1: a + b / c * value,
    "lerp": lambda a, end, weight: torch.lerp(a, end, weight),
    "clamp": lambda a, min=None, max=None: torch.clamp(
        a, *(torch.as_tensor(n, dtype=a.dtype) if n is not None else None for n in (min, max))
    ),
    "clamp_min": lambda a, min: torch.maximum(a, min),
    "clamp_max": lambda a, max: torch.minimum(a, max),
    "fill": lambda a, value: torch.zeros_like(a) + value,
    "leaky_relu": lambda a, negative_slope: torch.where(a > 0, a, a * negative_slope),
}
"""Operations whose number may be another in each run, written with a tensor in its place."""


@cache
def _decompositions() -> dict[Any, Any]:
    from torch._decomp import core_aten_decompositions

    table = dict(core_aten_decompositions())
    # What follows is fast as it is, in lanes and compiled; its parts are not.
    for operation in (aten.addmm.default, aten.t.default, aten.transpose.int):
        table.pop(operation, None)
    table[aten.t.default] = lambda a: aten.permute.default(a, list(range(a.dim()))[::-1])
    return table


def _refuse_what_cannot_be_traced(recording: Recording, program: Program) -> None:
    if not program.executable:
        notes = "; ".join(note.text for note in recording.notes if note.kind == "unseen")
        raise NotSweepableError(
            "something takes part in a turn of this loop that no operation of PyTorch shows, so it cannot be run with "
            f"other numbers{': ' + notes if notes else ''}"
        )
    storages = [program.slots[reference.slot].storage for reference in program.start]
    for operation in program.operations:
        written = {program.slots[reference.slot].storage for reference in operation.results}
        if operation.name.partition(".")[0].endswith("_") and any(storages.count(storage) > 1 for storage in written):
            line = program.events[operation.event].line
            raise NotSweepableError(
                f"{where(recording, line)}a turn writes to memory that several of its tensors share"
            )
    for operation, _ in program.draws:
        event = program.events[program.operations[operation].event]
        raise NotSweepableError(f"{where(recording, event.line)}each turn draws random numbers ({event.name})")
    if not program.losses:
        raise NotSweepableError("a turn of this loop does not call backward, so it has no loss to look at")


def _failure(recording: Recording, program: Program, operation: Operation | None, error: Exception) -> str:
    reason = str(error).strip().partition("\n")[0] or type(error).__name__
    if operation is None:
        return f"a turn of this loop cannot be traced: {reason}"
    event = program.events[operation.event]
    return (
        f"{where(recording, event.line)}{event.name} ({operation.name}) cannot be run for many runs at once: {reason}"
    )


_COPIES = (aten.clone.default, aten.detach.default, aten.alias.default, aten.lift_fresh_copy.default)
_VIEWS = (aten.view.default, aten._unsafe_view.default)


def _tidied(graph: fx.GraphModule) -> fx.GraphModule:
    """Take out copies and what nothing needs, and number the rest anew."""
    for node in list(graph.graph.nodes):
        if node.op == "call_function" and node.target in _VIEWS:
            node.target = aten.reshape.default  # a copy may have been taken out that had the entries in this order
        if node.op == "call_function" and node.target in _COPIES:
            node.replace_all_uses_with(node.args[0])
            graph.graph.erase_node(node)
    graph.graph.eliminate_dead_code(is_impure_node=lambda node: node.op in ("placeholder", "output"))
    fresh = fx.Graph()
    names: dict[fx.Node, fx.Node] = {}
    for number, node in enumerate(graph.graph.nodes):
        copied = fresh.node_copy(node, lambda old: names[old])
        if node.op not in ("output", "get_attr"):
            copied.name = f"v{number}"
        names[node] = copied
    return fx.GraphModule(graph, fresh)
