"""verify() agrees with loops that are right, and finds planted faults, each with its line."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from both_ways import EXAMPLES, both
from torch import nn

import retrograd
from retrograd.cli import main
from retrograd.derivatives import DERIVATIVES
from retrograd.errors import NotKeptError
from retrograd.program import reconstruct
from retrograd.recorder import record
from retrograd.recording import Recording, offsets, reference_to
from retrograd.verification import Comparison, Verification, verify

ROOT = Path(__file__).parents[2]


def lines_of(recording: Recording, comparisons: list[Comparison]) -> set[str]:
    """Return the person's lines that disagreements point to."""
    texts = set()
    for comparison in comparisons:
        line = recording.lines[comparison.line] if comparison.line is not None else None
        texts.add("" if line is None else recording.texts[line.file].splitlines()[line.number - 1].strip())
    return texts


def methods(found: Verification) -> set[str]:
    return {comparison.method for comparison in found.comparisons}


def notebook(turns: int = 3) -> Recording:
    torch.manual_seed(0)
    x, y = torch.ones(5), torch.zeros(3)
    w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
    learning_rate = 0.1
    with record() as recording:
        for _ in range(turns):
            z = torch.matmul(x, w) + b
            loss = nn.functional.binary_cross_entropy_with_logits(z, y)
            loss.backward()
            with torch.no_grad():
                w -= learning_rate * w.grad
                b -= learning_rate * b.grad
            w.grad.zero_()
            b.grad.zero_()
    return recording


# ---------------------------------------------------------------- what is right


def test_the_notebook_agrees_in_every_way():
    found = verify(notebook())
    assert found.disagreements == []
    assert found.steps == (0, 1, 2)
    assert found.executed == 3
    assert found.notes == ()
    assert methods(found) == {
        *("definition", "formula", "sum", "forward mode", "float64 autograd", "central differences")
    }
    assert 0 < found.worst < 1


def test_the_recomputed_numbers_are_those_of_the_closed_form():
    # With x = 1 and y = 0: w.grad = outer(x, σ(z) / 3), b.grad = σ(z) / 3, in float64 from the recorded parameters.
    recording = notebook()
    found = verify(recording, [1])
    w, b = (recording.array(name)[1].astype("f8") for name in ("w", "b"))
    slope = 1 / (1 + np.exp(-(w.sum(0) + b))) / 3
    closed = {"∂loss/∂w": np.tile(slope, (5, 1)), "∂loss/∂b": slope}
    rows = [c for c in found.comparisons if c.method == "float64 autograd"]
    assert len(rows) == 2
    for row in rows:
        expected = closed[row.what.partition(",")[0]][row.index]
        assert row.recomputed == pytest.approx(expected, rel=1e-12)
        assert abs(row.recorded - expected) <= row.tolerance


def test_the_tolerance_is_no_excuse():
    # A gradient that is off by a ten-thousandth of itself is found by every way in which it is computed.
    for comparison in verify(notebook(), [1]).comparisons:
        if comparison.method in ("formula", "float64 autograd"):
            assert comparison.tolerance < 1e-4 * abs(comparison.recorded)


def model_and_loss(kind: str) -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    if kind == "pictures":
        layers = [nn.Conv2d(2, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.GELU(), nn.MaxPool2d(2)]
        model = nn.Sequential(*layers, nn.Dropout(0.3), nn.Flatten(), nn.Linear(16, 3))
        return model, torch.randn(6, 2, 8, 8), torch.randint(3, (6,))
    if kind == "words":

        class Words(nn.Module):
            def __init__(self):
                super().__init__()
                self.words, self.norm = nn.Embedding(11, 8), nn.LayerNorm(8)
                self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
                self.out = nn.Linear(8, 3)

            def forward(self, i):
                x = self.norm(self.words(i))
                return self.out(self.attention(x, x, x, need_weights=False)[0].mean(1))

        return Words(), torch.randint(11, (6, 5)), torch.randint(3, (6,))

    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.out = nn.GRU(3, 5, batch_first=True), nn.Linear(5, 3)

        def forward(self, x):
            return self.out(self.cell(x)[0][:, -1])

    return Recurrent(), torch.randn(6, 4, 3), torch.randint(3, (6,))


@pytest.mark.parametrize("kind", ["pictures", "words", "sounds"])
def test_common_models_agree(kind):
    model, x, y = model_and_loss(kind)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=0.1)
    with record() as recording:
        for _ in range(3):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y, label_smoothing=0.1).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
    found = verify(recording)
    assert found.disagreements == []
    leaves = {c.what for c in found.comparisons if c.method == "float64 autograd"}
    assert len(leaves) == sum(1 for _ in model.parameters())


