import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(20, 8)
        self.lstm = nn.LSTM(8, 12, batch_first=True)
        self.out = nn.Linear(12, 5)

    def forward(self, tokens):
        h, _ = self.lstm(self.emb(tokens))
        return self.out(h)


torch.manual_seed(0)
tagger = Tagger()
criterion = nn.NLLLoss()  # mistake: loss-expects-probs
opt = torch.optim.Adam(tagger.parameters(), lr=0.01)
tokens = torch.randint(0, 20, (16, 7))
tags = tokens % 5
for epoch in range(15):
    scores = tagger(tokens)  # mistake: loss-expects-probs
    loss = criterion(scores.reshape(-1, 5), tags.reshape(-1))  # mistake: loss-expects-probs
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())
