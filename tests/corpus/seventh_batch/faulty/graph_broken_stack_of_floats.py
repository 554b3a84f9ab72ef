import torch
from torch import nn

torch.manual_seed(0)
scorer = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
opt = torch.optim.Adam(scorer.parameters(), lr=1e-2)
items = torch.randn(12, 3)
relevance = (items[:, 0] > 0).float()
for epoch in range(8):
    scores = []
    for item in items:
        scores.append(float(scorer(item)))  # mistake: graph-broken
    scores = torch.FloatTensor(scores)  # mistake: graph-broken
    scores.requires_grad_()  # mistake: graph-broken
    loss = nn.functional.binary_cross_entropy_with_logits(scores, relevance)
    opt.zero_grad()
    loss.backward()  # mistake: graph-broken
    opt.step()
    print(epoch, loss.item())
