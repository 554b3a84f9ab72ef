import torch
from torch import nn

torch.manual_seed(0)


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 24), nn.Softplus(), nn.Linear(24, 1))

    def forward(self, x):
        return self.net(x)

    def penalty(self, a, b):
        t = torch.rand(len(a), 1)
        point = (t * a + (1 - t) * b).requires_grad_(True)
        (slope,) = torch.autograd.grad(self(point).sum(), point, create_graph=True)
        return (slope.norm(dim=1) - 1).pow(2).mean()


critic = Critic()
opt = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.0, 0.9))
for it in range(30):
    p, q = torch.randn(64, 2) + 1, torch.randn(64, 2) - 1
    loss = critic(q).mean() - critic(p).mean() + 10 * critic.penalty(p, q)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
