"""How fast sweeps are: runs a second beside the person's own loop, JAX and C++.

`python benchmarks/sweeping.py` prints the table. `--jax PYTHON` names an interpreter that has JAX, which is none of
retrograd's own dependencies. README.md says how to read it.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import platform
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import torch

from retrograd import record
from retrograd.engines.batch import run_together
from retrograd.engines.loop import run_in_turn
from retrograd.engines.pool import run_compiled
from retrograd.engines.runs import Stop
from retrograd.engines.work import Work
from retrograd.sweeps.grid import grid_of, numbers
from retrograd.sweeps.planning import Plan

UNTIL, MOST = 0.01, 1000
EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "convergence.py"

# ---------------------------------------------------------------- the opponents


def by_hand(w: torch.Tensor, b: torch.Tensor, lr: float) -> int:
    """Run the notebook's loop; return how many steps it took."""
    x, y = torch.ones(5), torch.zeros(3)
    w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
    loss_value, steps = float("inf"), 0
    while loss_value > UNTIL and steps < MOST:
        z = torch.matmul(x, w) + b
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
        w.grad.zero_()
        b.grad.zero_()
        loss_value = loss.item()
        steps += 1
    return steps


JAX = """
import sys, time
import numpy as np
import jax, jax.numpy as jnp

found = np.load(sys.argv[1])
kind, count = sys.argv[2], int(sys.argv[3])
W, B, LR = found["w"][:, :count], found["b"][:, :count], found["lr"][:count]   # lanes last
C, K = 4096, 32 if kind == "scan" else 8
x, y = jnp.ones(5), jnp.zeros(3)

def bce(z):
    return jnp.mean(jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z))))

def loss_of(p):
    return bce(x @ p[0] + p[1])

def one(w, b, lr, n, live):
    def turn(c, _):
        w, b, n, live = c
        loss, (gw, gb) = jax.value_and_grad(loss_of)((w, b))
        n = n + live
        live = live & (loss > 0.01) & (n < 1000)
        return (w - lr * gw, b - lr * gb, n, live), None
    return jax.lax.scan(turn, (w, b, n, live), None, length=K)[0]

scan = jax.jit(jax.vmap(one, in_axes=(-1, -1, -1, -1, -1), out_axes=(-1, -1, -1, -1)))

@jax.jit
def scalars(w, b, lr, n, live):
    def turn(_, c):
        w, b, n, live = c
        z = [w[0][j] + w[1][j] + w[2][j] + w[3][j] + w[4][j] + b[j] for j in range(3)]
        loss = sum(jnp.maximum(v, 0) + jnp.log1p(jnp.exp(-jnp.abs(v))) for v in z) / 3
        g = [jax.nn.sigmoid(v) / 3 for v in z]
        n = n + live
        live = live & (loss > 0.01) & (n < 1000)
        w = [[w[i][j] - lr * g[j] for j in range(3)] for i in range(5)]
        b = [b[j] - lr * g[j] for j in range(3)]
        return w, b, n, live
    w = [[w[i, j] for j in range(3)] for i in range(5)]
    b = [b[j] for j in range(3)]
    w, b, n, live = jax.lax.fori_loop(0, K, turn, (w, b, n, live))
    return jnp.stack([jnp.stack(r) for r in w]), jnp.stack(b), n, live

block = scan if kind == "scan" else scalars

def sweep():
    w, b, lr = np.zeros((5, 3, C), "f4"), np.zeros((3, C), "f4"), np.ones(C, "f4")
    n, live, run = np.zeros(C, "i4"), np.zeros(C, bool), np.full(C, -1)
    steps, following = np.zeros(count, "i4"), 0
    flat = W.reshape(5, 3, -1)
    while True:
        idle = ~live
        if following < count and idle.sum() * 8 >= C:
            done = idle & (run >= 0)
            steps[run[done]] = n[done]
            lanes = np.flatnonzero(idle)[: count - following]
            runs = np.arange(following, following + len(lanes))
            run[idle] = -1
            w[:, :, lanes], b[:, lanes], lr[lanes] = flat[:, :, runs], B[:, runs], LR[runs]
            n[lanes], live[lanes], run[lanes] = 0, True, runs
            following += len(lanes)
        elif following >= count and not live.any():
            break
        w, b, n, live = (np.array(a) for a in block(w, b, lr, n, live))
    done = run >= 0
    steps[run[done]] = n[done]
    return steps

flat = W.reshape(5, 3, -1)
jax.block_until_ready(block(*(np.ascontiguousarray(a) for a in (np.zeros((5, 3, C), "f4"), np.zeros((3, C), "f4"),
    np.ones(C, "f4"), np.zeros(C, "i4"), np.ones(C, bool)))))
t = time.process_time()
steps = sweep()
print(time.process_time() - t, int(steps.sum()))
"""

