import torch
from torch import nn

torch.manual_seed(0)
n_user, n_item, rank = 40, 30, 5
truth = torch.randn(n_user, rank) @ torch.randn(rank, n_item)
mask = torch.rand(n_user, n_item) < 0.4
rows, cols = mask.nonzero(as_tuple=True)
vals = truth[rows, cols]


class MF(nn.Module):
    def __init__(self):
        super().__init__()
        self.p = nn.Embedding(n_user, rank)
        self.q = nn.Embedding(n_item, rank)

    def forward(self, u, i):
        return (self.p(u) * self.q(i)).sum(-1)


model = MF()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-5, momentum=0.9)  # mistake: lr-too-small
for epoch in range(30):
    perm = torch.randperm(len(vals))
    for idx in perm.split(64):
        loss = (model(rows[idx], cols[idx]) - vals[idx]).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()  # mistake: lr-too-small
    if epoch % 5 == 4:
        with torch.no_grad():
            print(epoch, (model(rows, cols) - vals).pow(2).mean().sqrt().item())
