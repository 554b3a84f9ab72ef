"""Odd ways to get gradients: hooks, graphs of gradients, functions of one's own, `torch.func`, modes."""

from __future__ import annotations

import warnings

import pytest
import torch
import torch.nn.functional as F
from both_ways import check
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import checkpoint


def batch(n=32):
    x = torch.randn(n, 4)
    return x, (x[:, :1] > 0).float()


def descend(w):
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None


# ---------------------------------------------------------------- backward and grad


def test_grad_instead_of_backward():
    def loop():
        x, y = batch()
        w = torch.zeros(4, 1, requires_grad=True)
        losses = []
        for _ in range(5):
            loss = F.mse_loss(x @ w, y)
            (g,) = torch.autograd.grad(loss, [w])
            losses.append(loss.item())
            w = (w - 0.1 * g).detach().requires_grad_()
        return {"losses": losses, "w": w}

    check(loop, steps=5)


def test_the_graph_is_retained_and_walked_twice():
    def loop():
        x, y = batch()
        model = nn.Linear(4, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(4):
            optimizer.zero_grad()
            loss = F.mse_loss(model(x), y)
            loss.backward(retain_graph=True)
            loss.backward()
            optimizer.step()
        return list(model.parameters())

    check(loop, steps=4)


def test_two_losses_in_one_call():
    def loop():
        x, y = batch()
        model = nn.Linear(4, 1)
        for _ in range(4):
            z = model(x)
            torch.autograd.backward([F.mse_loss(z, y), z.abs().mean()])
            for p in model.parameters():
                descend(p)
        return list(model.parameters())

    check(loop, steps=4)


def test_backward_of_many_numbers_with_their_gradients():
    def loop():
        x, _ = batch()
        model = nn.Linear(4, 1)
        for _ in range(4):
            z = model(x)
            z.backward(gradient=torch.ones_like(z) / 32, inputs=list(model.parameters()))
            for p in model.parameters():
                descend(p)
        return list(model.parameters())

    check(loop, steps=4)


def test_a_gradient_has_a_graph_of_its_own():
    def loop():
        w = torch.randn(3, requires_grad=True)
        for _ in range(4):
            (w**4).sum().backward(create_graph=True)
            g, w.grad = w.grad, None
            (g**2).sum().backward()
            with torch.no_grad():
                w -= 1e-4 * w.grad
            w.grad = None
        return w

    check(loop, steps=4)


def test_newton_needs_a_hessian():
    def loop():
        w = torch.randn(3, requires_grad=True)
        for _ in range(3):
            loss = (w**4).sum() + (w**2).sum()
            (g,) = torch.autograd.grad(loss, w, create_graph=True)
            hessian = torch.stack([torch.autograd.grad(g[k], w, retain_graph=True)[0] for k in range(3)])
            with torch.no_grad():
                w -= torch.linalg.solve(hessian, g)
        return w

    check(loop)


def test_learning_to_learn():
    def loop():
        x, y = batch()
        w = torch.randn(4, 1, requires_grad=True)
        losses = []
        for _ in range(4):
            fast = w
            for _ in range(2):
                (g,) = torch.autograd.grad(F.mse_loss(x[:16] @ fast, y[:16]), fast, create_graph=True)
                fast = fast - 0.1 * g
            loss = F.mse_loss(x[16:] @ fast, y[16:])
            loss.backward()
            losses.append(loss.item())
            descend(w)
        return losses, w

    check(loop)


def test_gradients_are_assigned_and_changed_before_the_update():
    def loop():
        w = torch.ones(3, requires_grad=True)
        optimizer = torch.optim.Adam([w], 0.1)
        for _ in range(4):
            (w**2).sum().backward()
            w.grad = w.grad / w.grad.norm()
            w.grad.mul_(2)
            w.grad += 0.1
            optimizer.step()
            optimizer.zero_grad()
        return w

    check(loop, steps=4)


def test_gradients_live_in_one_flat_tensor():
    def loop():
        x, y = batch()
        flat, flat_grad = torch.zeros(5), torch.zeros(5)
        w, b = flat[:4].view(4, 1).requires_grad_(), flat[4:].requires_grad_()
        w.grad, b.grad = flat_grad[:4].view(4, 1), flat_grad[4:]
        losses = []
        for _ in range(5):
            flat_grad.zero_()
            loss = F.mse_loss(x @ w + b, y)
            loss.backward()
            losses.append(loss.item())
            flat.sub_(flat_grad, alpha=0.1)
        return {"losses": losses, "flat": flat}

    check(loop, steps=5)


def test_a_loss_of_all_losses_so_far():
    def loop():
        w = torch.ones(3, requires_grad=True)
        total = 0
        for _ in range(4):
            loss = (w * 2).sum()
            total = total + loss
            loss.backward(retain_graph=True)
        total.backward()
        return w.grad

    check(loop)


# ---------------------------------------------------------------- hooks


def test_hooks_of_tensors_change_gradients():
    def loop():
        x, y = batch()
        w = torch.randn(4, 1, requires_grad=True)
        w.register_hook(lambda g: g * 0.5)
        seen = []
        for _ in range(4):
            z = x @ w
            z.register_hook(lambda g: g.clamp(-0.01, 0.01))
            z.retain_grad()
            F.mse_loss(z, y).backward()
            seen.append(z.grad.clone())
            descend(w)
        return w, seen

    check(loop, steps=4)


def test_hooks_of_nodes_change_gradients():
    def loop():
        w = torch.ones(3, requires_grad=True)
        seen = []
        for _ in range(3):
            z = w * 2
            loss = z.sum()
            loss.grad_fn.register_hook(lambda inputs, outputs: seen.append(inputs[0].tolist()))
            z.grad_fn.register_prehook(lambda outputs: (outputs[0] * 3,))
            loss.backward()
            descend(w)
        return w, seen

    check(loop, steps=3)


def test_hooks_of_modules_change_activations_and_gradients():
    def loop():
        x, y = batch()
        x.requires_grad_()
        model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
        model[0].register_forward_hook(lambda module, inputs, output: output * 1.5)
        model[1].register_forward_pre_hook(lambda module, inputs: (inputs[0] + 0.1,))
        model[2].register_full_backward_hook(lambda module, inputs, outputs: (inputs[0] * 0.5,))
        model[2].register_full_backward_pre_hook(lambda module, outputs: (outputs[0] * 2,))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        for _ in range(4):
            optimizer.zero_grad()
            F.mse_loss(model(x), y).backward()
            optimizer.step()
        return list(model.parameters())

    check(loop, steps=4)


def test_a_hook_updates_as_soon_as_a_gradient_is_there():
    def loop():
        x, y = batch()
        model = nn.Linear(4, 1)
        optimizers = {p: torch.optim.SGD([p], lr=0.1) for p in model.parameters()}

        def update(p):
            optimizers[p].step()
            optimizers[p].zero_grad()

        for p in model.parameters():
            p.register_post_accumulate_grad_hook(update)
        for _ in range(5):
            F.mse_loss(model(x), y).backward()
        return list(model.parameters())

    check(loop, steps=5)


def test_a_hook_waits_for_several_gradients():
    def loop():
        a, b = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
        seen = []
        torch.autograd.graph.register_multi_grad_hook((a, b), lambda gradients: seen.append(len(gradients)))
        for _ in range(3):
            (a * b * 2).sum().backward()
        return seen, a.grad, b.grad

    check(loop, steps=3)


def test_saved_tensors_are_packed():
    def loop():
        x, y = batch()
        w = torch.randn(4, 1, requires_grad=True)
        packed = []

        def pack(tensor):
            packed.append(tuple(tensor.shape))
            return tensor.double()

        for _ in range(3):
            with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor.float()):
                loss = F.mse_loss((x @ w).sigmoid(), y)
            loss.backward()
            descend(w)
        return w, packed

    check(loop, steps=3)


