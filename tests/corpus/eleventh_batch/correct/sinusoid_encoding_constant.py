import math
import torch
import torch.nn as nn

torch.manual_seed(0)


class Encoder(nn.Module):
    def __init__(self, vocab, d=32, length=10):
        super().__init__()
        pos = torch.arange(length)[:, None] * torch.exp(torch.arange(0, d, 2) * (-math.log(50.0) / d))
        table = torch.stack([pos.sin(), pos.cos()], 2).flatten(1)
        self.pos = nn.Parameter(table, requires_grad=False)
        self.emb = nn.Embedding(vocab, d)
        self.layer = nn.TransformerEncoderLayer(d, 4, 64, dropout=0.0, batch_first=True)
        self.out = nn.Linear(d, vocab)

    def forward(self, s):
        return self.out(self.layer(self.emb(s) + self.pos))


# task: reverse the sequence
s = torch.randint(0, 5, (256, 10))
net = Encoder(5)
opt = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=3e-3)
for it in range(60):
    logits = net(s)
    loss = nn.functional.cross_entropy(logits.transpose(1, 2), s.flip(1))
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 12 == 0 or it == 59:
        print(it, loss.item(), (logits.argmax(-1) == s.flip(1)).float().mean().item())
