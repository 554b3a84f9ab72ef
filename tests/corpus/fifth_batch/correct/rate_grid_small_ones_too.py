import torch
from torch import nn

x = torch.linspace(-1, 1, 40).unsqueeze(1)
y = x**3
for rate in (0.003, 0.03, 0.3):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
    opt = torch.optim.SGD(net.parameters(), lr=rate)
    for _ in range(40):
        loss = nn.functional.mse_loss(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(rate, loss.item())
