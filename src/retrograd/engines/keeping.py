"""Turns as graphs, kept on disk: tracing one makes PyTorch load its own compiler, for a second or two.

A file is found by what its graph was made from, so one that no longer fits is never found. One that cannot be read
is made anew.
"""

from __future__ import annotations

import hashlib
import io
import operator
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from pickle import PicklingError
from typing import Any

import torch
from torch import Tensor, fx
from torch.fx.immutable_collections import immutable_dict, immutable_list
from torch.fx.node import map_aggregate
from torch.fx.passes.shape_prop import TensorMetadata

import retrograd.program.writing
from retrograd.engines import cache
from retrograd.program.writing import overload
from retrograd.recording import Program

MOST = 1 << 20
"""Graphs of so many bytes are not kept: they would be read hardly faster than they are traced."""


def mark_of(program: Program, start: Mapping[int, Tensor], *asked: Any) -> str:
    """Return what tells the graph of a turn from any other.

    Args:
        program: What the turn does.
        start: Tensors that it may begin with; their shapes, dtypes and strides count.
        asked: What else the graph depends on.
    """
    outside = [(slot, t.shape, t.stride(), t.dtype) for slot, t in start.items()]
    own = (program.slots, program.constants, program.operations, program.start, program.end, program.losses)
    digest = hashlib.sha256(repr((torch.__version__, own, outside, asked)).encode())
    for module in (__file__, os.path.join(os.path.dirname(__file__), "flow.py"), retrograd.program.writing.__file__):
        digest.update(Path(module).read_bytes())
    return digest.hexdigest()[:32]


def kept(mark: str) -> fx.GraphModule | None:
    """Return a graph that was kept, or None."""
    path = cache.used(_path(mark))
    if path is None:
        return None
    try:
        with torch.serialization.safe_globals(_KEPT):
            rows, constants = torch.load(path, weights_only=True)
        return _graph(rows, constants)
    except Exception:  # whatever a damaged file makes of itself, or an operation that nothing defines here
        return None


def keep(mark: str, graph: fx.GraphModule) -> None:
    """Keep a graph, where there is room."""
    places = {node: number for number, node in enumerate(graph.graph.nodes)}

    def standing(part: Any) -> Any:
        if isinstance(part, fx.Node):
            return _Place(places[part])
        return _Format(str(part)) if isinstance(part, torch.memory_format) else part

    rows, constants = [], {}
    for node in graph.graph.nodes:
        row = node.op, node.name, _named(node.target), node.args, node.kwargs, node.meta.get("tensor_meta")
        rows.append(map_aggregate(row, standing))
        if node.op == "get_attr":
            constants[node.target] = getattr(graph, str(node.target))
    with suppress(OSError, RuntimeError, PicklingError, AttributeError, TypeError):
        torch.save((rows, constants), text := io.BytesIO())
        if text.tell() > MOST:
            return
        # Under another name first: several processes may want to keep the same one.
        with tempfile.TemporaryDirectory(prefix=".keep-", dir=cache.folder()) as folder:
            made = Path(folder, "graph")
            made.write_bytes(text.getvalue())
            cache.take(made, _path(mark))


def _path(mark: str) -> Path:
    return Path(cache.folder(), f"{mark}.flow")


@dataclass(frozen=True)
class _Place:
    """Stands for another node."""

    number: int


@dataclass(frozen=True)
class _Format:
    """Stands for a memory format, which torch.save does not take."""

    name: str


_FORMATS = {str(each): each for each in (torch.contiguous_format, torch.preserve_format, torch.channels_last)}

_KEPT = [_Place, _Format, TensorMetadata, immutable_list, immutable_dict]
"""What a file may hold besides tensors and plain data."""


def _named(target: Any) -> str:
    if target is operator.getitem:
        return "getitem"
    return f"{target._schema.name}.{target._overloadname}" if isinstance(target, torch._ops.OpOverload) else str(target)


def _graph(rows: Sequence[Any], constants: Mapping[str, Tensor]) -> fx.GraphModule:
    root = torch.nn.Module()
    for name, tensor in constants.items():
        root.register_buffer(name, tensor)
    graph, nodes = fx.Graph(), []

    def filled(part: Any) -> Any:
        if isinstance(part, _Place):
            return nodes[part.number]
        if isinstance(part, _Format):
            return _FORMATS[part.name]
        if isinstance(part, (list, tuple)):
            return type(part)(map(filled, part)) if not hasattr(part, "_fields") else part
        return {key: filled(value) for key, value in part.items()} if isinstance(part, dict) else part

    for op, name, target, arguments, keywords, meta in rows:
        if op == "call_function":
            target = operator.getitem if target == "getitem" else overload(target)
        node = graph.create_node(op, target, filled(arguments), filled(keywords), name)
        if meta is not None:
            node.meta["tensor_meta"] = meta
        nodes.append(node)
    return fx.GraphModule(root, graph)
