import torch
from torch import nn

torch.manual_seed(0)
x = torch.linspace(-2, 2, 80).unsqueeze(1)
y = x.sin() + 0.1 * torch.randn(80, 1)
members = [nn.Sequential(nn.Linear(1, 12), nn.Tanh(), nn.Linear(12, 1)) for _ in range(3)]
opts = [torch.optim.Adam(m.parameters(), lr=1e-2) for m in members]
samples = [torch.randint(0, 80, (80,)) for _ in members]
for epoch in range(12):
    for member, opt, rows in zip(members, opts, samples):
        loss = (member(x[rows]) - y[rows]).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
