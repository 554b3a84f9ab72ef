import torch
from torch import nn

torch.manual_seed(0)


def pixels(n):
    base = torch.zeros(n, 16)
    col = torch.randint(0, 4, (n,))
    for k in range(4):
        base[torch.arange(n), k * 4 + col] = 1.0
    return base + 0.05 * torch.randn(n, 16), col


x, col = pixels(400)
tag = torch.stack([col == 0, col % 2 == 0, col > 1], 1).float()


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 2)
        self.head = nn.Sequential(nn.Flatten(), nn.ReLU(), nn.Linear(54, 3), nn.Sigmoid())  # mistake: double-sigmoid

    def forward(self, v):
        return self.head(self.conv(v.view(-1, 1, 4, 4)))  # mistake: double-sigmoid


net = Tagger()
loss_fn = nn.MultiLabelSoftMarginLoss() if False else nn.BCEWithLogitsLoss()  # mistake: double-sigmoid
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for ep in range(12):
    for b in torch.randperm(400).split(50):
        p = net(x[b])
        loss = loss_fn(p, tag[b])  # mistake: double-sigmoid
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(ep, loss.item(), ((p > 0.5).float() == tag[b]).float().mean().item())
