"""Writes docs/derivatives.md, the table of derivatives for readers; a test compares it with the table of today."""

from __future__ import annotations

from pathlib import Path

from retrograd.derivatives import DERIVATIVES
from retrograd.derivatives.writing import text_of

PAGE = Path(__file__).parents[2] / "docs" / "derivatives.md"

HEAD = """# Derivatives

For each backward node: what its forward operation gives, and what the node passes on to each argument. `G` is the
gradient that arrives, ∂loss/∂result; an operation with several results has `G`, `G1`, …, and one whose result is a list
has all of them as `Gs`. Where an argument was broadcast, the gradients of the copies are added up afterwards.

The names are those of PyTorch's `derivatives.yaml`, which ships inside of PyTorch (`torchgen/packaged/autograd/`); each
row follows the entry that is named under its node. `self` is the first argument. The formulas are not only shown: the
same text is computed, in NumPy and float64, when a recording is [verified](verifying.md).

There are {rows} rows. A node without one is shown with its inputs and outputs and verified numerically; those of common
networks are named among the [limitations](limitations.md). To add a row, write a `row` in
`src/retrograd/derivatives/table/`, with functions of `functions/`, an example in
`tests/property/derivative_examples.py`, and in `derivative_draws.py` how to draw arguments, unless the operation
works on each entry by itself; the tests say whether the entry exists, and whether the formula is right. This page is
written anew by `RETROGRAD_ACCEPT=1 make test ARGS="tests/unit/test_derivatives.py"`.

| node and entry | result | gradients |
| --- | --- | --- |
"""


def page() -> str:
    """Return the page as it should be."""
    rows = []
    for row in DERIVATIVES.values():
        entry = row.source.partition("(")[0]
        result = "<br>".join(map(_cell, (text_of(formula) for formula in row.results)))
        gradients = "<br>".join(f"{_cell(name)}: {_cell(text_of(f))}" for name, f in row.gradients.items())
        given = "".join(f"<br>with {_cell(name)} = {_cell(text_of(f))}" for name, f in row.given.items())
        rows.append(f"| `{row.node}`<br>`{entry}` | {result} | {gradients}{given} |")
    return HEAD.replace("{rows}", str(len(rows))) + "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;")
    return text.replace("_", "\\_").replace("*", "\\*")
