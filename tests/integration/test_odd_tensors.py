"""Odd memory, dtypes, layouts and classes of tensors."""

from __future__ import annotations

import ctypes
import io

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from both_ways import check, run_twice
from torch import nn

from retrograd import record
from retrograd.errors import NotKeptError
from retrograd.program import prove
from retrograd.recording import offsets, value_of


def batch(n=32):
    x = torch.randn(n, 4)
    return x, (x[:, :1] > 0).float()


def descend(w):
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None


# ---------------------------------------------------------------- writes that PyTorch does not see


def test_numpy_holds_the_parameters():
    def loop():
        array = np.ones((4, 1), dtype=np.float32)
        w = torch.from_numpy(array).requires_grad_()
        x, y = batch()
        losses = []
        for _ in range(5):
            loss = F.mse_loss(x @ w, y)
            loss.backward()
            losses.append(loss.item())
            array -= 0.1 * w.grad.numpy()
            w.grad = None
        return {"losses": losses, "w": w}

    check(loop, steps=5)


def test_numpy_writes_to_a_large_parameter():
    def loop():
        w = torch.randn(3000, requires_grad=True)
        array = w.detach().numpy()
        losses = []
        for _ in range(4):
            loss = (w**2).sum()
            loss.backward()
            losses.append(loss.item())
            array -= 0.1 * w.grad.numpy()
            w.grad = None
        return {"losses": losses, "w": w}

    check(loop, steps=4)


@pytest.mark.parametrize("width", [4, 400])
def test_numpy_fills_one_buffer_with_each_batch(width):
    def loop():
        buffer = np.zeros((8, width), dtype=np.float32)
        x, w = torch.from_numpy(buffer), torch.zeros(width, 1, requires_grad=True)
        losses = []
        for turn in range(5):
            buffer[:] = turn + np.arange(width)
            loss = (x @ w - 1).square().mean()
            loss.backward()
            losses.append(loss.item())
            with torch.no_grad():
                w -= 1e-6 * w.grad
            w.grad = None
        return {"losses": losses, "w": w}

    check(loop, steps=5)


def test_numpy_writes_between_two_uses_in_one_turn():
    def loop():
        buffer = np.zeros((8, 4), dtype=np.float32)
        x, w = torch.from_numpy(buffer), torch.ones(4, 1, requires_grad=True)
        for _ in range(4):
            before = (x.clone() @ w).sum()
            buffer += 1
            (before - 0.5 * (x.clone() @ w).sum()).backward()
            descend(w)
        return w

    check(loop, steps=4)


def test_memory_is_written_to_by_address():
    def loop():
        x, w = torch.zeros(3), torch.ones(3, requires_grad=True)
        losses = []
        for turn in range(4):
            (ctypes.c_float * 3).from_address(x.data_ptr())[:] = [turn, turn, turn]
            loss = (w * x).sum()
            loss.backward()
            losses.append(loss.item())
            descend(w)
        return {"losses": losses, "w": w}

    twice = run_twice(loop)
    assert twice.recorded == twice.plain
    assert len(twice.recording.steps) == 4


def test_fresh_arrays_become_tensors():
    def loop():
        random = np.random.default_rng(0)
        w = torch.zeros(40, requires_grad=True)
        losses = []
        for _ in range(5):
            x = torch.from_numpy(random.standard_normal((160, 40)).astype("f4"))
            y = torch.tensor(random.standard_normal(160), dtype=torch.float32)
            z = torch.as_tensor(random.standard_normal(160).astype("f4"))
            loss = (x @ w - y - z).square().mean()
            loss.backward()
            losses.append(loss.item())
            descend(w)
        return {"losses": losses, "w": w}

    check(loop, steps=5)


def test_parameters_go_through_numpy_in_each_turn():
    def loop():
        w = torch.ones(4, requires_grad=True)
        losses = []
        for _ in range(5):
            loss = (w**2).sum()
            loss.backward()
            losses.append(loss.item())
            w = torch.tensor(w.detach().numpy() - 0.1 * w.grad.numpy(), requires_grad=True)
        return {"losses": losses, "w": w}

    check(loop, steps=5)


