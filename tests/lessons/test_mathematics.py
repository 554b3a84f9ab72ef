"""Formulas in prose: what chapters write between dollars, as MathML."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from retrograd.errors import LessonError
from retrograd.lessons.mathematics import mathml
from retrograd.lessons.topics import topics


def read(formula: str) -> str:
    """Read MathML aloud: fractions with a stroke, what stands low with _, what stands high with ^."""

    def aloud(node: ElementTree.Element) -> str:
        parts = [aloud(child) for child in node]
        if node.tag == "mfrac":
            return f"({parts[0]})/({parts[1]})"
        if node.tag in ("msub", "msup"):
            return ("_" if node.tag == "msub" else "^").join(parts)
        if node.tag == "msubsup":
            return f"{parts[0]}_{parts[1]}^{parts[2]}"
        return "".join(parts) or (node.text or "").replace("\u2061", " ")

    return aloud(ElementTree.fromstring(mathml(formula)))


@pytest.mark.parametrize(
    ("formula", "aloud"),
    [
        (r"\sigma(z) - 0.5", "σ(z)−0.5"),
        (r"\partial\text{loss}/\partial z_i = (\sigma(z_i) - y_i)\,/\,3", "∂loss/∂z_i=(σ(z_i)−y_i)/3"),
        (r"\ln(1 + e^{-z})", "ln (1+e^−z)"),
        (r"\ell(z, y)", "ℓ(z,y)"),
        (r"\frac{1}{N} \sum_i^N w_{k+1}", "(1)/(N)∑_i^Nw_k+1"),
        (r"w \le 4", "w≤4"),
    ],
)
def test_a_formula_reads_as_it_is_meant(formula, aloud):
    assert read(formula) == aloud


def test_what_is_in_no_table_is_said():
    with pytest.raises(LessonError, match=r"do not know .wp in formulas yet"):
        mathml(r"\wp x")


@pytest.mark.parametrize("formula", ["{x", "x}", r"\frac{1}"])
def test_a_formula_that_is_not_closed_is_said(formula):
    with pytest.raises(LessonError):
        mathml(formula)


@pytest.mark.parametrize("topic", topics(), ids=lambda topic: topic.name)
def test_every_formula_of_a_chapter_is_understood(topic):
    prose = "\n".join(line for line in topic.source.splitlines() if line.startswith("# "))
    for formula in re.findall(r"\$([^$\n]+)\$", prose):
        ElementTree.fromstring(mathml(formula))
