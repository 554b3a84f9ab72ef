import torch
from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        h = torch.exp(self.a(x))  # mistake: inplace-saved
        r = self.b(h)
        h += r  # mistake: inplace-saved
        return h.sum(1)


torch.manual_seed(0)
m = Block()
opt = torch.optim.SGD(m.parameters(), lr=0.01)
for i in range(3):
    loss = m(torch.randn(6, 4)).pow(2).mean()
    opt.zero_grad()
    loss.backward()  # mistake: inplace-saved
    opt.step()
