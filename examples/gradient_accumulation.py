"""Batches too large for the memory: add up the gradients of small ones, then update once."""

import torch
from torch import nn

torch.manual_seed(0)

# A line through four dimensions, with a little noise; the model has to find these numbers.
true_w = torch.tensor([[2.0], [-3.0], [0.5], [1.0]])
true_b = 4.0
x = torch.randn(512, 4)
y = x @ true_w + true_b + 0.1 * torch.randn(512, 1)

model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

micro_batch = 16
k = 4  # an update sees k * micro_batch = 64 samples

optimizer.zero_grad()
for epoch in range(10):
    order = torch.randperm(len(x))
    total = 0.0
    for i, batch in enumerate(order.split(micro_batch), start=1):
        loss = nn.functional.mse_loss(model(x[batch]), y[batch])
        total += loss.item()

        # .grad adds up k means; divided by k, that is the mean over all 64 samples.
        (loss / k).backward()

        if i % k == 0:
            optimizer.step()
            optimizer.zero_grad()

    print(f"Epoch {epoch} | Loss: {total / i:.6f}")

for learned, true in zip(model.weight.flatten(), true_w.flatten(), strict=True):
    print(f"weight: {learned.item():+.3f} (true: {true.item():+.1f})")
print(f"bias:   {model.bias.item():+.3f} (true: {true_b:+.1f})")
