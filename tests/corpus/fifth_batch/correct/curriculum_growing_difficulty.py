import torch
from torch import nn

torch.manual_seed(0)
gru, out = nn.GRU(1, 16, batch_first=True), nn.Linear(16, 1)
opt = torch.optim.Adam([*gru.parameters(), *out.parameters()], lr=1e-2)
for length in (2, 4, 6, 8):
    for _ in range(12):
        seq = torch.randint(0, 2, (32, length, 1)).float()
        parity = seq.sum(1) % 2
        h, _ = gru(seq)
        loss = nn.functional.binary_cross_entropy_with_logits(out(h[:, -1]), parity)
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_([*gru.parameters(), *out.parameters()], 1.0)
        opt.step()
    print(length, loss.item())