def test_memory_comes_from_elsewhere():
    def loop():
        w = torch.ones(3, requires_grad=True)
        for _ in range(3):
            t = torch.from_dlpack(torch.randn(3).numpy())
            u = torch.frombuffer(bytearray(12), dtype=torch.float32)
            (w * t + u).sum().backward()
            descend(w)
        return w

    check(loop, steps=3)


def test_writes_through_data():
    def loop():
        x, y = batch()
        w = torch.zeros(4, 1, requires_grad=True)
        for _ in range(4):
            F.mse_loss(x @ w, y).backward()
            w.data = w.data - 0.1 * w.grad.data
            w.grad.data.zero_()
            w.data[0] = 0.5
            w.data.clamp_(-1, 1)
        return w

    check(loop, steps=4)


# ---------------------------------------------------------------- views and allocations


def test_writes_through_views():
    def loop():
        x, y = batch()
        w = torch.zeros(6, 1, requires_grad=True)
        for _ in range(4):
            F.mse_loss(x @ w[:4], y).backward()
            with torch.no_grad():
                for row in range(6):
                    w[row] -= 0.1 * w.grad[row]
                w.view(-1)[5:].add_(1.0)
                w.grad[:3].zero_()
                w.grad.view(2, 3)[1].fill_(0)
        return w

    check(loop, steps=4)


def test_views_of_the_graph_are_written_to():
    def loop():
        w = torch.ones(4, requires_grad=True)
        for _ in range(3):
            h = w * 2
            h[0] = 3.0
            h[1:3] *= w[1:3]
            h.masked_fill_(h > 5, 0.5)
            h.view(2, 2)[0, 0] += 1
            h.sum().backward()
            descend(w)
        return w

    check(loop, steps=3)


def test_batches_with_steps_and_transposed():
    def loop():
        x, w = torch.randn(64, 4), torch.zeros(4, requires_grad=True)
        losses = []
        for turn in range(6):
            loss = (x[turn::7] @ w).square().mean() + (w @ x.t()[:, turn : turn + 8]).sum()
            loss = loss + (x.flip(0)[turn : turn + 4] @ w - 1).square().sum() + x.unfold(0, 4, 4)[turn].sum()
            loss.backward()
            losses.append(loss.item())
            descend(w)
        return {"losses": losses, "w": w}

    check(loop, steps=6)


def test_tensors_that_overlap_themselves():
    def loop():
        b = torch.zeros(3, requires_grad=True)
        expanded, strided = torch.randn(1, 3).expand(5, 3), torch.arange(6.0).as_strided((4, 3), (1, 1))
        for _ in range(3):
            ((expanded + b + strided[:, :1].sum()).square().mean() + (strided * b).sum()).backward()
            descend(b)
        return b

    check(loop, steps=3)


def test_large_slices_of_larger_data():
    def loop():
        x, w = torch.randn(4000, 30), torch.zeros(30, requires_grad=True)
        losses = []
        for _ in range(2):
            for part in x.split(1000):
                loss = (part @ w - 1).square().mean()
                loss.backward()
                losses.append(loss.item())
                descend(w)
            x = x[torch.randperm(len(x))]
        return {"losses": losses, "w": w}

    check(loop, steps=8)


def test_results_go_into_a_buffer():
    def loop():
        w, buffer = torch.ones(3, requires_grad=True), torch.zeros(3)
        for _ in range(4):
            (w**2).sum().backward()
            torch.mul(w.grad, 0.1, out=buffer)
            with torch.no_grad():
                torch.sub(w, buffer, out=w)
            w.grad = None
        return w

    check(loop, steps=4)


def used_memory(*shape):
    """Return memory that was used before, so that it does not hold zeros by chance."""
    torch.full(shape, 7.0)
    return torch.empty(shape)


