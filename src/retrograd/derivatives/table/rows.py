"""What a row of the table is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from retrograd.derivatives.formulas import Formula


@dataclass(frozen=True, slots=True)
class Derivative:
    """What one kind of backward node computes."""

    node: str
    """As PyTorch names it: `MmBackward0`."""
    source: str
    """The entry of derivatives.yaml: the signature of the forward operation."""
    results: tuple[Formula, ...]
    """What the forward operation gives; without a formula for results that only the node needs."""
    gradients: Mapping[str, Formula]
    """What is passed on to each argument that can have a gradient, in the order of the node's edges."""
    given: Mapping[str, Formula]
    """Abbreviations in the formulas, each of which may use those before it."""
    unless: Formula | None = None
    """When this holds, the formulas do not."""


def row(
    node: str,
    source: str,
    result: str | tuple[str, ...],
    /,  # an operation may have an argument called source
    given: Mapping[str, str] | None = None,
    unless: str | None = None,
    **gradients: str,
) -> Derivative:
    """Return a row of the table."""
    results = (result,) if isinstance(result, str) else result
    return Derivative(
        node,
        source,
        tuple(map(Formula, results)),
        {name: Formula(text) for name, text in gradients.items()},
        {name: Formula(text) for name, text in (given or {}).items()},
        Formula(unless) if unless else None,
    )


def simple(node: str, name: str, result: str, gradient: str) -> Derivative:
    """Return the row of a function of one tensor."""
    return row(node, f"{name}(Tensor self) -> Tensor", result, self=gradient)
