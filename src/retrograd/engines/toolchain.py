"""The C++ compiler of this machine: which one, and with which flags.

PyTorch's wheel has all that is needed: its vector classes as headers, and the functions behind them in a library that
is loaded anyway. So one call of the compiler makes a kernel, in a second or two. PyTorch's own compiler would ask
first what the processor can do, by building ten programs.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import cache

import torch

from retrograd.engines import cache as kept
from retrograd.engines.runs import Meanwhile, idle
from retrograd.errors import NotSweepableError

CANDIDATES = ("g++", "clang++")
"""Compilers that are looked for, if `CXX` in the environment names none."""

CAPABILITIES = {
    "AVX512": ["-mavx512f", "-mavx512dq", "-mavx512vl", "-mavx512bw", "-mfma", "-DCPU_CAPABILITY_AVX512"],
    "AVX2": ["-mavx2", "-mfma", "-mf16c", "-DCPU_CAPABILITY_AVX2"],
}
"""What PyTorch calls the instructions that it uses on this processor, with the flags for them. Its vector classes do
without any where none are known."""

FLAGS = ("-std=c++20", "-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-shared", "-fPIC")
"""No number may be rounded otherwise than it is written: none of these reorders sums or joins operations."""


def no_compiler() -> str | None:
    """Return why nothing can be compiled here, or None."""
    wanted = os.environ.get("CXX")
    candidates = [wanted] if wanted else CANDIDATES
    if not any(shutil.which(candidate) for candidate in candidates):
        return f"there is no C++ compiler here ({' and '.join(candidates)} not found), so nothing can be compiled"
    return None


def built(source: str, meanwhile: Meanwhile = idle) -> ctypes.CDLL:
    """Return a library made of C++; compiled the first time, from the cache on disk later on.

    Raises:
        NotSweepableError: The compiler failed.
    """
    command = _command()
    mark = "\0".join([source, *command, _version(command[0]), torch.__version__, platform.processor()])
    name = hashlib.sha256(mark.encode()).hexdigest()[:32]
    library = os.path.join(kept.folder(), f"{name}.so")
    if kept.used(library) is None:
        _build(command, source, library, meanwhile)
    try:
        return ctypes.CDLL(library)
    except OSError as error:
        raise NotSweepableError(f"what the C++ compiler built cannot be loaded: {error}") from error


def _build(command: Sequence[str], source: str, library: str, meanwhile: Meanwhile) -> None:
    """Build under another name first: several processes may want the same library."""
    with tempfile.TemporaryDirectory(prefix=".build-", dir=os.path.dirname(library)) as folder:
        text, made = os.path.join(folder, "kernel.cpp"), os.path.join(folder, "kernel.so")
        with open(text, "w", encoding="utf-8") as file:
            file.write(source)
        call = [command[0], "-o", made, text, *command[1:]]
        try:
            status, said = _called(call, folder, meanwhile)
        except OSError as error:
            raise NotSweepableError(f"the C++ compiler {command[0]} cannot be started: {error}") from error
        if status:
            lines = [line for line in said.splitlines() if "error" in line.lower()]
            reason = (lines or said.strip().splitlines() or ["it gave no reason"])[0]
            raise NotSweepableError(f"the C++ compiler failed: {reason}")
        kept.take(made, library)


def _called(call: Sequence[str], folder: str, meanwhile: Meanwhile) -> tuple[int, str]:
    """Call the compiler, go on with something else until it is done, and return its exit status and what it said."""
    with open(os.path.join(folder, "said"), "w+", encoding="utf-8", errors="replace") as said:
        with subprocess.Popen(call, stdout=said, stderr=said) as compiler:
            try:
                meanwhile(lambda: compiler.poll() is not None)
                status = compiler.wait()
            except BaseException:
                compiler.kill()
                raise
        said.seek(0)
        return status, said.read()


@cache
def _command() -> tuple[str, ...]:
    """Return the compiler and its flags."""
    wanted = os.environ.get("CXX")
    compiler = next(filter(None, map(shutil.which, [wanted] if wanted else CANDIDATES)), "c++")
    root = os.path.dirname(torch.__file__)
    capability = torch.backends.cpu.get_cpu_capability()
    found = [compiler, *FLAGS, *CAPABILITIES.get(capability, ["-DCPU_CAPABILITY_DEFAULT"])]
    known = capability if capability in CAPABILITIES else "DEFAULT"
    folder = os.path.join(root, "lib")
    found += [f"-DCPU_CAPABILITY={known}", f"-I{os.path.join(root, 'include')}"]
    if platform.machine() in ("x86_64", "AMD64"):
        found.append("-mtune=native")
    found += [f"-L{folder}", f"-Wl,-rpath,{folder}", "-ltorch_cpu", "-lc10"]
    if sys.platform == "linux" and platform.machine() == "x86_64":
        found.append("-lmvec")
    return (*found, "-lm")


@cache
def _version(compiler: str) -> str:
    with suppress(OSError):
        return subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False).stdout
    return ""
