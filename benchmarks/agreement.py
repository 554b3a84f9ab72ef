"""Whether a large sweep says what the person's own loop does: a random sample of its runs, made by that loop.

`python benchmarks/agreement.py` makes 100,000 runs of the notebook's problem with the engine `compiled`, draws 200 of
them, trains each with the loop as it is written, and counts where the numbers of steps differ, and how near the
threshold the loss passed there: in float64, so that the rounding of float32 can be told from a mistake.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from sweeps.problem import MOST, UNTIL, by_hand, recorded

import retrograd


def losses_in_float64(w: torch.Tensor, b: torch.Tensor, lr: float, steps: int) -> list[float]:
    """Return the losses of a run, computed in float64 from the same start."""
    x, y, found = torch.ones(5).double(), torch.zeros(3).double(), []
    w, b = w.double(), b.double()
    for _ in range(steps):
        z = x @ w + b
        found.append(torch.nn.functional.binary_cross_entropy_with_logits(z, y).item())
        gradient = (torch.sigmoid(z) - y) / 3
        w, b = w - lr * torch.outer(x, gradient), b - lr * gradient
    return found


def main() -> None:
    """Sweep, sample, compare and print."""
    parser = argparse.ArgumentParser(description="Compare a large sweep with the loop itself.")
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    given = parser.parse_args()
    torch.set_num_threads(1)
    result = retrograd.sweep(
        recorded(), learning_rate=f"1e-3:1e2:{given.runs // 100}", seeds=100, start="same", until=UNTIL,
        max_steps=MOST, engine="compiled",
    )  # fmt: skip
    rates, seeds, steps = result["learning_rate"].values, result["seed"].values, result["steps"].values
    chosen = np.random.default_rng(given.seed).choice(steps.size, given.sample, replace=False)
    apart = []
    for rate, seed in zip(*np.unravel_index(chosen, steps.shape), strict=True):
        torch.manual_seed(int(seeds[seed]))
        w, b = torch.randn(5, 3), torch.randn(3)
        own = by_hand(w, b, float(rates[rate]))
        if own != steps[rate, seed]:
            exact = losses_in_float64(w, b, float(rates[rate]), max(own, int(steps[rate, seed])))
            gap = min(abs(loss - UNTIL) for loss in exact[min(own, int(steps[rate, seed])) - 1 :])
            apart.append((int(steps[rate, seed]) - own, gap))
    print(f"{given.sample} of {steps.size} runs: {given.sample - len(apart)} end after as many steps as the loop.")
    for difference, gap in apart:
        resolved = gap < 16 * np.finfo(np.float32).eps * UNTIL
        why = "within" if resolved else "NOT within"
        print(
            f"{difference:+d} step: in float64 the loss is {gap:.1e} from the threshold, {why} the rounding of float32"
        )


if __name__ == "__main__":
    main()
