"""A turn as nests of loops over the entries of its tensors, each entry a vector over the runs.

Every operation is one nest: it goes through some extents, reads entries at strides, computes one, and stores it or adds
it to what is there. An element-wise operation, a sum and a matrix product differ only in their strides. Views need no
nest: PyTorch itself says what their strides are.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, Literal

from torch import Tensor

from retrograd.errors import NotSweepableError

Kind = Literal["state", "number", "constant", "outside", "made"]
Combine = Literal["add", "maximum", "minimum"]


class NotNestedError(NotSweepableError):
    """A turn cannot be written in this way; another engine can run it."""


@dataclass(frozen=True, eq=False)
class Buffer:
    """Memory for a tensor: one vector for each entry, or one number where it is the same for all runs."""

    number: int
    kind: Kind
    place: int
    """Which state, number or outside tensor it is; for a constant, where it begins among all of them."""
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    axes: tuple[int, ...]
    """The axis that each dimension goes along; -1 for dimensions of one entry."""
    truth: bool
    """Whether it holds true and false."""
    uniform: float | bool | None = None
    """What all of its entries are, if they are constant and equal."""

    @property
    def entries(self) -> int:
        """How many."""
        return prod(self.shape)


@dataclass(frozen=True)
class View:
    """A tensor as a way of going through a buffer."""

    buffer: Buffer
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int
    axes: tuple[int, ...]


@dataclass(frozen=True)
class Access:
    """Where a nest reads or writes: one stride for each of its axes."""

    buffer: Buffer
    strides: tuple[int, ...]
    offset: int


Operand = Access | float | bool


@dataclass(frozen=True, eq=False)
class Nest:
    """Loops that compute one entry each time round."""

    extents: tuple[int, ...]
    axes: tuple[int, ...]
    out: Access
    operands: tuple[Operand, ...]
    function: Any
    """PyTorch's function for one entry; None copies."""
    combine: Combine | None = None
    """How what is computed joins what is there, where several times round have one entry."""


@dataclass(frozen=True)
class Nested:
    """A turn as nests."""

    nests: tuple[Nest, ...]
    loss: View
    outputs: tuple[View | Tensor, ...]
    """What the turn leaves: views of buffers, or what it is in all runs and turns."""
    constants: Tensor
    """All constants one after another."""
    rows: int | None
    """The axis that most of the work goes along, such as the points of a batch."""
    work: int
    """How many entries all nests compute together."""
