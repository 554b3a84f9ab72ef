# cross entropy of distributions with exact zeros, written with xlogy
import torch
from torch import nn

torch.manual_seed(0)
raw = torch.rand(120, 5)
target = torch.where(raw > 0.4, raw, torch.zeros(()))
target = target / target.sum(1, keepdim=True).clamp(min=1e-6)
x = torch.cat([target + 0.05 * torch.randn(120, 5), torch.randn(120, 3)], 1)
keep = target.sum(1) > 0.5
x, target = x[keep], target[keep]
net = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 5))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
floor = -torch.special.xlogy(target, target).sum(1).mean()
for it in range(120):
    logp = net(x).log_softmax(1)
    loss = -(target * logp).sum(1).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 24 == 23:
        print(it, loss.item(), "kl", (loss - floor).item())
