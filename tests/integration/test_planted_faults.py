"""verify() finds what was planted in a loop, and says in which line it stands."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from retrograd.recorder import record
from retrograd.recording import Recording
from retrograd.verification import verify


def recorded(parameters: Sequence[Tensor], loss_of: Callable[[], Tensor]) -> Recording:
    """Record two turns of a loop."""
    with record() as recording:
        for _ in range(2):
            loss_of().backward()
            with torch.no_grad():
                for parameter in parameters:
                    parameter -= 0.01 * parameter.grad
            for parameter in parameters:
                parameter.grad = None
    return recording


def blamed(recording: Recording) -> list[str]:
    """Return the lines that verify points to."""
    found = (recording.lines[c.line] for c in verify(recording).disagreements if c.line is not None)
    return [recording.texts[line.file].splitlines()[line.number - 1].strip() for line in found]


def own(forward: Callable[..., Any], backward: Callable[..., Any]) -> Callable[..., Any]:
    """Return an autograd function whose backward gets the gradient and the tensors that forward was given."""

    class Own(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *given):
            ctx.save_for_backward(*given)
            return forward(*given)

        @staticmethod
        def backward(ctx, *gradients):
            return backward(*gradients, *ctx.saved_tensors)

    return Own.apply


def with_one_sign(G: Tensor, x: Tensor) -> Tensor:
    gradient = G * x.cos()
    gradient.view(-1)[7] *= -1
    return gradient


def without_one_row(G: Tensor, x: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
    gradient = G @ w.T
    gradient[3] = 0
    return gradient, x.T @ G


def without_adding_up(G: Tensor, x: Tensor, places: Tensor) -> tuple[Tensor, None]:
    gradient = torch.zeros_like(x)
    gradient[places] = G  # a row that was taken twice gets one of the two gradients
    return gradient, None


TWICE = torch.tensor([0, 1, 1, 4])

FUNCTIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any], list[tuple[int, ...]]]] = {
    "a wrong sign in one entry of 2000": (torch.sin, with_one_sign, [(40, 50)]),
    "a factor of 1.01": (torch.mul, lambda G, x, y: (1.01 * G * y, G * x), [(6, 4), (6, 4)]),
    "a factor of 1.0001, in 1200 entries": (torch.exp, lambda G, x: 1.0001 * G * x.exp(), [(30, 40)]),
    "a missing sum over a dimension of length 1": (torch.add, lambda G, x, b: (G, G[:1]), [(5, 3), (1, 3)]),
    "wrong for negative numbers only": (
        lambda x: F.leaky_relu(x, 0.1),
        lambda G, x: torch.where(x > 0, G, 0.01 * G),
        [(4, 4)],
    ),
    "wrong for one row of the batch": (torch.mm, without_one_row, [(8, 5), (5, 2)]),
    "two gradients in the wrong order": (
        lambda a, b: a * b.sin(),
        lambda G, a, b: (G * a * b.cos(), G * b.sin()),
        [(3,), (3,)],
    ),
    "a transposed gradient": (torch.mm, lambda G, x, w: (G @ w.T, G.T @ x), [(4, 4), (4, 4)]),
    "softmax without its sum": (lambda x: x.softmax(1), lambda G, x: G * x.softmax(1), [(4, 5)]),
    "clipping within backward": (lambda x: x**3, lambda G, x: (G * 3 * x * x).clamp(-1, 1), [(9,)]),
    "one of two results with the wrong sign": (
        lambda x: (x.sin() + x.cos()).clone(),
        lambda G, x: G * (x.cos() + x.sin()),
        [(5,)],
    ),
    "a flipped kernel": (
        lambda x, w: F.conv2d(x, w, padding=1),
        lambda G, x, w: (None, torch.nn.grad.conv2d_weight(x, w.shape, G, padding=1).flip(-1)),
        [(1, 1, 6, 6), (2, 1, 3, 3)],
    ),
}


@pytest.mark.parametrize("fault", FUNCTIONS)
def test_a_wrong_backward_is_found_in_its_function(fault):
    forward, backward, shapes = FUNCTIONS[fault]
    torch.manual_seed(0)
    parameters = [torch.randn(shape, requires_grad=True) for shape in shapes]
    if fault == "a flipped kernel":
        parameters[0].requires_grad_(False)
    weights = torch.linspace(1, 2, 7)
    function = own(forward, backward)
    changing = [parameter for parameter in parameters if parameter.requires_grad]
    lines = blamed(recorded(changing, lambda: (function(*parameters).flatten()[:, None] * weights).pow(2).mean()))
    assert line_of(forward) in lines


def line_of(forward: Callable[..., Any]) -> str:
    """Return the line in which a function computes: a lambda's own, or the one that calls a function of PyTorch."""
    code = getattr(forward, "__code__", None)
    return "return forward(*given)" if code is None else linecache.getline(__file__, code.co_firstlineno).strip()


