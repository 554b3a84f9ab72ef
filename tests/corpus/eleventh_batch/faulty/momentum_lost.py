import torch
import torch.nn as nn


def train_step(net, x, y, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.95)  # mistake: optimizer-in-loop
    optimizer.zero_grad()
    loss = ((net(x) - y) ** 2).mean()
    loss.backward()
    optimizer.step()
    return loss.item()


torch.manual_seed(0)
x = torch.linspace(0, 1, 100).unsqueeze(1)
feats = torch.cat([x, x ** 2, x ** 3, x ** 4], 1)
y = 1 - 4 * x + 6 * x ** 2
net = nn.Linear(4, 1)
for i in range(600):
    value = train_step(net, feats, y, 0.02)
    if i % 100 == 99:
        print(i, value)
