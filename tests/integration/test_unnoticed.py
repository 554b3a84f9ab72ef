"""The person's loop does not notice that it is recorded: same numbers, same text, same end, nothing left behind."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from both_ways import LOOPS, both, check, run_twice, scripts
from torch import nn
from torch.multiprocessing.reductions import StorageWeakRef

import retrograd
from retrograd.recorder import record

# ---------------------------------------------------------------- whole scripts


@pytest.mark.parametrize("path", scripts(), ids=lambda path: path.stem)
def test_a_script_computes_prints_draws_and_raises_the_same(path: Path) -> None:
    plain, recorded = both(path)
    assert recorded.printed == plain.printed
    assert (type(recorded.error), str(recorded.error)) == (type(plain.error), str(plain.error))
    assert recorded.random == plain.random
    assert recorded.tensors == plain.tensors


RAN = [
    "early_exit",  # ends with a status of its own
    "graph_held",  # a warning of C++, given once
    "parameter_not_leaf",  # a warning, then an exception
    "scheduler_before_step",  # a warning of a module of PyTorch
    "targets_broadcast",  # a warning of a function of PyTorch
    "two_networks",  # nothing of the kind
]


@pytest.mark.parametrize("name", RAN)
def test_a_process_writes_and_ends_the_same(name: str, tmp_path: Path) -> None:
    script = str(LOOPS / f"{name}.py")
    plain = begin([script], tmp_path)
    recorded = begin(["-m", "retrograd", "run", "--force", "-o", f"{name}.retro", script], tmp_path)
    output, errors = plain.communicate(timeout=120)
    output_then, errors_then = recorded.communicate(timeout=120)
    assert recorded.returncode == plain.returncode
    assert output_then == output
    lines = errors_then.splitlines(keepends=True)
    assert b"".join(line for line in lines if not line.startswith(b"retrograd: ")) == errors


def begin(arguments: list[str], folder: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "PYTHONPATH": str(Path(retrograd.__path__[0]).parent),
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
    }
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, *arguments], cwd=folder, env=environment, stdout=pipe, stderr=pipe)


# ---------------------------------------------------------------- during the recording


def train(turns: int = 3) -> torch.Tensor:
    w = torch.ones(3, requires_grad=True)
    for _ in range(turns):
        (w**2).sum().backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
        w.grad = None
    return w


def test_counters_and_counts_are_what_they_would_be() -> None:
    def loop() -> Any:
        w = torch.ones(3, 4, requires_grad=True)
        first = torch.autograd._get_sequence_nr()
        seen = []
        for _ in range(4):
            z = w * 2
            loss = z.t().sum()
            loss.backward()
            seen.append((w._version, z._version, w.grad._version, w.grad.stride(), torch.is_grad_enabled()))
            seen.append((w._use_count(), z._use_count(), w.grad._use_count()))
            seen.append(torch.autograd._get_sequence_nr() - first)
            w.data.sub_(w.grad)
            w.grad = None
        return seen

    check(loop, steps=4)


def test_gradients_share_memory_as_they_would() -> None:
    def loop() -> Any:
        shared = []
        for _ in range(3):
            a, b = torch.ones(3, 4, requires_grad=True), torch.ones(3, 4, requires_grad=True)
            g = torch.randn(3, 4)
            (a + b).backward(g)
            shared.append([t.grad.data_ptr() == u.data_ptr() for t, u in ((a, b.grad), (a, g), (b, g))])
            v = torch.ones(4, 3, requires_grad=True)
            (v.t() * g).sum().backward()
            shared.append((v.grad.stride(), v.grad.is_contiguous()))
            h = v.clone()
            h.retain_grad()
            h.view(12).sum().backward()
            shared.append((h.grad.stride(), v.grad.data_ptr() == h.grad.data_ptr()))
        return shared

    check(loop)


def test_intermediate_results_die_as_they_would() -> None:
    def loop() -> Any:
        x, w = torch.randn(8, 4), torch.zeros(4, requires_grad=True)
        alive = []
        gc.disable()
        try:
            for _ in range(4):
                z = x @ w
                loss = z.square().mean()
                ends = [weakref.ref(z), weakref.ref(loss), StorageWeakRef(z.untyped_storage())]
                loss.backward()
                del z, loss
                ends.append(weakref.ref(w.grad))
                w.data.sub_(w.grad)
                w.grad = None
                alive.append([ends[0]() is None, ends[1]() is None, ends[2].expired(), ends[3]() is None])
        finally:
            gc.enable()
        return alive

    twice = check(loop, steps=4)
    assert twice.plain.result == [[True] * 4] * 4


def test_the_memory_of_large_tensors_is_released() -> None:
    def loop() -> Any:
        w = torch.ones(1000, requires_grad=True)
        storages = []
        for _ in range(5):
            z = torch.randn(100, 1000) * w
            storages.append(StorageWeakRef(z.untyped_storage()))
            z.square().mean().backward()
            w.data.sub_(w.grad)
            w.grad = None
        z = None
        return storages

    with record():
        storages = loop()
        assert [storage.expired() for storage in storages] == [True] * 5


def test_the_dictionary_of_local_variables_is_left_alone() -> None:
    def fit(learning_rate: float = 0.1, turns: int = 3) -> Any:
        options = locals()
        w = torch.ones(3, requires_grad=True)
        for _ in range(turns):
            (w**2).sum().backward()
            w.data.sub_(learning_rate * w.grad)
            w.grad = None
        return sorted(options), w

    twice = check(fit, steps=3)
    assert twice.plain.result[0] == ["learning_rate", "turns"]


class Rate(float):
    def __eq__(self, other: object) -> bool:
        print("compared")
        return float(self) == other

    __hash__ = float.__hash__


class Listing(nn.Linear):
    def named_parameters(self, *args: Any, **kwargs: Any) -> Any:
        print("parameters listed")
        return super().named_parameters(*args, **kwargs)


class Touchy:
    """Whatever one asks of it, it complains."""

    def _complain(self, *args: object) -> Any:
        raise AssertionError("somebody touched it")

    __getattr__ = __eq__ = __hash__ = __len__ = __bool__ = __iter__ = __repr__ = _complain  # type: ignore[assignment]


def test_objects_of_the_person_are_not_touched() -> None:
    def loop() -> Any:
        touchy, learning_rate, model = Touchy(), Rate(0.1), Listing(4, 1)
        several = [touchy, {"touchy": touchy}]
        for _ in range(3):
            model(torch.ones(2, 4)).sum().backward()
            with torch.no_grad():
                model.weight -= learning_rate * model.weight.grad
            model.weight.grad = None
        return model.weight, len(several)

    twice = check(loop, steps=3)
    assert twice.plain.printed == ""


def test_warnings_point_to_the_persons_line() -> None:
    def loop() -> Any:
        w = torch.ones(3, requires_grad=True)
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            for _ in range(3):
                F.mse_loss(w, torch.ones(1, 3)).backward()
                float(w.sum())
                warnings.warn("a warning of one's own", stacklevel=1)
        return w.grad

    twice = check(loop, steps=3)
    assert len(twice.plain.warned) == 9
    assert {Path(file).name for file, *_ in twice.plain.warned} == {Path(__file__).name}


@pytest.mark.parametrize("action", ["default", "once", "error", "ignore"])
def test_warnings_are_shown_as_often_as_they_would_be(action: Any) -> None:
    def loop() -> Any:
        w = torch.ones(3, requires_grad=True)
        with warnings.catch_warnings():
            warnings.simplefilter(action)
            for _ in range(3):
                try:
                    F.mse_loss(w, torch.ones(1, 3)).backward()
                except UserWarning as warning:
                    print(str(warning)[:20])
        return w.grad

    # Python remembers what it has shown, so each run needs a module of its own to remember it.
    twice = run_twice(lambda: called_from_a_fresh_module(loop))
    assert twice.recorded == twice.plain


def called_from_a_fresh_module(loop: Callable[[], Any]) -> Any:
    globals().pop("__warningregistry__", None)
    return loop()


@pytest.mark.parametrize("action", ["error", "ignore"])
def test_warnings_are_filtered_by_the_persons_module(action: Any) -> None:
    def loop() -> Any:
        w = torch.ones(3, requires_grad=True)
        with warnings.catch_warnings():
            warnings.filterwarnings(action, module=__name__)
            for _ in range(2):
                try:
                    F.mse_loss(w, torch.ones(1, 3)).backward()
                except UserWarning as warning:
                    print(str(warning)[:20])
        return w.grad

    twice = run_twice(loop)
    assert twice.recorded == twice.plain
    assert not twice.plain.warned


# ---------------------------------------------------------------- after the recording

HOLDERS = {
    "torch": torch,
    "torch._C": torch._C,
    "Tensor": torch.Tensor,
    "TensorBase": torch._C.TensorBase,
    "UntypedStorage": torch.UntypedStorage,
    "torch.autograd": torch.autograd,
    "torch.autograd.graph": torch.autograd.graph,
    "torch.autograd.grad_mode": torch.autograd.grad_mode,
    "torch.nn": nn,
    "torch.nn.functional": F,
    "Module": nn.Module,
    "Optimizer": torch.optim.Optimizer,
    "torch.overrides": torch.overrides,
    "torch.utils._python_dispatch": torch.utils._python_dispatch,
    "OpOverload": torch._ops.OpOverload,
    "torch.linalg": torch.linalg,
    "torch.func": torch.func,
    "torch.random": torch.random,
    "warnings": warnings,
    "sys": sys,
    "threading": threading,
    "builtins": __import__("builtins"),
    "gc": gc,
}

CHANGES_BY_ITSELF = {("warnings", "_filters_version"), ("warnings", "__warningregistry__")}


def everything() -> dict[Any, Any]:
    """Return what may not be different after a recording."""
    found: dict[Any, Any] = {
        (name, attribute): id(thing)
        for name, holder in HOLDERS.items()
        for attribute, thing in list(vars(holder).items())
        if (name, attribute) not in CHANGES_BY_ITSELF and not isinstance(thing, ModuleType)
    }
    found["modes"] = (torch._C._len_torch_function_stack(), torch._C._len_torch_dispatch_stack())
    found["inside"] = torch.utils._python_dispatch.is_in_torch_dispatch_mode()
    found["tracing"] = (sys.gettrace(), sys.getprofile(), threading.gettrace(), len(gc.callbacks))
    found["switches"] = (torch.is_grad_enabled(), torch.get_num_threads(), torch.get_default_dtype())
    found["filters"] = list(warnings.filters)
    found["threads"] = threading.active_count()
    return found


def fails() -> None:
    train(2)
    raise ValueError("in the middle")


@pytest.mark.parametrize("loop", [train, fails])
@pytest.mark.parametrize("in_file", [False, True])
def test_nothing_stays_patched(loop: Callable[[], Any], in_file: bool, tmp_path: Path) -> None:
    def recorded(name: str) -> None:
        try:
            with record(tmp_path / name if in_file else None):
                loop()
        except ValueError:
            pass

    recorded("first.retro")  # PyTorch itself fills some tables when they are first used
    before = everything()
    recorded("second.retro")
    after = everything()
    assert {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} == set()


def test_no_code_of_ours_runs_after_the_recording() -> None:
    package = str(Path(retrograd.__path__[0]))
    ours = []

    def look(frame: Any, event: str, argument: Any) -> None:
        if frame.f_code.co_filename.startswith(package):
            ours.append(frame.f_code.co_qualname)

    with record():
        w = train()
        kept = (w * 2).sum()
        kept.backward(retain_graph=True)
    gc.collect()  # what the recorder leaves behind goes now
    sys.setprofile(look)
    try:
        kept.backward()  # its nodes were watched when it was called first
        train()
        print(w, w.grad.sum().item())
        w.register_hook(lambda g: g * 2)
        (w * 2).sum().backward()
    finally:
        sys.setprofile(None)
    assert ours == []


def test_the_random_generators_stand_where_they_would() -> None:
    def loop() -> Any:
        w = torch.randn(3, requires_grad=True)
        for _ in range(3):
            F.dropout(w, 0.5).sum().backward()
        return w.grad, torch.randn(3)

    check(loop, steps=3)


def test_the_recorder_itself_leaves_with_its_recording() -> None:
    def recorded() -> weakref.ref[Any]:
        with record() as recording:
            train()
        return weakref.ref(recording.source)

    end = recorded()
    gc.collect()
    assert end() is None
