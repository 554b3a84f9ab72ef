import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.randn(240, 6)
y = (X @ torch.randn(6) + 0.2 * torch.randn(240)).unsqueeze(1)
model = nn.Linear(6, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
total = len(X)


def micro_batches(size=50):
    yield from torch.randperm(total).split(size)


for epoch in range(20):
    optimizer.zero_grad()
    running = 0.0
    for rows in micro_batches():
        loss = nn.functional.mse_loss(model(X[rows]), y[rows], reduction="sum")
        loss.backward()
        running += loss.item()
    for p in model.parameters():
        p.grad.div_(total)
    optimizer.step()
    if epoch % 4 == 3:
        print(epoch, running / total)
