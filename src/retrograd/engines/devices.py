"""Where runs are made: on the CPU, or on a GPU that PyTorch reaches by CUDA.

Whatever makes tensors here makes them on the CPU, as random draws and recordings want it. What a turn then works with
is moved; what a turn makes by itself it has to make in the same place, and that is seen to here.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import fx
from torch.fx.node import map_aggregate

from retrograd.errors import SweepError
from retrograd.recording import Program

CPU = "cpu"


def refuse_unknown(device: str) -> None:
    """Refuse what is the name of no device that sweeps compute on.

    Raises:
        SweepError: The message says which there are.
    """
    kind, _, number = device.partition(":")
    if device != CPU and (kind != "cuda" or (":" in device and not number.isdigit())):
        raise SweepError(
            f"there is no device {device!r} for sweeps; there are: cpu, cuda, and cuda:N for one GPU of several"
        )


def refuse_missing(device: str) -> None:
    """Refuse a GPU that is not there.

    Raises:
        SweepError: The message says what is there.
    """
    kind, _, number = device.partition(":")
    if kind != "cuda":
        return
    if not torch.cuda.is_available():
        raise SweepError(
            f"{device} was asked for, but PyTorch finds no GPU here (torch.cuda.is_available() is False). Leave the "
            "device out to sweep on the CPU, or sweep where PyTorch was installed with CUDA and sees a GPU"
        )
    count = torch.cuda.device_count()
    if number and int(number) >= count:
        raise SweepError(f"{device} was asked for, but the GPUs here are cuda:0 to cuda:{count - 1}")


def gpus_of(program: Program) -> str:
    """Return the devices other than the CPU that a program was recorded on, in words; nothing if there is none."""
    return ", ".join(sorted({slot.device for slot in program.slots} - {CPU}))


def on_device(graph: fx.GraphModule, device: str) -> fx.GraphModule:
    """Return a graph that makes its own tensors on a device, and has its constants there."""
    place, names, moved = torch.device(device), dict[fx.Node, fx.Node](), fx.Graph()

    def there(part: Any) -> Any:
        return place if isinstance(part, torch.device) else part

    for node in graph.graph.nodes:
        names[node] = made = moved.node_copy(node, names.__getitem__)
        made.args, made.kwargs = map_aggregate(made.args, there), map_aggregate(made.kwargs, there)
        if node.op == "call_function" and not node.all_input_nodes and _takes_device(node.target):
            made.kwargs = {**made.kwargs, "device": place}
    return fx.GraphModule(graph, moved).to(place)


def _takes_device(target: Any) -> bool:
    schema = getattr(target, "_schema", None)
    return schema is not None and any(argument.name == "device" for argument in schema.arguments)
