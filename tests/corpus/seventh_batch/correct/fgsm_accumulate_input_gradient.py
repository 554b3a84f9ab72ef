import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(60, 6)
y = x[:, :3].argmax(1)
delta = torch.zeros_like(x, requires_grad=True)
for epoch in range(6):
    for replay in range(4):
        loss = nn.functional.cross_entropy(net(x + delta), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        delta.data = (delta.data + 0.05 * delta.grad.sign()).clamp(-0.1, 0.1)
        delta.grad.zero_()
    print(epoch, loss.item())
