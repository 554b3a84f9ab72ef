import torch
from torch import nn

torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self, d, heads=2):
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.attn = nn.MultiheadAttention(d, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(d, 2 * d), nn.GELU(), nn.Linear(2 * d, d))

    def forward(self, x):
        T = x.shape[1]
        mask = torch.full((T, T), float("-inf")).triu(1)
        h = self.ln1(x)
        x = x + self.attn(h, h, h, attn_mask=mask, need_weights=False)[0]
        return x + self.mlp(self.ln2(x))


V, d = 11, 16
emb, pos, block, head = nn.Embedding(V, d), nn.Embedding(9, d), Block(d), nn.Linear(d, V, bias=False)
head.weight = emb.weight  # tied
model = nn.ModuleList([emb, pos, block, head])
opt = torch.optim.AdamW(model.parameters(), lr=5e-3)
text = torch.arange(400) ** 2 % V
for it in range(15):
    s = torch.randint(0, 380, (8,))
    idx = torch.stack([text[k : k + 10] for k in s])
    x, y = idx[:, :-1], idx[:, 1:]
    logits = head(block(emb(x) + pos(torch.arange(9))))
    loss = nn.functional.cross_entropy(logits.transpose(1, 2), y)
    opt.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    opt.step()
    print(it, loss.item())
