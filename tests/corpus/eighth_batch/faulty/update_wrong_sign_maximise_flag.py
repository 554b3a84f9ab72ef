import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 10), nn.Tanh(), nn.Linear(10, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05, maximize=True)  # mistake: update-wrong-sign
x = torch.randn(50, 3)
y = x.sum(1, keepdim=True)
for step in range(15):
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    opt.step()  # mistake: update-wrong-sign
    print(step, loss.item())
