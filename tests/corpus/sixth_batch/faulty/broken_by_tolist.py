import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(3, 3)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
table = torch.randn(3, 2)
for i in range(4):
    probs = torch.softmax(net(torch.randn(1, 3)), 1)[0].tolist()  # mistake: graph-broken
    mix = sum(p * row for p, row in zip(probs, table))
    loss = mix.pow(2).sum()
    opt.zero_grad()
    loss.backward()  # mistake: graph-broken
    opt.step()
