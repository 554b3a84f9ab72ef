"""Replays: what can be changed, what cannot be followed, and that the result is a recording like any other."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import retrograd
from retrograd.errors import BeyondRecordingError, NameUnknownError, NotKeptError, NotReproducibleError, ShapeError
from retrograd.program import prove, reconstruct
from retrograd.recorder import record
from retrograd.recording import Recording
from retrograd.replays import changeable, replay

TURNS = 8


def recorded(loop: Callable[[], Any]) -> Recording:
    with record() as recording:
        loop()
    return recording


def descent(turns: int = TURNS, learning_rate: float = 0.1, start: float = 1.0, scale: float = 1.0) -> list[float]:
    """Minimise scale · w² from w = start; each turn multiplies w by 1 − 2 · learning_rate · scale."""
    w = torch.tensor([start], dtype=torch.float64, requires_grad=True)
    factor = torch.tensor([scale], dtype=torch.float64)
    losses = []
    for _ in range(turns):
        loss = (factor * w * w).sum()
        loss.backward()
        with torch.no_grad():
            w -= learning_rate * w.grad
        w.grad.zero_()
        losses.append(loss.item())
    return losses


@pytest.fixture
def recording() -> Recording:
    return recorded(descent)


def rows(recording: Recording) -> list[bytes]:
    return [step.row for step in recording.steps]


# ---------------------------------------------------------------- the same again


def test_without_changes_it_is_the_recording(recording):
    again = replay(recording)
    assert rows(again) == rows(recording)
    assert [step.bindings for step in again.steps] == [step.bindings for step in recording.steps]
    assert [step.constants for step in again.steps] == [step.constants for step in recording.steps]
    assert prove(again).holds


def test_large_tensors_come_out_the_same():
    def loop() -> None:
        w = torch.randn(80, 40, requires_grad=True)
        for _ in range(4):
            batch = torch.from_numpy(np.random.default_rng(1).standard_normal((40, 60)))
            (w.double() @ batch).square().mean().backward()
            with torch.no_grad():
                w -= 0.1 * w.grad
            w.grad = None

    recording = recorded(loop)
    again = replay(recording)
    assert rows(again) == rows(recording)
    assert [dict(step.wholes) for step in again.steps] == [dict(step.wholes) for step in recording.steps]
    assert prove(again).holds


def test_what_is_drawn_is_drawn_again():
    def loop() -> None:
        w = torch.ones(4, requires_grad=True)
        for _ in range(5):
            (torch.nn.functional.dropout(w, 0.5) * torch.randn(4)).sum().backward()
            w.grad = None

    recording = recorded(loop)
    before = torch.get_rng_state()
    assert rows(replay(recording)) == rows(recording)
    assert torch.equal(torch.get_rng_state(), before)


def test_more_random_numbers_are_drawn_for_more_steps():
    def loop(turns: int) -> list[float]:
        torch.manual_seed(5)
        w = torch.ones(4, requires_grad=True)
        losses = []
        for _ in range(turns):
            loss = (torch.nn.functional.dropout(w, 0.5) * torch.randn(4)).sum()
            loss.backward()
            w.grad = None
            losses.append(loss.item())
        return losses

    assert replay(recorded(lambda: loop(6)), steps=20).loss.tolist() == loop(20)


def test_random_numbers_that_others_draw_too_are_not_known():
    def loop() -> None:
        w = torch.ones(4, requires_grad=True)
        for _ in range(6):
            (w * torch.randn(4)).sum().backward()
            torch.set_rng_state(torch.Generator().manual_seed(len(w)).get_state())
            w.grad = None

    recording = recorded(loop)
    assert rows(replay(recording)) == rows(recording)
    with pytest.raises(BeyondRecordingError, match="draws random numbers which other code draws from"):
        replay(recording, steps=10)


# ---------------------------------------------------------------- other numbers


def test_another_learning_rate(recording):
    assert replay(recording, learning_rate=0.25).loss.tolist() == descent(learning_rate=0.25)


def test_a_learning_rate_for_each_step(recording):
    """w is halved for 0.25, stays for 0, and changes its sign for 1: its square is what the loss is."""
    rates = [0.25, 0.0, 1.0, 0.25, 0.0, 0.0, 0.0, 0.0]
    assert replay(recording, learning_rate=rates).loss.tolist() == [1, 0.25, 0.25, 0.25, *[0.0625] * 4]


def test_another_start(recording):
    assert replay(recording, w=[3.0]).loss.tolist() == descent(start=3.0)


def test_other_data(recording):
    assert replay(recording, factor=torch.tensor([2.0])).loss.tolist() == descent(scale=2.0)


def test_names_that_are_no_python_names():
    model = torch.nn.Linear(1, 1, bias=False, dtype=torch.float64)

    def loop() -> None:
        for _ in range(4):
            model(torch.ones(1, dtype=torch.float64)).square().sum().backward()
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter -= 0.25 * parameter.grad
                    parameter.grad = None

    recording = recorded(loop)
    line = f"line {loop.__code__.co_firstlineno + 5}"
    assert replay(recording, {"model.weight": [[4.0]]}).loss.tolist() == [16, 4, 1, 0.25]
    assert replay(recording, {"model.weight": [[4.0]], line: 0.5}).loss.tolist() == [16, 0, 0, 0]
    assert replay(recording, {f"{line}: 0.25": 0.0, "model.weight": np.ones((1, 1))}).loss.tolist() == [1] * 4


def test_more_steps(recording):
    assert replay(recording, steps=50).loss.tolist() == descent(50)
    assert replay(recording, steps=50, learning_rate=0.2).loss.tolist() == descent(50, 0.2)


def test_fewer_steps(recording):
    assert replay(recording, steps=3).loss.tolist() == descent(3)


def test_until_the_loss_is_small(recording):
    losses = replay(recording, steps=1000, until=1e-6).loss
    assert losses[-1] <= 1e-6 < losses[-2]
    assert losses.tolist() == descent(len(losses))


def test_float32():
    recording = recorded(descent)
    w, expected = np.float32(1), []
    for _ in range(TURNS):
        expected.append(float(w * w))
        w = w - np.float32(0.1) * (w + w)
    again = replay(recording, dtype="float32")
    assert {slot.dtype for step in again.steps for slot in step.program.slots} == {"float32"}
    np.testing.assert_allclose(again.loss, expected, rtol=4 * TURNS * np.finfo("f4").eps)  # four roundings a turn
    assert prove(again).holds


def test_a_number_of_the_forward_pass_changes_its_derivative_too():
    """c w² has the gradient 2 c w, so w is multiplied by 1 − 0.5 c in each turn."""

    def loop() -> None:
        w = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
        c = 1.0
        for _ in range(4):
            (c * (w * w)).sum().backward()
            with torch.no_grad():
                w -= 0.25 * w.grad
            w.grad = None

    assert replay(recorded(loop), c=3.0).loss.tolist() == [3.0, 3 / 4, 3 / 16, 3 / 64]


def test_tensors_from_outside_can_be_given_for_each_step():
    def loop() -> None:
        w = torch.tensor([1.0], requires_grad=True)
        for turn in range(5):
            w.grad = None
            batch = torch.from_numpy(np.array([turn], "f4"))
            (w * batch).sum().backward()

    recording = recorded(loop)
    assert recording.loss.tolist() == [0, 1, 2, 3, 4]
    assert replay(recording, batch=[7.0]).loss.tolist() == [7] * 5
    assert replay(recording, batch=[[5.0], [6.0], [7.0]], steps=3).loss.tolist() == [5, 6, 7]
    assert replay(recording, batch=[[5.0]] * 10, steps=10).loss.tolist() == [5] * 10


# ---------------------------------------------------------------- optimizers


def trained(turns: int = 6, kind: str = "SGD", **options: Any) -> list[float]:
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    optimizer = getattr(torch.optim, kind)([w], **options)
    losses = []
    for _ in range(turns):
        optimizer.zero_grad()
        loss = (w**2 + w).sum()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adamax", "NAdam", "Adadelta"])
def test_the_learning_rate_of_an_optimizer(kind):
    recording = recorded(lambda: trained(kind=kind, lr=0.1))
    assert replay(recording, lr=0.02).loss.tolist() == trained(kind=kind, lr=0.02)
    assert replay(recording, lr=0.02, steps=15).loss.tolist() == trained(15, kind, lr=0.02)
    assert replay(recording, steps=15).loss.tolist() == trained(15, kind, lr=0.1)


def test_other_options_of_an_optimizer():
    recording = recorded(lambda: trained(lr=0.1, momentum=0.5, weight_decay=0.1))
    expected = trained(lr=0.1, momentum=0.9, weight_decay=0.2)
    assert replay(recording, momentum=0.9, weight_decay=0.2).loss.tolist() == expected


def test_many_tensors_at_once():
    recording = recorded(lambda: trained(kind="Adam", lr=0.1, foreach=True))
    assert replay(recording, lr=0.02).loss.tolist() == trained(kind="Adam", lr=0.02, foreach=True)


def test_an_option_that_needs_other_operations():
    recording = recorded(lambda: trained(lr=0.1))
    with pytest.raises(BeyondRecordingError, match=r"with momentum=0.9 SGD does other operations than were recorded"):
        replay(recording, momentum=0.9)


def test_a_schedule_of_an_optimizer():
    def loop() -> None:
        w = torch.tensor([1.0], requires_grad=True)
        optimizer = torch.optim.SGD([w], lr=0.4)
        scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        for _ in range(6):
            optimizer.zero_grad()
            (w * w).sum().backward()
            optimizer.step()
            scheduler.step()

    recording = recorded(loop)
    assert replay(recording, lr=[0.5] * 6).loss.tolist() == [1, 0, 0, 0, 0, 0]
    with pytest.raises(BeyondRecordingError, match="from step to step"):
        replay(recording, steps=8)


def test_an_optimizer_that_is_not_torchs_own():
    class Own(torch.optim.SGD):
        pass

    def loop() -> None:
        w = torch.tensor([1.0], requires_grad=True)
        optimizer = Own([w], lr=0.25)
        for _ in range(4):
            optimizer.zero_grad()
            (w * w).sum().backward()
            optimizer.step()

    recording = recorded(loop)
    with pytest.raises(NameUnknownError):
        replay(recording, lr=0.5)
    line = f"line {loop.__code__.co_firstlineno + 6}: -0.25"
    assert replay(recording, {line: -0.5}).loss.tolist() == [1, 0, 0, 0]


# ---------------------------------------------------------------- leaving out


def test_gradients_that_are_never_cleared_add_up(recording):
    """The gradient of w² is 2 w; what arrives in each turn is added to all before."""
    new = replay(recording, clear=False)
    w, gradient, expected = 1.0, 0.0, []
    for _ in range(TURNS):
        expected.append(w * w)
        gradient += w + w
        w -= 0.1 * gradient
    assert new.loss.tolist() == expected
    assert not any(event.kind == "clear" for step in new.steps for event in step.program.events)
    assert prove(new).holds
    assert new.facts["replayed"] == "never clear"


def test_a_clear_can_be_put_in(recording):
    never = replay(recording, clear=False)
    again = replay(never, clear=True)
    assert again.loss.tolist() == recording.loss.tolist()
    assert [e.kind for e in again.steps[3].program.events].count("clear") == 1
    assert prove(again).holds


def test_what_was_left_out_is_shown(recording, tmp_path, capsys):
    line = descent.__code__.co_firstlineno + 9
    new = replay(recording, without=f"line {line}")
    assert set(new.loss.tolist()) == {1.0}
    retrograd.save(new, tmp_path / "new.retro")
    again = retrograd.load(tmp_path / "new.retro")
    assert rows(again) == rows(new)
    assert prove(again).holds
    retrograd.show(again, step=2)
    assert "left out in this replay" in capsys.readouterr().out
    assert reconstruct(again, 5).layout == "all"


def detaching() -> None:
    w, v = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    for _ in range(4):
        h = w * 2
        h = h.detach()
        (h * v).sum().backward()
        with torch.no_grad():
            v -= 0.1 * v.grad
            scaled = 2 * v
            v += scaled
        v.grad = None


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (3, r"line \d+ cannot be left out: others need what it computes, and without it there would be none"),
        (8, r"Tensor.mul cannot be left out: Tensor.add_ needs its result"),
    ],
)
def test_what_cannot_be_left_out(line, text):
    with pytest.raises(BeyondRecordingError, match=text):
        replay(recorded(detaching), without=f"line {detaching.__code__.co_firstlineno + line}")


def test_a_line_on_which_nothing_happened(recording):
    with pytest.raises(NameUnknownError, match="nothing was recorded on 'line 1000000'") as error:
        replay(recording, without="line 1000000")
    # The two tensors that descent makes, and its loop: the loss, backward, no_grad, the update, the clear, item.
    first = descent.__code__.co_firstlineno
    assert str(error.value).endswith(f"on which something was: {first + 2}-{first + 3}, {first + 6}-{first + 11}")


# ---------------------------------------------------------------- a recording like any other


def test_it_can_be_saved_shown_proved_and_replayed(recording, tmp_path, capsys):
    new = replay(recording, learning_rate=0.25, steps=12)
    path = tmp_path / "new.retro"
    retrograd.save(new, path)
    again = retrograd.load(path)
    assert rows(again) == rows(new)
    assert prove(again).holds
    assert again.facts["replayed"] == "learning_rate = 0.25, 12 steps"
    retrograd.show(again)
    assert "learning_rate = 0.25" in capsys.readouterr().out
    assert reconstruct(again, 5).layout == "all"
    back = replay(again, learning_rate=0.1, steps=TURNS)
    assert rows(back) == rows(recording)


def test_a_file_can_be_replayed(recording, tmp_path):
    retrograd.save(recording, tmp_path / "a.retro")
    assert rows(replay(retrograd.load(tmp_path / "a.retro"))) == rows(recording)


def test_what_can_be_changed(recording):
    assert changeable(recording) == (("learning_rate",), ("factor", "w"))


# ---------------------------------------------------------------- what cannot be followed


def test_a_test_that_comes_out_otherwise_is_noted():
    def loop() -> None:
        w = torch.tensor([1.0], requires_grad=True)
        learning_rate = 0.1
        for _ in range(6):
            loss = (w * w).sum()
            if loss < 0.01:
                break
            loss.backward()
            with torch.no_grad():
                w -= learning_rate * w.grad
            w.grad = None

    recording = recorded(loop)
    assert replay(recording).notes == list(recording.notes)
    new = replay(recording, learning_rate=0.5)  # w is 0 after one turn
    (note,) = new.notes
    assert (note.kind, note.step) == ("unseen", 1)
    assert "True here, where the recording has False" in note.text
    assert new.lines[note.line].number == loop.__code__.co_firstlineno + 5


def test_an_unknown_name_says_what_can_be_changed(recording):
    with pytest.raises(NameUnknownError) as error:
        replay(recording, lr=0.5)
    assert "'lr'. Numbers that can be changed: learning_rate. Tensors that can be given: factor, w" in str(error.value)


def test_a_name_with_a_slip_is_answered_with_the_one_that_was_meant(recording):
    with pytest.raises(NameUnknownError, match=r"called 'learning_rte'\. Did you mean learning_rate\?"):
        replay(recording, learning_rte=0.5)


def test_of_many_names_the_first_are_shown():
    def loop():
        parts = torch.nn.ParameterList([torch.ones(1) for _ in range(40)])
        for _ in range(2):
            sum(part * part for part in parts).sum().backward()
            parts.zero_grad()

    with pytest.raises(NameUnknownError, match=r"parts\.15 and 24 more, which retrograd\.replays\.changeable lists$"):
        replay(recorded(loop), rate=0.5)


def test_the_many_numbers_of_an_optimizer_are_named_by_their_line():
    def loop():
        w = torch.ones(3, requires_grad=True)
        optimizer = torch.optim.Adam([w], lr=0.1)
        for _ in range(12):
            loss = (w * w).sum()
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

    recording = recorded(loop)
    line = loop.__code__.co_firstlineno + 6
    with pytest.raises(NameUnknownError) as error:
        replay(recording, rate=0.5)
    assert f"can be changed: lr, betas, eps, weight_decay, line {line}. Tensors" in str(error.value)


@pytest.mark.parametrize(("rate", "says"), [(0.3, "at 0.01; what follows"), (0.02, "would have gone on"), (0.1, "")])
def test_a_replay_says_where_the_script_would_have_ended(rate, says):
    def loop():
        w = torch.ones(1, requires_grad=True)
        learning_rate = 0.1
        for _ in range(60):
            loss = (w * w).sum()
            loss.backward()
            with torch.no_grad():
                w -= learning_rate * w.grad
            w.grad = None
            if loss.item() <= 0.01:
                break

    # w is multiplied by 1 - 2 * rate in each step, and the loss is w².
    recording = recorded(loop)
    assert len(recording.steps) == 1 + math.ceil(math.log(0.01) / math.log(0.8**2))
    new = replay(recording, learning_rate=rate)
    assert [says in note.text for note in new.notes] == [True] * bool(says)
    if rate == 0.3:
        assert new.notes[0].step == math.ceil(math.log(0.01) / math.log(0.4**2))


@pytest.mark.parametrize("name", ["w.grad", "loss"])
def test_what_the_loop_computes_cannot_be_given(recording, name):
    with pytest.raises(NameUnknownError, match="is computed by the loop"):
        replay(recording, {name: [0.0]})


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"w": [1.0, 2.0]}, r"w has the shape \(1,\) in the recording, not \(2,\)"),
        ({"w": [[1.0], [2.0]]}, r"w comes in only once, with the shape \(1,\)"),
        ({"w": 1.0}, r"w has the shape \(1,\) in the recording, not \(\)"),
        ({"w": "none"}, "not something that is no tensor"),
        ({"w": torch.ones(1, dtype=torch.complex64)}, "w holds float64; complex64 would be cut off"),
        ({"learning_rate": "fast"}, "learning_rate is a number in the recording; 'fast' is none"),
        ({"learning_rate": True}, "True is none"),
        ({"learning_rate": [0.1, 0.2]}, "given 2 numbers for 8 steps"),
    ],
)
def test_a_value_that_does_not_fit(recording, changes, text):
    with pytest.raises(ShapeError, match=text):
        replay(recording, changes)


def test_a_batch_cannot_be_invented():
    def loop() -> None:
        w = torch.tensor([1.0], requires_grad=True)
        for turn in range(5):
            w.grad = None
            batch = torch.from_numpy(np.array([turn], "f4"))
            (w * batch).sum().backward()

    with pytest.raises(BeyondRecordingError, match="10 steps were asked for, 5 were recorded, and batch comes from"):
        replay(recorded(loop), steps=10)


def test_a_schedule_cannot_be_continued():
    def loop() -> None:
        w = torch.tensor([1.0], requires_grad=True)
        for turn in range(6):
            learning_rate = 0.1 / (turn + 1)
            (w * w).sum().backward()
            with torch.no_grad():
                w -= learning_rate * w.grad
            w.grad = None

    recording = recorded(loop)
    with pytest.raises(BeyondRecordingError, match="learning_rate differs from step to step"):
        replay(recording, steps=10)
    assert len(replay(recording, steps=10, learning_rate=0.1).steps) == 10


def test_steps_that_do_not_repeat_cannot_be_continued():
    def loop() -> None:
        w = torch.tensor([1.0], requires_grad=True)
        for turn in range(5):
            value = w
            for _ in range(turn + 1):
                value = value * w
            value.sum().backward()
            w.grad = None

    with pytest.raises(BeyondRecordingError, match="do not repeat one another"):
        replay(recorded(loop), steps=10)


def test_an_unfinished_step_cannot_be_continued():
    def loop() -> None:
        w = torch.tensor([1.0], requires_grad=True)
        for turn in range(6):
            (w * w).sum().backward()
            if turn == 5:
                raise RuntimeError
            w.grad = None

    with pytest.raises(RuntimeError), record() as recording:
        loop()
    assert not recording.steps[-1].finished
    assert rows(replay(recording)) == rows(recording)
    with pytest.raises(BeyondRecordingError, match="the last of them was not finished"):
        replay(recording, steps=10)


def test_an_exponent_needs_the_derivative_again():
    def loop() -> None:
        w = torch.tensor([2.0], requires_grad=True)
        p = 3.0
        for _ in range(4):
            (w**p).sum().backward()
            w.grad = None

    with pytest.raises(BeyondRecordingError, match="numbers that autograd computed from it"):
        replay(recorded(loop), p=2.0)


def test_a_step_that_cannot_be_executed():
    def loop() -> None:
        w = torch.tensor([2.0], requires_grad=True)
        for _ in range(3):
            (w * torch.eye(1).to_sparse().to_dense()[0]).sum().backward()
            w.grad = None

    with pytest.raises(NotReproducibleError):
        replay(recorded(loop))


def test_a_light_step_has_no_program(recording):
    from dataclasses import replace

    from retrograd.store import Memory

    memory = Memory(dict(recording.facts), list(recording.lines), {}, [])
    for step in recording.steps:
        memory.keep(replace(step, program=None, layout="none", row=b"", bindings=(), loss=1.0), True)
    with pytest.raises(NotKeptError, match="step 0 was recorded lightly"):
        replay(Recording(memory))


def test_a_dtype_that_is_none(recording):
    with pytest.raises(NameUnknownError, match="int32 is no floating-point dtype"):
        replay(recording, dtype="int32")


@pytest.mark.parametrize("steps", [-1, 0, 2.5, "5", float("nan"), float("inf")])
def test_a_number_of_steps_that_is_none(recording, steps):
    with pytest.raises(BeyondRecordingError) as error:
        replay(recording, steps=steps)
    expected = f"a whole number of steps, 1 or more, not {steps!r}; leave it out for as many as were recorded, {TURNS}"
    assert expected in str(error.value)
