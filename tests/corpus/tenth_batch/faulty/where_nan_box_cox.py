import torch
from torch import nn

torch.manual_seed(0)
# signed root features: sqrt for the positive part, linear for the rest
x = torch.randn(150, 4)
y = (x.clamp(min=0).sqrt() - 0.3 * x.clamp(max=0)).sum(1, keepdim=True)


class SignedRoot(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(n))
        self.out = nn.Linear(n, 1)

    def forward(self, x):
        u = x * self.scale
        feature = torch.where(u > 0, torch.sqrt(u), 0.1 * u)  # mistake: where-nan
        return self.out(feature)


net = SignedRoot(4)
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for it in range(60):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()  # mistake: where-nan
    opt.step()
    if it % 6 == 0:
        print(it, loss.item())
