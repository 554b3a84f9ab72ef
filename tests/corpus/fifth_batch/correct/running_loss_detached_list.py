import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
history, running = [], 0.0
for step in range(60):
    x = torch.randn(20, 4)
    loss = (net(x) - x.mean(1, keepdim=True)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    history.append(loss.detach())
    running = 0.9 * running + 0.1 * loss.item()
print(torch.stack(history).mean().item(), running)