def test_double_precision_is_held_to_its_own_digits():
    torch.manual_seed(0)
    w = torch.randn(4, 4, dtype=torch.float64, requires_grad=True)
    x = torch.randn(8, 4, dtype=torch.float64)
    with record() as recording:
        for _ in range(1):
            torch.tanh(x @ w).pow(2).mean().backward()
    found = verify(recording)
    assert found.disagreements == []
    assert max(c.tolerance for c in found.comparisons if c.method == "formula") < 1e-13


def test_what_grad_was_asked_for_is_compared_with_the_whole_step():
    # sum((w x)²) with x = (1, 2): the gradient is 2 w x².
    x, w = torch.tensor([1.0, 2.0]), torch.tensor([0.5, -1.0], requires_grad=True)
    with record() as recording:
        for _ in range(2):
            torch.autograd.grad(((w * x) ** 2).sum(), [w])
    found = verify(recording)
    assert found.agrees
    rows = [c for c in found.comparisons if c.method == "float64 autograd"]
    assert rows
    assert {c.recomputed for c in rows} <= {2 * 0.5 * 1, 2 * -1.0 * 4}


def test_leaves_of_a_backward_call_on_several_tensors_are_compared():
    w = torch.tensor([0.5, -1.0], requires_grad=True)
    with record() as recording:
        for _ in range(2):
            torch.autograd.backward([(w**2).sum(), torch.tanh(w).sum()])
            w.grad = None
    found = verify(recording)
    assert found.agrees
    expected = {float(2 * v + 1 / np.cosh(v) ** 2) for v in (0.5, -1.0)}
    rows = [c for c in found.comparisons if c.method == "float64 autograd"]
    assert rows
    assert all(min(abs(c.recomputed - e) for e in expected) < 1e-12 for c in rows)


def test_a_leaf_that_a_lost_graph_does_not_reach_is_still_compared():
    a, b = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0, requires_grad=True)
    old = torch.tanh(a)
    with record() as recording:
        for _ in range(2):
            (old * b).backward(retain_graph=True)
    found = verify(recording)
    assert found.agrees
    assert {c.what for c in found.comparisons if c.method == "float64 autograd"} == {"∂loss/∂b, all in all"}
    assert any("behind it (1 leaf) is compared node by node only" in note for note in found.notes)


def test_a_kink_inside_of_a_difference_is_no_disagreement():
    # Three of the bends of the loss lie within the step of a difference, at a tenth, a third and a half of it.
    step = float(np.finfo(np.float64).eps) ** (1 / 3)
    w = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    bends = torch.tensor([1 + step * part for part in (0.1, 0.33, 0.5)], dtype=torch.float64)
    with record() as recording:
        for _ in range(2):
            torch.relu(w - bends).sum().backward()
            w.grad = None
    assert verify(recording).agrees


SLOW = ("gpt", "rnn", "two_moons_adam")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(path.stem, marks=pytest.mark.slow if path.stem in SLOW else ())
        for path in sorted(EXAMPLES.glob("*.py"))
    ],
)
def test_every_example_agrees(name):
    recording = both(EXAMPLES / f"{name}.py")[1].recording
    events = [event for program in recording.programs for event in program.events]
    assert {event.node.name for event in events if event.kind == "backward"} <= set(DERIVATIVES)
    found = verify(recording, [0] if name in SLOW else [0, -1])
    assert found.disagreements == []
    assert {"definition", "formula", "float64 autograd", "central differences"} <= methods(found)
    assert 0 < found.worst <= 1


def test_a_gradient_of_a_gradient_agrees():
    torch.manual_seed(0)
    w, x = torch.randn(3, requires_grad=True), torch.randn(3)
    with record() as recording:
        for _ in range(2):
            (slope,) = torch.autograd.grad((torch.sigmoid(w * x)).sum(), w, create_graph=True)
            (slope**2).sum().backward()
            w.grad = None
    found = verify(recording)
    assert found.disagreements == []
    assert "float64 autograd" in methods(found)


