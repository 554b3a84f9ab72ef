import torch
from torch import nn

torch.manual_seed(3)
X = torch.randn(256, 4)
Y = X @ torch.tensor([[1.0], [2.0], [-1.0], [0.5]])
model = nn.Linear(4, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(3):
    perm = torch.randperm(256)
    Xs = X[perm]
    Ys = Y[torch.randperm(256)]
    for xb, yb in zip(Xs.split(32), Ys.split(32)):
        loss = nn.functional.mse_loss(model(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
