import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(4, 1); opt = torch.optim.SGD(net.parameters(), lr=0.05)
X = torch.randn(60, 4); y = X.sum(1, keepdim=True)
def step():
    opt.zero_grad()
    out = nn.functional.mse_loss(net(X), y)
    out.backward()
    opt.step()
    return {"loss": out.detach(), "n": 60}
def steps(n):
    for _ in range(n):
        yield step()["loss"].item()
history = [step()["loss"] for _ in range(15)]
history += list(steps(15))
