"""Measure sweeps of the fractal's network against JAX, in both precisions, interleaved.

    python benchmarks/fractal.py --jax /path/to/python/with/jax

JAX is no dependency, so it may live in an environment of its own; both are asked to make the same map of the two rates,
all steps of each run, one thread, and are timed by their own processor time. With `--processes 2` each side has two
processes, which make every second column of the map, and the time is what passes until both are done. JAX runs all
steps of runs that are lost; retrograd lets them go as soon as the loss is no finite number, so its time is given per
step that was run as well.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import io
import os
import runpy
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "fractal.py"


def rates(size: int) -> np.ndarray:
    """Return the rates of the paper's map."""
    return 10 ** np.linspace(-3, 6, size)


# ---------------------------------------------------------------- either side, in a process of its own


def serve_retrograd(dtype: str, size: int, steps: int, rounds: int, part: slice) -> None:
    """Answer each line on standard input with one timing."""
    import torch

    from retrograd import record, sweep

    torch.set_num_threads(1)
    sys.argv = [str(EXAMPLE), "tanh"]
    with record() as recorded, contextlib.redirect_stdout(io.StringIO()):
        runpy.run_path(str(EXAMPLE))

    def once(size: int) -> int:
        numbers = {"rate_out": rates(size), "rate_in": rates(size)[part]}
        result = sweep(recorded, numbers=numbers, max_steps=steps, history=True, engine="compiled", dtype=dtype)
        return int(result["steps"].values.sum())

    once(4)
    print("ready", flush=True)
    for _ in range(rounds):
        input()
        start = time.process_time()
        done = once(size)
        print(time.process_time() - start, done, flush=True)


def serve_jax(dtype: str, size: int, steps: int, rounds: int, part: slice, chunk: int) -> None:
    """Answer each line on standard input with one timing."""
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", dtype == "float64")
    draws = np.random.default_rng(0)
    x, y, w0, w1 = (
        jnp.asarray(draws.standard_normal(shape), dtype) for shape in ((272, 16), (272, 1), (16, 16), (16, 1))
    )

    def loss(weights):
        h = jnp.tanh(jnp.sqrt(2.0) * (x @ weights[0] / 4.0))
        return ((h @ weights[1] / 16.0 - y) ** 2).mean()

    def train(rate_in, rate_out):
        def step(weights, _):
            value, gradient = jax.value_and_grad(loss)(weights)
            return (weights[0] - rate_in * gradient[0], weights[1] - rate_out * gradient[1]), value

        return jax.lax.scan(step, (w0, w1), None, length=steps)[1]

    function = jax.jit(jax.vmap(train))
    across, up = (jnp.asarray(axis.reshape(-1), dtype) for axis in np.meshgrid(rates(size)[part], rates(size)))
    function(across[:chunk], up[:chunk]).block_until_ready()
    print("ready", flush=True)
    for _ in range(rounds):
        input()
        start = time.process_time()
        for first in range(0, len(across), chunk):
            function(across[first : first + chunk], up[first : first + chunk]).block_until_ready()
        print(time.process_time() - start, len(across) * steps, flush=True)


# ---------------------------------------------------------------- both, in turn


def measured(given: argparse.Namespace, dtype: str) -> None:
    """Print a row for each side."""
    sides = {"retrograd": (sys.executable, "retrograd", 0)}
    if given.jax:
        sides |= {f"JAX jit(vmap(scan)), {chunk} runs": (given.jax, "jax", chunk) for chunk in given.together}
    parts = range(given.processes)
    servers = {name: [started(given, dtype, *side, part) for part in parts] for name, side in sides.items()}
    for server in (server for asked in servers.values() for server in asked):
        assert server.stdout is not None
        server.stdout.readline()  # it has imported and compiled what it needs
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    done: dict[str, int] = {}
    for _ in range(given.rounds):
        for name, asked in servers.items():
            start = time.perf_counter()
            for server in asked:
                print(file=server.stdin, flush=True)
            answers = [server.stdout.readline().split() for server in asked if server.stdout is not None]
            passed = time.perf_counter() - start
            seconds[name].append(float(answers[0][0]) if given.processes == 1 else passed)
            done[name] = sum(int(count) for _, count in answers)
    for server in (server for asked in servers.values() for server in asked):
        server.wait()
    runs = given.size**2 * given.steps
    rivals = [median(seconds[name]) for name in seconds if name != "retrograd"]
    for name, own in seconds.items():
        beside = f"{median(own) / min(rivals):.2f}" if rivals else ""
        each, run = median(own) / runs * 1e6, median(own) / done[name] * 1e6
        print(f"| {dtype} | {name} | {each:.2f} | {run:.2f} | {beside} | {median(own):.1f} |")


