import torch
from torch import nn

torch.manual_seed(0)
# toy sequence tagging: is the current token equal to the previous one?
seqs = torch.randint(0, 3, (128, 12))
tags = torch.zeros_like(seqs)
tags[:, 1:] = (seqs[:, 1:] == seqs[:, :-1]).long()


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(3, 8)
        self.rnn = nn.GRU(8, 16, batch_first=True)
        self.out = nn.Linear(16, 2)

    def forward(self, s):
        h, _ = self.rnn(self.emb(s))
        return self.out(h)


tagger = Tagger()
opt = torch.optim.Adam(tagger.parameters(), 0.01)
for epoch in range(60):
    opt.zero_grad()
    logits = tagger(seqs)
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), tags.flatten())
    loss.backward()
    opt.step  # mistake: step-missing
    if epoch % 10 == 0:
        print("epoch", epoch, "loss", round(loss.item(), 4))