@pytest.mark.parametrize("reentrant", [True, False])
def test_activations_are_computed_again_in_backward(reentrant):
    def loop():
        x, y = batch()
        x.requires_grad_()
        first, second = nn.Linear(4, 8), nn.Linear(8, 1)
        parameters = [*first.parameters(), *second.parameters()]
        for _ in range(4):
            h = checkpoint(lambda t: F.dropout(torch.tanh(first(t)), 0.2), x, use_reentrant=reentrant)
            F.mse_loss(second(h), y).backward()
            for p in parameters:
                descend(p)
        return parameters

    check(loop, steps=4)


def test_anomalies_are_looked_for():
    def loop():
        w = torch.randn(4, requires_grad=True)
        with torch.autograd.set_detect_anomaly(True, check_nan=True):
            for _ in range(3):
                w.sigmoid().square().mean().backward()
                descend(w)
        return w

    check(loop, steps=3)


def test_backward_on_this_thread_only():
    def loop():
        w = torch.randn(4, requires_grad=True)
        with torch.autograd.set_multithreading_enabled(False):
            for _ in range(3):
                w.sigmoid().square().mean().backward()
                descend(w)
        return w

    check(loop, steps=3)


# ---------------------------------------------------------------- functions of one's own


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x * x * g


class DoubleInPlace(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        x.mul_(2)
        return x

    @staticmethod
    def backward(ctx, g):
        return g * 2


class SineInNumpy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.x = x.detach().clone()
        return torch.from_numpy(ctx.x.numpy()).sin()

    @staticmethod
    def backward(ctx, g):
        return torch.from_numpy(ctx.x.numpy()).cos() * g


@pytest.mark.parametrize("function", [Cube, DoubleInPlace, SineInNumpy])
def test_a_function_with_a_backward_of_its_own(function):
    def loop():
        w = torch.randn(3, requires_grad=True)
        for _ in range(4):
            (function.apply(w * 1) - 1).square().mean().backward()
            descend(w)
        return w

    check(loop, steps=4)


def test_a_function_of_two_inputs_and_two_outputs():
    class ProductAndSum(torch.autograd.Function):
        @staticmethod
        def forward(a, b, number, text=None):
            return a * b, a + b

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.a, ctx.b, *_ = inputs
            ctx.set_materialize_grads(False)

        @staticmethod
        def backward(ctx, g, h):
            return (g * ctx.b if h is None else g * ctx.b + h), g * ctx.a, None, None

    def loop():
        v, w = torch.randn(3, requires_grad=True), torch.randn(3, requires_grad=True)
        for i in range(4):
            a, b = ProductAndSum.apply(v, w, 3, "text")
            (a.square().mean() + (b.sum() if i % 2 else 0)).backward()
            descend(v)
            descend(w)
        return v, w

    check(loop, steps=4)


def test_a_registered_operation():
    @torch.library.custom_op("retrograd_tests::cube", mutates_args=())
    def cube(x: torch.Tensor) -> torch.Tensor:
        return x.clone() ** 3

    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x * x * g

    cube.register_autograd(backward, setup_context=lambda ctx, inputs, output: ctx.save_for_backward(inputs[0]))

    def loop():
        w = torch.randn(3, requires_grad=True)
        for _ in range(3):
            cube(w).sum().backward()
            descend(w)
        return w

    check(loop, steps=3)


# ---------------------------------------------------------------- torch.func


def test_a_function_and_its_gradient():
    def loop():
        x, y = batch()
        w = torch.zeros(4, 1)
        losses = []
        step = torch.func.grad_and_value(lambda w: F.mse_loss(x @ w, y))
        for _ in range(5):
            g, loss = step(w)
            w = w - 0.1 * g
            losses.append(loss.item())
        return {"losses": losses, "w": w}

    check(loop, steps=5)


def test_gradients_of_each_sample():
    def loop():
        x, y = batch(8)
        model = nn.Linear(4, 1)
        parameters = {name: p.detach() for name, p in model.named_parameters()}

        def loss(parameters, x, y):
            return F.mse_loss(torch.func.functional_call(model, parameters, (x[None],)), y[None])

        each = torch.func.vmap(torch.func.grad(loss), (None, 0, 0))
        for _ in range(3):
            gradients = each(parameters, x, y)
            parameters = {name: p - 0.1 * gradients[name].mean(0) for name, p in parameters.items()}
        return parameters

    check(loop, steps=3)


def test_a_hessian_of_a_function():
    # The first in a process compiles decompositions, and torch warns of how; after that two loops are alike.
    with warnings.catch_warnings(action="ignore"):
        torch.func.hessian(torch.sum)(torch.ones(2))

    def loop():
        w = torch.randn(3)
        for _ in range(3):
            hessian = torch.func.hessian(lambda w: (w**4).sum())(w)
            w = w - 0.01 * hessian.diagonal()
        return w

    twice = check(loop, holds=False)
    assert len(twice.recording.steps) == 3


def test_a_module_called_with_other_parameters():
    def loop():
        x, y = batch()
        model = nn.Linear(4, 1)
        parameters = {name: p.detach().clone().requires_grad_() for name, p in model.named_parameters()}
        for _ in range(4):
            F.mse_loss(torch.func.functional_call(model, parameters, (x,)), y).backward()
            for p in parameters.values():
                descend(p)
        return parameters

    check(loop, steps=4)


def test_vmap_in_the_forward():
    def loop():
        w, x = torch.randn(4, requires_grad=True), torch.randn(8, 4)
        for _ in range(4):
            torch.vmap(lambda row: (row * w).sum().sin())(x).mean().backward()
            descend(w)
        return w

    check(loop, steps=4)


def test_derivatives_in_a_direction_make_no_step():
    import torch.autograd.forward_ad as forward

    def loop():
        w = torch.randn(4)
        for _ in range(4):
            v = torch.randn(4)
            with forward.dual_level():
                slope = forward.unpack_dual((forward.make_dual(w, v) ** 2).sum()).tangent
            w = w - 0.1 * slope * v
        return w

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loop()  # PyTorch compiles its rules the first time, and warns about that
    check(loop, steps=0)


# ---------------------------------------------------------------- tracking and modes


def test_gradients_are_tracked_and_not_by_turns():
    def loop():
        w = torch.ones(3, requires_grad=True)
        for _ in range(4):
            torch.set_grad_enabled(False)
            a = w * 2
            torch.set_grad_enabled(True)
            with torch.inference_mode(False), torch.enable_grad():
                loss = (w * a).sum()
            loss.backward()
            with torch.set_grad_enabled(False):
                w -= 0.01 * w.grad
            w.grad = None
        return w, torch.is_grad_enabled()

    check(loop, steps=4)


def test_decorators_turn_tracking_on_and_off():
    def loop():
        x, y = batch()
        w = torch.zeros(4, 1, requires_grad=True)

        @torch.no_grad()
        def update():
            w.sub_(0.1 * w.grad)
            w.grad.zero_()

        @torch.enable_grad()
        def differentiate():
            F.mse_loss(x @ w, y).backward()

        with torch.no_grad():
            for _ in range(4):
                differentiate()
                update()
        return w

    check(loop, steps=4)


def test_evaluation_in_inference_mode():
    def loop():
        x, y = batch()
        model = nn.Linear(4, 1)
        for _ in range(4):
            F.mse_loss(model(x), y).backward()
            for p in model.parameters():
                descend(p)
            with torch.inference_mode():
                z = model(x)
                z += 1
                print(z.sum().item(), z.is_inference())
        return list(model.parameters())

    check(loop, steps=4)


def test_layers_are_frozen_and_thawed():
    def loop():
        model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 1))
        optimizer = torch.optim.SGD(model.parameters(), 0.1)
        for turn in range(6):
            model[0].requires_grad_(turn % 2 == 0)
            optimizer.zero_grad()
            model(torch.ones(2, 3)).sum().backward()
            optimizer.step()
        return list(model.parameters())

    check(loop, steps=6)


