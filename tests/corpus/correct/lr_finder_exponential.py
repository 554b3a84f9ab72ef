import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.SGD(net.parameters(), lr=1e-5)
x = torch.randn(200, 8)
y = x.sum(1, keepdim=True)
lr, mult, best, log = 1e-5, 1.3, 0.0, []
for i, (xb, yb) in enumerate(zip(x.repeat(2, 1).split(10), y.repeat(2, 1).split(10))):
    opt.param_groups[0]["lr"] = lr
    loss = nn.functional.mse_loss(net(xb), yb)
    if i > 0 and loss.item() > 4 * best:
        break
    if i == 0 or loss.item() < best:
        best = loss.item()
    opt.zero_grad()
    loss.backward()
    opt.step()
    log.append((lr, loss.item()))
    lr *= mult
print(log[-1])
