"""The table: for each backward node what its forward operation computes, and what it passes on.

A row reads

    row(node, signature, result, argument=gradient, ...)

`signature` is the entry of PyTorch's derivatives.yaml that makes the node; the arguments of the operation have their
names from there. `result` is what the operation gives, and each `gradient` what the node passes on to that argument,
as formulas of `retrograd.derivatives.formulas`. In them `G` is the gradient that arrives, ∂loss/∂result; an operation
with several results has `G`, `G1`, … and `result`, `result1`, …. Where an argument was broadcast, the copies'
gradients are added up afterwards; that holds for every row and is not written.

A new row is proved by tests: that its entry exists, and that it agrees with float64 autograd and with differences.

rows.py         what a row is
arithmetic.py   sums, products, powers; products of matrices
functions.py    functions of each entry
reductions.py   sums over dimensions
layers.py       convolution, pooling, normalisation, softmax, attention
losses.py       losses
places.py       entries taken by index; shapes, parts, copies
twice.py        backward operations that are differentiated themselves
"""

from __future__ import annotations

from collections.abc import Mapping

from retrograd.derivatives.table import arithmetic, functions, layers, losses, places, reductions, twice
from retrograd.derivatives.table.rows import Derivative

__all__ = ["DERIVATIVES", "Derivative"]

_TABLES = (arithmetic, functions, reductions, layers, losses, places, twice)

DERIVATIVES: Mapping[str, Derivative] = {row.node: row for table in _TABLES for row in table.ROWS}
"""Every row, by the name of its node."""
