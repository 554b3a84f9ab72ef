"""Loops of odd shapes: where a turn begins and ends, and what may happen in between."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading

import pytest
import torch
import torch.nn.functional as F
from both_ways import check, run_twice
from torch import nn

from retrograd.errors import NestedRecordingError
from retrograd.program import prove
from retrograd.recorder import record


def batch(n=32):
    x = torch.randn(n, 4)
    return x, (x[:, :1] > 0).float()


def descend(w):
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None


# ---------------------------------------------------------------- turns


def test_a_function_that_does_a_whole_step_is_called_in_a_loop():
    def loop():
        x, y = batch()
        model = nn.Linear(4, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

        def train_step(x, y):
            optimizer.zero_grad()
            loss = F.binary_cross_entropy_with_logits(model(x), y)
            loss.backward()
            optimizer.step()
            return loss.item()

        losses = [0.0] * 8
        for i in range(8):
            losses[i] = train_step(x, y)
        return {"losses": losses, "parameters": list(model.parameters())}

    check(loop, steps=8)


def test_a_function_with_a_loop_is_called_twice():
    def loop():
        x, y = batch()
        w = torch.zeros(4, 1, requires_grad=True)
        losses = []

        def train():
            for _ in range(4):
                loss = F.mse_loss(x @ w, y)
                loss.backward()
                descend(w)
                losses.append(loss.item())

        train()
        train()
        return {"losses": losses, "w": w}

    check(loop, steps=8)


def test_batches_within_epochs_with_an_evaluation_after_each_epoch():
    def loop():
        x, y = batch()
        model = nn.Linear(4, 1)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
        losses = []
        for _ in range(3):
            order = torch.randperm(32)
            for first in range(0, 32, 10):
                i = order[first : first + 10]
                loss = F.binary_cross_entropy_with_logits(model(x[i]), y[i])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
            with torch.no_grad():
                print(((model(x) > 0) == (y > 0)).float().mean().item())
        return {"losses": losses, "parameters": list(model.parameters())}

    check(loop, steps=12)


def test_while_true_is_left_by_break():
    def loop():
        x, y = batch()
        w = torch.zeros(4, 1, requires_grad=True)
        losses = []
        while True:
            loss = F.mse_loss(x @ w, y)
            loss.backward()
            descend(w)
            losses.append(loss.item())
            if len(losses) == 7:
                break
        return {"losses": losses, "w": w}

    check(loop, steps=7)


def test_continue_before_backward_makes_no_step():
    def loop():
        x, y = batch()
        w = torch.zeros(4, 1, requires_grad=True)
        losses = []
        for i in range(12):
            z = x @ w + i
            if i % 3 == 1:
                continue
            loss = F.mse_loss(z, y)
            loss.backward()
            descend(w)
            losses.append(loss.item())
        return {"losses": losses, "w": w}

    check(loop, steps=8)


def test_a_generator_does_the_steps():
    def loop():
        x, y = batch()
        w = torch.zeros(4, 1, requires_grad=True)

        def batches():
            for _ in range(2):
                for i in range(0, 32, 8):
                    yield x[i : i + 8], y[i : i + 8]

        def steps():
            for some_x, some_y in batches():
                loss = F.mse_loss(some_x @ w, some_y)
                loss.backward()
                descend(w)
                yield loss.item()

        return {"losses": list(steps()), "w": w}

    check(loop, steps=8)


def test_a_comprehension_is_a_loop():
    def loop():
        w = torch.ones(3, requires_grad=True)

        def step():
            loss = (w**2).sum()
            loss.backward()
            descend(w)
            return loss.item()

        return {"losses": [step() for _ in range(5)], "w": w}

    check(loop, steps=5)


def test_map_is_a_loop():
    def loop():
        w = torch.ones(3, requires_grad=True)

        def step(_):
            loss = (w**2).sum()
            loss.backward()
            descend(w)
            return loss.item()

        return {"losses": list(map(step, range(5))), "w": w}

    check(loop, steps=5)


def test_a_step_ends_with_a_finally_block():
    def loop():
        w = torch.ones(3, requires_grad=True)
        losses = []
        for i in range(5):
            try:
                loss = (w**2).sum()
                if i == 2:
                    raise ValueError
                loss.backward()
                losses.append(loss.item())
            except ValueError:
                continue
            finally:
                if w.grad is not None:
                    descend(w)
        else:
            print("done")
        return {"losses": losses, "w": w}

    check(loop, steps=4)


def test_a_coroutine_trains():
    def loop():
        w = torch.ones(3, requires_grad=True)
        losses = []

        async def train():
            for _ in range(4):
                loss = (w**2).sum()
                await asyncio.sleep(0)
                loss.backward()
                losses.append(loss.item())
                await asyncio.sleep(0)
                descend(w)

        asyncio.run(train())
        return {"losses": losses, "w": w}

    # Playwright keeps a loop of its own running in this thread, if a test of the browser came before.
    running = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        check(loop, steps=4)
    finally:
        asyncio._set_running_loop(running)


def test_backward_stands_in_two_branches():
    def loop():
        w = torch.ones(3, requires_grad=True)
        losses = []
        for i in range(6):
            if i % 2:
                loss = (w * 3).sum()
                loss.backward()
            else:
                loss = (w * 2).sum()
                loss.backward()
            losses.append(loss.item())
            descend(w)
        return {"losses": losses, "w": w}

    check(loop, steps=6)


def test_recursion_is_a_loop():
    def loop():
        w = torch.ones(3, requires_grad=True)
        losses = []

        def go(turns):
            if turns:
                loss = (w**2).sum()
                loss.backward()
                descend(w)
                losses.append(loss.item())
                go(turns - 1)

        go(5)
        return {"losses": losses, "w": w}

    check(loop, steps=5)


def test_no_loop_is_one_step():
    def loop():
        w = torch.ones(3, requires_grad=True)
        loss = (w**2).sum()
        loss.backward()
        descend(w)
        return {"losses": [loss.item()], "w": w}

    check(loop, steps=1)


def test_a_loop_without_backward_has_no_steps():
    def loop():
        total = torch.zeros(3)
        for _ in range(5):
            total += torch.randn(3)
        return total

    check(loop, steps=0)


def test_functions_without_source():
    def loop():
        names = {"torch": torch}
        code = (
            "def train(turns):\n"
            "    w = torch.ones(3, requires_grad=True)\n"
            "    for i in range(turns):\n"
            "        (w ** 2).sum().backward()\n"
            "        with torch.no_grad(): w -= 0.1 * w.grad\n"
            "        w.grad = None\n"
            "    return w\n"
        )
        exec(code, names)
        return names["train"](4)

    check(loop, steps=4)


# ---------------------------------------------------------------- several backward calls in a turn


def test_a_gan_calls_backward_twice_through_one_helper():
    def loop():
        generator, critic = nn.Linear(2, 4), nn.Linear(4, 1)
        improve_g = torch.optim.Adam(generator.parameters(), 0.01)
        improve_c = torch.optim.Adam(critic.parameters(), 0.01)
        real = torch.randn(16, 4) + 2

        def optimise(optimizer, loss):
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

        for _ in range(4):
            fake = generator(torch.randn(16, 2))
            optimise(improve_c, F.softplus(critic(fake.detach())).mean() + F.softplus(-critic(real)).mean())
            optimise(improve_g, F.softplus(-critic(fake)).mean())
        return [*generator.parameters(), *critic.parameters()]

    check(loop, steps=4)


def test_each_evaluation_of_lbfgs_holds_its_own_update():
    def loop():
        x, y = batch()
        model = nn.Linear(4, 1)
        optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=3, line_search_fn="strong_wolfe")

        def closure():
            optimizer.zero_grad()
            loss = F.binary_cross_entropy_with_logits(model(x), y)
            loss.backward()
            return loss

        losses = []
        for _ in range(3):
            losses.append(optimizer.step(closure).item())
        return losses, list(model.parameters())

    check(loop)


def test_gradients_of_small_batches_are_added_up():
    def loop():
        x, y = batch()
        model = nn.Linear(4, 1)
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        losses = []
        for _ in range(2):
            optimizer.zero_grad()
            for first in range(0, 32, 8):
                loss = F.mse_loss(model(x[first : first + 8]), y[first : first + 8]) / 4
                loss.backward()
                losses.append(loss.item())
            optimizer.step()
        return {"losses": losses, "parameters": list(model.parameters())}

    check(loop, steps=8)


# ---------------------------------------------------------------- what ends a loop


def test_an_exception_in_a_hook_passes():
    def loop():
        w = torch.ones(4, requires_grad=True)

        def boom(gradient):
            raise ValueError("boom in a hook")

        for i in range(4):
            z = w * 2
            if i == 2:
                z.register_hook(boom)
            z.sum().backward()
            descend(w)

    twice = check(loop, steps=3)
    assert twice.plain.error == ("ValueError", "boom in a hook")
    assert [step.finished for step in twice.recording.steps] == [True, True, False]


def test_an_exception_in_a_hook_is_caught():
    def loop():
        w = torch.ones(4, requires_grad=True)

        def boom(gradient):
            raise ValueError("boom in a hook")

        for i in range(4):
            z = w * 2
            if i == 2:
                z.register_hook(boom)
            try:
                z.sum().backward()
            except ValueError as error:
                print(error)
                continue
            descend(w)
        return w

    check(loop, steps=4)


def test_the_person_interrupts():
    def loop():
        w = torch.ones(4, requires_grad=True)
        for i in range(4):
            (w * 2).sum().backward()
            if i == 2:
                raise KeyboardInterrupt
            descend(w)

    check(loop, steps=3)


def test_the_person_interrupts_in_the_middle_of_backward():
    def loop():
        w = torch.ones(4, requires_grad=True)

        def interrupt(gradient):
            raise KeyboardInterrupt

        for i in range(4):
            z = w * 2
            if i == 2:
                z.register_hook(interrupt)
            try:
                z.sum().backward()
            except KeyboardInterrupt:
                break
            descend(w)
        return w

    check(loop, steps=3)


def test_sys_exit():
    def loop():
        w = torch.ones(4, requires_grad=True)
        for i in range(4):
            (w * 2).sum().backward()
            if i == 2:
                sys.exit(3)

    check(loop, steps=3)


WRONG_CALLS = {
    "shapes do not fit": lambda: torch.ones(3) @ torch.ones(4),
    "backward of many numbers": lambda: torch.ones(3, requires_grad=True).backward(),
    "backward without a graph": lambda: torch.ones(3).sum().backward(),
    "index out of range": lambda: torch.ones(2)[5],
    "in-place on a leaf": lambda: torch.zeros(3, requires_grad=True).add_(1),
    "numpy of a leaf": lambda: torch.ones(3, requires_grad=True).numpy(),
    "a layer of another width": lambda: nn.Linear(3, 2)(torch.ones(4)),
    "truth of many numbers": lambda: bool(torch.ones(3)),
    "no such function": lambda: torch.no_such_function,
    "no such method": lambda: torch.ones(3).no_such_method,
    "a text": lambda: torch.tensor("a"),
    "a view that does not fit": lambda: torch.ones(3).view(7),
    "a class out of range": lambda: F.cross_entropy(torch.randn(3, 4), torch.tensor([0, 1, 9])),
    "singular": lambda: torch.linalg.inv(torch.zeros(2, 2)),
    "item of many": lambda: torch.ones(2).item(),
    "grad of another": lambda: torch.autograd.grad(
        torch.ones(2, requires_grad=True).sum(), torch.ones(2, requires_grad=True)
    ),
    "grad of another shape": lambda: setattr(torch.ones(3), "grad", torch.ones(4)),
    "data that is no tensor": lambda: setattr(torch.ones(3), "data", 4),
}


@pytest.mark.parametrize("name", WRONG_CALLS)
def test_a_wrong_call_raises_what_it_raises(name):
    def loop():
        w = torch.ones(3, requires_grad=True)
        for _ in range(2):
            try:
                WRONG_CALLS[name]()
            except Exception as error:
                print(type(error).__name__, error)
            (w * 2).sum().backward()
        return w.grad

    twice = check(loop, steps=2)
    assert twice.plain.printed.count("\n") >= 2


def test_a_saved_tensor_is_changed():
    def loop():
        w = torch.ones(3, requires_grad=True)
        for i in range(3):
            z = w.exp()
            loss = z.sum()
            if i == 1:
                z += 1
            try:
                loss.backward()
            except RuntimeError as error:
                print(str(error)[:60])
        return w.grad

    check(loop, steps=3)


# ---------------------------------------------------------------- beside the loop


def test_record_within_record_is_refused_and_the_outer_one_goes_on():
    def loop():
        w = torch.ones(3, requires_grad=True)
        losses = []
        for i in range(4):
            if i == 2:
                try:
                    with record():
                        pass
                except NestedRecordingError:
                    pass
            loss = (w**2).sum()
            loss.backward()
            losses.append(loss.item())
            descend(w)
        return losses, w

    with record() as recording:
        losses, _ = loop()
    assert len(recording.steps) == 4
    assert recording.loss.tolist() == losses
    assert prove(recording).holds


def test_another_thread_trains_meanwhile():
    def loop():
        trained = {}

        def train_elsewhere():
            generator = torch.Generator().manual_seed(5)
            a = torch.randn(3, generator=generator).requires_grad_()
            for _ in range(30):
                (a**2).sum().backward()
                a.data -= 0.01 * a.grad
                a.grad.zero_()
            trained["a"] = a

        thread = threading.Thread(target=train_elsewhere)
        thread.start()
        w = torch.ones(3, requires_grad=True)
        losses = []
        for _ in range(5):
            loss = (w**2).sum()
            loss.backward()
            losses.append(loss.item())
            descend(w)
        thread.join()
        return {"losses": losses, "w": w, "a": trained["a"]}

    twice = run_twice(loop)
    assert twice.recorded == twice.plain
    assert len(twice.recording.steps) == 5
    assert prove(twice.recording).holds


def test_training_in_another_thread_is_noted():
    def loop():
        w = torch.ones(3, requires_grad=True)

        def train():
            for _ in range(4):
                (w**2).sum().backward()
                descend(w)

        thread = threading.Thread(target=train)
        thread.start()
        thread.join()
        return w

    twice = run_twice(loop)
    assert twice.recorded == twice.plain
    assert len(twice.recording.steps) == 4 or twice.recording.notes


def test_batches_are_prepared_in_threads():
    from concurrent.futures import ThreadPoolExecutor

    def loop():
        w = torch.zeros(4, 1, requires_grad=True)
        losses = []
        with ThreadPoolExecutor(2) as pool:
            for _ in range(4):
                parts = list(pool.map(lambda k: torch.full((8, 4), 0.1 * k), range(4)))
                loss = (torch.cat(parts) @ w - 1).square().mean()
                loss.backward()
                losses.append(loss.item())
                descend(w)
        return {"losses": losses, "w": w}

    check(loop, steps=4)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_leaves_the_recording_alone():
    def loop():
        w = torch.ones(3, requires_grad=True)
        for i in range(3):
            (w * 2).sum().backward()
            descend(w)
            if i == 1:
                child = os.fork()
                if child == 0:
                    (w * 2).sum().backward()
                    os._exit(0)
                os.waitpid(child, 0)
        return w

    check(loop, steps=3)


def test_the_garbage_collector_runs_all_the_time():
    def loop():
        x, y = batch()
        model = nn.Linear(4, 1)
        optimizer = torch.optim.Adam(model.parameters(), 0.01)
        losses = []
        before = gc.get_threshold()
        gc.set_threshold(1)
        try:
            for _ in range(4):
                optimizer.zero_grad()
                loss = F.mse_loss(model(x), y)
                cycle = [loss]
                cycle.append(cycle)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
        finally:
            gc.set_threshold(*before)
        return {"losses": losses, "parameters": list(model.parameters())}

    check(loop, steps=4)


# ---------------------------------------------------------------- sizes


def test_shapes_that_change_in_every_turn():
    def loop():
        w = torch.ones(4, requires_grad=True)
        losses = []
        for i in range(10):
            loss = (torch.randn(i + 1, 4) @ w).square().mean()
            loss.backward()
            losses.append(loss.item())
            descend(w)
        return {"losses": losses, "w": w}

    check(loop, steps=10)


def test_thousands_of_operations_in_a_turn():
    def loop():
        w = torch.ones(4, requires_grad=True)
        losses = []
        for _ in range(2):
            h = w
            for k in range(700):
                h = (h + 0.001).tanh() if k % 2 else h * 1.01
            loss = h.sum()
            loss.backward()
            losses.append(loss.item())
            descend(w)
        return {"losses": losses, "w": w}

    check(loop, steps=2)


def test_thousands_of_tensors_in_sight():
    def loop():
        many = {f"tensor {i}": torch.zeros(1) for i in range(3000)}
        w = torch.ones(3, requires_grad=True)
        for _ in range(3):
            (w * 2).sum().backward()
            descend(w)
        return w, len(many)

    check(loop, steps=3)


# ---------------------------------------------------------------- numbers that leave torch


def test_everything_is_printed():
    def loop():
        x, y = batch()
        w = torch.zeros(4, 1, requires_grad=True)
        for _ in range(4):
            z = x @ w
            loss = F.mse_loss(z, y)
            print(loss, f"{loss:.3f} {loss.item()} {w.grad}", repr(z[:2]), str(w.shape), w.tolist())
            loss.backward()
            print(w.grad, w.grad.norm(), len(w), w.grad_fn, type(z.grad_fn).__name__, hash(w) is not None)
            print(int(loss * 100), float(loss.detach()), complex(loss.detach()), torch.tensor(3) in torch.arange(5))
            print("%.4f" % loss.item(), f"{loss.item():.2e}", max(w.detach().flatten()), [*map(float, w.detach())])
            print(range(10)[torch.tensor(3)], [1, 2, 3][torch.tensor(1)], w.detach().numpy().sum())
            descend(w)
        return w

    check(loop, steps=4)


def test_tensors_decide_where_the_loop_goes():
    def loop():
        w = torch.tensor([5.0], requires_grad=True)
        turns = 0
        while w.abs() > 0.5:
            loss = (w**2).sum()
            if loss > 100 or torch.isnan(loss) or not torch.isfinite(loss).all():
                break
            loss.backward()
            descend(w)
            turns += 1
        return turns, w

    # 5 · 0.8^n falls below 0.5 for the first time at n = 11.
    check(loop, steps=11)


def test_a_tensor_is_unpacked_into_one_variable():
    def loop():
        w = torch.tensor([5.0], requires_grad=True)
        for _ in range(3):
            (only,) = w
            (only**2).backward()
            descend(w)
        return w

    check(loop, steps=3)
