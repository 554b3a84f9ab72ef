import torch
from torch import nn

torch.manual_seed(0)
clean = torch.sin(torch.linspace(0, 20, 960)).view(60, 16)
noisy = clean + 0.3 * torch.randn_like(clean)
net = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 16))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for epoch in range(10):
    order = torch.randperm(60)
    for a, b in zip(noisy[order].split(12), clean[order].split(12)):
        loss = nn.functional.mse_loss(net(a), b)
        opt.zero_grad()
        loss.backward()
        opt.step()
print(loss.item())
