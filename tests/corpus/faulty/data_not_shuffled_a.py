import torch
from torch import nn

torch.manual_seed(0)
centres = torch.tensor([[0.0, 2.0], [2.0, 0.0], [-2.0, 0.0], [0.0, -2.0]])
x = torch.cat([c + 0.4 * torch.randn(50, 2) for c in centres])
y = torch.arange(4).repeat_interleave(50)  # mistake: data-not-shuffled
net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 4))
opt = torch.optim.SGD(net.parameters(), lr=0.5)
for epoch in range(8):
    for i in range(0, 200, 25):
        xb, yb = x[i : i + 25], y[i : i + 25]  # mistake: data-not-shuffled
        loss = nn.functional.cross_entropy(net(xb), yb)  # mistake: data-not-shuffled
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, (net(x).argmax(1) == y).float().mean().item())
