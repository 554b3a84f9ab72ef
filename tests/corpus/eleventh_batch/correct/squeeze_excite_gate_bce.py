import torch
import torch.nn as nn

torch.manual_seed(0)


class Gated(nn.Module):
    def __init__(self, d=8, h=24):
        super().__init__()
        self.up, self.gate, self.out = nn.Linear(d, h), nn.Linear(d, h), nn.Linear(h, 1)

    def forward(self, x):
        return self.out(torch.sigmoid(self.gate(x)) * self.up(x)).squeeze(-1)


X = torch.randn(400, 8)
y = (X[:, 0] * X[:, 1] > 0).float()
net = Gated()
opt = torch.optim.Adam(net.parameters(), lr=0.02)
pos_weight = (y == 0).sum() / (y == 1).sum()
crit = nn.BCEWithLogitsLoss(pos_weight=pos_weight)
for it in range(200):
    out = net(X)
    loss = crit(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 40 == 0 or it == 199:
        print(it, loss.item(), ((out.sigmoid() > 0.5) == y.bool()).float().mean().item())
