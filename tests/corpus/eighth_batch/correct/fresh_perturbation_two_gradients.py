import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(60, 4)
y = x[:, :3].argmax(1)
for step in range(15):
    delta = torch.zeros_like(x).requires_grad_()
    for _ in range(2):
        inner = nn.functional.cross_entropy(net(x + delta), y)
        (g,) = torch.autograd.grad(inner, delta)
        delta = (delta + 0.05 * g.sign()).detach().requires_grad_()
    loss = nn.functional.cross_entropy(net(x + delta), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
