import torch
import torch.nn as nn

torch.manual_seed(0)
mix = torch.randn(3, 12)
clean = torch.randn(400, 3) @ mix
ae = nn.Sequential(nn.Linear(12, 6), nn.Tanh(), nn.Linear(6, 12))
opt = torch.optim.Adam(ae.parameters(), lr=0.01)
for epoch in range(60):
    for idx in torch.randperm(400).split(50):
        x = clean[idx]
        loss = nn.functional.mse_loss(ae(x + 0.3 * torch.randn_like(x)), x)
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch % 12 == 0 or epoch == 59:
        print(epoch, loss.item())
