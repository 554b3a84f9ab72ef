import torch
from torch import nn

torch.manual_seed(0)


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 4))
        self.judge = nn.Linear(4, 1)
        self.cache = {}

    def encode(self, key, x):
        self.cache[key] = self.embed(x).detach()  # mistake: graph-detached-mid
        return self.cache[key]

    def forward(self, a, b):
        return self.judge((self.encode("a", a) - self.encode("b", b)).abs()).squeeze(1)


model = Siamese()
opt = torch.optim.Adam(model.parameters(), lr=5e-3)
a, b = torch.randn(64, 10), torch.randn(64, 10)
same = (a[:, 0] * b[:, 0] > 0).float()
for _ in range(30):
    loss = nn.functional.binary_cross_entropy_with_logits(model(a, b), same)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
