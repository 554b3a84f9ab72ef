"""Each row of the table cites an entry of PyTorch's derivatives.yaml; what is not numbers is tested here."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torchgen
from derivatives_page import PAGE, page

from retrograd.derivatives import DERIVATIVES
from retrograd.derivatives.formulas import Formula, names_in
from retrograd.derivatives.functions import FUNCTIONS
from retrograd.derivatives.matching import node_word, operation_word, parameters_of
from retrograd.derivatives.mathml import mathml_of
from retrograd.derivatives.rounding import LARGE, PRECISIONS, Rounded, summing
from retrograd.derivatives.settling import settled
from retrograd.derivatives.working import worked
from retrograd.derivatives.writing import text_of

PACKAGED = Path(torchgen.__file__).parent / "packaged"


@cache
def entries():
    """Return PyTorch's own table, read by PyTorch's own reader: node -> its entry."""
    from torchgen.packaged.autograd.load_derivatives import load_derivatives

    functions, _ = load_derivatives(
        str(PACKAGED / "autograd/derivatives.yaml"),
        str(PACKAGED / "ATen/native/native_functions.yaml"),
        str(PACKAGED / "ATen/native/tags.yaml"),
    )
    return {info.op: info for kinds in functions.values() for info in kinds.values() if info.op}


@pytest.mark.parametrize("node", sorted(DERIVATIVES))
def test_the_cited_entry_exists_and_makes_this_node(node):
    assert node in entries(), f"no entry of derivatives.yaml makes {node}"
    assert str(entries()[node].func.func) == DERIVATIVES[node].source


@pytest.mark.parametrize("node", sorted(DERIVATIVES))
def test_the_row_has_a_formula_for_each_edge_of_the_node(node):
    assert list(DERIVATIVES[node].gradients) == [a.name for a in entries()[node].args_with_derivatives]


@pytest.mark.parametrize("node", sorted(DERIVATIVES))
def test_formulas_use_names_that_they_have(node):
    row = DERIVATIVES[node]
    known = {name for _, name, _, _ in parameters_of(row.source)} | set(row.given) | set(FUNCTIONS)
    known |= {"G", "G1", "Gs", "result", "result1", "result2"}
    formulas = [*row.results, *row.gradients.values(), *row.given.values()]
    for formula in [*formulas, *([row.unless] if row.unless else [])]:
        assert set(names_in(formula)) <= known, formula


@pytest.mark.parametrize("node", sorted(DERIVATIVES))
def test_the_operation_is_found_by_the_name_of_its_node(node):
    assert operation_word("aten::" + DERIVATIVES[node].source.partition("(")[0]) == node_word(node)


@pytest.mark.parametrize("node", sorted(DERIVATIVES))
def test_every_formula_can_be_written_out(node):
    from xml.etree import ElementTree

    for formula in (*DERIVATIVES[node].results, *DERIVATIVES[node].gradients.values()):
        assert text_of(formula)
        ElementTree.fromstring(f"<math>{mathml_of(formula)}</math>")


def test_the_nodes_that_are_said_to_have_no_row_have_none():
    text = (Path(__file__).parents[2] / "LIMITATIONS.md").read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if line.startswith("| a node without a row in the table")]
    named = re.findall(r"`(\w+Backward\d)`", line)
    assert len(named) == len(set(named)) > 40
    assert not DERIVATIVES.keys() & set(named)


def test_the_page_shows_the_table_of_today():
    if os.environ.get("RETROGRAD_ACCEPT"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "RETROGRAD_ACCEPT=1 writes it anew"


# ---------------------------------------------------------------- formulas


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("G * (1 - result**2)", "G · (1 − result²)"),
        ("-G * self / other**2", "−G · self / other²"),
        ("a - (b - c)", "a − (b − c)"),
        ("a / (b * c)", "a / (b · c)"),
        ("(a + b) ** (c - 1)", "(a + b)^(c − 1)"),
        ("T(self) @ G", "selfᵀ @ G"),
        ("G * (sigmoid(z) - y) / N", "G · (σ(z) − y) / N"),
        ("where(x > 0, G, 0)", "G where x > 0, else 0"),
        ("sum(x)", "Σ x"),
        ("sqrt(2 * pi)", "√(2 · π)"),
        ("copies(restored(G, dim, keepdim, self), self) / N", "G / N"),
    ],
)
def test_text(source, text):
    assert text_of(Formula(source)) == text


def test_text_with_the_names_of_the_person():
    assert text_of(Formula("self * other"), {"self": "w + 1", "other": "x"}) == "(w + 1) · x"


@pytest.mark.parametrize(
    ("source", "known", "left"),
    [
        ("alpha * G", {"alpha": 1}, "G"),
        ("-alpha * G", {"alpha": 1}, "-G"),
        ("alpha * G", {"alpha": 2}, "alpha * G"),
        ("beta * self + alpha * (a @ b)", {"alpha": 1, "beta": 0}, "beta * self + a @ b"),
        ("self ** (exponent - 1)", {"exponent": 2}, "self"),
        ("a if training else b", {"training": False}, "b"),
        ("G * either(weight, 1)", {"weight": None}, "G"),
        ("reduced(x, reduction)", {"reduction": 1}, "mean(x)"),
        ("reduced(x, reduction)", {"reduction": 0}, "x"),
    ],
)
def test_what_is_decided_is_left_out(source, known, left):
    assert settled(Formula(source), known) == Formula(left)


def test_an_entry_is_worked_with_its_numbers():
    names = {"a": np.array([[1.0, 2.0], [3.0, 4.0]]), "b": np.array([[5.0, 6.0], [7.0, 8.0]])}
    write = "{:g}".format
    assert worked(Formula("a @ b"), names, (1, 0), write) == "3 · 5 + 4 · 7"
    assert worked(Formula("T(a) @ b"), names, (1, 0), write) == "2 · 5 + 4 · 7"
    assert worked(Formula("sum(a * b, 0)"), names, (1,), write) == "2 · 6 + 4 · 8"
    assert worked(Formula("mean(a)"), names, (), write) == "(1 + 2 + 3 + 4) / 4"
    assert worked(Formula("where(a > 2, a, -b)"), names, (0, 0), write) == "−5"


# ---------------------------------------------------------------- numbers that know how far off they may be


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_precisions_are_those_of_the_dtypes(dtype):
    facts, precision = np.finfo(dtype), PRECISIONS[dtype]
    assert (precision.eps, precision.tiny, precision.largest) == (facts.eps, facts.tiny, facts.max)


def test_bfloat16_has_the_range_of_float32_and_eight_bits():
    import torch

    facts, precision = torch.finfo(torch.bfloat16), PRECISIONS["bfloat16"]
    assert (precision.eps, precision.tiny) == (facts.eps, facts.tiny)
    assert precision.largest >= facts.max


def test_the_rounding_of_a_sum_stays_below_its_bound():
    from retrograd.derivatives.functions.shapes import sum as added

    random = np.random.default_rng(0)
    for length in (1, 7, 100, 100_000):
        numbers = random.normal(size=length).astype("f4")
        one_by_one = np.cumsum(numbers, dtype="f4")[-1]  # the worst order: each number is added to all before it
        exact = added(Rounded(numbers, PRECISIONS["float32"]))
        assert abs(one_by_one - exact.value) <= exact.bounds()
        # And the bound is no excuse: a sum of which a thousandth is missing is found.
        assert exact.bounds() < np.abs(numbers).sum() / 1000


def test_cancellation_widens_the_bound():
    x = Rounded(np.array(1.0), PRECISIONS["float32"])
    difference = (x + 1e-4) - 1.0
    assert difference.bounds() / abs(difference.value) > 1e-4  # three or four digits are lost


def test_a_number_too_large_for_the_dtype_has_no_bound():
    x = Rounded(np.array(1e30), PRECISIONS["float32"])
    assert np.isinf((x * x).bounds())
    assert np.isfinite((x * 2).bounds())


def test_the_table_needs_no_pytorch():
    script = "import sys, retrograd.derivatives, retrograd.derivatives.binding; assert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_error_function_is_that_of_the_standard_library():
    x = np.concatenate([np.linspace(-7, 7, 20001), [0.0, 1e-300, -1e-9, np.inf, -np.inf]])
    known = [math.erf(one) for one in x]
    assert FUNCTIONS["erf"](x) == pytest.approx(known, rel=2e-14, abs=3e-16)
    assert np.isnan(FUNCTIONS["erf"](np.array([np.nan]))).all()


def test_the_bound_of_a_large_product_is_no_smaller_than_the_sum_of_its_terms():
    generator = np.random.default_rng(0)
    one, other = generator.standard_normal((2, 100, 300)), generator.standard_normal((300, 200))
    assert one.size * 200 > LARGE
    product = Rounded(one, PRECISIONS["float32"]) @ other
    terms = np.abs(one) @ np.abs(other)
    least = summing(300, PRECISIONS["float32"]) * terms
    assert (product.bounds() >= least).all()
    assert (product.bounds() <= 2 * least).all()  # of random numbers, it is π/2 times as large
