import torch
import torch.nn as nn

torch.manual_seed(0)
cls = torch.arange(3).repeat_interleave(10)
X = torch.randn(3, 5)[cls] * 2 + torch.randn(30, 5) * 0.5
enc = nn.Sequential(nn.Linear(5, 16), nn.Tanh(), nn.Linear(16, 2))
opt = torch.optim.Adam(enc.parameters(), lr=0.01)
same = (cls[:, None] == cls[None]).float()
for it in range(100):
    z = enc(X)
    d = ((z[:, None] - z[None]) ** 2).sum(-1).sqrt()  # mistake: sqrt-zero
    loss = (same * d ** 2 + (1 - same) * torch.relu(2 - d) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 20 == 0:
        print(it, loss.item())
