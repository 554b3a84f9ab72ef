"""What calls of PyTorch are named, and which of them leave the numbers as they are."""

from __future__ import annotations

from retrograd.recording import Event

FLOATS = frozenset({"float64", "float32", "float16", "bfloat16"})
"""The dtypes that a gradient can have."""

VIEWS = frozenset(
    (
        *("view", "view_as", "reshape", "reshape_as", "squeeze", "squeeze_", "unsqueeze", "unsqueeze_", "flatten"),
        *("unflatten", "ravel", "atleast_1d", "atleast_2d", "expand", "expand_as", "t", "T", "mT", "permute"),
        *("transpose", "movedim", "swapaxes", "contiguous", "clone", "alias", "detach", "data", "__get__"),
        *("requires_grad_", "to", "type", "type_as", "float", "double", "half", "bfloat16", "cpu", "cuda"),
    )
)
"""Calls after which the numbers are the same ones."""


SYNONYMS = {
    "subtract": "sub", "multiply": "mul", "divide": "div", "true_divide": "div", "absolute": "abs", "negative": "neg",
    "concat": "cat", "concatenate": "cat",
}  # fmt: skip
"""Other names of PyTorch's for the same calls."""


def short(event: Event) -> str:
    """Return the last part of an event's name: `log` for `torch.log`, `norm` for `torch._C._linalg.linalg_norm`."""
    owner, _, name = event.name.rpartition(".")
    if name in SYNONYMS:
        return SYNONYMS[name]
    return name.removeprefix(f"{owner.rpartition('._')[2]}_") if owner.startswith("torch._C._") else name
