"""The opponents in C++, built by the compiler of this machine."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from costs.tables import say

from sweeps.problem import Runs

HERE = Path(__file__).resolve().parent
FLAGS = ("-O3", "-ffast-math", "-march=native", "-mprefer-vector-width=512", "-fopenmp-simd", "-shared", "-fPIC")


def vectorised(runs: Runs, folder: Path) -> Callable[[], int] | None:
    """Return the loop in C++, vectorised by the compiler, or None where it cannot be built."""
    return _built("vectorised", runs, folder)


def by_hand_in_avx512(runs: Runs, folder: Path) -> Callable[[], int] | None:
    """Return the loop as a person writes it for AVX-512, or None where the processor has none."""
    if torch.backends.cpu.get_cpu_capability() != "AVX512":
        say("no kernel by hand: this processor has no AVX-512")
        return None
    return _built("avx512", runs, folder)


def _built(name: str, runs: Runs, folder: Path) -> Callable[[], int] | None:
    compiler = shutil.which("g++")
    if compiler is None:
        say(f"no {name}.cpp: there is no g++ here")
        return None
    library = folder / f"{name}.so"
    command = [compiler, *FLAGS, "-o", library, HERE / f"{name}.cpp", "-lmvec", "-lm"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode:
        say(f"no {name}.cpp: {built.stderr[:400]}")
        return None
    function = ctypes.CDLL(str(library)).sweep
    arrays = [
        np.ascontiguousarray(array, np.float32)
        for array in (runs.w.reshape(15, -1).numpy(), runs.b.numpy(), runs.lr)
    ]  # fmt: skip

    def run() -> int:
        steps = np.zeros(len(runs.lr), np.int32)
        pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in (*arrays, steps)]
        function(*pointers, ctypes.c_int64(len(steps)))
        return int(steps.sum())

    return run
