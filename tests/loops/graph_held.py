import torch
from torch import nn

torch.manual_seed(1)
tr_x, va_x = torch.randn(50, 10), torch.randn(100, 10)
w_true = torch.randn(10, 1)
tr_y, va_y = tr_x @ w_true, va_x @ w_true
net = nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Linear(32, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
curve = []
for epoch in range(20):
    opt.zero_grad()
    train_loss = ((net(tr_x) - tr_y) ** 2).mean()
    train_loss.backward()
    opt.step()
    val_loss = ((net(va_x) - va_y) ** 2).mean()
    curve.append((train_loss.item(), val_loss))
print(len(curve), float(curve[-1][1]))
