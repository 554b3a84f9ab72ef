import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(200, 5)
Y = X @ torch.randn(5, 1)
Y[::20] += 200.0
model = nn.Linear(5, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.4)

for epoch in range(3):
    for xb, yb in zip(X.split(20), Y.split(20)):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(xb), yb)
        loss.backward()
        optimizer.step()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    print(epoch, loss.item(), model.weight.norm().item())
