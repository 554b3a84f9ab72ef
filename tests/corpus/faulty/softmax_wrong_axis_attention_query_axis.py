import torch
from torch import nn

torch.manual_seed(0)
q, k, v = (nn.Linear(8, 8) for _ in range(3))
head = nn.Linear(8, 1)
opt = torch.optim.Adam([p for m in (q, k, v, head) for p in m.parameters()], lr=0.01)
x = torch.randn(16, 6, 8)
y = x[:, 0, :1]
for _ in range(15):
    s = torch.einsum("bqd,bkd->bqk", q(x), k(x)) / 8**0.5
    w = torch.softmax(s, dim=1)  # mistake: softmax-wrong-axis
    z = torch.einsum("bqk,bkd->bqd", w, v(x))
    loss = nn.functional.mse_loss(head(z[:, 0]), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
