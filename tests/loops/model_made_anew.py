import torch
from torch import nn

torch.manual_seed(10)
X = torch.randn(120, 5)
Y = torch.sin(X.sum(1, keepdim=True))

def make():
    m = nn.Sequential(nn.Linear(5, 32), nn.Tanh(), nn.Linear(32, 1))
    return m, torch.optim.SGD(m.parameters(), lr=0.1)

for epoch in range(6):
    for xb, yb in zip(X.split(40), Y.split(40)):
        model, optimizer = make()
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(xb), yb)
        loss.backward()
        optimizer.step()
    print("epoch", epoch, "loss", loss.item())
