import torch
import torch.nn as nn

torch.manual_seed(2)
# set classification: which of three shapes made the points
n, m = 150, 20
kind = torch.randint(0, 3, (n,))
ang = torch.rand(n, m) * 6.283
r = torch.where(kind[:, None] == 0, torch.ones(()), torch.rand(n, m))
r = torch.where(kind[:, None] == 2, (ang * 3).cos(), r)
pts = torch.stack([r * ang.cos(), r * ang.sin()], -1) + 0.03 * torch.randn(n, m, 2)


class DeepSet(nn.Module):
    def __init__(self):
        super().__init__()
        self.phi = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 6))
        self.rho = nn.Linear(6, 3)

    def pool(self, h):
        pooled = torch.empty(h.shape[0], h.shape[2])
        for i, points in enumerate(h):
            pooled[i] = points.data.mean(0)  # mistake: graph-detached-mid
        return pooled

    def forward(self, p):
        return self.rho(self.pool(self.phi(p)))  # mistake: graph-detached-mid


net = DeepSet()
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(40):
    logits = net(pts)  # mistake: graph-detached-mid
    loss = nn.functional.cross_entropy(logits, kind)
    opt.zero_grad()
    loss.backward()  # mistake: graph-detached-mid
    opt.step()
    if epoch % 8 == 7:
        print(epoch, loss.item(), (logits.argmax(1) == kind).float().mean().item())
