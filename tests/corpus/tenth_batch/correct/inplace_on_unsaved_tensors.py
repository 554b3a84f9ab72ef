# in-place arithmetic where autograd does not need the old value
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(160, 8)
y = x[:, :2].abs().sum(1, keepdim=True)


class Residual(nn.Module):
    def __init__(self, d=24):
        super().__init__()
        self.inp = nn.Linear(8, d)
        self.blocks = nn.ModuleList(nn.Linear(d, d) for _ in range(3))
        self.out = nn.Linear(d, 1)

    def forward(self, x):
        h = self.inp(x)
        for b in self.blocks:
            u = torch.relu(h)
            v = b(u)
            v *= 0.5
            v += h
            h = v
        out = self.out(h)
        out[:, 0] += 0.1
        return out


net = Residual()
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for it in range(100):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 20 == 19:
        print(it, loss.item())
