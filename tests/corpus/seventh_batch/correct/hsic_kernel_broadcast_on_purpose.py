import torch
from torch import nn

torch.manual_seed(0)
f = nn.Sequential(nn.Linear(3, 12), nn.Tanh(), nn.Linear(12, 1))
opt = torch.optim.Adam(f.parameters(), lr=1e-2)
x = torch.randn(40, 3)
y = x[:, :1].pow(2) + 0.1 * torch.randn(40, 1)
H = torch.eye(40) - 1 / 40
for step in range(20):
    residual = y - f(x)
    K = torch.exp(-(residual - residual.T).pow(2))
    L = torch.exp(-torch.cdist(x, x).pow(2) / 2)
    loss = (H @ K @ H * L).sum() / 39**2 + 0.1 * residual.pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
