import torch
from torch import nn


def shuffle(*tensors):
    return [t[torch.randperm(len(t))] for t in tensors]  # mistake: shuffle-mismatch


torch.manual_seed(0)
x = torch.randn(150, 4)
y = (x[:, 0] > 0).float()
model = nn.Linear(4, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.5)
for epoch in range(8):
    xs, ys = shuffle(x, y)  # mistake: shuffle-mismatch
    for xb, yb in zip(xs.split(30), ys.split(30)):
        loss = nn.functional.binary_cross_entropy_with_logits(model(xb)[:, 0], yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
