import torch
import torch.nn as nn

torch.manual_seed(0)
V, L = 12, 10
seq = torch.randint(0, V, (200, L))
goal = seq.flip(1)


class TinyTransformer(nn.Module):
    def __init__(self, d=32):
        super().__init__()
        self.tok = nn.Embedding(V, d)
        self.pos = nn.Parameter(torch.zeros(L, d))
        self.layer = nn.TransformerEncoderLayer(d, 4, 64, dropout=0.0, batch_first=True)
        self.out = nn.Linear(d, V)

    def forward(self, t):
        return self.out(self.layer(self.tok(t) + self.pos))


model = TinyTransformer()
nn.init.normal_(model.pos, std=0.5)
opt = torch.optim.AdamW(model.parameters(), lr=5e-3)
total, warm = 120, 20
sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min((s + 1) / warm, max(0.0, (total - s) / (total - warm))))
for step in range(total):
    idx = torch.randint(0, 200, (50,))
    loss = nn.functional.cross_entropy(model(seq[idx]).flatten(0, 1), goal[idx].flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    if step % 20 == 19:
        print(step, sched.get_last_lr()[0], loss.item())