class Counting(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.names.append(str(func))
        return func(*args, **(kwargs or {}))


class Replacing(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        return torch.tanh(*args) if func is torch.relu else func(*args, **(kwargs or {}))


def test_the_person_watches_operations_as_well():
    def loop():
        w = torch.ones(3, requires_grad=True)
        counting = Counting()
        with counting:
            for _ in range(3):
                (w * torch.arange(3.0)).exp().sum().backward()
                descend(w)
        return w, counting.names

    check(loop, steps=3)


def test_a_mode_of_the_person_replaces_a_function():
    def loop():
        w = torch.ones(3, requires_grad=True)
        for _ in range(3):
            with Replacing():
                loss = torch.relu(w).sum()
            loss.backward()
            descend(w)
        return w

    check(loop, steps=3)


def test_operations_are_counted_and_profiled():
    from torch.utils.flop_counter import FlopCounterMode

    def loop():
        x, y = batch()
        model = nn.Linear(4, 1)
        operations = []
        for _ in range(3):
            with FlopCounterMode(display=False) as counter, torch.profiler.record_function("step"):
                F.mse_loss(model(x), y).backward()
            operations.append(counter.get_total_flops())
        return operations, [p.grad for p in model.parameters()]

    check(loop, steps=3)


# ---------------------------------------------------------------- compilers


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_scripted_function():
    def loop():
        # Compiled anew for each run, for its first calls are not like the later ones.
        @torch.jit.script
        def product(x, w):
            return torch.tanh(x @ w).sum()

        x, _ = batch()
        w = torch.randn(4, 1, requires_grad=True)
        for _ in range(4):
            product(x, w).backward()
            descend(w)
        return w

    check(loop, steps=4)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_a_module_is_traced():
    class Flat(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(4, 4)

        def forward(self, x):
            # The trace holds sizes as tensors.
            return self.inner(x).view(x.shape[0], -1) * x.size(1)

    def loop():
        x, _ = batch()
        traced = torch.jit.trace(Flat(), x)
        for _ in range(6):
            traced(x).square().sum().backward()
            for p in traced.parameters():
                descend(p)
        return list(traced.parameters()), [node.kind() for node in traced.inlined_graph.nodes()]

    check(loop, steps=6)


def test_a_compiled_function_runs_as_it_is_written_and_that_is_noted():
    def loop():
        torch._dynamo.reset()
        x, y = batch()
        model = nn.Linear(4, 1)
        compiled = torch.compile(model, backend="eager")
        for _ in range(5):
            F.mse_loss(compiled(x), y).backward()
            for p in model.parameters():
                descend(p)
        return list(model.parameters())

    twice = check(loop, steps=5, holds=False)
    (note,) = twice.recording.notes
    assert "torch.compile" in note.text


@pytest.mark.slow
@pytest.mark.xfail(reason="torch.compile does not compile while a dispatch mode is on")
def test_a_compiled_function_is_still_compiled():
    def loop():
        def backend(module, inputs):
            return lambda *arguments: tuple(output * 2 for output in module.forward(*arguments))

        torch._dynamo.reset()
        compiled = torch.compile(lambda w: (w.tanh() * 3).sum(), backend=backend)
        w = torch.ones(3, requires_grad=True)
        for _ in range(3):
            compiled(w).backward()
            descend(w)
        return w

    check(loop, steps=3, holds=False)
