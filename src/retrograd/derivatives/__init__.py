"""DERIVATIVES: backward node -> formula, source in PyTorch's derivatives.yaml. None of it needs PyTorch.

table.py       the rows; a formula is text that is both shown and computed      <- read this first
formulas.py    what can be done with a formula: compute it, write it out, put the numbers of one entry in
functions.py   what formulas are made of, in NumPy
rounding.py    numbers in float64 that know how far the same computation may be off in the loop's dtype
matching.py    which recorded operation made a node, and what it took and gave
binding.py     what the names of a formula stand for in a recorded step
naming.py      what the person calls a tensor
"""

from __future__ import annotations

from retrograd.derivatives.table import DERIVATIVES, Derivative

__all__ = ["DERIVATIVES", "Derivative"]
