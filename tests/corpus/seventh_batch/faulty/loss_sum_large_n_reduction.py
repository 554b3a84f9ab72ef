import torch
from torch import nn

torch.manual_seed(0)
N = 2000
x = torch.rand(N, 3) * 2 - 1
y = (x**2).sum(1, keepdim=True)
net = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
criterion = nn.MSELoss(reduction="sum")  # mistake: loss-sum-large-n | lr-too-large
opt = torch.optim.SGD(net.parameters(), lr=0.01)  # mistake: loss-sum-large-n | lr-too-large
for epoch in range(20):
    opt.zero_grad()
    loss = criterion(net(x), y)  # mistake: loss-sum-large-n | lr-too-large
    loss.backward()
    opt.step()  # mistake: loss-sum-large-n | lr-too-large
    print(epoch, loss.item())