def test_a_number_that_float32_rounds_agrees_where_a_sum_cancels():
    """0.9 in float32 is 0.9 - 2.4e-8; the sum is 30 times smaller than 0.9, and so is its own rounding."""
    w = torch.tensor([-0.87], requires_grad=True)
    with record() as recording:
        for _ in range(2):
            ((w + 0.9) ** 2 + (0.9 - -w)).sum().backward()
            w.grad = None
    assert not verify(recording).disagreements


def test_a_large_gradient_of_a_step_that_cannot_be_executed_is_noted():
    w = torch.randn(40, 40, requires_grad=True)  # more than is kept whole
    with record() as recording:
        for _ in range(2):
            kept = torch.ones(1).to_sparse().to_dense()  # no recorded operation makes it
            (w * w * kept).sum().backward()
            w.grad = None
    found = verify(recording)
    assert not found.disagreements
    assert any("only a summary was kept" in note and "node by node" in note for note in found.notes)


def test_what_is_detached_stays_detached():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    with record() as recording:
        for _ in range(1):
            (w * w.detach()).sum().backward()  # the gradient is w, and not 2 w
    found = verify(recording)
    assert found.disagreements == []
    (row,) = [c for c in found.comparisons if c.method == "float64 autograd"]
    assert row.recomputed in (1.0, 2.0)


# ---------------------------------------------------------------- planted faults


class WrongSign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()  # wrong sign

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return -gradient * x.cos()


class MissingFactor(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x  # missing factor

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return gradient * x


class MissingSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, b):
        return x + b  # missing sum

    @staticmethod
    def backward(ctx, gradient):
        return gradient, gradient[0]


class Right(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        result = torch.exp(x) * 2
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx, gradient):
        (result,) = ctx.saved_tensors
        return gradient * result


@pytest.mark.parametrize(
    ("function", "line"),
    [(WrongSign, "return x.sin()  # wrong sign"), (MissingFactor, "return x * x  # missing factor")],
)
def test_a_wrong_backward_is_found_with_its_function(function, line):
    w = torch.tensor([0.5, 1.0, -0.25], requires_grad=True)
    with record() as recording:
        for _ in range(2):
            (function.apply(w * 2) ** 2).sum().backward()
    found = verify(recording)
    nodes = [c for c in found.disagreements if c.method == "forward mode"]
    assert {c.what for c in nodes} == {f"{function.__name__}Backward along a random direction"}
    assert lines_of(recording, nodes) == {line}
    # And the leaf's gradient as a whole is not the derivative of the loss.
    assert "central differences" in {c.method for c in found.disagreements}
    # All nodes that PyTorch made are right.
    assert not [c for c in found.disagreements if c.method in ("formula", "definition")]


def test_a_missing_sum_over_copies_is_found():
    x, b = torch.randn(4, 3, generator=torch.Generator().manual_seed(0)), torch.zeros(3, requires_grad=True)
    with record() as recording:
        for _ in range(1):
            (MissingSum.apply(x, b) ** 2).sum().backward()
    nodes = [c for c in verify(recording).disagreements if c.method == "forward mode"]
    assert lines_of(recording, nodes) == {"return x + b  # missing sum"}


def test_a_right_backward_agrees():
    w = torch.tensor([0.5, 1.0, -0.25], requires_grad=True)
    with record() as recording:
        for _ in range(2):
            Right.apply(w * 2).sum().backward()
    found = verify(recording)
    assert found.disagreements == []
    assert [c for c in found.comparisons if c.what.startswith("RightBackward")]
    assert "float64 autograd" in methods(found)


def test_a_write_behind_autograds_back_is_found_at_its_line():
    torch.manual_seed(0)
    w, x = torch.randn(3, 2, requires_grad=True), torch.randn(5, 3)
    with record() as recording:
        for _ in range(2):
            h = torch.exp(x @ w)
            loss = (h * h).sum()
            h.data.mul_(3)
            loss.backward()
            w.grad = None
    found = verify(recording)
    formulas = [c for c in found.disagreements if c.method == "formula"]
    assert lines_of(recording, formulas) == {"h.data.mul_(3)"}
    assert "h was overwritten here, after the forward pass had used it" in {c.why for c in formulas}


def altered(recording: Recording, number: int, name: str, change: float) -> Recording:
    """Return the recording with one entry of a gradient changed in one step."""
    step = recording.steps[number]
    reference = reference_to(step.program, name)
    place = offsets(step.program, step.layout, step.bindings)[reference.buffer]
    row = bytearray(step.row)
    row[place : place + 4] = (np.frombuffer(row[place : place + 4], "f4") + np.float32(change)).tobytes()

    class Changed:
        def __getattr__(self, attribute):
            return getattr(recording.source, attribute)

        def step(self, wanted):
            return replace(step, row=bytes(row)) if wanted == number else recording.source.step(wanted)

    return Recording(Changed())