def test_rows_that_are_taken_twice_are_added_up():
    torch.manual_seed(0)
    w = torch.randn(5, 3, requires_grad=True)
    function = own(lambda x, places: x[places], without_adding_up)
    assert blamed(recorded([w], lambda: function(w, TWICE).exp().sum()))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_missing_factor_is_found_in_half_precision(dtype):
    torch.manual_seed(0)
    w = torch.randn(16, dtype=dtype, requires_grad=True)
    function = own(torch.square, lambda G, x: G * x)
    assert "return forward(*given)" in blamed(recorded([w], lambda: function(w).sum()))


def test_none_for_an_argument_that_matters_is_found():
    torch.manual_seed(0)
    a, b = torch.randn(3, requires_grad=True), torch.randn(3, requires_grad=True)
    function = own(torch.mul, lambda G, a, b: (G * b, None))
    recording = recorded([a, b], lambda: function(a, b).sum() + (b * b).sum())
    found = verify(recording).disagreements
    assert any("gives None for argument 2" in comparison.why for comparison in found)


def test_none_for_an_argument_that_does_not_matter_is_right():
    torch.manual_seed(0)
    a, b = torch.randn(3, requires_grad=True), torch.randn(3, requires_grad=True)
    function = own(lambda a, b: a * 2, lambda G, a, b: (2 * G, None))
    assert verify(recorded([a, b], lambda: function(a, b).sum() + (b * b).sum())).agrees


class TripledInPlace(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        x.mul_(3)
        return x

    @staticmethod
    def backward(ctx, G):
        return G


def test_a_function_that_writes_to_its_argument_is_followed():
    torch.manual_seed(0)
    w = torch.randn(4, requires_grad=True)
    assert "x.mul_(3)" in blamed(recorded([w], lambda: TripledInPlace.apply(w * 2).sin().sum()))


# ---------------------------------------------------------------- behind autograd's back


def between(change: Callable[[Tensor], Any], then: Callable[[Tensor, Tensor], Tensor]) -> list[str]:
    """Return the lines that are blamed if something changes h = exp(w) after sin(h) was computed."""
    torch.manual_seed(0)
    w = torch.randn(4, 4, requires_grad=True)

    def loss_of() -> Tensor:
        h = w.exp()
        y = h.sin()
        change(h)
        return then(h, y).sum()

    return blamed(recorded([w], loss_of))


@pytest.mark.parametrize(
    "change",
    [
        lambda h: h.data.mul_(2),
        lambda h: h.data[1].zero_(),
        lambda h: h[1].data[2].fill_(5.0),
        lambda h: h.untyped_storage().copy_(torch.zeros(16).untyped_storage()),
    ],
)
def test_a_write_under_a_saved_tensor_is_found_where_it_was_made(change):
    assert any(line.startswith("lambda h:") for line in between(change, lambda h, y: y))


def test_a_write_before_the_next_operation_is_found_where_it_was_made():
    # y.data takes the place of what sin gave: the sum adds up zeros, and backward differentiates the sine.
    torch.manual_seed(0)
    w = torch.randn(4, requires_grad=True)

    def loss_of() -> Tensor:
        y = w.sin()
        y.data = torch.zeros(4)
        return y.sum()

    assert "y.data = torch.zeros(4)" in blamed(recorded([w], loss_of))


def test_a_hook_of_a_module_that_changes_the_gradient_is_found():
    torch.manual_seed(0)
    module, x = torch.nn.Linear(3, 2), torch.randn(4, 3, requires_grad=True)
    module.register_full_backward_hook(lambda module, given, passed: (given[0] * 2,))
    recording = recorded([*module.parameters(), x], lambda: module(x).pow(2).sum())
    assert any("full backward hook" in comparison.what for comparison in verify(recording).disagreements)


def test_a_hook_of_a_module_that_only_looks_hides_no_leaf():
    torch.manual_seed(0)
    module, x = torch.nn.Linear(3, 2), torch.randn(4, 3, requires_grad=True)
    module.register_full_backward_hook(lambda module, given, passed: None)
    found = verify(recorded([*module.parameters(), x], lambda: module(x).pow(2).sum()))
    assert found.agrees
    assert {c.what.partition(",")[0] for c in found.comparisons if c.method == "float64 autograd"} == {
        *("∂loss/∂(parameters[0])", "∂loss/∂(parameters[1])", "∂loss/∂(parameters[2])")
    }
