import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 12), nn.ReLU(), nn.Linear(12, 1), nn.Tanh())  # mistake: loss-expects-probs
opt = torch.optim.SGD(net.parameters(), lr=0.1)
bce = nn.BCELoss()  # mistake: loss-expects-probs
x = torch.randn(50, 3)
y = (x[:, :1] > 0).float()
for epoch in range(5):
    opt.zero_grad()
    loss = bce(net(x), y)  # mistake: loss-expects-probs
    loss.backward()
    opt.step()
