import torch
from torch import nn


class Module(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 1)

    def fit_batch(self, x, y, opt):
        loss = (self.lin(x) - y).pow(2).mean()
        loss.backward()
        self.zero_grad()  # mistake: grad-cleared-before-step
        opt.step()  # mistake: grad-cleared-before-step
        return loss.item()


torch.manual_seed(0)
m = Module()
o = torch.optim.Adam(m.parameters(), lr=0.01)
for _ in range(20):
    x = torch.randn(16, 3)
    print(m.fit_batch(x, x.sum(1, keepdim=True), o))
