import torch
from torch import nn

torch.manual_seed(0)


class Tagger(nn.Module):
    def __init__(self, n_tokens):
        super().__init__()
        self.emb = nn.Embedding(n_tokens, 8)
        self.out = nn.Linear(8, 3)

    def resize(self, n_tokens):
        bigger = nn.Embedding(n_tokens, 8)  # mistake: stale-optimizer
        bigger.weight.data[: self.emb.num_embeddings] = self.emb.weight.data
        self.emb = bigger  # mistake: stale-optimizer | param-not-in-optimizer

    def forward(self, tokens):
        return self.out(self.emb(tokens).mean(1))


tagger = Tagger(20)
optimizer = torch.optim.Adam(tagger.parameters(), lr=5e-3)  # mistake: stale-optimizer | param-not-in-optimizer
tagger.resize(26)  # mistake: stale-optimizer | param-not-in-optimizer
tokens = torch.randint(0, 26, (80, 6))
tags = tokens.sum(1) % 3
for epoch in range(20):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(tagger(tokens), tags)
    loss.backward()  # mistake: stale-optimizer | param-not-in-optimizer
    optimizer.step()  # mistake: stale-optimizer | param-not-in-optimizer
    print(epoch, loss.item())
