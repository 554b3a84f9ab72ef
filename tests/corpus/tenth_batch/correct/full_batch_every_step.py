# the whole data each step is not "the same batch by mistake"
import torch
from torch import nn

torch.manual_seed(0)
n = 80
edges = torch.randint(0, n, (2, 300))
feat = torch.randn(n, 6)
agg = torch.zeros(n, n).index_put_((edges[0], edges[1]), torch.tensor(1.0))
agg = agg / agg.sum(1, keepdim=True).clamp(min=1)
y = ((feat + agg @ feat)[:, 0] > 0).long()
mask = torch.rand(n) < 0.6


class Sage(nn.Module):
    def __init__(self):
        super().__init__()
        self.me, self.nb = nn.Linear(6, 16), nn.Linear(6, 16)
        self.out = nn.Linear(16, 2)

    def forward(self, h):
        return self.out(torch.relu(self.me(h) + self.nb(agg @ h)))


net = Sage()
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for it in range(100):
    z = net(feat)
    loss = nn.functional.cross_entropy(z[mask], y[mask])
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 20 == 19:
        print(it, loss.item(), (z.argmax(1) == y)[~mask].float().mean().item())
