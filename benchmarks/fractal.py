"""Measure sweeps of the fractal's network against JAX, in both precisions, interleaved.

    python benchmarks/fractal.py --jax /path/to/python/with/jax

JAX is no dependency, so it may live in an environment of its own; both are asked to make the same map of the two rates,
all steps of each run, one thread, and are timed by their own processor time. JAX runs all steps of runs that are lost;
retrograd lets them go as soon as the loss is no finite number, so its time is given per step that was run as well.
"""

from __future__ import annotations

import argparse
import contextlib
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


def serve_retrograd(dtype: str, size: int, steps: int, rounds: int) -> None:
    """Answer each line on standard input with one timing."""
    import torch

    from retrograd import record, sweep

    torch.set_num_threads(1)
    sys.argv = [str(EXAMPLE), "tanh"]
    with record() as recorded, contextlib.redirect_stdout(io.StringIO()):
        runpy.run_path(str(EXAMPLE))

    def once(size: int) -> int:
        numbers = {"rate_out": rates(size), "rate_in": rates(size)}
        result = sweep(recorded, numbers=numbers, max_steps=steps, history=True, engine="compiled", dtype=dtype)
        return int(result["steps"].values.sum())

    once(2)
    for _ in range(rounds):
        input()
        start = time.process_time()
        done = once(size)
        print(time.process_time() - start, done, flush=True)


def serve_jax(dtype: str, size: int, steps: int, rounds: int, chunk: int) -> None:
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
    across, up = (jnp.asarray(axis.reshape(-1), dtype) for axis in np.meshgrid(rates(size), rates(size)))
    function(across[:chunk], up[:chunk]).block_until_ready()
    for _ in range(rounds):
        input()
        start = time.process_time()
        for first in range(0, size * size, chunk):
            function(across[first : first + chunk], up[first : first + chunk]).block_until_ready()
        print(time.process_time() - start, size * size * steps, flush=True)


# ---------------------------------------------------------------- both, in turn


def measured(given: argparse.Namespace, dtype: str) -> None:
    """Print a row for each side."""
    sides = {"retrograd": (sys.executable, "retrograd", 0)}
    if given.jax:
        sides |= {f"JAX jit(vmap(scan)), {chunk} runs": (given.jax, "jax", chunk) for chunk in (16, 64)}
    servers = {name: started(given, dtype, *side) for name, side in sides.items()}
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    done: dict[str, int] = {}
    for _ in range(given.rounds):
        for name, server in servers.items():
            assert server.stdin is not None
            assert server.stdout is not None
            print(file=server.stdin, flush=True)
            took, count = server.stdout.readline().split()
            seconds[name].append(float(took))
            done[name] = int(count)
    for server in servers.values():
        server.wait()
    runs = given.size**2 * given.steps
    rivals = [median(seconds[name]) for name in seconds if name != "retrograd"]
    for name, own in seconds.items():
        beside = f"{median(own) / min(rivals):.2f}" if rivals else ""
        print(
            f"| {dtype} | {name} | {median(own) / runs * 1e6:.2f} | {median(own) / done[name] * 1e6:.2f} | {beside} |"
        )


def started(given: argparse.Namespace, dtype: str, python: str, side: str, chunk: int) -> subprocess.Popen[str]:
    """Start one side; it waits until it is asked."""
    options = [f"--serve={side}", f"--dtype={dtype}", f"--chunk={chunk}", f"--size={given.size}"]
    options += [f"--steps={given.steps}", f"--rounds={given.rounds}"]
    command = [python, str(Path(__file__).resolve()), *options]
    # Set before either library is loaded: it counts its threads once.
    alone = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=alone)


def profiled(dtype: str) -> None:
    """Print how long a vector of tanh takes, beside a whole step: most of what is left is products."""
    import torch

    from retrograd.engines.forms import KINDS, PRELUDE

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
    from torch._inductor.codecache import CppPythonBindingsCodeCache

    kind = KINDS[getattr(torch, dtype)]
    function = CppPythonBindingsCodeCache.load_pybinding([f"const {kind}*", f"{kind}*", "int64_t"], source)
    points = torch.randn(2048, dtype=getattr(torch, dtype))
    found = torch.empty_like(points)
    seconds = []
    for _ in range(7):
        start = time.process_time()
        function(points, found, 2000)
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
    parser.add_argument("--serve", choices=("retrograd", "jax"), help=argparse.SUPPRESS)
    parser.add_argument("--dtype", default="float32", help=argparse.SUPPRESS)
    parser.add_argument("--chunk", type=int, default=16, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve == "retrograd":
        return serve_retrograd(given.dtype, given.size, given.steps, given.rounds)
    if given.serve == "jax":
        return serve_jax(given.dtype, given.size, given.steps, given.rounds, given.chunk)
    print("| precision | | µs per run and step | per step that was run | beside JAX |")
    print("| --- | --- | ---: | ---: | ---: |")
    for dtype in ("float32", "float64"):
        measured(given, dtype)
    for dtype in ("float32", "float64"):
        profiled(dtype)
    return None


if __name__ == "__main__":
    main()