def test_a_gradient_that_was_altered_in_the_file_is_found(tmp_path):
    recording = notebook(40)
    retrograd.save(altered(recording, 24, "b.grad", 1e-3), tmp_path / "altered.retro")
    found = verify(retrograd.load(tmp_path / "altered.retro"))
    assert 24 not in verify(recording).steps  # it is not among those that are compared in full anyway
    assert {c.step for c in found.disagreements} == {24}
    bits = [c for c in found.disagreements if c.method == "executed again"]
    assert [c.what for c in bits] == ["b.grad"]
    assert bits[0].error == pytest.approx(1e-3, rel=1e-3)
    assert 24 in found.steps
    assert [c for c in found.disagreements if c.method in ("sum", "formula")]


def test_a_hook_that_changes_a_gradient_is_found():
    w = torch.tensor([0.5, 1.0], requires_grad=True)
    with record() as recording:
        for _ in range(1):
            h = w * 2
            h.register_hook(lambda gradient: gradient * 10)
            (h * h).sum().backward()
    found = verify(recording)
    assert found.disagreements
    assert "a hook may have changed it on its way" in {c.why for c in found.disagreements}


def test_a_straight_through_gradient_is_said_and_not_compared():
    script = ROOT / "tests/loops/sign_with_a_gradient.py"
    with record() as recording:
        exec(compile(script.read_text(encoding="utf-8"), str(script), "exec"), {"__name__": "__main__"})
    found = verify(recording, [1])
    assert found.disagreements == []
    assert any("a surrogate that its author chose" in note for note in found.notes)


# ---------------------------------------------------------------- what cannot be compared


def test_a_step_that_is_not_there():
    with pytest.raises(NotKeptError, match="the steps 0 to 2"):
        verify(notebook(), [3])


def test_a_completed_step_is_no_other_recording():
    recording = notebook()
    assert reconstruct(recording, 2).layout == "all"
    assert verify(recording, [-1]).steps == (2,)


def test_a_graph_from_an_earlier_step_is_noted():
    w = torch.tensor(2.0, requires_grad=True)
    total = torch.tensor(0.0)
    with record() as recording:
        for _ in range(3):
            total = total + torch.tanh(w)
            total.backward(retain_graph=True)
    found = verify(recording)
    assert found.disagreements == []
    assert any("belongs to an earlier step" in note for note in found.notes)


# ---------------------------------------------------------------- the command


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "retrograd", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_says_that_all_agrees(tmp_path, capsys):
    path = str(tmp_path / "notebook.retro")
    retrograd.save(notebook(), path)
    assert main(["verify", path]) == 0
    text = capsys.readouterr().out
    assert text.startswith("everything agrees")
    assert "3 steps of 3 executed again" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_the_command_fails_with_the_line_of_a_fault(tmp_path, capsys):
    w = torch.tensor([0.5, 1.0, -0.25], requires_grad=True)
    with record() as recording:
        for _ in range(2):
            WrongSign.apply(w).sum().backward()
    path = str(tmp_path / "wrong.retro")
    retrograd.save(recording, path)
    assert main(["verify", path, "--step", "all"]) == 1
    text = capsys.readouterr().out
    assert "return x.sin()  # wrong sign" in text
    assert "recorded" in text
    assert "recomputed" in text


def test_json(tmp_path, capsys):
    path = str(tmp_path / "notebook.retro")
    retrograd.save(notebook(), path)
    assert main(["verify", path, "--json", "--step", "0", "last"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["disagree"] == 0
    assert found["compared"] == len(found["rows"]) > 20
    assert {row["step"] for row in found["rows"]} == {0, 2}
    fields = {"step", "event", "line", "what", "recorded", "recomputed", "error", "tolerance", "agrees"}
    assert all(fields <= set(row) for row in found["rows"])


@pytest.mark.parametrize("wanted", ["7", "-4", "before", "nonsense"])
def test_a_step_that_cannot_be_compared_is_refused(tmp_path, wanted):
    path = str(tmp_path / "notebook.retro")
    retrograd.save(notebook(), path)
    done = run("verify", path, f"--step={wanted}")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr
