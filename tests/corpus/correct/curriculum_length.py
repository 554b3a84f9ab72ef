import torch
from torch import nn

torch.manual_seed(0)
gru, lin = nn.GRU(1, 12, batch_first=True), nn.Linear(12, 1)
opt = torch.optim.Adam([*gru.parameters(), *lin.parameters()], lr=5e-3)
for length in (2, 4, 8):
    for step in range(8):
        x = torch.rand(16, length, 1)
        _, h = gru(x)
        loss = nn.functional.mse_loss(lin(h[-1]), x.sum(1))
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(gru.parameters(), 1.0)
        opt.step()
