import torch
from torch import nn

torch.manual_seed(0)
series = torch.cumsum(torch.randn(300) * 0.1, 0).sin()
windows = series.unfold(0, 9, 1)
net = nn.GRU(1, 12, batch_first=True)
out = nn.Linear(12, 1)
opt = torch.optim.Adam([*net.parameters(), *out.parameters()], lr=1e-2)
for epoch in range(5):
    for w in windows[torch.randperm(len(windows))].split(48):
        h, _ = net(w[:, :8].unsqueeze(2))
        loss = nn.functional.mse_loss(out(h).squeeze(2), w[:, 1:])
        opt.zero_grad()
        loss.backward()
        opt.step()
print(loss.item())
