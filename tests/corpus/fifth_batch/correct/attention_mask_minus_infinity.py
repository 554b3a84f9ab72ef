import torch
from torch import nn

torch.manual_seed(0)
q, k, v = (nn.Linear(8, 8, bias=False) for _ in range(3))
out = nn.Linear(8, 1)
opt = torch.optim.Adam([p for m in (q, k, v, out) for p in m.parameters()], lr=5e-3)
x = torch.randn(32, 6, 8)
lengths = torch.randint(2, 7, (32,))
valid = torch.arange(6) < lengths.unsqueeze(1)
y = torch.stack([row[:n, 0].mean() for row, n in zip(x, lengths)]).unsqueeze(1)
for epoch in range(30):
    scores = q(x) @ k(x).transpose(1, 2) / 8**0.5
    scores = scores.masked_fill(~valid.unsqueeze(1), float("-inf"))
    pooled = (scores.softmax(-1) @ v(x) * valid.unsqueeze(-1)).sum(1) / lengths.unsqueeze(1)
    loss = nn.functional.mse_loss(out(pooled), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
