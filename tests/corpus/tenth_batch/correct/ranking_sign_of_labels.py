# hinge ranking: sign() of the labels and of nothing that learns
import torch
import torch.nn as nn

torch.manual_seed(0)
items = torch.randn(150, 8)
quality = torch.tanh(items[:, 0] + items[:, 1] * items[:, 2])
scorer = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 1))
opt = torch.optim.Adam(scorer.parameters(), lr=0.01)
i, j = torch.triu_indices(150, 150, 1)
order = torch.sign(quality[i] - quality[j])


def kendall(s):
    return (torch.sign(s[i] - s[j]) == order).float().mean().item()


for it in range(80):
    s = scorer(items).squeeze(1)
    loss = nn.functional.margin_ranking_loss(s[i], s[j], order, margin=0.3)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 16 == 15:
        print(it, loss.item(), kendall(s.detach()))
