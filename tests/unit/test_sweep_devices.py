"""Sweeps on a GPU: without one, whether devices are ever mixed; with one, beside the CPU. And recordings from a GPU."""

import runpy
from dataclasses import replace

import numpy as np
import pytest

import retrograd
from retrograd.cli import main
from retrograd.engines.batch import Batches, begun_with, run_together
from retrograd.errors import NotSweepableError, SweepError
from retrograd.recording import Recording
from retrograd.sweeps.ordering import ordered

torch = pytest.importorskip("torch")

from torch._subclasses.fake_tensor import FakeTensorMode  # noqa: E402
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402
from torch.utils._pytree import tree_leaves, tree_map  # noqa: E402

NOTEBOOK = """
import torch
torch.manual_seed(0)
x, y = torch.ones(5), torch.zeros(3)
w = torch.randn(5, 3, requires_grad=True)
b = torch.randn(3, requires_grad=True)
lr = 0.1
for step in range(60):
    z = torch.matmul(x, w) + b
    loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
    w.grad.zero_()
    b.grad.zero_()
    if loss.item() <= 0.05:
        break
"""

# A turn that makes tensors of its own in many ways: each has to come about where the others are.
NETWORK = """
import torch
torch.manual_seed(1)
x, labels = torch.randn(12, 4), torch.arange(12) % 3
w, v = torch.randn(4, 8, requires_grad=True), torch.randn(8, 3, requires_grad=True)
velocity = [torch.zeros(4, 8), torch.zeros(8, 3)]
lr, momentum = 0.05, 0.5
for step in range(25):
    weights = torch.full((3,), 0.5) + torch.tensor([0.5, 1.0, 1.5])
    hidden = torch.relu(x @ w) + torch.zeros(12, 8) + torch.arange(8).float() * 0.01
    hidden = torch.where(hidden > torch.ones(()), torch.tensor(1.0), hidden)
    loss = torch.nn.functional.cross_entropy(hidden @ v, labels, weight=weights)
    loss.backward()
    with torch.no_grad():
        for p, speed in zip((w, v), velocity):
            speed.mul_(momentum).add_(p.grad)
            p -= lr * speed
            p.grad = None
"""

# PyTorch's `vmap` runs this one, for no rule is written down for it.
CONVOLUTION = """
import torch
torch.manual_seed(3)
pictures, y = torch.randn(5, 1, 6, 6), torch.randn(5)
kernel = torch.randn(2, 1, 3, 3, requires_grad=True)
lr = 0.05
for step in range(12):
    loss = ((torch.relu(torch.nn.functional.conv2d(pictures, kernel)).mean((1, 2, 3)) - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        kernel -= lr * kernel.grad
    kernel.grad = None
"""

# What comes from outside in each turn is on the CPU at first.
BATCHES = """
import torch
from numpy.random import default_rng
torch.manual_seed(2)
draw = default_rng(0)
w = torch.zeros(2, requires_grad=True)
lr = 0.1
for step in range(9):
    x = torch.from_numpy(draw.normal(size=(4, 2)).astype("float32"))
    loss = ((x @ w - 1) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
    w.grad = None
"""

LOOPS = {"notebook": NOTEBOOK, "network": NETWORK, "batches": BATCHES, "convolution": CONVOLUTION}


def recorded(tmp_path, text):
    script = tmp_path / "train.py"
    script.write_text(text)
    with retrograd.record(tmp_path / "train.retro", overwrite=True) as recording:
        runpy.run_path(str(script))
    return recording


def work_of(recording, seeds=None, **numbers):
    order, plan = ordered(
        recording, numbers, seeds, until=None, max_steps=None, growth=None, start=None, engine="batch", dtype=None,
        device=None, history=True, parameters=True,
    )  # fmt: skip
    return plan.work(0, order.grid.count, order.stop, history=True, parameters=True)


RATES = {"lr": [0.01, 0.1, 0.4]}
SEEDS = {"notebook": 4, "network": 2, "batches": None, "convolution": 2}


# ---------------------------------------------------------------- without a GPU


