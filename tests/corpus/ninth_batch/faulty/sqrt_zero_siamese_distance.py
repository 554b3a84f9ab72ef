import torch
from torch import nn

torch.manual_seed(0)


class Embedder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3))

    def forward(self, x):
        return self.net(x)


def pairwise_distances(e):
    diff = e[:, None] - e[None, :]
    return diff.pow(2).sum(-1).sqrt()  # mistake: sqrt-zero


x = torch.randn(20, 5)
label = torch.randint(0, 3, (20,))
same = (label[:, None] == label[None, :]).float()
embedder = Embedder()
opt = torch.optim.Adam(embedder.parameters(), lr=1e-3)
for epoch in range(5):
    d = pairwise_distances(embedder(x))  # mistake: sqrt-zero
    loss = (same * d.pow(2) + (1 - same) * (1.0 - d).clamp(min=0).pow(2)).mean()
    opt.zero_grad()
    loss.backward()  # mistake: sqrt-zero
    opt.step()
    print(epoch, loss.item())
