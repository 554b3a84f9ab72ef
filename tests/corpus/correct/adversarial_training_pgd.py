import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(64, 6)
y = (x[:, 0] > 0).long()
for epoch in range(12):
    delta = torch.zeros_like(x, requires_grad=True)
    for _ in range(3):
        nn.functional.cross_entropy(net(x + delta), y).backward()
        delta.data = (delta.data + 0.05 * delta.grad.sign()).clamp(-0.1, 0.1)
        delta.grad.zero_()
    opt.zero_grad()
    loss = nn.functional.cross_entropy(net(x + delta.detach()), y)
    loss.backward()
    opt.step()
    print(epoch, loss.item())
