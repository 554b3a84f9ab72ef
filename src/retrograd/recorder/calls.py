"""What the person's calls are named, and which of them are reads, state or questions about a tensor."""

from __future__ import annotations

from typing import Any

import torch

READS = frozenset(
    {
        *("item", "tolist", "numpy", "__repr__", "__str__", "__format__", "__float__", "__int__", "__bool__"),
        *(
            "__index__",
            "__complex__",
            "__array__",
            "__contains__",
            "__reduce_ex__",
            "__deepcopy__",
            "allclose",
            "equal",
        ),
        *("is_nonzero",),
    }
)
"""Calls through which a value leaves torch. What torch computes inside them is no part of the loop."""

STATES = frozenset(
    {"_set_grad_enabled", "requires_grad_", "requires_grad.__set__", "detach", "detach_", "data.__get__"}
)
"""Calls that change how autograd looks at tensors."""

BACKWARDS = frozenset({"Tensor.backward", "torch.autograd.backward", "torch.autograd.grad"})

_ATTRIBUTES = frozenset({"grad", "data", "T", "mT", "H", "mH", "real", "imag"})
"""Attributes whose reading is an event; shape, dtype and the like are questions that change nothing."""

_QUESTIONS = frozenset(
    {
        *(
            "size",
            "dim",
            "numel",
            "stride",
            "is_floating_point",
            "is_complex",
            "is_contiguous",
            "storage_offset",
        ),
        *(
            "nelement",
            "ndimension",
            "element_size",
            "data_ptr",
            "untyped_storage",
            "__len__",
            "__hash__",
            "type",
        ),
        *(
            "retain_grad",
            "is_same_size",
            "is_inference",
        ),
        *(
            "get_device",
            "_typed_storage",
            "storage",
            "is_signed",
            "__dir__",
            "result_type",
            "is_tensor",
            "is_grad_enabled",
        ),
        *("broadcast_shapes", "_is_view", "is_pinned", "__dlpack_device__", "_autocast_supported_devices"),
    }
)


def name_of(func: Any) -> str:
    """Return `Tensor.add_`, `torch.matmul`, `Tensor.grad.__get__`: what the person would look up."""
    name = getattr(func, "__name__", type(func).__name__)
    holder = getattr(func, "__self__", None)
    if type(holder).__name__ == "getset_descriptor" or isinstance(holder, property):
        return f"Tensor.{getattr(holder, '__name__', None) or holder.fget.__name__}.{name}"  # type: ignore[union-attr]
    if getattr(func, "__objclass__", None) is not None or getattr(torch.Tensor, name, None) is func:
        return f"Tensor.{name}"
    module = getattr(func, "__module__", None) or "torch"
    if module == "torch._tensor":
        return f"Tensor.{name}"
    return f"torch.nn.functional.{name}" if module == "torch._C._nn" else f"{module}.{name}"


def is_question(name: str) -> bool:
    """Return whether a call asks about a tensor and neither computes nor changes anything."""
    parts = name.split(".")
    if parts[-1] in ("__get__", "__set__", "__delete__"):
        return parts[-2] not in _ATTRIBUTES and not (parts[-1] == "__set__" and parts[-2] == "requires_grad")
    return parts[-1] in _QUESTIONS


def is_read(name: str) -> bool:
    """Return whether a value leaves torch through the call."""
    return name.rpartition(".")[2] in READS


def is_state(name: str) -> bool:
    """Return whether the call changes how autograd looks at tensors."""
    return name.rpartition(".")[2] in STATES or name.removeprefix("Tensor.") in STATES


def graph_kept(name: str, args: Any, kwargs: dict[str, Any]) -> str:
    """Return what a backward call was told about the graph: `retain_graph=True`, `create_graph=True`, or nothing."""
    first = 3 if name == "torch.autograd.grad" else 2
    told = {
        option: kwargs.get(option, args[first + n] if len(args) > first + n else None)
        for n, option in enumerate(("retain_graph", "create_graph"))
    }
    return ", ".join(f"{option}=True" for option, value in told.items() if value)
