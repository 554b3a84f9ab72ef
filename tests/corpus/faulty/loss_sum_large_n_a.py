import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(2000, 6)
y = x @ torch.randn(6, 1)
net = nn.Linear(6, 1)
loss_fn = nn.MSELoss(reduction="sum")
opt = torch.optim.SGD(net.parameters(), lr=0.01)
for epoch in range(20):
    loss = loss_fn(net(x), y)  # mistake: loss-sum-large-n
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())
