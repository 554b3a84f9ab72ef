import torch
from torch import nn

torch.manual_seed(0)
micro, accumulate = 4, 32
inputs = torch.randn(256, 6) * 1.5
wanted = inputs @ torch.randn(6, 2)
network = nn.Linear(6, 2)
solver = torch.optim.SGD(network.parameters(), lr=0.06)


def micro_batches():
    while True:
        for start in range(0, len(inputs), micro):
            yield inputs[start : start + micro], wanted[start : start + micro]


stream = micro_batches()
for update in range(20):
    solver.zero_grad(set_to_none=True)
    total = 0.0
    for _ in range(accumulate):
        xb, yb = next(stream)
        loss = torch.mean((network(xb) - yb) ** 2)
        loss.backward()  # mistake: accum-not-scaled
        total += loss.item()
    solver.step()  # mistake: accum-not-scaled
    print(update, total / accumulate)
