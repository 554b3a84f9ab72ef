import torch
from torch import nn


class Pooler(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.query = nn.Parameter(torch.randn(dim) * 0.1)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)

    def forward(self, tokens):
        with torch.no_grad():  # mistake: graph-detached-mid
            weights = torch.softmax(self.key(tokens) @ self.query, dim=1)  # mistake: graph-detached-mid
        return (weights.unsqueeze(-1) * self.value(tokens)).sum(1)


torch.manual_seed(0)
pool, classify = Pooler(8), nn.Linear(8, 2)
optim = torch.optim.AdamW([*pool.parameters(), *classify.parameters()], lr=1e-2)
tokens = torch.randn(80, 6, 8)
labels = (tokens[:, 0, 0] > 0).long()
for step in range(30):
    optim.zero_grad()
    loss = nn.functional.cross_entropy(classify(pool(tokens)), labels)
    loss.backward()
    optim.step()
print(loss.item())
