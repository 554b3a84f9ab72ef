import torch
from torch import nn

torch.manual_seed(2)


class RBF(nn.Module):
    """Radial basis network for a scattered surface."""

    def __init__(self, centres, d):
        super().__init__()
        self.c = nn.Parameter(torch.rand(centres, d) * 2 - 1)
        self.log_w = nn.Parameter(torch.zeros(centres))
        self.a = nn.Parameter(torch.zeros(centres, 1), requires_grad=False)  # mistake: param-frozen

    def forward(self, x):
        d2 = torch.cdist(x, self.c) ** 2
        return 0.3 + torch.exp(-d2 * self.log_w.exp() * 4) @ (self.a + 0.1)  # mistake: param-frozen


x = torch.rand(300, 2) * 2 - 1
z = torch.sin(3 * x[:, :1]) * torch.cos(2 * x[:, 1:])
net = RBF(20, 2)
opt = torch.optim.Adam(net.parameters(), lr=0.03)  # mistake: param-frozen
for ep in range(150):
    opt.zero_grad()
    loss = nn.functional.mse_loss(net(x), z)
    loss.backward()
    opt.step()
    if ep % 30 == 29:
        print(ep, loss.item())
