"""The notebook's problem: its loop by hand, its recording, and many runs of it."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from retrograd import record
from retrograd.engines.runs import Stop
from retrograd.engines.work import Work
from retrograd.recording import Recording
from retrograd.sweeps.grid import grid_of, numbers
from retrograd.sweeps.planning import Plan

UNTIL, MOST = 0.01, 1000
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "convergence.py"


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


def recorded() -> Recording:
    """Record the example."""
    text = EXAMPLE.read_text(encoding="utf-8")
    with record() as recording, open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        exec(compile(text, str(EXAMPLE), "exec"), {"__name__": "__main__"})
    return recording


@dataclass(frozen=True)
class Runs:
    """Many runs, for engines and as plain arrays for their opponents: runs last."""

    work: Work
    w: torch.Tensor
    b: torch.Tensor
    lr: np.ndarray

    def save(self, path: Path) -> None:
        """Write the arrays to a file, for opponents that live elsewhere."""
        np.savez(path, w=self.w.numpy(), b=self.b.numpy(), lr=self.lr.astype(np.float32))


def shuffled(count: int) -> Runs:
    """Return so many runs, rates from 0.001 to 100 and a hundred starts, in an order that is drawn."""
    rates = numbers("learning_rate", f"1e-3:1e2:{count // 100}")
    grid = grid_of({"learning_rate": rates, "seed": np.arange(100)})
    plan = Plan(recorded(), grid, {"learning_rate": "learning_rate"}, "same", None)
    whole = plan.work(0, count, Stop(UNTIL, MOST))
    order = np.random.default_rng(0).permutation(count)
    values = {name: column[order] for name, column in whole.values.items()}
    work = Work(whole.course, whole.beginnings, whole.which[order], values, whole.stop)
    slots = {slot.name: slot.number for slot in work.course.at(0).program.slots}
    w, b = (
        torch.stack([beginning.tensors[slots[name]] for beginning in work.beginnings], -1)[..., work.which]
        for name in "wb"
    )
    return Runs(work, w, b, work.values["learning_rate"])