def test_results_go_into_a_buffer_that_was_empty():
    def loop():
        w, buffer = torch.ones(3, requires_grad=True), used_memory(3)
        for _ in range(4):
            (w**2).sum().backward()
            torch.mul(w.grad, 0.1, out=buffer)
            w.data.sub_(buffer)
            w.grad = None
        return w

    check(loop, steps=4)


@pytest.mark.parametrize("width", [3, 3000])
def test_a_memory_of_past_samples_fills_up(width):
    def loop():
        memory, w = used_memory(6, width), torch.ones(width, requires_grad=True)
        for turn in range(5):
            memory[turn] = torch.randn(width)
            (memory[: turn + 1] @ w).mean().backward()
            descend(w)
        return w

    check(loop, steps=5)


@pytest.mark.parametrize("width", [3, 3000])
def test_a_result_is_put_together_in_each_turn(width):
    def loop():
        w = torch.ones(width, requires_grad=True)
        for turn in range(12):
            rows = used_memory(4, width)
            for row in range(4 if turn != 9 else 2):
                rows[row] = w * row
                if turn == 7:
                    w.sum()
            rows[: row + 1].mean().backward()
            descend(w)
        return w

    check(loop, steps=12)


def test_memory_that_nobody_wrote_to_is_read():
    def loop():
        w = torch.ones(30, requires_grad=True)
        for _ in range(6):
            used = used_memory(30)
            grown = torch.ones(4)
            grown.resize_(30)
            (w * used.clamp(-1, 1) + w * grown.clamp(-1, 1)).sum().backward()
            used.zero_()
        return w.shape

    check(loop, steps=6)


def test_tensors_get_other_memory():
    def loop():
        w, t, u = torch.ones(4, requires_grad=True), torch.zeros(4), torch.zeros(4)
        for turn in range(4):
            grown = torch.empty(0)
            grown.resize_(4)
            grown.fill_(2.0)
            t.set_(torch.full((4,), float(turn)))
            u.set_(torch.full((4,), float(turn)).untyped_storage())
            (w * grown * t * u).sum().backward()
            descend(w)
        return w

    twice = run_twice(loop)
    assert twice.recorded == twice.plain
    assert len(twice.recording.steps) == 4
    assert prove(twice.recording).holds or twice.recording.notes


def test_parameters_are_shared_with_other_processes():
    def loop():
        x, y = batch()
        model = nn.Linear(4, 1)
        model.share_memory()
        for _ in range(4):
            F.mse_loss(model(x), y).backward()
            for p in model.parameters():
                descend(p)
        return list(model.parameters())

    twice = run_twice(loop)
    assert twice.recorded == twice.plain
    assert len(twice.recording.steps) == 4


def test_two_buffers_take_turns():
    def loop():
        a, b, w = torch.ones(4), torch.zeros(4), torch.ones(4, requires_grad=True)
        for _ in range(5):
            a, b = b, a
            a.add_(1)
            ((w * a).sum() + b.sum()).backward()
            descend(w)
        return w

    check(loop, steps=5)


def test_names_are_deleted_at_once():
    def loop():
        w = torch.ones(3, requires_grad=True)
        for _ in range(4):
            z = w**2
            loss = z.sum()
            del z
            loss.backward()
            del loss
            w.data.sub_(w.grad, alpha=0.1)
            del w.grad
        return w

    check(loop, steps=4)


# ---------------------------------------------------------------- dtypes and sizes


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64], ids=str)
def test_dtypes(dtype):
    def loop():
        x, y = batch()
        x, y = x.to(dtype), y.to(dtype)
        model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)).to(dtype)
        for _ in range(3):
            F.mse_loss(model(x), y).backward()
            for p in model.parameters():
                descend(p)
        return list(model.parameters())

    check(loop, steps=3)


def test_the_dtype_changes_in_the_middle():
    def loop():
        x, y = batch()
        model = nn.Linear(4, 1)
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        for turn in range(4):
            if turn == 2:
                model.double()
                x, y = x.double(), y.double()
            optimizer.zero_grad()
            F.mse_loss(model(x), y).backward()
            optimizer.step()
        return list(model.parameters())

    check(loop, steps=4)