CPP = """
#include <cmath>
#include <cstdint>
extern "C" void sweep(const float* W, const float* B, const float* LR, int32_t* steps, int64_t count) {
    constexpr int C = 64;
    for (int64_t at = 0; at < count; at += C) {
        const int many = count - at < C ? int(count - at) : C;
        float w[15][C], b[3][C], lr[C], n[C], live[C];
        for (int l = 0; l < C; l++) {
            const int64_t run = at + (l < many ? l : 0);
            for (int i = 0; i < 15; i++) w[i][l] = W[i * count + run];
            for (int j = 0; j < 3; j++) b[j][l] = B[j * count + run];
            lr[l] = LR[run]; n[l] = 0; live[l] = l < many;
        }
        for (int step = 0; step < 1000; step++) {
            float any = 0;
            #pragma omp simd reduction(+:any)
            for (int l = 0; l < C; l++) {
                float loss = 0;
                for (int j = 0; j < 3; j++) {
                    float z = w[j][l] + w[3 + j][l] + w[6 + j][l] + w[9 + j][l] + w[12 + j][l] + b[j][l];
                    const float e = expf(-fabsf(z));
                    loss += fmaxf(z, 0.f) + logf(1.f + e);
                    const float s = (z >= 0 ? 1.f : e) / (1.f + e);
                    const float move = lr[l] * s / 3.f;
                    for (int i = 0; i < 5; i++) w[3 * i + j][l] -= move;
                    b[j][l] -= move;
                }
                n[l] += live[l];
                live[l] = (loss / 3.f > 0.01f) ? live[l] : 0.f;
                any += live[l];
            }
            if (any == 0) break;
        }
        for (int l = 0; l < many; l++) steps[at + l] = int32_t(n[l]);
    }
}
"""


def cpp(folder: Path, arrays: tuple[np.ndarray, np.ndarray, np.ndarray]) -> Callable[[], np.ndarray] | None:
    """Return the loop in C++, vectorised by the compiler, or None where it cannot be built."""
    source, library = folder / "sweep.cpp", folder / "sweep.so"
    source.write_text(CPP)
    flags = ["-O3", "-ffast-math", "-march=native", "-mprefer-vector-width=512", "-fopenmp-simd", "-shared", "-fPIC"]
    built = subprocess.run(["g++", *flags, "-o", library, source, "-lmvec", "-lm"], capture_output=True, check=False)
    if built.returncode:
        print(built.stderr.decode()[:400], file=sys.stderr)
        return None
    function = ctypes.CDLL(str(library)).sweep
    w, b, lr = (np.ascontiguousarray(array, np.float32) for array in arrays)

    def run() -> np.ndarray:
        steps = np.zeros(len(lr), np.int32)
        pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in (w, b, lr, steps)]
        function(*pointers, ctypes.c_int64(len(lr)))
        return steps

    return run


# ---------------------------------------------------------------- measuring


def plan_of(folder: Path, count: int) -> Plan:
    """Record the example, and plan `count` runs of it: rates from 0.001 to 100, a hundred starts."""
    text = EXAMPLE.read_text()
    with record(folder / "loop.retro") as recording, open(os.devnull, "w") as quiet:
        stdout, sys.stdout = sys.stdout, quiet
        try:
            exec(compile(text, str(EXAMPLE), "exec"), {"__name__": "__main__"})
        finally:
            sys.stdout = stdout
    rates = numbers("learning_rate", f"1e-3:1e2:{count // 100}")
    grid = grid_of({"learning_rate": rates, "seed": np.arange(100)})
    return Plan(recording, grid, {"learning_rate": "learning_rate"}, "same", None)


