import torch
import torch.nn as nn

torch.manual_seed(0)
t = torch.arange(0, 80, 0.2)
series = torch.sin(t) + 0.5 * torch.sin(2.3 * t) + 0.02 * torch.randn(len(t))
win = series.unfold(0, 13, 1)
X, y = win[:, :12], win[:, 12:]
split = int(0.8 * len(X))
net = nn.Sequential(nn.Linear(12, 24), nn.Tanh(), nn.Linear(24, 1))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
for epoch in range(20):
    for i in range(0, split, 32):  # in the order of time
        loss = nn.functional.mse_loss(net(X[i:min(i + 32, split)]), y[i:min(i + 32, split)])
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        future = nn.functional.mse_loss(net(X[split:]), y[split:]).item()
    if epoch % 4 == 0 or epoch == 19:
        print(epoch, "forecast mse", future)
