import torch
from torch import nn

torch.manual_seed(0)
V, MASK = 12, 0
emb = nn.Embedding(V, 16)
enc = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), 1)
out = nn.Linear(16, V)
params = [*emb.parameters(), *enc.parameters(), *out.parameters()]
opt = torch.optim.AdamW(params, lr=3e-3)
for step in range(20):
    tokens = torch.randint(1, V, (12, 1)).repeat(1, 8)
    hide = torch.rand(tokens.shape) < 0.3
    hide[:, 0] = False
    inputs = tokens.masked_fill(hide, MASK)
    labels = tokens.masked_fill(~hide, -100)
    logits = out(enc(emb(inputs)))
    loss = nn.functional.cross_entropy(logits.transpose(1, 2), labels, ignore_index=-100)
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(params, 1.0)
    opt.step()
