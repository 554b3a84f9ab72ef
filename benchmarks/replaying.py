"""What a replay costs: 1000 turns of the notebook's loop, beside the bare loop.

`python benchmarks/replaying.py` prints the ratio of thread CPU times, the median of pairs measured one after the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import torch

import retrograd

TURNS, PAIRS = 1000, 7


def notebook() -> None:
    """Run the loop of examples/convergence.py, for so many turns."""
    torch.manual_seed(0)
    x, y = torch.ones(5), torch.zeros(3)
    w = torch.randn(5, 3, requires_grad=True)
    b = torch.randn(3, requires_grad=True)
    learning_rate = 0.1
    losses = []
    for _ in range(TURNS):
        z = torch.matmul(x, w) + b
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, y)
        loss.backward()
        with torch.no_grad():
            w -= learning_rate * w.grad
            b -= learning_rate * b.grad
        w.grad.zero_()
        b.grad.zero_()
        losses.append(loss.item())


def seconds(work: Callable[[], object]) -> float:
    """Return the thread CPU time that something takes."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def main() -> None:
    """Measure, and print."""
    torch.set_num_threads(1)
    with retrograd.record() as recording:
        notebook()
    pairs = [(seconds(notebook), seconds(lambda: retrograd.replay(recording, learning_rate=0.5))) for _ in range(PAIRS)]
    bare, ratio = median(pair[0] for pair in pairs), median(replayed / loop for loop, replayed in pairs)
    print(f"{TURNS} turns: {bare / TURNS * 1e6:.0f} us a turn bare; a replay takes {ratio:.2f} times as long")


if __name__ == "__main__":
    main()
