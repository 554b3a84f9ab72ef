import torch
from torch import nn


class Deep(nn.Module):
    def __init__(self, depth):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(6, 6) for _ in range(depth)])
        self.last = nn.Linear(6, 2)

    def forward(self, x):
        for layer in self.layers:
            x = torch.sigmoid(layer(x))  # mistake: vanishing-grad
        return self.last(x)


torch.manual_seed(0)
net = Deep(14)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(100, 6)
y = (x[:, 0] * x[:, 1] > 0).long()
for epoch in range(30):
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()  # mistake: vanishing-grad
    opt.step()
print(loss.item())
