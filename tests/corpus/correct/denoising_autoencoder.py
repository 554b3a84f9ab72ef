import torch
from torch import nn

torch.manual_seed(0)
clean = torch.sin(torch.linspace(0, 6.28, 32) * torch.rand(64, 1) * 4)
net = nn.Sequential(nn.Linear(32, 12), nn.Tanh(), nn.Linear(12, 32))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(60):
    noisy = clean + 0.3 * torch.randn_like(clean)
    noisy = noisy * (torch.rand_like(noisy) > 0.1)
    loss = nn.functional.mse_loss(net(noisy), clean)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