# In a PyTorch without CUDA a convolution of such tensors is no more than an error.
@pytest.mark.parametrize("kind", ["notebook", "network", "batches"])
def test_turns_on_a_gpu_never_mix_it_with_the_cpu(tmp_path, kind):
    work = work_of(recorded(tmp_path, LOOPS[kind]), SEEDS[kind], **RATES)
    begun, left = begun_with(work), {}
    for position in range(6):
        Batches(work).flow(position)  # tracing needs numbers
    # Such tensors have none, but PyTorch refuses to compute with two of them that are on different devices.
    with FakeTensorMode(allow_non_fake_inputs=True):
        batches = Batches(replace(work, device="cuda:0"))
        begun = {slot: (tensor.to("cuda:0"), marked) for slot, (tensor, marked) in begun.items()}
        numbers = [torch.empty(work.count, device="cuda:0") for _ in work.values]
        for position in range(5):
            loss, left = batches.run(position, batches.held(position, begun, left), numbers)
            assert {loss.device.type, *(t.device.type for t, _ in left.values())} == {"cuda"}


class There(torch.Tensor):
    """A tensor of another device: its numbers are on the CPU, and only `Elsewhere` gets at them."""

    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(
            cls, inner.shape, inner.stride(), inner.storage_offset(), dtype=inner.dtype, device="meta"
        )

    def __init__(self, inner):
        self.inner = inner

    __torch_function__ = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(cls, function, types, arguments=(), keywords=None):
        with Elsewhere():
            return function(*arguments, **(keywords or {}))


class Elsewhere(TorchDispatchMode):
    """Lets `meta` be a device that computes, to the same bits as the CPU, and whose tensors mix with no others."""

    def __torch_dispatch__(self, function, types, arguments=(), keywords=None):
        keywords = dict(keywords or {})
        if torch._C._dispatch_has_kernel_for_dispatch_key(function.name(), "CompositeImplicitAutograd"):
            with self:  # below autograd they come here whole
                return function.decompose(*arguments, **keywords)
        tensors = [part for part in tree_leaves((arguments, keywords)) if isinstance(part, torch.Tensor)]
        moving = function is torch.ops.aten._to_copy.default and keywords.get("device") is not None
        places = {type(tensor) is There for tensor in tensors if tensor.dim() or type(tensor) is There}
        if len(places) > 1:
            raise RuntimeError(f"{function} mixes devices")
        wanted = keywords.get("device")
        there = (
            torch.device(wanted).type == "meta" if moving or (wanted is not None and not tensors) else True in places
        )
        if wanted is not None:
            keywords["device"] = torch.device("cpu")
        inner = tree_map(lambda part: part.inner if type(part) is There else part, (arguments, keywords))
        result = function(*inner[0], **inner[1])
        return tree_map(lambda part: There(part) if there and isinstance(part, torch.Tensor) else part, result)


def test_the_other_device_of_these_tests_refuses_to_mix():
    with Elsewhere():
        there = torch.ones(3).to("meta")
        assert (there + 1).cpu().tolist() == [2, 2, 2]
        with pytest.raises(RuntimeError, match="mixes devices"):
            there + torch.ones(3)
        with pytest.raises((RuntimeError, TypeError)):
            there.numpy()


@pytest.mark.parametrize("kind", LOOPS)
def test_runs_on_another_device_are_those_of_the_cpu(tmp_path, kind):
    work = work_of(recorded(tmp_path, LOOPS[kind]), SEEDS[kind], **RATES)
    here = run_together(work, lanes=4)
    with Elsewhere():
        there = run_together(replace(work, device="meta"), lanes=4)
    for name in ("steps", "final_loss", "first_loss", "lowest_loss", "ended", "turning", "shrinking", "history"):
        np.testing.assert_array_equal(getattr(there, name), getattr(here, name))
    assert len(here.parameters) > 0
    for name, array in here.parameters.items():
        np.testing.assert_array_equal(there.parameters[name], array)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_said(tmp_path, capsys):
    recording = recorded(tmp_path, NOTEBOOK)
    for device in ("cuda", "cuda:1", torch.device("cuda")):
        with pytest.raises(SweepError, match=r"cuda.* was asked for, but PyTorch finds no GPU here .*Leave the device"):
            retrograd.sweep(recording, lr=[0.1], device=device)
    assert main(["sweep", str(tmp_path / "train.retro"), "--device", "cuda", "--engine", "batch"]) == 2
    assert "finds no GPU here" in capsys.readouterr().err


