import torch
from torch import nn

torch.manual_seed(0)
x = torch.rand(200, 4) * 2 - 1
y = (x[:, :1] * x[:, 1:2] > 0).float()


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.g, self.v = nn.Linear(d, d), nn.Linear(d, d)

    def forward(self, h):
        return h + torch.sigmoid(self.g(h)) * torch.tanh(self.v(h))


net = nn.Sequential(nn.Linear(4, 16), *[Gate(16) for _ in range(8)], nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for it in range(80):
    z = net(x)
    loss = nn.functional.binary_cross_entropy_with_logits(z, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 16 == 15:
        print(it, loss.item(), ((z > 0).float() == y).float().mean().item())
