import torch
from torch import nn


class TinyTransformer(nn.Module):
    def __init__(self, vocab, d):
        super().__init__()
        self.tok = nn.Embedding(vocab, d)
        self.pos = nn.Parameter(torch.randn(10, d) * 0.1)
        self.qkv = nn.Linear(d, 3 * d)
        self.head = nn.Linear(d, vocab)

    def forward(self, ids):
        h = self.tok(ids) + self.pos[: ids.shape[1]]
        q, k, v = self.qkv(h).chunk(3, -1)
        att = q @ k.mT / q.shape[-1] ** 0.5
        att = torch.softmax(att, dim=1)  # mistake: softmax-wrong-axis
        return self.head(h + att @ v)


torch.manual_seed(0)
V = 12
net = TinyTransformer(V, 16)
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for step in range(25):
    ids = torch.randint(0, V, (16, 8))
    targets = ids.flip(1)
    loss = nn.functional.cross_entropy(net(ids).flatten(0, 1), targets.flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 5 == 0:
        print(step, loss.item())
