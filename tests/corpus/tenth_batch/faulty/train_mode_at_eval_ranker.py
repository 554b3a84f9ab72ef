import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
# pairwise ranking of documents
docs = torch.randn(300, 12)
relevance = docs[:, :3].sum(1) + 0.1 * torch.randn(300)


class Ranker(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(12, 32)
        self.l2 = nn.Linear(32, 1)
        self.drop = nn.Dropout(0.4)

    def forward(self, d):
        return self.l2(self.drop(F.relu(self.l1(self.drop(d))))).squeeze(-1)


def concordance(model, d, r):
    with torch.no_grad():  # mistake: train-mode-at-eval
        s = model(d)  # mistake: train-mode-at-eval
    ahead = (r[:, None] > r[None, :])
    return ((s[:, None] > s[None, :]) & ahead).sum().item() / ahead.sum().item()


ranker = Ranker()
opt = torch.optim.Adam(ranker.parameters(), lr=5e-3)
for epoch in range(8):
    ranker.train()
    for _ in range(20):
        i, j = torch.randint(0, 200, (2, 64))
        sign = torch.sign(relevance[i] - relevance[j])
        loss = F.softplus(-sign * (ranker(docs[i]) - ranker(docs[j]))).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item(), "concordance", concordance(ranker, docs[200:], relevance[200:]))  # mistake: train-mode-at-eval
