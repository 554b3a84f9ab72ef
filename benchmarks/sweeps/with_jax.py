"""The notebook's problem in JAX, in one of two forms, with a pool of lanes as the engine `compiled` has one.

    python with_jax.py RUNS.npz scan|scalars COUNT

Run by sweeping.py with an interpreter that has JAX. Prints processor seconds, without import and compilation, and how
many steps all runs took together.
"""

import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

LANES, UNTIL, MOST = 4096, 0.01, 1000
TURNS = {"scan": 32, "scalars": 8}
"""How many turns one call makes: what was fastest."""


def losses(z):
    """Return the binary cross-entropy of logits whose targets are 0."""
    return jnp.maximum(z, 0) + jnp.log1p(jnp.exp(-jnp.abs(z)))


def scan(w, b, lr, n, live):
    """Make turns of one run, tensor by tensor; `vmap` makes them turns of many."""

    def loss_of(parameters):
        return jnp.mean(losses(jnp.ones(5) @ parameters[0] + parameters[1]))

    def turn(carried, _):
        w, b, n, live = carried
        loss, (of_w, of_b) = jax.value_and_grad(loss_of)((w, b))
        n = n + live
        live = live & (loss > UNTIL) & (n < MOST)
        return (w - lr * of_w, b - lr * of_b, n, live), None

    return jax.lax.scan(turn, (w, b, n, live), None, length=TURNS["scan"])[0]


def scalars(w, b, lr, n, live):
    """Make turns of many runs, number by number, with the gradient written down."""

    def turn(_, carried):
        w, b, n, live = carried
        z = [sum(row[j] for row in w) + b[j] for j in range(3)]
        loss = sum(losses(entry) for entry in z) / 3
        gradient = [jax.nn.sigmoid(entry) / 3 for entry in z]
        n = n + live
        live = live & (loss > UNTIL) & (n < MOST)
        w = [[row[j] - lr * gradient[j] for j in range(3)] for row in w]
        b = [b[j] - lr * gradient[j] for j in range(3)]
        return w, b, n, live

    apart = [[w[i, j] for j in range(3)] for i in range(5)], [b[j] for j in range(3)], n, live
    w, b, n, live = jax.lax.fori_loop(0, TURNS["scalars"], turn, apart)
    return jnp.stack([jnp.stack(row) for row in w]), jnp.stack(b), n, live


def sweep(block, w_of_runs, b_of_runs, lr_of_runs):
    """Make all runs; return how many steps each took."""
    count = len(lr_of_runs)
    w, b, lr = np.zeros((5, 3, LANES), "f4"), np.zeros((3, LANES), "f4"), np.ones(LANES, "f4")
    n, live, run = np.zeros(LANES, "i4"), np.zeros(LANES, bool), np.full(LANES, -1)
    steps, following = np.zeros(count, "i4"), 0
    while following < count or live.any():
        idle = ~live
        if following < count and idle.sum() * 8 >= LANES:
            done = idle & (run >= 0)
            steps[run[done]] = n[done]
            lanes = np.flatnonzero(idle)[: count - following]
            runs = np.arange(following, following + len(lanes))
            run[idle] = -1
            w[:, :, lanes], b[:, lanes], lr[lanes] = w_of_runs[:, :, runs], b_of_runs[:, runs], lr_of_runs[runs]
            n[lanes], live[lanes], run[lanes] = 0, True, runs
            following += len(lanes)
        w, b, n, live = (np.array(array) for array in block(w, b, lr, n, live))
    done = run >= 0
    steps[run[done]] = n[done]
    return steps


def main():
    """Compile, measure and print."""
    path, kind, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    last = (-1,) * 5
    block = jax.jit(jax.vmap(scan, in_axes=last, out_axes=last[:4]) if kind == "scan" else scalars)
    found = np.load(path)
    arrays = [found[name][..., :count] for name in ("w", "b", "lr")]
    sweep(block, *(array[..., :1] for array in arrays))
    began = time.process_time()
    steps = sweep(block, *arrays)
    print(time.process_time() - began, int(steps.sum()))


if __name__ == "__main__":
    main()
