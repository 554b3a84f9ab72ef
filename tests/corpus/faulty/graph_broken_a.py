import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 1)
opt = torch.optim.Adam(net.parameters(), lr=0.01)
x, y = torch.randn(30, 4), torch.randn(30, 1)
for epoch in range(12):
    pred = net(x)
    losses = []
    for p, t in zip(pred, y):
        losses.append((p.item() - t.item()) ** 2)  # mistake: graph-broken
    loss = torch.tensor(losses, requires_grad=True).mean()  # mistake: graph-broken
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())
