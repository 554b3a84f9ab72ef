import torch
from torch import nn

torch.manual_seed(0)
emb, enc, dec, out = nn.Embedding(9, 8), nn.GRU(8, 12, batch_first=True), nn.GRU(12, 12, batch_first=True), nn.Linear(12, 9)
opt = torch.optim.Adam([p for m in (emb, enc, dec, out) for p in m.parameters()], lr=1e-2)
tokens = torch.randint(0, 9, (64, 5))
for _ in range(25):
    _, h = enc(emb(tokens))
    o, _ = dec(h[-1].unsqueeze(1).expand(-1, 5, -1))
    loss = nn.functional.cross_entropy(out(o).flatten(0, 1), tokens.flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
