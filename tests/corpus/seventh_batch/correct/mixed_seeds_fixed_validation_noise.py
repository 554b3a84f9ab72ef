import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 4))
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
clean = torch.randn(80, 4)
for epoch in range(6):
    net.train()
    for xb in clean[:60].split(20):
        loss = nn.functional.mse_loss(net(xb + 0.3 * torch.randn_like(xb)), xb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        fixed = torch.Generator().manual_seed(7)
        noise = torch.randn(20, 4, generator=fixed)
        print(epoch, nn.functional.mse_loss(net(clean[60:] + 0.3 * noise), clean[60:]).item())
