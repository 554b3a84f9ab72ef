import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.SGD(net.parameters(), lr=2e-8, momentum=0.9, nesterov=True)  # mistake: lr-too-small
x = torch.randn(64, 3)
y = x.sum(1, keepdim=True)
for _ in range(50):
    opt.zero_grad()
    loss = nn.functional.smooth_l1_loss(net(x), y)
    loss.backward()
    opt.step()
print(loss.item())
