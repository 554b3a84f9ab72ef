import torch
from torch import nn

torch.manual_seed(0)
series = torch.sin(torch.arange(120) / 6.0) + 0.05 * torch.randn(120)
windows = series.unfold(0, 9, 1)
net = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for cut in (40, 60, 80):
    known = windows[:cut]
    for epoch in range(8):
        prediction = net(known[:, :8]).squeeze(1)
        loss = (prediction - known[:, 8]).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        print(cut, (net(windows[cut : cut + 10, :8]).squeeze(1) - windows[cut : cut + 10, 8]).abs().mean().item())
