import torch
import torch.nn as nn

torch.manual_seed(0)
n = 60
block = torch.arange(n) // 20
prob = torch.where(block[:, None] == block[None], 0.4, 0.03)
A = torch.triu(torch.rand(n, n) < prob, 1).float()
A = A + A.T + torch.eye(n)
d = A.sum(1).rsqrt()
A = d[:, None] * A * d[None]


class GCN(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Parameter(0.1 * torch.randn(n, 2))
        self.lin1 = nn.Linear(2, 8)
        self.lin2 = nn.Linear(8, 3)

    def forward(self):
        h = torch.tanh(A @ self.lin1(self.emb))
        h = h.data  # mistake: graph-detached-mid
        return A @ self.lin2(h)


gcn = GCN()
opt = torch.optim.Adam(gcn.parameters(), lr=0.03)
known = torch.arange(n) % 4 == 0
for ep in range(150):
    logits = gcn()
    loss = nn.functional.cross_entropy(logits[known], block[known])
    opt.zero_grad()
    loss.backward()
    opt.step()
    if ep % 30 == 0:
        acc = (logits.argmax(1) == block)[~known].float().mean().item()
        print(ep, round(loss.item(), 4), "unseen acc", round(acc, 3))