def shuffled(plan: Plan, count: int) -> Work:
    """Return all runs in an order that has nothing to do with how long they take."""
    work = plan.work(0, count, Stop(UNTIL, MOST))
    order = np.random.default_rng(0).permutation(count)
    values = {name: column[order] for name, column in work.values.items()}
    return Work(work.course, work.beginnings, work.which[order], values, work.stop)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jax", metavar="PYTHON", help="an interpreter that has JAX")
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with TemporaryDirectory() as name:
        folder = Path(name)
        count = arguments.runs
        work = shuffled(plan_of(folder, count), count)
        names = {slot.number: slot.name for slot in work.course.at(0).program.slots}
        slots = {names[slot]: slot for slot in work.beginnings[0].tensors}
        w, b = (
            torch.stack([beginning.tensors[slots[n]] for beginning in work.beginnings], -1)[..., work.which]
            for n in "wb"
        )
        lr = work.values["learning_rate"]
        np.savez(folder / "runs.npz", w=w.reshape(15, -1).numpy(), b=b.numpy(), lr=lr.astype("f4"))
        few, some = work.part(0, 40), work.part(0, 10_000)

        def loop() -> int:
            return sum(by_hand(w[..., n], b[..., n], float(lr[n])) for n in range(40))

        variants: dict[str, tuple[int, Callable[[], int]]] = {
            "the loop itself": (40, loop),
            "engine `loop`": (40, lambda: int(run_in_turn(few).steps.sum())),
            "engine `batch`": (10_000, lambda: int(run_together(some).steps.sum())),
            "**engine `compiled`**": (count, lambda: int(run_compiled(work).steps.sum())),
        }
        native = cpp(folder, (w.reshape(15, -1).numpy(), b.numpy(), lr))
        if native is not None:
            variants["C++, vectorised by g++ with libmvec"] = (count, lambda: int(native().sum()))
        seconds: dict[str, list[float]] = {name: [] for name in variants}
        turns: dict[str, int] = {}
        opponents = {"JAX, `jit(vmap(scan))`": ("scan", 20_000), "JAX, number by number": ("scalars", count)}
        for _, run in variants.values():  # compile, and whatever else comes once
            run()
        for _ in range(arguments.rounds):
            order = [*variants, *(opponents if arguments.jax else ())]
            random.shuffle(order)
            for variant in order:
                if variant in variants:
                    runs, run = variants[variant]
                    began = time.process_time()
                    turns[variant] = run()
                    seconds[variant].append((time.process_time() - began) / runs)
                else:
                    kind, runs = opponents[variant]
                    command = [arguments.jax, "-c", JAX, str(folder / "runs.npz"), kind, str(runs)]
                    settings = {**os.environ, "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false", "OMP_NUM_THREADS": "1"}
                    printed = subprocess.run(command, capture_output=True, text=True, check=True, env=settings).stdout
                    took, steps = printed.split()
                    turns[variant] = int(steps)
                    seconds.setdefault(variant, []).append(float(took) / runs)
        report(
            seconds, turns, {**{n: r for n, (r, _) in variants.items()}, **{n: r for n, (_, r) in opponents.items()}}
        )


def report(seconds: dict[str, list[float]], turns: dict[str, int], runs: dict[str, int]) -> None:
    """Print the table."""
    version = f"Python {platform.python_version()}, PyTorch {torch.__version__}"
    print(f"{version}, {date.today()}; CPU time, one thread, {len(next(iter(seconds.values())))} rounds.\n")
    print("| | runs a second | ns a step of a run | times the loop |")
    print("| --- | ---: | ---: | ---: |")
    base = seconds["the loop itself"]
    for variant, found in seconds.items():
        ratio = median(one / own for one, own in zip(base, found, strict=True))
        took = median(found)
        each = took * runs[variant] / turns[variant] * 1e9
        print(f"| {variant} | {1 / took:,.0f} | {each:,.1f} | {ratio:,.0f} |")


if __name__ == "__main__":
    main()
