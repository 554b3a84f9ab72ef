import torch
from torch import nn


class Memory(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.RNNCell(2, 8)
        self.out = nn.Linear(8, 1)
        self.h = torch.zeros(1, 8)

    def forward(self, x):
        self.h = self.cell(x, self.h)  # mistake: graph-grows
        return self.out(self.h)


torch.manual_seed(0)
net = Memory()
opt = torch.optim.Adam(net.parameters(), lr=1e-4)
for t in range(25):
    x = torch.randn(1, 2)
    loss = (net(x) - x.sum()).pow(2).mean()
    opt.zero_grad()
    with torch.no_grad():
        before = [p.clone() for p in net.parameters()]
    grads = torch.autograd.grad(loss, list(net.parameters()), retain_graph=True)  # mistake: graph-grows
    for p, g in zip(net.parameters(), grads):
        p.data.add_(g, alpha=-1e-2)
    if t % 5 == 0:
        print(loss.item())
