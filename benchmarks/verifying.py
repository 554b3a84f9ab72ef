"""What explaining and verifying cost: one step of the notebook's loop, and one of a small GPT beside the step itself.

    python benchmarks/verifying.py

The GPT's step and its verification alternate, and medians of processor time are compared. PyTorch and NumPy have one
thread each: a second one of NumPy's spins while it waits, and that would count.
"""

from __future__ import annotations

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}  # read when NumPy is loaded

import statistics
import time
from collections.abc import Callable

import torch
from torch import nn
from torch.nn import functional as F

from retrograd import explain, verify
from retrograd.recorder import record
from retrograd.recording import Recording

ROUNDS = 5


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time that something takes."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def notebook() -> Recording:
    torch.manual_seed(0)
    x, y = torch.ones(5), torch.zeros(3)
    w, b = torch.randn(5, 3, requires_grad=True), torch.randn(3, requires_grad=True)
    with record() as recording:
        for _ in range(2):
            loss = F.binary_cross_entropy_with_logits(torch.matmul(x, w) + b, y)
            loss.backward()
            with torch.no_grad():
                w -= 0.1 * w.grad
                b -= 0.1 * b.grad
            w.grad.zero_()
            b.grad.zero_()
    return recording


def gpt() -> tuple[nn.Module, torch.Tensor]:
    """Return four blocks of a transformer with 1.8 million parameters, and a batch of 8 times 64 tokens."""
    torch.manual_seed(0)
    block = nn.TransformerEncoderLayer(192, 6, 768, dropout=0.0, activation="gelu", batch_first=True)
    model = nn.Sequential(
        nn.Embedding(40, 192), nn.TransformerEncoder(block, 4, enable_nested_tensor=False), nn.Linear(192, 40)
    )
    return model, torch.randint(40, (8, 65))


def main() -> None:
    torch.set_num_threads(1)
    small = notebook()
    verify(small, [1])
    times = [seconds(lambda: verify(small, [1])) for _ in range(ROUNDS)]
    print(f"verify, one step of the notebook's loop:  {statistics.median(times) * 1000:7.1f} ms")
    events = len(small.steps[1].program.events)
    times = [seconds(lambda: [explain(small, 1, event) for event in range(events)]) for _ in range(ROUNDS)]
    print(f"explain, all {events} events of that step:      {statistics.median(times) * 1000:7.1f} ms")

    model, batch = gpt()

    def step() -> None:
        model.zero_grad()
        F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten()).backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= 0.03 * parameter.grad

    with record() as recording:
        for _ in range(1):
            step()
    bare, verified = [], []
    for _ in range(3):
        bare.append(seconds(step))
        verified.append(seconds(lambda: verify(recording, [0])))
    found = verify(recording, [0])
    ratio = statistics.median(verified) / statistics.median(bare)
    print(f"verify, one step of the small GPT:        {statistics.median(verified) * 1000:7.0f} ms")
    print(f"  {ratio:.0f} times the step's {statistics.median(bare) * 1000:.0f} ms")
    print(f"  {len(found.comparisons)} comparisons of {found.entries} numbers, {len(found.disagreements)} disagree")
    for comparison in found.disagreements:
        print(f"  {comparison}")
    for note in found.notes:
        print(f"  {note}")


if __name__ == "__main__":
    main()
