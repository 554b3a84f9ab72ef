import torch
from torch import nn


class Norm(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.gain = torch.ones(d, requires_grad=True)
        self.lin = nn.Linear(d, d)

    def forward(self, x):
        return self.gain * torch.tanh(self.lin(x))


torch.manual_seed(0)
net = nn.Sequential(Norm(5), nn.Linear(5, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-2)  # mistake: param-not-in-optimizer
for _ in range(30):
    x = torch.randn(40, 5)
    loss = (net(x) - x.prod(1, keepdim=True)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()  # mistake: param-not-in-optimizer
print(loss.item())
