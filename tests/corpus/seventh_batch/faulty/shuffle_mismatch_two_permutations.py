import torch
from torch import nn

torch.manual_seed(0)
x = torch.linspace(-3, 3, 96).unsqueeze(1)
y = torch.sin(x)
net = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)


def shuffled(t):
    return t[torch.randperm(len(t))]  # mistake: shuffle-mismatch


for epoch in range(10):
    xs, ys = shuffled(x), shuffled(y)  # mistake: shuffle-mismatch
    for start in range(0, 96, 24):
        loss = (net(xs[start : start + 24]) - ys[start : start + 24]).pow(2).mean()  # mistake: shuffle-mismatch
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
