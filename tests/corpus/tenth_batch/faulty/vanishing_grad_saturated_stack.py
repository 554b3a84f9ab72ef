import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(256, 10)
y = (X[:, :5].sum(1) > X[:, 5:].prod(1)).long()


def block(i, o):
    return nn.Sequential(nn.Linear(i, o), nn.Sigmoid())  # mistake: vanishing-grad


widths = [10] + [20] * 9
net = nn.Sequential(*[block(i, o) for i, o in zip(widths, widths[1:])], nn.Linear(20, 2))  # mistake: vanishing-grad
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(40):
    total = 0.0
    for b in torch.randperm(256).split(64):
        loss = nn.functional.cross_entropy(net(X[b]), y[b])  # mistake: vanishing-grad
        opt.zero_grad()
        loss.backward()  # mistake: vanishing-grad
        opt.step()
        total += loss.item() / 4
    if epoch % 8 == 7:
        print(epoch, total)
