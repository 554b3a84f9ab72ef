"""Long runs: one step in so many is recorded in full; the others follow by execution, or are loss and norms only."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from retrograd import load, record
from retrograd.errors import NotReproducibleError
from retrograd.program import prove, reconstruct
from retrograd.recording import Recording, reference_to, value_of

Loop = Callable[[int], dict[str, Any]]


def plain(turns: int) -> dict[str, Any]:
    torch.manual_seed(0)
    x, y = torch.ones(5), torch.full((3,), 0.5)
    w = torch.randn(5, 3, requires_grad=True)
    b = torch.randn(3, requires_grad=True)
    seen: dict[str, Any] = {"w": [], "w.grad": [], "loss": []}
    for _ in range(turns):
        seen["w"].append(w.detach().numpy().copy())
        loss = nn.functional.binary_cross_entropy_with_logits(x @ w + b, y)
        loss.backward()
        seen["w.grad"].append(w.grad.numpy().copy())
        seen["loss"].append(loss.item())
        with torch.no_grad():
            w -= 0.5 * w.grad
            b -= 0.5 * b.grad
        w.grad = None
        b.grad = None
    return seen | {"kept alive": (w, b)}


def momentum(model: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


def beginning_in_python(turns: int) -> dict[str, Any]:
    torch.manual_seed(6)
    w = torch.randn(5, requires_grad=True)
    seen: dict[str, Any] = {"loss": [], "w": [w.detach().numpy().copy()]}
    for _ in range(turns):
        loss = (w**2).sum()  # PyTorch's `**` is a function of Python's, and the first call of the turn
        loss.backward()
        with torch.no_grad():
            w -= 0.01 * w.grad
        w.grad = None
        seen["loss"].append(loss.item())
        seen["w"].append(w.detach().numpy().copy())
    return seen | {"kept alive": w}


def with_an_optimizer(turns: int, optimizer_of: Callable[[nn.Module], Any] = momentum) -> dict[str, Any]:
    torch.manual_seed(1)
    data = TensorDataset(torch.randn(40, 4), torch.randn(40, 1))
    loader = DataLoader(data, batch_size=8)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = optimizer_of(model)
    seen: dict[str, Any] = {"loss": [], "model.0.weight": []}
    while True:
        for inputs, targets in loader:
            seen["model.0.weight"].append(model[0].weight.detach().numpy().copy())
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(inputs), targets)
            loss.backward()
            optimizer.step()
            seen["loss"].append(loss.item())
            if len(seen["loss"]) == turns:
                return seen | {"kept alive": model}


def with_large_inputs(turns: int) -> dict[str, Any]:
    torch.manual_seed(2)
    batches = torch.randn(turns, 50, 60).unbind()
    w = torch.randn(60, 40, requires_grad=True)
    seen: dict[str, Any] = {"loss": [], "w": []}
    for batch in batches:
        seen["w"].append(w.detach().numpy().copy())
        loss = (batch @ w).tanh().mean()
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
            w.grad.zero_()
        seen["loss"].append(loss.item())
    return seen | {"kept alive": w}


def with_dropout(turns: int) -> dict[str, Any]:
    torch.manual_seed(3)
    x = torch.randn(6, 5)
    w = torch.randn(5, 3, requires_grad=True)
    seen: dict[str, Any] = {"loss": [], "w": []}
    for _ in range(turns):
        seen["w"].append(w.detach().numpy().copy())
        loss = (nn.functional.dropout(x @ w) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
        w.grad = None
        seen["loss"].append(loss.item())
    return seen | {"kept alive": w}


def accumulating(turns: int) -> dict[str, Any]:
    torch.manual_seed(4)
    x = torch.randn(2, 6, 5)
    w = torch.randn(5, requires_grad=True)
    seen: dict[str, Any] = {"loss": [], "w": []}
    for _ in range(turns):
        seen["w"].append(w.detach().numpy().copy())
        (x[0] @ w).pow(2).mean().backward()
        loss = (x[1] @ w).sin().mean()
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
            w.grad.zero_()
        seen["loss"].append(loss.item())
    return seen | {"kept alive": w}


def with_two_rates(turns: int) -> dict[str, Any]:
    torch.manual_seed(5)
    x, y = torch.randn(16, 4), torch.randn(16, 1)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    slow = {"params": model[2].parameters(), "lr": 0.003, "betas": (0.8, 0.99)}
    optimizer = torch.optim.Adam([{"params": model[0].parameters()}, slow], lr=0.02)
    seen: dict[str, Any] = {"loss": [], "model.0.weight": [], "model.2.bias": []}
    for _ in range(turns):
        seen["model.0.weight"].append(model[0].weight.detach().numpy().copy())
        seen["model.2.bias"].append(model[2].bias.detach().numpy().copy())
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        seen["loss"].append(loss.item())
    return seen | {"kept alive": (model, optimizer)}


OPTIMIZERS: dict[str, Callable[[nn.Module], Any]] = {
    "Adam": lambda model: torch.optim.Adam(model.parameters(), lr=0.01, amsgrad=True),
    "AdamW": lambda model: torch.optim.AdamW(model.parameters(), lr=0.01),
    "Adamax": lambda model: torch.optim.Adamax(model.parameters(), lr=0.01),
    "Adagrad": lambda model: torch.optim.Adagrad(model.parameters(), lr=0.1, lr_decay=0.02),
    "RMSprop": lambda model: torch.optim.RMSprop(model.parameters(), lr=0.01, momentum=0.5),
    "Adam, all parameters at once": lambda model: torch.optim.Adam(model.parameters(), lr=0.01, foreach=True),
    "NAdam": lambda model: torch.optim.NAdam(model.parameters(), lr=0.01, weight_decay=0.1),
    "NAdam, all parameters at once": lambda model: torch.optim.NAdam(model.parameters(), lr=0.01, foreach=True),
    "RAdam, all parameters at once": lambda model: torch.optim.RAdam(model.parameters(), lr=0.01, foreach=True),
    "RMSprop, all parameters at once": lambda model: torch.optim.RMSprop(model.parameters(), lr=0.01, foreach=True),
}

LOOPS = [
    *(plain, with_an_optimizer, with_large_inputs, with_dropout, accumulating, with_two_rates, beginning_in_python),
    *(partial(with_an_optimizer, optimizer_of=optimizer_of) for optimizer_of in OPTIMIZERS.values()),
]


def recorded(loop: Loop, turns: int, **options: Any) -> tuple[Recording, dict[str, Any]]:
    original = torch.Tensor.backward
    with record(**options) as recording:
        seen = loop(turns)
    assert torch.Tensor.backward is original
    return recording, seen


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("turns", [60, 63])
def test_the_steps_between_follow_bitwise(loop, turns):
    expected = loop(turns)
    recording, seen = recorded(loop, turns, mode="sparse", every=10)
    assert len(recording.steps) == turns
    assert [note.text for note in recording.notes if note.kind != "proof"] == []
    assert seen["loss"] == expected["loss"]
    np.testing.assert_array_equal(recording.loss, expected["loss"])
    passed = [step.number for step in recording.steps if step.layout == "inputs"]
    assert len(passed) >= turns - 4 - (turns // 10 + 3)
    proof = prove(recording)
    assert (proof.differences, proof.skipped, proof.steps) == ((), (), turns)
    for number in (*passed[:3], passed[-1]):
        step = reconstruct(recording, number)
        for name in set(expected) - {"loss", "kept alive"}:
            found = value_of(step, reference_to(step.program, name))
            numbers = expected[name][number]
            if found.array is None:
                norm = np.linalg.norm(numbers.astype("f8"))
                assert found.summary.norm == pytest.approx(norm, rel=1e-5)
            else:
                np.testing.assert_array_equal(found.array, numbers)


def test_an_optimizer_that_begins_otherwise_is_left_alone_as_well():
    loop = partial(with_an_optimizer, optimizer_of=lambda model: torch.optim.RAdam(model.parameters(), lr=0.01))
    expected = loop(60)
    recording, seen = recorded(loop, 60, mode="sparse", every=10)
    assert seen["loss"] == expected["loss"]
    assert sum(step.layout == "inputs" for step in recording.steps) > 40
    assert prove(recording).holds


def test_what_the_last_steps_leave_is_written_down():
    torch.manual_seed(0)
    x = torch.ones(5)
    w = torch.randn(5, requires_grad=True)
    with record(mode="sparse", every=1000) as recording:
        for _ in range(30):
            loss = (x * w).pow(2).sum()
            loss.backward()
            with torch.no_grad():
                w -= 0.01 * w.grad
            w.grad = None
    assert recording.after is not None
    held = {recording.after.program.slots[r.slot].name: r for r in recording.after.program.start}
    np.testing.assert_array_equal(value_of(recording.after, held["w"]).array, w.detach().numpy())
    assert prove(recording).holds


def test_another_rate_from_some_turn_on_ends_the_sparse_recording_and_fails_the_proof():
    def loop(turns: int) -> dict[str, Any]:
        torch.manual_seed(0)
        x = torch.randn(6, 3)
        w = torch.randn(3, requires_grad=True)
        optimizer = torch.optim.Adam([w], lr=0.01)
        losses = []
        for turn in range(turns):
            if turn == 24:
                optimizer.param_groups[0]["lr"] = 0.001
            optimizer.zero_grad()
            loss = (x @ w).pow(2).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return {"loss": losses, "w": w.detach().clone()}

    expected = loop(60)
    recording, seen = recorded(loop, 60, mode="sparse", every=10)
    assert seen["loss"] == expected["loss"]
    assert torch.equal(seen["w"], expected["w"])
    assert {step.number for step in recording.steps if step.layout == "inputs"} <= set(range(30))
    assert any("changes from turn to turn" in note.text for note in recording.notes)
    proof = prove(recording)
    assert [int(text.split()[1].rstrip(":")) for text in proof.differences] != []
    assert {int(text.split()[1].rstrip(":")) for text in proof.differences} <= set(range(24, 35))


@pytest.mark.parametrize("mode", ["sparse", "light"])
def test_a_mode_of_the_persons_own_beneath_hides_no_turn_and_adds_none(mode):
    class Counts(torch.overrides.TorchFunctionMode):
        calls = 0

        def __torch_function__(self, func, types, args=(), kwargs=None):
            self.calls += getattr(func, "__name__", "") == "backward"
            return func(*args, **(kwargs or {}))

    with Counts() as bare:
        expected = plain(60)
    with Counts() as counts:
        recording, seen = recorded(plain, 60, mode=mode, every=10)
    assert seen["loss"] == expected["loss"]
    assert counts.calls == bare.calls == 60
    assert recording.loss.tolist() == expected["loss"]
    assert mode == "light" or prove(recording).holds


def test_a_change_that_nobody_saw_fails_the_proof():
    w = torch.ones(5, requires_grad=True)
    with record(mode="sparse", every=10) as recording:
        for turn in range(40):
            loss = w.pow(2).sum()
            loss.backward()
            with torch.no_grad():
                w -= 0.01 * w.grad
            w.grad = None
            if turn == 17:
                w.data[2] = 9.0
    proof = prove(recording)
    assert not proof.holds
    assert {int(text.split()[1].rstrip(":")) for text in proof.differences} <= set(range(18, 41))
    with pytest.raises(NotReproducibleError, match="do not lead"):
        reconstruct(recording, 19)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_light_recording_holds_losses_and_norms(loop):
    expected = loop(60)
    recording, _ = recorded(loop, 60, mode="light", every=20)
    np.testing.assert_array_equal(recording.loss, expected["loss"])
    light = [step for step in recording.steps if step.layout == "none"]
    assert len(light) > 40
    if loop is plain:
        for step in light:
            wide = expected["w.grad"][step.number].astype("f8")
            assert step.norms[0] == pytest.approx(np.linalg.norm(wide), rel=1e-6)


@pytest.mark.parametrize("mode", ["sparse", "light"])
def test_what_leads_to_the_first_loss_that_is_no_number_is_kept(mode):
    w = torch.tensor([3.0, 0.2], requires_grad=True)
    losses, parameters = [], []
    with record(mode=mode, every=100) as recording:
        for _ in range(80):
            parameters.append(w.detach().numpy().copy())
            loss = torch.log(w).sum()
            loss.backward()
            with torch.no_grad():
                w -= 0.001 * w.grad
            w.grad = None
            losses.append(loss.item())
    first = next(n for n, loss in enumerate(losses) if not math.isfinite(loss))
    assert 10 < first < 70
    np.testing.assert_array_equal(recording.loss, losses)
    for number in range(first - 5, first + 1):
        step = reconstruct(recording, number)
        np.testing.assert_array_equal(value_of(step, reference_to(step.program, "w")).array, parameters[number])
    assert {recording.steps[n].layout for n in range(first + 1, first + 8)} <= {"kept", "all"}


@pytest.mark.parametrize("mode", ["sparse", "light"])
def test_what_leads_to_an_exception_is_kept(mode):
    w = torch.tensor([3.0, 2.0], requires_grad=True)

    def train() -> None:
        for turn in range(50):
            loss = w.pow(2).sum()
            loss.backward()
            with torch.no_grad():
                w.sub_(0.01 * w.grad)
            if turn == 44:
                raise KeyError("no such thing")
            w.grad = None

    with pytest.raises(KeyError, match="no such thing"):  # noqa: SIM117
        with record(mode=mode, every=100) as recording:
            train()
    assert len(recording.steps) == 45
    assert not recording.steps[-1].finished
    assert [note.text for note in recording.notes if note.kind == "error"] == ["KeyError: 'no such thing'"]
    again = reconstruct(recording, 43)
    assert value_of(again, reference_to(again.program, "w")).array is not None


@pytest.mark.parametrize("mode", ["sparse", "light"])
def test_another_loop_begins_in_between(mode):
    w = torch.ones(3, requires_grad=True)
    v = torch.ones(4, requires_grad=True)
    with record(mode=mode, every=10) as recording:
        losses = []
        for _ in range(21):  # the loop ends between two full steps
            loss = w.pow(2).sum()
            loss.backward()
            with torch.no_grad():
                w -= 0.01 * w.grad
            w.grad = None
            losses.append(loss.item())
        for _ in range(25):
            loss = v.exp().sum()
            loss.backward()
            with torch.no_grad():
                v -= 0.02 * v.grad
            v.grad = None
            losses.append(loss.item())
    assert len(recording.steps) in (45, 46)
    assert recording.loss[-5:].tolist() == losses[-5:]
    assert any("another line" in note.text for note in recording.notes)


@pytest.mark.parametrize(
    ("reason", "loop"),
    [
        ("torch.autograd itself", "functional"),
        ("another object|other objects", "rebinding"),
        ("change from turn to turn|changes from turn to turn", "schedule"),
        ("no variable holds it|no turn repeated another", "nameless"),
    ],
)
def test_a_loop_that_cannot_be_left_alone_is_recorded_in_full(reason, loop):
    torch.manual_seed(0)
    w = torch.ones(3, requires_grad=True)
    x = torch.ones(3)
    with record(mode="sparse", every=10) as recording:
        for turn in range(30):
            if loop == "functional":
                (grad,) = torch.autograd.grad((w * x).pow(2).sum(), w)
                with torch.no_grad():
                    w -= 0.01 * grad
                continue
            scale = torch.from_numpy(np.full(3, 1.0 + turn, "f4")) if loop == "nameless" else x
            factor, scale = (scale, None) if loop != "nameless" else ([scale], None)
            loss = (w * (factor[0] if loop == "nameless" else factor)).pow(2).sum()
            del factor
            loss.backward()
            with torch.no_grad():
                rate = 0.01 / (1 + turn) if loop == "schedule" else 0.01
                if loop == "rebinding":
                    w = (w - rate * w.grad).requires_grad_()
                else:
                    w -= rate * w.grad
                    w.grad = None
    assert len(recording.steps) == 30
    assert {step.layout for step in recording.steps} <= {"all", "kept"}
    assert prove(recording).holds
    assert any(__import__("re").search(reason, note.text) for note in recording.notes), recording.notes


def test_bad_options_are_explained():
    with pytest.raises(ValueError, match="there is no mode 'all'; there are every, sparse, light"):
        record(mode="all")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="every must be 1 or more"):
        record(mode="sparse", every=0)


def test_a_sparse_file_says_what_it_is(tmp_path):
    path = tmp_path / "train.retro"
    recording, seen = recorded(plain, 300, path=path, mode="sparse", every=50)
    found = load(path)
    assert found.facts["mode"] == "sparse"
    assert found.facts["every"] == 50
    np.testing.assert_array_equal(found.loss, seen["loss"])
    assert prove(found).holds
    assert len(recording.steps) == 300
