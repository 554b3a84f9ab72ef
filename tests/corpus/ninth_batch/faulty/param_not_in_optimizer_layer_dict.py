import torch
import torch.nn as nn


class GCN(nn.Module):
    """Two rounds of message passing on a dense adjacency."""

    def __init__(self, sizes):
        super().__init__()
        self.rounds = {f"round{k}": nn.Linear(a, b) for k, (a, b) in enumerate(zip(sizes, sizes[1:]))}  # mistake: param-not-in-optimizer
        self.readout = nn.Linear(sizes[-1], 2)

    def forward(self, adj, h):
        for lin in self.rounds.values():
            h = torch.relu(adj @ lin(h))
        return self.readout(h)


torch.manual_seed(0)
N = 24
A = (torch.rand(N, N) < 0.15).float()
A = ((A + A.T + torch.eye(N)) > 0).float()
A = A / A.sum(1, keepdim=True)
feats = torch.randn(N, 5)
labels = (A @ feats[:, 0] > 0).long()
gcn = GCN([5, 8, 8])
optimizer = torch.optim.Adam(gcn.parameters(), lr=0.02)  # mistake: param-not-in-optimizer
for epoch in range(30):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(gcn(A, feats), labels)
    loss.backward()
    optimizer.step()  # mistake: param-not-in-optimizer
print(loss.item())
