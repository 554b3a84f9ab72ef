"""Turns that repeat, until they do not: what changes late must be seen as well as what changes at once."""

from __future__ import annotations

import gc
import io
import random
import warnings
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from both_ways import Twice, check, run_twice
from torch import nn

from retrograd.recording import Recording

TURNS = 12
LATE = 8
"""The turn from which something is different."""


def start():
    return torch.tensor([1.0, 2.0, 3.0], requires_grad=True), torch.tensor([0.5, 1.0, 2.0])


def descend(w):
    with torch.no_grad():
        w -= 0.01 * w.grad
    w.grad = None


def lines_of(recording: Recording, name: str) -> list[int]:
    """Return the line of the first event of this name in each step."""
    events = [next(e for e in step.program.events if e.name.endswith(name)) for step in recording.steps]
    return [recording.lines[event.line].number for event in events]


def updates(recording: Recording) -> list[bool]:
    """Return for each step whether it updated a parameter."""
    return [any(event.kind == "update" for event in step.program.events) for step in recording.steps]


# ---------------------------------------------------------------- the numbers of calls


class Rate(float):
    pass


RATES: dict[str, Sequence[Any]] = {
    "changed by hand": [0.1] * LATE + [0.05] * (TURNS - LATE),
    "another one in each turn": [0.1 / (turn + 1) for turn in range(TURNS)],
    "whole numbers": [1, 2, 3] * (TURNS // 3),
    "of several types": [1, 1.0, True, 2, 0.5, 1] * (TURNS // 6),
    "tensors": [torch.tensor(0.1)] * TURNS,
    "numpy's double precision, another one in each turn": list(np.logspace(-3, -1, TURNS)),
    "numpy's single precision": list(np.linspace(0.1, 0.2, TURNS, dtype=np.float32)),
}
ODD_RATES: dict[str, Sequence[Any]] = {
    "numpy's double precision": [np.float64(0.1)] * TURNS,
    "a class of one's own": [Rate(0.1)] * TURNS,
    "zeros with a sign": [0.0, -0.0] * (TURNS // 2),
}


@pytest.mark.parametrize("name", RATES)
def test_learning_rates(name):
    def loop():
        w, _ = start()
        for learning_rate in RATES[name]:
            (w**2).sum().backward()
            with torch.no_grad():
                w -= learning_rate * w.grad
            w.grad = None
        return w

    check(loop, steps=TURNS)


@pytest.mark.parametrize("name", ODD_RATES)
def test_odd_learning_rates(name):
    def loop():
        w, _ = start()
        for learning_rate in ODD_RATES[name]:
            (w * learning_rate).sum().backward()
            with torch.no_grad():
                w -= w.grad * learning_rate
            w.grad = None
        return w

    check(loop, steps=TURNS)


def elementwise(make):
    return lambda w, v, p: make(w, v, p).sum()


LATE_NUMBERS = {
    "clamp": elementwise(lambda w, v, p: w.clamp(p, 2.5)),
    "dropout": elementwise(lambda w, v, p: F.dropout(w, p)),
    "leaky_relu": elementwise(lambda w, v, p: F.leaky_relu(w - 2, p)),
    "elu": elementwise(lambda w, v, p: F.elu(w - 2, alpha=p)),
    "division": elementwise(lambda w, v, p: w / p + p / w),
    "difference": elementwise(lambda w, v, p: torch.sub(w, w * v, alpha=p)),
    "label smoothing": lambda w, v, p: F.cross_entropy(w[None], torch.tensor([1]), label_smoothing=p),
    "huber": lambda w, v, p: F.huber_loss(w, v, delta=p),
    "padding": elementwise(lambda w, v, p: F.pad(w, (1, 1), value=p).square()),
    "threshold": elementwise(lambda w, v, p: torch.where(w > 5 * p, w, p)),
}
LATE_NUMBERS_OF_BACKWARD = {
    "power": elementwise(lambda w, v, p: w ** (p + 1)),
    "power of a base": elementwise(lambda w, v, p: p**w),
    "lerp": elementwise(lambda w, v, p: w.lerp(v, p)),
    "norm": lambda w, v, p: w.norm(p=p + 1),
    "celu": elementwise(lambda w, v, p: F.celu(w - 2, alpha=p)),
    "deviation": lambda w, v, p: w.std(correction=1 if p < 0.35 else 0),
}


def with_a_late_number(loss) -> Twice:
    def loop():
        w, v = start()
        for turn in range(TURNS):
            loss(w, v, 0.3 if turn < LATE else 0.4).backward()
            descend(w)
        return w

    return check(loop, steps=TURNS)


@pytest.mark.parametrize("name", LATE_NUMBERS)
def test_a_number_changes_late(name):
    with_a_late_number(LATE_NUMBERS[name])


@pytest.mark.parametrize("name", LATE_NUMBERS_OF_BACKWARD)
def test_a_number_that_backward_computes_with_changes_late(name):
    with_a_late_number(LATE_NUMBERS_OF_BACKWARD[name])


def test_numbers_that_are_equal_once():
    def loop():
        w, v = start()
        for turn in range(TURNS):
            w.lerp(v, turn / 10).sum().backward()
            descend(w)
        return w

    check(loop, steps=TURNS)


def test_schedules_change_the_rate_in_each_turn():
    def loop():
        model = nn.Linear(3, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, TURNS)
        for _ in range(TURNS):
            optimizer.zero_grad()
            model(torch.ones(2, 3)).square().mean().backward()
            optimizer.step()
            schedule.step()
        return list(model.parameters())

    check(loop, steps=TURNS)


# ---------------------------------------------------------------- what is called

ROUTES = {seed: [0] * 4 + random.Random(seed).choices([0, 1], k=20) for seed in range(3)}


@pytest.mark.parametrize("seed", ROUTES)
def test_some_turns_update_and_some_do_not(seed):
    def loop():
        w, _ = start()
        for route in ROUTES[seed]:
            loss = (w * w).sum()
            loss.backward()
            if route:
                with torch.no_grad():
                    w -= 0.001 * w.grad
                w.grad.zero_()
        return w

    twice = check(loop, steps=len(ROUTES[seed]))
    assert updates(twice.recording) == [bool(route) for route in ROUTES[seed]]


def test_every_fourth_turn_takes_the_step():
    def loop():
        data, model = torch.randn(TURNS, 10), nn.Linear(10, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        for turn in range(TURNS):
            optimizer.zero_grad()
            model(data[turn : turn + 1]).sum().backward()
            if turn % 4 == 3:
                optimizer.step()
        return list(model.parameters())

    twice = check(loop, steps=TURNS)
    assert updates(twice.recording) == [turn % 4 == 3 for turn in range(TURNS)]


def test_the_same_function_is_called_on_one_of_two_lines():
    route = ROUTES[0]

    def loop():
        w, _ = start()
        for which in route:
            if which:
                z = F.relu(w)
            else:
                z = F.relu(w)
            z.sum().backward()
            descend(w)
        return w

    first = loop.__code__.co_firstlineno
    recorded = lines_of(check(loop, steps=len(route)).recording, "relu")
    assert recorded == [first + 4 if which else first + 6 for which in route]


def test_two_operands_change_places():
    def loop():
        w, _ = start()
        for turn in range(TURNS):
            a, b = w * 2, w.exp()
            ((a - b) if turn % 3 else (b - a)).sum().backward()
            descend(w)
        return w

    check(loop, steps=TURNS)


def test_another_function_of_the_same_shape_is_called_late():
    def loop():
        w, _ = start()
        for turn in range(TURNS):
            (w.sin() if turn < LATE else w.cos()).sum().backward()
            descend(w)
        return w

    check(loop, steps=TURNS)


def test_the_loss_is_looked_at_now_and_then():
    def loop():
        w, _ = start()
        losses = []
        for turn in range(TURNS):
            loss = (w**2).sum()
            loss.backward()
            if turn % 5 == 4:
                print(turn, loss.item(), w.grad)
            descend(w)
            losses.append(float(loss.detach()))
        return {"losses": losses, "w": w}

    check(loop, steps=TURNS)


def test_epochs_end_with_a_smaller_batch_and_an_evaluation():
    def loop():
        x, model = torch.randn(22, 4), nn.Linear(4, 1)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        for _ in range(4):
            model.train()
            for part in x[torch.randperm(22)].split(5):
                optimizer.zero_grad()
                model(part).square().mean().backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                print(model(x).mean().item())
        return list(model.parameters())

    check(loop, steps=4 * 5)


def test_a_hook_comes_late():
    def loop():
        w, _ = start()
        for turn in range(TURNS):
            if turn == LATE:
                w.register_hook(lambda g: g * 0.5)
            (w**2).sum().backward()
            descend(w)
        return w

    check(loop, steps=TURNS)


def test_a_hook_of_a_node_comes_late():
    def loop():
        w, _ = start()
        for turn in range(TURNS):
            z = w**2
            if turn >= LATE:
                z.grad_fn.register_prehook(lambda g: (g[0] * 0.5,))
            z.sum().backward()
            descend(w)
        return w

    check(loop, steps=TURNS)


def test_a_hook_of_a_node_that_lives_on_comes_late():
    def loop():
        w, _ = start()
        node = w.view_as(w).grad_fn.next_functions[0][0]  # adds to w.grad in every turn
        seen = []
        for turn in range(TURNS):
            if turn == LATE:
                node.register_prehook(lambda g: (g[0] * 0.5,))
                node.register_hook(lambda _, g: seen.append(g[0].sum().item()))
            (w**2).sum().backward()
            descend(w)
        return w, seen

    check(loop, steps=TURNS)


def test_hooks_are_registered_in_every_turn_and_one_more_late():
    def loop():
        w, _ = start()
        for turn in range(TURNS):
            z = w**2
            z.register_hook(lambda g: g * 0.5)
            if turn >= LATE:
                z.grad_fn.next_functions[0][0].register_prehook(lambda g: (g[0] * 3,))
            z.sum().backward()
            descend(w)
        return w

    check(loop, steps=TURNS)


def test_gradients_are_kept_late():
    def loop():
        w, _ = start()
        kept = []
        for turn in range(TURNS):
            z = w**2
            if turn >= LATE:
                z.retain_grad()
            z.sum().backward()
            kept.append(z.grad if turn >= LATE else None)
            descend(w)
        return w, kept

    check(loop, steps=TURNS)


# ---------------------------------------------------------------- the tensors


def test_a_layer_is_frozen_late():
    def loop():
        model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 1))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for turn in range(TURNS):
            if turn == LATE:
                model[0].requires_grad_(False)
            optimizer.zero_grad()
            model(torch.ones(2, 3)).sum().backward()
            optimizer.step()
        return list(model.parameters())

    check(loop, steps=TURNS)


def test_the_dtype_changes_late():
    def loop():
        model, x = nn.Linear(3, 1), torch.ones(2, 3)
        for turn in range(TURNS):
            if turn == LATE:
                model.double()
                x = x.double()
            model(x).sum().backward()
            for p in model.parameters():
                descend(p)
        return list(model.parameters())

    check(loop, steps=TURNS)


def test_a_parameter_is_replaced_late():
    def loop():
        w, _ = start()
        for turn in range(TURNS):
            if turn == LATE:
                w = torch.tensor([3.0, 2.0, 1.0], requires_grad=True)
            (w**2).sum().backward()
            descend(w)
        return w

    check(loop, steps=TURNS)


def test_a_parameter_is_written_to_between_two_turns():
    def loop():
        w, _ = start()
        array = w.detach().numpy()
        for turn in range(TURNS):
            (w**2).sum().backward()
            descend(w)
            if turn == LATE:
                array *= 0.5
            if turn == LATE + 2:
                w.data.untyped_storage().copy_(torch.ones(3).untyped_storage())
        return w

    twice = run_twice(loop)
    assert twice.recorded == twice.plain
    assert len(twice.recording.steps) == TURNS


def test_a_view_of_a_parameter_is_written_to_late():
    def loop():
        w, _ = start()
        for turn in range(TURNS):
            (w**2).sum().backward()
            descend(w)
            if turn >= LATE:
                with torch.no_grad():
                    w[:1].zero_()
        return w

    check(loop, steps=TURNS)


def test_gradients_of_other_tensors_come_and_go():
    def loop():
        w, v = start()
        v.requires_grad_()
        for turn in range(TURNS):
            ((w * v) if turn % 4 else (w * v.detach())).sum().backward()
            descend(w)
            if v.grad is not None and turn % 3 == 0:
                v.grad = None
        return w, v.grad

    check(loop, steps=TURNS)


# ---------------------------------------------------------------- random numbers


def test_the_generator_is_seeded_late():
    def loop():
        w, _ = start()
        for turn in range(TURNS):
            if turn == LATE:
                torch.manual_seed(3)
            (w * torch.randn(3) + F.dropout(w, 0.5)).sum().backward()
            descend(w)
        return w

    check(loop, steps=TURNS)


def test_others_draw_between_the_turns():
    def loop():
        w, _ = start()
        for turn in range(TURNS):
            (w * torch.randn(3)).sum().backward()
            descend(w)
            if turn % 3 == 2:
                torch.randn(5)
        return w

    check(loop, steps=TURNS)


# ---------------------------------------------------------------- the end


def test_the_loop_is_left_in_the_middle_of_a_turn():
    def loop():
        w, _ = start()
        for turn in range(TURNS):
            (w**2).sum().backward()
            if turn == LATE:
                break
            descend(w)
        return w

    check(loop, steps=LATE + 1)


@pytest.mark.parametrize("how", ["raised", "by a call"])
def test_an_exception_ends_a_repeated_turn(how):
    def loop():
        w, _ = start()
        for turn in range(TURNS):
            (w**2).sum().backward()
            if turn == LATE:
                if how == "raised":
                    raise ValueError("enough")
                w @ torch.ones(4)
            descend(w)

    twice = check(loop, steps=LATE + 1)
    assert [step.finished for step in twice.recording.steps] == [True] * LATE + [False]
    assert [note.step for note in twice.recording.notes if note.kind == "error"] == [LATE]


def test_an_exception_in_a_repeated_turn_is_caught():
    def loop():
        w, _ = start()
        for turn in range(TURNS):
            try:
                (w**2 @ torch.ones(4 if turn == LATE else 3)).backward()
            except RuntimeError as error:
                print(error)
                continue
            descend(w)
        return w

    check(loop, steps=TURNS - 1)


# ---------------------------------------------------------------- unnoticed


def test_warnings_of_repeated_turns_point_to_the_persons_line():
    def loop():
        w, _ = start()
        for _ in range(TURNS):
            F.mse_loss(w, torch.ones(1, 3)).backward()
            descend(w)
        return w

    twice = check(loop, steps=TURNS)
    assert len(twice.plain.warned) == TURNS


def test_tensors_of_repeated_turns_die_as_they_would():
    def loop():
        w, _ = start()
        alive = []
        gc.disable()
        try:
            for _ in range(TURNS):
                z = w * 2
                loss = z.square().sum()
                ends = [weakref.ref(z), weakref.ref(loss)]
                loss.backward()
                del z, loss
                ends.append(weakref.ref(w.grad))
                descend(w)
                alive.append([end() is not None for end in ends])
        finally:
            gc.enable()
        return alive

    twice = check(loop, steps=TURNS)
    assert twice.plain.result == [[False] * 3] * TURNS


def test_a_recording_of_many_turns_holds_few_programs():
    def loop():
        w, _ = start()
        for _ in range(100):
            (w**2).sum().backward()
            descend(w)
        return w

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        twice = check(loop, steps=100)
    # The first turn may be one of its own (there was no gradient), and so may what came before.
    assert len(twice.recording.programs) <= 4


# ---------------------------------------------------------------- where a turn's tensors come from


def from_outside(recording: Recording, name: str) -> list[int]:
    """Return the steps that begin with a tensor of this name and do not say which step left it."""
    return [
        step.number
        for step in recording.steps
        for reference, binding in zip(step.program.start, step.bindings, strict=True)
        if binding is None and step.program.slots[reference.slot].name == name
    ]


def test_data_is_assigned_in_each_turn():
    def loop():
        w, _ = start()
        for _ in range(TURNS):
            (w**2).sum().backward()
            w.data = w.data - 0.01 * w.grad
            w.grad = None
        return w

    assert from_outside(check(loop, steps=TURNS).recording, "w") == [0]


def test_a_parameter_is_read_from_a_file_once():
    def loop():
        w, _ = start()
        for turn in range(TURNS):
            (w**2).sum().backward()
            descend(w)
            file = io.BytesIO()
            torch.save(w, file)
            if turn == LATE:
                file.seek(0)
                w = torch.load(file, weights_only=True)
        return w

    assert from_outside(check(loop, steps=TURNS).recording, "w") == [LATE + 1]
