import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.05)
x, y = torch.randn(30, 4), torch.rand(30, 1)
for i in range(5):
    raw = net(x)
    compressed = torch.where(raw > 0, torch.log1p(torch.sqrt(raw)), raw)  # mistake: where-nan | sqrt-zero
    loss = (compressed - y).pow(2).mean()
    opt.zero_grad()
    loss.backward()  # mistake: where-nan
    opt.step()
    print(i, loss.item())
