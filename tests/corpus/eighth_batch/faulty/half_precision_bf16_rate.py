import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(8, 1).to(torch.bfloat16)  # mistake: half-precision
opt = torch.optim.SGD(net.parameters(), lr=1e-4)
x = torch.randn(40, 8, dtype=torch.bfloat16)
y = x[:, :1] * 0.5
for step in range(20):
    loss = (net(x) - y).float().pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: half-precision
    print(step, loss.item())