def test_another_default_dtype():
    def loop():
        torch.set_default_dtype(torch.float64)
        try:
            model, x = nn.Linear(4, 1), torch.randn(8, 4)
            for _ in range(3):
                (model(x) * torch.rand(8, 1)).square().mean().backward()
                for p in model.parameters():
                    descend(p)
        finally:
            torch.set_default_dtype(torch.float32)
        return list(model.parameters())

    check(loop, steps=3)


def test_complex_parameters():
    def loop():
        w, x = (
            torch.randn(4, 2, dtype=torch.complex64, requires_grad=True),
            torch.randn(8, 4, dtype=torch.complex64),
        )
        for _ in range(3):
            z = x @ w
            ((z.abs() - 1).square().mean() + z.conj().real.mean()).backward()
            descend(w)
        return w

    twice = run_twice(loop)
    assert twice.recorded == twice.plain
    assert len(twice.recording.steps) == 3
    # Conjugated views are not executed yet; the recording says so.
    assert prove(twice.recording).holds or twice.recording.notes


def test_frequencies():
    def loop():
        w = torch.randn(16, requires_grad=True)
        for _ in range(3):
            s = torch.fft.rfft(w)
            ((s.abs() ** 2).mean() + torch.fft.irfft(s * 2).sum()).backward()
            with torch.no_grad():
                w -= 0.01 * w.grad
            w.grad = None
        return w

    check(loop, steps=3)


def test_tensors_without_entries_and_without_axes():
    def loop():
        empty = torch.zeros(0, 3, requires_grad=True)
        scalar = torch.ones((), requires_grad=True)
        e = torch.ones(3, requires_grad=True)
        for _ in range(4):
            loss = empty.sum() + scalar * scalar + (torch.randn(0, 3) @ e).sum()
            (loss + torch.cat([e, torch.zeros(0)]).sum()).backward()
            for p in (empty, scalar, e):
                descend(p)
        return empty, scalar, e

    check(loop, steps=4)


def test_numbers_that_are_none():
    def loop():
        w = torch.tensor([0.0, 1.0, -1.0, float("inf"), -0.0], requires_grad=True)
        losses = []
        for turn in range(4):
            loss = (w.log() / w).sum() * (-0.0 if turn % 2 else float("inf"))
            loss.backward()
            losses.append(loss.item())
            with torch.no_grad():
                w.add_(w.grad, alpha=float("nan") if turn == 2 else -0.0)
            w.grad = None
        return {"losses": losses, "w": w}

    check(loop, steps=4)


def test_numbers_of_several_types_on_one_line():
    def loop():
        w = torch.tensor([1.0], requires_grad=True)
        for k in (1, 1.0, True, 2, 2.5, float(np.float32(0.1))):
            (w * k + k).sum().backward()
            with torch.no_grad():
                w -= k * w.grad * 0.1
            w.grad = None
        return w

    check(loop, steps=6)


def test_masks_make_results_of_any_length():
    def loop():
        x, w = torch.randn(20, 4), torch.zeros(4, requires_grad=True)
        for _ in range(5):
            some = torch.rand(20) > 0.5
            u, back = torch.unique(some, return_inverse=True)
            ((x[some] @ w - 1).square().sum() + back.sum() * w.sum() + some.nonzero().sum() + len(u)).backward()
            with torch.no_grad():
                w -= 0.01 * w.grad
            w.grad = None
        return w

    check(loop, steps=5)


# ---------------------------------------------------------------- layouts and classes


def sparse_times(w):
    matrix = torch.sparse_coo_tensor(torch.tensor([[0, 1], [1, 2]]), torch.ones(2), (3, 4))
    return torch.sparse.mm(matrix, w[:, None]).square().sum()


def jagged_times(w):
    nested = torch.nested.nested_tensor([torch.randn(2, 4), torch.randn(3, 4)], layout=torch.jagged)
    return (nested * w).values().square().sum()


def quantised_times(w):
    quantised = torch.quantize_per_tensor(torch.randn(4), 0.1, 0, torch.qint8)
    return (w * quantised.dequantize()).sum()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("times", [sparse_times, jagged_times, quantised_times])