def test_engines_of_the_cpu_refuse_a_gpu_and_name_the_one_that_takes_it(tmp_path):
    recording = recorded(tmp_path, NOTEBOOK)
    for engine in ("loop", "compiled"):
        with pytest.raises(SweepError, match=f"`{engine}` computes on the CPU, and cuda was asked for.*engine='batch'"):
            retrograd.sweep(recording, lr=[0.1], engine=engine, device="cuda")


@pytest.mark.parametrize("device", ["tpu", "cuda:", "cuda:x", "cpu:0", ""])
def test_what_is_no_device_is_refused(tmp_path, device):
    with pytest.raises(SweepError, match="there is no device"):
        retrograd.sweep(recorded(tmp_path, NOTEBOOK), lr=[0.1], device=device)


def test_the_result_says_where_it_was_computed(tmp_path):
    recording = recorded(tmp_path, NOTEBOOK)
    for device in (None, "cpu"):
        assert retrograd.sweep(recording, lr=[0.1], device=device).attrs["device"] == "cpu"


# ---------------------------------------------------------------- recordings from a GPU


class OnCuda:
    """The source of a recording, as it would be had the loop run on a GPU."""

    def __init__(self, source):
        self._source, self._programs = source, {}

    def __getattr__(self, name):
        return getattr(self._source, name)

    def step(self, number):
        step = self._source.step(number)
        return replace(step, program=self._moved(step.program))

    def programs(self):
        return [self._moved(program) for program in self._source.programs()]

    def _moved(self, program):
        if program is not None and program.number not in self._programs:
            slots = tuple(replace(slot, device="cuda:0") for slot in program.slots)
            operations = tuple(
                replace(
                    o, keywords={**o.keywords, "device": {"device": "cuda:0"}} if "device" in o.keywords else o.keywords
                )
                for o in program.operations
            )
            self._programs[program.number] = replace(program, slots=slots, operations=operations, cache={})
        return None if program is None else self._programs[program.number]


@pytest.mark.parametrize("engine", ["loop", "batch"])
@pytest.mark.parametrize("kind", LOOPS)
def test_a_recording_from_a_gpu_is_swept_on_the_cpu_from_its_recorded_start(tmp_path, kind, engine):
    recording = recorded(tmp_path, LOOPS[kind])
    from_gpu = Recording(OnCuda(recording.source))
    here, there = (retrograd.sweep(one, lr=[0.01, 0.4], engine=engine) for one in (recording, from_gpu))
    np.testing.assert_array_equal(there["final_loss"].values, here["final_loss"].values)
    assert there.attrs["recorded_on"].startswith("cuda:0, ")
    assert "recorded_on" not in here.attrs


def test_what_a_gpu_drew_is_not_drawn_by_the_cpu(tmp_path):
    from_gpu = Recording(OnCuda(recorded(tmp_path, NOTEBOOK).source))
    with pytest.raises(NotSweepableError, match=r"drawn on cuda:0, .*no seeds"):
        retrograd.sweep(from_gpu, lr=[0.1], seeds=2)
    assert "bitwise" not in retrograd.sweep(from_gpu, lr=[0.1]).attrs["engine_reason"]


# ---------------------------------------------------------------- with a GPU


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that PyTorch reaches by CUDA")
@pytest.mark.parametrize("kind", LOOPS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_gpu_trains_as_the_cpu_does_within_rounding(tmp_path, kind, dtype):
    recording = recorded(tmp_path, LOOPS[kind])
    asked = {**RATES, "seeds": SEEDS[kind], "engine": "batch", "dtype": dtype}
    here, there = retrograd.sweep(recording, **asked), retrograd.sweep(recording, device="cuda", **asked)
    assert there.attrs["device"] == "cuda"
    apart = np.abs(here["steps"].values - there["steps"].values)
    assert apart.max() <= (1 if dtype == "float32" else 0)
    rounding = 256 * torch.finfo(getattr(torch, dtype)).eps  # each step adds some roundings of its own
    close = np.isclose(here["final_loss"], there["final_loss"], rtol=rounding, atol=rounding)
    assert close[apart == 0].all()
