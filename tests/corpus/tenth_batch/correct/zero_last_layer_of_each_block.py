# residual blocks whose last layer starts at zero (fixup), so that each block begins as the identity
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(200, 6)
y = torch.stack([x[:, 0] * x[:, 1], x[:, 2].abs()], 1)


class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.a, self.b = nn.Linear(d, d), nn.Linear(d, d)
        nn.init.zeros_(self.b.weight)
        nn.init.zeros_(self.b.bias)

    def forward(self, h):
        return h + self.b(torch.relu(self.a(h)))


net = nn.Sequential(nn.Linear(6, 24), Block(24), Block(24), Block(24), nn.Linear(24, 2))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for it in range(120):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 24 == 23:
        print(it, loss.item())
