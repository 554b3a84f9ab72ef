"""Changes every formula of the table of derivatives, one at a time, and says which change no test would notice.

    python tests/mutation/mutate_derivatives.py            every row
    python tests/mutation/mutate_derivatives.py MmBackward0

Of each row the gradients, the results and the abbreviations are changed: by a factor, or by another operation in one
place. A change is noticed if `verify` disagrees on one of the examples that make the row's node
(tests/property/derivative_examples.py), as the test of that row demands. Exit status 1 if a change is not noticed.
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
from retrograd.derivatives.matching import _rows_by_operation
from retrograd.verification import verify

EXCHANGED: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
}


SAME = {
    "1.01 * (zeros(self))": "zeros times a factor are zeros",
    "hit: self == restored(": "the gradient is shared out by hit over the sum of hit, so a factor changes nothing",
    "delta / sign(d)": "sign(d) is 1 or -1 where |d| > delta, so multiplying by it is dividing by it",
}
"""Parts of changed formulas that give the same numbers, and why."""


def changes_of(formula: Formula) -> Iterator[Formula]:
    """Go through changed formulas: a factor, and another operation in each place that has one."""
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


def changed_rows(row: Derivative) -> Iterator[tuple[str, Derivative]]:
    """Go through the row with one formula changed, each with what was changed."""
    for name, formula in row.gradients.items():
        for changed in changes_of(formula):
            yield _said(name, formula, changed), replace(row, gradients={**row.gradients, name: changed})
    for name, formula in row.given.items():
        for changed in changes_of(formula):
            yield _said(name, formula, changed), replace(row, given={**row.given, name: changed})
    for place, formula in enumerate(row.results):
        for changed in changes_of(formula):
            results = (*row.results[:place], changed, *row.results[place + 1 :])
            yield _said(f"result {place}", formula, changed), replace(row, results=results)


def _said(name: str, formula: Formula, changed: Formula) -> str:
    return f"{name}: {formula.source}  ->  {changed.source}"


def survivors_of(node: str) -> Iterator[str]:
    """Go through the changes of a row that are not noticed."""
    row = DERIVATIVES[node]
    recordings = [recorded(example, place) for place, example in enumerate(EXAMPLES[node])]
    table: dict[str, Derivative] = DERIVATIVES  # type: ignore[assignment]
    for said, changed in changed_rows(row):
        table[node] = changed
        try:
            if not _is_noticed(recordings):
                yield f"{node}, {said}"
        finally:
            table[node] = row


def _is_noticed(recordings: list) -> bool:
    _rows_by_operation.cache_clear()
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
            same = next((reason for part, reason in SAME.items() if part in text), None)
            survived += same is None
            print(text if same is None else f"{text}\n  no change: {same}", flush=True)
    print(f"{len(names)} rows, {survived} changes were not noticed")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
