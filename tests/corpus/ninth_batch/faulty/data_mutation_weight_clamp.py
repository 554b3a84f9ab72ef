import torch
from torch import nn

torch.manual_seed(0)


class PositiveNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 12)
        self.b = nn.Linear(12, 1)

    def forward(self, x):
        h = torch.exp(-self.a(x).pow(2))  # mistake: data-mutation
        out = self.b(h)
        h.data[h.data < 0.3] = 0.0  # mistake: data-mutation
        return out, h


net = PositiveNet()
opt = torch.optim.SGD(net.parameters(), lr=0.05)
x = torch.randn(50, 4)
y = (x[:, :1] - 0.3).abs()
for step in range(20):
    out, h = net(x)
    loss = ((out - y) ** 2).mean() + 1e-3 * h.mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
