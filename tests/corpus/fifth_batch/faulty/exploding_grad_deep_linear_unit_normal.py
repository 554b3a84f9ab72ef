import torch
from torch import nn


class DeepNet(nn.Module):
    def __init__(self, width=32, depth=10):
        super().__init__()
        self.weights = nn.ParameterList([nn.Parameter(torch.randn(width, width)) for _ in range(depth)])
        self.last = nn.Parameter(torch.randn(width, 1))

    def forward(self, x):
        for w in self.weights:
            x = nn.functional.leaky_relu(x @ w)  # mistake: exploding-grad
        return x @ self.last


torch.manual_seed(0)
net = DeepNet()
opt = torch.optim.SGD(net.parameters(), lr=1e-3)
x = torch.randn(40, 32)
for epoch in range(6):
    opt.zero_grad()
    loss = (net(x) - x[:, :1]).pow(2).mean()
    loss.backward()  # mistake: exploding-grad
    opt.step()
    print(loss.item())
