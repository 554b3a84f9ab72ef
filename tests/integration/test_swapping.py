"""Tensors that become other ones while they are recorded: swapped, or given memory of another shape."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from both_ways import check, comparable, seed
from torch import nn

from retrograd import record
from retrograd.program import prove
from retrograd.recording import value_of

MODES = ["sparse", "light"]


def descend(*leaves):
    with torch.no_grad():
        for leaf in leaves:
            leaf -= 0.01 * leaf.grad
            leaf.grad = None


def now_and_then(turns=40):
    w = torch.randn(4, requires_grad=True)
    x, y = torch.randn(8, 4), torch.randn(8)
    losses = []
    for turn in range(turns):
        loss = F.mse_loss(x @ w, y)
        loss.backward()
        losses.append(loss.item())
        del loss  # its graph holds w, and what a graph holds cannot be swapped
        descend(w)
        if turn % 13 == 12:
            other = torch.randn(4, requires_grad=True)
            torch.utils.swap_tensors(w, other)
            del other
    return {"losses": losses, "w": w}


def within_a_turn(turns=12):
    w, reserve = torch.randn(4, requires_grad=True), torch.randn(4, requires_grad=True)
    losses = []
    for turn in range(turns):
        scale = (w.detach() + reserve.detach()).sum().item()
        if turn > 7:
            torch.utils.swap_tensors(w, reserve)
        loss = (w - scale).pow(2).sum()
        loss.backward()
        losses.append(loss.item())
        del loss
        descend(w)
    return {"losses": losses, "w": w, "reserve": reserve}


def in_every_turn(turns=40):
    w = torch.randn(4, requires_grad=True)
    losses = []
    for _ in range(turns):
        loss = w.pow(2).sum()
        loss.backward()
        losses.append(loss.item())
        del loss
        new = (w - 0.1 * w.grad).detach().requires_grad_()
        torch.utils.swap_tensors(w, new)
        del new
    return {"losses": losses, "w": w}


def a_module_changes_its_dtype(turns=40):
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1))
    x, y = torch.randn(8, 4), torch.randn(8, 1)
    losses = []
    torch.__future__.set_swap_module_params_on_conversion(True)
    try:
        for turn in range(turns):
            loss = F.mse_loss(model(x), y)
            loss.backward()
            losses.append(loss.item())
            del loss
            descend(*model.parameters())
            if turn == 22:
                model.double()
                x, y = x.double(), y.double()
    finally:
        torch.__future__.set_swap_module_params_on_conversion(False)
    return {"losses": losses, "parameters": list(model.parameters())}


LOOPS = [now_and_then, within_a_turn, in_every_turn, a_module_changes_its_dtype]


@pytest.mark.parametrize("loop", LOOPS)
def test_tensors_are_swapped(loop):
    check(loop)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("loop", LOOPS)
def test_tensors_are_swapped_while_nobody_watches(loop, mode):
    seed()
    expected = loop()
    seed()
    with record(mode=mode, every=10, prove=0) as recording:
        seen = loop()
    assert comparable(seen) == comparable(expected)
    np.testing.assert_array_equal(recording.loss, expected["losses"])
    if any(step.layout in ("inputs", "none") for step in recording.steps):
        assert any("swapped" in note.text for note in recording.notes)


def test_the_steps_around_an_unseen_swap_fail_the_proof_and_no_others():
    seed()
    with record(mode="sparse", every=10, prove=0) as recording:
        now_and_then()
    assert any(step.layout == "inputs" for step in recording.steps)
    wrong = {int(text.split()[1].rstrip(":")) for text in prove(recording).differences}
    assert {13, 26} <= wrong <= {13, 14, 26, 27, 39, 40}


@pytest.mark.parametrize("mode", ["every", *MODES])
def test_what_the_person_holds_is_refused_as_without_a_recording(mode):
    def loop():
        w, other = torch.randn(4, requires_grad=True), torch.randn(4, requires_grad=True)
        own = weakref.ref(w)
        for _ in range(20):
            loss = w.pow(2).sum()
            loss.backward()
            descend(w)
        del loss
        torch.utils.swap_tensors(other, own())

    with pytest.raises(RuntimeError) as expected:
        loop()
    with pytest.raises(RuntimeError) as refused, record(mode=mode, every=5):
        loop()
    assert str(refused.value) == str(expected.value) == "Cannot swap t2 because it has weakref associated with it"
    assert len(refused.traceback) == len(expected.traceback)
    assert torch.utils.weakref is weakref


def test_a_graph_that_holds_a_tensor_is_refused_as_without_a_recording():
    def loop():
        w = torch.randn(4, requires_grad=True)
        for _ in range(5):
            loss = w.pow(2).sum()
            loss.backward()
            descend(w)
        graph = w.pow(2)
        torch.utils.swap_tensors(w, torch.zeros(4, requires_grad=True))
        return graph

    gc.collect()
    with pytest.raises(RuntimeError, match="use_count") as expected:
        loop()
    with pytest.raises(RuntimeError, match="use_count") as refused, record():
        loop()
    assert str(refused.value) == str(expected.value)


# ---------------------------------------------------------------- while nobody watches


def shrinks(clear):
    w = torch.randn(64, requires_grad=True)
    losses, norms = [], []
    for turn in range(40):
        loss = (w - 1).pow(2).mean()
        loss.backward()
        losses.append(loss.item())
        norms.append(torch.linalg.vector_norm(w.grad.double()).item())
        del loss
        with torch.no_grad():
            w -= 0.1 * w.grad
        clear(w)
        if turn == 28:
            w.grad = None
            w.data = w.data[:8].clone()
            w.grad = torch.zeros(8)
    return {"losses": losses, "norms": norms, "w": w}


def to_zero(leaf):
    leaf.grad.zero_()


def test_the_norms_of_a_gradient_that_has_become_shorter():
    seed()
    expected = shrinks(to_zero)
    seed()
    with record(mode="light", every=20) as recording:
        seen = shrinks(to_zero)
    assert comparable(seen) == comparable(expected)
    light = [step.number for step in recording.steps if step.layout == "none"]
    assert {27, 28, 29, 30} <= {*light}
    for number in light:
        assert recording.steps[number].norms[0] == pytest.approx(expected["norms"][number], rel=1e-6)


def test_a_parameter_that_has_become_shorter_at_the_end_is_not_what_the_steps_left():
    b, w = torch.ones(1, requires_grad=True), torch.ones(64, requires_grad=True)
    with record(mode="sparse", every=1000) as recording:
        for turn in range(30):
            loss = w.pow(2).mean() + b.pow(2).sum()
            loss.backward()
            del loss
            descend(w, b)
            if turn == 29:
                w.data = w.data[:8].clone()
    after = recording.after
    held = {after.program.slots[r.slot].name: value_of(after, r).array for r in after.program.start}
    assert held.keys() == {"b"}
    np.testing.assert_array_equal(held["b"], b.detach().numpy())
    assert prove(recording).holds


def test_data_of_another_dtype_is_no_input_of_the_turns_before():
    def loop():
        w = torch.randn(3, requires_grad=True)
        generator = np.random.default_rng(0)
        losses = []
        for turn in range(40):
            x = torch.from_numpy(generator.integers(0, 6, 3).astype("int64" if turn < 27 else "int32"))
            loss = (w * x - 1).pow(2).sum()
            loss.backward()
            losses.append(loss.item())
            descend(w)
        return {"losses": losses, "w": w}

    seed()
    expected = loop()
    seed()
    with record(mode="sparse", every=10, prove=0) as recording:
        seen = loop()
    assert comparable(seen) == comparable(expected)
    np.testing.assert_array_equal(recording.loss, expected["losses"])
    layouts = {step.number: step.layout for step in recording.steps}
    assert [layouts[number] for number in (22, 23, 26)] == ["inputs"] * 3
    assert "inputs" not in [layouts[number] for number in (27, 28, 29)]
    assert all("not written down" in text for text in prove(recording).skipped)
