"""explain() puts recorded numbers into rules. The expected numbers are worked by hand."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

import retrograd
from retrograd.errors import NotKeptError
from retrograd.explanation import Explanation, Rule, explain
from retrograd.recorder import record
from retrograd.recording import Recording


def event_named(recording: Recording, name: str, step: int = 0, which: int = 0) -> int:
    program = recording.steps[step].program
    assert program is not None
    return [event.number for event in program.events if event.name == name][which]


def explained(recording: Recording, name: str, step: int = 0, which: int = 0) -> Explanation:
    return explain(recording, step, event_named(recording, name, step, which))


def rule(recording: Recording, name: str, target: str, step: int = 0, which: int = 0) -> Rule:
    rules = {rule.target: rule for rule in explained(recording, name, step, which).rules}
    assert target in rules, rules.keys()
    return rules[target]


@pytest.fixture(scope="module")
def parabola() -> Recording:
    """(3 · 2 - 1)² = 25: every number can be worked in the head."""
    w = torch.tensor(3.0, requires_grad=True)
    x, y, learning_rate = torch.tensor(2.0), torch.tensor(1.0), 0.125
    with record() as recording:
        for _ in range(3):
            z = w * x
            loss = (z - y) ** 2
            loss.backward()
            with torch.no_grad():
                w -= learning_rate * w.grad
            w.grad.zero_()
    return recording


@pytest.fixture(scope="module")
def notebook() -> Recording:
    torch.manual_seed(0)
    x, y = torch.ones(5), torch.zeros(3)
    w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
    with record() as recording:
        for _ in range(2):
            z = torch.matmul(x, w) + b
            loss = nn.functional.binary_cross_entropy_with_logits(z, y)
            loss.backward()
            with torch.no_grad():
                w -= 0.1 * w.grad
                b -= 0.1 * b.grad
            w.grad = None
            b.grad = None
    return recording


# ---------------------------------------------------------------- one number at a time


def test_a_product(parabola):
    found = rule(parabola, "Tensor.mul", "z")
    assert found.formula == "w · x"
    assert [(e.working, e.computed, e.recorded) for e in found.examples] == [("3 · 2", 6.0, 6.0)]


def test_a_power_passes_on_twice_its_base(parabola):
    (found,) = explained(parabola, "PowBackward0").rules
    assert found.formula == "G · 2 · (z - y)"
    assert ("G", "∂loss/∂loss") in found.names
    assert [(e.working, e.computed, e.recorded) for e in found.examples] == [("1 · 2 · 5", 10.0, 10.0)]


def test_the_rule_of_a_product_names_the_other_factor(parabola):
    found = rule(parabola, "MulBackward0", "∂loss/∂w")
    assert found.formula == "G · x"
    assert found.names == (("G", "∂loss/∂z"),)
    assert [(e.working, e.computed) for e in found.examples] == [("10 · 2", 20.0)]


def test_the_first_gradient_becomes_grad(parabola):
    found = explained(parabola, "AccumulateGrad")
    assert found.title == "w had no .grad; what arrived becomes it"
    assert found.rules[0].formula == "∂loss/∂w"


def test_the_second_one_is_added_to_what_was_cleared(parabola):
    # w is 3 - 0.125 · 20 = 0.5 now, so z is 1, which is the target: the gradient is 0.
    found = explained(parabola, "AccumulateGrad", step=1)
    assert found.title == "what arrived is added to w.grad, which was zero"
    assert found.rules[0].formula == "(w.grad before) + ∂loss/∂w"
    assert found.rules[0].examples[0].working == "0 + 0"


def test_a_gradient_that_was_not_cleared_is_said_to_add_up():
    w = torch.tensor(3.0, requires_grad=True)
    with record() as recording:
        for _ in range(2):
            (w * 2).backward()
    found = explained(recording, "AccumulateGrad", step=1)
    assert found.title == "what arrived is added to w.grad, which was not zero: gradients add up"
    assert found.rules[0].examples[0].working == "2 + 2"
    assert found.rules[0].examples[0].computed == 4


def test_an_update_is_written_out_to_the_gradient(parabola):
    found = rule(parabola, "Tensor.sub_", "w")
    assert found.formula == "w − w.grad · learning_rate"
    assert [(e.working, e.computed, e.recorded) for e in found.examples] == [("3 − 20 · 0.125", 0.5, 0.5)]


def test_a_clear_is_a_zero(parabola):
    (found,) = explained(parabola, "Tensor.zero_").rules
    assert (found.target, found.formula) == ("w.grad", "0")
    assert [(e.computed, e.recorded) for e in found.examples] == [(0.0, 0.0)]


def test_setting_grad_to_none_is_told(notebook):
    found = explained(notebook, "Tensor.grad.__set__")
    assert found.title == "w.grad becomes None: the next backward makes a new one"


# ---------------------------------------------------------------- tensors


def test_the_loss_is_worked_entry_by_entry(notebook):
    found = rule(notebook, "torch.nn.functional.binary_cross_entropy_with_logits", "loss")
    assert found.formula == "mean((1 − y) · z + softplus(−z))"
    (example,) = found.examples
    assert example.working.endswith(" / 3")
    assert example.working.count("softplus") == 3
    # With y = 0 the loss is the mean of log(1 + e^z), and z = 1ᵀw + b.
    w, b = notebook.array("w")[0].astype("f8"), notebook.array("b")[0].astype("f8")
    expected = np.log1p(np.exp(w.sum(0) + b)).mean()
    assert example.computed == pytest.approx(expected, rel=1e-6)  # z itself was rounded to 24 bits


def test_the_gradient_of_the_loss_names_the_mean(notebook):
    found = rule(notebook, "BinaryCrossEntropyWithLogitsBackward0", "∂loss/∂z")
    assert found.formula == "G · (σ(z) − y) / N"
    assert ("N", "3") in found.names
    w, b = notebook.array("w")[0].astype("f8"), notebook.array("b")[0].astype("f8")
    expected = 1 / (1 + np.exp(-(w.sum(0) + b))) / 3
    assert [e.computed for e in found.examples] == pytest.approx(expected, rel=1e-6)


def test_a_matrix_product_is_a_sum_of_products(notebook):
    found = rule(notebook, "torch.matmul", "torch.matmul(x, w)")
    assert found.examples[0].working.count(" · ") == 5
    assert found.examples[0].index == (0,)


def test_broadcasting_is_spelled_out():
    torch.manual_seed(0)
    x = torch.randn(8, 3)
    b = torch.zeros(3, requires_grad=True)
    with record() as recording:
        for _ in range(1):
            loss = (x + b).sum()
            loss.backward()
    found = rule(recording, "AddBackward0", "∂loss/∂b")
    assert found.remarks == (
        "shape (3,) was copied to (8, 3) (8 copies along dimension 0), so the gradients of the copies are added up",
    )
    assert found.examples[0].working == "1 + 1 + 1 + 1 + 1 + 1 + … (2 more)"
    assert found.examples[0].computed == 8


def test_mathml_is_well_formed(notebook):
    from xml.etree import ElementTree

    program = notebook.steps[0].program
    for event in program.events:
        for found in explain(notebook, 0, event.number).rules:
            ElementTree.fromstring(f"<math>{found.mathml}</math>")
    found = rule(notebook, "BinaryCrossEntropyWithLogitsBackward0", "∂loss/∂z")
    assert "<mfrac>" in found.mathml
    assert "<mi>N</mi>" in found.mathml


def test_every_event_of_a_model_is_explained():
    torch.manual_seed(0)
    model = nn.Sequential(
        *(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(18, 4)),
        *(nn.LayerNorm(4), nn.GELU(), nn.Linear(4, 3)),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    x, y = torch.randn(2, 1, 8, 8), torch.tensor([0, 2])
    with record() as recording:
        for _ in range(4):
            loss = nn.functional.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    from retrograd.program import reconstruct

    step = reconstruct(recording, 3)
    for event in step.program.events:
        found = explain(recording, step, event.number)
        if event.kind == "backward":
            assert found.rules, event.name
        for one in found.rules:
            for example in one.examples:
                # The numbers put in are rounded in each operation; none of these loses more than 3 digits.
                assert example.computed == pytest.approx(example.recorded, rel=1e-3, abs=1e-6), (event.name, one)


# ---------------------------------------------------------------- what there is no rule for


def test_a_function_of_the_person_has_no_rule():
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        def backward(ctx, gradient):
            return 2 * gradient

    w = torch.tensor(3.0, requires_grad=True)
    with record() as recording:
        for _ in range(1):
            Twice.apply(w).backward()
    found = explained(recording, "TwiceBackward")
    assert found.rules == ()
    assert "its author wrote the rule" in found.remarks[0]


def test_a_change_of_shape_needs_no_numbers_but_those_that_arrive(notebook):
    # The second step repeats the first, so what squeeze took is not kept.
    (found,) = explained(notebook, "SqueezeBackward4", step=1).rules
    assert found.target == "∂loss/∂(mm(unsqueeze(x), w))"
    assert found.formula == "reshape(G)"
    assert found.remarks == ()
    assert [e.index for e in found.examples] == [(0, 0), (0, 1), (0, 2)]
    assert [e.computed for e in found.examples] == [e.recorded for e in found.examples]


def test_a_sign_of_the_formula_is_explained(notebook):
    found = rule(notebook, "BinaryCrossEntropyWithLogitsBackward0", "∂loss/∂z")
    assert "σ" in found.formula
    assert ("σ(t)", "1 / (1 + exp(−t))") in found.names


def test_what_was_not_kept_is_said():
    w = torch.ones(2000, requires_grad=True)
    with record() as recording:
        for _ in range(1):
            (w * w).sum().backward()
    found = rule(recording, "MulBackward0", "∂loss/∂w")
    assert found.formula == "G · w"
    assert found.examples == ()
    assert "not all of the numbers were kept" in found.remarks[0]


def test_an_event_that_is_not_there_is_an_error(parabola):
    with pytest.raises(NotKeptError, match="has the events 0 to"):
        explain(parabola, 0, 1000)


@pytest.mark.parametrize("step", [1000, -1000])
def test_a_step_that_is_not_there_is_an_error(parabola, step):
    last = len(parabola.steps) - 1
    with pytest.raises(NotKeptError, match=f"there is no step {step}: the recording has .*{last}"):
        explain(parabola, step, 0)


def test_no_pytorch_is_needed(parabola, tmp_path):
    retrograd.save(parabola, tmp_path / "parabola.retro")
    script = (
        "import sys, retrograd\n"
        f"recording = retrograd.load({str(tmp_path / 'parabola.retro')!r})\n"
        "print(*[r.formula for e in range(8) for r in retrograd.explain(recording, 0, e).rules], sep='|')\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "G · x" in done.stdout.split("|")


def test_complex_numbers_are_not_put_into_formulas_for_real_ones():
    # The gradient of |z w|² has the conjugate of z, which no rule in the table says.
    w, z = torch.tensor([1 + 2j], requires_grad=True), torch.tensor([0.5 - 1j])
    with record() as recording:
        for _ in range(1):
            ((z * w * 0.5).abs() ** 2).sum().backward()
            w.grad = None
    explained = [explain(recording, 0, event.number) for event in recording.steps[0].program.events]
    product, mul_node = explained[0], next(e for e in explained if e.title.startswith("incoming") and e.remarks)
    assert product.rules[0].examples == ()
    assert product.rules[0].remarks == ("complex numbers are not put in; the values are shown as they were recorded",)
    assert mul_node.rules == ()
    assert mul_node.remarks == ("the rules in the table are for real numbers; complex ones take part here",)


def test_that_there_are_no_entries_is_said():
    w = torch.zeros(0, 3, requires_grad=True)
    with record() as recording:
        for _ in range(1):
            (w * 2).sum().backward()
    assert explain(recording, 0, 0).rules[0].remarks == ("there are no entries",)
