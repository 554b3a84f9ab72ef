import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(5, 10), nn.ReLU(), nn.Linear(10, 1), nn.Sigmoid())
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.randn(64, 5)
t = (x[:, :1] > 0).float()
for e in range(10):
    p = net(x)
    predicted = torch.round(p)  # mistake: nondiff-op
    loss = nn.functional.l1_loss(predicted, t)
    optimizer.zero_grad()
    loss.backward()  # mistake: nondiff-op
    optimizer.step()
    print(e, loss.item())
