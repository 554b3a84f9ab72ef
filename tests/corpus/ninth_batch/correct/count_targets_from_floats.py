import torch
from torch import nn

torch.manual_seed(0)
x = torch.rand(100, 3)
rate = torch.exp(x @ torch.tensor([1.0, 0.5, -1.0]))
counts = torch.poisson(rate).int()
net = nn.Linear(3, 1)
opt = torch.optim.Adam(net.parameters(), lr=0.03)
loss_fn = nn.PoissonNLLLoss()
for i in range(50):
    loss = loss_fn(net(x).flatten(), counts)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
