import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence

torch.manual_seed(0)
PAD = -100
seqs = [torch.randint(1, 6, (torch.randint(3, 10, (1,)).item(),)) for _ in range(80)]
tags = [(s.cumsum(0) % 2) for s in seqs]
x = pad_sequence(seqs, batch_first=True)
t = pad_sequence(tags, batch_first=True, padding_value=PAD)


class Parity(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(6, 8, padding_idx=0)
        self.r = nn.GRU(8, 32, batch_first=True)
        self.o = nn.Linear(32, 2)

    def forward(self, x):
        return self.o(self.r(self.e(x))[0])


m = Parity()
opt = torch.optim.Adam(m.parameters(), lr=0.02)
for epoch in range(80):
    out = m(x)
    loss = nn.functional.cross_entropy(out.transpose(1, 2), t, ignore_index=PAD)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 16 == 0 or epoch == 79:
        print(epoch, loss.item(), (out.argmax(-1) == t)[t != PAD].float().mean().item())
