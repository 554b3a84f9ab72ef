import torch
from torch import nn

torch.manual_seed(0)
model = nn.ModuleDict(
    {"emb": nn.Embedding(20, 12), "enc": nn.TransformerEncoderLayer(12, 2, 24, dropout=0.0, batch_first=True), "head": nn.Linear(12, 2)}
)
model.requires_grad_(False)
prompt = nn.Parameter(torch.randn(3, 12) * 0.1)
opt = torch.optim.Adam([prompt], lr=3e-2)
tokens = torch.randint(0, 20, (40, 5))
y = (tokens.float().mean(1) > 9.5).long()
for step in range(20):
    h = torch.cat([prompt.expand(40, -1, -1), model["emb"](tokens)], 1)
    loss = nn.functional.cross_entropy(model["head"](model["enc"](h)[:, 0]), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
