import torch
from torch import nn

torch.manual_seed(0)
n = 40
adj = (torch.rand(n, n) < 0.1).float()
adj = ((adj + adj.T + torch.eye(n)) > 0).float()
deg = adj.sum(1)
norm = adj / (deg.sqrt().unsqueeze(1) * deg.sqrt().unsqueeze(0))
feats = torch.randn(n, 6)
labels = (norm @ feats)[:, 0].gt(0).long()
known = torch.arange(n) % 3 == 0
w1, w2 = nn.Linear(6, 16), nn.Linear(16, 2)
opt = torch.optim.Adam([*w1.parameters(), *w2.parameters()], lr=1e-2, weight_decay=5e-4)
for epoch in range(50):
    h = torch.relu(norm @ w1(feats))
    logits = norm @ w2(h)
    loss = nn.functional.cross_entropy(logits[known], labels[known])
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item(), (logits.argmax(1) == labels)[~known].float().mean().item())
