"""What a step is made of: the person's numbers, and what each tensor is to the loop."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
import torch

from retrograd.errors import NameUnknownError
from retrograd.recorder import record
from retrograd.recording import Recording
from retrograd.variables import Variables, variables_of


def recorded(loop: Callable[[], None]) -> Recording:
    with record() as recording:
        loop()
    return recording


def roles(variables: Variables) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for tensor in variables.tensors:
        found.setdefault(tensor.role, set()).add(tensor.name)
    return found


def notebook() -> None:
    x, y = torch.ones(5), torch.zeros(3)
    w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
    learning_rate = 0.1
    for _ in range(5):
        z = torch.matmul(x, w) + b
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
        loss.backward()
        with torch.no_grad():
            w -= learning_rate * w.grad
            b -= learning_rate * b.grad
        w.grad.zero_()
        b.grad.zero_()


def test_the_notebook():
    recording = recorded(notebook)
    variables = variables_of(recording, 3)
    assert roles(variables) == {"held": {"x", "y"}, "parameter": {"w", "b"}, "gradient": {"w.grad", "b.grad"}}
    (rate,) = variables.constants
    assert (rate.name, rate.known, rate.value, rate.phase) == ("learning_rate", True, 0.1, "update")
    assert len(rate.numbers) == 2  # for w and for b
    assert recording.lines[rate.line].number == notebook.__code__.co_firstlineno + 9
    assert variables.constant("learning_rate") == (rate,)


def test_what_is_outside_and_what_is_state():
    def loop() -> None:
        scale = torch.tensor([2.0, 3.0])
        w, v = torch.zeros(2, requires_grad=True), torch.zeros(2)
        for turn in range(5):
            batch = torch.from_numpy(torch.randn(2).numpy() + turn)
            (w * batch * scale).sum().backward()
            with torch.no_grad():
                v.mul_(0.9).add_(w.grad)
                w -= 0.1 * v
            w.grad = None

    variables = variables_of(recorded(loop), 3)
    assert roles(variables) == {"held": {"scale"}, "parameter": {"w"}, "outside": {"batch"}, "state": {"v"}}
    assert {tensor.name for tensor in variables.tensors if tensor.changed} == {"w", "v"}


def test_a_tensor_that_another_takes_the_place_of_is_state():
    def loop() -> None:
        w, v = torch.zeros(2, requires_grad=True), torch.zeros(2)
        for _ in range(5):
            (w * w + w).sum().backward()
            with torch.no_grad():
                v = 0.9 * v + w.grad
                w -= 0.1 * v
            w.grad = None

    variables = variables_of(recorded(loop), 3)
    assert [tensor.role for tensor in variables.tensors if tensor.shape == (2,)] == ["parameter", "state"]


def test_a_tensor_that_only_some_steps_change_is_state():
    def loop() -> None:
        w, shift = torch.zeros(2, requires_grad=True), torch.ones(2)
        for turn in range(8):
            (w * shift).sum().backward()
            if turn == 3:
                shift += 1
            w.grad = None

    recording = recorded(loop)
    assert variables_of(recording, 3).tensor("shift").changed
    for number in (3, 4, 6):
        assert variables_of(recording, number).tensor("shift").role == "state"


def test_a_number_without_a_name_is_known_by_its_line():
    def loop() -> None:
        w = torch.ones(2, requires_grad=True)
        for _ in range(4):
            (3 * w).sum().backward()
            with torch.no_grad():
                w -= 0.25 * w.grad
            w.grad = None

    variables = variables_of(recorded(loop), 2)
    line = loop.__code__.co_firstlineno
    factor, rate = variables.constants
    assert (factor.name, factor.value, factor.known) == (f"line {line + 3}: 3", 3, False)
    assert (rate.name, rate.value) == (f"line {line + 5}: 0.25", 0.25)
    assert variables.constant(f"line {line + 5}") == (rate,)


def test_what_backward_made_of_a_number_goes_along():
    """∂(c w)/∂w = c is the same number; ∂(w^p)/∂w = p w^(p - 1) has another one, too."""

    def loop() -> None:
        w = torch.ones(2, requires_grad=True)
        c, p = 3.5, 2.5
        for _ in range(4):
            (c * w**p).sum().backward()
            w.grad = None

    recording = recorded(loop)
    variables = variables_of(recording, 2)
    program = recording.steps[2].program
    (factor,), (power,) = variables.constant("c"), variables.constant("p")
    assert [program.constants[number].value for number in factor.follows] == [3.5]
    assert factor.derived == ()
    assert [program.constants[number].value for number in power.follows] == [2.5]
    assert [program.constants[number].value for number in power.derived] == [1.5]


def test_two_numbers_on_one_line_must_be_told_apart():
    def loop() -> None:
        w, v = torch.ones(2, requires_grad=True), torch.zeros(2)
        for _ in range(4):
            w.sum().backward()
            v.mul_(0.9).add_(w.grad, alpha=0.1)
            w.grad = None

    variables = variables_of(recorded(loop), 2)
    line = f"line {loop.__code__.co_firstlineno + 4}"
    with pytest.raises(NameUnknownError, match="several numbers") as error:
        variables.constant(line)
    assert f"'{line}: 0.9', '{line}: 0.1'" in str(error.value)
    assert variables.constant(f"{line}: 0.9")[0].value == 0.9


def test_sizes_and_places_are_no_numbers_to_change():
    def loop() -> None:
        data, w = torch.randn(12, 2), torch.ones(2, requires_grad=True)
        for k in range(4):
            (data[3 * k : 3 * k + 3].view(3, 2).expand(2, 3, 2) * w).sum(0).flatten().mean().backward()
            w.grad = None

    assert variables_of(recorded(loop), 2).constants == ()


def test_an_unknown_name_says_what_there_is():
    variables = variables_of(recorded(notebook), 3)
    with pytest.raises(NameUnknownError, match="'lr'; there are: learning_rate"):
        variables.constant("lr")
    with pytest.raises(NameUnknownError, match=r"'weights'; there are: x, w, b, y, b\.grad, w\.grad"):
        variables.tensor("weights")


def test_it_works_without_torch():
    code = "import sys, retrograd.variables; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
