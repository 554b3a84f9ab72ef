import torch
from torch import nn

torch.manual_seed(0)
hyper = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 4))
opt = torch.optim.Adam(hyper.parameters(), lr=1e-2)
x = torch.randn(40, 3)
for step in range(20):
    task = torch.rand(1, 1) * 2 - 1
    out = hyper(task).squeeze(0)
    w, c = out[:3], out[3]
    loss = (x @ w + c - task.squeeze() * x[:, 0]).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())
