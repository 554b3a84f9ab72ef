"""What changes in the middle of a loop without a call that shows it: hooks, functions of PyTorch's, memory."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from both_ways import check, run_twice
from torch import Tensor, nn

from retrograd import record
from retrograd.errors import NotReproducibleError
from retrograd.program import prove, reconstruct
from retrograd.recording import Recording, value_of

TURNS = 40
LATE = 24
"""The turn from which something is different: in the modes that watch seldom, one of those that nobody watches."""


def descend(w: Tensor) -> None:
    with torch.no_grad():
        w -= 0.01 * w.grad
    w.grad = None


def trained(loss: Callable[[Tensor], Tensor], change: Callable[[Tensor], None], update=descend) -> dict[str, object]:
    """Train, and change something late; return the losses and gradients of all turns."""
    w = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    losses, gradients = [], []
    for turn in range(TURNS):
        if turn == LATE:
            change(w)
        value = loss(w)
        value.backward()
        losses.append(value.item())
        gradients.append(w.grad.clone())
        update(w)
    return {"losses": losses, "gradients": gradients, "w": w}


# ---------------------------------------------------------------- hooks


def square(w: Tensor) -> Tensor:
    return (w * w).sum()


def hook_goes() -> dict[str, object]:
    handles = []

    def loss(w: Tensor) -> Tensor:
        if not handles:
            handles.append(w.register_hook(lambda gradient: gradient * 0.5))
        return square(w)

    return trained(loss, lambda w: handles[0].remove())


def hook_comes() -> dict[str, object]:
    return trained(square, lambda w: w.register_hook(lambda gradient: gradient * 0.5))


def hook_of_a_layer_goes() -> dict[str, object]:
    layer = nn.Tanh()
    handle = layer.register_full_backward_hook(lambda module, given, got: (given[0] * 0.5,))
    return trained(lambda w: layer(w).square().sum(), lambda w: handle.remove())


@pytest.mark.parametrize("loop", [hook_goes, hook_comes, hook_of_a_layer_goes])
def test_hooks_come_and_go(loop):
    check(loop, steps=TURNS)


def number_in_a_hook_changes() -> dict[str, object]:
    factor = [0.5]
    hooked: list[Tensor] = []

    def loss(w: Tensor) -> Tensor:
        if not hooked:
            w.register_hook(lambda gradient: gradient * factor[0])
            hooked.append(w)
        return square(w)

    return trained(loss, lambda w: factor.__setitem__(0, 0.25))


def tensor_in_a_hook_changes() -> dict[str, object]:
    first, second = torch.tensor([1.0, 0.0, 1.0]), torch.tensor([0.0, 1.0, 1.0])
    masks = [first, second]
    hooked: list[Tensor] = []

    def loss(w: Tensor) -> Tensor:
        if not hooked:
            w.register_hook(lambda gradient: gradient * masks[0])
            hooked.append(w)
        return (w * w + first + second).sum()

    return trained(loss, lambda w: masks.reverse())


def hook_begins_to_compute() -> dict[str, object]:
    begun: list[bool] = []
    hooked: list[Tensor] = []

    def loss(w: Tensor) -> Tensor:
        if not hooked:
            w.register_hook(lambda gradient: gradient * 0.5 if begun else None)
            hooked.append(w)
        return square(w)

    return trained(loss, lambda w: begun.append(True))


def backward_of_a_function_changes() -> dict[str, object]:
    changed: list[bool] = []

    class Passes(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, gradient):
            return gradient * 2 if changed else gradient

    return trained(lambda w: Passes.apply(w * w).sum(), lambda w: changed.append(True))


@pytest.mark.parametrize(
    "loop",
    [number_in_a_hook_changes, tensor_in_a_hook_changes, hook_begins_to_compute, backward_of_a_function_changes],
)
def test_code_inside_backward_does_something_else(loop):
    twice = check(loop, steps=TURNS, holds=False)
    recording, plain = twice.recording, loop()
    for step, gradient in zip(recording.steps, plain["gradients"], strict=True):
        np.testing.assert_array_equal(value_of(step, step.program.gradients[0][1]).array, gradient)
    assert {note.step for note in recording.notes} == {LATE}
    assert [text.split(":")[0] for text in prove(recording).skipped] == [f"step {LATE}"]


# ---------------------------------------------------------------- functions of PyTorch's


def relu_is_replaced() -> dict[str, object]:
    original = F.relu

    def change(w: Tensor) -> None:
        F.relu = lambda z: original(z) * 2

    try:
        return trained(lambda w: F.relu(w).square().sum(), change)
    finally:
        F.relu = original


def matmul_is_replaced() -> dict[str, object]:
    original = torch.matmul

    def change(w: Tensor) -> None:
        torch.matmul = lambda a, b: torch.dot(a, b).neg()

    try:
        return trained(lambda w: torch.matmul(w, w), change)
    finally:
        torch.matmul = original


def backward_is_replaced() -> dict[str, object]:
    original = Tensor.backward

    def change(w: Tensor) -> None:
        Tensor.backward = lambda loss: original(loss * 2)

    try:
        done = trained(square, change)
    finally:
        Tensor.backward = original
    return {"gradients": done["gradients"], "w": done["w"]}  # backward is called on twice the loss


@pytest.mark.parametrize("loop", [relu_is_replaced, matmul_is_replaced, backward_is_replaced])
def test_a_function_is_replaced(loop):
    assert check(loop).recording.steps


def test_a_backward_of_ones_own_is_called_once_in_each_turn():
    original, calls = Tensor.backward, []

    def mine(loss: Tensor) -> None:
        calls.append(loss)
        original(loss)

    Tensor.backward = mine
    try:
        with record(mode="sparse", every=8):
            trained(square, lambda w: None)
        assert Tensor.backward is mine
    finally:
        Tensor.backward = original
    assert len(calls) == TURNS


# ---------------------------------------------------------------- memory and dtypes


def numpy_scales_gradients() -> dict[str, object]:
    changed: list[bool] = []

    def update(w: Tensor) -> None:
        array = w.grad.numpy()
        if changed:
            array *= 0.5
        with torch.no_grad():
            w -= 0.01 * w.grad
        w.grad.zero_()

    return trained(square, lambda w: changed.append(True), update)


def another_thread_writes() -> dict[str, object]:
    due: list[bool] = []

    def update(w: Tensor) -> None:
        if due:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(w.data.mul_, due.pop() / 2).result()
        descend(w)

    return trained(square, lambda w: due.append(True), update)


def precision_changes() -> dict[str, object]:
    half: list[bool] = []

    def loss(w: Tensor) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bool(half)):
            z = w[None] @ torch.ones(3, 2)
        return z.float().square().sum()

    return trained(loss, lambda w: half.append(True))


@pytest.mark.parametrize("loop", [numpy_scales_gradients, precision_changes])
def test_memory_and_precision_change(loop):
    check(loop, steps=TURNS)


def test_another_thread_writes_in_the_middle_of_a_turn():
    twice = run_twice(another_thread_writes)
    assert twice.recorded == twice.plain
    assert prove(twice.recording).differences == ()


# ---------------------------------------------------------------- where nobody watches

UNWATCHED = [
    *(hook_goes, hook_comes, number_in_a_hook_changes, relu_is_replaced, matmul_is_replaced, numpy_scales_gradients),
    *(precision_changes, another_thread_writes),
]


def said(recording: Recording) -> list[str]:
    """Return what a recording says of itself that is not as it should be."""
    return [note.text for note in recording.notes if "proof holds" not in note.text]


@pytest.mark.parametrize("loop", UNWATCHED)
def test_what_nobody_saw_is_said_and_never_computed_wrongly(loop):
    plain = loop()
    with record(mode="sparse", every=8) as recording:
        recorded = loop()
    assert recorded["losses"] == plain["losses"]
    np.testing.assert_array_equal(recording.loss, plain["losses"])
    assert any("proof fails" in text for text in said(recording))
    known = 0
    for step, gradient in zip(recording.steps, plain["gradients"], strict=True):
        try:
            whole = reconstruct(recording, step.number)
        except NotReproducibleError:
            continue
        known += 1
        np.testing.assert_array_equal(value_of(whole, whole.program.gradients[0][1]).array, gradient)
    assert known > TURNS - 2 * 8


def test_a_second_backward_call_in_a_turn_that_nobody_watches_makes_no_further_step():
    w = torch.ones(3, requires_grad=True)
    losses = []
    with record(mode="sparse", every=8) as recording:
        for turn in range(TURNS):
            loss = square(w)
            loss.backward(retain_graph=True)
            if turn >= LATE:
                loss.backward()
            losses.append(loss.item())
            descend(w)
    assert len(recording.steps) == TURNS
    np.testing.assert_array_equal(recording.loss, losses)
    assert any("another line" in text for text in said(recording))


def test_graphs_of_a_pool_are_noted():
    def loss(w: Tensor) -> Tensor:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(square, w).result()

    with record() as recording:
        trained(loss, lambda w: None)
    assert any("threads of a pool built graphs" in text for text in said(recording))
