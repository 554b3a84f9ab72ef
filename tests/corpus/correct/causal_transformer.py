import torch
from torch import nn

torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self, d, T):
        super().__init__()
        self.key, self.query, self.value = (nn.Linear(d, d, bias=False) for _ in range(3))
        self.register_buffer("tril", torch.tril(torch.ones(T, T)))
        self.ln = nn.LayerNorm(d)

    def forward(self, x):
        B, T, C = x.shape
        h = self.ln(x)
        wei = self.query(h) @ self.key(h).transpose(-2, -1) * C**-0.5
        wei = wei.masked_fill(self.tril[:T, :T] == 0, float("-inf"))
        return x + torch.softmax(wei, dim=-1) @ self.value(h)


class GPT(nn.Module):
    def __init__(self, V=10, d=16, T=8):
        super().__init__()
        self.tok, self.pos = nn.Embedding(V, d), nn.Embedding(T, d)
        self.blocks = nn.Sequential(Block(d, T), Block(d, T))
        self.head = nn.Linear(d, V)

    def forward(self, idx, targets=None):
        x = self.tok(idx) + self.pos(torch.arange(idx.shape[1]))
        logits = self.head(self.blocks(x))
        if targets is None:
            return logits, None
        B, T, C = logits.shape
        return logits, nn.functional.cross_entropy(logits.view(B * T, C), targets.view(B * T))


text = torch.tensor([(i * i + i // 3) % 10 for i in range(400)])


def get_batch():
    ix = torch.randint(len(text) - 9, (16,))
    return torch.stack([text[i : i + 8] for i in ix]), torch.stack([text[i + 1 : i + 9] for i in ix])


model = GPT()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
for it in range(40):
    if it % 20 == 0:
        model.eval()
        with torch.no_grad():
            print(model(*get_batch())[1].item())
        model.train()
    xb, yb = get_batch()
    logits, loss = model(xb, yb)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
