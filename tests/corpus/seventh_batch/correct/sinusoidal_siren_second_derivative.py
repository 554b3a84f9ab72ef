import torch
from torch import nn

torch.manual_seed(0)


class Sine(nn.Module):
    def forward(self, x):
        return torch.sin(8 * x)


net = nn.Sequential(nn.Linear(1, 24), Sine(), nn.Linear(24, 24), Sine(), nn.Linear(24, 1))
with torch.no_grad():
    net[2].weight.uniform_(-0.06, 0.06)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
x = torch.linspace(-1, 1, 60).unsqueeze(1).requires_grad_()
for step in range(20):
    y = net(x)
    dy = torch.autograd.grad(y.sum(), x, create_graph=True)[0]
    loss = (dy - torch.cos(3 * x)).pow(2).mean() + y[30].pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
