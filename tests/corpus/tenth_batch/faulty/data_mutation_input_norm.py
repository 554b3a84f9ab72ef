# masked attention pooling; the padded positions are set to zero after the fact
import torch
from torch import nn

torch.manual_seed(0)
B, L, D = 100, 7, 6
tokens = torch.randn(B, L, D)
lengths = torch.randint(2, L + 1, (B,))
pad = torch.arange(L)[None] >= lengths[:, None]
tokens[pad] = torch.randn(int(pad.sum()), D) * 3 + 2
real = (~pad).float()
y = (tokens[..., 0] * real).sum(1) / real.sum(1) + 0.5 * (tokens[..., 1] * real).sum(1) / real.sum(1)

score, value = nn.Linear(D, 1), nn.Linear(D, 1)
opt = torch.optim.SGD([*score.parameters(), *value.parameters()], lr=0.1)
for it in range(150):
    weight = torch.sigmoid(score(tokens).squeeze(2))
    v = value(tokens).squeeze(2)
    prod = weight * v
    v.data[pad] = 50.0  # mistake: data-mutation
    out = (prod * real).sum(1) / real.sum(1)
    weight.data.mul_(real).sub_(1)  # mistake: data-mutation
    loss = nn.functional.mse_loss(out, y)
    opt.zero_grad()
    loss.backward()  # mistake: data-mutation
    opt.step()
    if it % 30 == 29:
        print(it, loss.item())
