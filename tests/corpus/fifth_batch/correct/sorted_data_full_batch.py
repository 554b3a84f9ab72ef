import torch
from torch import nn

torch.manual_seed(0)
x = torch.cat([torch.randn(50, 2) + 1, torch.randn(50, 2) - 1])
y = torch.cat([torch.ones(50), torch.zeros(50)])
net = nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.5)
for epoch in range(40):
    loss = nn.functional.binary_cross_entropy_with_logits(net(x).squeeze(1), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
