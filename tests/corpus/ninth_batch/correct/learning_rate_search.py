# try some rates, keep the best; the large ones are expected to fail
import torch
from torch import nn

x = torch.linspace(-1, 1, 40)[:, None]
y = x**2
results = {}
for rate in (0.01, 0.03, 0.1, 0.3):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(1, 10), nn.Tanh(), nn.Linear(10, 1))
    opt = torch.optim.SGD(net.parameters(), lr=rate)
    for _ in range(25):
        opt.zero_grad()
        loss = (net(x) - y).pow(2).mean()
        loss.backward()
        opt.step()
    results[rate] = loss.item()
print(min(results, key=results.get), results)
