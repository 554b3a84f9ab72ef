import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.cat([torch.rand(80, 1) * 2 - 3, torch.rand(80, 1) * 2 + 1])
y = torch.sin(x) + 0.05 * torch.randn_like(x)
net = nn.Sequential(nn.Linear(1, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 1))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(400):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 100 == 0 or epoch == 399:
        print(epoch, loss.item())

# Monte Carlo dropout: the masks stay active on purpose, the spread is the uncertainty
grid = torch.linspace(-4, 4, 9).unsqueeze(1)
with torch.no_grad():
    draws = torch.stack([net(grid) for _ in range(50)])
for g, m, s in zip(grid.flatten(), draws.mean(0).flatten(), draws.std(0).flatten()):
    print(f"{g:.1f}: {m:.3f} +- {s:.3f}")
