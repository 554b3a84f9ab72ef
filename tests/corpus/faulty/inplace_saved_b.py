import torch
from torch import nn


class Gate(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.a = nn.Linear(n, n)
        self.b = nn.Linear(n, n)

    def forward(self, x):
        gate = torch.sigmoid(self.a(x))  # mistake: inplace-saved
        value = self.b(x)
        out = gate * value
        gate[:, 0] = 1.0  # mistake: inplace-saved
        return out + gate


torch.manual_seed(0)
g = Gate(4)
opt = torch.optim.SGD(g.parameters(), lr=0.1)
data = torch.randn(10, 4)
for step in range(5):
    opt.zero_grad()
    loss = g(data).pow(2).mean()
    loss.backward()  # mistake: inplace-saved
    opt.step()