def started(
    given: argparse.Namespace, dtype: str, python: str, side: str, chunk: int, part: int
) -> subprocess.Popen[str]:
    """Start one side; it waits until it is asked."""
    options = [f"--serve={side}", f"--dtype={dtype}", f"--chunk={chunk}", f"--size={given.size}"]
    options += [
        f"--steps={given.steps}",
        f"--rounds={given.rounds}",
        f"--processes={given.processes}",
        f"--part={part}",
    ]
    command = [python, str(Path(__file__).resolve()), *options]
    # Set before either library is loaded: it counts its threads once.
    alone = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=alone)


def profiled(dtype: str) -> None:
    """Print how long a vector of tanh takes, beside a whole step: most of what is left is products."""
    import torch

    from retrograd.engines.forms import KINDS, PRELUDE
    from retrograd.engines.toolchain import built

    source = (
        PRELUDE
        + f"""
extern "C" void kernel(const {KINDS[getattr(torch, dtype)]}* a, {KINDS[getattr(torch, dtype)]}* b, int64_t times)
{{
    using V = at::vec::Vectorized<{KINDS[getattr(torch, dtype)]}>;
    for (int64_t r = 0; r < times; r++)
        for (int64_t i = 0; i < 2048; i += V::size()) tanh_of(V::loadu(a + i)).store(b + i);
}}"""
    )
    function = built(source).kernel
    points = torch.randn(2048, dtype=getattr(torch, dtype))
    found = torch.empty_like(points)
    seconds = []
    for _ in range(7):
        start = time.process_time()
        function(ctypes.c_void_p(points.data_ptr()), ctypes.c_void_p(found.data_ptr()), ctypes.c_int64(2000))
        seconds.append(time.process_time() - start)
    entry = median(seconds) / 2000 / 2048
    print(
        f"{dtype}: tanh takes {entry * 1e9:.2f} ns an entry, so {entry * 272 * 16 * 1e6:.2f} us of each step of a run"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Compare sweeps of the fractal's network with JAX.")
    parser.add_argument("--jax", help="a Python that has JAX")
    parser.add_argument("--size", type=int, default=32, help="points along each side of the map")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=1, help="processes of each side, timed by the clock")
    parser.add_argument("--dtypes", default="float32,float64")
    parser.add_argument("--together", type=int, nargs="+", default=(16, 64), help="runs that JAX makes at once")
    parser.add_argument("--part", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--serve", choices=("retrograd", "jax"), help=argparse.SUPPRESS)
    parser.add_argument("--dtype", default="float32", help=argparse.SUPPRESS)
    parser.add_argument("--chunk", type=int, default=16, help=argparse.SUPPRESS)
    given = parser.parse_args()
    part = slice(given.part, None, given.processes)
    if given.serve == "retrograd":
        return serve_retrograd(given.dtype, given.size, given.steps, given.rounds, part)
    if given.serve == "jax":
        return serve_jax(given.dtype, given.size, given.steps, given.rounds, part, given.chunk)
    print("| precision | | µs per run and step | per step that was run | beside JAX | seconds |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    for dtype in given.dtypes.split(","):
        measured(given, dtype)
    for dtype in given.dtypes.split(",") if given.processes == 1 else ():
        profiled(dtype)
    return None


if __name__ == "__main__":
    main()
