"""DERIVATIVES: backward node -> formula, source in PyTorch's derivatives.yaml. None of it needs PyTorch.

table/         the rows; a formula is text that is both shown and computed      <- read this first
formulas.py    a formula, and computing it
settling.py    a formula without what is decided beforehand
writing.py     a formula as a line of mathematics, mathml.py as MathML
working.py     one entry of its result, with the numbers put in
functions/     what formulas are made of, in NumPy
rounding.py    numbers in float64 that know how far the same computation may be off in the loop's dtype
matching.py    which recorded operation made a node, and what it took and gave
binding.py     what the names of a formula stand for in a recorded step
naming.py      what the person calls a tensor
"""

from __future__ import annotations

from retrograd.derivatives.table import DERIVATIVES, Derivative

__all__ = ["DERIVATIVES", "Derivative"]
