"""Turns that are kept as graphs: found again by another process, never in the place of another turn."""

import os
import pickle
import subprocess
import sys

import pytest

import retrograd
from retrograd.engines import cache as kept

torch = pytest.importorskip("torch")

ASKING = """
import sys
import retrograd
result = retrograd.sweep(sys.argv[1], learning_rate=[0.1, 0.3], max_steps=5, engine="batch")
print(result["final_loss"].values.tolist(), result["steps"].values.tolist())
print("loaded:", [name for name in ("torch._dynamo", "torch._inductor", "sympy", "dask.array") if name in sys.modules])
"""


def recorded(path, factor=2.0):
    """Record a descent on the squares of some products."""
    with retrograd.record(path, overwrite=True) as recording:
        torch.manual_seed(0)
        w = torch.randn(3, 2, requires_grad=True)
        learning_rate = 0.1
        for _ in range(5):
            loss = ((torch.ones(4, 3) @ w).view(8)[1:] * factor).square().mean()
            loss.backward()
            with torch.no_grad():
                w -= learning_rate * w.grad
            w.grad = None
    return recording


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    kept.folder.cache_clear()
    yield tmp_path / "cache" / "retrograd" / "kernels"
    kept.folder.cache_clear()


def in_a_process(path):
    done = subprocess.run(
        [sys.executable, "-c", ASKING, str(path)], capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_turn_that_is_kept_is_found_by_the_next_process_which_loads_no_compiler(tmp_path, cache):
    recorded(tmp_path / "train.retro")
    first = in_a_process(tmp_path / "train.retro")
    assert list(cache.glob("*.flow"))
    assert in_a_process(tmp_path / "train.retro") == [first[0], "loaded: []"]


@pytest.mark.parametrize("damage", [b"", b"no graph", None])
def test_a_kept_turn_that_is_damaged_is_traced_anew(tmp_path, cache, damage):
    recording = recorded(tmp_path / "train.retro")
    asked = {"learning_rate": [0.1, 0.3], "max_steps": 5, "engine": "batch"}
    before = retrograd.sweep(recording, **asked)
    for file in cache.glob("*.flow"):
        file.write_bytes(file.read_bytes()[:-9] if damage is None else damage)
    after = retrograd.sweep(retrograd.load(tmp_path / "train.retro"), **asked)
    assert before.equals(after)


def test_turns_that_differ_by_one_number_are_kept_apart(tmp_path, cache):
    for factor in (2.0, 3.0):
        recording = recorded(tmp_path / "train.retro", factor)
        made = {
            engine: retrograd.sweep(recording, learning_rate=[0.1], max_steps=5, engine=engine)["final_loss"].item()
            for engine in ("loop", "batch")
        }
        # Each entry of w is in four of the products, and the mean is over seven: some tens of roundings.
        assert made["batch"] == pytest.approx(made["loop"], rel=100 * torch.finfo(torch.float32).eps)


def test_a_cache_that_cannot_be_written_is_no_obstacle(tmp_path, cache, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    recording = recorded(tmp_path / "train.retro")
    result = retrograd.sweep(recording, learning_rate=[0.1], max_steps=5, engine="batch")
    assert result["steps"].item() == 5
    assert not list(cache.glob("*"))


@pytest.mark.parametrize("written", ["pickle", "torch.save"])
def test_a_kept_turn_that_names_a_function_runs_nothing(tmp_path, cache, written):
    # As whoever may write to the cache could leave there: to read it as Python reads pickles makes a folder.
    recorded(tmp_path / "train.retro")
    first = in_a_process(tmp_path / "train.retro")
    (file,) = cache.glob("*.flow")
    hostile = Hostile(tmp_path / "made")
    if written == "pickle":
        file.write_bytes(pickle.dumps(hostile))
    else:
        torch.save(hostile, file)
    assert in_a_process(tmp_path / "train.retro")[0] == first[0]
    assert not (tmp_path / "made").exists()


class Hostile:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)
