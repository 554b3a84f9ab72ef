import torch
from torch import nn

torch.manual_seed(0)
emb, out = nn.Embedding(12, 8), nn.Linear(8, 12)
params = [*emb.parameters(), *out.parameters()]
opt = torch.optim.SGD(params, lr=0.5)
tokens = torch.randint(0, 12, (8, 10))
tokens[:, 1::2] = (tokens[:, ::2] + 1) % 12
for step in range(20):
    opt.zero_grad()
    count = tokens[:, 1:].numel()
    for sentence in tokens.split(2):
        logits = out(emb(sentence[:, :-1]))
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), sentence[:, 1:].flatten(), reduction="sum")
        (loss / count).backward()
    opt.step()
print(loss.item())