def test_layouts_that_are_not_recorded_are_noted(times):
    def loop():
        w = torch.ones(4, requires_grad=True)
        losses = []
        for _ in range(3):
            loss = times(w)
            loss.backward()
            losses.append(loss.item())
            with torch.no_grad():
                w -= 0.01 * w.grad
            w.grad = None
        return {"losses": losses, "w": w}

    twice = run_twice(loop)
    assert (twice.recorded.result, twice.recorded.random) == (twice.plain.result, twice.plain.random)
    assert [loss.hex() for loss in twice.recording.loss.tolist()] == twice.plain.result["losses"]
    assert any(note.kind == "unseen" for note in twice.recording.notes)


def test_a_device_without_memory():
    def loop():
        with torch.device("meta"):
            model = nn.Linear(4, 1)
        for _ in range(3):
            model(torch.randn(8, 4, device="meta")).square().mean().backward()
        return tuple(model.weight.grad.shape)

    twice = run_twice(loop)
    assert twice.recorded == twice.plain
    assert any(note.kind == "unseen" for note in twice.recording.notes)


class Measured(torch.Tensor):
    """A class of tensors that counts the functions that are called on it."""

    calls = 0

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        Measured.calls += 1
        return super().__torch_function__(func, types, args, kwargs or {})


def test_a_class_of_tensors_sees_only_the_persons_calls():
    def loop():
        Measured.calls = 0
        x, y = batch()
        w = torch.zeros(4, 1).as_subclass(Measured).requires_grad_()
        for _ in range(4):
            loss = F.mse_loss(x @ w, y)
            loss.backward()
            descend(w)
        return w.as_subclass(torch.Tensor), type(loss).__name__, Measured.calls

    check(loop, steps=4)


def test_tensors_that_wrap_others_are_noted():
    from torch.testing._internal.two_tensor import TwoTensor

    def loop():
        w = TwoTensor(torch.ones(3), torch.ones(3) * 2).requires_grad_()
        for _ in range(3):
            (w * w).sum().backward()
            descend(w)
        return w.a, w.b

    twice = run_twice(loop)
    assert twice.recorded == twice.plain
    assert prove(twice.recording).holds or twice.recording.notes


def test_tensors_carry_attributes():
    def loop():
        w = torch.ones(3, requires_grad=True)
        w.note = "mine"
        for turn in range(3):
            z = w * 2
            z.turn = turn
            z.sum().backward()
            print(w.note, z.turn)
            torch.save(w.detach(), io.BytesIO())
            w.grad = None
        return w

    check(loop, steps=3)


def test_passing_tensors_are_summarised_now_and_then(monkeypatch):
    monkeypatch.setattr("retrograd.recorder.pattern.SUMMARISED_A_STEP", 40_000)
    torch.manual_seed(0)
    x = torch.randn(50, 60)
    first = torch.randn(60, 50, requires_grad=True)
    second = torch.randn(50, 30, requires_grad=True)
    with record() as recording:
        for _ in range(14):
            loss = ((x @ first).tanh() @ second).sigmoid().pow(2).mean()
            loss.backward()
            with torch.no_grad():
                for parameter in (first, second):
                    parameter -= parameter.grad
                    parameter.grad = None
    made = set()
    for step in recording.steps:
        assert len(step.row) == offsets(step.program, step.layout, step.bindings)[-1]
        kept = [r for e in step.program.events if e.node for r in e.node.gradients_in if r]
        large = [r for r in kept if not step.program.buffers[r.buffer].whole]
        assert large
        held = []
        for reference in large:
            try:
                held.append(value_of(step, reference).summary.norm)
            except NotKeptError:
                continue
        made.add((len(held) == len(large), step.layout))
        for leaf, reference in step.program.gradients:
            assert value_of(step, reference).summary.norm > 0, leaf
    assert made == {(True, "all"), (True, "kept"), (False, "kept")}
    assert prove(recording).holds
