import torch
from torch import nn

torch.manual_seed(0)
x = torch.rand(80, 1) * 4 - 2
y = x**2 + 0.1 * torch.randn(80, 1)
net = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for epoch in range(50):
    loss = nn.functional.mse_loss(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
net.train()
with torch.no_grad():
    samples = torch.stack([net(torch.tensor([[1.5]])) for _ in range(20)])
print(samples.mean().item(), samples.std().item())
