import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
x = torch.randn(100, 4)
y = x.sum(1, keepdim=True)
x[37] = float("nan")


def step(xb, yb):
    keep = torch.isfinite(xb).all(1)
    loss = (net(xb[keep]) - yb[keep]).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    if not torch.isfinite(norm):
        return None
    opt.step()
    return loss.item()


for epoch in range(3):
    print(epoch, [round(step(xb, yb), 3) for xb, yb in zip(x.split(25), y.split(25))])
