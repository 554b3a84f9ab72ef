"""Changes every formula of the table of derivatives, one at a time, and says which change no test would notice.

    python tests/mutation/mutate_derivatives.py            every row
    python tests/mutation/mutate_derivatives.py MmBackward0

A change is a sign, an operation, a number, or a factor in one place of one formula. It is noticed if `verify`
disagrees on one of the examples that make the row's node (tests/property/derivative_examples.py), as the test of that
row demands. Exit status 1 if a change is not noticed.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "property"))

from derivative_examples import EXAMPLES  # the folder is not on the path before
from test_derivative_rows import recorded

from retrograd.derivatives import DERIVATIVES, Derivative
from retrograd.derivatives.formulas import Formula
from retrograd.verification import verify

EXCHANGED: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
}


SAME = {
    "HuberLossBackward0": "sign(d) is 1 or -1 where |d| > delta, so multiplying by it is dividing by it",
}
"""Rows with changes that give the same numbers."""


def changes_of(formula: Formula) -> Iterator[Formula]:
    """Go through changed formulas: a factor, a summand, and another operation in each place that has one."""
    if formula.source.startswith(("cut(", "unbind(")):
        yield Formula(f"[1.01 * part for part in {formula.source}]")  # it gives a list
    elif formula.source == "0 * G":
        yield Formula("0.01 * G")
    else:
        yield Formula(f"1.01 * ({formula.source})")
        places = [n for n, node in enumerate(ast.walk(_parsed(formula))) if _changeable(node)]
        for place in places:
            tree = _parsed(formula)
            node = [*ast.walk(tree)][place]
            assert isinstance(node, ast.BinOp)
            node.op = EXCHANGED[type(node.op)]()
            yield Formula(ast.unparse(tree))


def _parsed(formula: Formula) -> ast.Expression:
    return ast.parse(formula.source, mode="eval")


def _changeable(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and type(node.op) in EXCHANGED


def survivors_of(node: str) -> Iterator[str]:
    """Go through the changes of a row that are not noticed."""
    row = DERIVATIVES[node]
    recordings = [recorded(example, place) for place, example in enumerate(EXAMPLES[node])]
    table: dict[str, Derivative] = DERIVATIVES  # type: ignore[assignment]
    for name, formula in row.gradients.items():
        for changed in changes_of(formula):
            table[node] = replace(row, gradients={**row.gradients, name: changed})
            try:
                if not _is_noticed(recordings):
                    yield f"{node}, {name}: {formula.source}  ->  {changed.source}"
            finally:
                table[node] = row


def _is_noticed(recordings: list) -> bool:
    for recording in recordings:
        recording.steps[0].program.cache.pop("made by", None)
        try:
            found = verify(recording)
            left_out = [note for note in found.notes if "overflowed" in note and "formula" in note]
            left_out += [note for note in found.notes if "cannot be computed" in note]
            if not found.agrees or left_out:
                return True
        except Exception:  # a formula that is no Python any more is noticed, too
            return True
    return False


def main() -> int:
    names = sys.argv[1:] or sorted(set(EXAMPLES) & set(DERIVATIVES))
    survived = 0
    for node in names:
        for text in survivors_of(node):
            same = SAME.get(node) if "delta / sign(d)" in text else None
            survived += same is None
            print(text if same is None else f"{text}\n  no change: {same}", flush=True)
    print(f"{len(names)} rows, {survived} changes were not noticed")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
