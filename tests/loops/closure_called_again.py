import torch
from torch import nn

torch.manual_seed(15)
x = torch.linspace(-2, 2, 50)[:, None]
y = torch.sin(2 * x)
net = nn.Sequential(nn.Linear(1, 10), nn.Tanh(), nn.Linear(10, 1))
opt = torch.optim.LBFGS(net.parameters(), lr=0.5, max_iter=4)

def closure():
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(x), y)
    loss.backward()
    return loss

for outer in range(4):
    print(outer, opt.step(closure).item())
