"""Waiting until a package is imported."""

from __future__ import annotations

import subprocess
import sys

from retrograd.importing import when_imported


def test_a_callback_waits_for_the_import_and_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    tmp_path.joinpath("awaited_module.py").write_text("x = 1\n")
    told = []
    finders = list(sys.meta_path)
    when_imported("awaited_module", lambda: told.append(sys.modules["awaited_module"].x))
    assert told == []
    import awaited_module

    assert told == [1]
    assert sys.meta_path == finders
    assert "exec_module" not in vars(awaited_module.__loader__)
    when_imported("awaited_module", lambda: told.append(2))
    assert told == [1, 2]


def test_what_is_forgotten_is_not_told(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    tmp_path.joinpath("forgotten_module.py").write_text("")
    told = []
    finders = list(sys.meta_path)
    forget = when_imported("forgotten_module", lambda: told.append(1))
    forget()
    assert sys.meta_path == finders
    import forgotten_module

    forget()
    assert (told, forgotten_module.__name__) == ([], "forgotten_module")


def test_recording_a_plain_loop_does_not_import_what_compiles():
    loop = """
import sys, torch, retrograd
w = torch.ones(3, requires_grad=True)
finders = list(sys.meta_path)
with retrograd.record() as recording:
    for _ in range(6):
        (w**2).sum().backward()
        w.grad = None
assert len(recording.steps) == 6 and not recording.notes
assert sys.meta_path == finders
print("torch._dynamo" in sys.modules, "sympy" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", loop], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
