"""Where a sparse recording ends: behind a whole turn, in the middle of one, or where no turn leads."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from retrograd import record
from retrograd.errors import NotReproducibleError
from retrograd.program import prove, reconstruct
from retrograd.recording import reference_to, value_of

LAST = 41
"""The turn in which the loops are left: some turns behind a step that was recorded in full."""


class Descent:
    """A line of three numbers or more, fitted by hand, in a loop that is left at one of five points of a turn."""

    def __init__(self, size):
        torch.manual_seed(0)
        self.x = torch.randn(6, size)
        self.w, self.b = torch.randn(size, requires_grad=True), torch.zeros(1, requires_grad=True)
        self.began = []
        """What w was when each turn began."""

    def run(self, left_at):
        x, w, b = self.x, self.w, self.b
        for turn in range(LAST + 1):
            left = left_at if turn == LAST else -1
            self.began.append(w.detach().numpy().copy())
            loss = ((x @ w + b) / len(w)).pow(2).mean()
            loss.backward()
            if left == 0:
                break
            with torch.no_grad():
                w -= 0.1 * w.grad
            if left == 1:
                break
            with torch.no_grad():
                b -= 0.1 * b.grad
            if left == 2:
                break
            w.grad.zero_()
            if left == 3:
                break
            b.grad.zero_()


@pytest.mark.parametrize("size", [3, 3000])
@pytest.mark.parametrize("left_at", range(5))
def test_a_loop_is_left_at_each_point_of_its_last_turn(left_at, size):
    descent = Descent(size)
    with record(mode="sparse", every=20) as recording:
        descent.run(left_at)
    assert recording.steps[LAST].layout == "inputs"
    proof = prove(recording)
    assert (proof.differences, proof.skipped) == ((), ())
    again = reconstruct(recording, LAST)
    found = value_of(again, reference_to(again.program, "self.w"))
    if size == 3:
        np.testing.assert_array_equal(found.array, descent.began[LAST])
    else:
        norm = np.linalg.norm(descent.began[LAST].astype("f8"))
        assert found.summary.norm == pytest.approx(norm, rel=1e-6)  # a sum of float32
    assert [note.text for note in recording.notes if "the proof holds" in note.text] != []


@pytest.mark.parametrize("optimizer_of", [torch.optim.Adam, torch.optim.SGD])
def test_a_network_with_dropout_and_an_optimizer_is_left_before_the_update(optimizer_of):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 5), nn.Dropout(0.2), nn.Linear(5, 1))
    optimizer = optimizer_of(model.parameters(), lr=0.01)
    x, y = torch.randn(16, 4), torch.randn(16, 1)
    with record(mode="sparse", every=20, prove=0) as recording:
        for turn in range(LAST + 1):
            loss = F.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            if turn == LAST:
                break
            optimizer.step()
    assert recording.steps[LAST].layout == "inputs"
    assert prove(recording).holds
    reconstruct(recording, LAST)


def test_what_the_loop_went_on_to_change_is_named_and_the_rest_compared():
    descent = Descent(3)
    with record(mode="sparse", every=20, prove=0) as recording:
        descent.run(left_at=0)
        with torch.no_grad():
            descent.w += 1
    proof = prove(recording)
    assert proof.differences == ()
    (text,) = proof.skipped
    assert text.startswith(f"step {LAST + 1}: self.w cannot be compared")
    again = reconstruct(recording, LAST)
    found = value_of(again, reference_to(again.program, "self.w"))
    np.testing.assert_array_equal(found.array, descent.began[LAST])


def test_where_nothing_agrees_the_proof_fails_and_nothing_is_computed_again():
    descent = Descent(3)
    with record(mode="sparse", every=20, prove=0) as recording:
        descent.run(left_at=0)
        with torch.no_grad():
            descent.w += 1
            descent.b += 1
            descent.w.grad += 1
            descent.b.grad += 1
    (text,) = prove(recording).differences
    assert text.startswith(f"step {LAST + 1}: self.w is not what")
    assert "went on behind its last backward call" in text
    with pytest.raises(NotReproducibleError, match="do not lead"):
        reconstruct(recording, LAST)


def test_a_change_in_an_earlier_turn_is_no_end_in_the_middle():
    descent = Descent(3)
    with record(mode="sparse", every=1000, prove=0) as recording:
        descent.run(left_at=-1)
        for _ in range(2):
            loss = descent.w.pow(2).sum()
            loss.backward()
            descent.w.grad.zero_()
            descent.w.data += 1
    assert not prove(recording).holds
